"""What a page says before money moves: how much of whose order it is, and what the decision is checked against."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.money import cases, refunds
from handlers.admin.money.money_guard import MoneyGuard, amount_to_confirm
from payment.problems import AmountUnusual, RefundExceedsPaid
from payment.refunds.amount_checks import DecisionChecks, Proposal

ORDER = cast(Any, SimpleNamespace(id=7, patient_name="李雷"))


def attempt(supplement: int | None = None) -> Any:
    return SimpleNamespace(amount_fen=58_800, supplement_id=supplement)


@pytest.mark.parametrize(
    ("detail", "order", "paid", "words"),
    [
        ('{"total_fen": 10050}', ORDER, attempt(), "这笔不符的款项 100.50 元，李雷 的订单 #7，"),
        ('{"total_fen": 0}', ORDER, attempt(), "这笔不符的款项 0 元，李雷 的订单 #7，"),
        ("{}", ORDER, attempt(), "这笔不符的款项 588 元，李雷 的订单 #7，"),
        ("{}", ORDER, attempt(9), "这笔不符的款项 588 元，李雷 的订单 #7的补款，"),
        ("{}", ORDER, None, "这笔不符的款项，李雷 的订单 #7，"),
        ("{}", SimpleNamespace(id=7, patient_name=""), None, "这笔不符的款项，用户 的订单 #7，"),
        ("{}", None, attempt(9), "这笔不符的款项 588 元"),
        ("{}", None, None, "这笔不符的款项"),
    ],
)
def test_the_money_of_a_case_in_words(detail: str, order: Any, paid: Any, words: str) -> None:
    case = SimpleNamespace(detail=detail)
    assert cases._money_in_words(cast(Any, case), order, paid) == words


@pytest.mark.parametrize(
    ("state", "outcome", "more", "facts"),
    [
        ("approved", None, {}, {"outcome": "asked"}),
        ("approved", None, {"note": "a"}, {"outcome": "asked", "note": "a"}),
        ("approved", "succeeded", {"note": "a"}, {"state": "succeeded", "note": "a"}),
        ("approved", "approved", {"note": "a"}, None),
    ],
)
def test_a_question_has_a_row_and_an_answer_that_changed_something(
    state: str, outcome: str | None, more: dict[str, Any], facts: dict[str, Any] | None
) -> None:
    refund = cast(Any, SimpleNamespace(state=state))
    assert refunds._question_facts(refund, **more)(outcome) == facts


class Guard(MoneyGuard):
    """A page from which money goes back, without a request: what it would ask the password for is kept."""

    owner = False

    def __init__(self, limit_yuan: int = 0, *, owner: bool = False, **typed: str) -> None:
        orders = SimpleNamespace(clerk_refund_yuan=limit_yuan)
        known = {"services": SimpleNamespace(settings=SimpleNamespace(orders=orders)), "owner": owner}
        self.__dict__.update(known, body_fields=typed, asked=list[str]())

    async def confirmed(self, act: str) -> bool:
        cast(Any, self).asked.append(act)
        return True


@pytest.mark.parametrize(
    ("limit_yuan", "owner", "sure", "checks"),
    [
        (0, False, "", DecisionChecks("mark")),
        (100, False, "", DecisionChecks("mark", None, 10_000)),
        (100, True, "", DecisionChecks("mark")),
        (0, True, "￥100.50", DecisionChecks("mark", 10_050)),
        (0, False, "x", DecisionChecks("mark")),
    ],
)
def test_what_a_decision_is_checked_against(
    limit_yuan: int, owner: bool, sure: str, checks: DecisionChecks
) -> None:
    page = Guard(limit_yuan, owner=owner, sure=sure, fingerprint="mark")
    assert page.decision_checks() == checks


async def test_the_page_of_the_password_names_amount_patient_and_what_cannot_be_undone() -> None:
    async def asked(amount: int, act: str = "", patient: str = "李雷", supplement: Any = None) -> str:
        page, order = Guard(), SimpleNamespace(id=7, patient_name=patient)
        payable = cast(Any, SimpleNamespace(order=order, supplement=supplement))
        proposal = Proposal(amount, amount)
        assert await page.may_give(payable, amount, proposal, remaining_fen=amount, act=act)
        return str(cast(Any, page).asked[0])

    assert await asked(10_050) == "订单 #7：退款 100.50 元 给 李雷。提交后不能撤回"
    assert await asked(100, patient="") == "订单 #7：退款 1 元 给 用户。提交后不能撤回"
    assert await asked(100, supplement="one") == "订单 #7的补款：退款 1 元 给 李雷。提交后不能撤回"
    ended = "取消（服务取消），"
    assert await asked(0, ended) == "订单 #7：取消（服务取消），不退款给 李雷。提交后不能撤回"


async def test_no_more_goes_back_than_is_left() -> None:
    payable = cast(Any, SimpleNamespace(order=ORDER, supplement=None))
    with pytest.raises(RefundExceedsPaid):
        await Guard().may_give(payable, 101, Proposal(101, 101), remaining_fen=100, act="")
    assert await Guard().may_give(payable, 100, Proposal(100, 100), remaining_fen=100, act="")


def test_only_an_unusual_amount_is_offered_to_be_confirmed() -> None:
    assert amount_to_confirm(RefundExceedsPaid()) is None
    assert amount_to_confirm(AmountUnusual(5, 500)) == 5
