"""Leave of escorts, by half-days: it blocks assignments and invitations. On a half-day with an accepted order the
office has to decide: the escort stays booked, and a trouble ``leave`` is opened, never silently."""

from __future__ import annotations

from clock import DAY, Clock, shanghai_date
from frozen_dataclasses import frozen
from orders.escorts.review import check_not_erased
from orders.visit_time import HALVES, WHOLE_DAY
from orders.visits import troubles
from refusals import InvalidInput, Unknown
from storage import Reader, Transaction
from storage.models import EscortLeave, InvitationState

MAX_DAYS_AHEAD = 366
ON_LEAVE = "请假"
"""Why an invitation counts as declined."""


class LeaveDayRefused(InvalidInput):
    """Not a day on which leave can be taken or given back."""

    says_field = True

    def __init__(self, message: str) -> None:
        super().__init__("day", message)


@frozen()
class HalfDays:
    """When an escort does not work. ``half``: ``am``, ``pm`` or ``day``."""

    day: str
    half: str

    @property
    def halves(self) -> tuple[str, ...]:
        return HALVES if self.half == WHOLE_DAY else (self.half,)


@frozen()
class KnownLeave:
    """Half a day of leave, and the orders for which the escort is booked all the same."""

    when: HalfDays
    reason: str
    order_ids: tuple[int, ...]


async def coming(reader: Reader, escort_id: int, at: int) -> list[KnownLeave]:
    """The escort's leave from today on."""
    first, last = shanghai_date(at), shanghai_date(at + MAX_DAYS_AHEAD * DAY)
    bookings = await reader.escort_jobs.bookings(escort_id, first, last)
    return [
        KnownLeave(
            HalfDays(each.visit_date, each.half),
            each.reason,
            tuple(b.order_id for b in bookings if (b.visit_date, b.half) == (each.visit_date, each.half)),
        )
        for each in await reader.leaves.of_escort(escort_id, first, last)
    ]


async def lock_escort(tx: Transaction, escort_id: int) -> None:
    """The escort for whom the office takes leave or gives it back. Raises Unknown, EscortErased."""
    escort = await tx.escorts.lock(escort_id)
    if escort is None:
        raise Unknown
    check_not_erased(escort)


async def take(tx: Transaction, escort_id: int, when: HalfDays, reason: str, clock: Clock) -> list[int]:
    """The escort does not work then; the ids of orders that are booked all the same, for each of which the office is
    told. Invitations for that time count as declined. Taking it twice is taking it once. Raises LeaveDayRefused."""
    await tx.escorts.lock(escort_id)  # nobody books the escort meanwhile
    at = clock()
    _check_day(when.day, at)
    known = {each.half for each in await tx.leaves.of_escort(escort_id, when.day, when.day)}
    for half in when.halves:
        if half not in known:
            await tx.leaves.add(EscortLeave(escort_id, when.day, half, reason, at))
    await _decline_invitations(tx, escort_id, when, at)
    orders = await _booked(tx, escort_id, when.day, when.halves)
    for order_id in orders:
        await troubles.open_leave(tx, order_id, escort_id, at)
    return orders


async def give_back(tx: Transaction, escort_id: int, when: HalfDays, clock: Clock) -> list[int]:
    """The escort works after all; what the office need not decide any more is closed. The ids of orders that still
    stand on leave of that day. Raises LeaveDayRefused."""
    await tx.escorts.lock(escort_id)
    at = clock()
    _check_day(when.day, at)
    for half in when.halves:
        await tx.leaves.end(escort_id, when.day, half)
    left = tuple(each.half for each in await tx.leaves.of_escort(escort_id, when.day, when.day))
    conflicts = await _booked(tx, escort_id, when.day, left)
    for order_id in await _booked(tx, escort_id, when.day, when.halves):
        if order_id not in conflicts:
            await troubles.close_leave(tx, order_id, escort_id, troubles.LEAVE_GIVEN_BACK, at)
    return conflicts


def _check_day(day: str, at: int) -> None:
    if not shanghai_date(at) <= day <= shanghai_date(at + MAX_DAYS_AHEAD * DAY):
        raise LeaveDayRefused("只能改今天以后一年内的日子")


async def _decline_invitations(tx: Transaction, escort_id: int, when: HalfDays, at: int) -> None:
    for invitation in await tx.invitations.open_of_escort(escort_id, at):
        order = await tx.orders.get(invitation.order_id)
        wanted = HALVES if invitation.half == WHOLE_DAY else (invitation.half,)
        if order is not None and order.visit_date == when.day and set(wanted) & set(when.halves):
            await tx.invitations.end(invitation.id, InvitationState.DECLINED, at, ON_LEAVE)


async def _booked(tx: Transaction, escort_id: int, day: str, halves: tuple[str, ...]) -> list[int]:
    bookings = await tx.escorts.bookings(day, day)
    return sorted({each.order_id for each in bookings if each.escort_id == escort_id and each.half in halves})
