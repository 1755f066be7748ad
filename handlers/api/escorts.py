"""Applying to become an escort (on the wire: caregiver)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.personal_numbers import ESCORT_PHONE as PHONE
from handlers.base import ApiHandler
from handlers.errors import by_status
from handlers.operation import operation
from orders import escort_review
from personal.phones import phone_tail
from privacy import Vault, masked_phone
from schemas.user import Done, EscortApplication, EscortReply
from schemas.wire import ESCORT_STATUS, time_text
from storage import Duplicate, Reader
from storage.models import EscortState


@dataclass(frozen=True)
class OwnApplication:
    """A user's application, the latest one, with the phone sealed; and the name that is in force beside it."""

    name: str
    phone_sealed: str
    state: EscortState
    applied_at: int
    approved_name: str = ""


async def own_application(reader: Reader, user_id: int) -> OwnApplication | None:
    """What the user has applied for last; None while there is nothing."""
    escort = await reader.escorts.of_user(user_id)
    if escort is None:
        return None
    new = await reader.escorts.application(escort.id)
    if new is not None:
        return OwnApplication(new.name, new.phone_sealed, EscortState.PENDING, new.applied_at, escort.name)
    return OwnApplication(escort.name, escort.phone_sealed, EscortState(escort.state), escort.applied_at)


def escort_row(own: OwnApplication | None, vault: Vault) -> dict[str, Any] | None:
    """One's own application as the user sees it; None while there is none."""
    if own is None:
        return None
    return {
        "name": own.name,
        "phone": masked_phone(vault.open(own.phone_sealed, PHONE)),
        "status": ESCORT_STATUS[own.state],
        "appliedTime": time_text(own.applied_at),
        "approvedName": own.approved_name,
    }


class ApplyHandler(ApiHandler):
    @operation(body=EscortApplication(), reply=Done(), auth="user")
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Apply as an escort. One application per user: a new one replaces the old and goes back to review. Until it is
        approved, an escort's approved name and phone stay in force."""
        sealed = self.services.vault.seal(given["phone"], PHONE)
        tail, at = phone_tail(given["phone"]), self.now()
        for last_try in (False, True):
            try:
                async with self.services.storage.transaction() as tx:
                    if not await tx.users.lock_living(self.caller.id):
                        raise by_status(401)
                    await escort_review.apply(tx, self.caller.id, given["name"], sealed, tail, at)
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
            own = await own_application(reader, self.caller.id)
        return {"caregiver": escort_row(own, self.services.vault)}


routes = [
    (r"/user/apply2be1caregiver/", ApplyHandler),
    (r"/user/getCaregiver/", ApplicationHandler),
]
