"""What each message about an order, a statement or a document says, and who is told: its user, the payer, the members,
the escort. A customer of the office and an erased escort are told nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orders import messages
from storage.models import OfficeCustomer, Order
from storage.writes import NewAttempt, NewRefund
from tests.orders.acts import Act
from tests.orders.scene import EARLIER, Scene
from wechat.message_facts import MessageOutcome


async def _paid_by(scene: Scene, payer: int | None) -> Order:
    """Each order is served, and the own one was paid by this user."""
    await scene.served()
    new = NewAttempt(
        "T1", 19_800, "CNY", "oUser", "wx1", "1900000109", "陪诊", "https://example.test", EARLIER
    )
    paid_by = replace(new, payer_user_id=payer)
    await scene.run(lambda tx: tx.attempts.add(scene.order, paid_by, EARLIER, EARLIER))
    async with scene.storage.reading() as reader:
        attempt = await reader.attempts.by_number("T1")
    assert attempt is not None
    await scene.set("orders", scene.order, paid_attempt_id=attempt.id)
    return await scene.read()


async def _tell_of_payment(scene: Scene, order: Order) -> Any:
    async with scene.storage.reading() as reader:
        attempt = await reader.attempts.get(order.paid_attempt_id or 0)
    assert attempt is not None
    return await scene.run(lambda tx: messages.queue_paid(tx, order, attempt, scene.at - 5_000, scene.at))


async def paid_by_the_payer(scene: Scene):
    order = await _paid_by(scene, scene.own.payer)
    yield
    yield await _tell_of_payment(scene, order)


async def paid_by_the_user(scene: Scene):
    order = await _paid_by(scene, scene.own.owner)
    yield
    yield await _tell_of_payment(scene, order)


async def cancelled_that_the_payer_has_paid(scene: Scene):
    order = await _paid_by(scene, scene.own.payer)
    yield
    yield await scene.run(lambda tx: messages.queue_cancellation(tx, order, 9_900, scene.at))


async def cancelled_that_nobody_is_known_to_have_paid(scene: Scene):
    await scene.served()
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: messages.queue_cancellation(tx, order, 9_900, scene.at))


async def refunded(scene: Scene):
    order = await _paid_by(scene, scene.own.payer)
    assert order.paid_attempt_id is not None
    new = NewRefund(scene.order, order.paid_attempt_id, "R1", 5_000, 5_000, "不去了", "user")
    await scene.run(lambda tx: tx.refunds.add(new, EARLIER))
    async with scene.storage.reading() as reader:
        known = (await reader.refunds.of_order(scene.order))[0]
    yield
    yield await scene.run(
        lambda tx: messages.queue_refund_outcome(tx, order, known, MessageOutcome.REFUNDED, scene.at)
    )


async def the_escort_told_of_a_cancellation(scene: Scene):
    await scene.served()
    order = await scene.read()
    yield
    for before in ("serving", "paid"):
        shown = replace(order, state_before_refund=before)
        yield await scene.run(lambda tx, shown=shown: messages.queue_escort_cancellation(tx, shown, scene.at))


async def moved(scene: Scene):
    await scene.served()
    order = await scene.read()
    yield
    different: list[dict[str, Any]] = [
        {"visit_date": "2026-12-23"},
        {"visit_time": "10:30"},
        {"hospital_name": "唐都医院"},
        {"campus": "南院"},
        {"meeting_point": "门口"},
        {"department": "骨科"},
    ]
    for number, each in enumerate(different):
        before = replace(order, **each)
        at = scene.at + number
        await scene.run(lambda tx, before=before, at=at: messages.queue_moved(tx, before, order, at))


async def not_moved_by_other_wishes(scene: Scene):
    await scene.served()
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: messages.queue_moved(tx, replace(order, wishes="别的"), order, scene.at))


async def a_customer_of_the_office(scene: Scene):
    """Is called, and gets no message; their members do."""
    await scene.served()
    customer = OfficeCustomer(scene.own.owner, "客户", "客户", "sealed", "8000", "hash", 1, EARLIER)
    await scene.run(lambda tx: tx.customers.add(customer))
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: messages.queue_report_ready(tx, order, scene.escorts[0], scene.at))


async def an_erased_escort(scene: Scene):
    await scene.served()
    await scene.set("escorts", scene.escorts[0], name="")
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: messages.queue_given(tx, order, scene.escorts[0], scene.at))


async def a_hidden_order(scene: Scene):
    """Nobody but its user reads of it."""
    await scene.served()
    await scene.set("orders", scene.order, hidden_at=scene.at)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: messages.queue_started(tx, order, scene.at - 1, scene.at))


async def the_same_news_twice(scene: Scene):
    await scene.served()
    order = await scene.read()
    yield
    for _ in range(2):
        yield await scene.run(lambda tx: messages.queue_report_ready(tx, order, scene.escorts[0], scene.at))


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
