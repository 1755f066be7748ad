"""The id of an action belongs to what was done with it first: for another order it is refused, and nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from orders import serving
from storage.models import Cause
from tests.http.client import Client
from tests.http.product import Product
from tests.visits.scenario import ADDITION, OFFICE, QUESTION, TROUBLE, Visit, begin_visit, picture

ACTION = "one-action-of-a-phone"
SENT = {
    "escort/step/": {"kind": "met"},
    "escort/trouble/": {"kind": "unwell", "note": TROUBLE},
    "escort/called/": {},
    "escort/addToReport/": {"text": ADDITION},
    "user/askReport/": {"text": QUESTION},
}


async def two_visits(product: Product) -> tuple[Visit, Visit]:
    """Of the same user, by the same escort, both with a report."""
    first = await begin_visit(product)
    another = await product.paid_order(first.owner, friendid=1)
    cause = Cause(OFFICE, product.clock())
    await product.storage.run(lambda tx: serving.assign(tx, another, first.escort_id, "pm", cause))
    second = Visit(product, first.owner, first.escort, another, first.escort_id)
    for visit in (first, second):
        await visit.send_report()
    return first, second


async def recorded(product: Product) -> dict[str, Any]:
    return {name: rows for name, rows in (await product.contents()).items() if name != "outbox"}


@pytest.mark.parametrize("path", SENT)
async def test_an_action_is_repeated_for_the_same_order_alone(product: Product, path: str) -> None:
    first, second = await two_visits(product)
    sender: Client = first.owner if path.startswith("user/") else first.escort
    fields = {"actionId": ACTION, **SENT[path]}
    await sender.post(path, id=first.order_id, **fields)
    before = await recorded(product)
    await sender.post(path, id=first.order_id, **fields)
    assert await recorded(product) == before, "sent again, because the answer was lost"
    refused = await sender.post(path, 409, id=second.order_id, **fields)
    assert refused["error"] == "action_reused"
    assert await recorded(product) == before


async def test_a_photo_is_repeated_for_the_same_order_alone(product: Product) -> None:
    first, second = await two_visits(product)
    once = await first.photo(picture(), actionId=ACTION)
    before = await recorded(product)
    again = await first.photo(picture(), actionId=ACTION)
    assert (again.status_code, again.json()["photo"]) == (200, once.json()["photo"])
    refused = await second.photo(picture(), actionId=ACTION)
    assert (refused.status_code, refused.json()["error"]) == (409, "action_reused")
    assert await recorded(product) == before
    assert len(list((product.settings.data / "visits").iterdir())) == 1


async def test_an_action_is_repeated_for_the_same_kind_of_step_alone(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.step("departed", actionId=ACTION)
    assert (await visit.step("met", 409, actionId=ACTION))["error"] == "action_reused"
    assert [step["kind"] for step in (await visit.read())["steps"]] == ["departed"]
