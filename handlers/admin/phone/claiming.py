"""The link and the code by which a customer takes an order by phone into their own mini-program."""

from __future__ import annotations

from typing import Any

from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.admin.phone.opening import openings
from handlers.errors import ApiError, not_found
from orders.sharing import claims
from orders.sharing.claims import NewSecrets, Secret
from refusals import Refused
from schemas.admin_phone import ShownClaim
from schemas.claims import CLAIM_PAGE
from storage import Transaction
from storage.models import Cause


class ClaimAct(OrderAct):
    def begin(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"

    async def show_refusal(self, order_id: str, error: ApiError | Refused) -> None:
        await self.show(int(order_id), claim_error=self.form_error(error).for_staff)

    async def show_made(self, order_id: str, made: NewSecrets) -> None:
        """The page with link and code, and with what opens the mini-program, which WeChat is asked for now."""
        shown: dict[str, Any] = {
            "path": CLAIM_PAGE.format(made.token),
            "token": made.token,
            "code": made.code,
            "until": made.expires_at,
            "opening": await openings(self.services, made, self.now()),
        }
        await self.show(int(order_id), claim_made=shown)


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
        await self.show_made(order_id, made)


class OpeningHandler(ClaimAct):
    """Asks WeChat once more for what opens the mini-program, for the claim that the page still shows."""

    async def post(self, order_id: str) -> None:
        self.begin(order_id)
        if not self.services.settings.wechat.links:
            raise not_found()

        async def work(tx: Transaction) -> NewSecrets:
            found = await claims.still_open(tx, self.services.vault, int(order_id), secret, self.now())
            await self.audit(tx, "claim.link", ("order", int(order_id)))
            return found

        try:
            given = self.load(ShownClaim())
            secret = Secret(given["token"], given["code"])
            made = await self.services.storage.run(work)
        except (ApiError, Refused) as error:
            await self.show_refusal(order_id, error)
            return
        await self.show_made(order_id, made)


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
    (rf"{ORDER}/link/", OpeningHandler),
]
