"""The refund rule of one visit with its dates, as a user reads it before paying: 11月30日 8:00 前可全退.

Source: docs/payment.md, "Cancelling is not refunding". Each date is the last moment at which its percentage still
holds, to the millisecond.
"""

from __future__ import annotations

from clock import HOUR, MINUTE, shanghai
from frozen_dataclasses import frozen
from payment.refunds.policy import NO_TIERS, RefundPolicy


@frozen()
class Deadline:
    """Until ``until`` (ms, included) a cancellation gives ``percent`` back; ``over`` when that moment has passed."""

    percent: int
    until: int
    text: str
    over: bool


@frozen()
class Rule:
    """``grace`` is empty where no grace time applies; ``afterwards`` says what holds after the last deadline."""

    grace: str
    deadlines: tuple[Deadline, ...]
    afterwards: str
    percent_now: int

    @property
    def lines(self) -> list[str]:
        """What still matters, each a sentence, in the order of time."""
        coming = [deadline.text for deadline in self.deadlines if not deadline.over]
        return [line for line in (self.grace, *coming, self.afterwards) if line]


def rule_of(
    policy: RefundPolicy,
    visit_begins: int,
    now_ms: int,
    *,
    paid_at: int | None = None,
    assigned: bool = False,
    max_percent: int = 100,
) -> Rule:
    """The rule of a visit that begins at ``visit_begins`` (ms) as it stands at ``now_ms``.

    ``paid_at``: None before paying, when the grace time is told as a length; afterwards it has an end. ``max_percent``:
    see ``RefundPolicy.refund_at``.
    """
    last_until: dict[int, int] = {}
    for tier in policy.tiers:
        if percent := min(tier.percent, max_percent):
            last_until[percent] = (
                visit_begins - tier.hours_before * HOUR
            )  # a later tier that gives as much goes on
    deadlines = [
        Deadline(percent, until, f"{_moment(until, now_ms)} 前{_share(percent)}", over=now_ms > until)
        for percent, until in last_until.items()
    ]
    found = policy.refund_at(
        100, visit_begins, now_ms, paid_at=paid_at, assigned=assigned, max_percent=max_percent
    )
    percent_now = found.percent
    grace = _grace(policy, now_ms, paid_at, assigned)
    return Rule(grace, tuple(deadlines), _after_deadlines(deadlines, grace), percent_now)


def _after_deadlines(deadlines: list[Deadline], grace: str) -> str:
    if not deadlines:
        return NO_TIERS
    nothing_left = not grace and all(deadline.over for deadline in deadlines)
    return "现在取消不退款" if nothing_left else "此后取消不退款"


def _grace(policy: RefundPolicy, now_ms: int, paid_at: int | None, assigned: bool) -> str:
    if policy.grace_ms <= 0:
        return ""
    if paid_at is None:
        return f"付款后 {policy.grace_ms // MINUTE} 分钟内，还没有安排陪诊员时可全退"
    if not policy.in_grace(paid_at, assigned, now_ms):
        return ""
    return f"{_moment(paid_at + policy.grace_ms, now_ms)} 前，还没有安排陪诊员时可全退"


def _moment(at: int, now_ms: int) -> str:
    """``11月30日 8:00``, with the year in front where it is not this one. Never 今天: a page may stay open for days."""
    moment = shanghai(at)
    year = "" if moment.year == shanghai(now_ms).year else f"{moment.year}年"
    return f"{year}{moment.month}月{moment.day}日 {moment.hour}:{moment.minute:02d}"


def _share(percent: int) -> str:
    return "可全退" if percent == 100 else f"可退 {percent}%"
