"""A company that has been in business for a while: orders of three months, escorts, refunds, cases, a server."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from accounts.administrators import create_administrator
from accounts.limits import RateLimiter
from catalog.cache import CatalogCache
from catalog.picture_files import Pictures
from clock import DAY, HOUR, now_ms, shanghai_date
from config import load_settings
from handlers.application import HospitalApplication
from handlers.services import Services
from orders import serving
from payment.service import Payments
from payment.transfers.service import Transfers
from privacy import Vault
from startup.seed import seed_catalog
from storage import migrate, open_storage
from storage.models import Actor, Cause, Role
from storage.writes import NewBill
from tests.admin.business_office import add_office
from tests.admin.business_platform import add_platform
from tests.admin.business_visits import add_visits
from tests.admin.clients import PASSWORD
from tests.admin.scenario import MovingClock, Scenario
from wechat.content_checks import ContentChecks

if TYPE_CHECKING:
    pass

NAMES = (
    "王秀英",
    "李建国",
    "张桂兰",
    "刘洋",
    "陈静",
    "杨丽华",
    "赵志强",
    "黄敏",
    "周海燕",
    "欧阳娜娜",
    "司马相如",
)
DEPARTMENTS = ("心内科", "骨科", "", "神经外科一病区专家门诊", "眼科", "消化内科")
WISHES = ("", "", "需要轮椅，老人听力不好", "希望陪诊员会说陕西话")
HOURS = ("08:30", "09:00", "10:30", "14:00", "14:30", "15:30", "")
NOTES = ("已电话确认，家属在门诊楼大厅等", "客户要求女陪诊员", "发票已寄")
KEY = "ab" * 32
UNBROKEN, CHINESE = "Wolfeschlegelsteinhausenbergerdorff" * 2, "阿卜杜热合曼·阿卜杜克热木江·" * 5
LONG_NAMES = (
    *(("orders", column, UNBROKEN[:64]) for column in ("patient_name", "hospital_name", "escort_name")),
    *(("orders", column, CHINESE[:64]) for column in ("service_name", "department")),
    ("patients", "name", UNBROKEN[:64]),
    ("users", "nickname", UNBROKEN[:63]),
    ("escorts", "name", UNBROKEN[:64]),
    ("hospitals", "name", UNBROKEN[:64]),
    ("services", "name", CHINESE[:64]),
    ("experts", "name", UNBROKEN[:64]),
)


class Past(MovingClock):
    """The real time, or a moment before it."""

    def __init__(self) -> None:
        super().__init__()
        self.back = 0

    def __call__(self) -> int:
        return now_ms() - self.back


def services_in(folder: Path, clock: Past) -> Services:
    settings = load_settings(
        folder, environment={"HA_SERVER_COOKIE_SECRET": "c" * 40, "HA_PRIVACY_KEY": KEY}
    ).replace("limits", admin_login_per_minute=0)
    migrate(settings.database, folder)
    storage = open_storage(settings.database, folder)
    nowhere: Any = None
    pictures = Pictures(folder / "uploads")
    return Services(
        settings=settings,
        storage=storage,
        payments=Payments(storage, nowhere, nowhere, nowhere, settings, clock),
        gateway=nowhere,
        transfers=Transfers(storage, nowhere, Vault(KEY), settings, clock),
        login=nowhere,
        wechat=nowhere,
        vault=Vault(KEY),
        catalog=CatalogCache(storage, settings, pictures),
        pictures=pictures,
        limiter=RateLimiter(clock),
        clock=clock,
        content=ContentChecks(nowhere, enabled=False),
        avatars=folder / "avatars",
    )


class Business:
    """Three escorts, two applications, some hundred orders, a few refunds, one difference in the books."""

    def __init__(self, services: Services, clock: Past) -> None:
        self.services = services
        self.storage = services.storage
        self.clock = clock
        self.scenario = Scenario(services, clock)
        self.chance = random.Random(7)
        self.shared = 0
        """The id of the order that is shared."""

    async def fill(self, orders: int, more_escorts: int = 0) -> None:
        await seed_catalog(self.storage)
        await create_administrator(self.storage, "店长", PASSWORD, Role.OWNER, self.clock())
        await create_administrator(self.storage, "小陈", PASSWORD, Role.CLERK, self.clock())
        escorts = [
            await self.scenario.escort(name, phone=self._phone()) for name in ("王芳", "孙小美", "赵大勇")
        ]
        for number in range(more_escorts):
            await self.scenario.escort(f"陪诊{number:02d}", phone=self._phone())
        for name, state in (("周小雨", "pending"), ("郑明", "pending"), ("马强", "suspended")):
            await self.scenario.escort(name, state, self._phone())
        if orders:
            self.shared = await add_visits(self.scenario, escorts)
        for number in range(orders):
            await self._order(number, escorts)
        if orders:
            await add_office(self.scenario, escorts[0])
            await add_platform(self.scenario, escorts[1])
        await self._books()

    async def lengthen_names(self) -> None:
        """As long as a name may be, in characters that break nowhere and in some that break anywhere."""
        async with self.storage.transaction() as tx:
            for table, column, name in LONG_NAMES:
                await tx.connection.execute(f"UPDATE {table} SET {column} = :name", {"name": name})
            await tx.commit()

    def _phone(self) -> str:
        return f"13{self.chance.randrange(10**9):09d}"

    async def _order(self, number: int, escorts: list[int]) -> None:
        async with self.storage.reading() as reader:
            hospital = self.chance.choice(await reader.catalog.hospitals())
            service = self.chance.choice(await reader.catalog.services())
        self.clock.back = self.chance.randrange(30 * DAY)
        state = self.chance.choice(("unpaid", "paid", "paid", "finished", "finished", "finished"))
        days = self.chance.randrange(9) * (-1 if state == "finished" else 1)
        order_id = await self.scenario.order(
            state,
            patient=self.chance.choice(NAMES),
            phone=self._phone(),
            hospital_id=hospital.id,
            hospital_name=hospital.name,
            service_id=service.id,
            service_name=service.name,
            service_unit=service.unit,
            takes=service.takes,
            visit_time=self.chance.choice(HOURS),
            price_fen=service.price_fen,
            visit_date=shanghai_date(now_ms() + days * DAY),
            department=self.chance.choice(DEPARTMENTS),
            wishes=self.chance.choice(WISHES),
        )
        self.clock.back = 0
        if number % 5 == 0:
            async with self.storage.transaction() as tx:
                await tx.orders.set_notes(order_id, self.chance.choice(NOTES), self.clock())
                await tx.commit()
        if state == "paid" and number % 3 == 0:
            await self._assign(order_id, self.chance.choice(escorts))
        elif state == "paid" and number % 7 == 0:
            await self._ask_refund(order_id)

    async def _assign(self, order_id: int, escort_id: int) -> None:
        half = self.chance.choice(("am", "pm"))
        try:
            await self.storage.run(
                lambda tx: serving.assign(
                    tx, order_id, escort_id, half, Cause(Actor("admin", 1), self.clock())
                )
            )
        except serving.EscortUnavailable:
            """That morning is taken: the order goes on waiting."""

    async def _ask_refund(self, order_id: int) -> None:
        async with self.storage.reading() as reader:
            order = await reader.orders.get(order_id)
            user = await reader.users.get(order.user_id) if order else None
        assert order is not None
        assert user is not None
        quote = await self.services.payments.quote(order)
        if quote.amount_fen:
            await self.services.payments.request_refund(
                order_id, user, "临时有事，改天再去", quote.amount_fen
            )

    async def _books(self) -> None:
        at = self.clock()
        day = shanghai_date(at - DAY)
        differs = {"source": "notification", "differs": {"amount": {"expected": 58800, "found": 100}}}
        summary = "\n".join(
            (
                f"{day} 对账结果（微信支付账单，单位：元）",
                "  收款 12 笔，合计 7056.00",
                "  退款 1 笔，合计 588.00",
                "  手续费合计 38.81",
                "  净额 6429.19",
                "  差异 1 项",
            )
        )
        async with self.storage.transaction() as tx:
            number = "20261118000000000000000000000009"
            await tx.finance.open_case("payment_mismatch", number, json.dumps(differs), at, 3)
            detail = json.dumps({"day": day, "amount_fen": 58800})
            await tx.finance.open_case(
                "bill_payment_missing_here", "4200001234202611220000000001", detail, at
            )
            bill = NewBill(
                bill_date=day,
                kind="trade",
                sha1="",
                file="",
                summary=summary,
                fetched_at=at,
            )
            await tx.finance.save_bill(bill)
            await tx.jobs.claim("sweep", "demo", at, at)
            await tx.jobs.finish("sweep", "demo", at + 24 * HOUR, "{}", "", at)
            await tx.commit()


@dataclass(frozen=True)
class Open:
    """A business that is being served: the address of its root, its clock, and the order that is shared."""

    root: str
    clock: Past
    shared: int


@contextmanager
def business(
    orders: int, port: int = 0, *, more_escorts: int = 0, long_names: bool = False
) -> Iterator[Open]:
    """A server with that many orders, in a thread of its own; ``more_escorts``: beside the three who have orders;
    ``long_names``: all names are as long as their columns."""
    loop, ready, address, clock = asyncio.new_event_loop(), threading.Event(), [], Past()
    shared: list[int] = []

    async def start(folder: Path) -> None:
        services = services_in(folder, clock)
        await services.storage.open()
        made = Business(services, clock)
        await made.fill(orders, more_escorts)
        if long_names:
            await made.lengthen_names()
        shared.append(made.shared)
        server = HTTPServer(HospitalApplication(services))
        if port:
            server.listen(port, "127.0.0.1")
            address.append(f"http://127.0.0.1:{port}/")
        else:
            socket, chosen = bind_unused_port()
            server.add_socket(socket)
            address.append(f"http://127.0.0.1:{chosen}/")
        ready.set()

    def run(folder: Path) -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start(folder))
        loop.run_forever()

    with tempfile.TemporaryDirectory() as folder:
        thread = threading.Thread(target=run, args=(Path(folder),), daemon=True)
        thread.start()
        ready.wait()
        yield Open(address[0], clock, shared[0])
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
