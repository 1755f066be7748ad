"""Key material made for this run, a merchant, and a WeChat that lives in the process. No real keys."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from payment.wechatpay.gateway import Gateway, Limits
from payment.wechatpay.keys import PlatformKeys, load_certificate, load_public_key
from payment.wechatpay.merchant import Merchant
from payment.wechatpay.notification import NotificationVerifier
from payment.wechatpay.signing import load_merchant_key

PUBLIC_KEY_ID = "PUB_KEY_ID_0114232134912410000000000000"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(key: rsa.RSAPrivateKey, start: datetime, days: int) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Platform of this test run")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=days))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


@dataclass
class Material:
    """Keys of both sides, made once per run because RSA keys take a while."""

    merchant: rsa.RSAPrivateKey = field(default_factory=_key)
    platform: rsa.RSAPrivateKey = field(default_factory=_key)
    old_certificate_key: rsa.RSAPrivateKey = field(default_factory=_key)
    new_certificate_key: rsa.RSAPrivateKey = field(default_factory=_key)
    stranger: rsa.RSAPrivateKey = field(default_factory=_key)
    apiv3_key: str = field(default_factory=lambda: secrets.token_hex(16))

    def __post_init__(self) -> None:
        today = datetime.now(UTC).replace(microsecond=0)
        self.old_certificate = _certificate(self.old_certificate_key, today - timedelta(days=300), 330)
        self.new_certificate = _certificate(self.new_certificate_key, today - timedelta(days=1), 1800)
        self.expired_certificate = _certificate(self.stranger, today - timedelta(days=60), 30)
        self.merchant_pem = _pem(self.merchant)
        self.platform_pem = self.platform.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, timestamp: str, nonce: str, body: bytes, key: rsa.RSAPrivateKey | None = None) -> str:
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        return base64.b64encode((key or self.platform).sign(message, PKCS1v15(), SHA256())).decode()

    def headers(
        self,
        body: bytes,
        *,
        at: float | None = None,
        key: rsa.RSAPrivateKey | None = None,
        serial: str = PUBLIC_KEY_ID,
    ) -> dict[str, str]:
        """The five headers of a signed message; ``at`` is in seconds."""
        timestamp, nonce = str(int(time.time() if at is None else at)), secrets.token_hex(16)
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": self.sign(timestamp, nonce, body, key),
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    def seal(self, plaintext: bytes, associated: str, apiv3_key: str | None = None) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        aead = AESGCM((apiv3_key or self.apiv3_key).encode())
        sealed = aead.encrypt(nonce.encode(), plaintext, associated.encode())
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": associated,
            "nonce": nonce,
        }

    def certificates(self, *pems: bytes) -> bytes:
        """A reply of /v3/certificates."""
        entries = []
        for pem in pems:
            found = load_certificate(pem)
            sealed = self.seal(pem, "certificate")
            entries.append({"serial_no": found.serial, "encrypt_certificate": sealed})
        return json.dumps({"data": entries}).encode()

    def keys(self) -> PlatformKeys:
        return PlatformKeys([load_public_key(self.platform_pem, PUBLIC_KEY_ID)])


@pytest.fixture(scope="session")
def pay_material() -> Material:
    return Material()


def transaction(**changes: Any) -> dict[str, Any]:
    """A payment as WeChat tells of it, in a query and in a notification."""
    told: dict[str, Any] = {
        "appid": "wx0123456789abcdef",
        "mchid": "1900000109",
        "out_trade_no": "20261123100000ABCDEFGHJKMNPQRSTV",
        "transaction_id": "4200001234202611231234567890",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": "2026-11-23T10:34:56+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 58800, "payer_total": 58800, "currency": "CNY", "payer_currency": "CNY"},
    }
    return told | changes


def refund(**changes: Any) -> dict[str, Any]:
    """A refund as a query tells of it."""
    told: dict[str, Any] = {
        "refund_id": "50300001234202611231234567890",
        "out_refund_no": "R20261123110000ABCDEFGHJKMNPQRST",
        "transaction_id": "4200001234202611231234567890",
        "out_trade_no": "20261123100000ABCDEFGHJKMNPQRSTV",
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": "2026-11-23T11:00:00+08:00",
        "status": "PROCESSING",
        "amount": {
            "total": 58800,
            "refund": 29400,
            "payer_total": 58800,
            "payer_refund": 29400,
            "currency": "CNY",
        },
    }
    return told | changes


@pytest.fixture
def pay_transaction() -> Callable[..., dict[str, Any]]:
    return transaction


@pytest.fixture
def pay_refund() -> Callable[..., dict[str, Any]]:
    return refund


@pytest.fixture
def pay_notification(pay_material: Material) -> Callable[..., bytes]:
    """Makes a notification's body out of the object it is to carry."""

    def make(carried: dict[str, Any], event: str = "TRANSACTION.SUCCESS", **changes: Any) -> bytes:
        kind = event.partition(".")[0].lower()
        sealed = pay_material.seal(json.dumps(carried).encode(), kind)
        envelope = {
            "id": "EV-2018022511223320873",
            "create_time": "2026-11-23T10:34:57+08:00",
            "event_type": event,
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": {"original_type": kind, **sealed},
        }
        return json.dumps(envelope | changes).encode()

    return make


class FakeWeChat:
    """WeChat Pay inside the process. ``answer`` gives (status, body) or a whole response, or raises like a network.

    A (status, body) is signed with the platform's key unless ``sign`` is cleared.
    """

    def __init__(self, material: Material) -> None:
        self.material = material
        self.requests: list[httpx.Request] = []
        self.sign = True
        self.answer: Callable[[httpx.Request], tuple[int, bytes] | httpx.Response] = lambda request: (
            500,
            b"",
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        given = self.answer(request)
        if isinstance(given, httpx.Response):
            return given
        status, body = given
        headers = {"Content-Type": "application/json; charset=utf-8", "Request-ID": "08F78BB5-TEST"}
        if self.sign:
            headers |= self.material.headers(body)
        return httpx.Response(status, headers=headers, content=body)

    def says(self, status: int, body: Any) -> None:
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer = lambda request: (status, encoded)

    def refuses(self, status: int, code: str, message: str = "说明") -> None:
        self.says(status, {"code": code, "message": message})


@pytest.fixture
def pay_wechat(pay_material: Material) -> FakeWeChat:
    return FakeWeChat(pay_material)


@pytest.fixture
def pay_merchant(pay_material: Material) -> Merchant:
    return Merchant(
        mchid="1900000109",
        appid="wx0123456789abcdef",
        key=load_merchant_key(pay_material.merchant_pem, "444F4864EA9B34415FFA"),
        apiv3_key=pay_material.apiv3_key,
        notify_url="https://clinic.example/wechatpay/notify/",
        refund_notify_url="https://clinic.example/wechatpay/refund-notify/",
        public_key_id=PUBLIC_KEY_ID,
    )


@pytest.fixture
def pay_gateway(
    pay_material: Material, pay_merchant: Merchant, pay_wechat: FakeWeChat
) -> Callable[..., Gateway]:
    """Makes gateways that talk to ``pay_wechat``; arguments override the constructor's."""

    def make(**changes: Any) -> Gateway:
        arguments: dict[str, Any] = {
            "merchant": pay_merchant,
            "keys": pay_material.keys(),
            "limits": Limits(),
            "transport": httpx.MockTransport(pay_wechat),
        }
        return Gateway(**(arguments | changes))

    return make


@pytest.fixture
def pay_verifier(pay_material: Any) -> NotificationVerifier:
    return NotificationVerifier(pay_material.keys(), pay_material.apiv3_key)
