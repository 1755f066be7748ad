"""What a case's page advises, by what has become of it meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.admin.money.case_advice import CASES, UNKNOWN, advice
from storage.models import FinanceCase, Refund, RefundState

NOTHING_LEFT = "这项异常已经处理完，不用再做什么。"
SUCCEEDED_LATER = "这笔退款后来成功了。核对金额，写下结果并关闭。"
RENEWED = "微信关闭了这笔退款，已经用新单号重新退款。新的一笔成功后，写下结果并关闭。"
MISMATCH = "金额、商户或付款人与订单不一致，订单没有算作已付款。"


def case(kind: str, state: str = "open") -> FinanceCase:
    return FinanceCase(1, kind, "N1", 1, "{}", state, "", 1_000, None, None)


def refund(state: RefundState) -> Any:
    """As much of a refund as advice looks at."""
    made = object.__new__(Refund)
    object.__setattr__(made, "state", state)
    return made


@pytest.mark.parametrize(
    ("kind", "state", "renewed", "expected"),
    [
        ("refund_closed", RefundState.CLOSED, True, RENEWED),
        ("refund_closed", RefundState.CLOSED, False, CASES["refund_closed"][1]),
        ("refund_closed", RefundState.SUCCEEDED, True, SUCCEEDED_LATER),
        ("refund_abnormal", RefundState.SUCCEEDED, False, SUCCEEDED_LATER),
        ("refund_abnormal", RefundState.ABNORMAL, True, CASES["refund_abnormal"][1]),
        ("refund_lost", RefundState.SUCCEEDED, False, SUCCEEDED_LATER),
        ("bill_unusable", RefundState.SUCCEEDED, False, CASES["bill_unusable"][1]),
        ("a_kind_of_another_version", RefundState.SUCCEEDED, True, UNKNOWN),
    ],
)
def test_an_open_case_about_a_refund_is_advised_on_by_what_the_refund_is_now(
    kind: str, state: RefundState, renewed: bool, expected: str
) -> None:
    assert advice(case(kind), refund(state), renewed=renewed) == expected
    assert advice(case(kind, "closed"), refund(state), renewed=renewed) == NOTHING_LEFT


@pytest.mark.parametrize("kind", ["refund_closed", "refund_lost", "payment_unknown"])
def test_a_case_without_a_refund_is_advised_on_by_its_kind(kind: str) -> None:
    assert advice(case(kind), None, renewed=False) == CASES[kind][1]


@pytest.mark.parametrize(
    ("state", "can_ask", "can_release", "parts"),
    [
        ("open", True, True, ("重新向微信查询", "放开补款", "写下结果并关闭")),
        ("closed", True, True, ("重新向微信查询", "放开补款")),
        ("open", True, False, ("补款已经放开", "写下结果并关闭")),
        ("open", False, False, ("不再与补款不符", "写下结果并关闭")),
    ],
)
def test_a_payment_that_does_not_agree_names_the_buttons_that_are_there(
    state: str, can_ask: bool, can_release: bool, parts: tuple[str, ...]
) -> None:
    told = advice(
        case("payment_mismatch", state),
        None,
        renewed=False,
        can_ask=can_ask,
        can_release=can_release,
        what="补款",
    )
    assert all(part in told for part in parts), told
    assert "订单" not in told
    assert ("写下结果并关闭" in told) == (state == "open")
    assert told.startswith(MISMATCH.replace("订单", "补款")) == (can_ask or can_release)
    assert told.endswith("。")


@pytest.mark.parametrize("can_ask", [False, True])
def test_a_closed_payment_that_was_released_needs_nothing_more(can_ask: bool) -> None:
    assert advice(case("payment_mismatch", "closed"), None, renewed=False, can_ask=can_ask) == NOTHING_LEFT
