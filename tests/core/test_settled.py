"""What an order waited for ends with it: nothing that is settled waits for the office, or for an escort."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import pytest

from config.visit_settings import VisitSettings
from orders import serving
from orders.booking.bookable_days import DayRules
from orders.changing.changes import ChangeTerms, change_by_office
from orders.ending import end_unserved, end_with_full_refund
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from orders.office_queues import VISIT_QUEUES, OfficeQueue, orders_in
from orders.serving import NewEscort
from orders.transitions import Action, transition
from storage import Storage, Transaction
from storage.models import Actor, Cause, Ending, Order, OrderState, ReminderAudience, ReminderKind
from storage.writes import NewOrderChange, NewVisitTrouble, OrderMove, VisitChange
from tests.core.escorts import NOON, Clock, add_escort, assign, offer, paid_order, states
from tests.core.rows import DAY, order_of

OFFICE = Actor("admin", 1)
LATER = NOON + 1_000
CAUSE = Cause(OFFICE, LATER, "换一位")
OF_THE_ESCORT = ["cannot_come", "leave"]
OF_THE_CUSTOMER = ["absent", "cannot_reach", "late", "unwell"]


async def trouble(storage: Storage, order_id: int, escort_id: int, *kinds: str) -> None:
    async def add(tx: Transaction) -> None:
        for kind in kinds:
            name = f"{kind}-{order_id}-{escort_id}-00000000"
            await tx.visits.add_trouble(
                NewVisitTrouble(order_id, escort_id, kind, name, note_sealed="", at=NOON, phone_at=None)
            )

    await storage.run(add)


async def served(storage: Storage) -> tuple[int, int, int]:
    """An order, the escort who serves it, and another one; everything that can go wrong has."""
    escort, other = await add_escort(storage, "王芳", 900), await add_escort(storage, "李梅", 901)
    order_id = await paid_order(storage)
    await assign(storage, order_id, escort)
    await trouble(storage, order_id, escort, *OF_THE_ESCORT, *OF_THE_CUSTOMER)
    return order_id, escort, other


async def opened(storage: Storage, order_id: int) -> list[str]:
    async with storage.reading() as reader:
        return sorted(each.kind for each in await reader.visits.troubles(order_id) if each.open)


async def resolutions(storage: Storage, order_id: int) -> dict[str, tuple[str, int | None, int | None]]:
    """Of what is closed: how, when and by whom."""
    async with storage.reading() as reader:
        found = await reader.visits.troubles(order_id)
    return {each.kind: (each.resolution, each.closed_at, each.closed_by) for each in found if not each.open}


async def queues(storage: Storage) -> set[OfficeQueue]:
    """In which queues about visits there is anything."""
    async with storage.reading() as reader:
        return {
            queue
            for queue in VISIT_QUEUES
            if await reader.order_lists.count(orders_in(queue, LATER, VisitSettings()))
        }


async def refunding(tx: Transaction, order_id: int) -> Order:
    order = await serving.lock_order(tx, order_id)
    move = OrderMove(state_before_refund=order.state)
    await transition(tx, order, Action.ASK_REFUND, CAUSE, move)
    return await serving.lock_order(tx, order_id)


async def finish(tx: Transaction, order_id: int) -> None:
    await serving.finish(tx, order_id, OFFICE, LATER)


async def cancel(tx: Transaction, order_id: int) -> None:
    await end_unserved(tx, await refunding(tx, order_id), Ending.CANCELLED_BY_COMPANY, CAUSE)


async def refund(tx: Transaction, order_id: int) -> None:
    order = await refunding(tx, order_id)
    await end_with_full_refund(tx, order, Ending.CANCELLED_BY_COMPANY, LATER)


ENDINGS: Mapping[str, tuple[Callable[[Transaction, int], Awaitable[None]], str]] = {
    "finished": (finish, "订单已完成"),
    "cancelled": (cancel, "订单已取消"),
    "refunded": (refund, "订单已取消"),
}


async def unassign(tx: Transaction, order_id: int, other: int) -> None:
    await serving.unassign(tx, order_id, OFFICE, LATER)


async def replace(tx: Transaction, order_id: int, other: int) -> None:
    await serving.reassign(tx, order_id, NewEscort(other), CAUSE)


async def change_without(tx: Transaction, order_id: int, other: int) -> None:
    rules = DayRules(VisitSettings(), 90)
    terms = ChangeTerms(rules, lambda order: 100, take_escort_off=True)
    await change_by_office(tx, order_id, VisitChange(visit_time="09:30"), CAUSE, terms)


@pytest.mark.parametrize("take_off", [unassign, replace, change_without])
async def test_what_kept_an_escort_from_coming_is_settled_when_they_need_not_come(
    storage: Storage, take_off: Callable[[Transaction, int, int], Awaitable[None]]
) -> None:
    order_id, _, other = await served(storage)
    await trouble(storage, order_id, other, "cannot_come")
    await storage.run(lambda tx: take_off(tx, order_id, other))
    assert await opened(storage, order_id) == sorted(["cannot_come", *OF_THE_CUSTOMER]), "the other's stays"
    assert set((await resolutions(storage, order_id)).values()) == {("已不由这位陪诊员服务", LATER, None)}


@pytest.mark.parametrize("how", ENDINGS)
async def test_nothing_of_a_visit_waits_for_the_office_when_the_order_has_ended(
    storage: Storage, how: str
) -> None:
    end, why = ENDINGS[how]
    order_id, _, _ = await served(storage)

    async def more(tx: Transaction) -> None:
        await tx.visit_days.mark_overbooked(order_id)
        order = await serving.lock_order(tx, order_id)
        begin = (NOON, NOON, NOON)
        await tx.reminders.put(order, order.user_id, ReminderAudience.USER, ReminderKind.EVENING, begin)
        await tx.outbox.add("reminder", f"{order_id}-evening-1-{NOON}", 1, "{}", NOON)
        await tx.order_changes.add(move_request(order_id))

    await storage.run(more)
    assert await queues(storage) >= {
        OfficeQueue.CANNOT_COME,
        OfficeQueue.ABSENT,
        OfficeQueue.UNWELL,
        OfficeQueue.OVERBOOKED,
        OfficeQueue.MOVES,
    }
    await storage.run(lambda tx: end(tx, order_id))
    assert await opened(storage, order_id) == []
    closed = await resolutions(storage, order_id)
    assert closed == dict.fromkeys((*OF_THE_ESCORT, *OF_THE_CUSTOMER), (why, LATER, None))
    assert await queues(storage) == set()
    assert not (await order_of(storage, order_id)).overbooked_open
    async with storage.reading() as reader:
        assert await reader.escorts.bookings_of_order(order_id) == []
        assert await reader.order_changes.open_of_order(order_id) is None
        assert all(each.cancelled_at for each in await reader.reminders.of_order(order_id))
        waiting = await reader.outbox.due(LATER, 20)
    assert not [each for each in waiting if each.kind == "reminder"]


def move_request(order_id: int) -> NewOrderChange:
    return NewOrderChange(
        order_id=order_id,
        open_order_id=order_id,
        kind="request",
        state="asked",
        actor_kind="user",
        actor_id=1,
        reason="",
        before_json="{}",
        after_json="{}",
        asked_at=NOON,
        decided_at=None,
        decided_by=None,
    )


@pytest.mark.parametrize("how", ENDINGS)
async def test_an_order_that_ends_is_offered_to_nobody_any_more(storage: Storage, how: str) -> None:
    escort, order_id = await add_escort(storage, "王芳", 900), await paid_order(storage)
    await offer(storage, Clock(), order_id, [escort])
    await storage.run(lambda tx: ENDINGS[how][0](tx, order_id))
    assert await states(storage, order_id) == ["withdrawn"]


async def test_a_request_for_a_refund_settles_nothing_before_it_is_decided(storage: Storage) -> None:
    order_id, _, _ = await served(storage)
    await storage.run(lambda tx: refunding(tx, order_id))
    assert await opened(storage, order_id) == sorted([*OF_THE_ESCORT, *OF_THE_CUSTOMER])
    assert (await order_of(storage, order_id)).state == OrderState.REFUNDING


@pytest.mark.parametrize(("hour", "left"), [("14:00", []), ("09:30", ["leave"])])
async def test_leave_is_settled_when_the_visit_moves_to_a_half_day_that_is_free_of_it(
    storage: Storage, hour: str, left: list[str]
) -> None:
    escort, order_id = await add_escort(storage, "王芳", 900), await paid_order(storage, visit_time="09:00")
    await assign(storage, order_id, escort)
    await storage.run(lambda tx: leaves.take(tx, escort, HalfDays(DAY, "am"), "家里有事", Clock()))
    terms = ChangeTerms(DayRules(VisitSettings(), 90), lambda order: 100)
    wanted = VisitChange(visit_time=hour)
    await storage.run(lambda tx: change_by_office(tx, order_id, wanted, CAUSE, terms))
    assert await opened(storage, order_id) == left
