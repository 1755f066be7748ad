"""What ``bench.growth`` asks for: the lists of the office, of a user and of an escort, and the pages that count."""

from __future__ import annotations

from urllib.parse import quote

from bench.admin_shapes import DEEP, Shape
from bench.filler import Filled
from clock import DAY, shanghai_date

REGULAR = 1
"""The user whose own lists are long, and the escort."""


def lists(filled: Filled, now: int) -> list[Shape]:
    """Every list that can grow, where a page is full in a small database too. A path that begins with ``/`` is the
    user's, another the office's."""
    return [*_orders(now), *_office(filled, now), *_own(filled)]


def _orders(now: int) -> list[Shape]:
    today, fortnight = shanghai_date(now), shanghai_date(now - 14 * DAY)
    week = f"from={shanghai_date(now - 7 * DAY)}&to={today}"
    states = ("unpaid", "paid", "serving", "finished", "refunding", "refunded", "cancelled")
    queries = {
        "all": "",
        **{f"state {state}": f"state={state}" for state in states},
        "visits of today": f"from={today}&to={today}",
        "visits of a week": week,
        "visits of a week, finished": f"{week}&state=finished",
        "visits of two weeks, refunded": f"from={fortnight}&to={today}&state=refunded",
        "made today": f"by=made&from={today}&to={today}",
        "made within a week": f"by=made&{week}",
        "made within two weeks, finished": f"by=made&from={fortnight}&to={today}&state=finished",
        "a hospital": "hospital=1",
        "a hospital and a service": "hospital=1&service=1",
        "a service": "service=1",
        "an escort": "escort=1",
        "an escort, finished": "escort=1&state=finished",
        "no escort": "escort=none&state=paid",
        "of a user": f"user={REGULAR}",
        "overdue": "wait=overdue",
        "low ratings": "wait=rating",
        "supplements to decide": "wait=supplements",
        "shipments to report": "wait=unshipped",
        "search: a surname": f"q={quote('王')}",
    }
    deep = ("all", "state finished", "visits of a week", "made within a week", "a hospital")
    return [
        *(Shape(f"orders, {name}", f"orders/?{query}") for name, query in queries.items()),
        *(
            Shape(f"orders, {name}, page {pages}", f"orders/?{queries[name]}", pages)
            for name, pages in _deep(deep)
        ),
    ]


def _deep(names: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(name, DEEP if name in ("all", "state finished") else 20) for name in names]


def _office(filled: Filled, now: int) -> list[Shape]:
    today, last_month = shanghai_date(now), shanghai_date(now - 31 * DAY)[:7]
    week_ago = shanghai_date(now - 7 * DAY)
    paths = {
        "payments": ("money/", DEEP),
        "payments of a day": (f"money/?from={week_ago}&to={week_ago}", 0),
        "payments, closed": ("money/?state=closed", 10),
        "payments, WeChat's number": (f"money/?q={filled.transaction_id}", 0),
        "cash of today": (f"cash/?day={today}", 0),
        "refunds, done": ("refunds/?tab=done", 10),
        "refunds, all": ("refunds/?tab=all", 10),
        "cases, open": ("cases/", 0),
        "cases, closed": ("cases/?state=closed", 2),
        "complaints, open": ("complaints/", 2),
        "complaints, all": ("complaints/?tab=all", 10),
        "complaints, of a kind": ("complaints/?tab=all&kind=fee", 3),
        "invoices to be issued": ("invoices/", 2),
        "invoices, all": ("invoices/?tab=all", 10),
        "acts": ("audit/", 50),
        "acts, of a kind": ("audit/?act=order.assign", 10),
        "acts, of a person": ("audit/?who=2", 10),
        "acts, of a subject": ("audit/?subject=order", 10),
        "users": ("users/", 50),
        "users, a nickname": (f"users/?q={quote('微信用户')}", 20),
        "a user": (f"users/{REGULAR}/", 5),
        "people found": (f"customers/?q={quote('王')}", 0),
        "escorts": ("runners/", 2),
        "an escort": (f"runners/{REGULAR}/", 0),
        "content to look at": ("content/", 3),
        "pushed events": ("pushes/", 2),
        "days reconciled": ("reconcile/", 0),
        "pay, a month": (f"pay/?month={last_month}", 0),
        "orders without pay": ("pay/missing/", 2),
        "a statement": (f"pay/statements/{filled.statement}/", 0),
        "pay of an escort": (f"pay/escorts/{REGULAR}/", 0),
        "the day's visits": (f"desk/today/?day={today}", 0),
        "the desk": ("desk/", 0),
        "calendar": ("runners/calendar/", 0),
    }
    return [
        *(Shape(name, path) for name, (path, _) in paths.items()),
        *(Shape(f"{name}, page {pages}", path, pages) for name, (path, pages) in paths.items() if pages),
    ]


def _own(filled: Filled) -> list[Shape]:
    return [
        Shape("own orders", "/user/getOrders/"),
        Shape("own orders, page 4", "/user/getOrders/", 4),
        Shape("own orders, as released clients ask", "/user/getOrderStatus/"),
        Shape("home page", "/user/getNextVisit/"),
        Shape("own data", "/user/me/"),
        Shape("own invoices", "/user/getInvoices/"),
        Shape("own invoices, page 10", "/user/getInvoices/", 10),
        Shape("own complaints", "/user/getComplaints/"),
        Shape("own complaints, page 10", "/user/getComplaints/", 10),
        Shape("escort: workbench", "/escort/workbench/"),
        Shape("escort: ratings", "/escort/ratings/"),
        Shape("escort: statement", f"/escort/statement/?id={filled.statement}"),
        Shape("escort: pay", "/escort/pay/"),
        Shape("escorts, for everybody", "/escorts/"),
    ]


def counts(now: int) -> list[Shape]:
    """Pages that count over a time: no lists."""
    month = shanghai_date(now)[:7]
    today, two_weeks = shanghai_date(now), shanghai_date(now - 13 * DAY)
    return [
        Shape("overview", ""),
        Shape("payments, sum of two weeks", f"money/?from={two_weeks}&to={today}"),
        Shape("a month of the books", f"books/?month={month}"),
        Shape("report of twelve months", "reports/"),
    ]
