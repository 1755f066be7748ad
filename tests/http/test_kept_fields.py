"""What released clients read and send: exactly the fields and types of the contract, in every encoding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.wire import RELATIONS
from tests.http.client import PATIENT, Client, id_number, order_fields
from tests.http.product import Product

PAYMENT = {"timeStamp": str, "nonceStr": str, "package": str, "signType": str, "paySign": str}
FRIEND = {"id": int, "name": str, "if18": str, "sex": str, "phone": str, "idcard": str, "relation": str}
ORDER = {
    "id": int,
    "hospital": str,
    "hospitalid": int,
    "department": str,
    "wantTime": str,
    "service": str,
    "serviceId": int,
    "friendid": int,
    "date": str,
    "paidTime": str,
    "price": str,
    "progress": str,
    "more": str,
}


def exactly(body: dict[str, Any], types: Mapping[str, type]) -> None:
    """The body has these fields, of these types, and no other."""
    assert {name: type(value) for name, value in body.items()} == types


async def test_login_tells_the_warrant_and_for_how_many_seconds(product: Product) -> None:
    client = await product.client()
    body = await client.get("login/", code="as:li:once")
    product.secrets.add(body["warrant"])
    exactly(body, {"code": int, "warrant": str, "expiresIn": int})
    assert body["expiresIn"] == 180 * 24 * 3600


async def test_profile_patients_and_application_have_the_kept_fields(product: Product) -> None:
    user = await product.login("li")
    profile = {"avatarURL": "wxfile://tmp_0123.jpg", "nickname": "小李 😀"}
    exactly(await user.post("user/setAvatarAndNickname/", **profile), {"code": int})
    exactly(await user.post("user/add1friend/", **PATIENT), {"code": int, "id": int, "msg": str})
    listed = await user.get("user/getFriends/")
    exactly(listed, {"code": int, "msg": str, "data": list})
    friend = listed["data"][0]
    exactly(friend, FRIEND)
    assert (friend["if18"], friend["sex"], friend["relation"]) == ("y", "m", "父母")
    assert (friend["phone"], friend["idcard"]) == ("138****3333", "610***********1234")
    exactly(await user.post("user/delete1friend/", id=friend["id"]), {"code": int, "msg": str})
    assert (await user.get("user/getFriends/"))["data"] == []
    application = {"name": "王芳", "phone": "13811112222"}
    exactly(await user.post("user/apply2be1caregiver/", **application), {"code": int, "msg": str})
    assert "wxfile" not in (await user.send("GET", "user/me/")).text


async def test_orders_have_the_kept_fields(product: Product) -> None:
    user = await product.login("li")
    made = await user.order(await user.add_patient(), product.day())
    exactly(made, {"code": int, "id": int, "msg": str, "payment": dict})
    exactly(made["payment"], PAYMENT)
    assert made["payment"]["signType"] == "RSA"
    assert made["payment"]["package"].startswith("prepay_id=")
    listed = await user.get("user/getOrderStatus/")
    assert listed.keys() == {"code", "data"}
    row = listed["data"][0]
    exactly(row, ORDER)
    assert row["paidTime"] == ""
    assert row["progress"] == "待付款"
    exactly(await user.post("user/delete1order/", id=made["id"]), {"code": int, "msg": str})


async def test_orders_are_listed_newest_first(product: Product) -> None:
    user = await product.login("li")
    ids = [await product.paid_order(user), await product.paid_order(user)]
    ids.append((await user.order(await user.add_patient(), product.day()))["id"])
    assert [row["id"] for row in (await user.get("user/getOrderStatus/"))["data"]] == ids[::-1]


async def _by_header(user: Client, method: str, path: str, fields: dict[str, Any]) -> Any:
    return await user.send(method, path, headers={"Authorization": f"Bearer {user.warrant}"}, data=fields)


async def _by_old_header(user: Client, method: str, path: str, fields: dict[str, Any]) -> Any:
    return await user.send(method, path, headers={"Authorization": "", "warrant": user.warrant}, data=fields)


async def _by_query(user: Client, method: str, path: str, fields: dict[str, Any]) -> Any:
    where = {"warrant": user.warrant}
    return await user.send(method, path, headers={"Authorization": ""}, params=where, data=fields)


async def _by_form(user: Client, method: str, path: str, fields: dict[str, Any]) -> Any:
    sent = {"warrant": user.warrant, **fields}
    return await user.send(method, path, headers={"Authorization": ""}, data=sent)


async def _by_json(user: Client, method: str, path: str, fields: dict[str, Any]) -> Any:
    sent = {"warrant": user.warrant, **fields}
    return await user.send(method, path, headers={"Authorization": ""}, json=sent)


async def test_every_way_of_sending_the_warrant_works_on_every_kept_endpoint(product: Product) -> None:
    for way in (_by_header, _by_old_header, _by_query, _by_form, _by_json):
        await _go_all_the_way(product, way)


async def _go_all_the_way(product: Product, way: Any) -> None:
    user = await product.login("li")
    friend = (await way(user, "POST", "user/add1friend/", PATIENT)).json()["id"]
    order = await way(user, "POST", "user/create1order/", order_fields(friend, product.day()))
    calls = [
        ("user/setAvatarAndNickname/", {"avatarURL": "", "nickname": "a"}),
        ("user/apply2be1caregiver/", {"name": "王芳", "phone": "13811112222"}),
        ("user/delete1order/", {"id": order.json()["id"]}),
        ("user/delete1friend/", {"id": friend}),
    ]
    for path, fields in calls:
        answer = await way(user, "POST", path, fields)
        assert (answer.status_code, answer.json()["code"]) == (200, 0), path
    if way not in (_by_form, _by_json):
        for path in ("user/getFriends/", "user/getOrderStatus/"):
            answer = await way(user, "GET", path, {})
            assert (answer.status_code, answer.json()["code"]) == (200, 0), path


async def test_numbers_may_come_as_text_and_unknown_fields_are_ignored(product: Product) -> None:
    user = await product.login("li")
    friend = await user.add_patient(openid="x", user_id=7)
    fields = order_fields(
        str(friend), product.day(), hospitalId="1", serviceId="4", formId="the old client's"
    )
    assert (await user.post_json("user/create1order/", **fields))["code"] == 0


async def test_every_relation_and_both_sexes_come_back_as_they_were_sent(product: Product) -> None:
    user = await product.login("li")
    for number, relation in enumerate(RELATIONS):
        await user.add_patient(
            idcard=id_number(number), relation=relation, sex="mw"[number % 2], if18="yn"[number % 2]
        )
    friends = (await user.get("user/getFriends/"))["data"]
    assert [(f["relation"], f["sex"], f["if18"]) for f in friends] == [
        (relation, "mw"[number % 2], "yn"[number % 2]) for number, relation in enumerate(RELATIONS)
    ]


async def test_a_new_application_replaces_the_old_and_goes_back_to_review(product: Product) -> None:
    user = await product.login("li")
    assert (await user.get("user/getCaregiver/"))["caregiver"] is None
    await user.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    async with product.storage.transaction() as tx:
        escort = (await tx.escorts.page())[0]
        await tx.escorts.move(escort.id, "pending", "approved", product.clock())
        await tx.commit()
    assert (await user.get("user/getCaregiver/"))["caregiver"]["status"] == "已通过"
    await user.post("user/apply2be1caregiver/", name="王小芳", phone="13811113333")
    again = (await user.get("user/getCaregiver/"))["caregiver"]
    assert (again["name"], again["phone"], again["status"]) == ("王小芳", "138****3333", "待联系")
    assert await product.count("escorts") == 1
