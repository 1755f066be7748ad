"""The endpoints of WeChat Pay, API v3. Each is a few lines: ``gateway`` verifies, signs and breaks things."""

from __future__ import annotations

import re

from .core import SandboxCore
from .errors import PayError
from .formats import rfc3339
from .gateway import PayHandler, Reply
from .signing import encrypt
from .state import Order, Refund


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
        keyring, apiv3_key = self.sandbox.context.keyring, self.sandbox.identity.apiv3_key
        data = []
        for serial, (pem, begin, end) in keyring.published().items():
            data.append(
                {
                    "serial_no": serial,
                    "effective_time": rfc3339(begin),
                    "expire_time": rfc3339(end),
                    "encrypt_certificate": encrypt(apiv3_key, pem, "certificate"),
                }
            )
        return 200, {"data": data}


class BillHandler(PayHandler):
    """GET /v3/bill/tradebill and /v3/bill/fundflowbill"""

    def initialize(
        self, sandbox: SandboxCore, mount: re.Pattern[str] | None = None, kind: str = "trade"
    ) -> None:
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
        await self.fail(committed=False)
        content = self.sandbox.bills.download(self.get_query_argument("token", ""))
        await self.fail(committed=True)
        self._send(200, content, "application/octet-stream")


class UnknownPayHandler(PayHandler):
    """Any other path below /v3/: 404 in WeChat's shape."""

    async def act(self, path: dict[str, str]) -> Reply:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "接口不存在")
