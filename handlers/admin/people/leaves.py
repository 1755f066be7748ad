"""Leave that the office enters for an escort who phones, and takes back."""

from __future__ import annotations

from handlers.admin.people.escorts import ESCORT, EscortPage
from handlers.errors import ApiError
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from refusals import Refused
from schemas.admin_arranging import LeaveEntry, LeaveHalf
from storage import Transaction


class TakeLeaveHandler(EscortPage):
    """The escort does not work on half a day or a whole one; what is booked then is shown, and goes to the office."""

    async def post(self, escort_id: str) -> None:
        self.back = f"runners/{int(escort_id)}/"
        try:
            given = self.load(LeaveEntry())
            when = HalfDays(given["day"], given["half"])

            async def work(tx: Transaction) -> list[int]:
                await leaves.lock_escort(tx, int(escort_id))
                return await leaves.take(tx, int(escort_id), when, given["reason"], self.services.clock)

            told = {"day": when.day, "half": when.half}
            booked = await self.audited("escort.leave.take", ("escort", int(escort_id)), work, after=told)
        except (ApiError, Refused) as error:
            refusal = self.form_error(error).for_staff
            await self.show(
                await self.find(escort_id), leave_error=refusal, typed_leave=dict(self.body_fields)
            )
            return
        self.redirect_done(self.back, "leave-with-orders" if booked else "leave-taken")


class GiveBackLeaveHandler(EscortPage):
    """The escort works after all."""

    async def post(self, escort_id: str) -> None:
        self.back = f"runners/{int(escort_id)}/"
        given = self.load(LeaveHalf())
        when = HalfDays(given["day"], given["half"])

        async def work(tx: Transaction) -> list[int]:
            await leaves.lock_escort(tx, int(escort_id))
            return await leaves.give_back(tx, int(escort_id), when, self.services.clock)

        told = {"day": when.day, "half": when.half}
        await self.audited("escort.leave.give_back", ("escort", int(escort_id)), work, before=told)
        self.redirect_done(self.back, "leave-given-back")


routes = [
    (rf"{ESCORT}/leave/take/", TakeLeaveHandler),
    (rf"{ESCORT}/leave/give-back/", GiveBackLeaveHandler),
]
