"""The stand-in against the real client library, in both key modes."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType

from sandbox.identity import new_key

if TYPE_CHECKING:
    from tests.sandbox.conftest import Merchant


def library(merchant: Merchant, mode: str) -> AsyncWeChatPay:
    identity = merchant.sandbox.identity
    keys = {
        "public_key": identity.platform_public_key_path.read_text(),
        "public_key_id": identity.platform_public_key_id,
    }
    client = AsyncWeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=identity.mchid,
        private_key=identity.merchant_private_key_path.read_text(),
        cert_serial_no=identity.merchant_serial,
        appid=identity.appid,
        apiv3_key=identity.apiv3_key,
        notify_url=merchant.notify_url,
        timeout=(3, 8),
        **(keys if mode == "public_key" else {}),
    )
    client._core._gate_way = merchant.base
    return client


@pytest.mark.parametrize("mode", ["public_key", "certificate"])
def test_the_library_walks_the_whole_road(drive_sandbox: Callable[..., None], mode: str) -> None:
    async def scenario(merchant: Merchant) -> None:
        async with library(merchant, mode) as client:
            await walk(merchant, client)

    drive_sandbox(scenario, bill_any_day=True)


async def walk(merchant: Merchant, client: AsyncWeChatPay) -> None:
    status, text = await client.pay(
        description="陪诊",
        out_trade_no="LIB-000001",
        amount={"total": 100, "currency": "CNY"},
        payer={"openid": merchant.openid},
    )
    assert status == 200
    prepay_id = json.loads(text)["prepay_id"]

    status, text = await client.query(out_trade_no="LIB-000001")
    assert (status, json.loads(text)["trade_state"]) == (200, "NOTPAY")
    assert (await merchant.pay(prepay_id)).json()["trade_state"] == "SUCCESS"
    received = (await merchant.notified())[0]
    decoded = client.callback(received.headers, received.body)
    assert decoded["event_type"] == "TRANSACTION.SUCCESS"
    assert decoded["resource"]["out_trade_no"] == "LIB-000001"

    status, text = await client.query(transaction_id=decoded["resource"]["transaction_id"])
    assert (status, json.loads(text)["trade_state"]) == (200, "SUCCESS")
    status, text = await client.close(out_trade_no="LIB-000001")
    assert (status, json.loads(text)["code"]) == (400, "ORDERPAID")

    status, text = await client.refund(
        out_refund_no="R-1", out_trade_no="LIB-000001", amount={"refund": 40, "total": 100, "currency": "CNY"}
    )
    assert (status, json.loads(text)["status"]) == (200, "PROCESSING")
    await merchant.notified(2)
    status, text = await client.query_refund(out_refund_no="R-1")
    assert (status, json.loads(text)["status"]) == (200, "SUCCESS")

    await client.pay(
        description="陪诊",
        out_trade_no="LIB-000002",
        amount={"total": 1, "currency": "CNY"},
        payer={"openid": merchant.openid},
    )
    assert await client.close(out_trade_no="LIB-000002") == (204, b"")
    await check_bill(merchant, client)


async def check_bill(merchant: Merchant, client: AsyncWeChatPay) -> None:
    _, text = await client.query(out_trade_no="LIB-000001")
    day = json.loads(text)["success_time"][:10]  # not today: midnight may have come since
    status, text = await client.trade_bill(bill_date=day)
    offer: dict[str, Any] = json.loads(text)
    assert status == 200
    status, content = await client.download_bill(offer["download_url"])
    assert status == 200
    plain = gzip.decompress(content)
    assert hashlib.sha1(plain).hexdigest() == offer["hash_value"]
    assert "LIB-000001" in plain.decode("utf-8-sig")


def test_a_wrong_merchant_key_is_refused(drive_sandbox: Callable[..., None]) -> None:
    async def scenario(merchant: Merchant) -> None:
        client = library(merchant, "public_key")
        client._core._private_key = new_key()
        async with client:
            status, text = await client.query(out_trade_no="LIB-000003")
            assert (status, json.loads(text)["code"]) == (401, "SIGN_ERROR")

    drive_sandbox(scenario)
