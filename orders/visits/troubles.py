"""What goes wrong on a visit, one tap each; open until the office has dealt with it and says how."""

from __future__ import annotations

from clock import MINUTE, shanghai
from frozen_dataclasses import frozen
from orders.visit_time import begin_of
from orders.visits.jobs import ActionReused, Job, lock_job, pressed_at
from orders.visits.sealing import seal_text
from privacy import VISIT_TROUBLE, Vault
from refusals import Refused
from storage import Transaction
from storage.models import UNSERVED, Ending, Order, OrderState, StepKind, TroubleKind, VisitTrouble
from storage.writes import NewVisitTrouble

REPORTED = (
    TroubleKind.CANNOT_REACH,
    TroubleKind.LATE,
    TroubleKind.ABSENT,
    TroubleKind.CANNOT_COME,
    TroubleKind.UNWELL,
)
"""What an escort reports about a job; ``leave`` opens by taking leave."""
OF_THE_CUSTOMER = (TroubleKind.CANNOT_REACH, TroubleKind.LATE, TroubleKind.ABSENT, TroubleKind.UNWELL)
"""What the family is shown: the rest is arranged by the office first, which then calls."""

OF_THE_ESCORT = (TroubleKind.CANNOT_COME, TroubleKind.LEAVE)
"""What is settled as soon as another escort serves the order, or nobody does."""

LEAVE_GIVEN_BACK = "陪诊员取消了请假"
TAKEN_OFF = "已不由这位陪诊员服务"
MOVED = "改到了没有请假的时间"
FINISHED = "订单已完成"
CANCELLED = "订单已取消"
"""How what was open was closed by itself."""


class AbsentTooEarly(Refused):
    """The escort has not waited long enough, or has not called. The sentence says what is missing."""

    slug = "absent_too_early"


class TroubleClosed(Refused):
    """A colleague was quicker."""

    slug = "trouble_closed"
    message = "这件事已经有人处理了"


@frozen()
class ReportedTrouble:
    order_id: int
    kind: TroubleKind
    action_id: str
    note: str = ""
    phone_at: int | None = None


async def report(
    tx: Transaction,
    vault: Vault,
    reported: ReportedTrouble,
    escort_id: int,
    at: int,
    absent_wait_minutes: int,
) -> int:
    """Tell the office; the id. The same action again is the same trouble.

    The note is for the office, which needs it whether or not there is a consent to the record. Nothing about the order
    changes: the escort stays booked until the office decides. Raises OrderNotFound, TakenOff, VisitOver,
    EscortSuspended, AbsentTooEarly, ActionReused; Duplicate as ``steps.record``.
    """
    known = await tx.visits.trouble_of_action(escort_id, reported.action_id)
    if known is None:
        job = await lock_job(tx, reported.order_id, escort_id, reported.phone_at, at)
        known = await tx.visits.trouble_of_action(escort_id, reported.action_id)
        if known is None:
            if reported.kind == TroubleKind.ABSENT:
                await _check_absent(tx, job.order, escort_id, at, absent_wait_minutes)
            return await _open(tx, vault, reported, job, escort_id, at)
    if (known.order_id, known.kind) != (reported.order_id, reported.kind):
        raise ActionReused
    return known.id


async def _open(
    tx: Transaction, vault: Vault, reported: ReportedTrouble, job: Job, escort_id: int, at: int
) -> int:
    trouble_id = await tx.visits.add_trouble(
        NewVisitTrouble(
            order_id=job.order.id,
            escort_id=escort_id,
            kind=reported.kind,
            action_id=reported.action_id,
            note_sealed=seal_text(vault, reported.note, VISIT_TROUBLE),
            at=at,
            phone_at=reported.phone_at,
        )
    )
    if reported.note:
        await tx.visits.note_record(job.order.id)
    if why := await _settled_before(tx, reported, job, at):
        await tx.visits.close_trouble(trouble_id, job.order.id, why, None, at)
    return trouble_id


async def _settled_before(tx: Transaction, reported: ReportedTrouble, job: Job, at: int) -> str:
    """Why the office need not decide about what arrives now, because the phone had no network when it was pressed;
    empty: it has to."""
    order = job.order
    if order.ending in UNSERVED:
        return CANCELLED
    if reported.kind in OF_THE_ESCORT and not job.current:
        return TAKEN_OFF
    ends = [each.at for each in await tx.orders.history(order.id) if each.to_state == OrderState.FINISHED]
    over = order.ending == Ending.SERVED and pressed_at(reported.phone_at, at) <= max(ends, default=0)
    return FINISHED if over else ""


async def _check_absent(
    tx: Transaction, order: Order, escort_id: int, at: int, absent_wait_minutes: int
) -> None:
    """Raises AbsentTooEarly. The wait counts from the arrival, and not before the hour that was agreed."""
    arrived = await tx.visits.first_step(order.id, escort_id, StepKind.ARRIVED)
    if arrived is None:
        raise AbsentTooEarly("请先到约定地点，点「已到达」并等候客户")
    since = pressed_at(arrived.phone_at, arrived.at)
    if order.visit_time:
        since = max(since, begin_of(order))
    missing = []
    if at < (until := since + absent_wait_minutes * MINUTE):
        missing.append(f"等到 {shanghai(until + MINUTE - 1):%m月%d日 %H:%M}")
    if await tx.visits.first_step(order.id, escort_id, StepKind.CALLED) is None:
        missing.append("给客户打一次电话")
    if missing:
        raise AbsentTooEarly(f"还不能报告客户没来，请先{'，并'.join(missing)}")


async def close(
    tx: Transaction, order_id: int, trouble_id: int, resolution: str, admin_id: int, at: int
) -> None:
    """The office has dealt with it. Raises TroubleClosed."""
    if not await tx.visits.close_trouble(trouble_id, order_id, resolution, admin_id, at):
        raise TroubleClosed


async def open_leave(tx: Transaction, order_id: int, escort_id: int, at: int) -> None:
    """The escort takes leave on a half-day with this order: the office has to decide, and is told once. The escort is
    locked."""
    if await _open_leave(tx, order_id, escort_id) is None:
        await tx.visits.add_trouble(
            NewVisitTrouble(
                order_id=order_id,
                escort_id=escort_id,
                kind=TroubleKind.LEAVE,
                action_id=f"leave-{order_id}-{at}",
                note_sealed="",
                at=at,
                phone_at=None,
            )
        )


async def close_leave(tx: Transaction, order_id: int, escort_id: int, why: str, at: int) -> None:
    """The order is no longer on leave of its escort: there is nothing left to decide."""
    await tx.visits.close_troubles(order_id, (TroubleKind.LEAVE,), escort_id, why, at)


async def close_of_escort(tx: Transaction, order_id: int, escort_id: int, why: str, at: int) -> None:
    """The escort has been taken off the locked order: what kept them from coming is settled. What is about the
    customer stays open."""
    await tx.visits.close_troubles(order_id, OF_THE_ESCORT, escort_id, why, at)


async def close_all(tx: Transaction, order_id: int, why: str, at: int) -> None:
    """The locked order has ended: nothing that went wrong on its visit waits for the office any more."""
    await tx.visits.close_troubles(order_id, tuple(TroubleKind), None, why, at)


async def _open_leave(tx: Transaction, order_id: int, escort_id: int) -> VisitTrouble | None:
    for trouble in await tx.visits.troubles(order_id):
        if trouble.open and (trouble.kind, trouble.escort_id) == (TroubleKind.LEAVE, escort_id):
            return trouble
    return None
