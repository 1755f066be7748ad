"""What WeChat reports about a payment, compared with what was asked for, and kept as evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from payment.evidence import Report, Source, actor_of, differences
from storage.models import SYSTEM, WECHAT
from tests.payment.conftest import PRICE, Shop


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("out_trade_no", "out_trade_no", "20260101000000AAAAAAAAAAAAAAAAAA"),
        ("amount", "total_fen", PRICE - 1),
        ("currency", "currency", "USD"),
        ("appid", "appid", "wx0000000000000009"),
        ("mchid", "mchid", "1900000009"),
        ("openid", "openid", "oSomebodyElse"),
        ("trade_type", "trade_type", "NATIVE"),
    ],
)
async def test_a_payment_that_differs_in_one_thing_is_told_with_both_values(
    shop: Shop, name: str, field: str, value: Any
) -> None:
    attempt = await shop.attempt(await shop.placed())
    shop.wechat.pay(attempt.out_trade_no)
    payment = await shop.wechat.query_order(attempt.out_trade_no)
    assert differences(attempt, payment) == {}
    other = replace(payment, **{field: value})
    assert differences(attempt, other) == {name: (getattr(payment, field), value)}
    evidence = json.loads(Report(other, Source.BILL, 5).evidence(differences(attempt, other), booked="paid"))
    assert evidence == {
        "source": "bill",
        "differs": {name: {"expected": getattr(payment, field), "found": value}},
        "booked": "paid",
        "wechat": json.loads(json.dumps(payment.raw, default=str)),
    }


async def test_a_payment_was_made_when_wechat_says_so_or_now(shop: Shop) -> None:
    attempt = await shop.attempt(await shop.placed())
    shop.wechat.pay(attempt.out_trade_no)
    payment = await shop.wechat.query_order(attempt.out_trade_no)
    told, silent = (
        Report(payment, Source.QUERY, 5),
        Report(replace(payment, success_at=None), Source.QUERY, 5),
    )
    assert (told.paid_at, silent.paid_at) == (payment.success_at, 5)


def test_only_a_notification_is_wechats_own_act() -> None:
    assert [actor_of(source) for source in Source] == [WECHAT, SYSTEM, SYSTEM]
