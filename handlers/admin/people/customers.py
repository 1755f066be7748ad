"""The one search of the office: from a name, a phone, an order or a number of WeChat's to the person."""

from __future__ import annotations

import re

from accounts.people_search import MAX_SEARCH, FoundPeople, find_people, read_search
from frozen_dataclasses import frozen
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from handlers.admin.people.person import name_of
from storage.filters import MAX_PEOPLE
from storage.views import CustomerSummary

PAGE = 20
_PLACE = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")


@frozen()
class Row:
    summary: CustomerSummary
    name: str
    patients: list[str]
    """The different names, with the ends of their phones."""


class CustomersHandler(AdminPage):
    """People who are meant by what was typed, the last order first; a single one is opened at once."""

    section = "users"

    async def get(self) -> None:
        search = read_search(self.query_fields.get("q", ""))
        self.searched = search
        place = _PLACE.fullmatch(self.query_fields.get("after", ""))
        after = (int(place[1]), int(place[2])) if place else None
        found, shown, following = FoundPeople(frozenset()), list[CustomerSummary](), ""
        async with self.services.storage.reading() as reader:
            if search:
                found = await find_people(reader, self.services.vault, search)
                ordered = await reader.people.by_last_order(found.ids)
                behind = [each for each in ordered if after is None or each < after]
                page, last = cut(behind[: PAGE + 1], PAGE)
                following = f"{last[0]}.{last[1]}" if last else ""
                shown = await reader.people.summaries(page)
        if len(found.ids) == 1 and shown and after is None:
            self.redirect(f"{self.root()}admin/users/{shown[0].user.id}/")
            return
        self.render(
            "admin/people/customers.html",
            search=search,
            rows=[_row(each) for each in shown],
            many=found.many or len(found.ids) > MAX_PEOPLE,
            count=min(len(found.ids), MAX_PEOPLE),
            longest=MAX_SEARCH,
            now=self.now(),
            **pager("after", first=after is None, following=following),
        )


def _row(summary: CustomerSummary) -> Row:
    names = dict.fromkeys(
        f"{patient.name}（尾号 {patient.phone_tail}）" if patient.phone_tail else patient.name
        for patient in summary.patients
    )
    return Row(summary, name_of(summary.user, summary.customer, summary.patients), list(names))


routes = [(r"/admin/customers/", CustomersHandler)]
