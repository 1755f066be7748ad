"""Refund amounts follow the tiers, exact at the boundary."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import OrderSettings
from orders.visit_time import visit_begin_ms
from payment.refunds.policy import (
    DEFAULT_TIERS,
    TOO_LATE,
    RefundPolicy,
    Tier,
    describe,
    read_tiers,
    tier_refund,
)

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
BEGIN = visit_begin_ms("2026-11-24")


def test_the_visit_begins_at_eight_in_shanghai() -> None:
    assert BEGIN == 1795478400000  # 2026-11-24T00:00:00Z


@pytest.mark.promise(14)
@pytest.mark.parametrize(
    ("before_ms", "percent"),
    [
        (48 * HOUR, 100),
        (24 * HOUR + SECOND, 100),
        (24 * HOUR, 100),
        (24 * HOUR - 1, 50),
        (24 * HOUR - SECOND, 50),
        (2 * HOUR + SECOND, 50),
        (2 * HOUR, 50),
        (2 * HOUR - 1, 0),
        (2 * HOUR - SECOND, 0),
        (SECOND, 0),
        (0, 0),
        (-SECOND, 0),
        (-1000 * HOUR, 0),
    ],
)
def test_the_default_tiers_at_their_boundaries(before_ms: int, percent: int) -> None:
    found = tier_refund(58800, BEGIN, BEGIN - before_ms)
    assert (found.percent, found.amount_fen) == (percent, 58800 * percent // 100)


@pytest.mark.promise(14)
@pytest.mark.parametrize(
    ("tiers", "hours", "percent"),
    [
        ([], 1000, 0),
        ([[0, 100]], 0, 100),
        ([[0, 100]], -1, 0),
        ([[72, 90], [48, 60], [12, 30], [0, 10]], 72, 90),
        ([[72, 90], [48, 60], [12, 30], [0, 10]], 71, 60),
        ([[0, 10], [12, 30], [72, 90], [48, 60]], 47, 30),
        ([[72, 90], [48, 60], [12, 30], [0, 10]], 11, 10),
        ([[24 * 365, 90], [0, 10]], 24 * 365, 90),
    ],
)
def test_configured_tiers_in_any_order(tiers: list[list[int]], hours: int, percent: int) -> None:
    found = tier_refund(10000, BEGIN, BEGIN - hours * HOUR, read_tiers(tiers))
    assert (found.percent, found.amount_fen) == (percent, percent * 100)


@pytest.mark.promise(14)
def test_fractions_of_a_fen_are_left_out() -> None:
    tiers = read_tiers([[24, 33]])
    assert tier_refund(101, BEGIN, BEGIN - 24 * HOUR, tiers).amount_fen == 33
    assert tier_refund(1, BEGIN, BEGIN - 24 * HOUR, tiers).amount_fen == 0


@pytest.mark.promise(14)
@given(
    paid=st.integers(0, 10**9), before=st.integers(-100 * HOUR, 1000 * HOUR), wait=st.integers(0, 100 * HOUR)
)
def test_never_more_than_paid_and_never_more_for_asking_later(paid: int, before: int, wait: int) -> None:
    now = tier_refund(paid, BEGIN, BEGIN - before)
    later = tier_refund(paid, BEGIN, BEGIN - before + wait)
    assert 0 <= later.amount_fen <= now.amount_fen <= paid


@pytest.mark.parametrize(
    "pairs",
    [
        [[24]],
        [[24, 101]],
        [[-1, 5]],
        [[24, 50.0]],
        [[True, 5]],
        [["24", 5]],
        [[24, 10], [24, 20]],
        [[24, 50], [2, 60]],
        [[24 * 365 + 1, 5]],
    ],
)
def test_tiers_that_make_no_sense_are_refused(pairs: Any) -> None:
    with pytest.raises(ValueError, match="refund tier"):
        read_tiers(pairs)


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", ""])
def test_a_date_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match=r"[Ii]nvalid|does not match|out of range"):
        visit_begin_ms(day)


def test_the_rule_is_a_sentence_for_the_user() -> None:
    def rule(hours: float) -> str:
        return tier_refund(100, BEGIN, BEGIN - int(hours * HOUR)).rule

    assert rule(30) == "就诊前 24 小时以上全额退款"
    assert rule(3) == "就诊前 2 小时以上、不足 24 小时退款 50%"
    assert rule(1) == "就诊前不足 2 小时不予退款"
    assert rule(-1) == "就诊时间已到，如需退款请联系客服"
    assert tier_refund(100, BEGIN, BEGIN, ()).rule == "此订单需联系客服退款"


def test_the_whole_policy_can_be_shown() -> None:
    assert describe() == [
        "就诊前 24 小时以上全额退款",
        "就诊前 2 小时以上、不足 24 小时退款 50%",
        "就诊前不足 2 小时不予退款",
    ]
    assert describe(read_tiers([[48, 80], [0, 20]])) == [
        "就诊前 48 小时以上退款 80%",
        "就诊前不足 48 小时退款 20%",
    ]
    assert describe([Tier(0, 100)]) == ["就诊开始前全额退款"]
    assert describe([]) == ["此订单需联系客服退款"]
    assert read_tiers([[24, 100], [2, 50]]) == DEFAULT_TIERS


def test_the_policy_without_a_configuration_is_that_of_the_settings_defaults() -> None:
    settings = OrderSettings()
    configured = RefundPolicy(read_tiers(settings.refund_tiers), settings.refund_grace_minutes * MINUTE)
    assert configured == RefundPolicy()


@pytest.mark.promise(14)
def test_a_grace_time_of_nothing_is_none_and_one_of_a_millisecond_is_one() -> None:
    assert not RefundPolicy(grace_ms=0).in_grace(5, False, 5)
    assert RefundPolicy(grace_ms=1).in_grace(5, False, 6)
    assert not RefundPolicy(grace_ms=1).in_grace(5, False, 7)


@pytest.mark.promise(14)
def test_within_the_grace_time_everything_goes_back_and_the_rule_says_so() -> None:
    policy = RefundPolicy(grace_ms=30 * 60 * SECOND)
    late = (58800, BEGIN, BEGIN - HOUR)
    found = policy.refund_at(*late, paid_at=BEGIN - HOUR)
    assert (found.amount_fen, found.percent) == (58800, 100)
    assert found.rule == "付款后 30 分钟内、还没有安排陪诊员，全额退款"
    assert policy.refund_at(*late, paid_at=BEGIN - HOUR, assigned=True).amount_fen == 0


@pytest.mark.parametrize(
    ("tiers", "remaining", "rule"),
    [
        ([[24, 100], [2, 0]], 24 * HOUR - 1, "就诊前 2 小时以上、不足 24 小时不予退款"),
        ([[24, 1]], 24 * HOUR, "就诊前 24 小时以上退款 1%"),
        ([[24, 100]], 1, "就诊前不足 24 小时不予退款"),
        ([[24, 100]], 0, TOO_LATE),
    ],
)
def test_the_rule_in_words_at_its_edges(tiers: list[list[int]], remaining: int, rule: str) -> None:
    assert tier_refund(100, BEGIN, BEGIN - remaining, read_tiers(tiers)).rule == rule


def test_a_last_tier_of_one_hour_is_followed_by_what_comes_after_it() -> None:
    assert describe(read_tiers([[1, 100]])) == ["就诊前 1 小时以上全额退款", "就诊前不足 1 小时不予退款"]
