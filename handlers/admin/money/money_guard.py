"""What a page asks before money goes back: the same checks as under the order's lock, and then the password.

The rules are in ``payment.refunds.amount_checks``; the page asks them first, so that nobody types a password for what
is refused afterwards. The page of the password names amount, patient, and what cannot be undone.
"""

from __future__ import annotations

from handlers.admin.page import AdminPage
from money import FEN_PER_YUAN, plain_yuan, read_amount
from payment.payables import Payable
from payment.problems import AmountUnusual, RefundExceedsPaid
from payment.refunds.amount_checks import DecisionChecks, Proposal, check_amount


def amount_to_confirm(error: Exception) -> int | None:
    """The amount (fen) that has to be confirmed explicitly after this refusal: the form offers a tick for it."""
    return error.amount_fen if isinstance(error, AmountUnusual) else None


class MoneyGuard(AdminPage):
    """A page from which money goes back to a user."""

    async def may_give(
        self, payable: Payable, amount_fen: int, proposal: Proposal, *, remaining_fen: int, act: str
    ) -> bool:
        """May this amount be given back now? False when the password is asked for first (the page is written then).

        ``act``: what else happens, such as that the order ends. Raises RefundExceedsPaid, NothingToRefund,
        AboveClerkLimit, AmountUnusual.
        """
        if amount_fen > remaining_fen:
            raise RefundExceedsPaid
        check_amount(amount_fen, proposal, self._checks())
        order = payable.order
        who, what = order.patient_name or "用户", "" if payable.supplement is None else "的补款"
        money = f"退款 {plain_yuan(amount_fen)} 元 给 {who}" if amount_fen else f"不退款给 {who}"
        return await self.confirmed(f"订单 #{order.id}{what}：{act}{money}。提交后不能撤回")

    def decision_checks(self) -> DecisionChecks:
        """What the decision of this form is checked against. Raises ApiError 400 without the page's fingerprint."""
        return self._checks(self.shown_fingerprint())

    def _checks(self, fingerprint: str = "") -> DecisionChecks:
        limit_fen = self.services.settings.orders.clerk_refund_yuan * FEN_PER_YUAN
        return DecisionChecks(
            fingerprint,
            confirmed_fen=read_amount(str(self.body_fields.get("sure", ""))),
            limit_fen=None if self.owner or not limit_fen else limit_fen,
        )
