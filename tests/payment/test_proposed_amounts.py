"""What an administrator's amount is compared with, on each road; and what comes before it is asked for at all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from clock import HOUR
from orders.visit_time import visit_begin_ms
from payment import problems
from payment.refunds import amount_checks
from payment.refunds.amount_checks import DecisionChecks, Proposal
from payment.refunds.cancellation import OrderEnding, may_end
from payment.refunds.quotes import Quote
from refusals import OrderNotFound
from storage.models import Ending, OrderState, RefundKind
from tests.payment.conftest import ADMIN, PRICE, Shop

OFFERED = Quote(amount_fen=400, percent=50, rule="", remaining_fen=1_000)
NOTHING_BY_RULE = Quote(amount_fen=0, percent=0, rule="", remaining_fen=1_000)


def refund(kind: RefundKind) -> Any:
    return SimpleNamespace(amount_fen=700, policy_fen=500, kind=kind)


@pytest.mark.parametrize(
    ("propose", "given", "expected"),
    [
        ("of_request", [refund(RefundKind.CANCEL)], Proposal(700, 500)),
        ("of_request", [refund(RefundKind.MONEY_BACK)], Proposal(700, 0, may_be_nothing=False)),
        ("of_refund", [OFFERED], Proposal(400, 0, may_be_nothing=False)),
        ("of_refund", [NOTHING_BY_RULE], Proposal(1_000, 0, may_be_nothing=False)),
        ("of_ending", [Ending.CANCELLED_BY_COMPANY, OFFERED], Proposal(1_000, 1_000)),
        ("of_ending", [Ending.ESCORT_ABSENT, OFFERED], Proposal(1_000, 1_000)),
        ("of_ending", [Ending.CANCELLED_BY_USER, OFFERED], Proposal(400, 400)),
        ("of_ending", [Ending.SERVED, OFFERED], Proposal(0, 0)),
        ("of_renewal", [refund(RefundKind.CANCEL)], Proposal(700, 700)),
    ],
)
def test_every_road_has_its_own_proposal(propose: str, given: list[Any], expected: Proposal) -> None:
    assert getattr(amount_checks, propose)(*given) == expected


@pytest.mark.parametrize(
    ("amount", "proposed", "unusual"),
    [(100, 500, False), (99, 500, True), (500, 100, False), (501, 100, True), (0, 0, False), (1, 0, True)],
)
def test_five_times_as_much_or_as_little_is_unusual_and_not_less_than_that(
    amount: int, proposed: int, unusual: bool
) -> None:
    try:
        amount_checks.check_amount(amount, Proposal(proposed, 0), DecisionChecks())
    except problems.AmountUnusual:
        assert unusual
    else:
        assert not unusual


@pytest.mark.parametrize(
    ("state", "ending", "may"),
    [
        (OrderState.PAID, "", True),
        (OrderState.SERVING, "", True),
        (OrderState.REFUNDING, "", True),
        (OrderState.REFUNDING, Ending.CANCELLED_BY_USER, False),
        (OrderState.UNPAID, "", False),
        (OrderState.FINISHED, "", False),
        (OrderState.CANCELLED, Ending.CANCELLED_BY_USER, False),
        (OrderState.REFUNDED, "", False),
    ],
)
def test_the_office_ends_what_goes_on_and_nothing_that_was_ended(
    state: OrderState, ending: str, may: bool
) -> None:
    order: Any = SimpleNamespace(state=state, ending=ending)
    assert may_end(order) is may


async def test_an_order_that_does_not_exist_cannot_be_ended(shop: Shop) -> None:
    with pytest.raises(OrderNotFound):
        await shop.payments.end_order(999_999, ADMIN, OrderEnding(Ending.CANCELLED_BY_USER, 0))


@pytest.mark.promise(25)
async def test_an_ending_with_money_back_keeps_who_decided_what_the_rule_gave_and_why(shop: Shop) -> None:
    order_id = await shop.paid()
    shop.at = visit_begin_ms((await shop.order(order_id)).visit_date) - 3 * HOUR
    wanted = OrderEnding(Ending.CANCELLED_BY_COMPANY, PRICE, "陪诊员生病")
    refund_id = await shop.payments.end_order(order_id, ADMIN, wanted)
    made = await shop.refund(order_id)
    assert made.id == refund_id
    assert (made.amount_fen, made.policy_fen, made.kind) == (PRICE, PRICE // 2, RefundKind.CANCEL)
    assert (made.source, made.actor_id, made.reason) == ("admin", ADMIN.id, "陪诊员生病")


async def test_an_ending_without_money_back_has_no_refund(shop: Shop) -> None:
    order_id = await shop.paid()
    assert await shop.payments.end_order(order_id, ADMIN, OrderEnding(Ending.CANCELLED_BY_USER, 0)) is None
    assert await shop.refunds(order_id) == []
    order = await shop.order(order_id)
    assert (order.state, order.state_before_refund) == (OrderState.CANCELLED, "")
    assert order.ending == Ending.CANCELLED_BY_USER


@pytest.mark.parametrize("amount", [-1, 0, 1])
def test_an_order_may_end_for_nothing_but_money_back_is_at_least_a_fen(amount: int) -> None:
    money_back = Proposal(1, 0, may_be_nothing=False)
    for checks in (None, DecisionChecks(confirmed_fen=amount)):
        amount_checks.check_amount(amount, Proposal(1, 0), checks)
        if amount == 1:
            amount_checks.check_amount(amount, money_back, checks)
        else:
            with pytest.raises(problems.NothingToRefund):
                amount_checks.check_amount(amount, money_back, checks)
