"""A refund of money outside of WeChat is done: a person says that they have paid it back."""

from __future__ import annotations

from typing import Any

from handlers.admin.money.refunds import RefundPage
from handlers.admin.offline.handling import facts_of, handling_of
from handlers.errors import ApiError
from payment.problems import PaymentError
from refusals import Refused
from schemas.admin_offline import HandlingForm
from storage.models import RefundState


class PaidBackHandler(RefundPage):
    """Confirm that an approved refund was paid back in cash or by transfer."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        try:
            handling = handling_of(self.load(HandlingForm()))
            after: dict[str, Any] = {
                "state": RefundState.SUCCEEDED,
                "amount_fen": refund.amount_fen,
                **facts_of(handling),
            }
            hook = self.noted(refund, "paid_back", lambda _: after)
            seen = self.shown_fingerprint()
            await self.services.payments.offline.confirm_refund(refund.id, handling, self.actor, seen, hook)
        except (ApiError, PaymentError, Refused) as error:
            await self.show(refund_id, self.form_error(error), "paid_back")
            return
        self.redirect_done(self.back, "refund-paid-back")


routes = [(r"/admin/refunds/([0-9]{1,18})/paid-back/", PaidBackHandler)]
