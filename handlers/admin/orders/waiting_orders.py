"""The orders that wait for somebody of the office: what the overview counts, and the list that each number opens.

An order is in one of these lists at the most. Each is a query of the list of orders, so that the number and the list
are one thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from storage.models import OrderState

NO_ESCORT = "none"
"""In place of an escort's id: orders without one."""
OVERDUE, ESCORT_OFF, LOW_RATED = "overdue", "escort", "rating"
"""What ``wait`` names: what no other conditions of the list can say."""


@dataclass(frozen=True)
class WaitingOrders:
    """``name``: in the metrics; ``label``: on its tile; ``query``: of the list; ``says_since_when``: does the tile?"""

    name: str
    label: str
    query: dict[str, str]
    says_since_when: bool = False


def _without_escort(first: date, last: date | None) -> dict[str, str]:
    days = {"from": first.isoformat(), **({"to": last.isoformat()} if last else {})}
    return {"state": OrderState.PAID, "escort": NO_ESCORT, **days}


def before_all_else(day: str) -> list[WaitingOrders]:
    """Visits that are in danger, or over and not settled, on a Shanghai day; most urgent first."""
    today = date.fromisoformat(day)
    tomorrow, later = today + timedelta(1), today + timedelta(2)
    return [
        WaitingOrders("today_without_escort", "今天的订单还没有陪诊员", _without_escort(today, today)),
        WaitingOrders("overdue", "就诊日已过，还没有完成", {"wait": OVERDUE}),
        WaitingOrders("escort_unavailable", "已安排的陪诊员停用了", {"wait": ESCORT_OFF}),
        WaitingOrders(
            "tomorrow_without_escort", "明天的订单还没有陪诊员", _without_escort(tomorrow, tomorrow)
        ),
        WaitingOrders(
            "later_without_escort",
            "以后的订单还没有陪诊员",
            _without_escort(later, None),
            says_since_when=True,
        ),
    ]


RATED_LOW = WaitingOrders("low_ratings", "低分评价待跟进", {"wait": LOW_RATED})


def all_waiting(day: str) -> list[WaitingOrders]:
    """Every list of orders that wait."""
    return [*before_all_else(day), RATED_LOW]
