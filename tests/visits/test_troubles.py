"""What goes wrong on a visit: one tap, once, and 客户没来 only after a wait and a call."""

from __future__ import annotations

import asyncio

import pytest

from clock import MINUTE
from orders.visit_time import visit_begin_ms
from orders.visits import troubles
from storage import Transaction
from tests.http.product import Product
from tests.visits.scenario import TROUBLE, Visit, begin_visit


async def opened(visit: Visit) -> list[str]:
    async with visit.product.storage.reading() as reader:
        return [trouble.kind for trouble in await reader.visits.troubles(visit.order_id) if trouble.open]


async def test_each_trouble_opens_a_queue_and_changes_nothing_about_the_order(product: Product) -> None:
    visit = await begin_visit(product)
    before = await visit.order()
    kinds = ["cannot_reach", "late", "cannot_come", "unwell"]
    for kind in kinds:
        await visit.trouble(kind, note=TROUBLE)
    assert await opened(visit) == kinds
    after = await visit.order()
    assert (after.state, after.escort_id) == (before.state, before.escort_id) == ("serving", visit.escort_id)
    async with product.storage.reading() as reader:
        assert await reader.escorts.bookings_of_order(visit.order_id), "booked until the office decides"
    shown = (await visit.read())["troubles"]
    assert [row["title"] for row in shown] == ["联系不上客户", "客户迟到", "客户身体不适"]
    assert TROUBLE not in str(shown)
    for unknown in ("leave", "bored"):
        await visit.trouble(unknown, 400)


async def test_the_same_trouble_sent_many_times_is_one(product: Product) -> None:
    visit = await begin_visit(product)
    action = visit.action()
    await asyncio.gather(*(visit.trouble("late", actionId=action) for _ in range(8)))
    assert await opened(visit) == ["late"]
    assert (await visit.trouble("unwell", 409, actionId=action))["error"] == "action_reused"


async def test_nobody_is_absent_before_the_escort_has_arrived_waited_and_called(product: Product) -> None:
    visit = await begin_visit(product)
    minutes = product.settings.visits.absent_wait_minutes
    refused = await visit.trouble("absent", 409)
    assert (refused["error"], "已到达" in refused["msg"]) == ("absent_too_early", True)
    await visit.step("arrived", phoneTime=product.clock())
    refused = await visit.trouble("absent", 409)
    assert "等到" in refused["msg"]
    assert "打一次电话" in refused["msg"]
    await visit.called()
    product.clock.move(minutes * MINUTE - MINUTE)
    refused = await visit.trouble("absent", 409)
    assert (refused["error"], "打一次电话" in refused["msg"]) == ("absent_too_early", False)
    assert await opened(visit) == []
    product.clock.move(MINUTE + 1000)
    await visit.trouble("absent")
    assert await opened(visit) == ["absent"]
    assert (await visit.order()).state == "serving", "the office decides what it means"


async def test_a_wait_without_a_call_is_not_enough(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.step("arrived")
    product.clock.move((product.settings.visits.absent_wait_minutes + 1) * MINUTE)
    refused = await visit.trouble("absent", 409)
    assert refused["msg"] == "还不能报告客户没来，请先给客户打一次电话"


async def test_the_wait_counts_from_the_hour_that_was_agreed(product: Product) -> None:
    visit = await begin_visit(product)
    day = (await visit.order()).visit_date
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET visit_time = '09:00'")
        await tx.commit()
    begin = visit_begin_ms(day, "09:00")
    product.clock.move(begin - 90 * MINUTE - product.clock())  # 7:30: early, as escorts are
    await visit.step("arrived")
    await visit.called()
    product.clock.move(60 * MINUTE)
    refused = await visit.trouble("absent", 409)
    assert "09:20" in refused["msg"]
    product.clock.move(begin + 21 * MINUTE - product.clock())
    await visit.trouble("absent")


async def test_a_call_is_the_offices_to_know(product: Product) -> None:
    visit = await begin_visit(product)
    action = visit.action()
    for _ in range(3):
        await visit.escort.post("escort/called/", id=visit.order_id, actionId=action)
    assert (await visit.read())["steps"] == []
    async with product.storage.reading() as reader:
        assert [step.kind for step in await reader.visits.steps(visit.order_id)] == ["called"]


async def test_the_office_closes_a_trouble_once_and_says_how(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.trouble("late")
    async with product.storage.reading() as reader:
        (trouble,) = await reader.visits.troubles(visit.order_id)

    async def close(tx: Transaction, order_id: int = visit.order_id) -> None:
        await troubles.close(tx, order_id, trouble.id, "已联系，十分钟后到", 1, product.clock())

    with pytest.raises(troubles.TroubleClosed):
        await product.storage.run(lambda tx: close(tx, 999))
    await product.storage.run(close)
    with pytest.raises(troubles.TroubleClosed):
        await product.storage.run(close)
    async with product.storage.reading() as reader:
        (closed,) = await reader.visits.troubles(visit.order_id)
    assert (closed.open, closed.resolution, closed.closed_by) == (False, "已联系，十分钟后到", 1)
    assert (await visit.read())["troubles"][0]["open"] is False


async def test_what_was_pressed_before_the_order_ended_or_changed_hands_and_arrives_later_waits_for_nobody(
    product: Product,
) -> None:
    visit = await begin_visit(product)
    pressed = product.clock()
    product.clock.move(MINUTE)
    await visit.unassign()
    await visit.trouble("cannot_come", phoneTime=pressed)
    await visit.trouble("unwell", phoneTime=pressed)
    assert await opened(visit) == ["unwell"], "the customer is still unwell"
    await visit.assign(visit.escort_id)
    product.clock.move(MINUTE)
    pressed = product.clock()
    product.clock.move(MINUTE)
    await visit.step("met")
    await visit.step("done")
    assert await opened(visit) == []
    await visit.trouble("late", phoneTime=pressed)
    assert await opened(visit) == []
    async with product.storage.reading() as reader:
        found = {each.kind: each.resolution for each in await reader.visits.troubles(visit.order_id)}
    assert found == {"cannot_come": "已不由这位陪诊员服务", "unwell": "订单已完成", "late": "订单已完成"}
    product.clock.move(MINUTE)
    await visit.trouble("unwell", phoneTime=product.clock())
    assert await opened(visit) == ["unwell"], "after the visit: the office has to know"
