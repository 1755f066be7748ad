"""``Payments`` against the stand-in: real sockets, real signatures, and a clock that runs and can be moved."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from clock import now_ms
from config import Settings
from payment.books import ledger
from payment.service import Payments
from payment.wechatpay.gateway import Gateway, Limits
from payment.wechatpay.keys import PlatformKeys, load_public_key
from payment.wechatpay.merchant import Merchant
from payment.wechatpay.notification import NotificationRefused, NotificationVerifier
from payment.wechatpay.signing import load_merchant_key, sign_payment_parameters
from sandbox import Sandbox
from sandbox.app import make_app
from storage import Storage, StorageError
from tests.payment.conftest import Shop
from transport import Timeouts


class NotificationHandler(RequestHandler):
    """The notify addresses, as the product answers them."""

    def initialize(self, sandbox_shop: SandboxShop) -> None:
        self.sandbox_shop = sandbox_shop

    async def post(self) -> None:
        try:
            await self.sandbox_shop.payments.notify(self.request.headers, self.request.body)
            self.set_status(204)
        except NotificationRefused as refusal:
            self.sandbox_shop.refused.append(refusal.slug)
            self.set_status(refusal.http_status)
        except StorageError:
            self.set_status(503)


class SandboxShop(Shop):
    """A shop whose WeChat is the stand-in."""

    def __init__(
        self,
        storage: Storage,
        settings: Settings,
        sandbox: Sandbox,
        gateway: Gateway,
        verifier: NotificationVerifier,
        http: httpx.AsyncClient,
        base: str,
        offset: list[int],
    ) -> None:
        self.storage, self.settings = storage, settings
        self.sandbox, self.gateway, self.verifier = sandbox, gateway, verifier
        self.http, self.base, self.offset = http, base, offset
        self.refused: list[str] = []
        self.payments = self.another()
        self.sweeper = self.payments.sweeper("test")

    @property
    def at(self) -> int:  # type: ignore[override]
        return now_ms() + self.offset[0]

    def pass_time(self, milliseconds: int) -> None:
        self.offset[0] += milliseconds

    def another(self) -> Payments:
        merchant = self.gateway.merchant

        def sign(prepay_id: str) -> dict[str, str]:
            return sign_payment_parameters(prepay_id, appid=merchant.appid, key=merchant.key, now_ms=self.at)

        return Payments(self.storage, self.gateway, self.verifier, sign, self.settings, self.clock)

    async def fault(self, name: str, **parameters: Any) -> None:
        reply = await self.http.post(f"{self.base}/faults/", json={"fault": name, **parameters})
        assert reply.status_code == 200, reply.text

    async def pay(self, order_id: int, outcome: str = "success") -> None:
        """The person pays the order's newest payment in the cashier."""
        prepay_id = (await self.attempt(order_id)).prepay_id
        wish = {"prepay_id": prepay_id, "outcome": outcome}
        reply = await self.http.post(f"{self.base}/cashier/", json=wish)
        assert reply.status_code == 200, reply.text

    async def until(self, happened: Callable[[], Awaitable[bool]], seconds: float = 8.0) -> None:
        deadline = time.monotonic() + seconds
        while not await happened():
            assert time.monotonic() < deadline, "did not happen in time"
            await asyncio.sleep(0.02)

    async def until_state(self, order_id: int, state: str) -> None:
        async def reached() -> bool:
            return (await self.order(order_id)).state == state

        await self.until(reached)

    async def money_fen(self) -> int:
        """What the stand-in holds for the merchant."""
        money = (await self.http.get(f"{self.base}/money/")).json()
        return int(money["paid_fen"]) - int(money["refunded_fen"])

    async def assert_books_agree(self) -> None:
        assert await ledger.self_check(self.storage) == []
        assert sum((await self.balance()).values()) == await self.money_fen()


@asynccontextmanager
async def open_sandbox_shop(storage: Storage, settings: Settings, folder: Path) -> AsyncIterator[SandboxShop]:
    """The stand-in and our notify address on free loopback ports, both ended with the block."""
    offset = [0]

    def clock() -> int:
        return now_ms() + offset[0]

    sandbox = Sandbox(folder, clock=clock, notify_speed=100, refund_seconds=2)
    await sandbox.start()
    web, ours = bind_sockets(0, "127.0.0.1"), bind_sockets(0, "127.0.0.1")
    base = f"http://127.0.0.1:{web[0].getsockname()[1]}/sandbox"
    notify = f"http://127.0.0.1:{ours[0].getsockname()[1]}/wechatpay"
    who = sandbox.identity
    keys = PlatformKeys(
        [load_public_key(who.platform_public_key_path.read_bytes(), who.platform_public_key_id)], clock
    )
    merchant = Merchant(
        mchid=who.mchid,
        appid=who.appid,
        key=load_merchant_key(who.merchant_private_key_path.read_bytes(), who.merchant_serial),
        apiv3_key=who.apiv3_key,
        notify_url=f"{notify}/notify/",
        refund_notify_url=f"{notify}/refund-notify/",
        public_key_id=who.platform_public_key_id,
    )
    limits = Limits(timeouts=Timeouts(1.0, 0.5), deadline=1.0)
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        Gateway(merchant, keys, base_url=base, limits=limits, clock=clock) as gateway,
    ):
        verifier = NotificationVerifier(keys, who.apiv3_key, clock)
        sandbox_shop = SandboxShop(storage, settings, sandbox, gateway, verifier, http, base, offset)
        notices = Application(
            [
                (
                    r"/wechatpay/(?:refund-|complaint-|transfer-)?notify/",
                    NotificationHandler,
                    {"sandbox_shop": sandbox_shop},
                )
            ]
        )
        servers = [HTTPServer(make_app(sandbox)), HTTPServer(notices)]
        for server, sockets in zip(servers, (web, ours), strict=True):
            server.add_sockets(sockets)
        try:
            yield sandbox_shop
        finally:
            await sandbox.stop()
            for server in servers:
                server.stop()
                await server.close_all_connections()
