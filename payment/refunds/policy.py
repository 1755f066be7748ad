"""How much of a payment goes back when the user asks for a refund: the tiers, and how they are read.

Source: docs/payment.md, "Cancelling is not refunding". The numbers that are in force are settings
(``orders.refund_tiers``, ``orders.refund_grace_minutes``).

A tier is (hours before the visit, percent): a request made at least that long before the visit gets that
percentage; below the last tier nothing. When a visit begins is told by ``orders.visit_time``. Within the grace time
after paying everything goes back, while nobody has been assigned. An amount that is no whole fen is rounded **down** to
the fen: what is shown is never more than what was paid for. The rule's dates are in ``payment.refunds.deadlines``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from clock import HOUR, MINUTE
from frozen_dataclasses import frozen

NO_TIERS = "此订单需联系客服退款"
TOO_LATE = "就诊时间已到，如需退款请联系客服"


class Tier(NamedTuple):
    """At least ``hours_before`` the visit: ``percent`` of the payment."""

    hours_before: int
    percent: int


DEFAULT_TIERS = (Tier(24, 100), Tier(2, 50))
DEFAULT_GRACE = 30 * MINUTE
"""The settings' defaults; a test fails while the two differ. What a server uses is configured (``payment.context``)."""


@frozen()
class RefundPolicy:
    """The configured rule: tiers as ``read_tiers`` returns them, and the grace time (ms) after paying."""

    tiers: tuple[Tier, ...] = DEFAULT_TIERS
    grace_ms: int = DEFAULT_GRACE

    def in_grace(self, paid_at: int | None, assigned: bool, now_ms: int) -> bool:
        """Does the grace time hold? Still at exactly its length after paying, and no longer one millisecond later."""
        return (
            self.grace_ms > 0 and paid_at is not None and not assigned and now_ms <= paid_at + self.grace_ms
        )

    def refund_at(
        self,
        paid_fen: int,
        visit_begins: int,
        now_ms: int,
        *,
        paid_at: int | None = None,
        assigned: bool = False,
        max_percent: int = 100,
    ) -> PolicyRefund:
        """What a cancellation at ``now_ms`` gives back of a visit that begins at ``visit_begins`` (ms). ``assigned``:
        an escort has the order; ``max_percent``: what it gave when its user had the visit moved."""
        if self.in_grace(paid_at, assigned, now_ms):
            return PolicyRefund(
                paid_fen, 100, f"付款后 {self.grace_ms // MINUTE} 分钟内、还没有安排陪诊员，全额退款"
            )
        found = tier_refund(paid_fen, visit_begins, now_ms, self.tiers)
        if found.percent <= max_percent:
            return found
        return PolicyRefund(paid_fen * max_percent // 100, max_percent, _as_before_moving(max_percent))


@frozen()
class PolicyRefund:
    """What a request made now would give back: ``amount_fen``, the percentage it is, and the rule as a sentence
    in Chinese for the user."""

    amount_fen: int
    percent: int
    rule: str


def read_tiers(pairs: Iterable[Sequence[int]]) -> tuple[Tier, ...]:
    """The tiers of the configuration, longest notice first. ``ValueError`` says in one sentence what is wrong.

    Asking earlier must never give less, and the same number of hours may appear once. No tier at all means
    that nothing is refunded without an administrator.
    """
    tiers = []
    for pair in pairs:
        if len(pair) != 2 or any(type(number) is not int for number in pair):
            raise ValueError("a refund tier is a pair of whole numbers: hours before the visit, percent")
        tier = Tier(*pair)
        if not 0 <= tier.hours_before <= 24 * 365 or not 0 <= tier.percent <= 100:
            raise ValueError("a refund tier needs hours from 0 to 8760 and a percentage from 0 to 100")
        tiers.append(tier)
    tiers.sort(reverse=True)
    for earlier, later in pairwise(tiers):
        if earlier.hours_before == later.hours_before:
            raise ValueError(f"two refund tiers begin at {later.hours_before} hours")
        if earlier.percent < later.percent:
            raise ValueError("a refund tier gives less to those who ask earlier")
    return tuple(tiers)


def tier_refund(
    paid_fen: int, visit_begins: int, now_ms: int, tiers: Sequence[Tier] = DEFAULT_TIERS
) -> PolicyRefund:
    """What the policy gives back of ``paid_fen`` at ``now_ms`` for a visit that begins at ``visit_begins`` (ms).

    A tier still holds at exactly its number of hours before the visit, and no longer one millisecond later.
    ``tiers`` are as ``read_tiers`` returns them.
    """
    remaining = visit_begins - now_ms
    longer: Tier | None = None
    for tier in tiers:
        if remaining >= tier.hours_before * HOUR:
            amount = paid_fen * tier.percent // 100
            return PolicyRefund(amount, tier.percent, _sentence(tier, longer))
        longer = tier
    return PolicyRefund(0, 0, _nothing(remaining, longer))


def _sentence(tier: Tier, longer: Tier | None) -> str:
    if longer is not None and tier.hours_before == 0:
        when = f"就诊前不足 {longer.hours_before} 小时"
    elif longer is not None:
        when = f"就诊前 {tier.hours_before} 小时以上、不足 {longer.hours_before} 小时"
    elif tier.hours_before == 0:
        when = "就诊开始前"
    else:
        when = f"就诊前 {tier.hours_before} 小时以上"
    return when + _share(tier.percent)


def _as_before_moving(percent: int) -> str:
    """Of a visit that was moved when less than everything would have come back."""
    return f"改期时按规则{_share(percent)}，改期以后不再增加"


def _share(percent: int) -> str:
    if percent == 100:
        return "全额退款"
    return "不予退款" if percent == 0 else f"退款 {percent}%"


def _nothing(remaining_ms: int, shortest: Tier | None) -> str:
    if shortest is None:
        return NO_TIERS
    if remaining_ms <= 0:
        return TOO_LATE
    return f"就诊前不足 {shortest.hours_before} 小时不予退款"


def describe(tiers: Sequence[Tier] = DEFAULT_TIERS) -> list[str]:
    """The whole policy, one Chinese sentence per tier and one for the rest, as the user reads it before
    paying."""
    lines = []
    longer: Tier | None = None
    for tier in tiers:
        lines.append(_sentence(tier, longer))
        longer = tier
    if longer is None or longer.hours_before > 0:
        lines.append(_nothing(1, longer))
    return lines
