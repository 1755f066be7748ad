"""Which index each list of orders names, and that a ping asks the database something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from storage import Storage, StorageUnavailable
from storage.filters import OrderFilter
from storage.models import OrderState
from storage.repositories.order_conditions import day_index, filter_conditions, rank_index

FIRST_DAY: dict[str, Any] = {"first_date": "2026-11-02"}
HOSPITAL, SERVICE = {"hospital_id": 1}, {"service_id": 2}
BOTH = {**HOSPITAL, **SERVICE}
OTHER_HOSPITAL = {"hospital_id": 0}
"""One that is not in the catalog, which is a filter, too."""


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "ix_orders_display_rank_id"),
        (HOSPITAL, "ix_orders_hospital_id_display_rank_id"),
        (OTHER_HOSPITAL, "ix_orders_hospital_id_display_rank_id"),
        (SERVICE, "ix_orders_service_id_display_rank_id"),
        (BOTH, "ix_orders_hospital_id_service_id_display_rank_id"),
        ({"state": "paid"}, "ix_orders_display_rank_id"),
    ],
)
def test_a_list_by_rank_has_the_index_of_its_hospital_and_service(wanted: dict[str, Any], index: str) -> None:
    assert rank_index(OrderFilter(**wanted)) == index


BY_DAY = "ix_orders_visit_date_id"
OF_STATE = "ix_orders_state_visit_date_id"
OF_ESCORT, OF_ESCORT_AND_STATE = (
    "ix_orders_escort_id_visit_date_id",
    "ix_orders_escort_id_state_visit_date_id",
)
BY_DAY_OF = {
    "hospital": "ix_orders_hospital_id_visit_date_id",
    "service": "ix_orders_service_id_visit_date_id",
    "both": "ix_orders_hospital_id_service_id_visit_date_id",
}
PLACES: dict[str, dict[str, Any]] = {"hospital": HOSPITAL, "service": SERVICE, "both": BOTH}
UNSETTLED = ("unpaid", "paid", "serving", "refunding")
SETTLED = ("finished", "refunded", "cancelled")


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, BY_DAY),
        (OTHER_HOSPITAL, BY_DAY_OF["hospital"]),
        *((PLACES[place], BY_DAY_OF[place]) for place in PLACES),
        *(({"state": state}, OF_STATE) for state in UNSETTLED + SETTLED),
        *(({"state": state, **PLACES[place]}, OF_STATE) for state in UNSETTLED for place in PLACES),
        *(({"state": state, **PLACES[place]}, BY_DAY_OF[place]) for state in SETTLED for place in PLACES),
        ({"escort_id": 7}, OF_ESCORT),
        ({"escort_id": 7, **BOTH}, OF_ESCORT),
        ({"escort_id": 7, "state": "paid"}, OF_ESCORT_AND_STATE),
        ({"escort_id": 7, "state": "finished", **BOTH}, OF_ESCORT_AND_STATE),
        ({"unassigned": True}, OF_ESCORT),
        ({"unassigned": True, "state": "paid"}, OF_ESCORT_AND_STATE),
        ({"unassigned": True, "state": "finished", **HOSPITAL}, OF_ESCORT_AND_STATE),
        *(({"unassigned": True, **PLACES[place]}, BY_DAY_OF[place]) for place in PLACES),
        ({"unassigned": True, "escort_id": 7, **BOTH}, OF_ESCORT),
        ({"low_rated": True}, "ix_orders_low_rating_open_visit_date_id"),
        ({"low_rated": True, "state": "finished", **BOTH}, "ix_orders_low_rating_open_visit_date_id"),
    ],
)
def test_a_list_by_the_day_of_the_visit_has_the_index_that_narrows_it_most(
    wanted: dict[str, Any], index: str
) -> None:
    assert day_index(OrderFilter(**FIRST_DAY, **wanted)) == index


MADE_OF = {
    "hospital": "ix_orders_hospital_id_created_at_id",
    "service": "ix_orders_service_id_created_at_id",
    "both": "ix_orders_hospital_id_service_id_created_at_id",
}
MADE_IN_STATE = "ix_orders_state_created_at_id"


@pytest.mark.parametrize("when", [{"made_from": 1_000}, {"made_before": 1_000}])
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "ix_orders_created_at_id"),
        *((PLACES[place], MADE_OF[place]) for place in PLACES),
        *(({"state": state}, MADE_IN_STATE) for state in UNSETTLED + SETTLED),
        *(({"state": state, **PLACES[place]}, MADE_IN_STATE) for state in UNSETTLED for place in PLACES),
        *(({"state": state, **PLACES[place]}, MADE_OF[place]) for state in SETTLED for place in PLACES),
        ({"escort_id": 7}, "ix_orders_escort_id_created_at_id"),
        ({"escort_id": 7, "state": "paid", **BOTH}, "ix_orders_escort_id_created_at_id"),
        ({"unassigned": True}, "ix_orders_created_at_id"),
    ],
)
def test_a_list_by_when_orders_were_made_has_the_index_that_narrows_it_most(
    when: dict[str, Any], wanted: dict[str, Any], index: str
) -> None:
    assert day_index(OrderFilter(**when, **wanted)) == index


def test_all_states_are_settled_or_not() -> None:
    assert sorted(UNSETTLED + SETTLED) == sorted(OrderState)


@pytest.mark.parametrize(
    ("wanted", "where", "values"),
    [
        ({}, [], {}),
        ({"hospital_id": 0}, ["hospital_id = :hospital_id"], {"hospital_id": 0}),
        ({"unassigned": True}, ["escort_id IS NULL"], {}),
        (
            {"overdue_before": "2026-11-02"},
            ["state IN ('paid', 'serving')", "visit_date < :overdue_before"],
            {"overdue_before": "2026-11-02"},
        ),
        (
            {"low_rated": True},
            ["low_rating_open = 1", "state NOT IN ('paid', 'serving', 'refunding')"],
            {},
        ),
        (
            {
                "state": "paid", "first_date": "a", "last_date": "b", "made_from": 1, "made_before": 2, "user_id": 3,
                "escort_id": 4, "service_id": 5, "hospital_id": 6,
            },
            [
                "state = :state", "visit_date >= :first_date", "visit_date <= :last_date", "created_at >= :made_from",
                "created_at < :made_before", "user_id = :user_id", "escort_id = :escort_id",
                "hospital_id = :hospital_id", "service_id = :service_id",
            ],
            {
                "state": "paid", "first_date": "a", "last_date": "b", "made_from": 1, "made_before": 2, "user_id": 3,
                "escort_id": 4, "service_id": 5, "hospital_id": 6,
            },
        ),
    ],
)  # fmt: skip
def test_a_filter_asks_for_what_it_says_and_for_nothing_else(
    wanted: dict[str, Any], where: list[str], values: dict[str, Any]
) -> None:
    assert filter_conditions(OrderFilter(**wanted)) == (where, values)


# Does it answer?


async def test_a_ping_asks_the_database_on_the_cheap_path(storage: Storage) -> None:
    asked: list[str] = []

    async def fetch_one(sql: str) -> tuple[int]:
        asked.append(sql)
        return (1,)

    @asynccontextmanager
    async def reading() -> AsyncIterator[Any]:
        yield SimpleNamespace(connection=SimpleNamespace(fetch_one=fetch_one))

    await Storage.ping(cast(Storage, SimpleNamespace(reading=reading)))
    assert asked == ["SELECT 1"]
    async with storage.reading() as reader:
        assert await reader.connection.fetch_one(asked[0]) == (1,)


async def test_a_ping_says_that_the_database_does_not_answer(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await storage.ping()
    async with storage.reading() as reader:
        kind = type(reader.connection)

    async def silent(*_: Any) -> None:
        raise StorageUnavailable("silent")

    with monkeypatch.context() as patch:
        patch.setattr(kind, "fetch_one", silent)
        with pytest.raises(StorageUnavailable, match="silent"):
            await storage.ping()
    await storage.close()
    with pytest.raises(StorageUnavailable):
        await storage.ping()
    await storage.open()
    await storage.ping()
