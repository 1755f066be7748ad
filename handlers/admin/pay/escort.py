"""One escort's pay: what would be on the next statement, what is held and why, their statements, a correction."""

from __future__ import annotations

from typing import Any

from handlers.admin.pay.base import ERASED, READERS, PayPage
from handlers.errors import ApiError, not_found
from orders.escort_pay import earnings, months
from orders.escort_pay.earnings import Correction
from refusals import Refused
from schemas.admin_pay import LESS, PayCorrection
from storage import Transaction

SHOWN = 200
"""So many lines of a preview are shown; the statement has all of them."""
STATEMENTS = 36


def signed(given: dict[str, Any]) -> int:
    """What a form of a correction asks for, in fen."""
    return -given["amount"] if given["direction"] == LESS else int(given["amount"])


class EscortPayPage(PayPage):
    async def show(self, escort_id: int, error: str = "", typed: dict[str, Any] | None = None) -> None:
        month, at = self.asked_month(), self.now()
        async with self.services.storage.reading() as reader:
            escort = await reader.escorts.get(escort_id)
            if escort is None:
                raise not_found()
            preview = await months.preview(reader, escort.id, month)
            made = await reader.pay_statements.of_escort(escort.id, None, STATEMENTS)
            newest = await reader.escort_pay.newest_id(escort.id)
            live = await reader.pay_statements.live(escort.id, month)
        self.render(
            "admin/pay/escort.html",
            escort=escort,
            escort_name=escort.name or ERASED,
            month=month,
            before=months.month_before(month),
            after=months.month_after(month) if month < months.month_of(at) else "",
            over=months.is_over(month, at),
            preview=preview,
            shown=SHOWN,
            made=made,
            live=live,
            newest=newest,
            error=error,
            typed=typed or {},
        )


class EscortPayHandler(EscortPayPage):
    open_to_accountants = READERS

    async def get(self, escort_id: str) -> None:
        await self.show(int(escort_id))


class CorrectHandler(EscortPayPage):
    """A correction that is about no order."""

    async def post(self, escort_id: str) -> None:
        self.back = f"pay/escorts/{int(escort_id)}/"
        seen = self.shown_fingerprint()
        try:
            given = self.load(PayCorrection())
            wanted = Correction(int(escort_id), None, signed(given), given["reason"])

            async def run(tx: Transaction) -> None:
                made = await earnings.correct(tx, wanted, seen, self.caller.id, self.now())
                after = {"amount_fen": made.amount_fen, "reason": made.reason}
                await self.audit(tx, "pay.correct", ("escort", wanted.escort_id), after=after)

            await self.services.storage.run(run)
        except (ApiError, Refused) as error:
            await self.show(int(escort_id), self.form_error(error).for_staff, self.body_fields)
        else:
            self.redirect_done(self.back, "pay-corrected")


routes = [
    (r"/admin/pay/escorts/([0-9]{1,18})/", EscortPayHandler),
    (r"/admin/pay/escorts/([0-9]{1,18})/correct/", CorrectHandler),
]
