"""One's own data can be taken along and deleted; the books stay, without names."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts import personal_data
from config import ROOT
from handlers.api_handler import ApiHandler
from orders import serving
from storage.models import Actor, Cause, EscortState
from tests.http.client import PATIENT
from tests.http.product import Product
from tests.http.uploading import picture, upload


async def finish(product: Product, order_id: int) -> None:
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET state = 'finished' WHERE id = :id", {"id": order_id})
        await tx.commit()


@pytest.mark.promise(24)
async def test_the_export_holds_everything_that_was_given(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user, more="奶奶听不见 🦽")
    await finish(product, order_id)
    await user.post("user/rate1order/", id=order_id, stars=5, comment="很好")
    await user.post("user/setAvatarAndNickname/", avatarURL="wxfile://tmp_1", nickname="小李")
    avatar = (await upload(user, picture()))["avatar"]
    await user.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    data = (await user.get("user/export/"))["data"]
    profile = data["profile"]
    assert (profile["nickname"], profile["avatar"], profile["avatarURL"]) == (
        "小李",
        avatar,
        "wxfile://tmp_1",
    )
    assert profile["openid"]
    assert profile["registeredTime"] <= profile["lastLoginTime"]
    times = {"consentTime": "", "guardianConsentTime": "", "deletedTime": ""}
    assert data["patients"][0] == {**PATIENT, "idcardKind": "身份证", **times}
    assert data["caregiver"]["phone"] == "13811112222"
    (order,) = data["orders"]
    assert (order["more"], order["price"], order["progress"]) == ("奶奶听不见 🦽", "￥198", "已完成")
    assert order["rating"] == {"stars": 5, "comment": "很好", "commentState": "", "tags": [], "answer": ""}
    names = (ROOT / "Front" / "texts" / "data-names.js").read_text("utf-8")
    unnamed = {name for name in keys_of(data) if not re.search(rf"\b{name}: '", names)}
    assert not unnamed, "shown in the mini-program under a name that no person knows"


def keys_of(value: Any) -> set[str]:
    """The names of all fields, at any depth."""
    if isinstance(value, list):
        return set().union(*(keys_of(item) for item in value))
    if isinstance(value, dict):
        return set(value).union(*(keys_of(item) for item in value.values()))
    return set()


@pytest.mark.promise(24)
async def test_after_deletion_nothing_personal_is_left_and_the_books_stay(product: Product) -> None:
    user = await product.login("li")
    second_device = await product.login("li")
    order_id = await product.paid_order(user, more="奶奶听不见 🦽")
    await user.post("user/refund1order/", id=order_id, reason="奶奶摔伤了", amount="￥198")
    await finish(product, order_id)
    async with product.storage.transaction() as tx:
        await tx.orders.set_notes(order_id, "老太太怕打针", product.clock())
        await tx.commit()
    await user.post("user/setAvatarAndNickname/", avatarURL="wxfile://tmp_1", nickname="小李")
    await user.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    avatar = (await upload(user, picture()))["avatar"]
    assert (await user.send("GET", avatar)).status_code == 200

    await user.post("user/deleteMe/", confirm="删除")
    for device in (user, second_device):
        await device.get("user/me/", 401)
    assert (await user.send("GET", avatar)).status_code == 404
    stored = repr(await product.contents())
    for personal in ("李建国", "小李", "王芳", "听不见", "摔伤", "怕打针", "wxfile"):
        assert personal not in stored, personal
    async with product.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    assert (order.state, order.paid_fen) == ("finished", 19800)
    assert await product.count("ledger") == 1

    again = await product.login("li")
    assert (await again.get("user/getOrderStatus/"))["data"] == []
    assert (await again.get("user/getFriends/"))["data"] == []


@pytest.mark.promise(24)
async def test_an_erased_escort_is_named_nowhere_not_even_to_those_who_were_served(product: Product) -> None:
    escort, customer = await product.login("wang"), await product.login("li")
    await escort.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    served, taken_off = await product.paid_order(customer), await product.paid_order(customer)
    admin, at = Actor("admin", 1), product.clock()
    async with product.storage.transaction() as tx:
        (found,) = await tx.escorts.page()
        await tx.escorts.move(found.id, EscortState.PENDING, EscortState.APPROVED, at)
        await serving.assign(tx, served, found.id, "am", Cause(admin, at))
        await serving.assign(tx, taken_off, found.id, "pm", Cause(admin, at))
        await serving.unassign(tx, taken_off, admin, at)
        await tx.commit()
    seen = await customer.get("user/getOrder/", id=served)
    assert seen["timeline"][0]["detail"].startswith("王芳，")
    comes = seen["order"]["escort"]
    assert (comes["name"], comes["phone"], comes["finished"]) == ("王芳", "13811112222", 0)
    refused = await escort.post("user/deleteMe/", 409, confirm="删除")
    assert refused["error"] == "escort_is_booked"
    async with product.storage.transaction() as tx:
        await serving.finish(tx, served, admin, at)
        await tx.commit()
    await escort.post("user/deleteMe/", confirm="删除")
    assert "王芳" not in repr(await product.contents())
    for order_id in (served, taken_off):
        seen = await customer.get("user/getOrder/", id=order_id)
        assert "王芳" not in repr(seen)
        assert "13811112222" not in repr(seen)
        titles = {row["title"]: row["detail"] for row in seen["timeline"]}
        assert titles["已安排陪诊员"] == "陪诊员会提前与您联系"
    assert (await customer.get("user/getOrder/", id=served))["order"]["escort"] is None


@pytest.mark.promise(24)
async def test_nothing_personal_slips_in_behind_a_deletion(product: Product) -> None:
    """A request that was let in before the deletion is refused after it."""
    late = {
        "user/apply2be1caregiver/": {"name": "王芳", "phone": "13811112222"},
        "user/setAvatarAndNickname/": {"avatarURL": "wxfile://tmp_1", "nickname": "小李"},
    }
    for path, fields in late.items():
        user = await product.login("li")
        identify = ApiHandler._identify

        async def identify_then_erase(self: ApiHandler, identify: Any = identify) -> None:
            await identify(self)
            await product.storage.run(lambda tx: personal_data.erase(tx, self.caller, product.clock()))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ApiHandler, "_identify", identify_then_erase)
            await user.post(path, 401, **fields)
    stored = repr(await product.contents())
    assert "王芳" not in stored
    assert "小李" not in stored


@pytest.mark.promise(24)
async def test_deletion_waits_until_no_order_is_under_way(product: Product) -> None:
    user = await product.login("li")
    order = await user.order(await user.add_patient(), product.day())
    before = await product.contents()
    refused = await user.post("user/deleteMe/", 409, confirm="删除")
    assert refused["error"] == "orders_under_way"
    assert await product.contents() == before
    await user.post("user/delete1order/", id=order["id"])
    await user.post("user/deleteMe/", confirm="删除")


async def test_a_finished_order_is_rated_once(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await user.post("user/rate1order/", 409, id=order_id, stars=5)
    await finish(product, order_id)
    await user.post("user/rate1order/", id=order_id, stars=4, comment="字" * 500)
    await user.post("user/rate1order/", 409, id=order_id, stars=1)
    assert (await user.get("user/getOrder/", id=order_id))["order"]["rating"]["stars"] == 4


async def test_a_refund_is_asked_for_with_the_amount_that_was_shown(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    changed = await user.post("user/refund1order/", 409, id=order_id, reason="来不了", amount="￥1")
    assert changed["error"] == "refund_amount_changed"
    shown = (await user.get("user/getOrder/", id=order_id))["refund"]["amount"]
    await user.post("user/refund1order/", id=order_id, reason="来不了", amount=shown)
    detail = await user.get("user/getOrder/", id=order_id)
    assert detail["order"]["progress"] == "退款中"
    assert detail["refunds"][0]["state"] == "待审核"
    assert "refund" not in detail["actions"]
    await user.post("user/refund1order/", 409, id=order_id, reason="来不了", amount=shown)
    assert (await user.get("user/me/"))["user"]["orders"]["退款"] == 1
