"""The whole product in this process: real port, real database, WeChat's stand-in over HTTP, a clock that moves.

async with running(storage, folder, identity) as product:
    user = await product.login("li")
    order = await user.order(await user.add_patient(), product.day())
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tornado.netutil import bind_sockets

from clock import DAY, day_bounds, now_ms, shanghai_date
from config import Settings, load_settings
from handlers.application import HospitalApplication
from handlers.connections import Server
from handlers.services import Services
from sandbox import Sandbox
from startup import development
from startup.background import Background
from startup.seed import seed_catalog
from startup.wiring import open_services
from storage import Storage
from storage.schema import metadata
from tests.http.client import PATIENT, Client

TABLES = tuple(metadata.tables)
BUSYWORK = ("jobs", "sessions", "rate_limits", "heartbeat", "alarms")
"""Tables that change without anybody having asked for it."""


class MovableClock:
    """The real time, moved by ``offset`` ms."""

    def __init__(self) -> None:
        self.offset = 0

    def __call__(self) -> int:
        return now_ms() + self.offset

    def move(self, ms: int) -> None:
        self.offset += ms

    def to_noon(self) -> None:
        """Go on to tomorrow's noon in Shanghai: no midnight falls into the test."""
        begin, _ = day_bounds(shanghai_date(self() + DAY))
        self.offset += begin + DAY // 2 - self()


class LogRecorder(logging.Handler):
    """Everything that was logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Product:
    """The product while it runs. ``root`` is its address with the prefix, ending in a slash."""

    root: str
    settings: Settings
    services: Services
    application: HospitalApplication
    sandbox: Sandbox
    clock: MovableClock
    logs: LogRecorder
    stack: AsyncExitStack
    secrets: set[str] = field(default_factory=lambda: {PATIENT["phone"], PATIENT["idcard"]})
    """What must never be found in a log."""
    logins: int = 0

    @property
    def storage(self) -> Storage:
        return self.services.storage

    def day(self, days: int = 30) -> str:
        """A Shanghai day, so many days from now."""
        return shanghai_date(self.clock() + days * DAY)

    async def client(self, warrant: str = "", root: str = "") -> Client:
        """A client that is closed with the product."""
        return await self.stack.enter_async_context(Client(root or self.root, warrant))

    async def login(self, name: str) -> Client:
        """Log a person in on a new device."""
        self.logins += 1
        client = await self.client()
        code = f"as:{name}:{self.logins}-{id(self)}"
        client.warrant = (await client.get("login/", code=code))["warrant"]
        self.secrets |= {client.warrant, code}
        return client

    async def paid_order(self, user: Client, **changes: Any) -> int:
        """Place and pay an order; its id, once it is paid here."""
        order = await user.order(await user.add_patient(), self.day(), **changes)
        await user.pay(order)
        await self.until_progress(user, order["id"], "已付款")
        return int(order["id"])

    async def until_progress(
        self, user: Client, order_id: int, progress: str, seconds: float = 5
    ) -> dict[str, Any]:
        """Wait until the user's list says so of the order; its row."""

        async def look() -> dict[str, Any] | None:
            rows = (await user.get("user/getOrderStatus/"))["data"]
            return next((row for row in rows if row["id"] == order_id and row["progress"] == progress), None)

        return await until(look, seconds)

    async def contents(self) -> dict[str, Any]:
        """Every row of every table but busywork: two of these are equal when nothing was stored in between."""
        async with self.storage.reading() as reader:
            return {
                table: await reader.connection.fetch_all(f"SELECT * FROM {table}")
                for table in TABLES
                if table not in BUSYWORK
            }

    async def count(self, table: str) -> int:
        async with self.storage.reading() as reader:
            row = await reader.connection.fetch_one(f"SELECT COUNT(*) FROM {table}")
        return int(row[0]) if row else 0

    def check_logs(self) -> None:
        """Nothing secret or personal was logged, and no traceback."""
        text = self.logs.text
        assert "Traceback" not in text, text[text.index("Traceback") - 300 :][:3000]
        for secret in self.secrets:
            assert secret not in text


def make_quick(patch: pytest.MonkeyPatch) -> None:
    """Remember what takes long and is the same for every test: parsed RSA keys, the machine's certificates."""
    for name in (
        "startup.wiring.load_merchant_key",
        "wechatpayv3.async_.core.load_private_key",
        "httpx._transports.default.create_ssl_context",
    ):
        module, _, function = name.rpartition(".")
        patch.setattr(name, functools.cache(getattr(importlib.import_module(module), function)))


async def until(look: Callable[[], Awaitable[Any]], seconds: float = 5) -> Any:
    """Ask again and again until the answer is true; the answer."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    storage: Storage,
    folder: Path,
    identity: Path,
    *,
    background: bool = False,
    notify_speed: float = 60.0,
    base_path: str = "",
    clock: MovableClock | None = None,
    **changes: dict[str, Any],
) -> AsyncIterator[Product]:
    """The product on a free port until the block ends.

    ``identity``: a folder with a stand-in's keys, copied (making keys takes a second). ``background``: sweeper,
    outbox and reconciliation too. ``changes``: settings per section, ``limits={"login_per_minute": 2}``.
    """
    shutil.copytree(identity, folder / "sandbox", dirs_exist_ok=True)
    (folder / "config.toml").write_text("")
    clock, logs = clock or MovableClock(), LogRecorder()
    sandbox = Sandbox(folder / "sandbox", clock=clock, notify_speed=notify_speed, refund_seconds=0.05)
    sockets = bind_sockets(0, "127.0.0.1")
    address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}{base_path}"
    settings = development.with_secrets(load_settings(folder, folder / "config.toml", {}))
    settings = development.with_sandbox(settings, sandbox.identity, address).replace(
        "server", base_path=base_path
    )
    settings = settings.replace(
        "wechat", content_checks=False
    )  # tests move the clock, and 2 h later WeChat asks a visit
    for section, values in changes.items():
        settings = settings.replace(section, **values)
    root_logger = logging.getLogger()
    level = root_logger.level
    root_logger.addHandler(logs)
    root_logger.setLevel(logging.INFO)
    try:
        async with AsyncExitStack() as stack:
            services = await stack.enter_async_context(open_services(settings, clock, storage))
            await seed_catalog(storage)
            application = HospitalApplication(services, sandbox.routes(f"{base_path}/sandbox"))
            server = Server(application, connections=application.connections, max_body_size=64 * 1024 * 1024)
            server.add_sockets(sockets)
            stack.push_async_callback(server.close_all_connections)
            stack.callback(server.stop)
            await sandbox.start()
            stack.push_async_callback(sandbox.stop)
            if background:
                await stack.enter_async_context(Background(services).running())
            product = Product(f"{address}/", settings, services, application, sandbox, clock, logs, stack)
            yield product
            product.check_logs()
    finally:
        root_logger.removeHandler(logs)
        root_logger.setLevel(level)
