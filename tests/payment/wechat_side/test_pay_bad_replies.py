"""Replies that prove nothing: unsigned, forged, garbage, too long, too late, or none at all."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from typing import Any

import httpx
import pytest

from payment.wechatpay import errors
from payment.wechatpay.gateway import Gateway, Limits
from tests.payment.wechat_side.gateway_calls import (
    EVERY_CALL,
    ask,
    ask_each,
    close,
    create,
    query,
    query_refund,
    refund,
)


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
    problems = ask_each(pay_gateway(), EVERY_CALL)
    assert {(type(problem), problem.status) for problem in problems} == {(errors.Unknown, 302)}
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
        (httpx.ConnectError, errors.Unreachable),
        (httpx.ConnectTimeout, errors.Unreachable),
        (httpx.PoolTimeout, errors.Unreachable),
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
