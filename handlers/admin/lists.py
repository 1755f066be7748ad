"""The lists of the entry page: orders, escorts, payments; newest or most urgent first, page by page."""

from __future__ import annotations

import re

from handlers.admin.base import AdminPage

PAGE = 50
_PLACE = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")


def place(text: str) -> tuple[int, int] | None:
    """Where a page begins, ``<first key>.<id>`` of the last row before it; None for the first page."""
    found = _PLACE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


class OrdersHandler(AdminPage):
    section = "orders"

    async def get(self) -> None:
        after = place(self.query_fields.get("after", ""))
        async with self.services.storage.reading() as reader:
            orders = await reader.orders.page(after, PAGE + 1)
        following = orders[PAGE - 1] if len(orders) > PAGE else None
        self.render(
            "admin/orders.html",
            orders=orders[:PAGE],
            now=self.now(),
            first=after is None,
            next=f"{following.display_rank}.{following.id}" if following else "",
        )


class EscortsHandler(AdminPage):
    section = "runners"

    async def get(self) -> None:
        before = self.page_number("before")
        async with self.services.storage.reading() as reader:
            escorts = await reader.escorts.page(before=before, limit=PAGE + 1)
        self.render(
            "admin/escorts.html",
            escorts=escorts[:PAGE],
            first=before is None,
            next=escorts[PAGE - 1].id if len(escorts) > PAGE else "",
        )


class MoneyHandler(AdminPage):
    section = "money"

    async def get(self) -> None:
        before = place(self.query_fields.get("before", ""))
        async with self.services.storage.reading() as reader:
            payments = await reader.attempts.paid_page(before, PAGE + 1)
        last = payments[PAGE - 1][0] if len(payments) > PAGE else None
        self.render(
            "admin/money.html",
            payments=payments[:PAGE],
            first=before is None,
            next=f"{last.paid_at}.{last.id}" if last else "",
        )


class EntryHandler(AdminPage):
    section = "overview"

    async def get(self) -> None:
        self.render("admin/entry.html")


routes = [
    (r"/admin/", EntryHandler),
    (r"/admin/orders/", OrdersHandler),
    (r"/admin/runners/", EscortsHandler),
    (r"/admin/money/", MoneyHandler),
]
