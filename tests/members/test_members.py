"""What members may read and do, and what is shared with a user."""

from __future__ import annotations

import pytest

from clock import DAY
from config import ROOT
from schemas.order import OrderDetail
from schemas.shared_order import MEMBERS_SEE, OWNERS_ALONE_SEE, PAYERS_SEE
from storage.models import Actor, Cause, EscortState
from tests.http.client import id_number
from tests.http.product import Product
from tests.http.test_own_data import keys_of
from tests.members.cards import card, member, unpaid_order, without_order

PRIVATE = ("请早点到", "138", "610102", "￥")
"""Wishes, phone, ID number and amounts, as they would be read."""


async def test_family_reads_the_order_without_amounts_wishes_and_numbers(product: Product) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    daughter = await member(product, owner, "daughter", id=order)
    seen = await daughter.get("user/getOrder/", id=order)
    assert not any(secret in str(seen) for secret in PRIVATE)
    assert (seen["order"]["patient"], seen["order"]["wantTime"]) == ("李建国", product.day())
    assert (seen["order"]["role"], seen["order"]["paidBy"]) == ("family", "other")
    assert seen["actions"] == ["leave"]
    assert (seen["refund"], seen["rule"], seen["refunds"]) == (None, None, [])
    own = await owner.get("user/getOrder/", id=order)
    assert (own["order"]["role"], own["order"]["paidBy"]) == ("owner", "me")


async def test_a_payer_sees_the_amount_and_the_refund_rule_and_may_pay_while_it_is_unpaid(
    product: Product,
) -> None:
    owner = await product.login("owner")
    _, order = await unpaid_order(product, owner)
    son = await member(product, owner, "son", "payer", id=order)
    seen = await son.get("user/getOrder/", id=order)
    assert (seen["order"]["price"], seen["actions"]) == ("￥198", ["pay", "leave"])
    assert seen["order"]["more"] == ""
    assert seen["rule"]["lines"] == (await owner.get("user/getOrder/", id=order))["rule"]["lines"] != []
    daughter = await member(product, owner, "daughter", id=order)
    assert (await daughter.get("user/getOrder/", id=order))["actions"] == ["leave"]
    await daughter.post("user/pay1order/", 404, id=order)


@pytest.mark.promise(18)
@pytest.mark.parametrize("role", ["family", "payer"])
async def test_members_change_nothing_of_the_order(product: Product, role: str) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    one = await member(product, owner, "one", role, id=order)
    before = await product.contents()
    for path, fields in (
        ("user/delete1order/", {}),
        ("user/refund1order/", {"reason": "x", "amount": "￥198"}),
        ("user/withdraw1request/", {}),
        ("user/rate1order/", {"stars": 1, "comment": "x"}),
        ("user/hide1order/", {}),
        ("user/inviteMember/", {"role": "family"}),
    ):
        await one.post(path, 404, id=order, **fields)
    await one.get("user/getMembers/", 404, id=order)
    assert await product.contents() == before


async def test_members_read_that_an_order_is_cancelled_and_nobodys_reasons(product: Product) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    clients = [await member(product, owner, role, role, id=order) for role in ("family", "payer")]
    await owner.post("user/refund1order/", id=order, reason="奶奶摔伤了", amount="￥198")
    async with product.storage.reading() as reader:
        (refund,) = await reader.refunds.of_order(order)
    await product.services.payments.approve_refund(refund.id, Actor("admin", 1), 5_000, note="老太太住院")
    for client in clients:
        page = await client.get("user/getOrder/", id=order)
        (row,) = (await client.get("user/getSharedOrders/"))["data"]
        for reason in ("摔伤", "住院"):
            assert reason not in str(page) + str(row)
        assert page["order"]["progress"] == row["progress"]
        assert "申请取消订单" in [step["title"] for step in page["timeline"]]
        seen = "￥" in str(page["timeline"]) + str(page["refunds"])
        assert seen == (page["order"]["role"] == "payer")
    assert "摔伤" in str(await owner.get("user/getOrder/", id=order))


def test_every_field_of_an_order_is_declared_as_seen_by_members_or_by_owners_alone() -> None:
    declared = MEMBERS_SEE | PAYERS_SEE | OWNERS_ALONE_SEE
    assert set(OrderDetail().fields) - declared == set(), "to be declared in schemas/shared_order.py"
    assert not (MEMBERS_SEE | PAYERS_SEE) & OWNERS_ALONE_SEE


async def test_the_answer_to_a_member_has_the_fields_of_the_owners(product: Product) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    daughter = await member(product, owner, "daughter", id=order)
    own, shared = [await client.get("user/getOrder/", id=order) for client in (owner, daughter)]
    assert own.keys() == shared.keys()
    assert own["order"].keys() == shared["order"].keys()
    assert OrderDetail().validate(shared["order"]) == {}


async def test_a_member_of_a_patient_reads_every_order_from_then_on(product: Product) -> None:
    owner = await product.login("owner")
    patient = await owner.add_patient()
    daughter = await product.login("daughter")
    token = await card(owner, patientId=patient)
    shown = await daughter.get("user/getInvitation/", token=token)
    assert (shown["scope"], shown["patient"], shown["day"], shown["hospital"]) == ("patient", "李**", "", "")
    assert (await daughter.post("user/acceptInvitation/", token=token))["orderId"] is None
    first = (await owner.order(patient, product.day()))["id"]
    stranger = await owner.add_patient(idcard=id_number(1), name="王秀英")
    await owner.order(stranger, product.day(), perPatient="y")
    assert [row["id"] for row in (await daughter.get("user/getSharedOrders/"))["data"]] == [first]
    await daughter.get("user/getOrder/", id=first)
    assert (await daughter.get("user/getInvitation/", token=token))["orderId"] == first


async def test_visits_from_before_a_member_of_the_patient_joined_stay_the_owners(product: Product) -> None:
    owner = await product.login("owner")
    patient = await owner.add_patient()
    old = (await owner.order(patient, product.day(2)))["id"]
    product.clock.move(3 * DAY)
    daughter = await member(product, owner, "daughter", patientId=patient)
    assert await without_order(daughter, old)
    new = (await owner.order(patient, product.day(2)))["id"]
    if new == old:  # the unpaid order was moved to a later day
        await daughter.get("user/getOrder/", id=new)
    assert [row["id"] for row in (await daughter.get("user/getSharedOrders/"))["data"]] == [new]


async def test_shared_orders_come_by_pages_with_owner_and_role(product: Product) -> None:
    owner = await product.login("owner")
    await owner.post("user/setAvatarAndNickname/", nickname="李妈妈", avatarURL="")
    patient, order = await unpaid_order(product, owner)
    son = await member(product, owner, "son", "payer", id=order)
    await son.post("user/acceptInvitation/", token=await card(owner, patientId=patient))
    (row,) = (await son.get("user/getSharedOrders/"))["data"]
    assert (row["owner"], row["role"], row["price"]) == ("李妈妈", "payer", "￥198")
    assert (row["more"], row["friendid"], row["actions"]) == ("", 0, [])
    assert (await son.get("user/getSharedOrders/", before=order))["data"] == []
    assert (await owner.get("user/getSharedOrders/"))["data"] == []


async def test_a_long_list_of_shared_orders_is_complete_page_by_page(storage) -> None:
    from orders.sharing import members
    from storage.models import MemberRole, MemberScope, OrderState
    from tests.core.rows import add_order

    async with storage.transaction() as tx:
        owner, user = [await tx.users.find_or_add(name, 1_000) for name in ("oOwner1", "oUser1")]
        orders = [await add_order(tx, owner, OrderState.PAID, patient_id=7) for _ in range(120)]
        await tx.members.add(owner, user, MemberScope.PATIENT, 7, MemberRole.FAMILY, 1_000)
        await tx.commit()
    seen: list[int] = []
    before: int | None = None
    while before != 0:
        async with storage.reading() as reader:
            page, before = await members.shared_with(reader, user, before)
        assert len(page) <= members.PAGE
        seen += [one.order.id for one in page]
    assert seen == sorted(orders, reverse=True)


@pytest.mark.promise(24)
async def test_both_exports_tell_of_the_sharing_and_of_no_others_order(product: Product) -> None:
    owner = await product.login("owner")
    await owner.post("user/setAvatarAndNickname/", nickname="李妈妈", avatarURL="")
    _, order = await unpaid_order(product, owner)
    son = await member(product, owner, "son", "payer", id=order)
    await son.pay(await son.post("user/pay1order/", id=order))
    await product.until_progress(owner, order, "已付款")
    own = (await owner.get("user/export/"))["data"]["sharing"]
    assert [(one["role"], one["scope"], one["sharedId"]) for one in own["members"]] == [
        ("payer", "order", order)
    ]
    assert (len(own["cards"]), own["sharedWithMe"], own["paidForOthers"]) == (1, [], [])
    theirs = (await son.get("user/export/"))["data"]
    assert theirs["orders"] == []
    assert [one["nickname"] for one in theirs["sharing"]["sharedWithMe"]] == ["李妈妈"]
    assert [(one["paidOrder"], one["amount"]) for one in theirs["sharing"]["paidForOthers"]] == [
        (order, "￥198")
    ]
    assert "李建国" not in str(theirs)
    names = (ROOT / "Front" / "texts" / "data-names.js").read_text("utf-8")
    shown = keys_of(own) | keys_of(theirs["sharing"])
    assert not {name for name in shown if f" {name}: '" not in names}


async def test_members_see_who_comes_and_how_to_call_them(product: Product) -> None:
    from orders import serving

    owner = await product.login("owner")
    order = await product.paid_order(owner)
    daughter = await member(product, owner, "daughter", id=order)
    wang = await product.login("wang")
    await wang.post("user/apply2be1caregiver/", name="王芳", phone="13900001111")
    async with product.storage.transaction() as tx:
        (row,) = await tx.connection.fetch_all("SELECT id, state FROM escorts")
        await tx.escorts.move(row[0], row[1], EscortState.APPROVED, product.clock())
        await serving.assign(tx, order, row[0], "am", Cause(Actor("admin", 1), product.clock()))
        await tx.commit()
    seen = await daughter.get("user/getOrder/", id=order)
    assert (seen["order"]["escort"]["name"], seen["order"]["escort"]["phone"]) == ("王芳", "13900001111")
    await wang.get("user/getOrder/", 404, id=order)
