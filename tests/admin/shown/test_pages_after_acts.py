"""What each act of an administrator answers, and what the pages about its subject show before and after it."""

from __future__ import annotations

import re

import pytest

from clock import MINUTE
from tests.admin.act import Act
from tests.admin.acts import ACTS
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.admin.shown.page_text import lines_of
from tests.admin.shown.records import Record, Records

LISTS = {
    "order": ("", "desk/"),
    "refund": ("", "refunds/", "payments/"),
    "escort": ("", "runners/"),
}
"""Pages beside those on whose way the act stands."""


@pytest.fixture
def engine() -> str:
    """What is shown is the same on both: tests of each page try them."""
    return "sqlite"


async def check_pages(record: Record, occasion: str, client: Client, pages: list[str]) -> None:
    for page in pages:
        answer = await client.get(f"admin/{page}")
        if answer.code == 200 or record.knows(occasion, page):  # not every address above is a page
            record.check(occasion, page, lines_of(answer))


def on_the_way_to(path: str) -> list[str]:
    """The pages whose addresses begin this one, ``orders/``, ``orders/1/``."""
    parts = path.partition("?")[0].rstrip("/").split("/")
    return ["/".join(parts[:count]) + "/" for count in range(1, len(parts))]


@pytest.mark.usefixtures("wechat_agrees")
@pytest.mark.parametrize("act", ACTS, ids=str)
async def test_an_act_answers_and_its_pages_show_what_is_recorded(
    owner: Client, scenario: Scenario, act: Act, records: Records
):
    record = records.of(re.split(r"[/?]", act.path)[0])
    ready = await act.ready(scenario, owner)
    client = ready.client or owner
    above = on_the_way_to(act.path.replace("{id}", str(ready.id)))
    await check_pages(record, f"before {act}", client, above[-1:])
    scenario.clock.at += MINUTE
    answer = await act.do(ready, owner)
    shown_again = answer.code == 200 and "html" in answer.headers["Content-Type"]
    like = above[-1] if shown_again and "orders/{id}/" in act.path else ""
    record.check(act.name, f"{act.method} {act.path}", lines_of(answer), like=like)
    following = answer.headers.get("Location", "").rpartition("../admin/")[2]
    shown = [page for page in (*above, *LISTS.get(act.subject, ())) if page != following.partition("?")[0]]
    await check_pages(record, f"after {act}", client, [following, *shown] if following else shown)
