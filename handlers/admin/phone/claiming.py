"""The link and the code by which a customer takes an order by phone into their own mini-program."""

from __future__ import annotations

from typing import Any

from handlers.admin.orders.actions import ORDER, OrderAct
from orders.sharing import claims
from refusals import Refused
from schemas.claims import CLAIM_PAGE
from storage import Transaction
from storage.models import Cause


class ClaimAct(OrderAct):
    def begin(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"

    async def show_refusal(self, order_id: str, error: Refused) -> None:
        await self.show(int(order_id), claim_error=self.form_error(error).for_staff)


class NewClaimHandler(ClaimAct):
    """A new link and code, shown this once; those of before are void."""

    async def post(self, order_id: str) -> None:
        self.begin(order_id)
        hours = self.services.settings.office.claim_hours
        cause = Cause(self.actor, self.now())

        async def work(tx: Transaction) -> claims.NewSecrets:
            made = await claims.create(tx, self.services.vault, int(order_id), hours, cause)
            await self.audit(tx, "claim.create", ("order", int(order_id)))
            return made

        try:
            made = await self.services.storage.run(work)
        except Refused as error:
            await self.show_refusal(order_id, error)
            return
        shown: dict[str, Any] = {
            "path": CLAIM_PAGE.format(made.token),
            "code": made.code,
            "until": made.expires_at,
        }
        await self.show(int(order_id), claim_made=shown)


class RevokeClaimHandler(ClaimAct):
    """The link and the code do not work any more."""

    async def post(self, order_id: str) -> None:
        self.begin(order_id)

        async def work(tx: Transaction) -> None:
            await claims.revoke(tx, int(order_id), self.now())
            await self.audit(tx, "claim.revoke", ("order", int(order_id)))

        try:
            await self.services.storage.run(work)
        except Refused as error:
            await self.show_refusal(order_id, error)
            return
        self.redirect_done(self.back, "claim-revoked")


routes = [
    (rf"{ORDER}/claim/", NewClaimHandler),
    (rf"{ORDER}/claim/revoke/", RevokeClaimHandler),
]
