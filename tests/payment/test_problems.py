"""What a user, and what customer service, reads when something about money cannot be done."""

from __future__ import annotations

import pytest

from payment import problems
from payment.wechatpay import errors


@pytest.mark.parametrize(
    ("error", "problem", "status"),
    [
        (errors.Busy("not reached"), problems.WeChatBusy, 503),
        (errors.Unreachable("not reached"), problems.WeChatBusy, 503),
        (errors.Unknown("no answer", code="SYSTEM_ERROR"), problems.WeChatTimeout, 504),
        (errors.BillNotReady(code="STATEMENT_CREATING", status=400), problems.BillNotReady, 503),
        (errors.Refused(code="PARAM_ERROR", status=400), problems.WeChatRefused, 502),
        (errors.Refused(), problems.WeChatRefused, 502),
        (errors.GatewayError(code="X"), problems.WeChatRefused, 502),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, errors.GatewayError) else None,
)
def test_each_failure_of_wechats_is_told_as_what_can_be_done_about_it(
    error: errors.GatewayError, problem: type[problems.PaymentError], status: int
) -> None:
    found = problems.of_gateway(error)
    assert type(found) is problem
    assert found.status == status
    assert found.message == problem.message


def test_customer_service_reads_wechats_code_where_wechat_has_refused_and_named_one() -> None:
    told = [
        problems.of_gateway(error).for_staff
        for error in (errors.Refused(code="NO_AUTH"), errors.Refused(), errors.GatewayError(code="X"))
    ]
    plain = problems.WeChatRefused.for_staff
    assert told == [f"{plain}（微信代码 NO_AUTH）", plain, plain]


def test_customer_service_reads_its_own_words_the_given_ones_or_those_of_the_user() -> None:
    assert problems.PaymentPending().for_staff == problems.PaymentPending.for_staff
    assert problems.PaymentPending().message == problems.PaymentPending.message
    assert problems.PaymentPending("金额不符").for_staff == "金额不符"
    assert problems.PaymentPending("金额不符", "请看异常").for_staff == "请看异常"
    assert problems.WeChatBusy().for_staff == problems.WeChatBusy.message
    assert problems.WeChatBusy("请稍候").message == "请稍候"
    assert str(problems.WeChatBusy("请稍候")) == "wechat_busy: 请稍候"


def test_amounts_stand_in_the_sentences_that_are_about_them() -> None:
    changed = problems.RefundAmountChanged(1_050)
    assert (changed.amount_fen, "￥10.50" in changed.message) == (1_050, True)
    limit = problems.AboveClerkLimit(20_000, 10_000).message
    assert "最多 100 元" in limit
    assert "退 200 元" in limit
    unusual = problems.AmountUnusual(5_000, 20_000)
    assert (unusual.amount_fen, "您填的是 50 元" in unusual.message) == (5_000, True)
    assert "应退 200 元" in unusual.message
    assert "页面打开后，金额、状态变了" in problems.ChangedSinceSeen("金额", "状态").message
