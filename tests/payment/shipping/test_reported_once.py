"""Every served order under trade management is reported to WeChat once, whatever goes wrong; refunded ones are not."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR, MINUTE
from orders import serving
from storage.models import ShipmentState
from tests.payment.conftest import ADMIN, PRICE
from tests.payment.shipping.conftest import TellOfYard
from tests.payment.shipping.yard import Yard
from tests.payment.test_payers import share

promise = pytest.mark.promise(41)


@promise
def test_a_served_order_reaches_settled(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        assert await yard.rounds(3) == ["shipped"]
        (known,) = await yard.at_wechat(order_id)
        assert (known["order_state"], known["item_desc"], known["logistics_type"]) == (2, "陪诊服务", 3)
        assert (await yard.shipment(order_id)).state == ShipmentState.SHIPPED
        await yard.act(order_id, "confirm")
        yard.shop.pass_time(20 * MINUTE)
        await yard.shop.sandbox.settle_due()
        await yard.rounds()
        shipment = await yard.shipment(order_id)
        assert (shipment.state, shipment.wechat_state, shipment.next_at) == (ShipmentState.SETTLED, 4, None)
        assert shipment.settled_at is not None
        assert await yard.uploads(order_id) == 1

    ship(story)


@promise
def test_without_a_confirmation_it_is_settled_by_time(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.rounds(2)
        for _ in range(12):
            yard.shop.pass_time(6 * HOUR)
            await yard.shop.sandbox.settle_due()
            await yard.rounds()
        assert (await yard.shipment(order_id)).state == ShipmentState.SETTLED

    ship(story)


@promise
def test_an_order_that_is_to_be_served_is_not_reported(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.paid()
        assert await yard.rounds(4, pause=HOUR) == []
        assert (await yard.shipment(order_id)).state == ShipmentState.WAITING
        assert await yard.uploads(order_id) == 0

    ship(story)


@promise
def test_an_account_without_trade_management_reports_nothing(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.setting(trade_managed=False)
        order_id = await yard.served()
        assert await yard.rounds(3, pause=DAY) == []
        assert await yard.shipments(order_id) == []
        await yard.setting(trade_managed=True)
        assert await yard.rounds(2) == ["shipped"], "asked again each day"
        await yard.setting(trade_managed=False)
        second = await yard.paid()
        await yard.rounds()
        assert len(await yard.shipments(second)) == 1
        yard.shop.pass_time(DAY)
        await yard.rounds()
        assert await yard.shipments(second) == [], "what WeChat was not told of is forgotten"
        assert len(await yard.shipments(order_id)) == 1

    ship(story)


@promise
def test_a_switch_that_is_off_reports_nothing(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        before = await yard.paid()
        await yard.rounds(2)
        assert len(await yard.shipments(before)) == 1
        yard.shop.settings = yard.shop.settings.replace("shipping", enabled=False)
        yard.shipping = yard.another()
        order_id = await yard.served()
        assert await yard.rounds(3, pause=HOUR) == []
        for each in (order_id, before):
            assert await yard.shipments(each) == [], "nobody is reminded of what is not reported"

    ship(story)


@promise
def test_the_payers_openid_is_reported_and_not_the_owners(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        owner = await yard.shop.user()
        order_id = await yard.shop.placed(owner)
        payer = await share(yard.shop, order_id, "oPayer1")
        await yard.shop.payments.resume(order_id, payer)
        await yard.shop.pay(order_id)
        await yard.shop.until_state(order_id, "paid")
        yard.shop.pass_time(5 * MINUTE)
        await yard.finish(order_id)
        assert await yard.rounds(2) == ["shipped"], "another openid is refused with 10060031"
        (known,) = await yard.at_wechat(order_id)
        assert known["openid"] == "oPayer1"

    ship(story)


@promise
def test_each_supplement_is_reported_with_its_own_payment(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.rounds(2)
        supplement_id = await yard.desk.begun(order_id=order_id)
        await yard.shop.pay(order_id)

        async def paid() -> bool:
            return (await yard.desk.get(supplement_id)).state == "paid"

        await yard.shop.until(paid)
        assert await yard.rounds() == [], "WeChat does not know a payment at once"
        yard.shop.pass_time(2 * MINUTE)
        assert await yard.rounds() == ["shipped"]
        known = await yard.at_wechat(order_id)
        assert [(each["order_state"], each["item_desc"]) for each in known] == [
            (2, "陪诊服务"),
            (2, "陪诊服务（补款）"),
        ]

    ship(story)


@promise
def test_what_was_paid_back_in_full_is_not_reported(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.refunded(order_id, PRICE)
        assert await yard.rounds(3, pause=HOUR) == ["settled here"]
        assert (await yard.shipment(order_id)).state == ShipmentState.REFUNDED
        assert await yard.uploads(order_id) == 0

    ship(story)


@promise
def test_a_refund_of_everything_on_its_way_is_waited_for(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("refund_processing")
        order_id = await yard.served()
        await yard.shop.payments.start_refund(order_id, ADMIN, PRICE, "协商退款")
        await yard.shop.sweep()
        assert await yard.rounds(4, pause=6 * MINUTE) == ["settled here"] * 2
        assert await yard.uploads(order_id) == 0

    ship(story)


@promise
def test_a_part_paid_back_is_reported_all_the_same(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.refunded(order_id, 10_000)
        assert await yard.rounds(2) == ["shipped"]

    ship(story)


@promise
def test_a_refund_after_the_report_is_what_wechat_says(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.rounds(2)
        await yard.refunded(order_id, PRICE)
        yard.shop.pass_time(20 * MINUTE)
        assert await yard.rounds() == ["asked"]
        assert (await yard.shipment(order_id)).state == ShipmentState.REFUNDED

    ship(story)


@promise
def test_an_order_that_is_reopened_and_finished_again_is_reported_once(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        at = yard.shop.at
        await yard.shop.storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, at))
        assert await yard.rounds(2, pause=MINUTE) == []
        await yard.finish(order_id)
        assert await yard.rounds(2, pause=MINUTE) == ["shipped"]
        await yard.shop.storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, at))
        await yard.finish(order_id)
        await yard.rounds(3, pause=HOUR)
        assert await yard.uploads(order_id) == 1

    ship(story)


@promise
def test_several_processes_report_an_order_once(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        orders = [await yard.served() for _ in range(4)]
        others = [yard.another() for _ in range(4)]
        for _ in range(3):
            await asyncio.gather(*(each.run_once() for each in (yard.shipping, *others)))
        assert [await yard.uploads(order_id) for order_id in orders] == [1] * 4

    ship(story)


@promise
def test_payments_of_before_the_switch_are_taken_up_once(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        old, coming = await yard.served(), await yard.paid(days=150)
        yard.shop.pass_time(70 * DAY)
        recent = await yard.served()
        yard.shop.pass_time(10 * DAY)
        await yard.rounds(6, pause=MINUTE)
        assert await yard.shipments(old) == [], "over for long"
        assert (await yard.shipment(coming)).state == ShipmentState.WAITING
        assert (await yard.shipment(recent)).state == ShipmentState.SHIPPED
        assert await yard.uploads(recent) == 1

    ship(story)
