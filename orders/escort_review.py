"""Applying as an escort, and the office's decision about it.

What has been reviewed stays in force until something else is approved: the new application of an escort who was
approved once waits beside their name and phone, and replaces them when it is approved.
"""

from __future__ import annotations

from storage import Transaction
from storage.models import Escort, EscortState, Reapplication

PENDING, APPROVED = EscortState.PENDING, EscortState.APPROVED
REJECTED, SUSPENDED = EscortState.REJECTED, EscortState.SUSPENDED
DECISIONS: dict[str, tuple[tuple[EscortState, ...], EscortState]] = {
    "approve": ((PENDING, REJECTED, SUSPENDED), APPROVED),
    "reject": ((PENDING,), REJECTED),
    "suspend": ((APPROVED,), SUSPENDED),
}
"""Act: from which states, to which. A new application can be approved and rejected in any state."""


class DecisionRefused(Exception):
    """The escort's state does not allow this decision; nothing was changed."""


def is_erased(escort: Escort) -> bool:
    """Has the escort had their personal data deleted? Nobody serves without a name and a phone."""
    return not escort.name


def decisions(escort: Escort, application: Reapplication | None) -> list[str]:
    """What may be decided about an escort now: nothing once they are erased."""
    if is_erased(escort):
        return []
    return [
        act
        for act, (states, _) in DECISIONS.items()
        if escort.state in states or (application is not None and act != "suspend")
    ]


async def apply(
    tx: Transaction, user_id: int, name: str, phone_sealed: str, phone_tail: str, at: int
) -> None:
    """One application per user: a new one replaces the one before. Raises Duplicate to a simultaneous first one."""
    known = await tx.escorts.of_user(user_id)
    escort = await tx.escorts.lock(known.id) if known else None
    if escort is not None and escort.state in (APPROVED, SUSPENDED) and not is_erased(escort):
        await tx.escorts.reapply(escort.id, name, phone_sealed, phone_tail, at)
    else:
        await tx.escorts.apply(user_id, name, phone_sealed, phone_tail, at)


async def decide(tx: Transaction, escort: Escort, act: str, at: int) -> EscortState:
    """Approve, reject or suspend an escort, who is locked; the state that they are in then. Raises DecisionRefused.

    Where a new application waits, approving and rejecting are about that: what was approved before stays as it is
    when the new one is rejected.
    """
    application = await tx.escorts.application(escort.id)
    if act not in decisions(escort, application):
        raise DecisionRefused(act)
    if application is not None and act == "reject":
        await tx.escorts.drop_application(escort.id)
        return EscortState(escort.state)
    if application is not None and act == "approve":
        await tx.escorts.adopt(application)
        await tx.orders.rename_escort(escort.id, application.name)
    target = DECISIONS[act][1]
    await tx.escorts.move(escort.id, escort.state, target, at)
    return target
