"""The answers to reminders: whose counts, until when they are asked for, and who is called without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clock import HOUR, MINUTE, shanghai_date
from orders.visits import reminders
from orders.visits.reminders import NothingToConfirm, ReminderTimes, unanswered
from storage.filters import OrderFilter
from storage.models import OrderState
from tests.core.rows import DAY as VISIT_DAY
from tests.messages.reminding import BEGIN, EVE, MIDNIGHT, NINE, SETTINGS, SIX

TODAY = shanghai_date(EVE)


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


@pytest.mark.parametrize(
    ("at", "last"), [(NINE - 1, TODAY), (NINE, VISIT_DAY), (MIDNIGHT - 1, VISIT_DAY), (EVE, TODAY)]
)
def test_unanswered_are_orders_of_today_and_late_in_the_evening_of_tomorrow(at: int, last: str) -> None:
    assert unanswered(SETTINGS, at) == OrderFilter(
        state=OrderState.SERVING, first_date=TODAY, last_date=last, unanswered=True
    )
