"""The money of a supplement (补款): paying it, asking for it back, and taking such a request back."""

from __future__ import annotations

from typing import Any

from handlers.api.orders import PAYMENT_ERRORS
from handlers.api_handler import ApiHandler
from handlers.operation import operation
from money import read_amount
from schemas.order import PaymentReply
from schemas.supplement_payment import AskSupplementRefund
from schemas.user import Done, OneId


class PaySupplementHandler(ApiHandler):
    limited_as = "order"

    @operation(body=OneId, reply=PaymentReply, auth="user", errors=PAYMENT_ERRORS)
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Begin or resume the payment of an open supplement, of an own order or of one that is shared with the caller
        as a payer. One that is paid, disputed or withdrawn is a 409."""
        parameters = await self.services.payments.pay_supplement(given["id"], self.caller)
        return {"id": given["id"], "msg": "", "payment": parameters}


class AskSupplementRefundHandler(ApiHandler):
    limited_as = "order"

    @operation(body=AskSupplementRefund, reply=Done, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Ask for the money of a paid supplement, or a part of it: who has paid it, and the order's user. The order
        goes on; an administrator decides."""
        await self.services.payments.request_supplement_refund(
            given["id"], self.caller, read_amount(given["amount"]), given["reason"], self.now()
        )
        return {"msg": "退款申请已提交，请等待审核"}


class WithdrawSupplementRequestHandler(ApiHandler):
    limited_as = "order"

    @operation(body=OneId, reply=Done, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take back such a request that is not decided yet."""
        await self.services.payments.withdraw_supplement_request(given["id"], self.caller, self.now())
        return {"msg": "申请已撤回"}


routes = [
    (r"/user/paySupplement/", PaySupplementHandler),
    (r"/user/refundSupplement/", AskSupplementRefundHandler),
    (r"/user/withdrawSupplementRefund/", WithdrawSupplementRequestHandler),
]
