"""Offering an order to escorts (派单, 抢单): offered → accepted | declined | expired | withdrawn | taken.

The order's row is locked first, then the escort's: of any number of escorts who accept, the first one has it. Whether
an invitation has expired is decided by the clock under that lock; the background job only tidies up behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from clock import MINUTE, Clock, day_bounds
from config.visit_settings import VisitSettings
from frozen_dataclasses import frozen
from orders import serving
from orders.escort_pay.rules import proposed_fen
from orders.escorts.availability import Candidate, candidates, obstacle
from orders.escorts.open_invitations import mark_taken
from orders.escorts.qualifications import what_expired
from orders.messages import queue_invitation, queue_invitation_ended
from orders.office_hours import after_office_minutes
from orders.transitions import Action, TransitionRefused, allowed
from orders.visit_time import begin_of, halves_of
from refusals import Forbidden, Refused, Unknown
from storage import Storage, Transaction
from storage.job_run import JobRun, run_job
from storage.models import Actor, Cause, EscortState, Invitation, InvitationState, Order
from storage.writes import NewInvitation
from wechat.message_facts import MessageOutcome

JOB = "invitations"
CLAIM = MINUTE


class InvitationNotFound(Unknown):
    """No such invitation, or another escort's."""

    slug = "invitation_not_found"
    message = "没有找到这个邀请"


class InvitationTaken(Refused):
    slug = "invitation_taken"
    message = "这个订单已被接走"


class InvitationExpired(Refused):
    slug = "invitation_expired"
    message = "这个邀请已过期，想接单请联系客服"


class InvitationWithdrawn(Refused):
    slug = "invitation_withdrawn"
    message = "客服收回了这个邀请，订单可能有变化"


class InvitationDeclined(Refused):
    slug = "invitation_declined"
    message = "您已经谢绝了这个邀请，想接单请联系客服"


class InvitationAccepted(Refused):
    """It cannot be declined any more."""

    slug = "invitation_accepted"
    message = "您已经接了这个订单，不能来请在订单里点「我来不了」"


class InvitationClosed(Refused):
    """A colleague takes back what is not open any more."""

    slug = "invitation_closed"
    message = "这个邀请已经结束了，请刷新后再看"


class CannotAccept(Refused):
    """The escort is on leave or booked; the message says which."""

    slug = "escort_unavailable"
    message = "您这个时段已有安排，不能接这个订单"


class Suspended(Forbidden):
    """The office has suspended the escort while the tap was on its way."""

    slug = "escort_suspended"
    message = "您的陪诊员资格已停用，请联系客服"


class NobodyInvited(Refused):
    """Nobody who was meant can be asked; the message says who and why."""

    slug = "nobody_invited"
    message = "没有可以派单的陪诊员：当天都没有空，或者已经派过"


_REFUSALS: dict[str, type[Refused]] = {
    InvitationState.TAKEN: InvitationTaken,
    InvitationState.EXPIRED: InvitationExpired,
    InvitationState.WITHDRAWN: InvitationWithdrawn,
    InvitationState.DECLINED: InvitationDeclined,
    InvitationState.ACCEPTED: InvitationAccepted,
}


@frozen()
class Terms:
    """On what terms an order is offered. ``half``: ``am``, ``pm`` or ``day``, where the order leaves it open."""

    half: str
    pay_fen: int | None = 0
    """What the escort is told to earn; 0: not stated; None: what the rules of pay give each."""


@frozen()
class Office:
    """The administrator who offers an order, and by which clock and settings."""

    admin_id: int
    clock: Clock
    visits: VisitSettings


@frozen()
class Offered:
    """Whom an order was offered to, and of those who could not be asked who and why."""

    invited: tuple[Candidate, ...]
    left_out: tuple[str, ...]


def state_at(invitation: Invitation, at: int) -> InvitationState:
    """The state as people read it: what is over by the clock has expired, whether or not the job has been round."""
    if invitation.state == InvitationState.OFFERED and at >= invitation.expires_at:
        return InvitationState.EXPIRED
    return InvitationState(invitation.state)


def expiry(order: Order, at: int, visits: VisitSettings) -> int:
    """Until when an invitation of ``at`` can be accepted: minutes of office hours, and not longer than until the visit
    begins; without an hour, not longer than the day of the visit."""
    until = after_office_minutes(at, visits.invitation_minutes, visits.office_hours)
    begins = begin_of(order) if order.visit_time else 0
    return min(until, begins if begins > at else day_bounds(order.visit_date)[1])


async def offer(
    tx: Transaction, order_id: int, escort_ids: Sequence[int] | None, terms: Terms, office: Office
) -> Offered:
    """Offer a paid order to these escorts; None: to all who are free then. Raises OrderNotFound, TransitionRefused,
    NobodyInvited."""
    order = await serving.lock_order(tx, order_id)
    if not allowed(Action.ASSIGN, order.state):
        raise TransitionRefused(Action.ASSIGN, order.state)
    at, halves = office.clock(), halves_of(order, terms.half)
    await tx.invitations.expire_of_order(order.id, at)
    asked = {each.escort_id for each in await tx.invitations.open_of_orders({order.id}, at)}
    approved = await candidates(tx, order, office.visits.errands_per_half_day, at)
    if escort_ids is None:
        chosen = [each for each in approved if each.is_free(halves) and each.id not in asked]
    else:
        chosen = [each for each in approved if each.id in set(escort_ids)]
    invited, left_out = [], []
    for candidate in chosen:
        if candidate.id in asked:
            left_out.append(f"{candidate.name} 已经派过，还没有答复")
        elif not candidate.is_free(halves):
            left_out.append(f"{candidate.name} {candidate.fact}")
        else:
            invited.append(candidate)
    if not invited:
        raise NobodyInvited("；".join(left_out))
    for candidate in invited:
        await _invite(tx, order, candidate.id, terms, office, at)
    return Offered(tuple(invited), tuple(left_out))


async def _invite(
    tx: Transaction, order: Order, escort_id: int, terms: Terms, office: Office, at: int
) -> None:
    half = serving.held_half(list(halves_of(order, terms.half)))
    until = expiry(order, at, office.visits)
    pay_fen = terms.pay_fen if terms.pay_fen is not None else await proposed_fen(tx, order, escort_id)
    invitation_id = await tx.invitations.add(
        NewInvitation(order.id, escort_id, half, pay_fen, office.admin_id, at, until)
    )
    invitation = await tx.invitations.get(invitation_id)
    assert invitation is not None
    await queue_invitation(tx, order, invitation, at)


async def accept(tx: Transaction, invitation_id: int, escort_id: int, clock: Clock, errands: int) -> Order:
    """The escort takes the order, if it can still be taken: the order is serving, the escort booked, the user told. The
    same tap again changes nothing. ``errands``: so many orders for errands may share a half-day
    (``visits.errands_per_half_day``). Raises InvitationNotFound, InvitationTaken and its like, CannotAccept,
    Suspended."""
    order, invitation = await _lock(tx, invitation_id, escort_id)
    at = clock()  # not earlier: it may have waited for another escort's acceptance
    state = state_at(invitation, at)
    if state == InvitationState.ACCEPTED and order.escort_id == escort_id:
        return order
    if state == InvitationState.ACCEPTED or (
        state == InvitationState.OFFERED and not allowed(Action.ASSIGN, order.state)
    ):
        raise InvitationWithdrawn
    if state != InvitationState.OFFERED:
        raise _REFUSALS[state]
    try:
        cause = Cause(Actor("escort", escort_id), at)
        await serving.give(tx, order, escort_id, invitation.half, cause, errands)
    except serving.EscortUnavailable:
        raise await _why_not(tx, order, invitation, errands, at) from None
    if not await tx.invitations.end(invitation.id, InvitationState.ACCEPTED, at):
        raise _REFUSALS[await _ended_meanwhile(tx, invitation.id)]
    await mark_taken(tx, order, at)
    return order


async def _why_not(tx: Transaction, order: Order, invitation: Invitation, errands: int, at: int) -> Refused:
    escort = await tx.escorts.get(invitation.escort_id)
    if escort is None or escort.state != EscortState.APPROVED:
        return Suspended()
    if why := await what_expired(tx, escort.id, at):
        return CannotAccept(f"您的{why}，请先上传新的证件")
    why = await obstacle(tx, order, invitation.escort_id, invitation.half, errands)
    return CannotAccept(f"您{why}，不能接这个订单" if why else "")


async def decline(tx: Transaction, invitation_id: int, escort_id: int, reason: str, clock: Clock) -> None:
    """The escort does not want the order; declining again changes nothing. Raises InvitationNotFound,
    InvitationTaken and its like."""
    _, invitation = await _lock(tx, invitation_id, escort_id)
    at = clock()
    state = state_at(invitation, at)
    if state == InvitationState.DECLINED:
        return
    if state != InvitationState.OFFERED:
        raise _REFUSALS[state]
    if await tx.invitations.end(invitation.id, InvitationState.DECLINED, at, reason):
        return
    if (state := await _ended_meanwhile(tx, invitation.id)) != InvitationState.DECLINED:
        raise _REFUSALS[state]


async def _ended_meanwhile(tx: Transaction, invitation_id: int) -> InvitationState:
    """How an invitation has ended that was open a moment ago. The order's lock does not hold back the job that ends
    what was not answered, nor an escort who takes leave on another phone."""
    invitation = await tx.invitations.get(invitation_id)
    assert invitation is not None  # invitations are never deleted
    return InvitationState(invitation.state)


async def _lock(tx: Transaction, invitation_id: int, escort_id: int) -> tuple[Order, Invitation]:
    """The escort's invitation under its order's lock. Raises InvitationNotFound."""
    known = await tx.invitations.get(invitation_id)
    if known is None or known.escort_id != escort_id:
        raise InvitationNotFound
    order = await serving.lock_order(tx, known.order_id)
    invitation = await tx.invitations.get(invitation_id)
    assert invitation is not None  # invitations are never deleted
    return order, invitation


async def withdraw(
    tx: Transaction, invitation_id: int, order_id: int, reason: str, clock: Clock
) -> Invitation:
    """The office takes an invitation back, and its escort is told. Raises InvitationNotFound, InvitationClosed."""
    order = await serving.lock_order(tx, order_id)
    invitation = await tx.invitations.get(invitation_id)
    if invitation is None or invitation.order_id != order_id:
        raise InvitationNotFound
    at = clock()
    if state_at(invitation, at) != InvitationState.OFFERED:
        raise InvitationClosed
    if not await tx.invitations.end(invitation.id, InvitationState.WITHDRAWN, at, reason):
        raise InvitationClosed  # meanwhile
    await queue_invitation_ended(tx, order, invitation, MessageOutcome.WITHDRAWN, at)
    return invitation


async def expire_due(storage: Storage, clock: Clock, owner: str) -> JobRun | None:
    """One run of the job that ends what was not answered in time."""

    async def work(run: JobRun) -> None:
        at = clock()
        run.result["expired"] = await storage.run(lambda tx: tx.invitations.expire(at))

    return await run_job(storage, clock, JOB, owner, CLAIM, work)
