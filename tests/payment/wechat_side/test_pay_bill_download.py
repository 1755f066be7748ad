"""Bills as the gateway fetches them: announced, downloaded, checked against their hash."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Awaitable
from datetime import date
from typing import Any

import httpx
import pytest

from payment.wechatpay import errors
from payment.wechatpay.bills.bill_file import BadBill
from payment.wechatpay.gateway import Gateway
from tests.payment.wechat_side.gateway_calls import ask

CSV = "交易时间,商户订单号\r\n`2026-11-22 10:00:00,`1\r\n".encode() * 50


def bills(pay_wechat: Any, pay_material: Any, content: bytes, **changes: Any) -> None:
    def answer(request: httpx.Request) -> Any:
        if "/bill/" in request.url.path:
            pointer = {
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(CSV).hexdigest(),
                "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc",
            }
            return 200, json.dumps(pointer | changes).encode()
        return httpx.Response(200, content=content)

    pay_wechat.answer = answer


def trade_bill(gateway: Gateway) -> Awaitable[bytes]:
    return gateway.trade_bill(date(2026, 11, 22))


@pytest.mark.promise(30)
def test_a_bill_is_fetched_unpacked_and_checked(pay_gateway: Any, pay_wechat: Any, pay_material: Any) -> None:
    bills(pay_wechat, pay_material, gzip.compress(CSV))
    assert ask(pay_gateway(), trade_bill) == CSV
    first, second = pay_wechat.requests
    assert str(first.url).endswith("/v3/bill/tradebill?bill_date=2026-11-22&bill_type=ALL&tar_type=GZIP")
    assert str(second.url) == "https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc"
    assert second.headers["Authorization"].startswith("WECHATPAY2-SHA256-RSA2048 ")
    assert ask(pay_gateway(), lambda gateway: gateway.fund_flow_bill(date(2026, 11, 22))) == CSV
    assert "/v3/bill/fundflowbill?bill_date=2026-11-22&account_type=BASIC" in str(pay_wechat.requests[2].url)


def test_a_bill_that_comes_unpacked_is_taken_as_it_is(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any
) -> None:
    bills(pay_wechat, pay_material, CSV)
    assert ask(pay_gateway(), trade_bill) == CSV
    half = len(CSV) // 2
    bills(pay_wechat, pay_material, gzip.compress(CSV[:half]) + gzip.compress(CSV[half:]))
    assert ask(pay_gateway(), trade_bill) == CSV


@pytest.mark.promise(30)
def test_a_bill_that_is_not_the_announced_one_is_refused(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any
) -> None:
    packed = gzip.compress(CSV)
    for content in (gzip.compress(CSV + b"x"), packed[:-9], packed[:30] + b"x" + packed[31:], b"", b"<html>"):
        bills(pay_wechat, pay_material, content)
        with pytest.raises(BadBill):
            ask(pay_gateway(), trade_bill)
    for changes in (
        {"hash_type": "MD5"},
        {"hash_value": None},
        {"hash_value": "00"},
        {"download_url": None},
        {"download_url": "https://elsewhere.example/file"},
        {"download_url": "https://[::1/v3/"},
        {"download_url": "https://a/v3/账单"},
    ):
        bills(pay_wechat, pay_material, packed, **changes)
        with pytest.raises(BadBill):
            ask(pay_gateway(), trade_bill)


def test_the_signed_download_goes_to_the_configured_server_only(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any
) -> None:
    bills(
        pay_wechat,
        pay_material,
        gzip.compress(CSV),
        download_url="https://elsewhere.example/sandbox/v3/billdownload/file?token=abc",
    )
    gateway = pay_gateway(base_url="http://127.0.0.1:8000/sandbox")
    assert ask(gateway, trade_bill) == CSV
    assert str(pay_wechat.requests[1].url) == "http://127.0.0.1:8000/sandbox/v3/billdownload/file?token=abc"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("NO_STATEMENT_EXIST", errors.NoBill), ("STATEMENT_CREATING", errors.BillNotReady)],
)
def test_a_bill_that_is_not_there(pay_gateway: Any, pay_wechat: Any, code: str, expected: Any) -> None:
    pay_wechat.refuses(400, code)
    with pytest.raises(expected):
        ask(pay_gateway(), trade_bill)


def test_a_refused_download_is_no_bill(pay_gateway: Any, pay_wechat: Any, pay_material: Any) -> None:
    bills(pay_wechat, pay_material, b"")
    honest = pay_wechat.answer
    pay_wechat.answer = lambda request: (
        httpx.Response(403, content=b"x") if "download" in request.url.path else honest(request)
    )
    with pytest.raises(errors.Unknown):
        ask(pay_gateway(), trade_bill)
