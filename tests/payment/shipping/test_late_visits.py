"""Visits more than 15 days after their payment are declared to WeChat, again when they are moved; what ended without a
service is reported only when a person says so."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR, MINUTE, shanghai_date
from payment.refunds.cancellation import OrderEnding
from payment.shipping.by_hand import NotToReport, report_by_hand
from storage.models import Ending, ShipmentState
from tests.payment.conftest import ADMIN, PRICE
from tests.payment.shipping.conftest import TellOfYard
from tests.payment.shipping.yard import Yard

pytestmark = pytest.mark.promise(41)


async def move(yard: Yard, order_id: int, days: int) -> str:
    day = shanghai_date(yard.shop.at + days * DAY)
    await yard.shop.storage.run(
        lambda tx: tx.orders._update("orders", {"visit_date": day}, "id = :id", {"id": order_id})
    )
    return day


def test_a_late_visit_is_declared_and_declared_again_when_it_moves(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        near, late = await yard.paid(days=14), await yard.paid(days=20)
        assert await yard.rounds(2) == ["later"], "WeChat does not know the payment yet"
        yard.shop.pass_time(2 * MINUTE)
        assert await yard.rounds(3, pause=MINUTE) == ["declared"]
        (known,) = await yard.at_wechat(late)
        assert known["delay_to"] > (yard.shop.at + 19 * DAY) // 1000
        day = await move(yard, late, 40)
        assert await yard.rounds(3, pause=MINUTE) == ["declared"]
        (known,) = await yard.at_wechat(late)
        assert known["delay_to"] > (yard.shop.at + 39 * DAY) // 1000
        shipment = await yard.shipment(late)
        assert (shipment.declared_date, shipment.declaration_code) == (day, 0)
        assert shipment.state == ShipmentState.WAITING
        assert (await yard.shipment(near)).declared_date == ""
        await yard.finish(late)
        assert await yard.rounds(2) == ["shipped"]

    ship(story)


def test_a_declaration_that_wechat_refuses_is_told_to_a_person_after_hours(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("shipping_error", endpoint="opspecialorder", errcode=268546002, times=None)
        order_id = await yard.paid(days=20)
        await yard.rounds(20, pause=10 * MINUTE)
        assert await yard.shop.cases() == []
        await yard.rounds(30, pause=HOUR)
        assert await yard.shop.cases() == ["presale_refused"]
        shipment = await yard.shipment(order_id)
        assert (shipment.declaration_code, shipment.state) == (268546002, ShipmentState.WAITING)
        yard.shop.pass_time(20 * DAY)
        await yard.finish(order_id)
        assert await yard.rounds(2) == ["shipped"], "the service is reported all the same"

    ship(story)


def test_what_is_kept_of_an_unserved_order_is_reported_only_by_hand(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.paid()
        yard.shop.pass_time(5 * MINUTE)
        ending = OrderEnding(Ending.CUSTOMER_ABSENT, PRICE // 2, "没有来")
        await yard.shop.payments.end_order(order_id, ADMIN, ending)
        await yard.rounds(3, pause=HOUR)
        shipment = await yard.shipment(order_id)
        assert shipment.state == ShipmentState.WITHHELD
        assert await yard.uploads(order_id) == 0
        at = yard.shop.at
        await yard.shop.storage.run(lambda tx: report_by_hand(tx, order_id, shipment.id, at))
        with pytest.raises(NotToReport):
            await yard.shop.storage.run(lambda tx: report_by_hand(tx, order_id, shipment.id, at))
        assert await yard.rounds(2) == ["shipped"]
        assert await yard.uploads(order_id) == 1

    ship(story)
