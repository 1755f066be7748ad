"""Offering an order to escorts (派单), taking an invitation back, and giving an order to another escort (换人)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.errors import ApiError
from orders import serving
from orders.escorts import invitations
from orders.escorts.invitations import Offered, Office, Terms
from orders.transitions import TransitionRefused
from refusals import Refused
from schemas.admin_arranging import NewInvitations, Reassignment
from storage import Transaction
from storage.models import Cause

EVERYBODY = "everybody"


def ticked(fields: Mapping[str, Any], prefix: str) -> list[int]:
    """The numbers of the ticked boxes ``<prefix><number>`` of a form."""
    found = (re.fullmatch(rf"{prefix}([0-9]{{1,18}})", name) for name, value in fields.items() if value)
    return sorted(int(match[1]) for match in found if match)


class Inviting(OrderAct):
    """What offers an order to escorts."""

    @property
    def office(self) -> Office:
        return Office(self.caller.id, self.services.clock, self.services.settings.visits)

    async def invite(self, order_id: int, escort_ids: Sequence[int] | None, terms: Terms) -> Offered:
        """Offer one order, and write it into the audit log. ``escort_ids`` None: to all who are free then."""

        async def run(tx: Transaction) -> Offered:
            offered = await invitations.offer(tx, order_id, escort_ids, terms, self.office)
            after: dict[str, Any] = {"escort": [each.id for each in offered.invited]}
            if terms.pay_fen:
                after["pay_fen"] = terms.pay_fen
            await self.audit(tx, "order.invite", ("order", order_id), after=after)
            return offered

        return await self.services.storage.run(run)


class InviteHandler(Inviting):
    """Offer the order to the ticked escorts, or to all who are free."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        try:
            given = self.load(NewInvitations())
            everybody = bool(self.body_fields.get(EVERYBODY))
            chosen = None if everybody else ticked(self.body_fields, "escort_")
            if chosen == []:
                raise ApiError(400, "nobody_chosen", "请勾选陪诊员，或选「所有有空的」")
            offered = await self.invite(int(order_id), chosen, Terms(given["half"], given["pay_fen"]))
        except (ApiError, TransitionRefused, Refused) as error:
            refusal = self.form_error(error).for_staff
            await self.show(int(order_id), invite_error=refusal, typed_invite=self.body_fields)
            return
        if offered.left_out:
            note = f"已派给 {len(offered.invited)} 位；没有派给：{'；'.join(offered.left_out)}"
            await self.show(int(order_id), invite_note=note)
        else:
            self.redirect_done(self.back, "invited")


class WithdrawInvitationHandler(OrderAct):
    """Take an open invitation back; its escort is told."""

    async def post(self, order_id: str, invitation_id: str) -> None:
        self.back = f"orders/{order_id}/"

        async def run(tx: Transaction) -> None:
            taken_back = await invitations.withdraw(
                tx, int(invitation_id), int(order_id), "", self.services.clock
            )
            after = {"escort": taken_back.escort_id}
            await self.audit(tx, "order.withdraw_invitation", ("order", int(order_id)), after=after)

        await self.services.storage.run(run)
        self.redirect_done(self.back, "invitation-withdrawn")


class ReassignHandler(OrderAct):
    """Give the order to another escort in one act: the half-days stay, the old one is told, the user once."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        seen = self.shown_fingerprint("escort_id")
        try:
            given = self.load(Reassignment())
            new = serving.NewEscort(given["new_escort_id"], seen)
            await self.act(
                order_id,
                "reassign",
                lambda tx, order: serving.reassign(
                    tx, order.id, new, Cause(self.actor, self.now(), given["reason"]), self.errands
                ),
            )
        except serving.EscortUnavailable as error:
            self.form_error(error)
            await self._again(order_id, await self._why_not(order_id, given["new_escort_id"]))
        except (ApiError, TransitionRefused, Refused) as error:
            await self._again(order_id, self.form_error(error).for_staff)
        else:
            self.redirect_done(self.back, "reassigned")

    async def _why_not(self, order_id: str, escort_id: int) -> str:
        order = await self.find(order_id)
        async with self.services.storage.reading() as reader:
            held = [booking.half for booking in await reader.escorts.bookings_of_order(order.id)]
        return await self.why_not(order, escort_id, serving.held_half(held))

    async def _again(self, order_id: str, refusal: str) -> None:
        """The page with what was chosen, and why that cannot be."""
        await self.show(int(order_id), reassign_error=refusal, typed_reassign=self.body_fields)


routes = [
    (rf"{ORDER}/invite/", InviteHandler),
    (rf"{ORDER}/invitations/([0-9]{{1,18}})/withdraw/", WithdrawInvitationHandler),
    (rf"{ORDER}/reassign/", ReassignHandler),
]
