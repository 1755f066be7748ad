"""The heart of ``payment/`` against the stand-in and its faults: whatever goes wrong, the money is right at the end."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from clock import DAY, HOUR, MINUTE, SECOND, shanghai_date
from config import Settings
from payment.problems import PaymentError
from sandbox import load_identity
from storage import Storage
from storage.models import AttemptState, OrderState, RefundState
from tests.payment.conftest import ADMIN, PRICE
from tests.payment.town import Town, open_town

Story = Callable[[Town], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture(scope="session")
def stand_in_identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys cost a second to make: once for all tests."""
    folder = tmp_path_factory.mktemp("stand-in")
    load_identity(folder)
    return folder


@pytest.fixture
def tell(
    storage: Storage, shop_settings: Settings, stand_in_identity: Path, tmp_path: Path, io_loop: IOLoop
) -> Tell:
    """Runs a story ``async def (town)`` against a fresh stand-in, on both engines."""
    folder = tmp_path / "stand-in"
    shutil.copytree(stand_in_identity, folder, ignore=shutil.ignore_patterns("*.lock"))

    def run(story: Story) -> None:
        async def scene() -> None:
            async with open_town(storage, shop_settings, folder) as town:
                await story(town)

        io_loop.run_sync(scene, timeout=60)

    return run


async def _placed(town: Town) -> int:
    """Tap until the payment is open, as a person does."""
    user = await town.user()
    for _ in range(4):
        try:
            return (await town.payments.place(user, town.content()))[0]
        except PaymentError:
            continue
    raise AssertionError("never placed")


async def _sweep_over(town: Town, hours: int) -> None:
    """Let the sweeper work through the next hours."""
    for _ in range(hours):
        town.pass_time(HOUR)
        await town.sweep()


def test_the_straight_road_and_back(tell: Tell) -> None:
    async def story(town: Town) -> None:
        order_id = await _placed(town)
        await town.pay(order_id)
        await town.until_state(order_id, OrderState.PAID)
        await town.payments.start_refund(order_id, ADMIN, 8_800, "协商退款")
        await town.sweep()
        await town.until_state(order_id, OrderState.PAID)
        assert (await town.order(order_id)).refunded_fen == 8_800
        await town.assert_books_agree()

    tell(story)


CREATE_FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop_before_commit", {}),
    ("drop_after_commit", {}),
    ("rate_limited", {}),
    ("rate_limited", {"committed": True}),
    ("system_error", {}),
    ("system_error", {"committed": True}),
    ("garbage", {}),
    ("bad_signature", {}),
    ("unsigned", {}),
    ("signtest", {}),
    ("slow", {"seconds": 2.0}),
]


@pytest.mark.promise(11)
@pytest.mark.parametrize(("fault", "parameters"), CREATE_FAULTS)
@pytest.mark.parametrize("times", [1, 3])
def test_whatever_happens_to_a_create_there_is_one_number_and_one_payment(
    tell: Tell, fault: str, parameters: dict[str, Any], times: int
) -> None:
    async def story(town: Town) -> None:
        await town.fault(fault, endpoint="create", times=times, **parameters)
        order_id = await _placed(town)
        (attempt,) = await town.attempts(order_id)
        assert attempt.state == AttemptState.PREPAID
        await town.pay(order_id)
        await town.until_state(order_id, OrderState.PAID)
        await town.assert_books_agree()

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
    async def story(town: Town) -> None:
        order_id = await _placed(town)
        await town.fault(fault, **parameters)
        await town.pay(order_id)
        town.pass_time(2 * MINUTE)
        await town.sweep()
        await town.until_state(order_id, OrderState.PAID)
        assert await town.states(order_id) == ["unpaid", "paid"]
        await town.assert_books_agree()

    tell(story)


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    "fault",
    ["wrong_amount", "wrong_openid", "wrong_appid", "wrong_mchid", "wrong_currency", "wrong_trade_type"],
)
def test_wrong_facts_under_a_right_signature_pay_nothing(tell: Tell, fault: str) -> None:
    async def story(town: Town) -> None:
        order_id = await _placed(town)
        await town.fault(fault, target="both", times=None)
        await town.pay(order_id)

        async def noticed() -> bool:
            return await town.cases() == ["payment_mismatch"]

        await town.until(noticed)
        await _sweep_over(town, 3)
        assert (await town.order(order_id)).state == OrderState.UNPAID
        assert await town.balance() == {}

    tell(story)


@pytest.mark.promise(10)
def test_a_person_who_pays_while_the_order_is_being_deleted_has_paid(tell: Tell) -> None:
    async def story(town: Town) -> None:
        order_id = await _placed(town)
        await town.fault("pay_while_closing", notify=False)
        with pytest.raises(PaymentError):
            await town.payments.cancel(order_id, await town.user())
        assert (await town.order(order_id)).state == OrderState.PAID
        await town.assert_books_agree()

    tell(story)


def test_a_query_that_lags_behind_loses_nothing(tell: Tell) -> None:
    async def story(town: Town) -> None:
        order_id = await _placed(town)
        await town.fault("lose_notification")
        await town.fault("stale_query", times=2)
        await town.pay(order_id)
        with pytest.raises(PaymentError):  # not closed, says the close; not paid, says the query
            await town.payments.cancel(order_id, await town.user())
        town.pass_time(2 * MINUTE)
        await town.sweep()
        assert (await town.order(order_id)).state == OrderState.PAID
        await town.assert_books_agree()

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
    async def story(town: Town) -> None:
        order_id = await _placed(town)
        await town.pay(order_id)
        await town.until_state(order_id, OrderState.PAID)
        await town.payments.start_refund(order_id, ADMIN, PRICE // 2)
        await town.fault(fault, times=2, **parameters)
        await town.sweep()
        await _sweep_over(town, 4)
        assert (await town.refund(order_id)).state == RefundState.SUCCEEDED
        assert len(town.sandbox.context.state.refunds) == 1
        order = await town.order(order_id)
        assert (order.state, order.refunded_fen) == (OrderState.PAID, PRICE // 2)
        await town.assert_books_agree()

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
    async def story(town: Town) -> None:
        order_id = await _placed(town)
        await town.pay(order_id)
        await town.until_state(order_id, OrderState.PAID)
        await town.fault(fault)
        await town.payments.start_refund(order_id, ADMIN, PRICE)
        await town.sweep()
        await _sweep_over(town, 5)
        assert (await town.refund(order_id)).state == state
        assert await town.cases() == case
        assert (await town.order(order_id)).refunded_fen == 0
        await town.assert_books_agree()

    tell(story)


@pytest.mark.promise(10)
def test_an_order_nobody_pays_expires_and_its_payment_is_closed(tell: Tell) -> None:
    async def story(town: Town) -> None:
        order_id = await _placed(town)
        await _sweep_over(town, 25)
        assert (await town.order(order_id)).state == OrderState.CANCELLED
        number = (await town.attempt(order_id)).out_trade_no
        assert (await town.gateway.query_order(number)).trade_state == "CLOSED"

    tell(story)


BILL_FAULTS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("", {}, set()),
    ("bill_missing_row", {"row": 0}, {"bill_payment_missing_there"}),
    ("bill_missing_row", {"row": 2}, {"bill_refund_missing_there"}),
    ("bill_extra_row", {}, {"bill_payment_missing_here"}),
    ("bill_changed_row", {"row": 0}, {"bill_amount_differs"}),
    ("bill_changed_row", {"row": 2}, {"bill_refund_amount_differs"}),
]


@pytest.mark.promise(30)
@pytest.mark.parametrize(("fault", "parameters", "kinds"), BILL_FAULTS)
def test_the_daily_bill_of_the_stand_in_shows_every_difference(
    tell: Tell, fault: str, parameters: dict[str, Any], kinds: set[str]
) -> None:
    _tell_a_day(tell, fault, parameters, kinds)


@pytest.mark.promise(30)
@pytest.mark.parametrize("form", ["without_settled", "oldest", "reordered"])
@pytest.mark.parametrize(("fault", "parameters", "kinds"), [BILL_FAULTS[0], BILL_FAULTS[4]])
def test_every_form_of_the_bill_is_compared(
    tell: Tell, form: str, fault: str, parameters: dict[str, Any], kinds: set[str]
) -> None:
    _tell_a_day(tell, fault, parameters, kinds, form)


def _tell_a_day(
    tell: Tell, fault: str, parameters: dict[str, Any], kinds: set[str], form: str = "full"
) -> None:
    async def story(town: Town) -> None:
        town.pass_time(DAY - town.at % DAY + 2 * HOUR)  # 10:00 in Shanghai, well within a day
        day = shanghai_date(town.at)
        for count in range(2):
            user = await town.user(f"oUser{count}")
            order_id, _ = await town.payments.place(user, town.content())
            await town.pay(order_id)
            await town.until_state(order_id, OrderState.PAID)
        await town.payments.start_refund(order_id, ADMIN, 8_800)
        town.pass_time(SECOND)
        await town.sweep()
        town.pass_time(DAY + HOUR)
        await town.sweep()
        town.sandbox.context.settings.bill_form = form
        for target in ("trade", "fundflow"):  # the same fault in both bills
            if fault:
                await town.fault(fault, target=target, **parameters)
        result = await town.payments.reconcile(day)
        found = {difference.kind for difference in result.differences if "flow" not in difference.kind}
        assert found == kinds
        assert set(await town.cases()) == {difference.kind for difference in result.differences}
        again = await town.payments.reconcile(day)
        assert (again.differences, again.new_cases) == ([], 0)
        assert "fee" in await town.balance()

    tell(story)
