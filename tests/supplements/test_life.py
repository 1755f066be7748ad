"""The life of a supplement: which arrows there are and when, and that every other one changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from clock import DAY, day_bounds
from orders import serving
from orders.supplements import deciding
from orders.supplements.refusals import SupplementChanged, SupplementStateRefused
from payment.problems import SupplementNotChangeable
from storage import Transaction
from storage.models import Actor, Ending, Order, Supplement, SupplementState
from storage.writes import SupplementMove
from tests.http.product import Product
from tests.members.cards import member
from tests.supplements.scenario import REASON, Supplements, begin, mark_paid, messages

Act = Callable[[Supplements, int], Awaitable[object]]
OPEN, DISPUTED, WITHDRAWN = SupplementState.OPEN, SupplementState.DISPUTED, SupplementState.WITHDRAWN


async def in_state(product: Product, state: str) -> tuple[Supplements, int]:
    """A supplement in this state, proposed by the escort."""
    given = await begin(product)
    supplement_id = int((await given.propose())["id"])
    if state == "proposed":
        return given, supplement_id
    await given.open(supplement_id)
    if state == "disputed":
        await given.dispute(supplement_id)
    if state == "withdrawn":
        await given.withdraw(supplement_id)
    if state == "paid":
        await mark_paid(product, supplement_id)
    return given, supplement_id


async def dispute(given: Supplements, supplement_id: int) -> None:
    owner = (await given.visit.order()).user_id
    said = deciding.Dispute(owner, "没有用到这项服务，请核对", given.product.clock())

    async def decide(tx: Transaction, order: Order, supplement: Supplement) -> None:
        await deciding.dispute(tx, order, supplement, said)

    await given.product.services.payments.release_supplement(supplement_id, decide)


ACTS: dict[str, Act] = {
    "open": lambda given, supplement: given.open(supplement),
    "withdraw": lambda given, supplement: given.withdraw(supplement),
    "dispute": dispute,
}
ARROWS = {
    ("proposed", "open"): OPEN,
    ("proposed", "withdraw"): WITHDRAWN,
    ("open", "dispute"): DISPUTED,
    ("open", "withdraw"): WITHDRAWN,
    ("disputed", "open"): OPEN,
    ("disputed", "withdraw"): WITHDRAWN,
}


@pytest.mark.promise(16, 38)
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", [str(state) for state in SupplementState])
async def test_only_the_listed_arrows_are_taken_and_every_other_changes_nothing(
    product: Product, state: str, act: str
) -> None:
    given, supplement_id = await in_state(product, state)
    assert (await given.get(supplement_id)).state == state
    before = await product.contents()
    target = ARROWS.get((state, act))
    if target is not None:
        await ACTS[act](given, supplement_id)
        assert (await given.get(supplement_id)).state == target
        return
    if (state, act) == ("proposed", "dispute"):  # whoever pays does not know of it yet
        await given.dispute(supplement_id, 404)
    else:
        with pytest.raises(SupplementNotChangeable if state == "paid" else SupplementStateRefused):
            await ACTS[act](given, supplement_id)
    assert await product.contents() == before


@pytest.mark.promise(16, 38)
async def test_a_supplement_goes_its_whole_way_and_everybody_is_told_what_concerns_them(
    product: Product,
) -> None:
    given = await begin(product)
    payer = await member(product, given.visit.owner, "son", "payer", id=given.visit.order_id)
    family = await member(product, given.visit.owner, "daughter", "family", id=given.visit.order_id)
    proposed = await given.propose()
    assert await given.rows() == [], "the office looks at it first"
    assert await messages(product) == []
    job = await given.visit.escort.get("escort/job/", id=given.visit.order_id)
    (own,) = job["supplements"]
    assert (own["stateTitle"], own["amount"], own["reason"]) == ("等客服确认", "￥38.50", REASON)

    await given.open(proposed["id"], 3600, "发票上是 36 元")
    (row,) = await given.rows(payer)
    assert (row["amount"], row["state"], row["actions"]) == ("￥36", "open", ["pay", "dispute"])
    assert row["note"] == "发票上是 36 元", "why it is another amount"
    (row,) = await given.rows(family)
    assert (row["amount"], row["reason"], row["receipt"], row["actions"]) == ("", "", "", [])
    assert row["note"] == ""
    opened = await given.get(proposed["id"])
    told = [(outcome, user) for _, outcome, user in await messages(product)]
    order = await given.visit.order()
    assert [outcome for outcome, _ in told] == ["to_pay", "to_pay"], "to owner and payer"
    assert order.user_id in [user for _, user in told]

    await given.dispute(proposed["id"], by=payer)
    (row,) = await given.rows()
    assert (row["state"], row["dispute"], row["actions"]) == ("disputed", "没有用到这项服务", [])
    product.clock.move(60_000)
    await given.open(proposed["id"], 3600)
    again = await given.get(proposed["id"])
    assert (again.opened_at, again.opened_by) == (opened.opened_at, opened.opened_by)
    assert (again.reopened_at or 0) > (again.disputed_at or 0) > (again.opened_at or 0)
    timeline = (await given.visit.owner.get("user/getOrder/", id=given.visit.order_id))["timeline"]
    assert [row["title"] for row in timeline if "补款" in row["title"]] == [
        "客服核对了补款",
        "对补款提出了疑问",
        "有一笔补款",
    ], "the newest first"
    assert [outcome for _, outcome, _ in await messages(product)] == ["to_pay"] * 4, "told again"
    product.clock.move(60_000)
    await given.withdraw(proposed["id"], "不用支付了")
    assert [outcome for _, outcome, _ in await messages(product)][4:] == ["withdrawn"] * 3
    (own,) = (await given.visit.escort.get("escort/job/", id=order.id))["supplements"]
    assert (own["stateTitle"], own["note"], own["amount"]) == ("已撤回", "不用支付了", "￥36")


async def test_the_timeline_tells_amounts_to_who_may_pay_alone(product: Product) -> None:
    given = await begin(product)
    family = await member(product, given.visit.owner, "daughter", "family", id=given.visit.order_id)
    supplement_id = await given.opened()
    await given.dispute(supplement_id)
    await given.withdraw(supplement_id)
    mine = (await given.visit.owner.get("user/getOrder/", id=given.visit.order_id))["timeline"]
    theirs = (await family.get("user/getOrder/", id=given.visit.order_id))["timeline"]
    about = [(row["title"], row["detail"]) for row in mine if "补款" in row["title"]]
    assert sorted(about) == sorted(
        [
            ("有一笔补款", "代付，￥38.50"),
            ("对补款提出了疑问", "客服会尽快联系"),
            ("补款已撤回", "不用支付"),
        ]
    )
    assert sorted(row["title"] for row in theirs if "补款" in row["title"]) == sorted(
        ["有一笔补款", "补款已撤回"]
    )
    assert "38.50" not in str(theirs)


async def test_the_office_makes_one_that_is_open_at_once_and_the_same_form_twice_is_one(
    product: Product,
) -> None:
    given = await begin(product)
    action = given.visit.action()
    made = await asyncio.gather(*(given.make(5000, action) for _ in range(2)), return_exceptions=True)
    again = await given.make(5000, action)
    assert again in made
    assert await product.count("supplements") == 1
    (row,) = await given.rows()
    assert (row["state"], row["amount"], row["kindTitle"]) == ("open", "￥50", "加时")
    job = await given.visit.escort.get("escort/job/", id=given.visit.order_id)
    assert job["supplements"] == [], "what the office has made is not the escort's"


@pytest.mark.promise(38)
async def test_of_two_who_decide_at_once_one_is_refused(product: Product) -> None:
    given = await begin(product)
    supplement_id = await given.opened()
    seen = await given.seen(supplement_id)
    results = await asyncio.gather(
        given.withdraw_seen(seen, "不用支付"),
        given.withdraw_seen(seen, "已免除"),
        dispute(given, supplement_id),
        return_exceptions=True,
    )
    done = [result for result in results if not isinstance(result, Exception)]
    assert len(done) == 1, results
    assert {type(result) for result in results if isinstance(result, Exception)} <= {
        SupplementChanged,
        SupplementStateRefused,
    }


@pytest.mark.promise(38)
async def test_an_update_that_read_an_older_state_never_takes_paid_back(product: Product) -> None:
    given = await begin(product)
    supplement_id = await given.opened()
    before: Supplement = await given.get(supplement_id)
    await mark_paid(product, supplement_id)
    async with product.storage.transaction() as tx:
        assert not await tx.supplements.move(before, WITHDRAWN, product.clock(), SupplementMove())
        await tx.commit()
    assert (await given.get(supplement_id)).state == "paid"


@pytest.mark.promise(38)
async def test_an_order_that_ends_unserved_takes_its_unpaid_supplements_along(product: Product) -> None:
    given = await begin(product)
    open_, paid = await given.opened(), await given.opened()
    proposed = int((await given.propose())["id"])
    await mark_paid(product, paid)
    async with product.storage.transaction() as tx:
        order = await tx.orders.lock(given.visit.order_id)
        assert order is not None
        await deciding.withdraw_all(tx, order, product.clock())
        await tx.commit()
    states = [(await given.get(each)).state for each in (open_, paid, proposed)]
    assert states == ["withdrawn", "paid", "withdrawn"]


async def test_the_escort_may_propose_until_some_days_after_the_visit(product: Product) -> None:
    given = await begin(product)
    order = await given.visit.order()
    last = day_bounds(order.visit_date)[1] + product.settings.office.supplement_days * DAY
    product.clock.move(last - 60_000 - product.clock())
    await product.storage.run(lambda tx: serving.finish(tx, order.id, Actor("admin", 1), product.clock()))
    given.visit.escort = await product.login("wang")
    await given.propose()
    product.clock.move(60_000)
    refused = await given.propose(409)
    assert refused["error"] == "supplement_too_late"
    job = await given.visit.escort.get("escort/job/", id=order.id)
    assert job["job"]["maySupplement"] is False


async def test_finishing_leaves_supplements_to_be_paid(product: Product) -> None:
    given = await begin(product)
    supplement_id = await given.opened()
    await given.visit.step("done")
    order = await given.visit.order()
    assert (order.state, order.ending) == ("finished", Ending.SERVED)
    assert (await given.get(supplement_id)).state == "open"
