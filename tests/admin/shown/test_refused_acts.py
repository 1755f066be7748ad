"""What an act of an administrator answers when nothing is filled in, when it is sent a second time, and about what is
not there."""

from __future__ import annotations

import pytest

from clock import MINUTE
from tests.admin.act import Act
from tests.admin.acts import ACTS
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.admin.shown.page_text import lines_of
from tests.admin.shown.records import Records

POSTED = [act for act in ACTS if act.method == "POST" and not act.path.startswith(("login/", "logout/"))]
NAME = "refused"


@pytest.fixture
def engine() -> str:
    """What a page says is the same on both: tests of each page try them."""
    return "sqlite"


@pytest.mark.usefixtures("wechat_agrees")
@pytest.mark.parametrize("act", POSTED, ids=str)
async def test_an_act_without_its_fields_and_done_twice_answers_what_is_recorded(
    owner: Client, scenario: Scenario, act: Act, records: Records
):
    record = records.of(NAME)
    ready = await act.ready(scenario, owner)
    client = ready.client or owner
    path = "admin/" + act.path.replace("{id}", str(ready.id))
    scenario.clock.at += MINUTE
    empty = await client.post(path, {})
    record.check(
        f"nothing filled in: {act.name}",
        act.path,
        lines_of(empty),
        like=path.rpartition("/")[0].rpartition("/")[0],
    )
    if "{id}" in act.path:
        nowhere = act.path.replace("{id}", "999999")
        answer = await client.post(f"admin/{nowhere}", {})
        record.check(f"about what is not there: {act.name}", act.path, lines_of(answer), like="nowhere")
    await act.do(ready, owner)
    again = await act.do(ready, owner)
    record.check(
        f"once more: {act.name}", act.path, lines_of(again), like=path.rpartition("/")[0].rpartition("/")[0]
    )
