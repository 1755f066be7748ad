"""What lists can be narrowed to, and where a page of them ends. The repositories turn these into SQL."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta

from frozen_dataclasses import frozen
from storage.models import DISPLAY_RANK, AttemptState, OrderState

WHOLE_NUMBER = re.compile(r"(?=[^0-9]*[0-9])[0-9A-Za-z_-]{20,64}")
"""The number of a payment or a refund, ours or WeChat's; without any digit it is a name."""
_NAMED_NUMBER = re.compile(r'"((?=[^"0-9]*[0-9])[0-9A-Za-z_*|-]{6,64})"')
ORDER_NUMBER = re.compile(r"[0-9]{1,18}")
PHONE_END = re.compile(r"[0-9]{4}")
LOCAL_PHONE = re.compile(r"[2-9][0-9]{6,7}")
"""A landline without its area code: found by its last four digits when no order has this number."""

MAX_WORDS = 6
"""So many words of a search are read."""
MAX_PEOPLE = 500
"""So many people a search finds; of more it says that there are more."""
_DAY = re.compile(r"(?:([0-9]{4})[-/.年])?([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?")
_NEAR_DAYS = {"昨天": -1, "今天": 0, "明天": 1, "后天": 2}


@frozen()
class SearchWord:
    """A word of a search; ``date``: the day that it means, if it is one."""

    text: str
    date: str = ""


def case_numbers(reference: str, detail: str) -> set[str]:
    """What a case is found by: its own number, and those that its evidence (JSON) names, each a text of its own."""
    return {reference, *_NAMED_NUMBER.findall(detail)}


def read_words(search: str, today: str = "") -> list[SearchWord]:
    """The words of a search, each once. ``today``: a Shanghai date; without one, no word is a day."""
    return [SearchWord(word, _day(word, today)) for word in dict.fromkeys(search.split())][:MAX_WORDS]


def _day(word: str, today: str) -> str:
    """The date that a word means; empty if none. Without a year it is the nearest of the day's dates."""
    if not today:
        return ""
    near = date.fromisoformat(today)
    if word in _NEAR_DAYS:
        return (near + timedelta(_NEAR_DAYS[word])).isoformat()
    if not (found := _DAY.fullmatch(word)):
        return ""
    years = [int(found[1])] if found[1] else [near.year - 1, near.year, near.year + 1]
    days = []
    for year in years:
        with suppress(ValueError):
            days.append(date(year, int(found[2]), int(found[3])))
    return min(days, key=lambda day: abs(day - near)).isoformat() if days else ""


OrderPlace = tuple[int, int]
"""Where a page of orders ends: (rank and day, day or hour of the visit as a number, moment of the order in ms, or
nothing; id of the order)."""


@frozen()
class OrderFilter:
    """Which orders to show; empty texts, 0 for users, escorts and moments, and None for the others mean all.

    ``first_date`` and ``last_date`` are Shanghai dates of the visit, both inclusive; ``made_from`` and
    ``made_before`` are moments (ms, UTC) of the order itself; ``unassigned``: only orders without an escort.

    What waits for the office, each by itself: ``overdue_before``: the visit was before this day, and the order is still
    paid or serving; ``escort_off_from``: the visit is on this day or later, and the escort may not take orders (now),
    or has a document that is over by then;
    ``low_rated``: rated badly, and not followed up; ``waits_for``: what ``order_waits`` knows by this name, as of
    ``waits_at`` (ms), with ``waits_until`` for what has a moment besides. ``not_offered``: not those whose invitations
    nobody has accepted, or that are about to expire.
    """

    state: str = ""
    first_date: str = ""
    last_date: str = ""
    made_from: int = 0
    made_before: int = 0
    hospital_id: int | None = None
    service_id: int | None = None
    user_id: int = 0
    escort_id: int = 0
    unassigned: bool = False
    overdue_before: str = ""
    escort_off_from: str = ""
    low_rated: bool = False
    unanswered: bool = False
    """Only orders of which the user or the escort was reminded in the evening before, and has not answered."""
    waits_for: str = ""
    not_offered: bool = False
    waits_at: int = 0
    waits_until: int = 0
    search: str = ""
    today: str = ""
    """What a search means by today and tomorrow, and which year by a day without one."""
    phone_hashes: tuple[str, ...] = ()
    """Hashes of the phone that ``search`` is, if it is one, by each key: computed by the caller, who has the key."""

    @property
    def _waits(self) -> bool:
        """Is the list one of things that wait? These are few, whatever else is asked for, and keep their order."""
        return bool(self.overdue_before or self.escort_off_from or self.low_rated)

    @property
    def by_visit(self) -> bool:
        """Is the list in the order of the days of the visit that are given?"""
        return bool(self.first_date or self.last_date) and not self._waits

    @property
    def by_hour(self) -> bool:
        """Is the list one day of visits, in the order of their hours?"""
        return self.by_visit and self.first_date == self.last_date

    @property
    def by_made(self) -> bool:
        """Is the list in the order of the days, which are given, on which orders were made?"""
        return bool(self.made_from or self.made_before) and not self._waits

    @property
    def by_rank(self) -> bool:
        """Is the list in the order of display, rather than in that of a day?"""
        if self.user_id or self.low_rated or self.waits_for:
            return False
        by_day = self.by_visit or self.by_made or self.escort_id or self.unassigned
        return self._waits or not by_day

    @property
    def states(self) -> tuple[OrderState, ...]:
        """The states that the orders can be in, in the order of display."""
        states = tuple(sorted(DISPLAY_RANK, key=DISPLAY_RANK.__getitem__))
        if self.overdue_before:
            states = (OrderState.PAID, OrderState.SERVING)
        if self.escort_off_from:
            states = tuple(state for state in states if state == OrderState.SERVING)
        return tuple(state for state in states if not self.state or state == self.state)


def kind_of_search(wanted: OrderFilter) -> str:
    """What a search looks for: ``number`` (of a payment or refund), ``phone``, ``phone end or order``, ``order``,
    ``name``."""
    if WHOLE_NUMBER.fullmatch(wanted.search):
        return "number"
    if wanted.phone_hashes:
        return "phone"
    text = wanted.search.removeprefix("#")
    if PHONE_END.fullmatch(text) or LOCAL_PHONE.fullmatch(text):
        return "phone end or order"
    return "order" if ORDER_NUMBER.fullmatch(text) else "name"


@frozen()
class MoneyFilter:
    """Attempts of one state (empty: paid ones, however they ended later), paid or made in [first_at, last_at); or the
    one with a number of ours or WeChat's, whatever its state and moment."""

    state: str = ""
    first_at: int | None = None
    last_at: int | None = None
    number: str = ""

    @property
    def moment(self) -> str:
        """The column that the list is ordered by."""
        return "created_at" if self.number or self.state not in ("", AttemptState.PAID) else "paid_at"

    @property
    def of_days(self) -> bool:
        return self.first_at is not None or self.last_at is not None

    @property
    def max_summed(self) -> int:
        """A sum over more payments than these takes longer than a page may; fewer days are summed instead."""
        return MAX_SUMMED if self.of_days else MAX_SUMMED_EVER


MAX_SUMMED = 100_000
"""Payments of some days."""
MAX_SUMMED_EVER = 2_000
"""Payments of all time: they become more and more, and the page shall not take longer every year."""


@frozen()
class CatalogFilter:
    """Entries of a list: on sale or archived, with ``words`` in their ``title`` column however the two are written,
    of a hospital."""

    archived: bool = False
    title: str = "name"
    words: str = ""
    hospital_id: int | None = None


@frozen()
class BookSpan:
    """Which entries of the ledger count to a time, usually a month: those that occurred in it, and those that were
    booked in it for a month whose books had been closed already.

    ``last_id``: when its own books are closed, the last entry that they contain. ``closed``: begin, end and last entry
    of every closed month; ``late_above`` and ``late_up_to``: between which entries late ones can only be.
    """

    first_at: int
    before_at: int
    last_id: int | None = None
    closed: tuple[tuple[int, int, int], ...] = ()
    late_above: int = 0
    late_up_to: int | None = None


ComplaintPlace = tuple[int, int]
"""Where a page of complaints ends: (deadline in ms, or nothing; id of the complaint)."""


@frozen()
class ComplaintFilter:
    """Which complaints to show; empty texts and 0 mean all."""

    state: str = ""
    kind: str = ""
    assigned_to: int = 0
    """An administrator's id."""
    source: str = ""
