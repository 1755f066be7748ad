"""Reminders: who is told when, once, and not of a time that is no longer true."""

from __future__ import annotations

import asyncio

import pytest

from clock import HOUR, MINUTE
from config import VisitSettings
from orders import ending, serving
from orders.transitions import Action, transition
from orders.visits import reminders
from orders.visits.reminders import ReminderTimes, remind_due
from refusals import OrderNotFound
from storage.models import Cause, Ending, EscortState, MemberRole, MemberScope, ReminderKind
from storage.writes import OrderMove
from tests.core.rows import DAY as VISIT_DAY
from tests.messages.reminding import ADMIN, BEGIN, EVE, MIDNIGHT, NINE, SETTINGS, SIX


async def test_everybody_concerned_is_told_in_the_evening_and_before_the_visit_once_each(scene):
    assert await scene.send(SIX - 1) == 0
    assert await scene.send(SIX) == 3
    assert sorted(user_id for user_id, _ in await scene.told()) == await scene.all_told()
    for at in (SIX, SIX + HOUR, NINE, MIDNIGHT, BEGIN - 2 * HOUR - 1):
        assert await scene.send(at) == 0
    assert await scene.send(BEGIN - 2 * HOUR) == 3
    assert await scene.send(BEGIN - 1) == await scene.send(BEGIN) == 0
    assert [kind for _, kind in await scene.told()] == ["evening"] * 3 + ["soon"] * 3


async def test_several_processes_at_once_tell_everybody_once(scene):
    scene.at = SIX
    sent = await asyncio.gather(
        *(remind_due(scene.storage, scene.clock, SETTINGS, f"process {number}") for number in range(4)),
        *(
            scene.storage.run(
                lambda tx: reminders.remind(tx, scene.order_id, ReminderTimes.of(SETTINGS), SIX)
            )
            for _ in range(4)
        ),
    )
    assert sum(sent) == 3
    assert sorted(user_id for user_id, _ in await scene.told()) == await scene.all_told()


@pytest.mark.parametrize("late", [False, True])
async def test_a_server_that_was_off_at_six_tells_later_and_not_after_nine(scene, late):
    at = NINE if late else NINE - 1
    assert await scene.send(at) == (0 if late else 3)


@pytest.mark.parametrize(("at", "kinds"), [(NINE - 1, ["evening"]), (NINE, []), (BEGIN - HOUR, ["soon"])])
async def test_an_order_that_is_assigned_late_gets_what_is_still_of_use(scene, at, kinds):
    await scene.set(state="paid", escort_id=None)
    assert await scene.send(at - MINUTE) == 0
    await scene.set(state="serving", escort_id=scene.escort_id)
    await scene.send(at)
    assert sorted({kind for _, kind in await scene.told()}) == kinds


async def test_without_an_hour_there_is_the_evening_alone(scene):
    await scene.set(visit_time="")
    assert await scene.send(SIX) == 3
    for hour in range(24):
        assert await scene.send(MIDNIGHT + hour * HOUR) == 0


async def test_a_changed_time_takes_back_what_waits_and_is_reminded_of_again(scene):
    await scene.send(SIX)
    async with scene.storage.transaction() as tx:
        await reminders.confirm(tx, scene.order_id, scene.owner, SIX + MINUTE)
        await reminders.confirm_by_escort(tx, scene.order_id, scene.carer, SIX + MINUTE)
        await tx.commit()
    scene.at = SIX + HOUR
    await scene.move(visit_time="14:30")
    order = await scene.order()
    assert (order.user_confirmed_at, order.escort_confirmed_at) == (None, None)
    assert await scene.told() == [], "none of them was sent yet"
    assert await scene.send(SIX + HOUR) == 3
    assert await scene.send(BEGIN - 2 * HOUR) == 0
    assert await scene.send(MIDNIGHT + 12 * HOUR + 30 * MINUTE) == 3


async def test_a_visit_that_is_moved_away_and_back_is_reminded_of_again(scene):
    await scene.send(SIX)
    scene.at = SIX + MINUTE
    await scene.move(visit_date="2026-12-30")
    assert await scene.send(SIX + 2 * MINUTE) == 0
    await scene.move(visit_date=VISIT_DAY)
    assert await scene.send(SIX + 3 * MINUTE) == 3
    async with scene.storage.reading() as reader:
        assert len(await reader.reminders.of_order(scene.order_id)) == 3


async def test_another_place_alone_changes_nothing_of_the_reminders(scene):
    await scene.send(SIX)
    async with scene.storage.transaction() as tx:
        await reminders.confirm(tx, scene.order_id, scene.owner, SIX + MINUTE)
        await tx.commit()
    await scene.move(meeting_point="东门")
    assert (await scene.order()).user_confirmed_at is not None
    assert await scene.send(SIX + HOUR) == 0


@pytest.mark.promise(33)
async def test_a_cancelled_visit_is_reminded_of_to_nobody(scene):
    await scene.send(SIX)
    async with scene.storage.transaction() as tx:
        order = await tx.orders.lock(scene.order_id)
        changes = OrderMove(state_before_refund=order.state)
        await transition(tx, order, Action.ASK_REFUND, Cause(ADMIN, SIX + MINUTE), changes)
        order = await tx.orders.lock(scene.order_id)
        await ending.end_unserved(tx, order, Ending.CANCELLED_BY_COMPANY, Cause(ADMIN, SIX + MINUTE))
        await tx.commit()
    assert await scene.told() == []
    assert await scene.send(BEGIN - 2 * HOUR) == 0
    assert await scene.waiting(NINE) == []


async def test_a_new_escort_is_told_and_has_to_answer_and_the_old_one_is_not(scene):
    await scene.send(SIX)
    async with scene.storage.transaction() as tx:
        await reminders.confirm_by_escort(tx, scene.order_id, scene.carer, SIX + 1)
        other = await tx.users.find_or_add("oEscort2", 1_000)
        await tx.escorts.apply(other, "李丽", "", "3333", 1_000)
        second = await tx.escorts.of_user(other)
        await tx.escorts.move(second.id, second.state, EscortState.APPROVED, 1_000)
        await serving.unassign(tx, scene.order_id, ADMIN, SIX + MINUTE)
        await serving.assign(tx, scene.order_id, second.id, "", Cause(ADMIN, SIX + 2 * MINUTE))
        await tx.commit()
    assert scene.carer not in [user_id for user_id, _ in await scene.told()]
    assert (await scene.order()).escort_confirmed_at is None
    assert await scene.send(SIX + 3 * MINUTE) == 1
    assert (await scene.told())[-1] == (other, "evening")
    async with scene.storage.transaction() as tx:
        with pytest.raises(OrderNotFound):
            await reminders.confirm_by_escort(tx, scene.order_id, scene.carer, SIX + HOUR)


async def test_members_who_joined_or_left_meanwhile_are_told_or_not(scene):
    async with scene.storage.transaction() as tx:
        (member,) = await tx.members.live_of_user(scene.member)
        await tx.members.end(member.id, SIX - 1)
        late = await tx.users.find_or_add("oLate1", 1_000)
        await tx.commit()
    assert await scene.send(SIX) == 2
    async with scene.storage.transaction() as tx:
        await tx.members.add(scene.owner, late, MemberScope.PATIENT, 1, MemberRole.FAMILY, SIX)
        await tx.commit()
    assert await scene.send(SIX + MINUTE) == 1
    assert (await scene.told())[-1] == (late, "evening")


async def test_the_times_of_the_settings_are_kept(scene):
    settings = VisitSettings(reminder_evening="17:15", reminder_answer_until="16:00", reminder_hours=5)
    times = ReminderTimes.of(settings)
    windows = times.windows(await scene.order())
    assert windows[ReminderKind.EVENING] == (EVE + 17 * HOUR + 15 * MINUTE, EVE + 18 * HOUR + 15 * MINUTE)
    assert windows[ReminderKind.SOON] == (BEGIN - 5 * HOUR, BEGIN)
