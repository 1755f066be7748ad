"""WeChat Pay's cryptography, from WeChat's side of the wire.

Sources: "签名验证" and "回调报文解密" of the API v3 documents, summed up in the project's WeChat facts:
SHA256 with RSA PKCS#1 v1.5 over lines that each end in a newline, AES-256-GCM for resources.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from .identity import Identity, new_key, private_pem, self_signed, serial_of, write_private

SCHEME = "WECHATPAY2-SHA256-RSA2048"
SKEW_SECONDS = 300
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
_FIELD = re.compile(r'(\w+)="([^"]*)"')


class SignError(Exception):
    """The request is not one that the merchant signed; the text says which check failed."""


@dataclass(frozen=True)
class Signer:
    """A platform key and the name under which its signatures travel (Wechatpay-Serial)."""

    serial: str
    key: RSAPrivateKey

    def headers(self, body: bytes, timestamp: int) -> dict[str, str]:
        """The Wechatpay-* headers over ``body``; ``timestamp`` in seconds."""
        nonce = secrets.token_hex(16)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(self.key.sign(message, PKCS1v15(), SHA256())).decode()
        return {
            "Wechatpay-Timestamp": str(timestamp),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": signature,
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature-Type": SCHEME,
        }


def spoiled(signature: str) -> str:
    """A signature of the same shape that no longer verifies."""
    raw = bytearray(base64.b64decode(signature))
    raw[0] ^= 0x01
    raw[-1] ^= 0x80
    return base64.b64encode(bytes(raw)).decode()


def probe_signature(signature: str) -> str:
    """WeChat's SIGNTEST probe: looks like a signature, and a receiver has to refuse it."""
    return PROBE_PREFIX + signature[len(PROBE_PREFIX) :]


def load_private(path: Path) -> RSAPrivateKey:
    # Made by ourselves: the check that OpenSSL offers would cost 40 ms per key at every start.
    key = serialization.load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(f"{path} is not an RSA key")
    return key


def load_public(path: Path) -> RSAPublicKey:
    key = serialization.load_pem_public_key(path.read_bytes())
    if not isinstance(key, RSAPublicKey):
        raise ValueError(f"{path} is not an RSA key")
    return key


def encrypt(apiv3_key: str, plaintext: bytes, associated_data: str) -> dict[str, str]:
    """A ``resource`` (or ``encrypt_certificate``) object. The nonce is twelve characters of text."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plaintext, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": base64.b64encode(sealed).decode(),
    }


def _validity(pem: bytes) -> tuple[int, int]:
    certificate = load_pem_x509_certificate(pem)
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return int(begin.timestamp() * 1000), int(end.timestamp() * 1000)


class Keyring:
    """All keys of the platform, and the merchant's public key to verify requests with."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.public_key = Signer(
            identity.platform_public_key_id, load_private(identity.platform_private_key_path)
        )
        self.certificate = Signer(
            identity.platform_certificate_serial, load_private(identity.platform_certificate_key_path)
        )
        self._certificate_pems = {self.certificate.serial: identity.platform_certificate_path.read_bytes()}
        self.merchant = load_public(identity.merchant_public_key_path)
        self._rotated: Signer | None = None

    @property
    def rotated(self) -> Signer:
        """The key that takes over in a rotation: a second platform certificate, made when first asked for."""
        if self._rotated is None:
            self._rotated = self._load_or_make_rotated()
        return self._rotated

    def published(self) -> dict[str, tuple[bytes, int, int]]:
        """Serial → (certificate PEM, valid from, valid until; ms), as ``/v3/certificates`` lists them.

        The old certificate and, once there is one, the new.
        """
        if self._rotated is None and (self.identity.folder / "platform_next_certificate.pem").exists():
            self._rotated = self._load_or_make_rotated()
        return {serial: (pem, *_validity(pem)) for serial, pem in self._certificate_pems.items()}

    def _load_or_make_rotated(self) -> Signer:
        folder = self.identity.folder
        key_path = folder / "platform_next_certificate_key.pem"
        certificate_path = folder / "platform_next_certificate.pem"
        if not certificate_path.exists():
            key = new_key()
            certificate = self_signed(key)
            write_private(key_path, private_pem(key))
            write_private(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))
        pem = certificate_path.read_bytes()
        serial = serial_of(load_pem_x509_certificate(pem))
        self._certificate_pems[serial] = pem
        return Signer(serial, load_private(key_path))

    def verify_request(self, authorization: str, method: str, url: str, body: bytes, now: int) -> None:
        """Check an ``Authorization`` header over ``url`` (path and query below the gateway); ``now`` in seconds.

        Raises SignError with what WeChat would complain about.
        """
        scheme, _, rest = authorization.partition(" ")
        if scheme != SCHEME:
            raise SignError("Authorization 认证类型错误")
        fields = dict(_FIELD.findall(rest))
        if missing := {"mchid", "nonce_str", "timestamp", "serial_no", "signature"} - fields.keys():
            raise SignError(f"Authorization 缺少 {'、'.join(sorted(missing))}")
        if fields["mchid"] != self.identity.mchid:
            raise SignError("商户号与签名不符")
        if fields["serial_no"].upper() != self.identity.merchant_serial:
            raise SignError("商户证书序列号有误")
        if not fields["timestamp"].isdigit() or abs(int(fields["timestamp"]) - now) > SKEW_SECONDS:
            raise SignError("Http 头 Authorization 中的 timestamp 与发起请求的时间不得超过 5 分钟")
        # A client may escape a ``|`` or ``*`` of the path after signing it plain; the real gateway takes either.
        for candidate in {url, unquote(url)}:
            head = f"{method}\n{candidate}\n{fields['timestamp']}\n{fields['nonce_str']}\n"
            if self._merchant_signed(head.encode() + body + b"\n", fields["signature"]):
                return
        raise SignError("签名错误,请检查后再试")

    def verify_payment(self, appid: str, fields: dict[str, str]) -> bool:
        """Whether ``fields`` are parameters for ``wx.requestPayment`` that the merchant signed."""
        lines = (appid, fields.get("timeStamp", ""), fields.get("nonceStr", ""), fields.get("package", ""))
        if fields.get("signType") != "RSA":
            return False
        message = "".join(f"{line}\n" for line in lines).encode()
        return self._merchant_signed(message, fields.get("paySign", ""))

    def _merchant_signed(self, message: bytes, signature: str) -> bool:
        try:
            self.merchant.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True
