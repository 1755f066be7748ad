"""Every act about something that is not there, with fields that would be right: not found, and nothing is done."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage
from tests.admin.acts import ACTS, Act
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.http.product import BUSYWORK, TABLES
from tests.payment.conftest import Shop

NOWHERE = "999999"
ABOUT_ONE = [act for act in ACTS if act.method == "POST" and "{id}" in act.path]
PERHAPS_FORGOTTEN = ("pushes/{id}/retry/", "pushes/{id}/discard/")
"""What was settled is forgotten after a while, and is answered like what a colleague has just settled: 409."""


@pytest.fixture
def engine() -> str:
    """Where no row is found, both engines say the same."""
    return "sqlite"


async def contents(storage: Storage) -> dict[str, Any]:
    async with storage.reading() as reader:
        return {
            table: await reader.connection.fetch_all(f"SELECT * FROM {table}")
            for table in TABLES
            if table not in (*BUSYWORK, "admin_sessions")
        }


@pytest.mark.promise(18)
@pytest.mark.parametrize("act", ABOUT_ONE, ids=lambda act: f"{act.path}:{act.name}")
async def test_what_is_not_there_is_not_found_and_nothing_is_done(
    act: Act, owner: Client, scenario: Scenario, shop: Shop
) -> None:
    ready = await act.ready(scenario, owner)
    client, path = ready.client or owner, "admin/" + act.path.replace("{id}", NOWHERE)
    fields = {"fingerprint": "of another page", "escort_id": "0", **ready.fields, **act.fields}
    before = await contents(scenario.storage)
    if ready.file:
        answer = await client.upload(path, fields, ready.file)
    else:
        answer = await client.post(path, fields)
    assert answer.code == (409 if act.path in PERHAPS_FORGOTTEN else 404)
    assert await contents(scenario.storage) == before


def test_there_are_acts_about_one_thing() -> None:
    assert len(ABOUT_ONE) > 100
    assert set(PERHAPS_FORGOTTEN) <= {act.path for act in ABOUT_ONE}
