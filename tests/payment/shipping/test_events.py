"""What WeChat pushes about shipping: twice, in any order, with times that are missing or make no sense."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment.shipping import events
from storage.models import ShipmentState
from tests.payment.shipping.conftest import TellOfYard
from tests.payment.shipping.yard import Yard
from wechat.push.events import PushedEvent

pytestmark = pytest.mark.promise(41)


def event_of(yard: Yard, name: str, number: str, **fields: Any) -> PushedEvent:
    texts = {"transaction_id": number, **{key: str(value) for key, value in fields.items()}}
    return PushedEvent(name, "", yard.shop.at, texts)


async def told(yard: Yard, event: PushedEvent) -> None:
    work = {
        "trade_manage_order_settlement": events.settlement,
        "trade_manage_remind_shipping": events.reminded,
        "trade_manage_remind_access_api": events.asked_to_report,
        "wxa_trade_controlled": events.trade_controlled,
    }[event.event]
    await yard.shop.storage.run(lambda tx: work(tx, event))


def both(yard: Yard, number: str) -> list[PushedEvent]:
    now = yard.shop.at // SECOND
    shipped = {"shipped_time": now, "estimated_settlement_time": now + 172_800}
    settled = {
        "shipped_time": now,
        "confirm_receive_method": 1,
        "confirm_receive_time": now + 60,
        "settlement_time": now + 120,
    }
    name = "trade_manage_order_settlement"
    return [event_of(yard, name, number, **shipped), event_of(yard, name, number, **settled)]


@pytest.mark.parametrize("order", list(itertools.product((0, 1), repeat=3)))
def test_settlement_events_in_any_order_and_repeated_say_the_same(
    ship: TellOfYard, order: tuple[int, ...]
) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.rounds(2)
        number = (await yard.attempt(order_id)).transaction_id
        assert number is not None
        pair = both(yard, number)
        for which in order:
            await told(yard, pair[which])
        shipment = await yard.shipment(order_id)
        if 0 in order:
            assert (
                shipment.estimated_settlement_at == int(pair[0].fields["estimated_settlement_time"]) * SECOND
            )
        if 1 in order:
            assert shipment.confirm_method == 1
            assert shipment.settled_at is not None
        assert shipment.state == ShipmentState.SHIPPED, "the state is what WeChat answers"
        assert await yard.rounds() == ["asked"], "at once, and not in ten minutes"
        assert (await yard.shipment(order_id)).state == ShipmentState.SHIPPED

    ship(story)


def test_an_event_makes_the_settlement_seen_at_once(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.rounds(2)
        await yard.act(order_id, "confirm")
        await yard.act(order_id, "settle")
        assert await yard.rounds() == []
        number = (await yard.attempt(order_id)).transaction_id
        assert number is not None
        event = both(yard, number)[1]
        await told(yard, event)
        assert await yard.rounds() == ["asked"]
        shipment = await yard.shipment(order_id)
        assert shipment.state == ShipmentState.SETTLED
        assert shipment.settled_at == int(event.fields["settlement_time"]) * SECOND, "WeChat's time, not ours"
        await told(yard, both(yard, number)[0])
        assert (await yard.shipment(order_id)).state == ShipmentState.SETTLED

    ship(story)


def test_an_event_before_the_answer_to_the_upload_changes_nothing_about_it(
    ship: TellOfYard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        number = (await yard.attempt(order_id)).transaction_id
        assert number is not None
        upload = yard.shipping.context.calls.upload

        async def told_first(content: Any) -> None:
            await upload(content)
            await told(yard, both(yard, number)[0])

        monkeypatch.setattr(yard.shipping.context.calls, "upload", told_first)
        assert await yard.rounds(2) == ["shipped"]
        shipment = await yard.shipment(order_id)
        assert shipment.state == ShipmentState.SHIPPED
        assert shipment.estimated_settlement_at is not None
        assert await yard.uploads(order_id) == 1

    ship(story)


@pytest.mark.parametrize("value", ["", "0", "soon", "-5", "99999999999999999", None, ["1"]])
def test_times_that_are_missing_or_senseless_are_left_out(ship: TellOfYard, value: Any) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.rounds(2)
        number = (await yard.attempt(order_id)).transaction_id
        names = (
            "estimated_settlement_time",
            "confirm_receive_time",
            "settlement_time",
            "confirm_receive_method",
        )
        fields = {"transaction_id": number, **dict.fromkeys(names, value)}
        await told(yard, PushedEvent("trade_manage_order_settlement", "", yard.shop.at, fields))
        shipment = await yard.shipment(order_id)
        assert (shipment.settled_at, shipment.confirmed_at, shipment.estimated_settlement_at) == (None,) * 3

    ship(story)


def test_a_reminder_is_shown_and_makes_wechat_be_asked(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        waiting, shipped = await yard.paid(), await yard.served()
        await yard.rounds(2)
        for order_id in (waiting, shipped):
            number = (await yard.attempt(order_id)).transaction_id
            assert number is not None
            event = event_of(yard, "trade_manage_remind_shipping", number, msg="未发货")
            await told(yard, event)
            await told(yard, event)
            assert (await yard.shipment(order_id)).reminded_at == event.created_at
        assert await yard.rounds() == ["asked"], "what waits for its service is not reported for that"
        strange = event_of(yard, "trade_manage_remind_shipping", "4200000000000000000")
        await told(yard, strange)

    ship(story)


@pytest.mark.parametrize("name", ["trade_manage_remind_access_api", "wxa_trade_controlled"])
def test_news_about_the_account_makes_wechat_be_asked_about_it(ship: TellOfYard, name: str) -> None:
    async def story(yard: Yard) -> None:
        await yard.setting(trade_managed=False)
        await yard.rounds()
        await yard.setting(trade_managed=True)
        await yard.rounds(1, pause=HOUR)
        async with yard.shop.storage.reading() as reader:
            assert not (await reader.trade_management.get()).managed
        event = event_of(yard, name, "", msg="请接入")
        await told(yard, event)
        await told(yard, PushedEvent(name, "", event.created_at - DAY, {}))
        await yard.rounds(1, pause=MINUTE)
        async with yard.shop.storage.reading() as reader:
            known = await reader.trade_management.get()
        assert known.managed
        assert event.created_at in (known.access_reminded_at, known.controlled_at)

    ship(story)
