"""What goes wrong at WeChat: each fault by itself, and the order is reported once or a person is told."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment.shipping import reporting
from storage.models import ShipmentState
from tests.payment.shipping.conftest import TellOfYard
from tests.payment.shipping.yard import Yard
from wechat.shipping import PaymentKey, Report, ShippingState

pytestmark = pytest.mark.promise(41)


async def lost(yard: Yard, endpoint: str = "upload_shipping", **more: Any) -> None:
    await yard.shop.fault("drop_after_commit", endpoint=endpoint, **more)


@pytest.mark.parametrize("code", [-1, 10060012, 10060019])
def test_a_busy_wechat_is_told_the_same_again(ship: TellOfYard, code: int) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("shipping_error", errcode=code)
        order_id = await yard.served()
        assert await yard.rounds(2, pause=SECOND) == ["later"]
        first = await yard.shipment(order_id)
        assert (first.uploads, first.last_code) == (0, code), "it says that nothing was done"
        assert await yard.rounds(2, pause=30 * SECOND) == ["shipped"]
        after = await yard.shipment(order_id)
        assert after.upload_time == first.upload_time, "frozen"
        assert await yard.uploads(order_id) == 1

    ship(story)


@pytest.mark.parametrize("endpoint", ["upload_shipping", "shipping_query"])
@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "garbage", "system_error"])
def test_after_an_answer_that_was_lost_wechat_is_asked_first(
    ship: TellOfYard, fault: str, endpoint: str
) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault(fault, endpoint=endpoint)
        order_id = await yard.served()
        assert await yard.rounds(2, pause=SECOND) == ["later"]
        await yard.rounds(3, pause=2 * MINUTE)
        assert (await yard.shipment(order_id)).state == ShipmentState.SHIPPED
        assert await yard.uploads(order_id) == 1, "never shipped again"
        assert await yard.shop.cases() == []

    ship(story)


def test_a_process_that_ended_in_the_middle_of_a_report_leaves_no_second_one(
    ship: TellOfYard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        upload = yard.shipping.context.calls.upload

        async def die(content: Any) -> None:
            await upload(content)
            raise KeyError("killed")

        monkeypatch.setattr(yard.shipping.context.calls, "upload", die)
        assert await yard.rounds(2) == ["error"]
        monkeypatch.undo()
        assert await yard.rounds() == [], "its claim is not over"
        yard.shop.pass_time(5 * MINUTE)
        assert await yard.rounds() == ["known"]
        assert await yard.uploads(order_id) == 1

    ship(story)


def test_a_process_that_was_held_up_until_its_claim_was_over_reports_nothing(
    ship: TellOfYard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one has reported meanwhile, and waits to ask what became of it."""

    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.rounds()
        calls, other = yard.shipping.context.calls, yard.another()
        ask = calls.state_of

        async def held_up(key: PaymentKey) -> ShippingState:
            answer = await ask(key)
            monkeypatch.undo()
            yard.shop.pass_time(4 * MINUTE)
            await lost(yard)
            assert list(await other.run_once()) == ["later"]
            return answer

        monkeypatch.setattr(calls, "state_of", held_up)
        assert await yard.rounds() == ["changed"]
        assert await yard.rounds(pause=2 * MINUTE) == []
        assert await yard.rounds() == ["known"]
        assert await yard.uploads(order_id) == 1

    ship(story)


def test_two_lost_answers_and_a_wechat_that_lags_make_one_reshipment_and_no_more(
    ship: TellOfYard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(yard: Yard) -> None:
        await lost(yard, times=None)
        order_id = await yard.served()
        stale = yard.shop.sandbox.shipping.state_of
        monkeypatch.setattr(yard.shop.sandbox.shipping, "state_of", lambda order, shipment: 1)
        await yard.rounds(6, pause=20 * MINUTE)
        shipment = await yard.shipment(order_id)
        assert shipment.uploads == reporting.MAX_UPLOADS
        assert shipment.state == ShipmentState.FAILED
        (known,) = await yard.at_wechat(order_id)
        first, second = (each["upload_time"] for each in known["uploads"])
        assert first < second, "a report that may have arrived has used its time up"
        assert await yard.shop.cases() == ["shipment_failed"]
        monkeypatch.setattr(yard.shop.sandbox.shipping, "state_of", stale)
        yard.shop.pass_time(DAY)
        assert await yard.rounds() == ["asked"]
        assert (await yard.shipment(order_id)).state == ShipmentState.SHIPPED, "it is looked at daily"

    ship(story)


def test_a_payment_that_wechat_does_not_know_yet_is_reported_when_it_does(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.setting(intake_seconds=3 * 3600)
        order_id = await yard.served()
        started = yard.shop.at
        await yard.rounds(2)
        first = await yard.shipment(order_id)
        assert first.last_code == 10060001
        assert first.next_at is not None
        assert first.next_at - started >= MINUTE
        done = await yard.rounds(30, pause=10 * MINUTE)
        assert done.count("shipped") == 1
        assert await yard.uploads(order_id) == 1

    ship(story)


def test_a_payment_that_never_enters_alarms_after_hours(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.rounds()
        yard.shop.pass_time(DAY)
        await yard.shop.fault("shipping_unknown", times=None)
        order_id = await yard.served()
        await yard.rounds(40, pause=10 * MINUTE)
        assert await yard.shop.cases() == [], "not for hours"
        done = await yard.rounds(30, pause=HOUR)
        assert done.count("failed") == 1
        assert await yard.shop.cases() == ["shipment_failed"]
        shipment = await yard.shipment(order_id)
        assert (shipment.state, shipment.last_code, shipment.uploads) == (ShipmentState.FAILED, 10060001, 0)

    ship(story)


def test_a_payment_of_before_the_management_that_never_enters_ends_quietly(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("shipping_unknown", times=None)
        order_id = await yard.served()
        await yard.rounds(40, pause=HOUR)
        assert (await yard.shipment(order_id)).state == ShipmentState.UNKNOWN
        assert await yard.shop.cases() == []

    ship(story)


@pytest.mark.parametrize("code", [10060031, 10060009, 10060014, 268485194, 268485216, 268485253])
def test_what_wechat_refuses_for_good_is_told_to_a_person_and_not_repeated(
    ship: TellOfYard, code: int
) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("shipping_error", errcode=code)
        order_id = await yard.served()
        assert await yard.rounds(6, pause=HOUR) == ["failed"]
        assert await yard.shop.cases() == ["shipment_failed"]
        assert await yard.uploads(order_id) == 0

    ship(story)


@pytest.mark.parametrize("code", [10060002, 10060003, 10060004, 10060023])
def test_shipped_already_is_decided_by_what_wechat_knows(ship: TellOfYard, code: int) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("shipping_error", errcode=code)
        order_id = await yard.served()
        assert await yard.rounds(2) == ["failed"], "WeChat says that it is to be shipped, and refuses it"
        assert (await yard.shipment(order_id)).last_code == code

    ship(story)


def test_an_order_that_a_person_shipped_at_wechat_is_not_shipped_again(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        yard.shop.pass_time(2 * MINUTE)
        attempt = await yard.attempt(order_id)
        key = PaymentKey(attempt.mchid, attempt.out_trade_no, attempt.transaction_id)
        await yard.shipping.context.calls.upload(Report(key, attempt.openid, 3, "手工发货", yard.shop.at))
        assert await yard.rounds(2) == ["known"]
        assert await yard.uploads(order_id) == 1
        assert (await yard.shipment(order_id)).state == ShipmentState.SHIPPED

    ship(story)


def test_an_account_without_permission_is_tried_hourly(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("shipping_error", errcode=48001, times=30)
        await yard.served()
        done = await yard.rounds(70, pause=HOUR)
        assert done.count("later") == 30
        assert done.count("shipped") == 1

    ship(story)


def test_money_that_stays_frozen_is_told_to_a_person_once(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("shipping_frozen", times=None)
        order_id = await yard.served()
        await yard.rounds(25, pause=DAY)
        assert await yard.shop.cases() == ["shipment_unsettled"]
        assert (await yard.shipment(order_id)).state == ShipmentState.SHIPPED
        number, at = (await yard.attempt(order_id)).out_trade_no, yard.shop.at
        async with yard.shop.storage.transaction() as tx:
            case = await tx.finance.case_about("shipment_unsettled", number)
            assert case is not None
            await tx.finance.close_case(case.id, "已问过微信", 1, at)
            await tx.commit()
        await yard.rounds(3, pause=DAY)
        async with yard.shop.storage.reading() as reader:
            assert await reader.finance.open_cases() == {}, "another day is no news"
            assert (await yard.shipment(order_id)).state == ShipmentState.SHIPPED
        await yard.act(order_id, "complain")
        await yard.rounds(2, pause=DAY)
        async with yard.shop.storage.reading() as reader:
            assert await reader.finance.open_cases() == {"shipment_unsettled": 1}

    ship(story)


def test_a_complaint_is_seen_and_delays_the_settlement(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        order_id = await yard.served()
        await yard.rounds(2)
        await yard.act(order_id, "complain")
        await yard.rounds(5, pause=DAY)
        shipment = await yard.shipment(order_id)
        assert (shipment.state, shipment.in_complaint) == (ShipmentState.SHIPPED, True)
        await yard.act(order_id, "withdraw")
        for _ in range(3):
            await yard.shop.sandbox.settle_due()
            await yard.rounds(1, pause=DAY)
        shipment = await yard.shipment(order_id)
        assert (shipment.state, shipment.in_complaint) == (ShipmentState.SETTLED, False)

    ship(story)


def test_the_question_about_the_account_is_asked_again_after_a_failure(ship: TellOfYard) -> None:
    async def story(yard: Yard) -> None:
        await yard.shop.fault("shipping_error", endpoint="trade_managed", errcode=-1)
        await yard.served()
        assert await yard.rounds(2, pause=MINUTE) == []
        async with yard.shop.storage.reading() as reader:
            known = await reader.trade_management.get()
        assert (known.answered_at, known.failed_at is None) == (None, False)
        assert await yard.rounds(3, pause=10 * MINUTE) == ["shipped"]

    ship(story)
