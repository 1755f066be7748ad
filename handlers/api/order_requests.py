"""What users ask for after paying: 取消订单, 仅退款, and taking such a request back."""

from __future__ import annotations

from typing import Any

from handlers.api.orders import OrderHandler
from handlers.errors import ApiError, refused
from handlers.operation import operation
from money import amount_text, read_amount
from payment.problems import RefundAmountChanged
from payment.refunds.quotes import default_kind
from schemas.order import AskRefund
from schemas.user import Done, OneId
from storage.models import RefundKind


class AskRefundHandler(OrderHandler):
    @operation(body=AskRefund(), reply=Done(), auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Ask for a cancellation with the amount that was shown (if the policy gives another by now, nothing happens),
        or for money back. An administrator decides."""
        order = await self.own_order(given["id"])
        at = self.now()
        kind = RefundKind(given["kind"]) if given["kind"] else default_kind(order, at)
        wanted = read_amount(given["amount"])
        if wanted is None and kind == RefundKind.MONEY_BACK:
            raise ApiError(
                400,
                "invalid_input",
                "金额：应为金额，例如 ￥100",
                fields={"amount": ["应为金额，例如 ￥100"]},
            )
        try:
            await self.services.payments.request_refund(
                order.id, self.caller, given["reason"], -1 if wanted is None else wanted, at, kind
            )
        except RefundAmountChanged as error:
            raise refused(
                "refund_amount_changed", f"可退金额已变为 {amount_text(error.amount_fen)}，请确认后重新提交"
            ) from None
        return {
            "msg": "取消申请已提交，请等待审核" if kind == RefundKind.CANCEL else "退款申请已提交，请等待审核"
        }


class WithdrawRequestHandler(OrderHandler):
    @operation(body=OneId(), reply=Done(), auth="user", errors=(404, 409, 429))
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
