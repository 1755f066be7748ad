"""An approved escort applies again: until the office approves it, nobody else reads a word of it."""

from __future__ import annotations

from functools import partial

import pytest

from orders import serving
from orders.escorts import review as escort_review
from storage.models import Actor, Cause
from tests.http.product import Product

ADMIN = Actor("admin", 1)
OLD, NEW = "13811112222", "13833334444"


async def decide(product: Product, act: str) -> None:
    async with product.storage.transaction() as tx:
        (found,) = await tx.escorts.page()
        escort = await tx.escorts.lock(found.id)
        assert escort is not None
        await escort_review.decide(tx, escort, act, product.clock())
        await tx.commit()


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_patients_read_the_approved_name_until_the_new_application_is_approved(
    product: Product, decision: str
) -> None:
    escort, customer = await product.login("wang"), await product.login("li")
    await escort.post("user/apply2be1caregiver/", name="王芳", phone=OLD)
    assert (await escort.get("user/getCaregiver/"))["caregiver"]["status"] == "待联系"
    await decide(product, "approve")
    over, coming = await product.paid_order(customer), await product.paid_order(customer)
    async with product.storage.reading() as reader:
        (found,) = await reader.escorts.page()
    for order_id, half in ((over, "am"), (coming, "pm")):
        await product.storage.run(
            partial(
                serving.assign,
                order_id=order_id,
                escort_id=found.id,
                half=half,
                cause=Cause(ADMIN, product.clock()),
            )
        )
    await product.storage.run(partial(serving.finish, order_id=over, actor=ADMIN, at=product.clock()))
    before = [await customer.get("user/getOrder/", id=order_id) for order_id in (over, coming)]
    told = [seen["order"]["escort"] for seen in before]
    assert [(each["name"], each["phone"]) for each in told] == [("王芳", OLD)] * 2

    await escort.post("user/apply2be1caregiver/", name="李娜", phone=NEW)
    own = (await escort.get("user/getCaregiver/"))["caregiver"]
    assert (own["name"], own["status"], own["approvedName"]) == ("李娜", "待联系", "王芳")
    assert own["phone"].endswith(NEW[-4:])
    assert (await escort.get("user/me/"))["caregiver"] == own
    assert [await customer.get("user/getOrder/", id=order_id) for order_id in (over, coming)] == before

    await decide(product, decision)
    own = (await escort.get("user/getCaregiver/"))["caregiver"]
    seen = [await customer.get("user/getOrder/", id=order_id) for order_id in (over, coming)]
    assert (own["status"], own["approvedName"]) == ("已通过", "")
    if decision == "reject":
        assert own["name"] == "王芳"
        assert seen == before
        return
    assert own["name"] == "李娜"
    assert [each["order"]["escort"]["name"] for each in seen] == ["王芳", "李娜"]
    assert [each["timeline"] for each in seen] == [each["timeline"] for each in before], "what was, was so"
    assert seen[1]["order"]["escort"]["phone"] == NEW


async def test_applying_again_and_again_leaves_one_application(product: Product) -> None:
    escort = await product.login("wang")
    await escort.post("user/apply2be1caregiver/", name="王芳", phone=OLD)
    await decide(product, "approve")
    for name in ("李娜", "张丽", "王芳"):
        await escort.post("user/apply2be1caregiver/", name=name, phone=NEW)
    assert await product.count("escort_applications") == 1
    assert await product.count("escorts") == 1
    assert (await escort.get("user/getCaregiver/"))["caregiver"]["name"] == "王芳"
