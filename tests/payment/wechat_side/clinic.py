"""A merchant with gateway and notify address, and the stand-in for WeChat that it talks to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from clock import now_ms
from payment.wechatpay.gateway import Gateway, Limits
from payment.wechatpay.keys import PlatformKeys, load_public_key
from payment.wechatpay.merchant import Merchant
from payment.wechatpay.notification import (
    Event,
    NotificationRefused,
    NotificationVerifier,
)
from payment.wechatpay.numbers import new_out_trade_no
from payment.wechatpay.signing import load_merchant_key
from sandbox import Sandbox, load_identity
from sandbox.app import make_app
from transport import Timeouts
from wechat.login import LoginClient


class NotifyHandler(RequestHandler):
    """Our notify URL: opens what comes, keeps the event or the refusal, answers accordingly."""

    def initialize(self, clinic: Clinic) -> None:
        self.clinic = clinic

    def post(self) -> None:
        request: HTTPServerRequest = self.request
        try:
            self.clinic.events.append(self.clinic.verifier.open(request.headers, request.body))
            self.set_status(204)
        except NotificationRefused as problem:
            self.clinic.refused.append(problem)
            self.set_status(problem.http_status)


@dataclass
class Clinic:
    """Our side: a gateway and a verifier for the stand-in's merchant."""

    base: str
    sandbox: Sandbox
    gateway: Gateway
    verifier: NotificationVerifier
    http: httpx.AsyncClient
    events: list[Event] = field(default_factory=list)
    refused: list[NotificationRefused] = field(default_factory=list)
    openid: str = ""

    def order(self, number: str) -> dict[str, Any]:
        return {
            "out_trade_no": number,
            "description": "全天陪诊 西京医院",
            "total_fen": 58800,
            "openid": self.openid,
            "expire_at": now_ms() + 3_600_000,
        }

    async def fault(self, name: str, **parameters: Any) -> None:
        reply = await self.http.post(f"{self.base}/faults/", json={"fault": name, **parameters})
        assert reply.status_code == 200, reply.text

    async def cashier(self, prepay_id: str, outcome: str = "success") -> None:
        reply = await self.http.post(
            f"{self.base}/cashier/", json={"prepay_id": prepay_id, "outcome": outcome}
        )
        assert reply.status_code == 200, reply.text

    async def paid(self, outcome: str = "success_without_notify") -> str:
        """The number of an order that was created and paid."""
        number = new_out_trade_no(now_ms())
        await self.cashier(await self.gateway.create_order(**self.order(number)), outcome)
        return number

    async def until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not happened():
            assert time.monotonic() < deadline, "did not happen in time"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(folder: Path, *, certificates: bool = False) -> AsyncIterator[Clinic]:
    sandbox = Sandbox(folder, notify_speed=60, refund_seconds=0.05, bill_any_day=True)
    await sandbox.start()
    web, ours = bind_sockets(0, "127.0.0.1"), bind_sockets(0, "127.0.0.1")
    base = f"http://127.0.0.1:{web[0].getsockname()[1]}/sandbox"
    notify = f"http://127.0.0.1:{ours[0].getsockname()[1]}/notify/"
    who = sandbox.identity
    public = load_public_key(who.platform_public_key_path.read_bytes(), who.platform_public_key_id)
    keys = PlatformKeys([] if certificates else [public])
    merchant = Merchant(
        mchid=who.mchid,
        appid=who.appid,
        key=load_merchant_key(who.merchant_private_key_path.read_bytes(), who.merchant_serial),
        apiv3_key=who.apiv3_key,
        notify_url=notify,
        refund_notify_url=notify,
        public_key_id=None if certificates else who.platform_public_key_id,
    )
    limits = Limits(timeouts=Timeouts(1.0, 1.0), deadline=3.0)
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        Gateway(merchant, keys, base_url=base, limits=limits) as gateway,
    ):
        clinic = Clinic(base, sandbox, gateway, NotificationVerifier(keys, who.apiv3_key), http)
        notified = Application([("/notify/", NotifyHandler, {"clinic": clinic})])
        servers = [HTTPServer(make_app(sandbox)), HTTPServer(notified)]
        for server, sockets in zip(servers, (web, ours), strict=True):
            server.add_sockets(sockets)
        try:
            async with LoginClient(who.appid, who.secret, base_url=base) as client:
                clinic.openid = (await client.exchange("as:li:1")).openid
            if certificates:
                await clinic.until(lambda: bool(keys.serials()))
            yield clinic
        finally:
            await sandbox.stop()
            for server in servers:
                server.stop()
                await server.close_all_connections()


@pytest.fixture(scope="session")
def pay_sandbox_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("payside-sandbox")
    load_identity(folder)
    return folder


@pytest.fixture
def pay_clinic(tmp_path: Path, pay_sandbox_keys: Path) -> Callable[..., None]:
    """Runs a story ``async def (clinic)`` against a fresh stand-in."""
    for path in pay_sandbox_keys.iterdir():
        if path.is_file() and path.suffix != ".lock":
            (tmp_path / path.name).write_bytes(path.read_bytes())

    def run(story: Callable[[Clinic], Awaitable[None]], **options: Any) -> None:
        async def scene() -> None:
            async with opened(tmp_path, **options) as clinic:
                await story(clinic)

        asyncio.run(scene())

    return run
