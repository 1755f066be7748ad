"""What an escort may propose, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from orders.supplements.proposing import MAX_PER_ORDER
from tests.escort.escorts import apply_as_escort
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.supplements.scenario import begin

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({"amount": "0"}, "金额"),
    "less than a fen": ({"amount": "0.001"}, "金额"),
    "negative": ({"amount": "-5"}, "金额"),
    "words": ({"amount": "很多"}, "金额"),
    "not a number": ({"amount": "1e3"}, "金额"),
    "too much": ({"amount": "2000.01"}, "2000"),
    "no reason": ({"reason": ""}, "原因"),
    "blanks": ({"reason": "   "}, "原因"),
    "a long reason": ({"reason": "长" * 256}, "255"),
    "another kind": ({"kind": "tip"}, "应为其中之一"),
    "a short action": ({"actionId": "x"}, "actionId"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_wrong_input_is_refused_with_a_sentence_and_changes_nothing(
    product: Product, what: str
) -> None:
    given = await begin(product)
    before = await product.contents()
    changes, word = WRONG[what]
    refused = await given.propose(400, **changes)
    assert word in refused["msg"]
    assert await product.contents() == before


async def test_one_fen_and_the_most_are_taken(product: Product) -> None:
    given = await begin(product)
    await given.propose(amount="0.01")
    await given.propose(amount="￥2,000")
    job = await given.visit.escort.get("escort/job/", id=given.visit.order_id)
    assert [row["amount"] for row in job["supplements"]] == ["￥0.01", "￥2000"]
    assert job["job"]["supplementMax"] == "￥2000"


async def test_the_most_is_a_setting(start_product: StartProduct) -> None:
    product = await start_product(office={"supplement_max_yuan": 50})
    given = await begin(product)
    assert "50 元" in (await given.propose(400, amount="50.01"))["msg"]
    await given.propose(amount="50")


@pytest.mark.promise(9, 38)
async def test_the_same_tap_again_or_at_once_is_one_proposal(product: Product) -> None:
    given = await begin(product)
    action = given.visit.action()
    made = await asyncio.gather(*(given.propose(actionId=action) for _ in range(4)))
    assert len({each["id"] for each in made}) == 1
    assert sorted(each["repeated"] for each in made) == [False, True, True, True]
    assert await product.count("supplements") == 1
    for changed in ({"kind": "overtime"}, {"amount": "39"}, {"reason": "打车"}):
        other = await given.propose(409, actionId=action, **changed)
        assert other["error"] == "action_reused"
    await given.open(made[0]["id"], 3600, "发票上是 36 元")
    assert (await given.propose(actionId=action))["repeated"] is True, "with the amount that was proposed"


async def test_an_order_has_so_many(product: Product) -> None:
    given = await begin(product)
    for _ in range(MAX_PER_ORDER):
        await given.propose(amount="1")
    assert (await given.propose(409))["error"] == "too_many_supplements"


@pytest.mark.promise(18)
async def test_only_its_escort_proposes(product: Product) -> None:
    given = await begin(product)
    other = await apply_as_escort(product, "zhao")
    fields = {"id": given.visit.order_id, "kind": "other", "amount": "5", "reason": "x"}
    before = await product.contents()
    refused = await other.post("escort/supplement/", 404, **fields, actionId="a" * 20)
    assert refused["error"] == "order_not_found"
    await given.visit.owner.post("escort/supplement/", 403, **fields, actionId="a" * 20)
    assert await product.contents() == before
    await given.visit.unassign()
    before = await product.contents()
    assert (await given.propose(409))["error"] == "taken_off"
    assert await product.contents() == before
