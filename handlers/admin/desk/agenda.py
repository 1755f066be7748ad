"""A day by its hours, made for a phone: what is where, with whom, and a button to call each of them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from clock import shanghai_date
from handlers.admin.desk.board import by_hour
from handlers.admin.page import AdminPage
from orders.stage import stage_of
from schemas.wire import STAGE
from storage.filters import OrderFilter
from storage.models import OrderState

MAX_VISITS = 200
SHOWN_STATES = (OrderState.PAID, OrderState.SERVING, OrderState.REFUNDING, OrderState.FINISHED)


class AgendaHandler(AdminPage):
    """Today's visits, or another day's."""

    section = "desk"
    back = "desk/"

    async def get(self) -> None:
        day = self._day()
        async with self.services.storage.reading() as reader:
            wanted = OrderFilter(first_date=day, last_date=day)
            found = await reader.order_lists.page(wanted, None, MAX_VISITS)
            orders = by_hour(order for order in found if order.state in SHOWN_STATES)
            tails = await reader.order_lists.phone_tails(orders)
            requests = await reader.refunds.waiting_kinds({order.id for order in orders})
        at = self.now()
        self.render(
            "admin/desk/agenda.html",
            day=day,
            orders=orders,
            stages={order.id: STAGE[stage_of(order, at)] for order in orders},
            tails=tails,
            requests=requests,
            more=len(found) == MAX_VISITS,
            now=at,
            earlier=_moved(day, -1),
            later=_moved(day, 1),
        )

    def _day(self) -> str:
        """The asked-for day, else today."""
        given = self.query_fields.get("day", "")
        try:
            if re.fullmatch(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", given):
                return date.fromisoformat(given).isoformat()
        except ValueError:
            """No day of the calendar."""
        return shanghai_date(self.now())


def _moved(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


routes = [(r"/admin/desk/today/", AgendaHandler)]
