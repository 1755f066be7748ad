"""When a visit begins, and which half-days of its escort it takes. Source: docs/visit.md, "Hour and place".

The hour of a visit is ``HH:MM`` in Shanghai, or empty while it is not settled.
"""

from __future__ import annotations

from datetime import date, datetime, time

from clock import SHANGHAI, shanghai_date, to_ms
from storage.models import Order, Takes

HALVES = ("am", "pm")
WHOLE_DAY = "day"
NOON = "12:00"
"""Before it is the morning."""
USUAL_BEGIN = "08:00"
"""Of a visit whose hour is not settled."""


def visit_begin_ms(visit_date: str, visit_time: str = "") -> int:
    """The moment (ms) at which the visit of that Shanghai day ``YYYY-MM-DD`` begins."""
    hour = time.fromisoformat(visit_time or USUAL_BEGIN)
    return to_ms(datetime.combine(date.fromisoformat(visit_date), hour, SHANGHAI))


def begin_of(order: Order) -> int:
    """The moment (ms) at which the order's visit begins."""
    return visit_begin_ms(order.visit_date, order.visit_time)


def refunds_count_from(order: Order) -> int:
    """The moment (ms) from which the refund tiers are counted back: when the visit begins, or began earlier on its day.
    One that had begun before it was moved to another day counts from that day's hour."""
    begin, began = begin_of(order), order.started_at
    return min(begin, began) if began is not None and shanghai_date(began) == order.visit_date else begin


def half_of(visit_time: str) -> str:
    """``am`` or ``pm``; empty while the hour is not settled."""
    if not visit_time:
        return ""
    return "am" if visit_time < NOON else "pm"


def settled_halves(takes: str, visit_time: str) -> tuple[str, ...]:
    """The half-days that a visit takes, as far as that is known: none while the hour of one that takes less than a day
    is not settled."""
    if takes == Takes.DAY:
        return HALVES
    half = half_of(visit_time)
    return (half,) if half else ()


def halves_of(order: Order, chosen: str = "") -> tuple[str, ...]:
    """The half-days of its escort that an order takes.

    ``chosen`` by the office: ``day`` takes both in any case; ``am`` or ``pm`` counts while the hour is not settled.
    Both when nothing is known, as with orders that were finished before it was kept.
    """
    if chosen == WHOLE_DAY:
        return HALVES
    return settled_halves(order.takes, order.visit_time) or ((chosen,) if chosen in HALVES else HALVES)
