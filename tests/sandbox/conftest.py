"""A stand-in on a loopback port, a merchant that talks to it, and a server that takes its notifications."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from wechatpayv3.utils import build_authorization

from sandbox import Sandbox, load_identity
from sandbox.app import make_app
from sandbox.signing import load_private, load_public

OPENID = "oTESTTESTTESTTESTTESTTESTTES"


@dataclass
class Received:
    """One notification as it arrived at the merchant."""

    headers: dict[str, str]
    body: bytes
    verified: bool
    plaintext: dict[str, Any]


@dataclass
class Merchant:
    """The merchant's side: signs requests, verifies what comes back, receives notifications."""

    sandbox: Sandbox
    base: str
    notify_url: str
    openid = OPENID
    client: httpx.AsyncClient
    key: Any
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # statuses to answer next; then 204
    answer_pause: float = 0.0
    last: httpx.Response | None = None

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, **options: Any
    ) -> httpx.Response:
        """A signed request. Options: public_key (Wechatpay-Serial), tamper (body sent instead), headers."""
        identity = self.sandbox.identity
        text = json.dumps(body) if body is not None else ""
        authorization = build_authorization(
            path,
            method,
            identity.mchid,
            identity.merchant_serial,
            self.key,
            data=text,
        )
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        if options.get("public_key", True):
            headers["Wechatpay-Serial"] = identity.platform_public_key_id
        headers |= options.get("headers", {})
        content = options.get("tamper", text)
        self.last = await self.client.request(
            method, self.base + path, content=content or None, headers=headers
        )
        return self.last

    def verifies(self, headers: Any, body: bytes) -> bool:
        """Whether a reply or notification carries a good signature of a key that the platform published."""
        identity = self.sandbox.identity
        serial = headers.get("Wechatpay-Serial", "")
        if serial == identity.platform_public_key_id:
            key: Any = load_public(identity.platform_public_key_path)
        elif serial in (published := self.sandbox.context.keyring.published()):
            key = load_pem_x509_certificate(published[serial][0]).public_key()
        else:
            return False
        message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
        try:
            key.verify(base64.b64decode(headers["Wechatpay-Signature"]), message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def order_body(self, number: str, total: int = 58800, **changes: Any) -> dict[str, Any]:
        identity = self.sandbox.identity
        return {
            "appid": identity.appid,
            "mchid": identity.mchid,
            "description": "陪诊服务",
            "out_trade_no": number,
            "notify_url": self.notify_url,
            "amount": {"total": total, "currency": "CNY"},
            "payer": {"openid": OPENID},
            **changes,
        }

    async def create(self, number: str, total: int = 58800, **changes: Any) -> str:
        """Create an order; its prepay_id."""
        response = await self.call(
            "POST", "/v3/pay/transactions/jsapi", self.order_body(number, total, **changes)
        )
        assert response.status_code == 200, response.text
        return str(response.json()["prepay_id"])

    async def pay(self, prepay_id: str, outcome: str = "success", **more: Any) -> httpx.Response:
        return await self.post("cashier/", {"prepay_id": prepay_id, "outcome": outcome, **more})

    async def buy(self, number: str, total: int = 58800) -> None:
        assert (await self.pay(await self.create(number, total))).status_code == 200

    async def query(self, number: str) -> httpx.Response:
        return await self.call(
            "GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.sandbox.identity.mchid}"
        )

    async def close(self, number: str) -> httpx.Response:
        path = f"/v3/pay/transactions/out-trade-no/{number}/close"
        return await self.call("POST", path, {"mchid": self.sandbox.identity.mchid})

    async def refund(
        self, number: str, refund_no: str, refund_fen: int, total_fen: int = 58800, **changes: Any
    ) -> httpx.Response:
        return await self.call(
            "POST",
            "/v3/refund/domestic/refunds",
            {
                "out_trade_no": number,
                "out_refund_no": refund_no,
                "reason": "用户取消",
                "notify_url": self.notify_url,
                "amount": {"refund": refund_fen, "total": total_fen, "currency": "CNY"},
                **changes,
            },
        )

    async def query_refund(self, refund_no: str) -> httpx.Response:
        return await self.call("GET", f"/v3/refund/domestic/refunds/{refund_no}")

    async def get(self, path: str) -> Any:
        response = await self.client.get(f"{self.base}/{path}")
        return response.json()

    async def post(self, path: str, document: Any) -> httpx.Response:
        return await self.client.post(f"{self.base}/{path}", json=document)

    async def fault(self, name: str, **parameters: Any) -> None:
        response = await self.post("faults/", {"fault": name, **parameters})
        assert response.status_code == 200, response.text

    async def notified(self, count: int = 1, seconds: float = 5.0) -> list[Received]:
        """Wait until so many notifications have arrived."""
        await until(lambda: len(self.received) >= count, seconds)
        return self.received

    async def quiet(self, seconds: float = 0.3) -> None:
        await asyncio.sleep(seconds)


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.01)


class NotifyHandler(RequestHandler):
    """The merchant's notify_url: verifies, decrypts, answers as told."""

    def initialize(self, merchant: Callable[[], Merchant]) -> None:
        self.merchant = merchant()

    async def post(self) -> None:
        merchant, headers, body = self.merchant, self.request.headers, self.request.body
        resource = json.loads(body)["resource"]
        plaintext = AESGCM(merchant.sandbox.identity.apiv3_key.encode()).decrypt(
            resource["nonce"].encode(),
            base64.b64decode(resource["ciphertext"]),
            resource["associated_data"].encode(),
        )
        verified = merchant.verifies(headers, body)
        merchant.received.append(Received(dict(headers), body, verified, json.loads(plaintext)))
        answer = merchant.answers.pop(0) if merchant.answers else 204 if verified else 401
        if merchant.answer_pause:
            await asyncio.sleep(merchant.answer_pause)
        self.set_status(answer)
        if answer >= 400:
            self.finish({"code": "FAIL", "message": "试一下重试"})


@asynccontextmanager
async def running(folder: Path, prefix: str = "/sandbox", **options: Any) -> AsyncIterator[Merchant]:
    """A started stand-in and its merchant, each on a port of its own; stopped at the end."""
    sandbox = Sandbox(folder, **options)
    await sandbox.start()
    holder: list[Merchant] = []
    sockets = bind_sockets(0, "127.0.0.1"), bind_sockets(0, "127.0.0.1")
    servers = (
        HTTPServer(make_app(sandbox, prefix)),
        HTTPServer(Application([(r"/notify", NotifyHandler, {"merchant": lambda: holder[0]})])),
    )
    for server, bound in zip(servers, sockets, strict=True):
        server.add_sockets(bound)
    ports = [bound[0].getsockname()[1] for bound in sockets]
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        merchant = Merchant(
            sandbox,
            f"http://127.0.0.1:{ports[0]}{prefix}",
            f"http://127.0.0.1:{ports[1]}/notify",
            client,
            load_private(sandbox.identity.merchant_private_key_path),
        )
        holder.append(merchant)
        try:
            yield merchant
        finally:
            await sandbox.stop()
            for server in servers:
                server.stop()
                await server.close_all_connections()


@asynccontextmanager
async def calling(folder: Path, base: str) -> AsyncIterator[Merchant]:
    """A merchant of a stand-in that runs elsewhere; nobody listens for its notifications."""
    sandbox = Sandbox(folder)
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        key = load_private(sandbox.identity.merchant_private_key_path)
        yield Merchant(sandbox, base, "http://127.0.0.1:9/notify", client, key)


@pytest.fixture
def run_sandbox() -> Any:
    return running


@pytest.fixture
def sandbox_caller() -> Any:
    return calling


@pytest.fixture(scope="session")
def sandbox_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with generated keys, to copy: generating them for each test would be slow."""
    folder = tmp_path_factory.mktemp("sandbox-keys")
    load_identity(folder)
    return folder


@pytest.fixture
def sandbox_folder(tmp_path: Path, sandbox_keys: Path) -> Path:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    for path in sandbox_keys.iterdir():
        if path.is_file() and path.suffix != ".lock":
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def drive_sandbox(sandbox_folder: Path) -> Callable[..., None]:
    """Run a scenario ``async def (merchant)`` against a fresh stand-in."""

    def drive(scenario: Callable[[Merchant], Awaitable[None]], **options: Any) -> None:
        async def run() -> None:
            async with running(
                sandbox_folder, **{"notify_speed": 60.0, "refund_seconds": 0.05, **options}
            ) as merchant:
                await scenario(merchant)

        asyncio.run(run())

    return drive
