"""wx.requestMerchantTransfer in a real browser: WeChat's page for the payee, no Promise, nothing in an old WeChat."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.conftest import Phone
from tests.client.server import ServerState

ME = "pages/me/me"
CALL = """(given) => new Promise((done) => {
    const answer = wx.requestMerchantTransfer({
        mchId: '1900000001', appId: 'wx1', package: 'given', ...given,
        success: (result) => done(result.errMsg), fail: (result) => done(result.errMsg),
    })
    if (answer !== undefined) done('a promise')
})"""


def receive(phone: Phone, **given: Any) -> str:
    return str(phone.page.evaluate(CALL, given))


@pytest.mark.parametrize(
    ("button", "result", "outcomes"),
    [
        ("确认收款", "requestMerchantTransfer:ok", ["look", "confirm"]),
        ("以后再说", "requestMerchantTransfer:fail cancel", ["look"]),
        ("拒绝", "requestMerchantTransfer:ok", ["look", "refuse"]),
    ],
)
def test_the_page_does_what_the_payee_chooses(
    phone: Phone, server_state: ServerState, button: str, result: str, outcomes: list[str]
) -> None:
    phone.open(ME, "bare=1&as=lisi")
    phone.page.evaluate(f"() => {{ window.said = ({CALL})({{}}) }}")
    page = phone.page.get_by_role("dialog", name="模拟收款页")
    page.get_by_text("￥80.00").wait_for()
    page.get_by_text("劳务报酬 · 2026-11 陪诊报酬").wait_for()
    page.get_by_role("button", name=button, exact=True).tap()
    assert phone.page.evaluate("window.said") == result
    assert [wish["outcome"] for wish in server_state.payee] == outcomes
    assert {(wish["package"], wish["mchId"], wish["person"]) for wish in server_state.payee} == {
        ("given", "1900000001", "lisi")
    }


def test_the_address_may_decide_and_a_missing_parameter_fails(
    phone: Phone, server_state: ServerState
) -> None:
    phone.open(ME, "bare=1&receive=confirm")
    assert receive(phone) == "requestMerchantTransfer:ok"
    assert "parameter.package" in receive(phone, package="")
    assert len(server_state.payee) == 2


def test_what_the_sandbox_refuses_is_shown_and_fails(phone: Phone, server_state: ServerState) -> None:
    server_state.refusal = "这笔款不是付给当前微信账号的"
    phone.open(ME, "bare=1&receive=confirm")
    phone.page.evaluate(f"() => {{ window.said = ({CALL})({{}}) }}")
    phone.see("这笔款不是付给当前微信账号的")
    phone.tap("知道了")
    assert phone.page.evaluate("window.said") == "requestMerchantTransfer:fail 这笔款不是付给当前微信账号的"


def test_an_old_wechat_says_that_it_cannot(phone: Phone) -> None:
    phone.open(ME, "bare=1&receive=old")
    assert phone.page.evaluate("wx.canIUse('requestMerchantTransfer')") is False
    assert phone.page.evaluate("wx.canIUse('requestPayment')") is True
    phone.open(ME, "bare=1&receive=ask")
    assert phone.page.evaluate("wx.canIUse('requestMerchantTransfer')") is True
