"""Signed notifications of another form than WeChat documents: opened or refused, and never anything else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payment.wechatpay import notification
from payment.wechatpay.notification import (
    NotificationRefused,
    read_refund,
    read_transaction,
)
from tests.payment.wechat_side.refused_notifications import FIVE, refused


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
