"""The whole application over a real database, with WeChat out of reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from argon2 import PasswordHasher
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port

from accounts import admin_sessions, administrators
from accounts.limits import RateLimiter
from catalog.cache import CatalogCache
from config import load_settings
from handlers.admin.access import COOKIE
from handlers.admin.accounts import login
from handlers.application import HospitalApplication
from handlers.services import Services
from payment.service import Payments
from payment.transfers.service import Transfers
from privacy import Vault
from storage.models import Role
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import MovingClock, Scenario
from tests.payment.conftest import Shop
from tests.transfers.fake import FakeTransfers
from wechat.content_checks import ContentChecks

if TYPE_CHECKING:
    from config import Settings
    from storage import Storage

KEY = "ab" * 32
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@pytest.fixture
def real_logins() -> None:
    """For tests about the price of a password: hashing and answering take as long as in production."""


@pytest.fixture(autouse=True)
def quick_logins(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All other tests hash cheaply and wait for nothing."""
    if "real_logins" not in request.fixturenames:
        monkeypatch.setattr(administrators, "_hasher", QUICK_HASHER)
        monkeypatch.setattr(login, "REFUSED_AFTER_SECONDS", 0.0)
    administrators._dummy_hash.cache_clear()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {
        "HA_SERVER_COOKIE_SECRET": "c" * 40,
        "HA_PRIVACY_KEY": KEY,
        "HA_LIMITS_ADMIN_LOGIN_PER_MINUTE": "0",
        "HA_LIMITS_ADMIN_WRITE_PER_MINUTE": "0",
        "HA_TRANSFERS_SCENE_ID": "1005",
    }
    return load_settings(tmp_path, environment=given)


@pytest.fixture
def transfers_at_wechat() -> FakeTransfers:
    return FakeTransfers()


@pytest.fixture
def services(
    settings: Settings,
    storage: Storage,
    clock: MovingClock,
    tmp_path: Path,
    transfers_at_wechat: FakeTransfers,
) -> Services:
    from catalog.picture_files import Pictures

    nowhere: Any = None
    pictures = Pictures(tmp_path / "uploads")
    return Services(
        settings=settings,
        storage=storage,
        payments=Payments(storage, nowhere, nowhere, cast(Any, lambda _: {}), settings, clock),
        gateway=nowhere,
        transfers=Transfers(storage, cast(Any, transfers_at_wechat), Vault(KEY), settings, clock),
        login=nowhere,
        wechat=nowhere,
        vault=Vault(KEY),
        catalog=CatalogCache(storage, settings, pictures, clock),
        pictures=pictures,
        limiter=RateLimiter(clock),
        clock=clock,
        content=ContentChecks(nowhere, enabled=False),
        avatars=tmp_path / "avatars",
    )


@pytest.fixture
def scenario(services: Services, clock: MovingClock) -> Scenario:
    return Scenario(services, clock)


class DeskShop(Shop):
    """A shop whose time is that of the administrators' pages."""

    moving: MovingClock

    @property
    def at(self) -> int:
        return self.moving.at

    @at.setter
    def at(self, at: int) -> None:
        """Time passes, and is not reset by the shop's own beginning."""
        self.moving.at = max(at, self.moving.at)


@pytest.fixture
def shop(services: Services, settings: Settings, storage: Storage, clock: MovingClock) -> Shop:
    """Puts a WeChat that lives in memory behind the pages."""
    DeskShop.moving = clock
    made = DeskShop(storage, settings)
    services.payments = made.payments
    return made


@pytest.fixture
def start(io_loop: IOLoop) -> Iterator[Callable[[Services], str]]:
    """Serves an application; the address of its root."""
    servers: list[HTTPServer] = []

    def run(services: Services) -> str:
        async def listen() -> int:
            socket, port = bind_unused_port()
            server = HTTPServer(HospitalApplication(services))
            server.add_socket(socket)
            servers.append(server)
            return port

        return f"http://127.0.0.1:{io_loop.run_sync(listen)}/"

    yield run

    async def stop() -> None:
        for server in servers:
            server.stop()
            await server.close_all_connections()

    io_loop.run_sync(stop)


@pytest.fixture
def address(services: Services, start: Callable[[Services], str], io_loop: IOLoop) -> str:
    """A running server with an owner, a clerk and an accountant, who share a password."""

    async def make() -> None:
        async with services.storage.transaction() as tx:
            for name, role in (
                ("owner", Role.OWNER),
                ("clerk", Role.CLERK),
                ("accountant", Role.ACCOUNTANT),
            ):
                await tx.administrators.add(name, _password_hash(), role, services.clock())
            await tx.commit()

    io_loop.run_sync(make)
    return start(services)


@pytest.fixture
def visitor(address: str) -> Client:
    """A browser that nobody has logged in with."""
    return Client(address)


@pytest.fixture
def owner(address: str, services: Services, io_loop: IOLoop) -> Client:
    return _inside(address, services, io_loop, "owner")


@pytest.fixture
def clerk(address: str, services: Services, io_loop: IOLoop) -> Client:
    return _inside(address, services, io_loop, "clerk")


@pytest.fixture
def accountant(address: str, services: Services, io_loop: IOLoop) -> Client:
    return _inside(address, services, io_loop, "accountant")


@cache
def _password_hash() -> str:
    return QUICK_HASHER.hash(PASSWORD)


def _inside(address: str, services: Services, io_loop: IOLoop, name: str) -> Client:
    """A browser with a session of this administrator."""
    client = Client(address)

    async def enter() -> None:
        async with services.storage.transaction() as tx:
            admin = await tx.administrators.by_name(name)
            assert admin is not None
            browser = admin_sessions.Browser("127.0.0.1", "", "test")
            token = await admin_sessions.start(tx, services.settings, admin, browser, services.clock())
            await tx.commit()
        client.cookies[COOKIE] = token
        await client.page("admin/me/")  # its forms set the CSRF cookie

    io_loop.run_sync(enter)
    return client
