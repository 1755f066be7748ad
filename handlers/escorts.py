"""Applying to become an escort (on the wire: caregiver)."""

from __future__ import annotations

from typing import Any

from handlers.base import ApiHandler
from handlers.errors import by_status
from handlers.operation import operation
from privacy import Vault, masked_phone, phone_tail
from schemas.user import Done, EscortApplication, EscortReply
from schemas.wire import ESCORT_STATUS, time_text
from storage import Duplicate
from storage.models import Escort, EscortState

PHONE = "escorts.phone"


def escort_row(escort: Escort | None, vault: Vault) -> dict[str, Any] | None:
    """One's own application as the user sees it; None while there is none."""
    if escort is None:
        return None
    return {
        "name": escort.name,
        "phone": masked_phone(vault.open(escort.phone_sealed, PHONE)),
        "status": ESCORT_STATUS[EscortState(escort.state)],
        "appliedTime": time_text(escort.applied_at),
    }


class ApplyHandler(ApiHandler):
    @operation(body=EscortApplication(), reply=Done(), auth="user")
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Apply as an escort. One application per user: a new one replaces the old and goes back to review."""
        sealed = self.services.vault.seal(given["phone"], PHONE)
        tail, at = phone_tail(given["phone"]), self.now()
        for last_try in (False, True):
            try:
                async with self.services.storage.transaction() as tx:
                    if not await tx.users.lock_living(self.caller.id):
                        raise by_status(401)
                    await tx.escorts.apply(self.caller.id, given["name"], sealed, tail, at)
                    await tx.commit()
                break
            except Duplicate:  # a double tap: the other application was first, this one replaces it
                if last_try:
                    raise
        return {"msg": "申请成功，请等待客服联系"}


class ApplicationHandler(ApiHandler):
    @operation(reply=EscortReply(), auth="user")
    async def get(self) -> dict[str, Any]:
        """The caller's own application."""
        async with self.services.storage.reading() as reader:
            escort = await reader.escorts.of_user(self.caller.id)
        return {"caregiver": escort_row(escort, self.services.vault)}


routes = [
    (r"/user/apply2be1caregiver/", ApplyHandler),
    (r"/user/getCaregiver/", ApplicationHandler),
]
