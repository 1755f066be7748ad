"""What users ask for after paying: 取消订单, 仅退款, and taking such a request back."""

from __future__ import annotations

from typing import Any

from handlers.api.orders import OrderHandler
from handlers.operation import operation
from money import read_amount
from schemas.order import AskRefund
from schemas.user import Done, OneId
from storage.models import RefundKind


class AskRefundHandler(OrderHandler):
    @operation(body=AskRefund, reply=Done, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Ask for a cancellation with the amount that was shown (if the policy gives another by now, nothing happens),
        or for money back. An administrator decides."""
        order = await self.own_order(given["id"])
        kind = RefundKind(given["kind"]) if given["kind"] else None
        refund_id = await self.services.payments.request_refund(
            order.id, self.caller, given["reason"], read_amount(given["amount"]), self.now(), kind
        )
        async with self.services.storage.reading() as reader:
            asked = await reader.refunds.get(refund_id)
        wanted = "退款" if asked is not None and asked.kind == RefundKind.MONEY_BACK else "取消"
        return {"msg": f"{wanted}申请已提交，请等待审核"}


class WithdrawRequestHandler(OrderHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take back a cancellation or refund that was asked for and that nobody has decided yet; the order goes back to
        where it was."""
        order = await self.own_order(given["id"])
        await self.services.payments.withdraw_request(order.id, self.caller, self.now())
        return {"msg": "申请已撤回"}


routes = [
    (r"/user/refund1order/", AskRefundHandler),
    (r"/user/withdraw1request/", WithdrawRequestHandler),
]
