"""The exact form of every field that released clients read, on paid, unpaid and free-text orders."""

from __future__ import annotations

import re
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, day_bounds, shanghai_date, shanghai_time
from money import amount_text
from orders import serving
from storage.models import Actor
from tests.http.client import Client
from tests.http.product import Product

ID = r"[1-9]\d{0,18}"
YEAR_TO_DAY = r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d"
PRICE = r"￥(0|[1-9]\d*)(\.(0[1-9]|[1-9]\d))?"
ORDER = {
    "id": ID,
    "hospital": r".{1,64}",
    "hospitalid": rf"0|{ID}",
    "department": r".{0,64}",
    "wantTime": YEAR_TO_DAY,
    "service": r".{1,64}",
    "serviceId": ID,
    "friendid": ID,
    "date": YEAR_TO_DAY,
    "paidTime": rf"|{YEAR_TO_DAY} {CLOCK}",
    "price": PRICE,
    "progress": "待付款|已付款|在服务|已完成|退款中|已退款|已取消",
    "more": r"(?s).*",
}
FRIEND = {
    "id": ID,
    "name": r".{2,64}",
    "if18": "[yn]",
    "sex": "[mw]",
    "phone": r"[\d*+-]*\*+[\d*]*",
    "idcard": r"[0-9A-Z]{0,3}\*+[0-9A-Z]{0,4}",
    "relation": "本人|父母|子女|兄弟姐妹|夫妻|其他",
}
PAYMENT = {
    "timeStamp": r"[1-9]\d{9}",
    "nonceStr": r"[0-9A-Za-z]{1,32}",
    "package": r"prepay_id=[\x21-\x7e]{1,64}",
    "signType": "RSA",
    "paySign": r"[0-9A-Za-z+/]+={0,2}",
}
SAID = {"code": "0", "msg": r".*"}


def check(body: dict[str, Any], forms: dict[str, str]) -> None:
    """The body has exactly these fields, each of exactly this form; numbers are numbers, texts are texts."""
    assert body.keys() == forms.keys()
    for name, form in forms.items():
        assert re.fullmatch(form, str(body[name]), re.ASCII), (name, body[name])
        assert type(body[name]) is (int if form in (ID, rf"0|{ID}", "0") else str), (name, body[name])


async def rows(user: Client) -> list[dict[str, Any]]:
    listed = await user.get("user/getOrderStatus/")
    assert listed.keys() == {"code", "data"}
    for row in listed["data"]:
        check(row, ORDER)
    return list(listed["data"])


async def test_every_order_of_every_state_has_the_exact_forms(product: Product) -> None:
    user = await product.login("li")
    finished = await product.paid_order(user, serviceId=5)
    free = await product.paid_order(
        user, hospitalId=0, hospitalCustom="县医院", department="", more="a\nb\n￥"
    )
    unpaid = (await user.order(await user.add_patient(), product.day()))["id"]
    await product.storage.run(lambda tx: serving.finish(tx, finished, Actor("admin", 1), product.clock()))
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET price_fen = 58850 WHERE id = :id", {"id": free})
        await tx.commit()
    found = {row["id"]: row for row in await rows(user)}
    assert {order_id: row["progress"] for order_id, row in found.items()} == {
        finished: "已完成",
        free: "已付款",
        unpaid: "待付款",
    }
    assert found[free]["price"] == "￥588.50"
    assert (found[free]["hospital"], found[free]["hospitalid"], found[free]["more"]) == (
        "县医院",
        0,
        "a\nb\n￥",
    )
    assert (found[unpaid]["paidTime"], bool(found[free]["paidTime"])) == ("", True)


@pytest.mark.parametrize("minutes", [-1, 0, 1])
async def test_the_day_an_order_was_made_and_the_time_it_was_paid_are_shanghais(
    product: Product, minutes: int
) -> None:
    midnight = day_bounds(shanghai_date(product.clock() + DAY))[0]
    product.clock.move(midnight + minutes * MINUTE - product.clock())
    user = await product.login("li")
    order_id = await product.paid_order(user)
    async with product.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    (row,) = await rows(user)
    assert row["date"] == shanghai_date(order.created_at)
    assert row["paidTime"] == shanghai_time(order.paid_at)
    assert abs(order.created_at - (midnight + minutes * MINUTE)) < HOUR / 60
    detail = (await user.get("user/getOrder/", id=order_id))["order"]
    assert (detail["date"], detail["madeTime"]) == (row["date"], shanghai_time(order.created_at))


async def test_every_other_kept_answer_has_the_exact_forms(product: Product) -> None:
    client = await product.client()
    login = await client.get("login/", code="as:li:forms")
    product.secrets.add(login["warrant"])
    check(login, {"code": "0", "warrant": r"[0-9A-Za-z_-]{22,}", "expiresIn": ID})
    user = await product.login("li")
    check(
        await user.post("user/setAvatarAndNickname/", avatarURL="wxfile://tmp_1.jpg", nickname="李"),
        {"code": "0"},
    )
    friend = await user.add_patient(if18="n", sex="w", relation="子女")
    listed = await user.get("user/getFriends/")
    check({name: listed[name] for name in listed if name != "data"}, SAID)
    check(listed["data"][0], FRIEND)
    made = await user.order(friend, product.day())
    check(made["payment"], PAYMENT)
    check({name: made[name] for name in made if name != "payment"}, {**SAID, "id": ID})
    check(await user.post("user/apply2be1caregiver/", name="王芳", phone="13811112222"), SAID)
    check(await user.post("user/delete1order/", id=made["id"]), SAID)
    check(await user.post("user/delete1friend/", id=friend), SAID)


async def test_only_an_unpaid_order_is_deleted_and_the_refusal_is_the_kept_sentence(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    refused = await user.post("user/delete1order/", 409, id=order_id)
    assert refused["msg"] == "仅支持删除未支付的订单"


async def test_a_refused_notification_is_told_in_wechats_form(product: Product) -> None:
    client = await product.client()
    for path in ("wechatpay/notify/", "wechatpay/refund-notify/"):
        answer = await client.send("POST", path, content=b"{}")
        assert 400 <= answer.status_code < 500
        assert answer.json().keys() == {"code", "message"}
        assert answer.json()["code"] == "FAIL"
        assert re.fullmatch(r"[a-z_]+", answer.json()["message"])


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "￥0"), (1, "￥0.01"), (10, "￥0.10"), (100, "￥1"), (58800, "￥588"), (58850, "￥588.50")],
)
def test_an_amount_has_no_zeros_that_say_nothing(fen: int, text: str) -> None:
    assert amount_text(fen) == text
    assert re.fullmatch(PRICE, text)
