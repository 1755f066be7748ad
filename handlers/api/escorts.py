"""Applying to become an escort (on the wire: caregiver)."""

from __future__ import annotations

from typing import Any

from handlers.api_handler import ApiHandler
from handlers.operation import operation
from orders.escorts import review as escort_review
from schemas.user import Done, EscortApplication, EscortReply, escort_row


class ApplyHandler(ApiHandler):
    @operation(body=EscortApplication, reply=Done, auth="user")
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Apply as an escort. One application per user: a new one replaces the old and goes back to review. Until it is
        approved, an escort's approved name and phone stay in force."""
        await escort_review.apply(
            self.services.storage,
            self.services.vault,
            self.caller.id,
            given["name"],
            given["phone"],
            self.now(),
        )
        return {"msg": "申请成功，请等待客服联系"}


class ApplicationHandler(ApiHandler):
    @operation(reply=EscortReply, auth="user")
    async def get(self) -> dict[str, Any]:
        """The caller's own application."""
        async with self.services.storage.reading() as reader:
            own = await escort_review.own_application(reader, self.caller.id)
        return {"caregiver": escort_row(own, self.services.vault)}


routes = [
    (r"/user/apply2be1caregiver/", ApplyHandler),
    (r"/user/getCaregiver/", ApplicationHandler),
]
