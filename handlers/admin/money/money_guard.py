"""The one guard before money goes back, whichever page asks for it.

In this order: is there so much left, may this administrator decide about so much, is the amount far from the one that
was proposed (3.88 for 388), and was the password given a short time ago. The page of the password names amount,
patient, and what cannot be undone.
"""

from __future__ import annotations

from handlers.admin.page import AdminPage
from handlers.errors import ApiError
from money import FEN_PER_YUAN, plain_yuan, read_amount
from payment.problems import RefundExceedsPaid
from storage.models import Order

FAR = 5
"""An amount that is more than so many times another is far from it."""


def far_apart(amount_fen: int, proposed_fen: int) -> bool:
    """Is the one so much more than the other that it may be a slip of the finger? Something against nothing is, too."""
    return amount_fen * FAR < proposed_fen or amount_fen > proposed_fen * FAR


class MoneyGuard(AdminPage):
    """A page from which money goes back to a user."""

    async def may_give(
        self,
        order: Order,
        amount_fen: int,
        *,
        proposed_fen: int,
        remaining_fen: int,
        act: str,
        rule_fen: int | None = None,
    ) -> bool:
        """May this amount be given back now? False when the password is asked for first (the page is written then).

        ``act``: what else happens, such as that the order ends; ``rule_fen``: what the policy gives by itself, when
        that is not the proposed amount. Raises RefundExceedsPaid, and ApiError for more than a clerk may give, or an
        amount that was not confirmed although it is far from the proposed one.
        """
        if amount_fen > remaining_fen:
            raise RefundExceedsPaid
        self._check_clerk(amount_fen, proposed_fen if rule_fen is None else rule_fen)
        sure = read_amount(str(self.body_fields.get("sure", "")))
        if far_apart(amount_fen, proposed_fen) and sure != amount_fen:
            self.amount_to_confirm = amount_fen
            raise ApiError(
                409,
                "amount_unusual",
                f"您填的是 {plain_yuan(amount_fen)} 元，按规则或申请应退 {plain_yuan(proposed_fen)} 元，相差很大。"
                f"如果确实要退 {plain_yuan(amount_fen)} 元，请在下面勾选后再提交一次",
            )
        who = order.patient_name or "用户"
        money = f"退款 {plain_yuan(amount_fen)} 元 给 {who}" if amount_fen else f"不退款给 {who}"
        return await self.confirmed(f"订单 #{order.id}：{act}{money}。提交后不能撤回")

    def _check_clerk(self, amount_fen: int, rule_fen: int) -> None:
        """A clerk overrides the policy up to the configured limit; what the policy gives is free."""
        limit_fen = self.services.settings.orders.clerk_refund_yuan * FEN_PER_YUAN
        if limit_fen and not self.owner and amount_fen > max(limit_fen, rule_fen):
            raise ApiError(
                409,
                "above_clerk_limit",
                f"店员自己决定的退款最多 {plain_yuan(limit_fen)} 元。退 {plain_yuan(amount_fen)} 元 请店主来操作",
            )

    amount_to_confirm: int | None = None
    """The amount that has to be confirmed explicitly: the form offers a tick for it."""
