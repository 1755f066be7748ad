"""What the gateway sends, and the one outcome that every answer has."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date
from typing import Any

import httpx
import pytest
import wechatpayv3
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from payment.wechatpay import errors, library
from payment.wechatpay.bill_file import BadBill
from payment.wechatpay.gateway import Gateway, Limits
from payment.wechatpay.keys import PlatformKeys
from payment.wechatpay.merchant import Merchant

NUMBER = "20261123100000ABCDEFGHJKMNPQRSTV"
REFUND = "R20261123110000ABCDEFGHJKMNPQRST"


def ask(gateway: Gateway, call: Callable[[Gateway], Awaitable[Any]]) -> Any:
    async def conversation() -> Any:
        async with gateway:
            return await call(gateway)

    return asyncio.run(conversation())


def ask_each(gateway: Gateway, calls: list[Any]) -> list[Any]:
    """What each call raised (or gave), made one after the other by one gateway."""

    async def conversation() -> list[Any]:
        async with gateway:
            return [(await asyncio.gather(call(gateway), return_exceptions=True))[0] for call in calls]

    return asyncio.run(conversation())


def create(gateway: Gateway) -> Coroutine[Any, Any, str]:
    return gateway.create_order(
        out_trade_no=NUMBER,
        description="全天陪诊 西京医院",
        total_fen=58800,
        openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        expire_at=1795401296999,
        attach="订单 7",
    )


def query(gateway: Gateway) -> Coroutine[Any, Any, Any]:
    return gateway.query_order(NUMBER)


def close(gateway: Gateway) -> Awaitable[None]:
    return gateway.close_order(NUMBER)


def refund(gateway: Gateway) -> Awaitable[Any]:
    return gateway.refund(
        out_trade_no=NUMBER, out_refund_no=REFUND, refund_fen=29400, total_fen=58800, reason="行程\n有变"
    )


def query_refund(gateway: Gateway) -> Awaitable[Any]:
    return gateway.query_refund(REFUND)


EVERY_CALL = [create, query, close, refund, query_refund]


def test_the_library_is_the_version_that_was_read() -> None:
    assert wechatpayv3.__version__ == library.LIBRARY_VERSION == "2.0.4"


def test_another_version_of_the_library_is_refused(pay_gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "library_version", "2.0.5")
    with pytest.raises(RuntimeError, match=r"2\.0\.4 is needed"):
        pay_gateway()


def test_a_create_is_sent_and_signed_as_documented(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any
) -> None:
    pay_wechat.says(200, {"prepay_id": "wx201410272009395522657a690389285100"})
    assert ask(pay_gateway(), create) == "wx201410272009395522657a690389285100"
    (request,) = pay_wechat.requests
    assert str(request.url) == "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi"
    assert json.loads(request.content) == {
        "appid": "wx0123456789abcdef",
        "mchid": "1900000109",
        "description": "全天陪诊 西京医院",
        "out_trade_no": NUMBER,
        "notify_url": "https://clinic.example/wechatpay/notify/",
        "time_expire": "2026-11-23T10:34:56+08:00",
        "attach": "订单 7",
        "amount": {"total": 58800, "currency": "CNY"},
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
    }
    authorization = request.headers["Authorization"]
    assert authorization.startswith("WECHATPAY2-SHA256-RSA2048 ")
    parts = dict(re.findall(r'(\w+)="([^"]*)"', authorization))
    assert parts["mchid"] == "1900000109"
    assert parts["serial_no"] == "444F4864EA9B34415FFA"
    signed = f"POST\n/v3/pay/transactions/jsapi\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode()
    pay_material.merchant.public_key().verify(
        base64.b64decode(parts["signature"]), signed + request.content + b"\n", PKCS1v15(), SHA256()
    )
    assert abs(int(parts["timestamp"]) - time.time()) < 60
    assert request.headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_")


def test_a_prepay_id_is_as_long_as_documented_and_no_longer(pay_gateway: Any, pay_wechat: Any) -> None:
    longest = "w" * 64
    pay_wechat.says(200, {"prepay_id": longest})
    assert ask(pay_gateway(), create) == longest
    for unusable in ("w" * 65, "w" * 128, "", "w w", "预支付", None, 1):
        pay_wechat.says(200, {"prepay_id": unusable})
        with pytest.raises(errors.Unknown, match="prepay_id"):
            ask(pay_gateway(), create)


@pytest.mark.promise(11)
def test_a_repeated_create_is_identical(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.refuses(500, "SYSTEM_ERROR")
    for _ in range(2):
        with pytest.raises(errors.Unknown):
            ask(pay_gateway(), create)
    first, second = (request.content for request in pay_wechat.requests)
    assert first == second


def test_a_query_gives_the_transaction(pay_gateway: Any, pay_wechat: Any, pay_transaction: Any) -> None:
    pay_wechat.says(200, pay_transaction())
    found = ask(pay_gateway(), query)
    assert found.is_paid
    assert (found.total_fen, found.payer_total_fen, found.transaction_id) == (
        58800,
        58800,
        "4200001234202611231234567890",
    )
    assert pay_wechat.requests[0].url.raw_path.decode() == (
        f"/v3/pay/transactions/out-trade-no/{NUMBER}?mchid=1900000109"
    )


def test_an_unpaid_transaction_needs_few_fields(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(
        200,
        {
            "appid": "wx0123456789abcdef",
            "mchid": "1900000109",
            "out_trade_no": NUMBER,
            "trade_state": "NOTPAY",
            "trade_state_desc": "订单未支付",
            "amount": {"total": 58800, "payer_total": 58800, "currency": "CNY"},
        },
    )
    found = ask(pay_gateway(), query)
    assert not found.is_paid
    assert (found.openid, found.transaction_id, found.success_at) == (None, None, None)


@pytest.mark.promise(4)
def test_a_reply_about_another_payment_decides_nothing(
    pay_gateway: Any, pay_wechat: Any, pay_transaction: Any, pay_refund: Any
) -> None:
    pay_wechat.says(200, pay_transaction(out_trade_no="20261123100000OTHER"))
    with pytest.raises(errors.Unknown, match="another payment"):
        ask(pay_gateway(), query)
    pay_wechat.says(200, pay_refund(out_refund_no="R1"))
    for call in (refund, query_refund):
        with pytest.raises(errors.Unknown, match="another refund"):
            ask(pay_gateway(), call)


def test_a_close_is_a_signed_204(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(204, b"")
    assert ask(pay_gateway(), close) is None
    assert json.loads(pay_wechat.requests[0].content) == {"mchid": "1900000109"}


def test_a_refund_is_sent_with_its_own_notify_url(pay_gateway: Any, pay_wechat: Any, pay_refund: Any) -> None:
    pay_wechat.says(200, pay_refund())
    accepted = ask(pay_gateway(), refund)
    assert (accepted.status, accepted.refund_fen, accepted.currency) == ("PROCESSING", 29400, "CNY")
    assert json.loads(pay_wechat.requests[0].content) == {
        "out_trade_no": NUMBER,
        "out_refund_no": REFUND,
        "reason": "行程 有变",
        "notify_url": "https://clinic.example/wechatpay/refund-notify/",
        "amount": {"refund": 29400, "total": 58800, "currency": "CNY"},
    }


@pytest.mark.promise(13)
@pytest.mark.parametrize("status", ["SUCCESS", "CLOSED", "PROCESSING", "ABNORMAL"])
def test_a_refund_query_tells_each_state(
    pay_gateway: Any, pay_wechat: Any, pay_refund: Any, status: str
) -> None:
    pay_wechat.says(200, pay_refund(status=status))
    assert ask(pay_gateway(), query_refund).status == status


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "ORDER_NOT_EXIST", errors.NotFound),
        (404, "ORDERNOTEXIST", errors.NotFound),
        (404, "RESOURCE_NOT_EXISTS", errors.NotFound),
        (400, "ORDER_PAID", errors.AlreadyPaid),
        (400, "ORDERPAID", errors.AlreadyPaid),
        (400, "ORDER_CLOSED", errors.AlreadyClosed),
        (400, "ORDERCLOSED", errors.AlreadyClosed),
        (403, "OUT_TRADE_NO_USED", errors.NumberUsed),
        (400, "INVALID_REQUEST", errors.InvalidRequest),
        (403, "NOT_ENOUGH", errors.NotEnoughMoney),
        (401, "SIGN_ERROR", errors.Misconfigured),
        (401, "ANYTHING", errors.Misconfigured),
        (403, "NO_AUTH", errors.Misconfigured),
        (400, "APPID_MCHID_NOT_MATCH", errors.Misconfigured),
        (400, "MCH_NOT_EXISTS", errors.Misconfigured),
        (400, "PARAM_ERROR", errors.Refused),
        (403, "USER_ACCOUNT_ABNORMAL", errors.Refused),
        (403, "REQUEST_BLOCKED", errors.Refused),
        (404, "SOMETHING_NEW", errors.Refused),
        (429, "FREQUENCY_LIMITED", errors.Busy),
        (429, "", errors.Busy),
        (403, "FREQUENCY_LIMITED", errors.Busy),
        (500, "SYSTEM_ERROR", errors.Unknown),
        (500, "BIZ_ERR_NEED_RETRY", errors.Unknown),
        (500, "ORDER_PAID", errors.Unknown),
        (502, "", errors.Unknown),
        (404, "", errors.Unknown),
    ],
)
def test_every_documented_code_has_its_error(
    pay_gateway: Any, pay_wechat: Any, status: int, code: str, expected: type[errors.GatewayError]
) -> None:
    pay_wechat.refuses(status, code)
    for problem in ask_each(pay_gateway(), EVERY_CALL):
        assert type(problem) is expected
        assert isinstance(problem, errors.GatewayError)
        assert (problem.status, problem.code, problem.verified) == (status, code, True)
        assert 400 <= problem.http_status < 600


def test_which_refusals_of_a_create_call_for_a_query() -> None:
    asking = {kind.__name__ for kind in errors.Refused.__subclasses__() if kind.must_query}
    assert asking == {"InvalidRequest", "AlreadyPaid", "AlreadyClosed", "NumberUsed"}


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    "spoil",
    [
        {"Wechatpay-Signature": ""},
        {"Wechatpay-Signature": "AAAA"},
        {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/AAAA"},
        {"Wechatpay-Serial": "5157F09EFDC096DE15EBE81A47057A7200000000"},
        {"Wechatpay-Serial": "not hexadecimal at all"},
        {"Wechatpay-Nonce": "x"},
        {"Wechatpay-Timestamp": "1700000000"},
        {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"},
    ],
)
def test_an_unverifiable_reply_leaves_the_outcome_unknown(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any, spoil: dict[str, str]
) -> None:
    body = json.dumps({"prepay_id": "wx1"}).encode()
    pay_wechat.answer = lambda request: httpx.Response(
        200, headers=pay_material.headers(body) | spoil, content=body
    )
    for problem in ask_each(pay_gateway(), EVERY_CALL):
        assert type(problem) is errors.Unknown
        assert "unverifiable" in str(problem)


@pytest.mark.promise(1)
def test_a_forged_refusal_is_not_believed(pay_gateway: Any, pay_wechat: Any, pay_material: Any) -> None:
    body = json.dumps({"code": "ORDER_CLOSED", "message": ""}).encode()
    headers = pay_material.headers(body, key=pay_material.stranger)
    pay_wechat.answer = lambda request: httpx.Response(400, headers=headers, content=body)
    with pytest.raises(errors.Unknown, match="unverifiable"):
        ask(pay_gateway(), close)


def test_an_unsigned_refusal_says_that_nobody_verified_it(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.sign = False
    pay_wechat.refuses(404, "ORDER_NOT_EXIST")
    with pytest.raises(errors.NotFound) as caught:
        ask(pay_gateway(), query)
    assert not caught.value.verified
    pay_wechat.says(200, {"prepay_id": "wx1"})
    with pytest.raises(errors.Unknown, match="missing_header"):
        ask(pay_gateway(), create)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b"<html>", b"\xff\xfe", b"{}", b'{"prepay_id": 5}']
)
def test_signed_garbage_leaves_the_outcome_unknown(pay_gateway: Any, pay_wechat: Any, body: bytes) -> None:
    pay_wechat.says(200, body)
    problems = ask_each(pay_gateway(), [create, query, refund, query_refund])
    assert {type(problem) for problem in problems} == {errors.Unknown}


def test_a_redirect_is_not_followed(pay_gateway: Any, pay_wechat: Any, pay_material: Any) -> None:
    headers = pay_material.headers(b"") | {"Location": "https://elsewhere.example/"}
    pay_wechat.answer = lambda request: httpx.Response(302, headers=headers)
    assert {type(problem) for problem in ask_each(pay_gateway(), EVERY_CALL)} == {errors.Unknown}
    assert len(pay_wechat.requests) == len(EVERY_CALL)


@pytest.mark.promise(11)
@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx.ReadTimeout, errors.Unknown),
        (httpx.WriteTimeout, errors.Unknown),
        (httpx.ReadError, errors.Unknown),
        (httpx.WriteError, errors.Unknown),
        (httpx.RemoteProtocolError, errors.Unknown),
        (httpx.ProxyError, errors.Unknown),
        (httpx.ConnectError, errors.Busy),
        (httpx.ConnectTimeout, errors.Busy),
        (httpx.PoolTimeout, errors.Busy),
    ],
)
def test_a_broken_network_is_busy_or_unknown(
    pay_gateway: Any, pay_wechat: Any, failure: type[httpx.TransportError], expected: Any
) -> None:
    def broken(request: httpx.Request) -> Any:
        raise failure("broken", request=request)

    pay_wechat.answer = broken
    for problem in ask_each(pay_gateway(), EVERY_CALL):
        assert type(problem) is expected
        assert problem.http_status in (503, 504)


def test_a_reply_beyond_the_bound_is_cut_off(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(200, b" " * (2 << 20))
    with pytest.raises(errors.Unknown, match="ReplyTooLarge"):
        ask(pay_gateway(), query)


def test_a_gzip_bomb_is_cut_off(pay_gateway: Any, pay_wechat: Any) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    pay_wechat.answer = lambda request: httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb)
    )
    with pytest.raises(errors.Unknown, match="ReplyTooLarge"):
        ask(pay_gateway(), query)


class Slow(httpx.AsyncBaseTransport):
    """Answers after a while, and counts how many wait at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = self.most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.now -= 1
        return httpx.Response(500, content=b"{}")


def test_a_call_ends_at_its_deadline(pay_gateway: Any) -> None:
    gateway = pay_gateway(transport=Slow(30), limits=Limits(deadline=0.1))
    started = time.monotonic()
    with pytest.raises(errors.Unknown, match="deadline"):
        ask(gateway, create)
    assert time.monotonic() - started < 5


def test_calls_queue_and_the_queue_has_an_end(pay_gateway: Any) -> None:
    slow = Slow(0.05)
    gateway = pay_gateway(transport=slow, limits=Limits(concurrency=3, queue=10))

    async def many(gateway: Gateway) -> list[Any]:
        return await asyncio.gather(*(query(gateway) for _ in range(12)), return_exceptions=True)

    assert {type(each) for each in ask(gateway, many)} == {errors.Unknown}
    assert slow.most == 3

    slow = Slow(0.5)
    gateway = pay_gateway(transport=slow, limits=Limits(concurrency=1, queue=0.05))
    found = [type(each) for each in ask(gateway, many)]
    assert found.count(errors.Unknown) == 1
    assert found.count(errors.Busy) == 11


@pytest.mark.parametrize(
    "number", ["", "short", "x" * 33, "20261123/../x", "2026112310000?x", "单号单号单号", "20261123\n"]
)
def test_a_number_that_would_bend_the_url_is_never_sent(
    pay_gateway: Any, pay_wechat: Any, number: str
) -> None:
    calls: list[Callable[[Gateway], Awaitable[Any]]] = [
        lambda gateway: gateway.query_order(number),
        lambda gateway: gateway.close_order(number),
        lambda gateway: gateway.refund(out_trade_no=number, out_refund_no=REFUND, refund_fen=1, total_fen=1),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="number"):
            ask(pay_gateway(), call)
    assert pay_wechat.requests == []


@pytest.mark.promise(12)
@pytest.mark.parametrize(("refund_fen", "total_fen"), [(0, 5), (-1, 5), (6, 5)])
def test_a_refund_of_more_than_the_payment_is_never_sent(
    pay_gateway: Any, pay_wechat: Any, refund_fen: int, total_fen: int
) -> None:
    with pytest.raises(ValueError, match="refund"):
        ask(
            pay_gateway(),
            lambda gateway: gateway.refund(
                out_trade_no=NUMBER, out_refund_no=REFUND, refund_fen=refund_fen, total_fen=total_fen
            ),
        )
    assert pay_wechat.requests == []


def test_a_long_description_is_cut_to_what_wechat_takes(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(200, {"prepay_id": "wx1"})
    ask(
        pay_gateway(),
        lambda gateway: gateway.create_order(
            out_trade_no=NUMBER, description="陪\t诊" * 90, total_fen=1, openid="o1", expire_at=0
        ),
    )
    assert len(json.loads(pay_wechat.requests[0].content)["description"]) == 127


@pytest.mark.parametrize(
    "url",
    [
        "",
        "clinic.example/notify",
        "ftp://clinic.example/",
        "https://clinic.example/?a=1",
        "https://a/?",
        "https://c/" + "x" * 255,
    ],
)
def test_a_notify_url_that_wechat_would_not_call_is_refused(pay_merchant: Merchant, url: str) -> None:
    with pytest.raises(ValueError, match="notify URL"):
        Merchant(
            pay_merchant.mchid,
            pay_merchant.appid,
            pay_merchant.key,
            pay_merchant.apiv3_key,
            url,
            "https://a/b/",
        )


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


def test_the_sandbox_prefix_is_not_part_of_the_signed_path(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any, pay_transaction: Any
) -> None:
    pay_wechat.says(200, pay_transaction())
    ask(pay_gateway(base_url="http://127.0.0.1:8341/sandbox/"), query)
    (request,) = pay_wechat.requests
    assert request.url.path == f"/sandbox/v3/pay/transactions/out-trade-no/{NUMBER}"
    parts = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["Authorization"]))
    path = f"/v3/pay/transactions/out-trade-no/{NUMBER}?mchid=1900000109"
    signed = f"GET\n{path}\n{parts['timestamp']}\n{parts['nonce_str']}\n\n".encode()
    pay_material.merchant.public_key().verify(
        base64.b64decode(parts["signature"]), signed, PKCS1v15(), SHA256()
    )


def test_clock_skew_is_measured(pay_gateway: Any, pay_wechat: Any, pay_transaction: Any) -> None:
    pay_wechat.says(200, pay_transaction())
    gateway = pay_gateway(clock=lambda: int(time.time() * 1000) + 120_000)
    assert gateway.clock_skew_ms is None
    ask(gateway, query)
    assert gateway.clock_skew_ms is not None
    assert -125_000 < gateway.clock_skew_ms < -115_000
    gateway = pay_gateway(clock=lambda: int(time.time() * 1000) + 400_000)
    with pytest.raises(errors.Unknown, match="stale_timestamp"):
        ask(gateway, query)
    assert gateway.clock_skew_ms is not None
    assert gateway.clock_skew_ms < -390_000


def test_a_closed_gateway_says_so(pay_gateway: Any) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        asyncio.run(query(pay_gateway()))


@pytest.mark.promise(3)
def test_without_wechats_keys_no_reply_counts(
    pay_gateway: Any, pay_wechat: Any, pay_transaction: Any
) -> None:
    pay_wechat.says(200, pay_transaction())
    with pytest.raises(errors.Unknown, match="unknown_serial"):
        ask(pay_gateway(keys=PlatformKeys()), query)


def test_logs_and_errors_hold_nothing_secret(
    pay_gateway: Any,
    pay_wechat: Any,
    pay_merchant: Merchant,
    pay_transaction: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = pay_gateway()
    raised = []
    for status, body in (
        (200, pay_transaction()),
        (400, {"code": "PARAM_ERROR", "message": "oUpF8uMuAJO"}),
        (500, {}),
    ):
        pay_wechat.says(status, body)
        for call in (create, query):
            try:
                ask(pay_gateway(), call)
            except errors.GatewayError as problem:
                raised.append(str(problem) + repr(problem))
    shown = caplog.text + "".join(raised) + repr(pay_merchant) + repr(gateway.merchant)
    for secret in (
        pay_merchant.apiv3_key,
        "oUpF8uMuAJO",
        "PRIVATE KEY",
        "signature=",
        "4200001234202611231234567890",
    ):
        assert secret not in shown
