"""What a user brings along from WeChat: the phone number of a tap, the number of a payment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.test_supplement_payments import paid
from tests.members.cards import member


async def tap(product: Product, client: Client, person: str = "li") -> str:
    """The code that a tap of this person gives."""
    answer = await client.http.post("sandbox/phone-codes/", json={"person": person})
    assert answer.status_code == 200, answer.text
    product.secrets |= {answer.json()["phone_code"], product.sandbox.phone_numbers.number_of(person)}
    return str(answer.json()["phone_code"])


async def fault(client: Client, name: str, **wish: Any) -> None:
    answer = await client.http.post("sandbox/faults/", json={"fault": name, **wish})
    assert answer.status_code == 200, answer.text


async def test_a_tap_fills_in_the_number_and_stores_nothing(product: Product) -> None:
    user = await product.login("li")
    before = await product.contents()
    answer = await user.post("user/readPhone/", code=await tap(product, user))
    assert answer["phone"] == product.sandbox.phone_numbers.number_of("li")
    assert answer["msg"] == ""
    assert await product.contents() == before
    assert await user.add_patient(phone=answer["phone"]), "the form takes what it was given"


async def test_a_used_code_asks_for_another_tap_which_works(product: Product) -> None:
    user = await product.login("li")
    code = await tap(product, user)
    await user.post("user/readPhone/", code=code)
    refused = await user.post("user/readPhone/", 409, code=code)
    assert refused["error"] == "phone_code_spent"
    assert "再点一次" in refused["msg"]
    await user.post("user/readPhone/", 409, code="made up")
    assert (await user.post("user/readPhone/", code=await tap(product, user)))["phone"]


async def test_a_lost_reply_is_not_asked_again_and_another_tap_works(product: Product) -> None:
    user = await product.login("li")
    code = await tap(product, user)
    await fault(user, "drop_after_commit", endpoint="getuserphonenumber")
    refused = await user.post("user/readPhone/", 504, code=code)
    assert (refused["error"], "再点一次" in refused["msg"]) == ("phone_unanswered", True)
    assert (await user.post("user/readPhone/", 409, code=code))["error"] == "phone_code_spent"
    assert (await user.post("user/readPhone/", code=await tap(product, user)))["phone"]


async def test_wechat_busy_once_is_not_noticed_and_busy_longer_is_said(product: Product) -> None:
    user = await product.login("li")
    await fault(user, "phone_error", errcode=-1)
    assert (await user.post("user/readPhone/", code=await tap(product, user)))["phone"]
    await fault(user, "phone_error", errcode=-1, times=2)
    code = await tap(product, user)
    assert (await user.post("user/readPhone/", 503, code=code))["error"] == "phone_busy"
    assert (await user.post("user/readPhone/", code=code))["phone"], "nothing was used up"


async def test_a_number_abroad_is_filled_in_with_a_question(product: Product) -> None:
    user = await product.login("li")
    await fault(user, "phone_abroad")
    answer = await user.post("user/readPhone/", code=await tap(product, user))
    assert answer["phone"] == "+16502530000"
    assert "国外" in answer["msg"]
    assert await user.add_patient(phone=answer["phone"])


async def test_a_number_of_another_mini_program_is_not_believed(product: Product) -> None:
    user = await product.login("li")
    await fault(user, "phone_wrong_appid")
    refused = await user.post("user/readPhone/", 502, code=await tap(product, user))
    assert (refused["error"], "直接填写" in refused["msg"]) == ("phone_failed", True)


async def test_taps_are_limited_per_user(start_product: StartProduct) -> None:
    product = await start_product(limits={"phone_number_per_minute": 2})
    user, other = await product.login("li"), await product.login("wang")
    for _ in range(2):
        await user.post("user/readPhone/", 409, code="made up")
    assert (await user.post("user/readPhone/", 429, code="made up"))["error"] == "too_many_requests"
    await other.post("user/readPhone/", 409, code="made up")


@pytest.mark.parametrize("offered", [True, False])
async def test_the_catalog_says_whether_a_tap_is_offered_and_the_server_keeps_to_it(
    start_product: StartProduct, offered: bool
) -> None:
    product = await start_product(wechat={"phone_numbers": offered})
    user = await product.login("li")
    assert (await user.get("catalog/"))["features"] == {"phoneNumber": offered}
    code = await tap(product, user)
    answer = await user.post("user/readPhone/", 200 if offered else 409, code=code)
    assert answer.get("error") == (None if offered else "phone_number_off")


# An order by the number of a payment, as WeChat's order centre names it


async def numbers(product: Product, order_id: int) -> tuple[str, str]:
    """Our number of the order's payment, and WeChat's."""
    async with product.storage.reading() as reader:
        attempts = await reader.attempts.of_order(order_id)
    return attempts[-1].out_trade_no, attempts[-1].transaction_id or ""


async def test_an_order_is_found_by_both_numbers_of_its_payment(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    for number in await numbers(product, order_id):
        assert (await user.get("user/findOrder/", number=number))["orderId"] == order_id


async def test_an_unpaid_order_is_found_by_its_number(product: Product) -> None:
    user = await product.login("li")
    placed = await user.order(await user.add_patient(), product.day())
    number, _ = await numbers(product, placed["id"])
    assert (await user.get("user/findOrder/", number=number))["orderId"] == placed["id"]


async def test_members_find_it_and_strangers_learn_nothing(product: Product) -> None:
    owner = await product.login("owner")
    placed = await owner.order(await owner.add_patient(), product.day())
    daughter = await member(product, owner, "daughter", id=placed["id"])
    await owner.pay(placed)
    await product.until_progress(owner, placed["id"], "已付款")
    stranger = await product.login("stranger")
    for number in await numbers(product, placed["id"]):
        assert (await daughter.get("user/findOrder/", number=number))["orderId"] == placed["id"]
        refused = await stranger.get("user/findOrder/", 404, number=number)
        unknown = await stranger.get("user/findOrder/", 404, number=number[::-1])
        assert (refused["error"], refused["msg"]) == (unknown["error"], unknown["msg"])
        nobody = await product.client()
        assert (await nobody.get("user/findOrder/", 401, number=number))["error"] == "unauthorized"


async def test_the_number_of_a_supplement_leads_to_its_order(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await paid(product, user, order_id)
    async with product.storage.reading() as reader:
        [attempt] = [each for each in await reader.attempts.of_order(order_id) if each.supplement_id]
    for number in (attempt.out_trade_no, attempt.transaction_id or ""):
        assert (await user.get("user/findOrder/", number=number))["orderId"] == order_id


async def test_what_was_taken_off_the_list_is_not_found(product: Product) -> None:
    user = await product.login("li")
    placed = await user.order(await user.add_patient(), product.day())
    number, _ = await numbers(product, placed["id"])
    await user.post("user/delete1order/", id=placed["id"])
    assert (await user.get("user/findOrder/", 404, number=number))["error"] == "order_removed"


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("", 400),
        ("12345", 400),
        ("x" * 65, 400),
        ("${商品订单号}", 400),
        ("1' OR '1'='1", 400),
        ("123456%", 400),
        ("12345678\n", 404),
    ],
)
async def test_what_is_no_number_finds_nothing(product: Product, number: str, status: int) -> None:
    user = await product.login("li")
    await product.paid_order(user)
    answer = await user.send("GET", "user/findOrder/", params={"number": number})
    assert answer.status_code == status


async def test_looking_for_numbers_is_limited(start_product: StartProduct) -> None:
    product = await start_product(limits={"order_per_minute": 2})
    user = await product.login("li")
    for status in (404, 404, 429):
        await user.get("user/findOrder/", status, number="4200000000000000000000000000")
