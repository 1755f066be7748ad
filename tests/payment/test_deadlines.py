"""The refund rule with its dates, as it is read before paying: the dates are those at which the offer changes."""

from __future__ import annotations

from datetime import datetime

import pytest

from clock import DAY, HOUR, MINUTE, SHANGHAI, to_ms
from orders.visit_time import visit_begin_ms
from payment.refunds.deadlines import rule_of
from payment.refunds.policy import RefundPolicy, read_tiers

POLICY = RefundPolicy()


def at(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@pytest.mark.promise(14)
def test_the_rule_has_the_dates_of_the_visit() -> None:
    rule = rule_of(POLICY, visit_begin_ms("2026-12-01"), at("2026-11-29T15:00:00"))
    assert rule.lines == [
        "付款后 30 分钟内，还没有安排陪诊员时可全退",
        "11月30日 8:00 前可全退",
        "12月1日 6:00 前可退 50%",
        "此后取消不退款",
    ]
    assert rule.percent_now == 100


@pytest.mark.promise(14)
@pytest.mark.parametrize(
    ("now", "lines", "percent"),
    [
        ("2026-11-30T08:00:00", ["11月30日 8:00 前可全退", "12月1日 6:00 前可退 50%", "此后取消不退款"], 100),
        ("2026-11-30T08:00:00.001", ["12月1日 6:00 前可退 50%", "此后取消不退款"], 50),
        ("2026-12-01T06:00:00", ["12月1日 6:00 前可退 50%", "此后取消不退款"], 50),
        ("2026-12-01T06:00:00.001", ["现在取消不退款"], 0),
    ],
)
def test_what_is_over_is_left_out_to_the_millisecond(now: str, lines: list[str], percent: int) -> None:
    rule = rule_of(RefundPolicy(grace_ms=0), visit_begin_ms("2026-12-01"), at(now))
    assert (rule.lines, rule.percent_now) == (lines, percent)


@pytest.mark.promise(14)
@pytest.mark.parametrize("tiers", [[[24, 100], [2, 50]], [[72, 90], [48, 60], [12, 30], [0, 10]], [[0, 100]]])
def test_each_deadline_is_the_last_moment_of_its_percentage(tiers: list[list[int]]) -> None:
    policy = RefundPolicy(read_tiers(tiers), 0)
    rule = rule_of(policy, visit_begin_ms("2026-12-01"), visit_begin_ms("2026-12-01") - 10 * DAY)
    assert [deadline.percent for deadline in rule.deadlines] == [percent for _, percent in tiers]
    for deadline in rule.deadlines:
        assert policy.refund_at(100, visit_begin_ms("2026-12-01"), deadline.until).percent == deadline.percent
        assert (
            policy.refund_at(100, visit_begin_ms("2026-12-01"), deadline.until + 1).percent < deadline.percent
        )


@pytest.mark.promise(14)
def test_after_paying_the_grace_time_has_an_end() -> None:
    paid_at = at("2026-12-01T10:12:30")

    def lines(now: int, assigned: bool = False) -> list[str]:
        return rule_of(POLICY, visit_begin_ms("2026-12-01"), now, paid_at=paid_at, assigned=assigned).lines

    assert lines(paid_at) == ["12月1日 10:42 前，还没有安排陪诊员时可全退", "此后取消不退款"]
    assert lines(paid_at + 30 * MINUTE) == lines(paid_at)
    assert lines(paid_at + 30 * MINUTE + 1) == ["现在取消不退款"]
    assert lines(paid_at, assigned=True) == ["现在取消不退款"]


def test_another_year_is_named_and_no_tiers_send_to_the_office() -> None:
    now = at("2026-12-30T09:00:00")
    assert (
        rule_of(POLICY, visit_begin_ms("2027-01-03"), now).deadlines[0].text == "2027年1月2日 8:00 前可全退"
    )
    assert rule_of(RefundPolicy((), 0), visit_begin_ms("2027-01-03"), now).lines == ["此订单需联系客服退款"]
    assert rule_of(
        RefundPolicy(read_tiers([[48, 80], [0, 0]]), 0), visit_begin_ms("2027-01-05"), now - HOUR
    ).lines == [
        "2027年1月3日 8:00 前可退 80%",
        "此后取消不退款",
    ]


@pytest.mark.promise(14)
@pytest.mark.parametrize(
    ("now", "percent"),
    [
        ("2026-11-30T14:30:00", 100),
        ("2026-11-30T14:30:01", 50),
        ("2026-12-01T12:30:00", 50),
        ("2026-12-01T12:30:01", 0),
    ],
)
def test_the_tiers_count_from_the_hour_of_the_visit_where_it_is_known(now: str, percent: int) -> None:
    rule = rule_of(RefundPolicy(grace_ms=0), visit_begin_ms("2026-12-01", "14:30"), at(now))
    assert rule.percent_now == percent
    assert rule.deadlines[0].text == "11月30日 14:30 前可全退"


@pytest.mark.promise(14)
def test_a_tier_that_gives_nothing_is_no_deadline_and_hides_none_behind_it() -> None:
    policy = RefundPolicy(read_tiers([[48, 100], [24, 0], [2, 0]]), 0)
    begins = visit_begin_ms("2026-12-01")
    rule = rule_of(policy, begins, begins - 10 * DAY)
    assert [(deadline.percent, deadline.until) for deadline in rule.deadlines] == [(100, begins - 48 * HOUR)]


@pytest.mark.promise(14)
def test_what_is_given_now_counts_the_grace_time_and_who_is_assigned() -> None:
    begins = visit_begin_ms("2026-12-01")
    paid_at = begins - HOUR

    def percent(now: int, assigned: bool = False) -> int:
        return rule_of(POLICY, begins, now, paid_at=paid_at, assigned=assigned).percent_now

    assert percent(paid_at) == 100
    assert percent(paid_at, assigned=True) == 0
    assert percent(paid_at + 30 * MINUTE + 1) == 0
    assert rule_of(POLICY, begins, paid_at).percent_now == 0, "not paid yet: no grace time"
    one_minute = RefundPolicy(grace_ms=MINUTE)
    assert rule_of(one_minute, begins, paid_at).grace.startswith("付款后 1 分钟内")
