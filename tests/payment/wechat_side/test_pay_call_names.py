"""What a call is counted as, what its log says, and which bill it asks for."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import pytest

from payment.wechatpay import errors
from payment.wechatpay.calls import one_line
from payment.wechatpay.signed_requests import call_name
from tests.payment.wechat_side.gateway_calls import ask, query
from tests.payment.wechat_side.test_pay_named_calls import COMPLAINT, COMPLAINTS, NUMBER, TRANSFERS


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (TRANSFERS, "mch-transfer/transfer-bills"),
        (f"{TRANSFERS}/out-bill-no/{NUMBER}/cancel", "out-bill-no/cancel"),
        (f"{COMPLAINTS}/{COMPLAINT}", "merchant-service/complaints-v2"),
        (f"{COMPLAINTS}/{COMPLAINT}/response", "complaints-v2/response"),
        ("/v3/certificates", "certificates"),
        (f"/v3/{COMPLAINT}", "other"),
        ("", "other"),
    ],
)
def test_a_call_is_counted_by_the_last_two_words_of_its_path(path: str, name: str) -> None:
    assert call_name(path) == name


def test_a_refusal_is_logged_with_wechats_number_of_the_request(
    pay_gateway: Any, pay_wechat: Any, caplog: pytest.LogCaptureFixture
) -> None:
    pay_wechat.refuses(400, "PARAM_ERROR")
    with caplog.at_level(logging.DEBUG, "hospital.payment.gateway"), pytest.raises(errors.Refused):
        ask(pay_gateway(), query)
    assert "wechat answered 400 PARAM_ERROR, request id 08F78BB5-TEST" in caplog.messages
    pay_wechat.refuses(404, "ORDER_NOT_EXIST")
    with caplog.at_level(logging.DEBUG, "hospital.payment.gateway"), pytest.raises(errors.NotFound):
        ask(pay_gateway(), query)
    levels = [record.levelname for record in caplog.records if "wechat answered" in record.getMessage()]
    assert levels == ["WARNING", "DEBUG"], "what was never begun is nothing to worry about"


def test_a_text_is_one_line_of_what_can_be_printed() -> None:
    assert one_line(" 行程\n有变\t\x00 了 ", 80) == "行程 有变 了"
    assert one_line("x" * 81, 80) == "x" * 80


def test_bills_are_asked_for_by_day_and_kind(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.refuses(400, "NO_STATEMENT_EXIST")
    day = date(2026, 11, 23)
    asked = []
    for call in (lambda gateway: gateway.trade_bill(day), lambda gateway: gateway.fund_flow_bill(day)):
        with pytest.raises(errors.NoBill):
            ask(pay_gateway(), call)
        url = pay_wechat.requests[-1].url
        asked.append((url.path, dict(url.params)))
    assert asked == [
        ("/v3/bill/tradebill", {"bill_date": "2026-11-23", "bill_type": "ALL", "tar_type": "GZIP"}),
        ("/v3/bill/fundflowbill", {"bill_date": "2026-11-23", "account_type": "BASIC", "tar_type": "GZIP"}),
    ]
