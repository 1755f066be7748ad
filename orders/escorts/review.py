"""Applying as an escort, and the office's decision about it.

What has been reviewed stays in force until something else is approved: the new application of an escort who was
approved once waits beside their name and phone, and replaces them when it is approved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from frozen_dataclasses import frozen
from personal.phones import phone_tail
from privacy import ESCORT_PHONE, Vault
from refusals import AccountClosed, Refused
from storage import Duplicate, Reader, Storage, Transaction
from storage.locked_rows import must_have_changed
from storage.models import Escort, EscortState, Reapplication

PENDING, APPROVED = EscortState.PENDING, EscortState.APPROVED
REJECTED, SUSPENDED = EscortState.REJECTED, EscortState.SUSPENDED
DECISIONS: dict[str, tuple[tuple[EscortState, ...], EscortState]] = {
    "approve": ((PENDING, REJECTED, SUSPENDED), APPROVED),
    "reject": ((PENDING,), REJECTED),
    "suspend": ((APPROVED,), SUSPENDED),
}
"""Act: from which states, to which. A new application can be approved and rejected in any state."""


@frozen()
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


class DecisionRefused(Exception):
    """The escort's state does not allow this decision; nothing was changed."""


class EscortChanged(Refused):
    """The escort or their application is no longer what the office has seen; ``changed``: which parts of the
    ``basis_of_decision``."""

    slug = "escort_application_changed"

    def __init__(self, changed: set[str]) -> None:
        super().__init__()
        self.changed = changed


class EscortErased(Refused):
    """There is nothing left to decide about."""

    slug = "escort_erased"
    message = "这位陪诊员已删除个人资料，不能再审核或安排；本人可以在小程序里重新申请，那会是一份新的申请"


def check_not_erased(escort: Escort) -> None:
    """Raises EscortErased."""
    if is_erased(escort):
        raise EscortErased


def is_erased(escort: Escort) -> bool:
    """Has the escort had their personal data deleted? Nobody serves without a name and a phone."""
    return not escort.name


def basis_of_decision(escort: Escort, application: Reapplication | None) -> dict[str, object]:
    """What a decision about an escort is based on."""
    new = application
    return {
        "state": escort.state,
        "name": escort.name,
        "phone": escort.phone_tail,
        "new_name": new.name if new else "",
        "new_phone": new.phone_tail if new else "",
        "applied_at": new.applied_at if new else escort.applied_at,
    }


def decisions(escort: Escort, application: Reapplication | None) -> list[str]:
    """What may be decided about an escort now: nothing once they are erased."""
    if is_erased(escort):
        return []
    return [
        act
        for act, (states, _) in DECISIONS.items()
        if escort.state in states or (application is not None and act != "suspend")
    ]


async def apply(storage: Storage, vault: Vault, user_id: int, name: str, phone: str, at: int) -> None:
    """Apply as an escort. One application per user: a new one replaces the one before. Raises AccountClosed."""
    sealed, tail = vault.seal(phone, ESCORT_PHONE), phone_tail(phone)
    for last_try in (False, True):
        try:
            await storage.run(lambda tx: _apply(tx, user_id, name, sealed, tail, at))
            return
        except Duplicate:  # a double tap: the other application was first, this one replaces it
            if last_try:
                raise


async def _apply(
    tx: Transaction, user_id: int, name: str, phone_sealed: str, phone_tail: str, at: int
) -> None:
    """Raises Duplicate to a simultaneous first one."""
    if not await tx.users.lock_living(user_id):
        raise AccountClosed
    known = await tx.escorts.of_user(user_id)
    escort = await tx.escorts.lock(known.id) if known else None
    if escort is not None and escort.state in (APPROVED, SUSPENDED) and not is_erased(escort):
        await tx.escorts.reapply(escort.id, name, phone_sealed, phone_tail, at)
    else:
        await tx.escorts.apply(user_id, name, phone_sealed, phone_tail, at)


async def decide(
    tx: Transaction,
    escort: Escort,
    act: str,
    at: int,
    changed: Callable[[Mapping[str, object]], set[str]] = lambda basis: set(),
) -> EscortState:
    """Approve, reject or suspend an escort, who is locked; the state that they are in then. ``changed`` tells which
    parts of the ``basis_of_decision`` are not as the caller has seen them.

    Raises EscortErased, EscortChanged, DecisionRefused.

    Where a new application waits, approving and rejecting are about that: what was approved before stays as it is
    when the new one is rejected.
    """
    check_not_erased(escort)
    application = await tx.escorts.application(escort.id)
    if different := changed(basis_of_decision(escort, application)):
        raise EscortChanged(different)
    if act not in decisions(escort, application):
        raise DecisionRefused(act)
    if application is not None and act == "reject":
        await tx.escorts.drop_application(escort.id)
        return EscortState(escort.state)
    if application is not None and act == "approve":
        await tx.escorts.adopt(application)
        await tx.orders.rename_escort(escort.id, application.name)
    target = DECISIONS[act][1]
    must_have_changed(await tx.escorts.move(escort.id, escort.state, target, at))
    if target != APPROVED:
        await tx.invitations.withdraw_of_escort(escort.id, at, "陪诊员已停用")
    return target
