"""The heart of ``payment/`` against the stand-in and its faults: whatever goes wrong, the money is right at the end."""

from __future__ import annotations

from typing import Any

import pytest

from clock import HOUR, MINUTE
from payment.problems import PaymentError
from storage.models import AttemptState, OrderState, RefundState
from tests.payment.conftest import ADMIN, PRICE
from tests.payment.sandbox_shop import SandboxShop
from tests.payment.telling import REPLY_FAULTS, Tell, stand_in_folder, stand_in_identity, tell

__all__ = ["stand_in_folder", "stand_in_identity", "tell"]


async def _placed(sandbox_shop: SandboxShop) -> int:
    """Tap until the payment is open, as a person does."""
    user = await sandbox_shop.user()
    for _ in range(4):
        try:
            return (await sandbox_shop.payments.place(user, sandbox_shop.content()))[0]
        except PaymentError:
            continue
    raise AssertionError("never placed")


async def _sweep_over(sandbox_shop: SandboxShop, hours: int) -> None:
    """Let the sweeper work through the next hours."""
    for _ in range(hours):
        sandbox_shop.pass_time(HOUR)
        await sandbox_shop.sweep()


def test_the_straight_road_and_back(tell: Tell) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        order_id = await _placed(sandbox_shop)
        await sandbox_shop.pay(order_id)
        await sandbox_shop.until_state(order_id, OrderState.PAID)
        await sandbox_shop.payments.start_refund(order_id, ADMIN, 8_800, "协商退款")
        await sandbox_shop.sweep()
        await sandbox_shop.until_state(order_id, OrderState.PAID)
        assert (await sandbox_shop.order(order_id)).refunded_fen == 8_800
        await sandbox_shop.assert_books_agree()

    tell(story)


@pytest.mark.promise(11)
@pytest.mark.parametrize(("fault", "parameters"), REPLY_FAULTS)
@pytest.mark.parametrize("times", [1, 3])
def test_whatever_happens_to_a_create_there_is_one_number_and_one_payment(
    tell: Tell, fault: str, parameters: dict[str, Any], times: int
) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        await sandbox_shop.fault(fault, endpoint="create", times=times, **parameters)
        order_id = await _placed(sandbox_shop)
        (attempt,) = await sandbox_shop.attempts(order_id)
        assert attempt.state == AttemptState.PREPAID
        await sandbox_shop.pay(order_id)
        await sandbox_shop.until_state(order_id, OrderState.PAID)
        await sandbox_shop.assert_books_agree()

    tell(story)


@pytest.mark.promise(8)
@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        ("lose_notification", {}),
        ("duplicate_notification", {"copies": 5}),
        ("delay_notification", {"seconds": 300.0}),
        ("stale_timestamp", {"times": None}),
        ("bad_notification_signature", {"times": None}),
        ("signtest_notification", {}),
        ("notify_before_reply", {"endpoint": "create"}),
    ],
)
def test_whatever_happens_to_a_notification_the_order_is_paid_once(
    tell: Tell, fault: str, parameters: dict[str, Any]
) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        order_id = await _placed(sandbox_shop)
        await sandbox_shop.fault(fault, **parameters)
        await sandbox_shop.pay(order_id)
        sandbox_shop.pass_time(2 * MINUTE)
        await sandbox_shop.sweep()
        await sandbox_shop.until_state(order_id, OrderState.PAID)
        assert await sandbox_shop.states(order_id) == ["unpaid", "paid"]
        await sandbox_shop.assert_books_agree()

    tell(story)


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    "fault",
    ["wrong_amount", "wrong_openid", "wrong_appid", "wrong_mchid", "wrong_currency", "wrong_trade_type"],
)
def test_wrong_facts_under_a_right_signature_pay_nothing(tell: Tell, fault: str) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        order_id = await _placed(sandbox_shop)
        await sandbox_shop.fault(fault, target="both", times=None)
        await sandbox_shop.pay(order_id)

        async def noticed() -> bool:
            return await sandbox_shop.cases() == ["payment_mismatch"]

        await sandbox_shop.until(noticed)
        await _sweep_over(sandbox_shop, 3)
        assert (await sandbox_shop.order(order_id)).state == OrderState.UNPAID
        assert await sandbox_shop.balance() == {}

    tell(story)


@pytest.mark.promise(10)
def test_a_person_who_pays_while_the_order_is_being_deleted_has_paid(tell: Tell) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        order_id = await _placed(sandbox_shop)
        await sandbox_shop.fault("pay_while_closing", notify=False)
        with pytest.raises(PaymentError):
            await sandbox_shop.payments.cancel(order_id, await sandbox_shop.user())
        assert (await sandbox_shop.order(order_id)).state == OrderState.PAID
        await sandbox_shop.assert_books_agree()

    tell(story)


def test_a_query_that_lags_behind_loses_nothing(tell: Tell) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        order_id = await _placed(sandbox_shop)
        await sandbox_shop.fault("lose_notification")
        await sandbox_shop.fault("stale_query", times=2)
        await sandbox_shop.pay(order_id)
        with pytest.raises(PaymentError):  # not closed, says the close; not paid, says the query
            await sandbox_shop.payments.cancel(order_id, await sandbox_shop.user())
        sandbox_shop.pass_time(2 * MINUTE)
        await sandbox_shop.sweep()
        assert (await sandbox_shop.order(order_id)).state == OrderState.PAID
        await sandbox_shop.assert_books_agree()

    tell(story)


REFUND_FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop_before_commit", {"endpoint": "refund"}),
    ("drop_after_commit", {"endpoint": "refund"}),
    ("rate_limited", {"endpoint": "refund"}),
    ("system_error", {"endpoint": "refund"}),
    ("system_error", {"endpoint": "refund", "committed": True}),
    ("garbage", {"endpoint": "refund"}),
    ("bad_signature", {"endpoint": "refund"}),
    ("unsigned", {"endpoint": "refund"}),
    ("drop_after_commit", {"endpoint": "refund_query"}),
    ("garbage", {"endpoint": "refund_query"}),
    ("not_enough", {}),
    ("lose_notification", {}),
    ("duplicate_notification", {"copies": 5}),
]


@pytest.mark.promise(12)
@pytest.mark.promise(13)
@pytest.mark.parametrize(("fault", "parameters"), REFUND_FAULTS)
def test_whatever_happens_to_a_refund_it_is_made_once(
    tell: Tell, fault: str, parameters: dict[str, Any]
) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        order_id = await _placed(sandbox_shop)
        await sandbox_shop.pay(order_id)
        await sandbox_shop.until_state(order_id, OrderState.PAID)
        await sandbox_shop.payments.start_refund(order_id, ADMIN, PRICE // 2)
        await sandbox_shop.fault(fault, times=2, **parameters)
        await sandbox_shop.sweep()
        await _sweep_over(sandbox_shop, 4)
        assert (await sandbox_shop.refund(order_id)).state == RefundState.SUCCEEDED
        assert len(sandbox_shop.sandbox.context.state.refunds) == 1
        order = await sandbox_shop.order(order_id)
        assert (order.state, order.refunded_fen) == (OrderState.PAID, PRICE // 2)
        await sandbox_shop.assert_books_agree()

    tell(story)


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    ("fault", "state", "case"),
    [
        ("refund_abnormal", RefundState.ABNORMAL, ["refund_abnormal"]),
        ("refund_closed", RefundState.CLOSED, ["refund_closed"]),
        ("refund_processing", RefundState.PROCESSING, []),
    ],
)
def test_a_refund_that_does_not_succeed_is_never_called_done(
    tell: Tell, fault: str, state: str, case: list[str]
) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        order_id = await _placed(sandbox_shop)
        await sandbox_shop.pay(order_id)
        await sandbox_shop.until_state(order_id, OrderState.PAID)
        await sandbox_shop.fault(fault)
        await sandbox_shop.payments.start_refund(order_id, ADMIN, PRICE)
        await sandbox_shop.sweep()
        await _sweep_over(sandbox_shop, 5)
        assert (await sandbox_shop.refund(order_id)).state == state
        assert await sandbox_shop.cases() == case
        assert (await sandbox_shop.order(order_id)).refunded_fen == 0
        await sandbox_shop.assert_books_agree()

    tell(story)


@pytest.mark.promise(10)
def test_an_order_nobody_pays_expires_and_its_payment_is_closed(tell: Tell) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        order_id = await _placed(sandbox_shop)
        await _sweep_over(sandbox_shop, 25)
        assert (await sandbox_shop.order(order_id)).state == OrderState.CANCELLED
        number = (await sandbox_shop.attempt(order_id)).out_trade_no
        assert (await sandbox_shop.gateway.query_order(number)).trade_state == "CLOSED"

    tell(story)
