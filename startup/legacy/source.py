"""The older system's database, as it is: eight tables of a Django application on MySQL, read in one snapshot.

Times there are UTC. Nothing is judged here but what no row can be made of; what a row becomes is decided in
:mod:``startup.legacy.conversion``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pymysql
from pymysql.cursors import SSCursor

from clock import to_ms
from frozen_dataclasses import frozen

CONNECT_SECONDS = 10
READ_SECONDS = 120


class LegacyDatabaseError(Exception):
    """The older database cannot be read; the message says why, in one line, without the password."""


@frozen(slots=True)
class LegacyUser:
    id: int
    openid: str
    warrant: str
    """The login token that every phone of this user holds: letters and digits, never renewed."""
    remark: str
    avatar_path: str
    nickname: str


@frozen(slots=True)
class LegacyPatient:
    id: int
    user_id: int
    adult: str
    """``y`` or ``n``."""
    name: str
    sex: str
    """``m`` or ``w``."""
    phone: str
    id_number: str
    relation: str
    deleted: bool


@frozen(slots=True)
class LegacyEscort:
    user_id: int
    """Also the row's own id."""
    name: str
    phone: str
    status: str
    """What the administrator wrote beside the application; 待联系 at first."""


@frozen(slots=True)
class LegacyOrder:
    id: int
    hospital_id: int
    hospital_custom: str
    department: str
    visit_date: str
    """Empty when the row holds no valid day."""
    service_id: int
    user_id: int
    patient_id: int
    requested_at: int | None
    paid: bool
    paid_at: int | None
    paid_fen: int
    finished: bool
    finished_by: str
    wishes: str
    notes: str


@frozen(slots=True)
class LegacyPayment:
    id: int
    order_id: int
    patient_name: str
    amount_fen: int
    paid_at: int | None
    out_trade_no: str
    transaction_id: str


@frozen(slots=True)
class LegacyHospital:
    id: int
    name: str


@frozen(slots=True)
class LegacyService:
    id: int
    name: str
    price_text: str
    """Such as ``￥588/次``."""


@dataclass
class LegacyData:
    """All rows, in the order of their ids."""

    users: list[LegacyUser] = field(default_factory=list)
    patients: list[LegacyPatient] = field(default_factory=list)
    escorts: list[LegacyEscort] = field(default_factory=list)
    orders: list[LegacyOrder] = field(default_factory=list)
    payments: list[LegacyPayment] = field(default_factory=list)
    hospitals: list[LegacyHospital] = field(default_factory=list)
    services: list[LegacyService] = field(default_factory=list)


@frozen()
class LegacyAddress:
    """Where the older database is."""

    host: str
    port: int
    name: str
    user: str
    password: str


def read_legacy(address: LegacyAddress) -> LegacyData:
    """Every row of the older system, from one snapshot; the older server may go on working meanwhile.

    Blocks. Raises LegacyDatabaseError.
    """
    try:
        connection = pymysql.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.name,
            charset="utf8mb4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            cursorclass=SSCursor,  # row by row: the wishes of all orders need not fit into one answer
        )
    except (pymysql.Error, OSError) as error:
        raise LegacyDatabaseError(
            f"no connection to {address.name} on {address.host}:{address.port} as {address.user}: {_reason(error)}"
        ) from None
    with connection:
        try:
            return _read(connection)
        except (pymysql.Error, OSError) as error:
            raise LegacyDatabaseError(f"{address.name} cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """MySQL's number and text; neither holds the password."""
    return " ".join(str(part) for part in error.args) or type(error).__name__


def _read(connection: Any) -> LegacyData:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    return LegacyData(
        users=[
            LegacyUser(int(row[0]), *map(_text, row[1:]))
            for row in _rows(connection, "app_user", "userid, wx_openid, warrant, more, avatar_url, username")
        ],
        patients=[
            _patient(row)
            for row in _rows(
                connection,
                "app_friend",
                "id, friend, if18, name, sex, phone, idcard, relation, `using`",
            )
        ],
        escorts=[
            LegacyEscort(int(row[0]), *map(_text, row[1:]))
            for row in _rows(connection, "app_runner", "id, name, phone, status")
        ],
        orders=[
            _order(row)
            for row in _rows(
                connection,
                "app_log",
                "id, hospitalid, hospitalCustom, department, wantTime, serviceid, userid, friendid, requestTime, "
                "ifpaid, paidtime, paidmoneyTimes100, iffinish, whofinished, more, notes",
            )
        ],
        payments=[
            LegacyPayment(
                int(row[0]),
                int(row[1]),
                _text(row[2]),
                int(row[3] or 0),
                _moment(row[4]),
                _text(row[5]),
                _text(row[6]),
            )
            for row in _rows(
                connection, "app_money", "id, logid, friendName, moneyTimes100, time, treadNum, transactionId"
            )
        ],
        hospitals=[
            LegacyHospital(int(row[0]), _text(row[1]))
            for row in _rows(connection, "app_hospital", "id, name")
        ],
        services=[
            LegacyService(int(row[0]), _text(row[1]), _text(row[2]))
            for row in _rows(connection, "app_service", "id, name, type")
        ],
    )


def _rows(connection: Any, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY 1")  # noqa: S608 - both are written above
        while page := cursor.fetchmany(1_000):
            yield from page


def _patient(row: tuple[Any, ...]) -> LegacyPatient:
    return LegacyPatient(
        id=int(row[0]),
        user_id=int(row[1]),
        adult=_text(row[2]),
        name=_text(row[3]),
        sex=_text(row[4]),
        phone=_text(row[5]),
        id_number=_text(row[6]),
        relation=_text(row[7]),
        deleted=_text(row[8]) == "n",
    )


def _order(row: tuple[Any, ...]) -> LegacyOrder:
    return LegacyOrder(
        id=int(row[0]),
        hospital_id=int(row[1] or 0),
        hospital_custom=_text(row[2]),
        department=_text(row[3]),
        visit_date=row[4].isoformat() if isinstance(row[4], date) else "",
        service_id=int(row[5]),
        user_id=int(row[6]),
        patient_id=int(row[7]),
        requested_at=_moment(row[8]),
        paid=_text(row[9]) == "y",
        paid_at=_moment(row[10]),
        paid_fen=int(row[11] or 0),
        finished=_text(row[12]) == "y",
        finished_by=_text(row[13]),
        wishes=_text(row[14]),
        notes=_text(row[15]),
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _moment(value: Any) -> int | None:
    """A DATETIME, which is UTC there, in ms; None for NULL and for MySQL's zero date."""
    return to_ms(value.replace(tzinfo=UTC)) if isinstance(value, datetime) else None
