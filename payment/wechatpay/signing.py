"""The merchant's private key: loading it, and signing the parameters of ``wx.requestPayment``.

Source: pay.weixin.qq.com, "小程序调起支付签名".
"""

from __future__ import annotations

import base64
import binascii
import functools
import secrets
from dataclasses import field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from frozen_dataclasses import frozen

_SMALLEST_KEY_BITS = 2048


class KeyProblem(ValueError):
    """A key cannot be used. The message says why, and never contains any of the key."""


@frozen()
class MerchantKey:
    """The merchant's RSA key with the serial number of its certificate.

    ``serial_no`` is the hexadecimal number that WeChat's merchant platform shows for the API certificate.
    """

    serial_no: str
    private_key: RSAPrivateKey = field(repr=False)

    @property
    def pkcs8_pem(self) -> str:
        """The key as wechatpayv3 wants it: PKCS#8, whatever the file held."""
        pem = self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return pem.decode("ascii")

    def sign(self, message: bytes) -> str:
        """RSA PKCS#1 v1.5 with SHA-256 over ``message``, in base64."""
        return base64.b64encode(self.private_key.sign(message, PKCS1v15(), SHA256())).decode("ascii")


@functools.lru_cache(maxsize=2)
def load_merchant_key(pem: bytes, serial_no: str) -> MerchantKey:
    """Reads ``apiclient_key.pem``: PEM, PKCS#8 or PKCS#1, RSA of 2048 bits or more, without a password.

    The last ones are kept: to prove that the numbers of a key belong together takes longer than opening the database,
    and the checks of a start and the gateway read the same file.

    Raises ``KeyProblem`` with one sentence that says what is wrong with the file or the serial number.
    """
    serial = serial_no.strip().replace(":", "").upper()
    if not serial or any(character not in "0123456789ABCDEF" for character in serial):
        raise KeyProblem("the merchant certificate's serial number is not hexadecimal")
    if b"-----BEGIN" not in pem:
        raise KeyProblem("the merchant key is not a PEM file (no line '-----BEGIN … PRIVATE KEY-----')")
    if b"BEGIN CERTIFICATE" in pem and b"PRIVATE KEY" not in pem:
        raise KeyProblem("this file is a certificate; the private key is apiclient_key.pem")
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise KeyProblem("the merchant key is protected by a password; store it without one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyProblem("the merchant key's PEM cannot be read; the file is damaged or incomplete") from None
    if not isinstance(key, RSAPrivateKey):
        raise KeyProblem("the merchant key is not an RSA key")
    if key.key_size < _SMALLEST_KEY_BITS:
        raise KeyProblem(f"the merchant key has {key.key_size} bits; WeChat Pay needs {_SMALLEST_KEY_BITS}")
    return MerchantKey(serial, key)


def sign_payment_parameters(prepay_id: str, *, appid: str, key: MerchantKey, now_ms: int) -> dict[str, str]:
    """The five parameters that the mini-program hands to ``wx.requestPayment``.

    ``timeStamp`` is in seconds and, as WeChat demands, a text. A prepay_id may be signed again and again while
    it lives (two hours): every call gives a new nonce and so a new signature.
    """
    time_stamp = str(now_ms // 1000)
    nonce = secrets.token_hex(16)
    package = f"prepay_id={prepay_id}"
    message = f"{appid}\n{time_stamp}\n{nonce}\n{package}\n"
    return {
        "timeStamp": time_stamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": key.sign(message.encode("utf-8")),
    }


def strict_base64(text: str) -> bytes | None:
    """The decoded bytes, or None unless ``text`` is the one canonical spelling of them.

    Lenient decoders ignore stray characters and the unused bits before the padding, so that several texts
    pass as the same signature.
    """
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if base64.b64encode(decoded).decode("ascii") == text else None
