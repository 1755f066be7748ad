"""WeChat Pay's HTTP side: requests verified, replies signed, faults in between."""

from __future__ import annotations

import abc
import asyncio
import re
from typing import Any

import orjson

from .core import SandboxCore
from .errors import PayError, ReplyLost
from .pay import scopes_of
from .signing import SignError, probe_signature, spoiled
from .web import Handler

Reply = tuple[int, dict[str, Any] | None]

REPLY_FAULTS = (
    "drop_before_commit",
    "drop_after_commit",
    "rate_limited",
    "system_error",
    "error",
    "garbage",
    "bad_signature",
    "unsigned",
    "signtest",
    "slow",
    "notify_before_reply",
)
_REFUSALS = {
    "rate_limited": (429, "FREQUENCY_LIMITED", "频率超限"),
    "system_error": (500, "SYSTEM_ERROR", "系统错误"),
}


class PayHandler(Handler):
    """Base of the ``/v3/`` endpoints. A subclass names itself for faults (``endpoint``) and implements ``act``."""

    endpoint = ""
    quiet = True
    """The access log is about the product: what it asks of its stand-in is written only at level debug."""

    def initialize(self, sandbox: SandboxCore, mount: re.Pattern[str] | None = None) -> None:
        super().initialize(sandbox)
        self.mount = mount
        self.scopes: list[str] = []
        self.faults: dict[str, dict[str, Any]] = {}
        self.body: dict[str, Any] = {}
        self.key_mode = "certificate"

    def gateway_url(self) -> str:
        """What follows the gateway's address in the URL: that is what the merchant signed."""
        match = self.mount.match(self.request.path) if self.mount else None
        uri = self.request.uri or ""
        return uri[match.end() :] if match else uri

    async def get(self, **path: str) -> None:
        await self._serve(path)

    async def post(self, **path: str) -> None:
        await self._serve(path)

    async def _serve(self, path: dict[str, str]) -> None:
        self._verify()
        if self.request.method in ("POST", "PUT"):
            self._read_body()
        self._collect(path)
        await self.fail(committed=False)
        try:
            status, document = await self.act(path)
        except PayError as error:
            status, document = error.status, error.document()
        else:
            if "notify_before_reply" in self.faults:
                await self.notify_first()
        await self.sandbox.context.state.flush()
        await self.fail(committed=True)
        self._send(status, b"" if document is None else orjson.dumps(document))

    @abc.abstractmethod
    async def act(self, path: dict[str, str]) -> Reply:
        """What the endpoint does: status, and the document of its reply (None: an empty one)."""

    async def notify_first(self) -> None:
        """Let the event that this request leads to happen, and its notification arrive, before the reply."""

    def _verify(self) -> None:
        self._choose_key_mode()
        request = self.request
        now = self.sandbox.request_clock() // 1000
        try:
            self.sandbox.context.keyring.verify_request(
                request.headers.get("Authorization", ""),
                request.method or "",
                self.gateway_url(),
                self.signed_body(),
                now,
            )
        except SignError as error:
            raise PayError(401, "SIGN_ERROR", str(error)) from None

    def signed_body(self) -> bytes:
        """What of the body the signature covers: all of it, but for uploads."""
        return self.request.body

    def _choose_key_mode(self) -> None:
        serial = self.request.headers.get("Wechatpay-Serial", "")
        if serial.startswith("PUB_KEY_ID_"):
            self.key_mode = "public_key"
            if serial != self.sandbox.identity.platform_public_key_id:
                raise PayError(400, "PARAM_ERROR", "Wechatpay-Serial 不是本商户的微信支付公钥 ID")

    def _read_body(self) -> None:
        try:
            self.body = self.json_body()
        except ValueError:
            raise PayError(400, "PARAM_ERROR", "请求正文不是合法的 JSON 对象") from None

    def _collect(self, path: dict[str, str]) -> None:
        """The names that faults may use for this request, and the faults that strike it."""
        state, payer = self.sandbox.context.state, self.body.get("payer")
        in_body = ("out_trade_no", "out_refund_no", "transaction_id", "out_bill_no", "openid")
        names = [*path.values(), *(self.body.get(name) for name in in_body)]
        if isinstance(payer, dict):
            names.append(payer.get("openid"))
        self.scopes = [name for name in names if isinstance(name, str)]
        refund = next((state.refunds[name] for name in self.scopes if name in state.refunds), None)
        numbers = [*self.scopes, *([refund.out_trade_no] if refund else [])]
        orders = [state.orders.get(name) or state.by_transaction_id.get(name) for name in numbers]
        for order in filter(None, orders):
            self.scopes += scopes_of(order)
        for name in REPLY_FAULTS:
            fault = self.sandbox.context.faults.take(name, self.scopes, endpoint=self.endpoint)
            if fault is not None:
                self.faults[name] = fault

    async def fail(self, *, committed: bool) -> None:
        """The faults that strike before or after the request has had its effect. Raises PayError, ReplyLost."""
        due = {name: fault for name, fault in self.faults.items() if fault.get("committed") is committed}
        if "slow" in due:
            await asyncio.sleep(float(due["slow"]["seconds"]))
        if ("drop_after_commit" if committed else "drop_before_commit") in self.faults:
            raise ReplyLost
        for name, refusal in _REFUSALS.items():
            if name in due:
                raise PayError(*refusal)
        if "error" in due:
            error = due["error"]
            raise PayError(int(error["status"]), str(error["code"]), str(error["message"]))
        if not committed and due.keys() & {"garbage", "bad_signature", "unsigned", "signtest"}:
            # The reply is spoiled and the request had no effect: all that is left is an empty promise.
            self._send(200, b"{}")
            raise ReplyLost

    def _send(self, status: int, body: bytes, content_type: str = "application/json; charset=utf-8") -> None:
        if "garbage" in self.faults:
            body, content_type = b"\x1f\x8b\x00<html>\xff\xfe garbage", "text/html"
        self.set_status(status)
        if status != 204:
            self.set_header("Content-Type", content_type)
        elif "garbage" in self.faults:
            self.set_status(200)
        self.set_header("Request-ID", self.request_id)
        for name, value in self._signature(body).items():
            self.set_header(name, value)
        self.finish(body or None)

    def _signature(self, body: bytes) -> dict[str, str]:
        if "unsigned" in self.faults:
            return {}
        context = self.sandbox.context
        headers = context.signer("replies", self.key_mode, self.scopes).headers(body, context.clock() // 1000)
        if "bad_signature" in self.faults:
            headers["Wechatpay-Signature"] = spoiled(headers["Wechatpay-Signature"])
        if "signtest" in self.faults:
            headers["Wechatpay-Signature"] = probe_signature(headers["Wechatpay-Signature"])
        return headers

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, ReplyLost):
            self.detach().close()
            return
        if not isinstance(error, PayError):
            code, message = {
                404: ("RESOURCE_NOT_EXISTS", "接口不存在"),
                405: ("INVALID_REQUEST", "不支持的请求方法"),
            }.get(status_code, ("SYSTEM_ERROR", "系统错误"))
            error = PayError(status_code, code, message)
        self._send(error.status, orjson.dumps(error.document()))
