"""What ``bench.admin`` asks for: every shape of list and search that the administrators' pages offer."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bench.filler import Filled
from clock import DAY, shanghai_date

YARDSTICK = "no list: the page of one's own account"
"""Timed like the others. When its 95th percentile is many times its median, the machine had other work."""
DEEP = 100


@dataclass(frozen=True)
class Shape:
    """A page to be timed; ``deep``: not its first page, but the one after so many."""

    name: str
    path: str
    deep: int = 0


def shapes(filled: Filled, now: int) -> list[Shape]:
    """Everything that the pages offer; what is searched for exists, unless the name says otherwise."""
    today, year_ago = shanghai_date(now), shanghai_date(now - 365 * DAY)
    month_ago, next_week = shanghai_date(now - 30 * DAY), shanghai_date(now + 7 * DAY)
    two_years = f"from={shanghai_date(now - 729 * DAY)}&to={next_week}"
    states = ("unpaid", "paid", "serving", "finished", "refunding", "refunded", "cancelled")
    orders = {
        "all": "",
        **{f"state {state}": f"state={state}" for state in states},
        "today": f"from={today}&to={today}",
        "a month": f"from={month_ago}&to={today}",
        "a year": f"from={year_ago}&to={today}",
        "a year, finished": f"from={year_ago}&to={today}&state=finished",
        "two years, refunded": f"{two_years}&state=refunded",
        "hospital, the most frequent": "hospital=1",
        "hospital, the rarest": "hospital=0",
        "hospital and state": "hospital=7&state=cancelled",
        "hospital, two years": f"hospital=0&{two_years}",
        "service, the most frequent": "service=1",
        "service, the rarest": "service=11",
        "service, two years": f"service=11&{two_years}",
        "hospital and service, both rare": "hospital=0&service=11",
        "hospital, service, two years, finished": f"hospital=0&service=11&{two_years}&state=finished",
        "made today": f"by=made&from={today}&to={today}",
        "made within a month": f"by=made&from={month_ago}&to={today}",
        "made within a year, finished": f"by=made&from={year_ago}&to={today}&state=finished",
        "made within two years, paid": f"by=made&{two_years}&state=paid",
        "made within two years, rarest hospital": f"by=made&{two_years}&hospital=0",
        "made within two years, rarest hospital and service": f"by=made&{two_years}&hospital=0&service=11",
        "made within two years, escort": f"by=made&{two_years}&escort=7",
        "made within two years, no escort": f"by=made&{two_years}&escort=none",
        "overdue": "wait=overdue",
        "escort suspended": "wait=escort",
        "low ratings": "wait=rating",
        "low ratings, rarest hospital": "wait=rating&hospital=0",
        "overdue, rarest hospital": "wait=overdue&hospital=0",
        "no escort": "escort=none",
        "no escort, paid": "escort=none&state=paid",
        "no escort, finished": "escort=none&state=finished",
        "no escort, rarest hospital": "escort=none&hospital=0",
        "escort": "escort=7",
        "escort and state": "escort=7&state=finished",
        "escort, a year": f"escort=7&from={year_ago}&to={today}",
        "escort, hospital and service": "escort=7&hospital=0&service=11",
    }
    searches = {
        "full name": filled.patient_name,
        "surname, one order in fourteen": "王",
        "surname, a rare one": "任",
        "name that nobody has": "没有这个人",
        "surname and first letter": "王伟",
        "phone end": filled.phone_tail,
        "whole phone": f"+86 {filled.phone}",
        "phone that nobody has": "029-85321234",
        "order number": f"#{filled.rows['orders'] // 2}",
        "our payment number": filled.out_trade_no,
        "WeChat's payment number": filled.transaction_id,
        "our refund number": filled.out_refund_no,
        "WeChat's number in a case": filled.case_number,
        "payment number that is none": "20990101000000ABCDEFGHJKMNPQRSTV",
    }
    found = {
        **{f"search: {name}": f"q={quote(text)}" for name, text in searches.items()},
        "search: surname, a year, finished": f"q={quote('王')}&from={year_ago}&to={today}&state=finished",
        "search: surname, made within a year": f"q={quote('王')}&by=made&from={year_ago}&to={today}",
        "search: surname, no escort": f"q={quote('王')}&escort=none",
        "search: surname, rare hospital": f"q={quote('王')}&hospital=0",
        "search: surname, escort": f"q={quote('王')}&escort=7",
        "search: surname, paid": f"q={quote('王')}&state=paid",
        "search: full name, two years": f"q={quote(filled.patient_name)}&{two_years}",
    }
    deep = (
        "all",
        "state finished",
        "a year",
        "made within a month",
        "hospital, the most frequent",
        "search: surname, one order in fourteen",
    )
    lists = orders | found
    return [
        *(Shape(f"orders, {name}", f"orders/?{query}") for name, query in lists.items()),
        *(Shape(f"orders, {name}, page {DEEP}", f"orders/?{lists[name]}", DEEP) for name in deep),
        *_other_shapes(filled, today, month_ago, year_ago),
    ]


def _other_shapes(filled: Filled, today: str, month_ago: str, year_ago: str) -> list[Shape]:
    paths = {
        YARDSTICK: "me/",
        "entry page": "",
        "payments": "money/",
        "payments, sum of a day": f"money/?from={today}&to={today}",
        "payments, sum of a month": f"money/?from={month_ago}&to={today}",
        "payments, sum of a year": f"money/?from={year_ago}&to={today}",
        "payments, closed, with sum": "money/?state=closed",
        "payments, mismatches": "money/?state=mismatch",
        "payments, our number": f"money/?q={filled.out_trade_no}",
        "payments, WeChat's number": f"money/?q={filled.transaction_id}",
        "payments, WeChat's number in a case": f"money/?q={filled.case_number}",
        "cases": "cases/",
        "cases, closed": "cases/?state=closed",
        "refunds, requested": "refunds/",
        "refunds, done": "refunds/?tab=done",
        "refunds, all": "refunds/?tab=all",
        "escorts": "runners/",
        "escorts, one": "runners/7/",
        "escorts, calendar": "runners/calendar/",
        "users": "users/",
        "users, common nickname": f"users/?q={quote('微信用户')}",
        "users, first letter": f"users/?q={quote('伟')}",
        "users, nickname that nobody has": f"users/?q={quote('没有这个人')}",
        "users, one": "users/7/",
        "acts": "audit/",
        "acts, one kind": "audit/?act=order.assign",
        "acts, a rare kind": "audit/?act=catalog.services.change",
        "acts, a rare kind of one person": "audit/?act=catalog.services.change&who=2",
        "acts, of one subject": "audit/?subject=order",
        "acts, about one thing": "audit/?subject=order&id=77",
        "acts, until a year ago": f"audit/?to={year_ago}",
        "acts, one kind, until a year ago": f"audit/?act=order.notes&who=3&to={year_ago}",
    }
    deep = {"payments": "money/", "users": "users/", "acts": "audit/"}
    return [
        *(Shape(name, path) for name, path in paths.items()),
        *(Shape(f"{name}, page {DEEP}", path, DEEP) for name, path in deep.items()),
    ]
