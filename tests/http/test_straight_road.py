"""The whole road as a released client goes it: log in, add a patient, order, pay, be served."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from accounts.administrators import create_administrator
from catalog.prices import WantedPrice, prices_mark
from catalog.prices import enter as enter_prices
from clock import MINUTE, day_bounds
from storage import Transaction
from storage.models import Role
from tests.http.client import Client, order_fields
from tests.http.conftest import StartProduct
from tests.http.product import Product

PASSWORD = "made-up words for a test"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


async def admin_login(product: Product, client: Client) -> str:
    """Log an administrator in; the CSRF token."""
    await create_administrator(product.storage, "li", PASSWORD, Role.OWNER, product.clock())
    page = await client.send("GET", "admin/login/")
    token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert token is not None
    form = {"username": "li", "password": PASSWORD, "_xsrf": token[1]}
    answer = await client.send("POST", "admin/login/", data=form)
    assert answer.status_code == 302, answer.text
    return token[1]


def signed_by_merchant(product: Product, parameters: dict[str, str]) -> None:
    """The parameters verify with the merchant's public key. Raises InvalidSignature."""
    folder = product.sandbox.folder
    appid = json.loads((folder / "identity.json").read_text())["appid"]
    message = f"{appid}\n{parameters['timeStamp']}\n{parameters['nonceStr']}\n{parameters['package']}\n"
    key: Any = load_pem_public_key((folder / "merchant_public_key.pem").read_bytes())
    key.verify(base64.b64decode(parameters["paySign"]), message.encode(), PKCS1v15(), SHA256())


async def test_an_order_goes_all_the_way_and_an_administrator_finishes_it(
    start_product: StartProduct,
) -> None:
    product = await start_product(background=True)
    user = await product.login("li")
    patient = await user.add_patient()
    order = await user.order(patient, product.day())
    signed_by_merchant(product, order["payment"])
    assert (await user.get("user/getOrderStatus/"))["data"][0]["progress"] == "待付款"

    known = await user.get("sandbox/orders/", prepay_id=order["payment"]["package"].partition("=")[2])
    assert known["amount"] == 19800
    await user.pay(order)
    row = await product.until_progress(user, order["id"], "已付款", 2)
    assert re.fullmatch(TIME, row["paidTime"])

    admin = await product.client()
    token = await admin_login(product, admin)
    for page in ("admin/orders/", "admin/money/"):
        assert "李建国" in (await admin.send("GET", page)).text
    headers = {"X-XSRFToken": token}
    for path, body in (
        ("admin/orders/edit/finishState/", {"id": order["id"], "status": "已完成"}),
        ("admin/orders/edit/notes/", {"id": order["id"], "notes": "打过电话"}),
    ):
        answer = await admin.send("POST", path, json=body, headers=headers)
        assert answer.json()["code"] == 0
    row = await product.until_progress(user, order["id"], "已完成")
    assert "打过电话" not in str(row)
    assert "打过电话" in (await admin.send("GET", "admin/orders/")).text


@pytest.mark.promise(15)
async def test_the_price_is_the_servers_whatever_the_client_sends(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    order = await user.order(patient, product.day(), price="￥0.01", price_fen=1, amount=1, id="x")
    async with product.storage.reading() as reader:
        stored = await reader.orders.get(order["id"])
    assert stored is not None
    assert stored.price_fen == 19800
    known = await user.get("sandbox/orders/", prepay_id=order["payment"]["package"].partition("=")[2])
    assert "19800" in str(known)


@pytest.mark.promise(15)
async def test_an_order_costs_what_the_day_on_which_it_is_placed_says_and_keeps_it(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    begins, visit, at = product.day(1), product.day(5), product.clock()

    async def enter(tx: Transaction) -> None:
        service = await tx.catalog.entry("services", 4)
        await enter_prices(tx, [WantedPrice(4, 22_800, begins, prices_mark(service, [], at))], 1, at)

    await product.storage.run(enter)
    midnight = day_bounds(begins)[0]
    product.clock.move(midnight - MINUTE - product.clock())
    order = await user.order(patient, visit, shownPrice="￥198")
    [row] = [each for each in (await user.get("catalog/"))["services"] if each["id"] == 4]
    assert (row["price"], row["priceChange"]) == ("￥198", {"beginsOn": begins, "price": "￥228"})
    product.clock.move(midnight - product.clock())
    refused = await user.order(patient, visit, 409, shownPrice="￥198")
    assert refused["msg"] == "价格已变为 ￥228，请看清后再付款"
    async with product.storage.reading() as reader:
        kept = await reader.orders.get(order["id"])
    assert kept is not None
    assert kept.price_fen == 19_800, "an unpaid order keeps its price until it is edited"
    await user.order(patient, visit, shownPrice="￥228")
    async with product.storage.reading() as reader:
        edited = await reader.orders.get(order["id"])
    assert edited is not None
    assert edited.price_fen == 22_800


@pytest.mark.promise(15)
async def test_a_price_other_than_the_one_shown_is_told_before_anything_is_made(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    refused = await user.order(patient, product.day(), 409, shownPrice="￥188")
    assert (refused["error"], refused["msg"]) == ("price_changed", "价格已变为 ￥198，请看清后再付款")
    assert await product.count("orders") == 0
    order = await user.order(patient, product.day(), shownPrice="￥198")

    # An unpaid order keeps what it had, too.
    refused = await user.order(
        patient, product.day(40), 409, unpaidId=order["id"], serviceId=104, shownPrice="￥198"
    )
    assert refused["error"] == "price_changed"
    [row] = (await user.get("user/getOrderStatus/"))["data"]
    assert (row["price"], row["wantTime"]) == ("￥198", product.day())


async def test_a_form_for_an_order_that_is_paid_or_gone_makes_no_second_one(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    paid = await product.paid_order(user)
    refused = await user.order(patient, product.day(), 409, unpaidId=paid)
    assert refused["error"] == "order_already_paid"
    gone = (await user.order(patient, product.day()))["id"]
    assert (await user.order(patient, product.day(40), unpaidId=gone))["id"] == gone
    await user.post("user/delete1order/", id=gone)
    assert (await user.order(patient, product.day(), 404, unpaidId=gone))["error"] == "order_not_found"
    assert [row["id"] for row in (await user.get("user/getOrderStatus/"))["data"]] == [paid]


@pytest.mark.promise(15)
async def test_a_changed_catalog_changes_no_order_that_exists(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE services SET price_fen = 1, name = 'x', unit = '天'")
        await tx.connection.execute("UPDATE hospitals SET name = 'y'")
        await tx.catalog.touch()
        await tx.commit()
    assert "x" in str((await user.get("catalog/"))["services"][0]["name"])
    row = (await user.get("user/getOrderStatus/"))["data"][0]
    assert (row["id"], row["price"]) == (order_id, "￥198")
    assert row["service"] != "x"
    assert row["hospital"] != "y"


async def test_an_unpaid_order_is_updated_instead_of_a_second_one_being_added(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    first = await user.order(patient, product.day())
    second = await user.order(patient, product.day(40), department="骨科", more="轮椅 🦽")
    assert second["id"] == first["id"]
    rows = (await user.get("user/getOrderStatus/"))["data"]
    assert [(row["wantTime"], row["department"], row["more"]) for row in rows] == [
        (product.day(40), "骨科", "轮椅 🦽")
    ]


async def test_an_unpaid_order_is_deleted_and_a_paid_one_is_not(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    order = await user.order(patient, product.day())
    assert (await user.post("user/delete1order/", id=order["id"]))["msg"]
    assert (await user.get("user/getOrderStatus/"))["data"] == []
    await user.post("user/delete1order/", 404, id=order["id"])

    paid = await product.paid_order(user)
    refused = await user.post("user/delete1order/", 409, id=paid)
    assert refused["msg"] == "仅支持删除未支付的订单"


async def test_a_deleted_patient_is_still_named_by_the_order(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    order = await user.order(patient, product.day())
    await user.post("user/delete1friend/", id=patient)
    assert (await user.get("user/getFriends/"))["data"] == []
    detail = await user.get("user/getOrder/", id=order["id"])
    assert detail["order"]["patient"] == "李建国"
    await user.post("user/create1order/", 400, **order_fields(patient, product.day()))


async def test_another_hospital_is_named_by_the_user(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    await user.order(patient, product.day(), hospitalId=0, hospitalCustom="县医院")
    row = (await user.get("user/getOrderStatus/"))["data"][0]
    assert (row["hospitalid"], row["hospital"]) == (0, "县医院")
    refused = await user.order(patient, product.day(), 400, hospitalId=0, hospitalCustom="")
    assert list(refused["fields"]) == ["hospitalCustom"]


async def test_payment_is_resumed_and_the_detail_tells_what_may_be_done(product: Product) -> None:
    user = await product.login("li")
    order = await user.order(await user.add_patient(), product.day())
    again = await user.post("user/pay1order/", id=order["id"])
    assert again["payment"]["package"] == order["payment"]["package"]
    signed_by_merchant(product, again["payment"])
    detail = await user.get("user/getOrder/", id=order["id"])
    assert detail["actions"] == ["pay", "edit", "delete"]
    assert detail["timeline"][0]["detail"] == "请在有效期内完成支付"
    await user.pay(order)
    await product.until_progress(user, order["id"], "已付款")
    detail = await user.get("user/getOrder/", id=order["id"])
    assert detail["actions"] == ["refund", "cancel", "money_back"]
    assert detail["refund"]["amount"] == "￥198"
    assert [row["title"] for row in detail["timeline"]] == ["已付款", "已下单"]
    assert detail["timeline"][1]["detail"] == ""
    await user.post("user/pay1order/", 409, id=order["id"])
