"""An order that the office entered for a customer who called is taken over in the mini-program."""

from __future__ import annotations

from typing import Any

from accounts.security_events import SecurityEvent
from handlers.api_handler import ApiHandler
from handlers.operation import operation
from orders.sharing import claims
from orders.sharing.claims import ClaimNotValid, Secret
from schemas.claims import ClaimableOrder, ClaimedReply, ClaimSecret, claimable_row


class ClaimsHandler(ApiHandler):
    """Common to what is asked with a claim's token or code: every try counts, and a wrong one leaves a trace."""

    limited_as = "claim"
    limits_reads = True

    def record_unknown(self) -> None:
        self.record(SecurityEvent.UNKNOWN_CLAIM)


class ClaimHandler(ClaimsHandler):
    @operation(query=ClaimSecret, reply=ClaimableOrder, auth="user", errors=(404, 429))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """What can be claimed with a link or a code, before it is. Used by another user, revoked, over its time or
        never given out: 404 ``claim_not_valid``."""
        secret = Secret(given["token"], given["code"])
        try:
            async with self.services.storage.reading() as reader:
                found = await claims.look(reader, self.services.vault, secret, self.caller.id, self.now())
        except ClaimNotValid:
            self.record_unknown()
            raise
        return claimable_row(found)


class ClaimOrderHandler(ClaimsHandler):
    @operation(body=ClaimSecret, reply=ClaimedReply, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take the order over: it and its patient become the caller's, and it is paid like every other order. Claiming
        it again changes nothing. An unpaid order of the caller for the same patient is a 409
        ``patient_has_unpaid_order``."""
        secret, at = Secret(given["token"], given["code"]), self.now()
        try:
            order_id = await self.services.storage.run(
                lambda tx: claims.use(tx, self.services.vault, secret, self.caller.id, at)
            )
        except ClaimNotValid:
            self.record_unknown()
            raise
        return {"orderId": order_id, "msg": "认领成功"}


routes = [(r"/user/getClaim/", ClaimHandler), (r"/user/claimOrder/", ClaimOrderHandler)]
