"""Nothing that is not WeChat's own, fresh and whole gets past the verifier."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders

from payment.wechatpay import notification
from payment.wechatpay.keys import PlatformKeys, load_certificate, load_public_key
from payment.wechatpay.notification import (
    NotificationRefused,
    NotificationVerifier,
    read_refund,
    read_transaction,
)

FIVE = (
    "Wechatpay-Signature-Type",
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Serial",
    "Wechatpay-Signature",
)


@pytest.fixture
def pay_verifier(pay_material: Any) -> NotificationVerifier:
    return NotificationVerifier(pay_material.keys(), pay_material.apiv3_key)


def refused(verifier: NotificationVerifier, headers: Any, body: bytes) -> NotificationRefused:
    with pytest.raises(NotificationRefused) as caught:
        verifier.open(headers, body)
    assert 400 <= caught.value.http_status < 500
    return caught.value


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


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"resource_type": "plain"}, notification.BadEnvelope),
        ({"resource": None}, notification.BadEnvelope),
        ({"resource": []}, notification.BadEnvelope),
        ({"id": "x" * 37}, notification.BadEnvelope),
        ({"id": 5}, notification.BadEnvelope),
        ({"id": ""}, notification.BadEnvelope),
        ({"create_time": "yesterday"}, notification.BadEnvelope),
        ({"create_time": "2026-11-23T10:34:57"}, notification.BadEnvelope),
        ({"event_type": None}, notification.BadEnvelope),
        ({"event_type": "REFUND.SUCCESS"}, notification.BadEnvelope),
        ({"event_type": "支付.成功"}, notification.BadEnvelope),
        ({"id": "编号"}, notification.BadEnvelope),
    ],
)
def test_a_signed_envelope_of_another_form_is_refused(
    pay_verifier: Any,
    pay_material: Any,
    pay_notification: Any,
    pay_transaction: Any,
    changes: dict[str, Any],
    expected: type[NotificationRefused],
) -> None:
    body = pay_notification(pay_transaction(), **changes)
    assert isinstance(refused(pay_verifier, pay_material.headers(body), body), expected)


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"algorithm": "AEAD_SM4_GCM"}, notification.WrongAlgorithm),
        ({"algorithm": None}, notification.WrongAlgorithm),
        ({"nonce": "short"}, notification.BadEnvelope),
        ({"nonce": "x" * 12}, notification.BadCiphertext),
        ({"associated_data": "refund"}, notification.BadCiphertext),
        ({"associated_data": None}, notification.BadCiphertext),
        ({"associated_data": 7}, notification.BadEnvelope),
        ({"ciphertext": "not base64!"}, notification.BadEnvelope),
        ({"ciphertext": "AAAA"}, notification.BadEnvelope),
        ({"ciphertext": None}, notification.BadEnvelope),
        ({"original_type": "refund"}, notification.BadEnvelope),
        ({"original_type": None}, notification.BadEnvelope),
    ],
)
def test_a_resource_that_cannot_be_opened_is_refused(
    pay_verifier: Any,
    pay_material: Any,
    pay_notification: Any,
    pay_transaction: Any,
    changes: dict[str, Any],
    expected: type[NotificationRefused],
) -> None:
    envelope = json.loads(pay_notification(pay_transaction()))
    envelope["resource"] |= changes
    body = json.dumps(envelope).encode()
    assert isinstance(refused(pay_verifier, pay_material.headers(body), body), expected)


@pytest.mark.promise(1)
def test_every_byte_of_the_ciphertext_counts(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    envelope = json.loads(pay_notification(pay_transaction()))
    sealed = base64.b64decode(envelope["resource"]["ciphertext"])
    for position in range(0, len(sealed), 7):
        changed = bytearray(sealed)
        changed[position] ^= 0x80
        envelope["resource"]["ciphertext"] = base64.b64encode(changed).decode()
        body = json.dumps(envelope).encode()
        assert isinstance(refused(pay_verifier, pay_material.headers(body), body), notification.BadCiphertext)


def test_empty_associated_data_is_fine(pay_verifier: Any, pay_material: Any, pay_transaction: Any) -> None:
    sealed = pay_material.seal(json.dumps(pay_transaction()).encode(), "")
    del sealed["associated_data"]
    envelope = {
        "id": "EV-1",
        "create_time": "2026-11-23T10:34:57+08:00",
        "event_type": "TRANSACTION.SUCCESS",
        "resource_type": "encrypt-resource",
        "resource": {"original_type": "transaction", **sealed},
    }
    body = json.dumps(envelope).encode()
    assert read_transaction(pay_verifier.open(pay_material.headers(body), body)).is_paid


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"5", b'"x"', b"{", b"\xff\xfe{\x00}\x00", b"[" * 30000, b"{}", b"NaN", b"\x00"],
)
def test_signed_junk_is_refused_like_any_junk(pay_verifier: Any, pay_material: Any, body: bytes) -> None:
    assert isinstance(refused(pay_verifier, pay_material.headers(body), body), notification.BadEnvelope)


@pytest.mark.promise(1)
@pytest.mark.parametrize("plaintext", [b"", b"x", b"null", b"[]", b"\xff", b"[" * 3000])
def test_a_plaintext_that_is_no_object_is_refused(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_transaction: Any, plaintext: bytes
) -> None:
    envelope = json.loads(pay_notification(pay_transaction()))
    envelope["resource"] |= pay_material.seal(plaintext, "transaction")
    body = json.dumps(envelope).encode()
    assert isinstance(refused(pay_verifier, pay_material.headers(body), body), notification.BadEnvelope)


def test_a_body_beyond_the_bound_is_refused_before_any_work(pay_verifier: Any) -> None:
    problem = refused(pay_verifier, {}, b"x" * (notification.MAX_BODY_BYTES + 1))
    assert isinstance(problem, notification.BodyTooLarge)
    assert problem.http_status == 413


@pytest.mark.promise(1)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headers=st.dictionaries(st.one_of(st.sampled_from(FIVE), st.text(max_size=20)), st.text(max_size=60)),
    body=st.binary(max_size=300),
)
def test_junk_never_raises_anything_else(pay_verifier: Any, headers: dict[str, str], body: bytes) -> None:
    refused(pay_verifier, headers, body)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)
_names = ("id", "create_time", "event_type", "resource_type", "resource")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(_names), value=_json)
def test_any_value_in_any_place_of_a_signed_envelope_is_opened_or_refused(
    pay_verifier: Any,
    pay_material: Any,
    pay_notification: Callable[..., bytes],
    pay_transaction: Any,
    name: str,
    value: Any,
) -> None:
    body = pay_notification(pay_transaction(), **{name: value})
    slug = "opened"
    try:
        pay_verifier.open(pay_material.headers(body), body)
    except NotificationRefused as problem:
        slug = problem.slug
    assert slug in {"opened", "bad_envelope", "wrong_algorithm", "bad_ciphertext", "body_too_large"}


_places = st.sampled_from(
    [
        "out_trade_no",
        "trade_state",
        "transaction_id",
        "appid",
        "mchid",
        "payer",
        "trade_type",
        "amount",
        "success_time",
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=_places, value=_json)
def test_any_value_in_any_place_of_a_payment_is_read_or_refused(
    pay_transaction: Any, name: str, value: Any
) -> None:
    event = notification.Event(
        "EV", 0, "TRANSACTION.SUCCESS", "transaction", pay_transaction(**{name: value})
    )
    try:
        paid = read_transaction(event)
    except notification.BadEnvelope:
        return
    assert paid.total_fen is None or type(paid.total_fen) is int
    assert paid.openid is None or isinstance(paid.openid, str)


@pytest.mark.promise(1)
@pytest.mark.parametrize("total", ["58800", 58800.0, True, -1, 1e3, [58800], {}, 10**13, 2**70, None])
def test_an_amount_that_is_no_whole_number_of_fen_is_refused(pay_transaction: Any, total: Any) -> None:
    amount = pay_transaction()["amount"] | {"total": total}
    event = notification.Event("EV", 0, "TRANSACTION.SUCCESS", "transaction", pay_transaction(amount=amount))
    with pytest.raises(notification.BadEnvelope):
        read_transaction(event)


@pytest.mark.parametrize(
    "changes",
    [
        {"transaction_id": None},
        {"amount": None},
        {"amount": "58800"},
        {"payer": "o1"},
        {"payer": {"openid": 5}},
        {"out_trade_no": ""},
        {"out_trade_no": "x" * 65},
        {"success_time": "today"},
        {"success_time": 1795401296},
        {"trade_state": 1},
    ],
)
def test_a_paid_transaction_of_the_wrong_form_is_refused(
    pay_transaction: Any, changes: dict[str, Any]
) -> None:
    event = notification.Event("EV", 0, "TRANSACTION.SUCCESS", "transaction", pay_transaction(**changes))
    with pytest.raises(notification.BadEnvelope):
        read_transaction(event)


@pytest.mark.promise(13)
@pytest.mark.parametrize("status", ["SUCCESS", "ABNORMAL", "CLOSED"])
def test_a_refund_notification_speaks_of_refund_status(
    pay_verifier: Any, pay_material: Any, pay_notification: Any, pay_refund: Any, status: str
) -> None:
    told = pay_refund(refund_status=status, success_time="2026-11-23T11:01:00+08:00")
    del told["status"], told["amount"]["currency"], told["create_time"]
    body = pay_notification(told, event=f"REFUND.{status}")
    event = pay_verifier.open(pay_material.headers(body), body)
    result = read_refund(event)
    assert (result.status, result.refund_fen, result.total_fen, result.currency) == (
        status,
        29400,
        58800,
        None,
    )
    with pytest.raises(notification.BadEnvelope):
        read_transaction(event)


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    "changes",
    [
        {"refund_status": None, "status": "SUCCESS"},
        {"refund_status": "DONE"},
        {"refund_status": "CLOSED"},
        {"refund_id": None},
        {"amount": {"refund": "29400", "total": 58800}},
        {"amount": {"refund": 29400}},
    ],
)
def test_a_refund_notification_of_the_wrong_form_is_refused(pay_refund: Any, changes: dict[str, Any]) -> None:
    told = pay_refund(refund_status="SUCCESS") | changes
    with pytest.raises(notification.BadEnvelope):
        read_refund(notification.Event("EV", 0, "REFUND.SUCCESS", "refund", told))
    with pytest.raises(notification.BadEnvelope):
        read_refund(notification.Event("EV", 0, "TRANSACTION.SUCCESS", "transaction", told))


def test_every_cause_has_its_own_slug() -> None:
    causes = NotificationRefused.__subclasses__()
    assert len(causes) >= 10
    assert len({cause.slug for cause in causes}) == len(causes)
