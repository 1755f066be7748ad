"""The days that nobody can book: add one with its reason, remove it, and see which orders are on it already."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from clock import shanghai_date
from handlers.admin.page import AdminPage
from handlers.errors import ApiError
from orders.booking import bookable_days
from refusals import InvalidInput, Refused
from schemas.blocked_day import BlockDay
from storage import Transaction
from storage.models import BlockedDay

MAX_AT_ONCE = 31
"""So many days in a row are blocked in one act: a holiday."""
SHOWN_DAYS = 800
"""Further ahead nothing can be booked."""


class BlockedDaysHandler(AdminPage):
    """Blocked days from today on, with the paid orders of each."""

    section = "orders"
    back = "days/"

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        """Block a day, or several in a row, of the whole company or of one hospital; all of them or none."""
        try:
            given = self.load(BlockDay())
            days = self._days(given["first"], given["last"] or given["first"])
            await self.services.storage.run(lambda tx: self._block(tx, days, given))
        except (ApiError, Refused) as error:
            await self._show(self.form_error(error))
            return
        self.redirect_done("days/", "day-blocked")

    def _days(self, first: str, last: str) -> list[str]:
        """Raises InvalidInput."""
        if first < shanghai_date(self.now()):
            raise InvalidInput("first", "不能早于今天")
        begin, count = (
            date.fromisoformat(first),
            (date.fromisoformat(last) - date.fromisoformat(first)).days + 1,
        )
        if not 1 <= count <= MAX_AT_ONCE:
            raise InvalidInput("last", f"最后一天不能早于第一天，一次最多 {MAX_AT_ONCE} 天")
        return [(begin + timedelta(step)).isoformat() for step in range(count)]

    async def _block(self, tx: Transaction, days: list[str], given: dict[str, Any]) -> None:
        for day in days:
            row = BlockedDay(
                0, day, given["half"], given["hospital_id"], given["reason"], self.caller.id, self.now()
            )
            await bookable_days.block(tx, row)
            await self.audit(tx, "day.block", ("day", day), after=_facts(row))

    async def _show(self, error: ApiError | None = None) -> None:
        today = shanghai_date(self.now())
        last = (date.fromisoformat(today) + timedelta(SHOWN_DAYS)).isoformat()
        async with self.services.storage.reading() as reader:
            blocked = await reader.visit_days.blocked(today, last)
            orders = await reader.visit_days.orders_on(blocked)
            hospitals = await reader.catalog.hospitals(archived=True)
            administrators = {each.id: each.name for each in await reader.administrators.all()}
        self.render(
            "admin/orders/blocked_days.html",
            blocked=blocked,
            orders=orders,
            orders_of=_orders_of,
            hospitals=hospitals,
            hospital_names={each.id: each.name for each in hospitals},
            administrators=administrators,
            today=today,
            now=self.now(),
            error=error,
            typed=self.body_fields if error else {},
            settings=self.services.settings.visits,
        )


def _facts(day: BlockedDay) -> dict[str, Any]:
    facts: dict[str, Any] = {"half": day.half, "reason": day.reason}
    return {**facts, "hospital_id": day.hospital_id} if day.hospital_id else facts


def _orders_of(day: BlockedDay) -> str:
    """The query of the list of orders that shows what is on a blocked day."""
    query = {"from": day.visit_date, "to": day.visit_date}
    if day.hospital_id:
        query["hospital"] = str(day.hospital_id)
    return urlencode(query)


class OpenDayHandler(AdminPage):
    """A blocked day can be booked again."""

    section = "orders"
    back = "days/"

    async def post(self, blocked_id: str) -> None:
        async def work(tx: Transaction) -> None:
            day = await bookable_days.unblock(tx, int(blocked_id))
            await self.audit(tx, "day.open", ("day", day.visit_date), before=_facts(day))

        await self.services.storage.run(work)
        self.redirect_done("days/", "day-opened")


routes = [
    (r"/admin/days/", BlockedDaysHandler),
    (r"/admin/days/([0-9]{1,18})/open/", OpenDayHandler),
]
