"""The older system's database in its own shape: the tables its Django models made, filled with trouble.

All names and numbers are made up. Times there are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from clock import DAY, now_ms, shanghai_date
from startup.legacy.source import LegacyAddress
from tests.mariadb import MariaDB

TOMORROW = date.fromisoformat(shanghai_date(now_ms() + DAY))
LATER = TOMORROW + timedelta(days=7)
"""A day for which users of the older system have booked."""


TABLES = """
CREATE TABLE app_user (userid int AUTO_INCREMENT PRIMARY KEY, wx_openid varchar(255) NOT NULL UNIQUE,
  wx_session_key varchar(512) NOT NULL, wx_unionid varchar(512) NOT NULL, warrant varchar(32) NOT NULL,
  more varchar(128) NULL, avatar_url varchar(511) NULL, username varchar(63) NULL);
CREATE TABLE app_friend (id int AUTO_INCREMENT PRIMARY KEY, friend int NOT NULL, if18 varchar(1) NOT NULL,
  name varchar(16) NOT NULL, sex varchar(1) NOT NULL, phone varchar(32) NOT NULL, idcard varchar(32) NOT NULL,
  relation varchar(32) NOT NULL, `using` varchar(1) NOT NULL);
CREATE TABLE app_runner (id int AUTO_INCREMENT PRIMARY KEY, name varchar(16) NOT NULL, phone varchar(32) NOT NULL,
  status varchar(128) NOT NULL);
CREATE TABLE app_log (id int AUTO_INCREMENT PRIMARY KEY, hospitalid int NOT NULL, hospitalCustom varchar(64) NULL,
  department varchar(64) NULL, wantTime date NOT NULL, serviceid int NOT NULL, userid int NOT NULL,
  friendid int NOT NULL, requestTime datetime(6) NOT NULL, ifpaid varchar(1) NOT NULL, paidtime datetime(6) NULL,
  paidmoneyTimes100 int NOT NULL, iffinish varchar(1) NOT NULL, whofinished varchar(16) NULL, more text NULL,
  notes text NULL);
CREATE TABLE app_money (id int AUTO_INCREMENT PRIMARY KEY, logid int NOT NULL, friendName varchar(16) NOT NULL,
  moneyTimes100 int NOT NULL, time datetime(6) NOT NULL, treadNum varchar(32) NOT NULL,
  transactionId varchar(64) NOT NULL);
CREATE TABLE app_hospital (id int AUTO_INCREMENT PRIMARY KEY, name varchar(64) NOT NULL);
CREATE TABLE app_service (id int AUTO_INCREMENT PRIMARY KEY, name varchar(64) NOT NULL, type varchar(32) NOT NULL);
"""


def warrant(number: int) -> str:
    """What the older server gave a phone: 32 letters and digits."""
    return f"{number:04d}LettersAndDigitsOfTheOldOne"[:32].ljust(32, "x")


class OlderSystem:
    """A private copy of the older database that rows can be added to."""

    def __init__(self, server: MariaDB, name: str) -> None:
        self._server = server
        self._name = server.fresh_database(name)
        with server.connect(self._name) as connection, connection.cursor() as cursor:
            for statement in filter(str.strip, TABLES.split(";")):
                cursor.execute(statement)

    @property
    def address(self) -> LegacyAddress:
        server = self._server
        return LegacyAddress(server.host, server.port, self._name, server.user, server.password)

    def add(self, table: str, **columns: Any) -> None:
        names = ", ".join(f"`{name}`" for name in columns)
        marks = ", ".join(["%s"] * len(columns))
        self.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(columns.values()))

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        with self._server.connect(self._name) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)

    def user(self, number: int, **changes: Any) -> None:
        self.add(
            "app_user",
            **{
                "userid": number,
                "wx_openid": f"o-legacy-user-{number}",
                "wx_session_key": "",
                "wx_unionid": "",
                "warrant": warrant(number),
                "more": None,
                "avatar_url": "wxfile://tmp_1.jpg",
                "username": f"用户{number}",
                **changes,
            },
        )

    def patient(self, number: int, user: int, **changes: Any) -> None:
        self.add(
            "app_friend",
            **{
                "id": number,
                "friend": user,
                "if18": "y",
                "name": "李建国",
                "sex": "m",
                "phone": "13822223333",
                "idcard": "610102195001011234",
                "relation": "父母",
                "using": "y",
                **changes,
            },
        )

    def order(self, number: int, user: int, patient: int, visit: date, **changes: Any) -> None:
        self.add(
            "app_log",
            **{
                "id": number,
                "hospitalid": 1,
                "hospitalCustom": None,
                "department": "心内科",
                "wantTime": visit,
                "serviceid": 4,
                "userid": user,
                "friendid": patient,
                "requestTime": datetime(2026, 11, 1, 16, 30, 1),
                "ifpaid": "n",
                "paidtime": None,
                "paidmoneyTimes100": 0,
                "iffinish": "n",
                "whofinished": None,
                "more": "女士优先",
                "notes": None,
                **changes,
            },
        )

    def payment(self, number: int, order: int, fen: int, **changes: Any) -> None:
        self.add(
            "app_money",
            **{
                "id": number,
                "logid": order,
                "friendName": "李建国",
                "moneyTimes100": fen,
                "time": datetime(2026, 11, 1, 16, 31, 2),
                "treadNum": f"20261101LEGACY{number:06d}",
                "transactionId": f"42000000012026110100{number:08d}",
                **changes,
            },
        )

    def paid_order(self, number: int, user: int, patient: int, visit: date, fen: int, **changes: Any) -> None:
        """An order with its payment, as the older server left them."""
        paid = {"ifpaid": "y", "paidtime": datetime(2026, 11, 1, 16, 31, 2), "paidmoneyTimes100": fen}
        self.order(number, user, patient, visit, **{**paid, **changes})
        self.payment(number, number, fen)

    def catalog(self) -> None:
        """Some of the hospitals and services that the older server knew."""
        self.add("app_hospital", id=1, name="旧名西京医院")
        self.add("app_hospital", id=77, name="已撤销的医院")
        self.add("app_service", id=4, name="全心全程陪诊服务", type="￥198/半天")
        self.add("app_service", id=78, name="节日特惠", type="面议")
