"""Who is to pay a supplement: paying, disputing while the cashier is open, and who may do neither."""

from __future__ import annotations

import asyncio

import pytest

from tests.escort.escorts import apply_as_escort
from tests.http.product import Product, until
from tests.members.cards import member
from tests.supplements.scenario import Supplements, begin, messages


async def until_state(given: Supplements, supplement_id: int, state: str) -> None:
    async def look() -> bool:
        return (await given.get(supplement_id)).state == state

    await until(look)


async def attempt_states(product: Product, supplement_id: int) -> list[str]:
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT state FROM payment_attempts WHERE supplement_id = :id ORDER BY id", {"id": supplement_id}
        )
    return [str(row[0]) for row in rows]


@pytest.mark.promise(38)
async def test_the_escort_who_asked_for_it_is_told_when_a_payer_has_paid(product: Product) -> None:
    given = await begin(product)
    payer = await member(product, given.visit.owner, "son", "payer", id=given.visit.order_id)
    supplement_id = await given.opened()
    told = len(await messages(product))
    await payer.pay(await payer.post("user/paySupplement/", id=supplement_id))
    await until_state(given, supplement_id, "paid")
    async with product.storage.reading() as reader:
        escort = await reader.escorts.get(given.visit.escort_id)
    assert escort is not None
    assert (await messages(product))[told:] == [("supplement", "paid", escort.user_id)]
    job = await given.visit.escort.get("escort/job/", id=given.visit.order_id)
    assert [row["stateTitle"] for row in job["supplements"]] == ["已支付"]
    (mine,), (owners,) = await given.rows(payer), await given.rows()
    assert (mine["actions"], owners["actions"]) == (["refund"], ["refund"]), "who paid, and the order's user"


@pytest.mark.promise(38)
async def test_a_dispute_closes_the_cashier_first_and_nothing_can_be_paid_afterwards(
    product: Product,
) -> None:
    given = await begin(product)
    owner, supplement_id = given.visit.owner, await given.opened()
    await owner.post("user/paySupplement/", id=supplement_id)
    assert await attempt_states(product, supplement_id) == ["prepaid"]
    await given.dispute(supplement_id)
    assert await attempt_states(product, supplement_id) == ["closed"]
    refused = await owner.post("user/paySupplement/", 409, id=supplement_id)
    assert refused["error"] == "supplement_not_payable"
    await given.dispute(supplement_id)  # the same tap again
    assert (await given.dispute(supplement_id, 409, reason="另一个原因"))["error"] == "supplement_state"


@pytest.mark.promise(10, 38)
async def test_of_a_payment_and_a_dispute_at_once_one_counts(product: Product) -> None:
    given = await begin(product)
    owner, supplement_id = given.visit.owner, await given.opened()
    begun = await owner.post("user/paySupplement/", id=supplement_id)
    fields = {"id": supplement_id, "reason": "没有用到"}
    _, answer = await asyncio.gather(
        owner.pay(begun), owner.send("POST", "user/disputeSupplement/", data=fields), return_exceptions=True
    )
    assert not isinstance(answer, BaseException)
    await until_state(given, supplement_id, "disputed" if answer.status_code == 200 else "paid")
    after = await given.get(supplement_id)
    assert after.paid_fen == (0 if answer.status_code == 200 else after.amount_fen)


@pytest.mark.promise(18, 38)
async def test_a_supplement_of_others_is_not_there_and_nothing_changes(product: Product) -> None:
    given = await begin(product)
    owner, order_id = given.visit.owner, given.visit.order_id
    others = [
        await product.login("stranger"),
        await member(product, owner, "daughter", "family", id=order_id),
        given.visit.escort,
        await apply_as_escort(product, "zhao"),
    ]
    supplement_id, hidden = await given.opened(), int((await given.propose())["id"])
    before = await product.contents()
    for client in others:
        for path in ("user/disputeSupplement/", "user/paySupplement/"):
            fields = {"reason": "x"} if "dispute" in path else {}
            assert (await client.post(path, 404, id=supplement_id, **fields))["msg"]
    for path in ("user/disputeSupplement/", "user/paySupplement/"):
        fields = {"reason": "x"} if "dispute" in path else {}
        await owner.post(path, 404, id=hidden, **fields)  # the office has not opened it
        await owner.post(path, 404, id=999_999, **fields)
    await (await product.client()).post("user/disputeSupplement/", 401, id=supplement_id, reason="x")
    assert await product.contents() == before
    for reason in ("", "   ", "长" * 256, None):
        await owner.post("user/disputeSupplement/", 400, id=supplement_id, reason=reason)
    assert await product.contents() == before


async def test_the_home_page_names_what_is_to_be_paid_to_who_may_pay_it(product: Product) -> None:
    given = await begin(product)
    payer = await member(product, given.visit.owner, "son", "payer", id=given.visit.order_id)
    family = await member(product, given.visit.owner, "daughter", "family", id=given.visit.order_id)
    first, second = await given.opened(), await given.make(6000)
    for client in (given.visit.owner, payer):
        rows = (await client.get("user/getNextVisit/"))["supplements"]
        assert [(row["id"], row["amount"]) for row in rows] == [(first, "￥38.50"), (second, "￥60")]
    assert (await family.get("user/getNextVisit/"))["supplements"] == []
    await given.dispute(first)
    assert [row["id"] for row in (await payer.get("user/getNextVisit/"))["supplements"]] == [second]
