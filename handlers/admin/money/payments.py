"""Payments: what came in, newest first, with sums; and the attempts that did not go well."""

from __future__ import annotations

import re

from clock import day_bounds
from handlers.admin.orders.listing import place
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from personal.names import clean
from storage.filters import WHOLE_NUMBER, MoneyFilter
from storage.models import Attempt, AttemptState

PAGE = 50
MAX_CASES = 20
"""Cases about one number; there is hardly ever more than one."""


class MoneyHandler(AdminPage):
    """Payments, newest first: patient, amount in yuan, time, merchant number, WeChat's number."""

    section = "money"
    open_to_accountants = ("GET",)

    async def get(self) -> None:
        before = place(self.query_fields.get("before", ""))
        wanted = self._filter()
        async with self.services.storage.reading() as reader:
            payments, last_row = cut(await reader.desk.money_page(wanted, before, PAGE + 1), PAGE)
            sums = self._filtered(wanted) and not wanted.number  # of one payment there is no sum
            summed = await reader.desk.money_sum(wanted) if sums else None
            cases = await reader.finance.cases_about(self._numbers(wanted.number, payments), MAX_CASES)
        last = last_row[0] if last_row else None
        moment = getattr(last, wanted.moment) if last else 0
        self.render(
            "admin/money/payments.html",
            payments=payments,
            cases=cases,
            wanted=wanted,
            days=(self._day("from"), self._day("to")),
            summed=summed,
            filtered=self._filtered(wanted),
            sums=sums,
            **pager("before", first=before is None, following=f"{moment}.{last.id}" if last else ""),
        )

    @staticmethod
    def _numbers(number: str, payments: list[tuple[Attempt, str, int | None]]) -> set[str]:
        """What evidence may call the payment that was searched for: one of its two numbers, or a refund's. Parts of a
        number, and words, are not looked for."""
        if not WHOLE_NUMBER.fullmatch(number):
            return set()
        both = [(attempt.out_trade_no, attempt.transaction_id) for attempt, _, _ in payments]
        return {number, *(each for pair in both for each in pair if each)}

    def _day(self, name: str) -> str:
        text = self.query_fields.get(name, "")
        try:
            day_bounds(text)
        except (ValueError, OverflowError):
            return ""
        return text if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else ""

    def _filter(self) -> MoneyFilter:
        state = self.query_fields.get("state", "")
        first, last = self._day("from"), self._day("to")
        number = "".join(clean(self.query_fields.get("q", "")).split())
        return MoneyFilter(
            state=state if state in set(AttemptState) else "",
            first_at=day_bounds(first)[0] if first else None,
            last_at=day_bounds(last)[1] if last else None,
            number=number if re.fullmatch(r"[0-9A-Za-z_-]{1,64}", number) else "",
        )

    @staticmethod
    def _filtered(wanted: MoneyFilter) -> bool:
        return wanted != MoneyFilter()


routes = [(r"/admin/money/", MoneyHandler)]
