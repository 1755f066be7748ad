"""The endpoints of merchant transfers, API v3."""

from __future__ import annotations

from . import transfer_replies
from .errors import PayError
from .gateway import PayHandler, Reply


class TransferHandler(PayHandler):
    """POST /v3/fund-app/mch-transfer/transfer-bills"""

    endpoint = "transfer"

    async def act(self, path: dict[str, str]) -> Reply:
        serial = self.request.headers.get("Wechatpay-Serial", "")
        transfer = self.sandbox.transfers.create(self.body, serial, self.key_mode)
        return 200, transfer_replies.accepted(transfer)


class TransferQueryHandler(PayHandler):
    """GET /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}"""

    endpoint = "transfer_query"

    async def act(self, path: dict[str, str]) -> Reply:
        transfer = self.sandbox.transfers.get(path["out_bill_no"])
        return 200, transfer_replies.described(transfer, self.sandbox.identity)


class TransferCancelHandler(PayHandler):
    """POST /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}/cancel"""

    endpoint = "transfer_cancel"

    def _read_body(self) -> None:
        if self.request.body:
            raise PayError(400, "PARAM_ERROR", "撤销转账的请求正文应为空")

    async def act(self, path: dict[str, str]) -> Reply:
        return 200, self.sandbox.transfers.cancel(path["out_bill_no"])
