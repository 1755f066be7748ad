"""Nothing that is not WeChat's own, fresh and whole gets past the verifier."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from tornado.httputil import HTTPHeaders

from payment.wechatpay import notification
from payment.wechatpay.keys import PlatformKeys, load_certificate, load_public_key
from payment.wechatpay.notification import (
    NotificationVerifier,
    read_transaction,
)
from tests.payment.wechat_side.refused_notifications import FIVE, refused


def test_a_payment_notification_is_opened(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    event = pay_verifier.open(pay_material.headers(body), body)
    assert (event.id, event.event_type) == ("EV-2018022511223320873", "TRANSACTION.SUCCESS")
    assert event.created_at == 1795401297000
    paid = read_transaction(event)
    assert paid.is_paid
    assert (paid.out_trade_no, paid.total_fen, paid.currency) == (
        "20261123100000ABCDEFGHJKMNPQRSTV",
        58800,
        "CNY",
    )
    assert paid.success_at == 1795401296000
    assert paid.openid == "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


def test_what_is_personal_stays_out_of_repr(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    event = pay_verifier.open(pay_material.headers(body), body)
    shown = repr(event) + repr(read_transaction(event))
    assert "oUpF8uMuAJO" not in shown
    assert "零钱" not in shown


def test_headers_are_found_whatever_their_case_and_container(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    signed = pay_material.headers(body)
    for headers in (
        HTTPHeaders(signed),
        {name.lower(): value for name, value in signed.items()},
        {name.upper(): value for name, value in signed.items()},
    ):
        assert pay_verifier.open(headers, body).id


@pytest.mark.promise(1)
@pytest.mark.parametrize("name", FIVE[1:])
def test_a_missing_or_empty_header_is_named(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any, name: str
) -> None:
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body)
    assert isinstance(refused(pay_verifier, headers | {name: ""}, body), notification.MissingHeader)
    del headers[name]
    assert name in str(refused(pay_verifier, headers, body))


@pytest.mark.promise(1)
@pytest.mark.parametrize("name", FIVE)
def test_changing_any_character_of_any_header_is_refused(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any, name: str
) -> None:
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body)
    value = headers[name]
    for position in range(len(value)):
        for other in "A0+z":
            if value[position] != other:
                changed = value[:position] + other + value[position + 1 :]
                refused(pay_verifier, headers | {name: changed}, body)


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    "value", ["x" * 5000, "签名", "a b", "a\r\nb", "\x00", "\udcff", " ", "1e9", "-5", "٣٤٥٦", "1_000"]
)
@pytest.mark.parametrize("name", FIVE)
def test_a_header_that_nobody_could_have_signed_is_refused(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any, name: str, value: str
) -> None:
    body = pay_notification(pay_transaction())
    refused(pay_verifier, pay_material.headers(body) | {name: value}, body)


@pytest.mark.promise(1)
def test_flipping_any_byte_of_the_body_is_refused(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body)
    for position in range(len(body)):
        changed = bytearray(body)
        changed[position] ^= 1 << (position % 8)
        assert isinstance(refused(pay_verifier, headers, bytes(changed)), notification.BadSignature)
    for changed_body in (b"", body[:-1], body + b"\n", body + b" ", b"\xef\xbb\xbf" + body):
        assert isinstance(refused(pay_verifier, headers, changed_body), notification.BadSignature)


@pytest.mark.promise(1)
def test_another_spelling_of_the_same_signature_is_refused(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body)
    signature = headers["Wechatpay-Signature"]
    assert signature.endswith("==")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    lazy = alphabet[alphabet.index(signature[-3]) + 1]  # differs only in bits that the padding cuts off
    twin = signature[:-3] + lazy + "=="
    assert base64.b64decode(twin) == base64.b64decode(signature)
    for spelling in (twin, signature[:-1], signature + "=", signature.replace("=", ""), signature + "AAAA"):
        refused(pay_verifier, headers | {"Wechatpay-Signature": spelling}, body)


@pytest.mark.promise(1)
def test_wechats_own_probe_is_refused(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body)
    headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
    assert isinstance(refused(pay_verifier, headers, body), notification.SignTest)


@pytest.mark.promise(1)
def test_a_stranger_cannot_sign_for_wechat(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    forged = pay_material.headers(body, key=pay_material.stranger)
    assert isinstance(refused(pay_verifier, forged, body), notification.BadSignature)
    own_serial = pay_material.headers(
        body, key=pay_material.stranger, serial="5157F09EFDC096DE15EBE81A47057A7200000000"
    )
    assert isinstance(refused(pay_verifier, own_serial, body), notification.UnknownSerial)
    ours = pay_material.headers(body, key=pay_material.merchant)
    assert isinstance(refused(pay_verifier, ours, body), notification.BadSignature)


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    "algorithm", ["WECHATPAY2-SM2-WITH-SM3", "wechatpay2-sha256-rsa2048", "none", "HMAC-SHA256"]
)
def test_another_signature_algorithm_is_refused(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any, algorithm: str
) -> None:
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body) | {"Wechatpay-Signature-Type": algorithm}
    assert isinstance(refused(pay_verifier, headers, body), notification.WrongAlgorithm)


@pytest.mark.promise(1)
def test_a_signature_type_that_is_not_named_is_the_known_one_but_an_empty_one_is_refused(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body)
    empty = headers | {"Wechatpay-Signature-Type": ""}
    assert isinstance(refused(pay_verifier, empty, body), notification.MissingHeader)
    del headers["Wechatpay-Signature-Type"]
    assert pay_verifier.open(headers, body).event_type == "TRANSACTION.SUCCESS"
    forged = pay_material.headers(body, key=pay_material.stranger)
    del forged["Wechatpay-Signature-Type"]
    assert isinstance(refused(pay_verifier, forged, body), notification.BadSignature)


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("event_type", "original_type"),
    [
        ("TRANSACTION.CLOSED", "transaction"),
        ("TRANSACTION.PAYSCORE", "payscore"),
        ("transaction.success", "transaction"),
        ("REFUND.PROCESSING", "refund"),
        ("COUPON.USE", "coupon"),
    ],
)
def test_an_event_of_another_type_is_opened_and_does_not_act(
    pay_verifier: Any,
    pay_material: Any,
    pay_notification: Any,
    pay_transaction: Any,
    event_type: str,
    original_type: str,
) -> None:
    envelope = json.loads(pay_notification(pay_transaction(), event_type=event_type))
    envelope["resource"]["original_type"] = original_type
    body = json.dumps(envelope).encode()
    event = pay_verifier.open(pay_material.headers(body), body)
    assert not event.acts
    assert event.reference == pay_transaction()["out_trade_no"]


@pytest.mark.promise(2)
@pytest.mark.parametrize(
    ("age", "accepted"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_five_minutes_are_the_limit_to_the_second(
    pay_material: Any, pay_notification: Any, pay_transaction: Any, age: int, accepted: bool
) -> None:
    now = int(time.time())
    verifier = NotificationVerifier(pay_material.keys(), pay_material.apiv3_key, lambda: now * 1000)
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body, at=now - age)
    if accepted:
        assert verifier.open(headers, body).id
    else:
        assert isinstance(refused(verifier, headers, body), notification.StaleTimestamp)


@pytest.mark.promise(2)
def test_a_milliseconds_timestamp_is_from_the_future(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    body = pay_notification(pay_transaction())
    assert isinstance(
        refused(pay_verifier, pay_material.headers(body, at=99_999_999_999), body),
        notification.StaleTimestamp,
    )


@pytest.mark.promise(3)
def test_no_keys_never_mean_verified(pay_material: Any, pay_notification: Any, pay_transaction: Any) -> None:
    body = pay_notification(pay_transaction())
    bare = NotificationVerifier(PlatformKeys(), pay_material.apiv3_key)
    assert isinstance(refused(bare, pay_material.headers(body), body), notification.UnknownSerial)
    assert isinstance(refused(bare, {}, body), notification.MissingHeader)
    for key in ("", "x" * 31, "x" * 33, b""):
        with pytest.raises(ValueError, match="32 bytes"):
            NotificationVerifier(pay_material.keys(), key)


def test_keys_of_both_modes_are_believed_at_once(
    pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    old, new = (load_certificate(pem) for pem in (pay_material.old_certificate, pay_material.new_certificate))
    public = load_public_key(pay_material.platform_pem, "PUB_KEY_ID_0114232134912410000000000000")
    verifier = NotificationVerifier(PlatformKeys([public, old, new]), pay_material.apiv3_key)
    body = pay_notification(pay_transaction())
    for headers in (
        pay_material.headers(body),
        pay_material.headers(body, key=pay_material.old_certificate_key, serial=old.serial),
        pay_material.headers(body, key=pay_material.new_certificate_key, serial=new.serial.lower()),
    ):
        assert verifier.open(headers, body).id
    crossed = pay_material.headers(body, key=pay_material.old_certificate_key, serial=new.serial)
    assert isinstance(refused(verifier, crossed, body), notification.BadSignature)


def test_an_expired_certificate_signs_nothing(
    pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    expired = load_certificate(pay_material.expired_certificate)
    verifier = NotificationVerifier(PlatformKeys([expired]), pay_material.apiv3_key)
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body, key=pay_material.stranger, serial=expired.serial)
    assert isinstance(refused(verifier, headers, body), notification.UnknownSerial)
