"""What the gateway sends, and the one outcome that every answer has."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import time
from typing import Any

import pytest
import wechatpayv3
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from payment.wechatpay import errors, library
from payment.wechatpay.keys import PlatformKeys
from payment.wechatpay.merchant import Merchant
from tests.payment.wechat_side.gateway_calls import (
    EVERY_CALL,
    NUMBER,
    REFUND,
    ask,
    ask_each,
    close,
    create,
    query,
    query_refund,
    refund,
)


def test_the_library_is_the_version_that_was_read() -> None:
    assert wechatpayv3.__version__ == library.LIBRARY_VERSION == "2.0.4"


def test_another_version_of_the_library_is_refused(pay_gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "version", lambda _: "2.0.5")
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
    with pytest.raises(errors.Unknown, match="200 a reply about another payment"):
        ask(pay_gateway(), query)
    pay_wechat.says(200, pay_refund(out_refund_no="R1"))
    for call in (refund, query_refund):
        with pytest.raises(errors.Unknown, match="200 a reply about another refund"):
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
