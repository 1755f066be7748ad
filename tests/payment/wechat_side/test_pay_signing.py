"""The merchant's key, the parameters of wx.requestPayment, and the numbers."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from payment.wechatpay.numbers import REFUND_NUMBER, TRADE_NUMBER, new_out_refund_no, new_out_trade_no
from payment.wechatpay.signing import KeyProblem, load_merchant_key, sign_payment_parameters, strict_base64

SERIAL = "444F4864EA9B34415FFA"


def pem(key: Any, form: PrivateFormat, encryption: Any = None) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()))


def test_pkcs1_and_pkcs8_become_the_same_pkcs8(pay_material: Any) -> None:
    old = pem(pay_material.merchant, PrivateFormat.TraditionalOpenSSL)
    new = pem(pay_material.merchant, PrivateFormat.PKCS8)
    assert b"BEGIN RSA PRIVATE KEY" in old
    for given in (old, new, b"\n" + new + b"\n\n", new.replace(b"\n", b"\r\n")):
        assert load_merchant_key(given, SERIAL).pkcs8_pem == new.decode()


def test_the_serial_number_is_hexadecimal(pay_material: Any) -> None:
    assert load_merchant_key(pay_material.merchant_pem, " 44:4f:48 ").serial_no == "444F48"
    for serial in ("", "  ", "PUB_KEY_ID_1", "44-4f"):
        with pytest.raises(KeyProblem, match="serial number"):
            load_merchant_key(pay_material.merchant_pem, serial)


def test_every_unusable_key_has_its_sentence(pay_material: Any) -> None:
    whole = pay_material.merchant_pem
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    cases = [
        (b"", "not a PEM"),
        (whole.replace(b"-----", b""), "not a PEM"),
        (pay_material.new_certificate, "certificate"),
        (whole[:400], "damaged"),
        (whole.replace(b"MII", b"XXX"), "damaged"),
        (pay_material.platform_pem, "damaged"),
        (pem(pay_material.merchant, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")), "password"),
        (pem(ec.generate_private_key(ec.SECP256R1()), PrivateFormat.PKCS8), "not an RSA"),
        (pem(short, PrivateFormat.PKCS8), "1024 bits"),
    ]
    for content, words in cases:
        with pytest.raises(KeyProblem, match=words) as caught:
            load_merchant_key(content, SERIAL)
        assert "\n" not in str(caught.value)
        assert not re.search(r"[A-Za-z0-9+/]{40}", str(caught.value))


def test_a_key_does_not_show_itself(pay_material: Any) -> None:
    assert "PRIVATE" not in repr(load_merchant_key(pay_material.merchant_pem, SERIAL)).upper()


def test_payment_parameters_verify_with_the_merchants_public_key(pay_material: Any) -> None:
    key = load_merchant_key(pay_material.merchant_pem, SERIAL)
    made = sign_payment_parameters("wx2014", appid="wx0123456789abcdef", key=key, now_ms=1795401296999)
    assert set(made) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert (made["timeStamp"], made["package"], made["signType"]) == ("1795401296", "prepay_id=wx2014", "RSA")
    assert 0 < len(made["nonceStr"]) <= 32
    message = f"wx0123456789abcdef\n1795401296\n{made['nonceStr']}\nprepay_id=wx2014\n"
    pay_material.merchant.public_key().verify(
        base64.b64decode(made["paySign"]), message.encode(), PKCS1v15(), SHA256()
    )


@pytest.mark.promise(9)
def test_the_same_prepay_id_can_be_signed_again(pay_material: Any) -> None:
    key = load_merchant_key(pay_material.merchant_pem, SERIAL)
    first, second = (
        sign_payment_parameters("wx2014", appid="wx0", key=key, now_ms=1795401296000) for _ in range(2)
    )
    assert first["package"] == second["package"]
    assert first["nonceStr"] != second["nonceStr"]
    assert first["paySign"] != second["paySign"]


def test_numbers_are_of_32_characters_that_wechat_takes() -> None:
    at = 1795401296999
    trade, refund = new_out_trade_no(at), new_out_refund_no(at)
    assert (len(trade), len(refund)) == (32, 32)
    assert trade.startswith("20261123103456")
    assert refund.startswith("R20261123103456")
    for number in (trade, refund):
        assert TRADE_NUMBER.fullmatch(number)
        assert REFUND_NUMBER.fullmatch(number)


def test_numbers_differ_and_sort_by_time() -> None:
    at = 1795401296000
    assert len({new_out_trade_no(at) for _ in range(2000)}) == 2000
    assert len({new_out_refund_no(at)[15:] for _ in range(2000)}) == 2000
    for make in (new_out_trade_no, new_out_refund_no):
        assert make(at) < make(at + 1000) < make(at + 86_400_000) < make(at + 40 * 86_400_000)


@pytest.mark.parametrize("text", ["", "QUJD", "QUI=", "QQ=="])
def test_canonical_base64_is_decoded(text: str) -> None:
    assert strict_base64(text) == base64.b64decode(text)


@pytest.mark.parametrize("text", ["QQ", "QR==", "QUJD\n", " QUJD", "QU JD", "QUJD====", "签名", "QU-_", "Q"])
def test_any_other_base64_is_not(text: str) -> None:
    assert strict_base64(text) is None
