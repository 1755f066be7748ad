"""The list of orders: filtered, searched, page by page; and the same list as a file."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from accounts.personal_numbers import phone_hashes
from clock import day_bounds, shanghai_date
from config.visit_settings import VisitSettings
from frozen_dataclasses import frozen
from handlers.admin.orders.invitation_rows import open_of
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from orders.escorts.availability import who_may_be_given_orders
from orders.office_queues import SOON, VISIT_QUEUES, OfficeQueue, orders_in
from orders.visit_time import half_of
from personal.names import clean
from privacy import Vault
from storage import Reader
from storage.filters import OrderFilter
from storage.models import ORDERS_BY_VISIT, EscortState, Order, OrderState

PAGE = 50
DEFAULT_VISITS = VisitSettings()
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLACE = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")
MADE = "made"
"""``by=made``: the days are those on which orders were made, not of the visit."""
NO_ESCORT = "none"
"""In place of an escort's id: orders without one."""
OVERDUE, ESCORT_OFF, LOW_RATED, UNANSWERED = "overdue", "escort", "rating", "unanswered"
"""What ``wait`` names, beside ``VISIT_QUEUES``: what no other conditions of the list can say."""
NOT_OFFERED = "no"
"""``offered=no``: without those whose invitations are the office's business."""


def place(text: str) -> tuple[int, int] | None:
    """Where a page begins, ``<first key>.<id>`` of the last row before it; None for the first page."""
    found = _PLACE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def read_filter(
    query: dict[str, Any], at: int, vault: Vault | None = None, visits: VisitSettings = DEFAULT_VISITS
) -> OrderFilter:
    """The filter that a query asks for at a moment; what makes no sense is left out. ``vault``: to search by phone;
    ``visits``: what counts as waiting."""
    search = unicodedata.normalize("NFKC", clean(query.get("q", "")))[:64]

    def number(name: str) -> int | None:
        text = query.get(name, "")
        return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None

    def day(name: str) -> str:
        text = query.get(name, "")
        try:
            return date.fromisoformat(text).isoformat() if _DAY.fullmatch(text) else ""
        except ValueError:
            return ""

    queue = orders_in(OfficeQueue(query["wait"]), at, visits) if query.get("wait") in VISIT_QUEUES else None
    not_offered = query.get("offered") == NOT_OFFERED
    state, first, last = query.get("state", ""), day("from"), day("to")
    wait, today = query.get("wait"), shanghai_date(at)
    if query.get("by") == MADE:
        days: dict[str, Any] = {
            "made_from": day_bounds(first)[0] if first else 0,
            "made_before": day_bounds(last)[1] if last else 0,
        }
    else:
        days = {"first_date": first, "last_date": last}
    return OrderFilter(
        state=state if state in set(OrderState) else "",
        **days,
        hospital_id=number("hospital"),
        service_id=number("service"),
        user_id=number("user") or 0,
        escort_id=number("escort") or 0,
        unassigned=query.get("escort") == NO_ESCORT,
        overdue_before=today if wait == OVERDUE else "",
        escort_off_from=today if wait == ESCORT_OFF else "",
        low_rated=wait == LOW_RATED,
        unanswered=wait == UNANSWERED,
        waits_for=queue.waits_for if queue else "",
        not_offered=not_offered,
        waits_at=at if queue or not_offered else 0,
        waits_until=queue.waits_until if queue else at + SOON if not_offered else 0,
        search=search,
        today=today if search else "",
        phone_hashes=phone_hashes(vault, search) if vault else (),
    )


def query_of(queue: OrderFilter) -> dict[str, str]:
    """The query that asks for the orders of a queue of the office (``orders.office_queues``)."""
    waits = {
        OVERDUE: queue.overdue_before,
        ESCORT_OFF: queue.escort_off_from,
        LOW_RATED: queue.low_rated,
        UNANSWERED: queue.unanswered,
    }
    query = {
        "state": str(queue.state),
        "escort": NO_ESCORT if queue.unassigned else "",
        "from": queue.first_date,
        "to": queue.last_date,
        "wait": queue.waits_for or next((name for name, wanted in waits.items() if wanted), ""),
        "offered": NOT_OFFERED if queue.not_offered else "",
    }
    return {name: value for name, value in query.items() if value}


@frozen()
class Shortcut:
    """A frequent choice of days or of what waits; ``query``: what it sets, everything else stays as it is."""

    label: str
    query: dict[str, str]

    def chosen(self, given: dict[str, Any]) -> bool:
        """Is this what the page shows? The other keys of a shortcut have to be unset."""
        return all(given.get(name, "") == self.query.get(name, "") for name in SHORTCUT_KEYS)


SHORTCUT_KEYS = ("by", "from", "to", "escort", "state", "wait")


def shortcuts(at: int) -> list[Shortcut]:
    """Days as clerks speak of them, in Shanghai; a week begins on Monday."""
    today = date.fromisoformat(shanghai_date(at))
    monday, first = today - timedelta(today.weekday()), today.replace(day=1)

    def between(label: str, begin: date, end: date, **more: str) -> Shortcut:
        return Shortcut(label, {"from": begin.isoformat(), "to": end.isoformat(), **more})

    day = timedelta(1)
    before = first - day
    return [
        Shortcut("全部", {}),
        Shortcut("等待安排", {"state": OrderState.PAID, "escort": NO_ESCORT}),
        Shortcut("逾期", {"wait": OVERDUE}),
        Shortcut("陪诊员停用", {"wait": ESCORT_OFF}),
        Shortcut("低分评价", {"wait": LOW_RATED}),
        between("今天就诊", today, today),
        between("明天就诊", today + day, today + day),
        between("今天下单", today, today, by=MADE),
        between("本周下单", monday, monday + 6 * day, by=MADE),
        between("上周下单", monday - 7 * day, monday - day, by=MADE),
        between("本月下单", first, (first + 31 * day).replace(day=1) - day, by=MADE),
        between("上月下单", before.replace(day=1), before, by=MADE),
    ]


async def choices(reader: Reader, wanted: OrderFilter) -> dict[str, Any]:
    """What the filter's lists offer, and whose orders alone are shown."""
    escorts = {
        state: await reader.escorts.names(state) for state in (EscortState.APPROVED, EscortState.SUSPENDED)
    }
    if wanted.escort_id and not any(wanted.escort_id in names for names in escorts.values()):
        for escort in await reader.escorts.some({wanted.escort_id}):  # applied again, or was never approved
            escorts[EscortState(escort.state)] = {escort.id: escort.name}
    return {
        "hospitals": await reader.catalog.hospitals(archived=True),
        "services": await reader.catalog.services(archived=True),
        "escorts": escorts,
        "user": await reader.users.get(wanted.user_id) if wanted.user_id else None,
    }


async def rows(reader: Reader, orders: list[Order], at: int) -> dict[str, Any]:
    """What a table of orders shows beside the orders themselves."""
    return {
        "orders": orders,
        "groups": [("", orders)],
        "picking": False,
        "half_of": half_of,
        "offers": await open_of(reader, orders, at),
        "phone_tails": await reader.order_lists.phone_tails(orders),
        "requests": await reader.refunds.waiting_kinds({order.id for order in orders}),
    }


def groups(orders: list[Order], wanted: OrderFilter) -> list[tuple[str, list[Order]]]:
    """The rows of a page under the days of their visits, where the list is by them; else all under no day."""
    found: list[tuple[str, list[Order]]] = []
    diary = wanted.by_rank or wanted.by_visit or (wanted.unassigned and not wanted.by_made)
    for order in orders:
        by_day = diary and not wanted.user_id and (not wanted.by_rank or order.state in ORDERS_BY_VISIT)
        key = order.visit_date if by_day else ""
        if (
            not found
            or found[-1][0] != key
            or (key and found[-1][1][-1].state != order.state and wanted.by_rank)
        ):
            found.append((key, []))
        found[-1][1].append(order)
    return found


class OrdersHandler(AdminPage):
    """All orders: those that need a hand first."""

    section = "orders"

    async def get(self) -> None:
        wanted = read_filter(
            self.query_fields, self.now(), self.services.vault, self.services.settings.visits
        )
        after = place(self.query_fields.get("after", ""))
        async with self.services.storage.reading() as reader:
            orders, last = cut(await reader.order_lists.page(wanted, after, PAGE + 1), PAGE)
            of_newest = reader.order_lists.of_newest
            table = await rows(reader, orders, self.now())
            table |= {"groups": groups(orders, wanted), "picking": True}
            table["assignable"] = await who_may_be_given_orders(reader, self.now())
            offered = {} if self.fragment else await choices(reader, wanted)
        following = "{}.{}".format(*reader.order_lists.place(wanted, last)) if last else ""
        self.render(
            "admin/orders/list.html" if self.fragment else "admin/orders/orders.html",
            **table,
            **offered,
            now=self.now(),
            filtered=wanted != OrderFilter(),
            wanted=wanted,
            given=self.query_fields,
            shortcuts=shortcuts(self.now()),
            narrowed=bool(wanted.search)
            and replace(wanted, search="", today="", phone_hashes=()) != OrderFilter(),
            shortcut_keys=SHORTCUT_KEYS,
            of_newest=of_newest,
            **pager("after", first=after is None, following=following),
        )


routes = [(r"/admin/orders/", OrdersHandler)]
