"""What the gateway never sends: numbers, amounts and addresses that WeChat would refuse, or misread."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from payment.wechatpay.gateway import Gateway
from payment.wechatpay.merchant import Merchant
from tests.payment.wechat_side.gateway_calls import (
    NUMBER,
    REFUND,
    ask,
)


@pytest.mark.parametrize(
    "number", ["", "short", "x" * 33, "20261123/../x", "2026112310000?x", "单号单号单号", "20261123\n"]
)
def test_a_number_that_would_bend_the_url_is_never_sent(
    pay_gateway: Any, pay_wechat: Any, number: str
) -> None:
    calls: list[Callable[[Gateway], Awaitable[Any]]] = [
        lambda gateway: gateway.query_order(number),
        lambda gateway: gateway.close_order(number),
        lambda gateway: gateway.refund(out_trade_no=number, out_refund_no=REFUND, refund_fen=1, total_fen=1),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="number"):
            ask(pay_gateway(), call)
    assert pay_wechat.requests == []


@pytest.mark.promise(12)
@pytest.mark.parametrize(("refund_fen", "total_fen"), [(0, 5), (-1, 5), (6, 5)])
def test_a_refund_of_more_than_the_payment_is_never_sent(
    pay_gateway: Any, pay_wechat: Any, refund_fen: int, total_fen: int
) -> None:
    with pytest.raises(ValueError, match="refund"):
        ask(
            pay_gateway(),
            lambda gateway: gateway.refund(
                out_trade_no=NUMBER, out_refund_no=REFUND, refund_fen=refund_fen, total_fen=total_fen
            ),
        )
    assert pay_wechat.requests == []


def test_a_long_description_is_cut_to_what_wechat_takes(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(200, {"prepay_id": "wx1"})
    ask(
        pay_gateway(),
        lambda gateway: gateway.create_order(
            out_trade_no=NUMBER, description="陪\t诊" * 90, total_fen=1, openid="o1", expire_at=0
        ),
    )
    assert len(json.loads(pay_wechat.requests[0].content)["description"]) == 127


@pytest.mark.parametrize(
    "url",
    [
        "",
        "clinic.example/notify",
        "ftp://clinic.example/",
        "https://clinic.example/?a=1",
        "https://a/?",
        "https://a/#b",
        "https://c/" + "x" * 246,
    ],
)
def test_a_notify_url_that_wechat_would_not_call_is_refused(pay_merchant: Merchant, url: str) -> None:
    with pytest.raises(ValueError, match="notify URL"):
        Merchant(
            pay_merchant.mchid,
            pay_merchant.appid,
            pay_merchant.key,
            pay_merchant.apiv3_key,
            url,
            "https://a/b/",
        )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/n/", "https://c/" + "x" * 245])
def test_any_other_notify_url_is_fine_for_payments_and_for_refunds(pay_merchant: Merchant, url: str) -> None:
    changed = replace(pay_merchant, notify_url=url, refund_notify_url=url)
    assert (changed.notify_url, changed.refund_notify_url) == (url, url)
    with pytest.raises(ValueError, match="notify URL"):
        replace(pay_merchant, refund_notify_url="ftp://c/")
