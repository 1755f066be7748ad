"""What WeChat's answers about a payment write down, when it is asked again, and from when on a person is told."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment.refunds.cancellation import OrderEnding
from payment.shipping import events
from payment.shipping.by_hand import NotToReport, report_by_hand
from payment.shipping.confirming import to_confirm
from payment.shipping.context import BUSY_PAUSES
from payment.shipping.following import next_look
from refusals import Refused
from storage.models import Ending, ShipmentState, TradeState
from tests.payment.conftest import ADMIN, PRICE
from tests.payment.shipping.memory import MemoryYard
from wechat.api import Forbidden, Rejected, Unanswered, WeChatApiError
from wechat.push.events import PushedEvent
from wechat.shipping import NOT_KNOWN_YET

pytestmark = pytest.mark.promise(41)

AT = 1_767_225_600_000


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (0, 10 * MINUTE),
        (HOUR - 1, 10 * MINUTE),
        (HOUR, HOUR),
        (DAY - 1, HOUR),
        (DAY, 6 * HOUR),
        (15 * DAY - 1, 6 * HOUR),
        (15 * DAY, DAY),
        (120 * DAY, DAY),
        (120 * DAY + 1, None),
    ],
)
def test_a_payment_that_is_not_settled_is_asked_about_more_and_more_rarely(
    age: int, pause: int | None
) -> None:
    assert next_look(AT, AT + age) == (None if pause is None else AT + age + pause)


async def told(yard: MemoryYard, order_id: int, state: TradeState) -> list[str]:
    """A round after WeChat has come to say this of the order's payment."""
    yard.wechat.states[(await yard.attempt(order_id)).out_trade_no] = state
    await yard.due(order_id)
    return await yard.rounds()


async def test_a_payment_is_followed_until_its_money_is_settled(memory: MemoryYard) -> None:
    order_id = await memory.shipped()
    shipped_at = memory.shop.at
    memory.shop.pass_time(2 * HOUR)
    memory.wechat.in_complaint = True
    assert await told(memory, order_id, TradeState.SHIPPED) == ["asked"]
    row = await memory.shipment(order_id)
    assert (row.state, row.in_complaint, row.confirmed_at) == (ShipmentState.SHIPPED, True, None)
    assert (row.shipped_at, row.next_at) == (shipped_at, memory.shop.at + HOUR)
    memory.wechat.in_complaint = False
    memory.shop.pass_time(HOUR)
    confirmed_at = memory.shop.at
    await told(memory, order_id, TradeState.CONFIRMED)
    row = await memory.shipment(order_id)
    assert (row.state, row.in_complaint, row.confirmed_at) == (ShipmentState.SHIPPED, False, confirmed_at)
    memory.shop.pass_time(HOUR)
    await told(memory, order_id, TradeState.TO_SETTLE)
    assert (await memory.shipment(order_id)).confirmed_at == confirmed_at
    memory.shop.pass_time(HOUR)
    await told(memory, order_id, TradeState.FINISHED)
    row = await memory.shipment(order_id)
    assert (row.state, row.wechat_state, row.next_at) == (ShipmentState.SETTLED, 4, None)
    assert (row.settled_at, row.confirmed_at) == (memory.shop.at, confirmed_at)
    await memory.due(order_id)
    assert await memory.shipping.refresh(order_id)
    assert memory.wechat.calls.count("state") == 5, "what is settled is not asked about by hand"


async def test_what_was_paid_back_at_wechat_ends_there(memory: MemoryYard) -> None:
    order_id = await memory.shipped()
    await told(memory, order_id, TradeState.REFUNDED)
    row = await memory.shipment(order_id)
    assert (row.state, row.wechat_state, row.next_at) == (ShipmentState.REFUNDED, 5, None)


@pytest.mark.parametrize("unknown", [True, False])
async def test_a_report_that_wechat_does_not_show_after_an_hour_did_not_count(
    memory: MemoryYard, unknown: bool
) -> None:
    order_id = await memory.shipped()

    async def looked() -> None:
        if unknown:
            await memory.after(order_id, Rejected(code=NOT_KNOWN_YET))
        else:
            await told(memory, order_id, TradeState.TO_SHIP)

    memory.shop.pass_time(HOUR - 1)
    await looked()
    row = await memory.shipment(order_id)
    assert (row.state, row.next_at) == (ShipmentState.SHIPPED, memory.shop.at + 10 * MINUTE)
    assert row.wechat_state == (TradeState.UNKNOWN if unknown else TradeState.TO_SHIP)
    memory.shop.pass_time(1)
    await looked()
    row, why = await memory.shipment(order_id), "上报过，微信却仍显示待发货"
    assert (row.state, row.last_error, row.next_at) == (ShipmentState.FAILED, why, memory.shop.at + DAY)
    assert await memory.told_people() == [("shipment_failed", {"code": None, "why": why})]
    await looked()
    row = await memory.shipment(order_id)
    assert (row.state, row.next_at) == (ShipmentState.FAILED, memory.shop.at + DAY)


@pytest.mark.parametrize("state", [TradeState.SHIPPED, TradeState.CONFIRMED, TradeState.TO_SETTLE])
async def test_money_that_is_not_settled_after_twenty_days_is_told_once_for_each_reason(
    memory: MemoryYard, state: TradeState
) -> None:
    order_id = await memory.shipped()
    memory.shop.pass_time(20 * DAY)
    await told(memory, order_id, state)
    assert await memory.told_people() == []
    memory.shop.pass_time(1)
    await told(memory, order_id, state)
    late = ("shipment_unsettled", {"code": None, "why": "发货后很久没有结算"})
    assert await memory.told_people() == [late]
    memory.wechat.in_complaint = True
    await told(memory, order_id, state)
    assert await memory.told_people() == [late], "the case is open"
    await told(memory, order_id, TradeState.FINISHED)
    assert len(await memory.told_people()) == 1


async def test_settled_money_is_never_late(memory: MemoryYard) -> None:
    order_id = await memory.shipped()
    memory.shop.pass_time(30 * DAY)
    await told(memory, order_id, TradeState.FINISHED)
    assert await memory.told_people() == []


@pytest.mark.parametrize(
    "error", [Unanswered("no answer"), Forbidden(code=48001), Rejected(code=268485194)], ids=type
)
async def test_a_question_without_an_answer_is_asked_again_at_least_a_minute_later(
    memory: MemoryYard, error: WeChatApiError
) -> None:
    order_id = await memory.shipped()
    pauses = []
    for _ in range(4):
        done, row = await memory.after(order_id, error)
        assert (done, row.state, row.claimed_until) == (["later"], ShipmentState.SHIPPED, 0)
        assert (row.last_code, row.last_error) == (error.code, str(error))
        pauses.append(memory.seconds(row.next_at))
    assert (pauses, row.tries) == ([60, 60, 300, 900], 4)
    await memory.due(order_id, tries=len(BUSY_PAUSES) + 5)
    _, row = await memory.after(order_id, error)
    assert memory.seconds(row.next_at) == 3_600
    memory.wechat.failing["state"].append(error)
    assert not await memory.shipping.refresh(order_id)
    assert await memory.shipping.refresh(order_id)
    row = await memory.shipment(order_id)
    assert (row.tries, row.last_code, row.last_error) == (0, None, "")


# ---------------------------------------------------------------- by hand, and by the payer


async def test_what_waits_for_a_person_is_reported_when_one_says_so(memory: MemoryYard) -> None:
    order_id = await memory.served()
    await memory.rounds()
    await memory.after(order_id, Rejected(code=268485194), "upload")
    shipment = await memory.shipment(order_id)
    storage, at = memory.shop.storage, memory.shop.at
    other = await memory.paid(await memory.shop.user("oOther"))
    for wrong in ((order_id + 99, shipment.id), (other, shipment.id), (order_id, shipment.id + 99)):
        with pytest.raises(Refused, match="not_found"):
            await storage.run(partial(report_by_hand, order_id=wrong[0], shipment_id=wrong[1], at=at))
    assert await storage.run(lambda tx: report_by_hand(tx, order_id, shipment.id, at)) == shipment
    row = await memory.shipment(order_id)
    assert (row.state, row.by_hand, row.uploads, row.tries) == (ShipmentState.PENDING, True, 0, 0)
    assert (row.next_at, row.claimed_until) == (at, 0)
    with pytest.raises(NotToReport):
        await storage.run(lambda tx: report_by_hand(tx, order_id, shipment.id, at))
    assert await memory.rounds() == ["shipped"]


async def test_only_who_has_paid_can_confirm_and_only_while_wechat_waits_for_it(memory: MemoryYard) -> None:
    user, stranger = await memory.shop.user(), await memory.shop.user("oStranger")
    order_id = await memory.served()

    async def confirmable(user_id: int) -> list[int]:
        async with memory.shop.storage.reading() as reader:
            order = await reader.orders.get(order_id)
            assert order is not None
            return [attempt.id for attempt in await to_confirm(reader, order, user_id)]

    assert await confirmable(user.id) == []
    await memory.rounds(2)
    assert await confirmable(user.id) == [(await memory.attempt(order_id)).id]
    assert await confirmable(stranger.id) == []
    await memory.due(order_id, state=ShipmentState.FAILED)
    assert await confirmable(user.id) == [], "whatever WeChat said before"
    await memory.due(order_id, state=ShipmentState.SHIPPED)
    await told(memory, order_id, TradeState.CONFIRMED)
    assert await confirmable(user.id) == []


# ---------------------------------------------------------------- events


def event(name: str, at: int, **fields: str) -> PushedEvent:
    return PushedEvent(name, "", at, fields)


async def test_an_event_names_its_payment_by_either_number_and_fills_in_times(memory: MemoryYard) -> None:
    order_id = await memory.shipped()
    attempt, at = await memory.attempt(order_id), memory.shop.at
    assert attempt.transaction_id is not None
    numbers = {"transaction_id": "4200000000000000000000000009", "merchant_trade_no": attempt.out_trade_no}
    seconds = at // SECOND
    settled = event(
        "trade_manage_order_settlement", at + HOUR, **numbers,
        estimated_settlement_time=str(seconds + 1), confirm_receive_time=str(seconds + 2),
        settlement_time=str(seconds + 3), confirm_receive_method="2",
    )  # fmt: skip
    await memory.shop.storage.run(lambda tx: events.settlement(tx, settled))
    row = await memory.shipment(order_id)
    second = seconds * SECOND
    assert row.estimated_settlement_at == second + SECOND
    assert (row.confirmed_at, row.settled_at) == (second + 2 * SECOND, second + 3 * SECOND)
    assert (row.confirm_method, row.updated_at, row.state) == (2, at + HOUR, ShipmentState.SHIPPED)
    assert row.next_at == at + 10 * MINUTE, "it is asked sooner, never later"
    bare = event("trade_manage_order_settlement", at + MINUTE, transaction_id=attempt.transaction_id)
    await memory.shop.storage.run(lambda tx: events.settlement(tx, bare))
    after = await memory.shipment(order_id)
    assert after == replace(row, next_at=at + MINUTE)


async def test_an_older_event_undoes_no_newer_one(memory: MemoryYard) -> None:
    order_id, at = await memory.shipped(), memory.shop.at
    number = (await memory.attempt(order_id)).out_trade_no
    storage = memory.shop.storage
    for when in (at, at - DAY):
        reminder = event("trade_manage_remind_shipping", when, merchant_trade_no=number)
        await storage.run(partial(events.reminded, event=reminder))
        for work in (events.asked_to_report, events.trade_controlled):
            await storage.run(partial(work, event=event("", when)))
    assert (await memory.shipment(order_id)).reminded_at == at
    async with storage.reading() as reader:
        known = await reader.trade_management.get()
    assert (known.access_reminded_at, known.controlled_at, known.due_at) == (at, at, 0)


# ---------------------------------------------------------------- what is to be done with a payment


@pytest.mark.parametrize("back", [PRICE, PRICE - 1])
async def test_what_was_paid_back_to_the_last_fen_is_not_reported(memory: MemoryYard, back: int) -> None:
    """A refund of everything that is still on its way may fail, and is waited for."""
    order_id = await memory.served()
    await memory.shop.payments.start_refund(order_id, ADMIN, back)
    await memory.shop.sweep()
    await memory.rounds()
    if back < PRICE:
        assert await memory.rounds() == ["shipped"]
        return
    assert await memory.rounds() == ["settled here"]
    row = await memory.shipment(order_id)
    assert (row.state, row.next_at) == (ShipmentState.WAITING, memory.shop.at + 10 * MINUTE)
    assert (row.claimed_until, memory.wechat.reports) == (0, [])
    number = (await memory.shop.refund(order_id)).out_refund_no
    memory.shop.wechat.finish_refund(number)
    await memory.shop.payments.notify({}, memory.shop.wechat.refund_notice(number))
    memory.shop.pass_time(10 * MINUTE)
    assert await memory.rounds() == ["settled here"]
    row = await memory.shipment(order_id)
    assert (row.state, row.next_at, row.claimed_until) == (ShipmentState.REFUNDED, None, 0)


async def test_what_ended_without_a_service_waits_for_a_person(memory: MemoryYard) -> None:
    order_id = await memory.paid()
    ending = OrderEnding(Ending.CUSTOMER_ABSENT, PRICE // 2, "没有来")
    await memory.shop.payments.end_order(order_id, ADMIN, ending)
    await memory.rounds()
    assert await memory.rounds() == ["asked"]
    row = await memory.shipment(order_id)
    assert (row.state, row.next_at) == (ShipmentState.WITHHELD, memory.shop.at + DAY)
    await told(memory, order_id, TradeState.SHIPPED)
    row = await memory.shipment(order_id)
    assert (row.state, row.shipped_at) == (ShipmentState.SHIPPED, memory.shop.at), "somebody did it at WeChat"
