"""What a home page begins with: the visit that comes first, and the order that waits for payment."""

from __future__ import annotations

from tests.http.product import Product
from tests.members.cards import member


async def test_the_next_visit_is_the_one_that_begins_first(product: Product) -> None:
    user = await product.login("li")
    assert (await user.get("user/getNextVisit/")) == {
        "code": 0,
        "order": None,
        "unpaid": None,
        "supplements": [],
    }
    patient = await user.add_patient()
    later = await user.order(patient, product.day(), visitTime="14:00")
    await user.pay(later)
    await product.until_progress(user, later["id"], "已付款")
    sooner = await user.order(patient, product.day(), visitTime="08:30", perPatient="y")
    await user.pay(sooner)
    await product.until_progress(user, sooner["id"], "已付款")
    waiting = await user.order(patient, product.day(), perPatient="y")
    found = await user.get("user/getNextVisit/")
    assert (found["order"]["id"], found["order"]["visitTime"], found["order"]["stage"]) == (
        sooner["id"],
        "08:30",
        "待安排",
    )
    assert (found["unpaid"]["id"], found["unpaid"]["role"], found["unpaid"]["price"]) == (
        waiting["id"],
        "owner",
        "￥198",
    )
    assert found["unpaid"]["expiresTime"]
    assert (await (await product.login("wang")).get("user/getNextVisit/"))["order"] is None


async def test_members_see_the_visit_and_payers_the_order_that_waits(product: Product) -> None:
    owner = await product.login("owner")
    patient = await owner.add_patient()
    placed = await owner.order(patient, product.day())
    daughter = await member(product, owner, "daughter", id=placed["id"])
    son = await member(product, owner, "son", "payer", id=placed["id"])
    assert (await daughter.get("user/getNextVisit/"))["unpaid"] is None
    seen = (await son.get("user/getNextVisit/"))["unpaid"]
    assert (seen["id"], seen["role"], seen["price"], seen["more"]) == (placed["id"], "payer", "￥198", "")
    await owner.pay(placed)
    await product.until_progress(owner, placed["id"], "已付款")
    found = (await daughter.get("user/getNextVisit/"))["order"]
    assert (found["id"], found["role"], found["price"]) == (placed["id"], "family", "")
