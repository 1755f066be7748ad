"""How a membership ends: by the owner, by the member, with the order, and with an account."""

from __future__ import annotations

import pytest

from storage.models import Actor
from tests.http.client import id_number
from tests.http.product import Product
from tests.members.cards import card, member, unpaid_order, without_order


async def test_an_owner_lists_members_and_cards_and_ends_them_at_once(product: Product) -> None:
    owner = await product.login("owner")
    patient, order = await unpaid_order(product, owner)
    daughter = await product.login("daughter")
    await daughter.post("user/setAvatarAndNickname/", nickname="小芳", avatarURL="")
    await daughter.post("user/acceptInvitation/", token=await card(owner, id=order))
    son = await member(product, owner, "son", "payer", patientId=patient)
    await card(owner, id=order)
    listed = await owner.get("user/getMembers/", id=order)
    assert [(one["nickname"], one["role"], one["scope"]) for one in listed["data"]] == [
        ("小芳", "family", "order"),
        ("", "payer", "patient"),
    ]
    assert [(link["role"], link["scope"]) for link in listed["links"]] == [("family", "order")]
    of_patient = await owner.get("user/getMembers/", patientId=patient)
    assert [one["scope"] for one in of_patient["data"]] == ["patient"]
    for one, client in zip(listed["data"], (daughter, son), strict=True):
        await client.get("user/getOrder/", id=order)
        await client.post("user/endMember/", 404, id=one["id"])
        await owner.post("user/endMember/", id=one["id"])
        assert await without_order(client, order), "on a page that is open, too"
        await owner.post("user/endMember/", 404, id=one["id"])
    assert (await owner.get("user/getMembers/", id=order))["data"] == []


@pytest.mark.promise(36)
async def test_who_was_ended_needs_a_new_card(product: Product) -> None:
    owner = await product.login("owner")
    _, order = await unpaid_order(product, owner)
    token = await card(owner, id=order)
    daughter = await product.login("daughter")
    await daughter.post("user/acceptInvitation/", token=token)
    (one,) = (await owner.get("user/getMembers/", id=order))["data"]
    await owner.post("user/endMember/", id=one["id"])
    await daughter.post("user/acceptInvitation/", 404, token=token)
    await daughter.get("user/getInvitation/", 404, token=token)
    await daughter.post("user/acceptInvitation/", token=await card(owner, id=order))
    await daughter.get("user/getOrder/", id=order)


async def test_a_member_leaves_and_with_the_order_its_patient(product: Product) -> None:
    owner = await product.login("owner")
    patient, order = await unpaid_order(product, owner)
    other_patient, other = await unpaid_order(product, owner, idcard=id_number(1), name="王秀英")
    daughter = await member(product, owner, "daughter", id=order)
    await daughter.post("user/acceptInvitation/", token=await card(owner, patientId=patient))
    await daughter.post("user/acceptInvitation/", token=await card(owner, patientId=other_patient))
    await daughter.post("user/leaveOrder/", id=order)
    assert await without_order(daughter, order)
    await daughter.get("user/getOrder/", id=other)
    await daughter.post("user/leaveOrder/", 404, id=order)
    await owner.post("user/leaveOrder/", 404, id=order)


async def test_what_the_owner_deletes_is_gone_for_members(product: Product) -> None:
    owner = await product.login("owner")
    _, order = await unpaid_order(product, owner)
    son = await member(product, owner, "son", "payer", id=order)
    token = await card(owner, id=order)
    await owner.post("user/delete1order/", id=order)
    assert await without_order(son, order)
    other = await product.login("other")
    await other.get("user/getInvitation/", 404, token=token)


async def test_a_disabled_member_reads_nothing_from_the_next_request_on(product: Product) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    daughter = await member(product, owner, "daughter", id=order)
    await daughter.get("user/getOrder/", id=order)
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE users SET disabled_at = 5 WHERE openid <> '' AND id = 2")
        await tx.commit()
    await daughter.get("user/getOrder/", 401, id=order)


async def finish(product: Product, order: int) -> None:
    from orders import serving

    async with product.storage.transaction() as tx:
        await serving.finish(tx, order, Actor("admin", 1), product.clock())
        await tx.commit()


@pytest.mark.promise(24)
async def test_an_owner_who_goes_takes_the_sharing_along(product: Product) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    daughter = await member(product, owner, "daughter", id=order)
    token = await card(owner, id=order)
    await finish(product, order)
    await owner.post("user/deleteMe/", confirm="删除")
    assert await without_order(daughter, order)
    await daughter.get("user/getInvitation/", 404, token=token)
    assert await product.count("members") == await product.count("member_links") == 0


@pytest.mark.promise(24)
async def test_a_member_who_goes_is_forgotten_and_the_order_goes_on(product: Product) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    daughter = await member(product, owner, "daughter", id=order)
    await daughter.post("user/deleteMe/", confirm="删除")
    assert (await owner.get("user/getMembers/", id=order))["data"] == []
    assert await product.count("members") == 0
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT used_by FROM member_links")
    assert [row[0] for row in rows] == [None]
    await owner.get("user/getOrder/", id=order)
