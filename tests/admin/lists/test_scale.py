"""The lists with no order, one, three hundred and more: complete and in order.

That they are read along an index is proved in test_index_use.py. A hundred thousand are in test_hundred_thousand.py;
a million, and how long each list takes with them, are the bench's business (``python -m bench.admin``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from bench.filler import Filled, fill
from clock import DAY, day_bounds, shanghai_date
from privacy import Vault
from storage import Storage
from storage.filters import OrderFilter
from storage.repositories import order_words, users
from tests.admin.clients import Client
from tests.admin.conftest import KEY
from tests.admin.orders.test_order_list import numbers
from tests.admin.scenario import MovingClock, Scenario

if TYPE_CHECKING:
    from config import DatabaseSettings

MANY = 300
LISTS = (
    "",
    "orders/",
    "money/",
    "refunds/?tab=all",
    "runners/",
    "runners/calendar/",
    "users/",
    "audit/",
    "cases/",
)


@pytest.fixture
def filled(request: pytest.FixtureRequest, database_settings: DatabaseSettings, clock: MovingClock) -> Filled:
    """What ``bench.filler`` has put into the database: as many orders as the test's parameter says."""
    return fill(database_settings, request.param, Vault(KEY), clock())


@pytest.fixture
def reader(filled: Filled, owner: Client) -> Client:
    """The owner's browser, over the filled database."""
    return owner


async def walk(client: Client, path: str, most_pages: int = 20) -> list[list[int]]:
    """The orders on each page of a list, following its links to the end."""
    pages = []
    for _ in range(most_pages):
        page = await client.page(path)
        pages.append(numbers(page))
        following = re.search(r'href="(\?[^"]*)" rel="next"', page)
        if not following:
            return pages
        path = path.partition("?")[0] + following[1].replace("&amp;", "&")
    raise AssertionError(f"{path}: more than {most_pages} pages")


async def stored(storage: Storage, columns: str, where: str = "1 = 1") -> list[tuple[Any, ...]]:
    async with storage.reading() as reader:
        return list(await reader.connection.fetch_all(f"SELECT {columns} FROM orders WHERE {where}"))


def in_order_of_display(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Where an order of (state, rank, day of the visit, id) comes: the next visit first while there is one to come."""
    state, rank, day, number = row
    return (rank, day if state in ("paid", "refunding", "serving") else "", -number)


@pytest.mark.parametrize("filled", [0, 1, MANY], indirect=True)
async def test_every_order_is_on_exactly_one_page_in_the_order_of_display(
    filled: Filled, reader: Client, scenario: Scenario
):
    for path in LISTS:
        assert "<h1" in await reader.page(f"admin/{path}"), path
    rows = await stored(scenario.storage, "state, display_rank, visit_date, id")
    expected = [row[-1] for row in sorted(rows, key=in_order_of_display)]
    pages = await walk(reader, "admin/orders/")
    assert [number for page in pages for number in page] == expected
    assert all(len(page) == 50 for page in pages[:-1])
    assert len(expected) == filled.rows.get("orders", 0)


@pytest.mark.parametrize("filled", [MANY], indirect=True)
async def test_every_filter_and_search_shows_all_that_fits_and_nothing_else(
    reader: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    year_ago, next_year = (shanghai_date(scenario.clock() + days * DAY) for days in (-365, 365))
    half_year_ago = shanghai_date(scenario.clock() - 182 * DAY)
    today = shanghai_date(scenario.clock())
    off = "escort_id IN (SELECT id FROM escorts WHERE state <> 'approved')"
    half_year_start = day_bounds(half_year_ago)[0]
    surname = (await stored(scenario.storage, "patient_name", "id = 150"))[0][0][0]
    named = f"patient_name LIKE '{surname}%'"
    user = (await stored(scenario.storage, "user_id", "id = 150"))[0][0]
    cases = {
        f"user={user}": f"user_id = {user}",
        f"user={user}&state=finished&from={year_ago}": (
            f"user_id = {user} AND state = 'finished' AND visit_date >= '{year_ago}'"
        ),
        f"user={user}&q={quote(surname)}": f"user_id = {user} AND {named}",
        "state=finished": "state = 'finished'",
        "state=cancelled": "state = 'cancelled'",
        "hospital=1": "hospital_id = 1",
        "service=1": "service_id = 1",
        "hospital=1&service=2": "hospital_id = 1 AND service_id = 2",
        "escort=1": "escort_id = 1",
        "escort=1&state=finished": "escort_id = 1 AND state = 'finished'",
        f"from={year_ago}": f"visit_date >= '{year_ago}'",
        f"to={year_ago}": f"visit_date <= '{year_ago}'",
        f"from={year_ago}&to={next_year}&state=finished": f"visit_date >= '{year_ago}' AND state = 'finished'",
        f"from={year_ago}&hospital=1&state=finished": (
            f"visit_date >= '{year_ago}' AND state = 'finished' AND hospital_id = 1"
        ),
        f"by=made&from={half_year_ago}": f"created_at >= {half_year_start}",
        f"by=made&to={half_year_ago}": f"created_at < {half_year_start + DAY}",
        f"by=made&from={half_year_ago}&state=finished&hospital=1": (
            f"created_at >= {half_year_start} AND state = 'finished' AND hospital_id = 1"
        ),
        f"by=made&from={half_year_ago}&service=1": f"created_at >= {half_year_start} AND service_id = 1",
        f"by=made&from={half_year_ago}&escort=1": f"created_at >= {half_year_start} AND escort_id = 1",
        f"by=made&from={half_year_ago}&q={quote(surname)}": f"created_at >= {half_year_start} AND {named}",
        "wait=overdue": f"state IN ('paid', 'serving') AND visit_date < '{today}'",
        "wait=overdue&state=paid": f"state = 'paid' AND visit_date < '{today}'",
        "wait=overdue&hospital=1": f"state IN ('paid', 'serving') AND visit_date < '{today}' AND hospital_id = 1",
        f"wait=overdue&from={year_ago}": (
            f"state IN ('paid', 'serving') AND visit_date < '{today}' AND visit_date >= '{year_ago}'"
        ),
        f"wait=overdue&q={quote(surname)}": f"state IN ('paid', 'serving') AND visit_date < '{today}' AND {named}",
        "wait=escort": f"state = 'serving' AND visit_date >= '{today}' AND {off}",
        f"wait=escort&q={quote(surname)}": f"state = 'serving' AND visit_date >= '{today}' AND {off} AND {named}",
        "wait=rating": "low_rating_open = 1 AND state = 'finished'",
        "wait=rating&hospital=1": "low_rating_open = 1 AND state = 'finished' AND hospital_id = 1",
        "state=paid&hospital=1": "state = 'paid' AND hospital_id = 1",
        "escort=none": "escort_id IS NULL",
        "escort=none&state=paid": "escort_id IS NULL AND state = 'paid'",
        "escort=none&hospital=1": "escort_id IS NULL AND hospital_id = 1",
        f"escort=none&from={year_ago}": f"escort_id IS NULL AND visit_date >= '{year_ago}'",
        f"escort=none&by=made&from={half_year_ago}": f"escort_id IS NULL AND created_at >= {half_year_start}",
        f"q={quote(surname)}": named,
        f"q={quote(surname)}&state=finished": f"{named} AND state = 'finished'",
        f"q={quote(surname)}&from={year_ago}": f"{named} AND visit_date >= '{year_ago}'",
        f"q={quote(surname)}&escort=1": f"{named} AND escort_id = 1",
    }
    for few in (order_words.MAX_LOOKED_UP, 3):  # names looked up, and names met along the list
        monkeypatch.setattr(order_words, "MAX_LOOKED_UP", few)
        for query, where in cases.items():
            shown = [number for page in await walk(reader, f"admin/orders/?{query}") for number in page]
            expected = {row[0] for row in await stored(scenario.storage, "id", where)}
            assert len(shown) == len(set(shown)), query
            assert set(shown) == expected, query
            assert expected or "AND" in where, query


@pytest.mark.parametrize("filled", [MANY], indirect=True)
async def test_names_looked_up_and_names_met_along_the_list_come_in_the_same_order(
    filled: Filled, storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    async def found(search: str) -> tuple[list[int], list[int]]:
        async with storage.reading() as reader:
            orders = await reader.order_lists.page(OrderFilter(search=search), None, 100)
            return [order.id for order in orders], [
                user.id for user in await reader.users.page(None, 100, "微信")
            ]

    looked_up = await found(filled.patient_name[0])
    for module in (order_words, users):
        monkeypatch.setattr(module, "MAX_LOOKED_UP", 0)
    assert await found(filled.patient_name[0]) == looked_up
    assert looked_up[0]
    assert looked_up[1]


@pytest.mark.parametrize("filled", [MANY], indirect=True)
@pytest.mark.parametrize("query", ["", f"q={quote('王')}", "hospital=1"])
async def test_new_orders_that_come_in_meanwhile_move_nothing_on_the_later_pages(
    reader: Client, scenario: Scenario, query: str
):
    before = [number for page in await walk(reader, f"admin/orders/?{query}") for number in page]
    seen: list[int] = []
    path = f"admin/orders/?{query}"
    new = set()
    for _ in range(20):
        page = await reader.page(path)
        seen += numbers(page)
        new.add(await scenario.order(patient="王新", hospital_id=1))
        following = re.search(r'href="(\?[^"]*)" rel="next"', page)
        if not following:
            break
        path = "admin/orders/" + following[1].replace("&amp;", "&")
    assert [number for number in seen if number not in new] == before
