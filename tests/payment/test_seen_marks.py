"""What changes the marks of a page about money, and by which words a refused decision names it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from payment.payables import Payable, of_order, of_supplement
from payment.problems import ChangedSinceSeen
from payment.refunds.fingerprints import (
    case_fingerprint,
    check_case_unchanged,
    check_unchanged,
    payable_fingerprint,
)
from storage.models import Attempt, FinanceCase, OrderState, Refund, RefundState, SupplementState
from tests.payment.conftest import ADMIN, Shop
from tests.payment.supplements.desk import Desk


@pytest.fixture
def engine() -> str:
    """What is compared has been read: one engine is enough."""
    return "sqlite"


async def order_with_refund(shop: Shop) -> tuple[Payable, Refund]:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, 1_000)
    return of_order(await shop.order(order_id)), await shop.refund(order_id)


def told(seen: str, payable: Payable, refunds: list[Refund]) -> str:
    """What a decision is refused with; empty: it may be made."""
    try:
        check_unchanged(seen, payable, refunds)
    except ChangedSinceSeen as refused:
        assert payable_fingerprint(payable, refunds) != seen
        return str(refused.message).removeprefix("页面打开后，").partition("变了")[0]
    return ""


@pytest.mark.promise(26)
@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"state": OrderState.FINISHED}, "订单状态"),
        ({"escort_id": 7}, "陪诊员"),
        ({"visit_date": "2027-01-01"}, "就诊日期"),
        ({"paid_fen": 1}, "实付金额"),
        ({"state": OrderState.SERVING, "escort_id": 7}, "订单状态、陪诊员"),
        ({"admin_notes": "早到", "wishes": "轮椅", "updated_at": 1, "refunded_fen": 1}, ""),
        ({"state": OrderState.REFUNDING, "state_before_refund": OrderState.PAID}, ""),
        ({"state": OrderState.REFUNDING, "state_before_refund": OrderState.SERVING}, "订单状态"),
        ({"state": OrderState.REFUNDING}, "订单状态"),
    ],
)
async def test_a_decision_about_an_order_is_refused_for_what_it_depends_on(
    shop: Shop, changes: dict[str, Any], names: str
) -> None:
    order = await shop.order(await shop.paid())
    seen = payable_fingerprint(of_order(order), [])
    assert told(seen, of_order(order), []) == ""
    assert told(seen, of_order(replace(order, **changes)), []) == names


@pytest.mark.promise(26)
async def test_a_decision_is_refused_when_a_refund_came_or_went_or_is_another_amount(shop: Shop) -> None:
    payable, refund = await order_with_refund(shop)
    assert refund.state == RefundState.APPROVED
    seen = payable_fingerprint(payable, [refund])
    for others in (
        [],
        [refund, replace(refund, id=refund.id + 1)],
        [replace(refund, amount_fen=1_001)],
        [replace(refund, state=RefundState.REQUESTED)],
        [replace(refund, state=RefundState.CLOSED)],
        [replace(refund, state=RefundState.REJECTED)],
    ):
        assert told(seen, payable, others) == "退款记录", others
    for state in (RefundState.PROCESSING, RefundState.SUCCEEDED):
        assert told(seen, payable, [replace(refund, state=state)]) == "", "WeChat's own steps"
    void = payable_fingerprint(payable, [replace(refund, state=RefundState.REJECTED)])
    assert told(void, payable, [replace(refund, state=RefundState.CLOSED)]) == ""
    assert told(void, payable, [replace(refund, state=RefundState.REQUESTED)]) == "退款记录"


@pytest.mark.promise(26)
async def test_a_decision_about_a_supplement_depends_on_it_and_not_on_the_visit(shop: Shop) -> None:
    supplement_id = await Desk(shop).opened()
    async with shop.storage.reading() as reader:
        supplement = await reader.supplements.get(supplement_id)
    assert supplement is not None
    order = await shop.order(supplement.order_id)
    payable = of_supplement(order, supplement)
    seen = payable_fingerprint(payable, [])
    moved = replace(order, visit_date="2027-01-01", escort_id=7, state=OrderState.SERVING)
    assert told(seen, of_supplement(moved, supplement), []) == ""
    settled = replace(supplement, state=SupplementState.PAID, paid_fen=supplement.amount_fen)
    assert told(seen, of_supplement(order, settled), []) == "这笔补款、实付金额"


def test_a_case_is_named_apart_from_its_payment() -> None:
    case = FinanceCase(1, "mismatch", "number", 1, "{}", "open", "", 1, None, None)
    seen = case_fingerprint(case, None)
    check_case_unchanged(seen, case, None)
    for changed in (
        replace(case, state="closed"),
        replace(case, note="已核对"),
        replace(case, detail='{"amount": 1}'),
    ):
        with pytest.raises(ChangedSinceSeen, match="changed_since_seen") as refused:
            check_case_unchanged(seen, changed, None)
        assert "这项异常变了" in refused.value.message
        assert case_fingerprint(changed, None) != seen


@pytest.mark.parametrize("change", [{"state": "closed"}, {"open_order_id": None}, {"open_supplement_id": 9}])
async def test_a_case_is_decided_for_the_payment_as_it_was_shown(shop: Shop, change: dict[str, Any]) -> None:
    order_id = await shop.placed()
    attempt: Attempt = await shop.attempt(order_id)
    assert attempt.open_order_id == order_id
    case = FinanceCase(1, "mismatch", attempt.out_trade_no, order_id, "{}", "open", "", 1, None, None)
    seen = case_fingerprint(case, attempt)
    check_case_unchanged(seen, replace(case, opened_at=2), replace(attempt, last_error="x"))
    for now in (replace(attempt, **change), None):
        with pytest.raises(ChangedSinceSeen) as refused:
            check_case_unchanged(seen, case, now)
        assert "这笔款项的状态变了" in refused.value.message


async def test_without_a_page_nothing_was_seen_and_marks_of_another_page_are_refused(shop: Shop) -> None:
    payable, refund = await order_with_refund(shop)
    for nothing in (None, ""):
        check_unchanged(nothing, payable, [refund])
    assert told("garbage", payable, [refund]) == "订单状态、陪诊员、就诊日期、实付金额、退款记录"
