"""Reminders: who is told when, once, and not of a time that is no longer true; and the answers to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, day_bounds
from config import VisitSettings
from orders import ending, serving
from orders.changing import visit_changed
from orders.transitions import Action, transition
from orders.visits import reminders
from orders.visits.reminders import NothingToConfirm, ReminderTimes, remind_due, unanswered
from refusals import OrderNotFound
from storage import Storage
from storage.models import (
    Actor,
    Cause,
    Ending,
    EscortState,
    MemberRole,
    MemberScope,
    Order,
    OrderState,
    ReminderKind,
)
from storage.writes import OrderMove
from tests.core.rows import DAY as VISIT_DAY
from tests.core.rows import add_order, order_of

MIDNIGHT = day_bounds(VISIT_DAY)[0]
EVE = MIDNIGHT - DAY
SIX, NINE = EVE + 18 * HOUR, EVE + 21 * HOUR
BEGIN = MIDNIGHT + 10 * HOUR
SETTINGS = VisitSettings()
ADMIN = Actor("admin", 1)


@dataclass
class Scene:
    """An order of the day after the eve at ten, with a member and an escort."""

    storage: Storage
    at: int = EVE
    order_id: int = 0
    escort_id: int = 0
    owner: int = 0
    member: int = 0
    carer: int = 0

    def clock(self) -> int:
        return self.at

    async def send(self, at: int) -> int:
        self.at = at
        return await remind_due(self.storage, self.clock, SETTINGS, "test")

    async def told(self) -> list[tuple[int, str]]:
        """User and reference of every reminder that is queued, by the order of queueing."""
        async with self.storage.reading() as reader:
            rows = await reader.connection.fetch_all(
                "SELECT user_id, reference FROM outbox WHERE kind = 'reminder' ORDER BY id"
            )
        return [(row[0], row[1].split("-")[1]) for row in rows]

    async def order(self) -> Order:
        return await order_of(self.storage, self.order_id)

    async def set(self, **columns: Any) -> None:
        marks = ", ".join(f"{name} = :{name}" for name in columns)
        async with self.storage.transaction() as tx:
            await tx.connection.execute(
                f"UPDATE orders SET {marks} WHERE id = :id", {**columns, "id": self.order_id}
            )
            await tx.commit()

    async def move(self, **changes: Any) -> None:
        """The office changes the order."""
        async with self.storage.transaction() as tx:
            before = await tx.orders.lock(self.order_id)
            assert before is not None
            after = replace(before, **changes)
            marks = ", ".join(f"{name} = :{name}" for name in changes)
            await tx.connection.execute(
                f"UPDATE orders SET {marks} WHERE id = :id", {**changes, "id": self.order_id}
            )
            await visit_changed.follow_change(tx, before, after, self.at)
            await tx.commit()

    async def waiting(self, at: int) -> list[int]:
        """The orders on the office's call list."""
        async with self.storage.reading() as reader:
            found = await reader.order_lists.page(unanswered(SETTINGS, at), None, 50)
        return [order.id for order in found]

    async def all_told(self) -> list[int]:
        return sorted([self.owner, self.member, self.carer])


@pytest.fixture
def scene(storage, io_loop) -> Scene:
    return io_loop.run_sync(lambda: build(storage))


async def build(storage: Storage) -> Scene:
    scene = Scene(storage)
    async with storage.transaction() as tx:
        scene.owner, scene.member, scene.carer = [
            await tx.users.find_or_add(name, 1_000) for name in ("oOwner1", "oMember1", "oEscort1")
        ]
        scene.order_id = await add_order(tx, scene.owner, OrderState.PAID, visit_time="10:00")
        await tx.members.add(
            scene.owner, scene.member, MemberScope.ORDER, scene.order_id, MemberRole.FAMILY, 1_000
        )
        await tx.escorts.apply(scene.carer, "王芳", "", "2222", 1_000)
        escort = await tx.escorts.of_user(scene.carer)
        assert escort is not None
        scene.escort_id = escort.id
        await tx.escorts.move(escort.id, escort.state, EscortState.APPROVED, 1_000)
        await serving.assign(tx, scene.order_id, escort.id, "", Cause(ADMIN, EVE - DAY))
        await tx.commit()
    return scene


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


@pytest.mark.parametrize("who", ["owner", "member"])
async def test_the_answer_of_the_user_or_of_family_counts_once(scene, who):
    await scene.send(SIX)
    for at in (SIX + MINUTE, SIX + HOUR):
        async with scene.storage.transaction() as tx:
            await reminders.confirm(tx, scene.order_id, getattr(scene, who), at)
            await tx.commit()
    assert (await scene.order()).user_confirmed_at == SIX + MINUTE


async def test_who_has_not_answered_by_nine_is_on_the_call_list_until_the_visit_begins(scene):
    await scene.send(SIX)
    assert await scene.waiting(NINE - 1) == []
    assert await scene.waiting(NINE) == [scene.order_id]
    async with scene.storage.transaction() as tx:
        await reminders.confirm(tx, scene.order_id, scene.member, NINE)
        await tx.commit()
    assert await scene.waiting(NINE) == [scene.order_id], "the escort has not answered"
    assert await scene.waiting(MIDNIGHT) == [scene.order_id]
    async with scene.storage.transaction() as tx:
        await reminders.confirm_by_escort(tx, scene.order_id, scene.carer, NINE)
        await tx.commit()
    assert await scene.waiting(MIDNIGHT) == []
    await scene.set(user_confirmed_at=None, started_at=BEGIN)
    assert await scene.waiting(BEGIN) == []


@pytest.mark.parametrize(
    "columns",
    [{"state": "paid", "escort_id": None}, {"started_at": BEGIN - MINUTE}, {"visit_date": "2026-12-23"}],
)
async def test_there_is_nothing_to_confirm_before_an_escort_comes_or_once_the_visit_has_begun(scene, columns):
    await scene.set(**columns)
    async with scene.storage.transaction() as tx:
        with pytest.raises(NothingToConfirm):
            await reminders.confirm(tx, scene.order_id, scene.owner, MIDNIGHT)


async def test_the_page_asks_from_the_evening_until_the_visit_begins(scene):
    order, times = await scene.order(), ReminderTimes.of(SETTINGS)
    asked = [reminders.asks(order, times, at) for at in (SIX - 1, SIX, NINE, BEGIN - 1, BEGIN)]
    assert asked == [False, True, True, True, False]
    assert not reminders.asks(replace(order, user_confirmed_at=5), times, SIX)
    assert reminders.asks(replace(order, visit_time=""), times, MIDNIGHT + 20 * HOUR)


async def test_the_times_of_the_settings_are_kept(scene):
    settings = VisitSettings(reminder_evening="17:15", reminder_answer_until="16:00", reminder_hours=5)
    times = ReminderTimes.of(settings)
    windows = times.windows(await scene.order())
    assert windows[ReminderKind.EVENING] == (EVE + 17 * HOUR + 15 * MINUTE, EVE + 18 * HOUR + 15 * MINUTE)
    assert windows[ReminderKind.SOON] == (BEGIN - 5 * HOUR, BEGIN)
