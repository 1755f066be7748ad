"""Reminders of visits: in the evening before, and some hours before the visit; and the answer to them, 我会准时到.

A row of ``reminders`` is one that was sent, to one person, of a visit that begins at one moment: this makes it unique,
so that several processes send it once. Who is concerned is looked up when it is due. ``void`` ends what was sent when
the day or the hour changes: a new begin is another reminder, and needs another answer.
"""

from __future__ import annotations

from functools import partial

from clock import DAY, HOUR, MINUTE, Clock, day_bounds, shanghai_date
from config import VisitSettings
from frozen_dataclasses import frozen
from orders.messages import queue_reminder
from orders.sharing import access
from orders.sharing.access import Act, OrderRole
from orders.sharing.members import recipients
from orders.visit_time import begin_of
from refusals import OrderNotFound, Refused
from storage import Storage, Transaction
from storage.filters import OrderFilter
from storage.job_run import JobRun, run_job
from storage.models import EscortState, Order, OrderState, ReminderAudience, ReminderKind
from storage.views import UpcomingVisit

JOB = "reminders"
CLAIM = 2 * MINUTE


class NothingToConfirm(Refused):
    """The order is not being served, or its visit has begun."""

    slug = "visit_not_confirmable"
    message = "这个订单现在不需要确认：还没有安排陪诊员，或者就诊已经开始"


@frozen()
class ReminderTimes:
    """When reminders are sent; times of the day in ms since midnight in Shanghai."""

    evening: int
    """Of the day before the visit."""
    answer_until: int
    """On the same evening: from then on the office calls."""
    hours: int
    """Before a visit whose hour is settled."""

    @classmethod
    def of(cls, settings: VisitSettings) -> ReminderTimes:
        evening, until = _of_day(settings.reminder_evening), _of_day(settings.reminder_answer_until)
        return cls(evening, max(until, evening), settings.reminder_hours)

    def windows(self, order: Order) -> dict[ReminderKind, tuple[int, int]]:
        """From when and until when (ms) each kind is sent. An order that is made or assigned later gets none of that
        kind; the second one needs an hour that is settled."""
        eve = day_bounds(order.visit_date)[0] - DAY
        found = {
            ReminderKind.EVENING: (
                eve + self.evening,
                max(eve + self.answer_until, eve + self.evening + HOUR),
            )
        }
        if order.visit_time:
            begin = begin_of(order)
            found[ReminderKind.SOON] = (begin - self.hours * HOUR, begin)
        return found

    def due(self, order: Order, at: int) -> dict[ReminderKind, int]:
        """The kinds that are sent at this moment, with since when."""
        return {kind: begin for kind, (begin, end) in self.windows(order).items() if begin <= at < end}


def _of_day(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE


def asks(order: Order, times: ReminderTimes, at: int) -> bool:
    """Is the user asked whether they will come? From the evening before until the visit begins, once."""
    if not _is_to_come(order) or order.user_confirmed_at is not None:
        return False
    since = times.windows(order)[ReminderKind.EVENING][0]
    return since <= at < _end_of_asking(order)


def _is_to_come(order: Order) -> bool:
    return order.state == OrderState.SERVING and order.started_at is None


def _end_of_asking(order: Order) -> int:
    """The visit's begin, or the end of its day while the hour is not settled."""
    return begin_of(order) if order.visit_time else day_bounds(order.visit_date)[1]


# Sending


async def remind_due(storage: Storage, clock: Clock, settings: VisitSettings, owner: str) -> int:
    """Queue the reminders that are due; how many. One process at a time (the job row), and were it two, each reminder
    is one row. Raises StorageError."""
    times, sent = ReminderTimes.of(settings), 0

    async def work(run: JobRun) -> None:
        nonlocal sent
        at = clock()
        async with storage.reading() as reader:
            upcoming = await reader.reminders.upcoming(shanghai_date(at), shanghai_date(at + DAY))
        for visit in upcoming:
            if any(_missing(visit, kind) for kind in times.due(visit.order, at)):
                sent += await storage.run(partial(remind, order_id=visit.order.id, times=times, at=at))
        run.result["queued"] = sent

    await run_job(storage, clock, JOB, owner, CLAIM, work)
    return sent


def _missing(visit: UpcomingVisit, kind: ReminderKind) -> bool:
    """Has anybody concerned not been reminded of this begin?"""
    begin = begin_of(visit.order)
    reminded = {user_id for user_id, of, visit_at in visit.reminded if (of, visit_at) == (kind, begin)}
    return bool(visit.concerned - reminded)


async def remind(tx: Transaction, order_id: int, times: ReminderTimes, at: int) -> int:
    """Queue what is due of one order to everybody who was not reminded yet; how many."""
    order = await tx.orders.lock(order_id)
    if order is None or not _is_to_come(order):
        return 0
    visit_at, count = begin_of(order), 0
    known = await tx.reminders.of_order(order_id)
    for kind, due_at in times.due(order, at).items():
        there = {
            each.user_id
            for each in known
            if (each.kind, each.visit_at, each.cancelled_at) == (kind, visit_at, None)
        }
        for user_id, audience in await _concerned(tx, order):
            if user_id in there:
                continue
            there.add(user_id)
            await tx.reminders.put(order, user_id, audience, kind, (visit_at, due_at, at))
            await queue_reminder(tx, order, kind, (user_id, audience), at)
            count += 1
    return count


async def _concerned(tx: Transaction, order: Order) -> list[tuple[int, ReminderAudience]]:
    """Who is reminded: the user, everybody with whom the order is shared, and the escort."""
    found = [(order.user_id, ReminderAudience.USER)]
    escort = await tx.escorts.get(order.escort_id) if order.escort_id is not None else None
    if escort is not None and escort.state == EscortState.APPROVED:
        found.append((escort.user_id, ReminderAudience.ESCORT))
    return found + [(user_id, ReminderAudience.MEMBER) for user_id in await recipients(tx, order)]


# What ends or changes a visit


async def drop(tx: Transaction, order_id: int, at: int) -> None:
    """The visit is over: what waits to be sent is not sent; who has answered stays. Under the order's lock."""
    await tx.reminders.cancel(order_id, at)


async def void(tx: Transaction, order_id: int, at: int) -> None:
    """The visit begins at another time, or does not take place: what was sent of it and answered counts no longer, and
    what waits to be sent is not sent. To be called under the order's lock."""
    await tx.reminders.cancel(order_id, at)
    await tx.reminders.reset_answers(order_id)


async def void_for_escort(tx: Transaction, order_id: int, escort_id: int, at: int) -> None:
    """The escort does not come any more; the others still do."""
    escort = await tx.escorts.get(escort_id)
    if escort is not None:
        await tx.reminders.cancel(order_id, at, escort.user_id)


# Answers


async def confirm(tx: Transaction, order_id: int, user_id: int, at: int) -> None:
    """我会准时到, by the user or a member; repeating it changes nothing. Raises OrderNotFound, NothingToConfirm."""
    order = (await access.lock(tx, order_id, user_id, Act.ASK)).order
    _check_confirmable(order, at)
    if order.user_confirmed_at is None:
        await tx.reminders.confirm_by_user(order_id, at)
    await tx.reminders.answer(order_id, user_id, at)


async def confirm_by_escort(tx: Transaction, order_id: int, user_id: int, at: int) -> None:
    """The same by the escort of the order; ``user_id``: whose account it is. Raises OrderNotFound, NothingToConfirm."""
    found = await access.lock(tx, order_id, user_id, Act.WRITE_RECORD)
    if OrderRole.ESCORT not in found.roles:
        raise OrderNotFound
    _check_confirmable(found.order, at)
    if found.order.escort_confirmed_at is None:
        await tx.reminders.confirm_by_escort(order_id, at)
    await tx.reminders.answer(order_id, user_id, at)


def _check_confirmable(order: Order, at: int) -> None:
    if not _is_to_come(order) or at >= day_bounds(order.visit_date)[1]:
        raise NothingToConfirm


def unanswered(settings: VisitSettings, at: int) -> OrderFilter:
    """未确认的提醒: orders of today, and from ``reminder_answer_until`` on those of tomorrow, of which the user or the
    escort was reminded in the evening and has not answered."""
    today, tomorrow = shanghai_date(at), shanghai_date(at + DAY)
    late = at >= day_bounds(today)[0] + ReminderTimes.of(settings).answer_until
    return OrderFilter(
        state=OrderState.SERVING, first_date=today, last_date=tomorrow if late else today, unanswered=True
    )
