"""From an order to the next one that waits in the same list (下一单)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from handlers.admin.orders.actions import ORDER
from handlers.admin.orders.listing import read_filter
from handlers.admin.page import AdminPage
from handlers.errors import not_found
from storage import Reader
from storage.filters import OrderFilter
from storage.models import DISPLAY_RANK, Order, OrderState

WAITING = OrderFilter(state=OrderState.PAID, unassigned=True)
"""What follows where the list was of everything."""


class NextOrderHandler(AdminPage):
    """The order behind this one in the list that the query filters, from the first one again at its end."""

    section = "orders"
    back = "orders/"

    async def get(self, order_id: str) -> None:
        visits = self.services.settings.visits
        wanted = read_filter(self.query_fields, self.now(), self.services.vault, visits)
        query = {name: value for name, value in self.query_fields.items() if name not in ("after", "done")}
        if wanted.by_rank and not (wanted.state or wanted.search or wanted.overdue_before):
            wanted, query = WAITING, {"state": "paid", "escort": "none"}
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(int(order_id))
            if order is None:
                raise not_found()
            following = await _following(reader, wanted, order)
        if following is None:
            self.redirect_done(f"orders/?{urlencode(query)}", "queue-done")
        else:
            self.redirect_done(f"orders/{following.id}/")


async def _following(reader: Reader, wanted: OrderFilter, order: Order) -> Order | None:
    """An order that was just given to an escort has left the list: what came behind it comes next all the same."""
    there = order
    if wanted.state and order.state != wanted.state:
        state = OrderState(wanted.state)
        there = replace(order, state=state, display_rank=DISPLAY_RANK[state])
    for after in (reader.order_lists.place(wanted, there), None):
        for found in await reader.order_lists.page(wanted, after, 2):
            if found.id != order.id:
                return found
    return None


routes = [(rf"{ORDER}/next/", NextOrderHandler)]
