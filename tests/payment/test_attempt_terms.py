"""What an attempt asks for, and when an open one is used again; values at their limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment import payables
from payment.attempt_terms import description_of, matches, new_attempt, prepay_is_fresh
from payment.query_schedule import first_query_at, next_query_at
from storage.models import Attempt, AttemptState
from tests.payment.conftest import PRICE, Shop
from tests.payment.fake_wechat import MERCHANT


async def asked(shop: Shop) -> tuple[Attempt, payables.Payable, str]:
    """An open attempt, what it pays, and by whom."""
    user = await shop.user()
    order_id = await shop.placed(user)
    return await shop.attempt(order_id), payables.of_order(await shop.order(order_id)), user.openid


async def test_an_open_attempt_is_used_again_only_while_it_asks_for_the_same_of_the_same(shop: Shop) -> None:
    attempt, payable, openid = await asked(shop)
    context = shop.payments.context
    assert matches(context, attempt, payable, openid, shop.at)
    changed: list[dict[str, Any]] = [
        {"amount_fen": PRICE + 1},
        {"description": "another service"},
        {"openid": "oSomebodyElse"},
        {"appid": "wx0000000000000009"},
        {"mchid": "1900000009"},
        {"notify_url": "https://example.test/elsewhere/"},
    ]
    for change in changed:
        other: Attempt = replace(attempt, **change)
        assert not matches(context, other, payable, openid, shop.at), change
    assert not matches(context, attempt, payable, "oSomebodyElse", shop.at)
    last = attempt.expires_at - 2 * MINUTE
    assert [matches(context, attempt, payable, openid, at) for at in (last, last + 1)] == [True, False]


async def test_a_prepay_id_is_signed_again_for_an_hour_and_fifty_minutes(shop: Shop) -> None:
    attempt, _, _ = await asked(shop)
    begin = attempt.prepay_at
    assert begin is not None
    last = begin + 2 * HOUR - 10 * MINUTE
    fresh = [prepay_is_fresh(attempt, at) for at in (begin - 1, begin, last - 1, last)]
    assert fresh == [False, True, True, False]
    assert not prepay_is_fresh(replace(attempt, state=AttemptState.UNKNOWN), begin)
    assert not prepay_is_fresh(replace(attempt, prepay_at=None), begin)


async def test_an_attempt_asks_for_what_there_is_to_pay_and_names_who_pays(shop: Shop) -> None:
    user = await shop.user()
    order = await shop.order(await shop.placed(user))
    payable = payables.of_order(order)
    asks = new_attempt(shop.payments.context, payable, user, shop.at)
    assert (asks.amount_fen, asks.currency, asks.supplement_id) == (PRICE, "CNY", None)
    assert (asks.openid, asks.payer_user_id) == (user.openid, user.id)
    assert (asks.appid, asks.mchid, asks.notify_url) == (MERCHANT.appid, MERCHANT.mchid, MERCHANT.notify_url)
    assert asks.description == description_of(payable, shop.settings.orders.brand)
    assert payable.title in asks.description


@pytest.mark.parametrize(
    ("until", "expires"),
    [
        (3 * HOUR, 3 * HOUR),
        (5 * MINUTE + SECOND, 5 * MINUTE + SECOND),
        (5 * MINUTE, 5 * MINUTE),
        (MINUTE, 5 * MINUTE),
        (6 * DAY, 6 * DAY),
        (6 * DAY + SECOND, 6 * DAY),
        (None, 6 * DAY),
    ],
)
async def test_an_attempt_ends_with_its_order_after_five_minutes_at_least_and_six_days_at_most(
    shop: Shop, until: int | None, expires: int
) -> None:
    """To the second: WeChat is told nothing finer."""
    user = await shop.user()
    payable = payables.of_order(await shop.order(await shop.placed(user)))
    at = shop.at + 999
    asked_until = None if until is None else at + until
    asks = new_attempt(shop.payments.context, replace(payable, payable_until=asked_until), user, at)
    assert asks.expires_at == shop.at + expires


async def test_a_description_is_one_line_and_never_empty(shop: Shop) -> None:
    _, payable, _ = await asked(shop)
    described = [
        description_of(replace(payable, title=title), brand)
        for title, brand in (("陪诊\n全天 ", " 安心"), ("", ""), ("长" * 200, "安心"))
    ]
    assert described[:2] == ["安心 陪诊 全天", "陪诊服务"]
    assert described[2] == "安心 " + "长" * 124


@pytest.mark.parametrize(
    ("age", "pause", "differing"),
    [
        (0, MINUTE, MINUTE),
        (5 * MINUTE - 1, MINUTE, MINUTE),
        (5 * MINUTE, 5 * MINUTE, 5 * MINUTE),
        (30 * MINUTE - 1, 5 * MINUTE, 5 * MINUTE),
        (30 * MINUTE, 30 * MINUTE, 30 * MINUTE),
        (6 * HOUR - 1, 30 * MINUTE, 30 * MINUTE),
        (6 * HOUR, 2 * HOUR, 2 * HOUR),
        (7 * DAY, 2 * HOUR, 2 * HOUR),
        (7 * DAY + 1, 2 * HOUR, DAY),
        (365 * DAY, 2 * HOUR, DAY),
        (365 * DAY + 1, None, None),
    ],
)
async def test_questions_about_an_attempt_thin_out(
    shop: Shop, age: int, pause: int | None, differing: int | None
) -> None:
    """After a week only money that does not agree is waited for. The age counts from the last prepay_id."""
    attempt, _, _ = await asked(shop)
    other = replace(attempt, state=AttemptState.MISMATCH)
    at = shop.at + age
    assert next_query_at(attempt, at) == (None if pause is None else at + pause)
    assert next_query_at(other, at) == (None if differing is None else at + differing)
    renewed = replace(attempt, created_at=shop.at - 30 * DAY)
    assert next_query_at(renewed, at) == next_query_at(attempt, at)
    never_made = replace(attempt, prepay_at=None)
    assert next_query_at(never_made, at) == next_query_at(attempt, at)
    assert first_query_at(at) == at + MINUTE
