"""WeChat's keys by serial: old and new together, refreshed gently, never lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any

import pytest

from payment.wechatpay import errors
from payment.wechatpay.keys import (
    REFRESH_PAUSE_MS,
    PlatformKey,
    PlatformKeys,
    load_certificate,
    load_public_key,
    read_certificates,
)
from payment.wechatpay.notification import NotificationVerifier, UnknownSerial
from payment.wechatpay.signing import KeyProblem
from tests.payment.wechat_side.refreshing import refreshed


def now_ms() -> int:
    return int(time.time() * 1000)


class Source:
    """Where certificates come from in these tests."""

    def __init__(self, *keys: PlatformKey) -> None:
        self.keys = keys
        self.calls = 0
        self.problem: Exception | None = None
        self.seconds = 0.0

    async def __call__(self) -> Iterable[PlatformKey]:
        self.calls += 1
        await asyncio.sleep(self.seconds)
        if self.problem:
            raise self.problem
        return self.keys


def test_certificate_serials_are_numbers_and_key_ids_are_names(pay_material: Any) -> None:
    certificate = load_certificate(pay_material.new_certificate)
    public = load_public_key(pay_material.platform_pem, "PUB_KEY_ID_01a")
    keys = PlatformKeys([certificate, public])
    for spelling in (certificate.serial, certificate.serial.lower(), "00" + certificate.serial):
        assert keys.find(spelling) is not None
    assert keys.find("PUB_KEY_ID_01a") is not None
    for other in ("PUB_KEY_ID_01A", "pub_key_id_01a", "01a", "", "0", "PUB_KEY_ID_"):
        assert keys.find(other) is None
    assert keys.serials() == sorted([certificate.serial, "PUB_KEY_ID_01a"])


def test_a_certificate_counts_from_its_first_to_its_last_moment(pay_material: Any) -> None:
    certificate = load_certificate(pay_material.new_certificate)
    assert certificate.not_before_at is not None
    assert certificate.not_after_at is not None
    moment = 0
    keys = PlatformKeys([certificate], lambda: moment)
    for moment, usable in (  # noqa: B007 (the clock reads it)
        (certificate.not_before_at - 1, False),
        (certificate.not_before_at, True),
        (certificate.not_after_at, True),
        (certificate.not_after_at + 1, False),
    ):
        assert (keys.find(certificate.serial) is not None) is usable


def test_refresh_adds_and_keeps(pay_material: Any) -> None:
    old, new = load_certificate(pay_material.old_certificate), load_certificate(pay_material.new_certificate)
    public = load_public_key(pay_material.platform_pem, "PUB_KEY_ID_1")
    keys = PlatformKeys([old, public])
    source = Source(new)
    keys.fetch_with(source)
    assert asyncio.run(keys.refresh())
    assert keys.serials() == sorted([old.serial, new.serial, "PUB_KEY_ID_1"])
    assert keys.refreshed_at is not None


def test_a_refresh_drops_what_has_expired_and_cannot_replace_a_configured_public_key(
    pay_material: Any,
) -> None:
    expired = load_certificate(pay_material.expired_certificate)
    public = load_public_key(pay_material.platform_pem, "PUB_KEY_ID_1")
    keys = PlatformKeys([expired, public])
    keys.fetch_with(Source(PlatformKey("PUB_KEY_ID_1", pay_material.stranger.public_key())))
    assert asyncio.run(keys.refresh())
    assert [each.serial for each in keys.held()] == ["PUB_KEY_ID_1"]
    assert keys.find("PUB_KEY_ID_1") is public.key


def test_a_refresh_keeps_a_certificate_to_its_last_moment_and_keys_without_one(pay_material: Any) -> None:
    old, public = (
        load_certificate(pay_material.old_certificate),
        PlatformKey("PUB_KEY_ID_1", pay_material.stranger.public_key()),
    )
    assert old.not_after_at is not None
    moment = old.not_after_at
    keys = PlatformKeys([old, public], lambda: moment)
    keys.fetch_with(Source())
    assert asyncio.run(keys.refresh())
    assert [keys.held(), keys.refreshed_at] == [[old, public], moment]
    moment += 1
    assert keys.held() == [old, public]
    assert (keys.usable(), keys.serials()) == ([public], ["PUB_KEY_ID_1"]), "not before the next refresh"
    assert asyncio.run(keys.refresh())
    assert keys.held() == [public]


def test_without_a_source_nothing_is_refreshed(pay_material: Any) -> None:
    old = load_certificate(pay_material.old_certificate)
    keys = PlatformKeys([old])
    assert asyncio.run(keys.refresh()) is False
    keys.request_refresh()
    assert (keys.refreshed_at, keys.held()) == (None, [old])


@pytest.mark.parametrize(
    "problem",
    [
        errors.Unknown("down"),
        errors.Refused(code="NO_AUTH", status=403),
        RuntimeError(),
        KeyProblem("x"),
        TimeoutError(),
    ],
)
def test_a_failed_refresh_takes_nothing_away(pay_material: Any, problem: Exception) -> None:
    old = load_certificate(pay_material.old_certificate)
    keys = PlatformKeys([old])
    source = Source()
    source.problem = problem
    keys.fetch_with(source)
    assert not asyncio.run(keys.refresh())
    assert keys.serials() == [old.serial]


def test_an_empty_refresh_takes_nothing_away(pay_material: Any) -> None:
    old = load_certificate(pay_material.old_certificate)
    keys = PlatformKeys([old])
    keys.fetch_with(Source())
    assert asyncio.run(keys.refresh())
    assert keys.serials() == [old.serial]


def test_many_unknown_serials_cause_one_refresh_a_minute(pay_material: Any) -> None:
    new = load_certificate(pay_material.new_certificate)
    now = now_ms()

    async def story() -> None:
        nonlocal now
        keys = PlatformKeys(clock=lambda: now)
        source = Source(new)
        source.seconds = 0.01
        keys.fetch_with(source)
        for _ in range(50):
            keys.request_refresh()
            await asyncio.sleep(0)
        await refreshed(keys)
        assert source.calls == 1
        assert keys.serials() == [new.serial]
        now += REFRESH_PAUSE_MS - 1
        keys.request_refresh()
        await refreshed(keys)
        assert source.calls == 1
        now += 1
        keys.request_refresh()
        await refreshed(keys)
        assert source.calls == 2
        await keys.close()

    asyncio.run(story())


def test_closing_ends_a_refresh_that_hangs() -> None:
    async def story() -> None:
        keys = PlatformKeys()
        source = Source()
        source.seconds = 60
        keys.fetch_with(source)
        keys.request_refresh()
        await asyncio.sleep(0)
        await asyncio.wait_for(keys.close(), 1)

    asyncio.run(story())


def test_a_notification_with_a_new_serial_is_refused_once_and_accepted_after(
    pay_material: Any, pay_notification: Any, pay_transaction: Any
) -> None:
    new = load_certificate(pay_material.new_certificate)
    body = pay_notification(pay_transaction())
    headers = pay_material.headers(body, key=pay_material.new_certificate_key, serial=new.serial)

    async def story() -> None:
        keys = pay_material.keys()
        keys.fetch_with(Source(new))
        verifier = NotificationVerifier(keys, pay_material.apiv3_key)
        with pytest.raises(UnknownSerial):
            verifier.open(headers, body)
        await refreshed(keys)
        assert verifier.open(headers, body).id
        assert verifier.open(pay_material.headers(body), body).id
        await keys.close()

    asyncio.run(story())


def test_certificates_are_decrypted_by_us(pay_material: Any) -> None:
    reply = pay_material.certificates(pay_material.old_certificate, pay_material.new_certificate)
    found = read_certificates(reply, pay_material.apiv3_key.encode())
    assert [each.serial for each in found] == [
        load_certificate(pay_material.old_certificate).serial,
        load_certificate(pay_material.new_certificate).serial,
    ]
    assert all(each.not_after_at for each in found)


def sealed_as(**changes: object) -> bytes:
    sealed = {"algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefabcdef", "ciphertext": "AAAA"}
    return json.dumps({"data": [{"encrypt_certificate": sealed | changes}]}).encode()


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"[]",
        b"{}",
        b'{"data": null}',
        b'{"data": [null]}',
        b'{"data": [{}]}',
        b'{"data": [{"encrypt_certificate": {}}]}',
        sealed_as(nonce=1),
        sealed_as(nonce=""),
        sealed_as(algorithm="none"),
        sealed_as(ciphertext="not base64"),
        sealed_as(associated_data=[]),
    ],
)
def test_a_reply_without_certificates_is_a_key_problem(pay_material: Any, reply: bytes) -> None:
    with pytest.raises(KeyProblem):
        read_certificates(reply, pay_material.apiv3_key.encode())


def test_certificates_under_another_apiv3_key_are_refused(pay_material: Any) -> None:
    reply = pay_material.certificates(pay_material.new_certificate)
    for key in (b"x" * 32, b"short"):
        with pytest.raises(KeyProblem):
            read_certificates(reply, key)
    sealed = pay_material.seal(b"no certificate", "certificate")
    with pytest.raises(KeyProblem):
        read_certificates(
            json.dumps({"data": [{"encrypt_certificate": sealed}]}).encode(), pay_material.apiv3_key.encode()
        )


def test_keys_that_are_none_are_named(pay_material: Any) -> None:
    with pytest.raises(KeyProblem, match="PUB_KEY_ID_"):
        load_public_key(pay_material.platform_pem, "0114232134912410000000000000")
    for pem in (b"", b"x", pay_material.merchant_pem):
        with pytest.raises(KeyProblem, match="PEM public key"):
            load_public_key(pem, "PUB_KEY_ID_1")
        with pytest.raises(KeyProblem, match="certificate"):
            load_certificate(pem)
