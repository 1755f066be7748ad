"""WeChat's notifications as they arrive: real signatures and ciphertexts at the real addresses."""

from __future__ import annotations

import json
import secrets
from typing import Any

import httpx
import pytest

from clock import shanghai
from sandbox.signing import Keyring, encrypt
from tests.http.client import Client
from tests.http.product import Product

ADDRESSES = ["wechatpay/notify/", "wechatpay/refund-notify/", "wechatpay/complaint-notify/"]


async def unpaid(product: Product) -> tuple[Client, int, dict[str, Any]]:
    """A user's unpaid order, and the object with which WeChat would say that it is paid."""
    user = await product.login("li")
    order_id = (await user.order(await user.add_patient(), product.day()))["id"]
    async with product.storage.reading() as reader:
        attempt = await reader.attempts.open_of_order(order_id)
    assert attempt is not None
    said = {
        "appid": attempt.appid,
        "mchid": attempt.mchid,
        "out_trade_no": attempt.out_trade_no,
        "transaction_id": f"4200{secrets.randbelow(10**24):024d}",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "success_time": shanghai(product.clock()).isoformat(timespec="seconds"),
        "payer": {"openid": attempt.openid},
        "amount": {"total": attempt.amount_fen, "currency": attempt.currency},
    }
    return user, order_id, said


async def send(
    product: Product, user: Client, address: str, event_type: str, said: dict[str, Any], **headers: str | None
) -> httpx.Response:
    """Sign and send; a header that is None is left out."""
    keys = Keyring(product.sandbox.identity)
    sealed = encrypt(product.sandbox.identity.apiv3_key, json.dumps(said).encode(), "transaction")
    body = json.dumps(
        {
            "id": secrets.token_hex(16),
            "create_time": shanghai(product.clock()).isoformat(timespec="seconds"),
            "event_type": event_type,
            "resource_type": "encrypt-resource",
            "summary": "",
            "resource": {"original_type": "transaction", **sealed},
        }
    ).encode()
    signed = {**keys.public_key.headers(body, product.clock() // 1000), **headers}
    given = {name: value for name, value in signed.items() if value is not None}
    return await user.send("POST", address, content=body, headers=given)


async def progress(user: Client) -> list[str]:
    return [row["progress"] for row in (await user.get("user/getOrderStatus/"))["data"]]


@pytest.mark.promise(4)
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("event_type", ["TRANSACTION.CLOSED", "TRANSACTION.PAYSCORE", "PAYSCORE.USER_PAID"])
async def test_another_event_is_kept_answered_204_and_changes_nothing(
    product: Product, address: str, event_type: str
) -> None:
    user, _, said = await unpaid(product)
    before = await product.contents()
    answer = await send(product, user, address, event_type, said)
    assert (answer.status_code, answer.content) == (204, b"")
    after = await product.contents()
    assert len(after["payment_events"]) == 1
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == {"payment_events"}
    assert await progress(user) == ["待付款"]


@pytest.mark.promise(1)
async def test_the_signature_decides_where_its_type_is_not_named_and_another_type_is_refused(
    product: Product,
) -> None:
    user, _, said = await unpaid(product)
    name, address = "Wechatpay-Signature-Type", ADDRESSES[0]
    for other in ("WECHATPAY2-SM2-WITH-SM3", "none", ""):
        answer = await send(product, user, address, "TRANSACTION.SUCCESS", said, **{name: other})
        assert 400 <= answer.status_code < 500
        assert answer.json()["code"] == "FAIL"
    assert await progress(user) == ["待付款"]
    answer = await send(product, user, address, "TRANSACTION.SUCCESS", said, **{name: None})
    assert answer.status_code == 204
    assert await progress(user) == ["已付款"]


@pytest.mark.promise(4)
async def test_a_payment_that_disagreed_is_settled_by_the_notification_that_agrees(product: Product) -> None:
    user, order_id, said = await unpaid(product)
    wrong = {**said, "amount": {**said["amount"], "total": 1}}
    for address, content in zip(ADDRESSES[:2], (wrong, said), strict=True):
        answer = await send(product, user, address, "TRANSACTION.SUCCESS", content)
        assert answer.status_code == 204
    assert await progress(user) == ["已付款"]
    async with product.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert (case.kind, case.order_id) == ("payment_mismatch", order_id)
    assert json.loads(case.detail)["settled_as"] == "paid"


@pytest.mark.promise(16)
async def test_a_payment_first_heard_of_as_refunded_ends_as_refunded(product: Product) -> None:
    user, order_id, said = await unpaid(product)
    answer = await send(product, user, ADDRESSES[0], "TRANSACTION.SUCCESS", {**said, "trade_state": "REFUND"})
    assert answer.status_code == 204
    assert await progress(user) == ["已退款"]
    detail = await user.get("user/getOrder/", id=order_id)
    assert [row["state"] for row in detail["refunds"]] == ["已退款"]
    assert detail["actions"] == ["rebook"]
