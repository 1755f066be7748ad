"""The list of orders: filtered, searched, page by page; and the same list as a file."""

from __future__ import annotations

import re
from typing import Any

from handlers.admin.base import AdminPage
from storage import Reader
from storage.models import EscortState, Order, OrderState
from storage.repositories.order_lists import OrderFilter

PAGE = 50
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLACE = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")
MOST_ESCORTS = 500


def place(text: str) -> tuple[int, int] | None:
    """Where a page begins, ``<first key>.<id>`` of the last row before it; None for the first page."""
    found = _PLACE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def read_filter(query: dict[str, Any]) -> OrderFilter:
    """The filter that a query asks for; what makes no sense is left out."""

    def number(name: str) -> int | None:
        text = query.get(name, "")
        return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None

    def day(name: str) -> str:
        return query.get(name, "") if _DAY.fullmatch(query.get(name, "")) else ""

    state = query.get("state", "")
    return OrderFilter(
        state=state if state in set(OrderState) else "",
        first_date=day("from"),
        last_date=day("to"),
        hospital_id=number("hospital"),
        service_id=number("service"),
        escort_id=number("escort") or 0,
        search=query.get("q", "").strip()[:64],
    )


async def choices(reader: Reader) -> dict[str, Any]:
    """What the filter's lists offer."""
    return {
        "hospitals": await reader.catalog.hospitals(archived=True),
        "services": await reader.catalog.services(archived=True),
        "escorts": await reader.escorts.names(EscortState.APPROVED, MOST_ESCORTS),
    }


async def rows(reader: Reader, orders: list[Order]) -> dict[str, Any]:
    """What a table of orders shows beside the orders themselves."""
    return {
        "orders": orders,
        "escort_names": await reader.order_lists.escort_names(orders),
        "phone_tails": await reader.order_lists.phone_tails(orders),
    }


class OrdersHandler(AdminPage):
    """All orders: those that need a hand first."""

    section = "orders"

    async def get(self) -> None:
        wanted = read_filter(self.query_fields)
        after = place(self.query_fields.get("after", ""))
        async with self.services.storage.reading() as reader:
            found = await reader.order_lists.page(wanted, after, PAGE + 1)
            table = await rows(reader, found[:PAGE])
            offered = {} if self.fragment else await choices(reader)
        following = ""
        if len(found) > PAGE:
            key, order_id = reader.order_lists.place(wanted, found[PAGE - 1])
            following = f"{key}.{order_id}"
        self.render(
            "admin/order_rows.html" if self.fragment else "admin/orders.html",
            **table,
            **offered,
            now=self.now(),
            filtered=wanted != OrderFilter(),
            wanted=wanted,
            first=after is None,
            next=following,
            key="after",
        )


routes = [(r"/admin/orders/", OrdersHandler)]
