"""WeChat Pay's HTTP side: requests verified, replies signed, faults in between."""
from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import orjson

from .errors import PayError, ReplyLost
from .pay import scopes_of
from .signing import SignError, encrypt, probe_signature, spoiled
from .state import Order, Refund
from .web import Handler
from .world import rfc3339

if TYPE_CHECKING:
    from .service import Sandbox

Reply = tuple[int, dict[str, Any] | None]

REPLY_FAULTS = (
    "drop_before_commit", "drop_after_commit", "rate_limited", "system_error", "error", "garbage",
    "bad_signature", "unsigned", "signtest", "slow", "notify_before_reply",
)  # fmt: skip
_REFUSALS = {
    "rate_limited": (429, "FREQUENCY_LIMITED", "频率超限"),
    "system_error": (500, "SYSTEM_ERROR", "系统错误"),
}


class PayHandler(Handler):
    """Base of the `/v3/` endpoints. A subclass names itself for faults (`endpoint`) and implements `act`."""

    endpoint = ""

    def initialize(self, sandbox: Sandbox, mount: re.Pattern[str] | None = None) -> None:
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
        if self.request.method == "POST":
            self._read_body()
        self._collect(path)
        await self._fail_early()
        status, document = await self.act(path)
        if "notify_before_reply" in self.faults:
            await self.notify_first()
        await self.sandbox.world.state.flush()
        await self._fail_late()
        self._send(status, b"" if document is None else orjson.dumps(document))

    async def act(self, path: dict[str, str]) -> Reply:
        raise NotImplementedError

    async def notify_first(self) -> None:
        """Let the event that this request leads to happen, and its notification arrive, before the reply."""

    def _verify(self) -> None:
        self._choose_key_mode()
        request = self.request
        now = self.sandbox.request_clock() // 1000
        try:
            self.sandbox.world.keyring.verify_request(
                request.headers.get("Authorization", ""), request.method or "", self.gateway_url(),
                request.body, now,
            )  # fmt: skip
        except SignError as error:
            raise PayError(401, "SIGN_ERROR", str(error)) from None

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
        state, payer = self.sandbox.world.state, self.body.get("payer")
        names = [*path.values(), *(self.body.get(name) for name in ("out_trade_no", "out_refund_no", "transaction_id"))]
        if isinstance(payer, dict):
            names.append(payer.get("openid"))
        self.scopes = [name for name in names if isinstance(name, str)]
        refund = next((state.refunds[name] for name in self.scopes if name in state.refunds), None)
        numbers = [*self.scopes, *([refund.out_trade_no] if refund else [])]
        orders = [state.orders.get(name) or state.by_transaction_id.get(name) for name in numbers]
        for order in filter(None, orders):
            self.scopes += scopes_of(order)
        for name in REPLY_FAULTS:
            fault = self.sandbox.world.faults.take(name, self.scopes, endpoint=self.endpoint)
            if fault is not None:
                self.faults[name] = fault

    async def _fail_early(self) -> None:
        if "drop_before_commit" in self.faults:
            raise ReplyLost
        await self._fail(committed=False)

    async def _fail_late(self) -> None:
        if "drop_after_commit" in self.faults:
            raise ReplyLost
        await self._fail(committed=True)

    async def _fail(self, *, committed: bool) -> None:
        """The faults that strike before or after the request has had its effect."""
        due = {name: fault for name, fault in self.faults.items() if fault.get("committed") is committed}
        if "slow" in due:
            await asyncio.sleep(float(due["slow"]["seconds"]))
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
        world = self.sandbox.world
        headers = world.signer("replies", self.key_mode, self.scopes).headers(body, world.clock() // 1000)
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
                404: ("RESOURCE_NOT_EXISTS", "接口不存在"), 405: ("INVALID_REQUEST", "不支持的请求方法"),
            }.get(status_code, ("SYSTEM_ERROR", "系统错误"))  # fmt: skip
            error = PayError(status_code, code, message)
        self._send(error.status, orjson.dumps(error.document()))


class CreateHandler(PayHandler):
    """POST /v3/pay/transactions/jsapi"""

    endpoint = "create"
    order: Order

    async def act(self, path: dict[str, str]) -> Reply:
        self.order = self.sandbox.payments.create(self.body, self.key_mode)
        return 200, {"prepay_id": list(self.order.prepay_ids)[-1]}

    async def notify_first(self) -> None:
        if not self.order.paid:
            await self.sandbox.notifier.deliver_now(self.sandbox.payments.pay(self.order))


class QueryHandler(PayHandler):
    """GET /v3/pay/transactions/out-trade-no/{out_trade_no}?mchid= and …/id/{transaction_id}?mchid="""

    endpoint = "query"

    async def act(self, path: dict[str, str]) -> Reply:
        mchid = self.query().get("mchid")
        if mchid != self.sandbox.identity.mchid:
            raise PayError(400, "PARAM_ERROR" if not mchid else "MCH_NOT_EXISTS", "商户号有误")
        payments = self.sandbox.payments
        if "transaction_id" in path:
            order = payments.get_by_transaction(path["transaction_id"])
        else:
            order = payments.get(path["out_trade_no"])
        return 200, payments.describe(order)


class CloseHandler(PayHandler):
    """POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close"""

    endpoint = "close"

    async def act(self, path: dict[str, str]) -> Reply:
        self.sandbox.payments.close(path["out_trade_no"], self.body)
        return 204, None


class RefundHandler(PayHandler):
    """POST /v3/refund/domestic/refunds"""

    endpoint = "refund"
    refund: Refund

    async def act(self, path: dict[str, str]) -> Reply:
        self.refund = self.sandbox.refunds.create(self.body, self.key_mode)
        return 200, self.sandbox.refunds.describe(self.refund)

    async def notify_first(self) -> None:
        refund = self.refund
        if refund.status == "PROCESSING" and refund.outcome:
            notification = self.sandbox.refunds.settle(refund, refund.outcome)
            if notification is not None:
                await self.sandbox.notifier.deliver_now(notification)


class RefundQueryHandler(PayHandler):
    """GET /v3/refund/domestic/refunds/{out_refund_no}"""

    endpoint = "refund_query"

    async def act(self, path: dict[str, str]) -> Reply:
        refund = self.sandbox.refunds.get(path["out_refund_no"])
        return 200, self.sandbox.refunds.describe(refund, query=True)


class CertificatesHandler(PayHandler):
    """GET /v3/certificates"""

    endpoint = "certificates"

    async def act(self, path: dict[str, str]) -> Reply:
        if not self.sandbox.settings.publish_certificates:
            raise PayError(403, "NO_AUTH", "商户已启用微信支付公钥，不能下载平台证书")
        keyring, apiv3_key = self.sandbox.world.keyring, self.sandbox.identity.apiv3_key
        data = []
        for serial, (pem, begin, end) in keyring.published().items():
            data.append({
                "serial_no": serial,
                "effective_time": rfc3339(begin),
                "expire_time": rfc3339(end),
                "encrypt_certificate": encrypt(apiv3_key, pem, "certificate"),
            })
        return 200, {"data": data}


class BillHandler(PayHandler):
    """GET /v3/bill/tradebill and /v3/bill/fundflowbill"""

    def initialize(self, sandbox: Sandbox, mount: re.Pattern[str] | None = None, kind: str = "trade") -> None:
        super().initialize(sandbox, mount)
        self.kind = kind
        self.endpoint = f"{kind}bill"  # tradebill, fundflowbill

    async def act(self, path: dict[str, str]) -> Reply:
        bill = self.sandbox.bills.request(self.kind, self.query())
        token = bill.pop("token")
        return 200, {**bill, "download_url": f"{self._base()}/v3/billdownload/file?token={token}"}

    def _base(self) -> str:
        if self.sandbox.public_url:
            return self.sandbox.public_url
        uri = self.request.uri or ""
        mount = uri[: len(uri) - len(self.gateway_url())]
        return f"{self.request.protocol}://{self.request.host}{mount}"


class DownloadHandler(PayHandler):
    """GET /v3/billdownload/file?token=: a signed request with an unsigned reply."""

    endpoint = "download"

    async def get(self, **path: str) -> None:
        self._verify()
        self._collect({})
        self.faults.setdefault("unsigned", {})
        await self._fail_early()
        content = self.sandbox.bills.download(self.get_query_argument("token", ""))
        await self._fail_late()
        self._send(200, content, "application/octet-stream")


class UnknownPayHandler(PayHandler):
    """Any other path below /v3/: 404 in WeChat's shape."""

    async def act(self, path: dict[str, str]) -> Reply:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "接口不存在")
