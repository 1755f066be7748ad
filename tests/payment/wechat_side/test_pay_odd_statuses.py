"""Which HTTP status counts as success, what is noted of a reply that is none, and keys of another kind than RSA."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from payment.wechatpay import errors
from payment.wechatpay.keys import load_certificate, load_public_key, read_certificates
from payment.wechatpay.signing import KeyProblem
from tests.payment.wechat_side.conftest import PUBLIC_KEY_ID
from tests.payment.wechat_side.gateway_calls import (
    EVERY_CALL,
    ask,
    ask_each,
    close,
    create,
    query,
    query_refund,
)
from tests.payment.wechat_side.test_pay_bill_download import CSV, bills, trade_bill
from tests.payment.wechat_side.test_pay_certificates import story_of


def facts(problem: errors.GatewayError) -> tuple[Any, ...]:
    return type(problem), problem.status, problem.code, problem.detail, problem.verified


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_any_success_with_an_object_that_wechat_has_signed_counts(
    pay_gateway: Any, pay_wechat: Any, status: int
) -> None:
    pay_wechat.says(status, {"prepay_id": "wx1"})
    assert ask(pay_gateway(), create) == "wx1"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_close_is_done_whatever_stands_in_its_reply(pay_gateway: Any, pay_wechat: Any, status: int) -> None:
    for body in (b"", b"{}", b"not JSON"):
        pay_wechat.says(status, body)
        assert ask(pay_gateway(), close) is None


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_without_an_object_is_unknown_and_says_with_which_status(
    pay_gateway: Any, pay_wechat: Any, status: int
) -> None:
    pay_wechat.says(status, b"[]")
    for call in (create, query, query_refund):
        (problem,) = ask_each(pay_gateway(), [call])
        assert facts(problem) == (errors.Unknown, status, "", "a reply that is not a JSON object", False)


@pytest.mark.parametrize("status", [300, 302, 304, 399])
def test_a_redirect_is_unknown_in_every_call(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any, status: int
) -> None:
    headers = pay_material.headers(b"")
    pay_wechat.answer = lambda request: httpx.Response(status, headers=headers)
    words = "a redirect, which WeChat does not send"
    for problem in ask_each(pay_gateway(), EVERY_CALL):
        assert facts(problem) == (errors.Unknown, status, "", words, False)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, errors.Refused), (499, errors.Refused), (500, errors.Unknown)]
)
def test_from_400_on_a_reply_is_an_error_with_wechats_word(
    pay_gateway: Any, pay_wechat: Any, status: int, kind: type[errors.GatewayError]
) -> None:
    pay_wechat.refuses(status, "PARAM_ERROR", "说\n明" + "x" * 300)
    (problem,) = ask_each(pay_gateway(), [query])
    assert facts(problem) == (kind, status, "PARAM_ERROR", "", True)
    assert problem.message == "说 明" + "x" * 253


@pytest.mark.parametrize("code", ["X" * 64, "X" * 65, 7, None])
def test_of_a_code_64_letters_are_kept(pay_gateway: Any, pay_wechat: Any, code: Any) -> None:
    pay_wechat.says(400, {"code": code, "message": 7})
    (problem,) = ask_each(pay_gateway(), [query])
    assert (problem.code, problem.message) == ("X" * 64 if isinstance(code, str) else "", "")


def test_what_is_noted_of_a_reply_that_cannot_be_used(
    pay_gateway: Any, pay_wechat: Any, pay_transaction: Any, pay_refund: Any
) -> None:
    for reply, call, words in (
        ({"prepay_id": ""}, create, "a reply without a usable prepay_id"),
        (pay_transaction(out_trade_no="20261123100000OTHER"), query, "a reply about another payment"),
        (pay_refund(out_refund_no="R1"), query_refund, "a reply about another refund"),
    ):
        pay_wechat.says(200, reply)
        (problem,) = ask_each(pay_gateway(), [call])
        assert facts(problem) == (errors.Unknown, 200, "", words, False)
    pay_wechat.says(200, pay_transaction(amount=None))
    (problem,) = ask_each(pay_gateway(), [query])
    assert (type(problem), problem.status) == (errors.Unknown, 200)
    assert problem.detail.startswith("a malformed reply, ")


@pytest.mark.parametrize("status", [201, 204, 206, 302])
def test_a_file_comes_with_200_and_with_no_other_status(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any, status: int
) -> None:
    bills(pay_wechat, pay_material, CSV)
    honest = pay_wechat.answer

    def answer(request: httpx.Request) -> Any:
        if "download" in request.url.path or "images" in request.url.path:
            return httpx.Response(status, content=b"" if status == 204 else CSV)
        return honest(request)

    pay_wechat.answer = answer
    calls = [trade_bill, lambda gateway: gateway.requests.download("/v3/merchant-service/images/abc")]
    for problem in ask_each(pay_gateway(), calls):
        assert facts(problem) == (errors.Unknown, status, "", "", False)


@pytest.mark.parametrize("status", [201, 202])
def test_certificates_come_with_200_and_with_no_other_status(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any, status: int
) -> None:
    body = pay_material.certificates(pay_material.new_certificate)
    signing = {"key": pay_material.new_certificate_key}
    signing["serial"] = load_certificate(pay_material.new_certificate).serial
    headers = pay_material.headers(body, **signing)
    for given, believed in ((200, 2), (status, 1)):
        pay_wechat.answer = lambda request, given=given: httpx.Response(given, headers=headers, content=body)
        gateway = pay_gateway()
        assert story_of(gateway, lambda gateway: gateway.keys.refresh()) is (given == 200)
        assert len(gateway.keys.serials()) == believed


def test_certificates_that_cannot_be_read_are_unknown(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(200, b"{}")
    (problem,) = ask_each(pay_gateway(), [lambda gateway: gateway.fetch_certificates()])
    words = "the reply with the platform certificates cannot be read or decrypted"
    assert facts(problem) == (errors.Unknown, 200, "", words, False)


# Keys of another kind


def public_pem(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def certificate_of(key: Any) -> bytes:
    name, today = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Another kind")]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(today).not_valid_after(today + timedelta(days=9))
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()],
    ids=["ec", "ed25519"],
)
def test_a_key_that_is_not_rsa_is_refused_by_name(pay_material: Any, key: Any) -> None:
    with pytest.raises(KeyProblem) as refused:
        load_public_key(public_pem(key), PUBLIC_KEY_ID)
    assert str(refused.value) == "the WeChat Pay public key is not an RSA key"
    certificate = certificate_of(key)
    with pytest.raises(KeyProblem) as refused:
        load_certificate(certificate)
    assert str(refused.value) == "the platform certificate does not hold an RSA key"
    sealed = {"serial_no": "7", "encrypt_certificate": pay_material.seal(certificate, "certificate")}
    with pytest.raises(KeyProblem) as refused:
        read_certificates(json.dumps({"data": [sealed]}).encode(), pay_material.apiv3_key.encode())
    assert str(refused.value) == "the platform certificate does not hold an RSA key"


def test_the_id_of_a_public_key_is_kept_without_blanks_behind_it(pay_material: Any) -> None:
    key = load_public_key(pay_material.platform_pem, f"{PUBLIC_KEY_ID} \n")
    assert (key.serial, key.not_before_at, key.not_after_at) == (PUBLIC_KEY_ID, None, None)
    with pytest.raises(KeyProblem) as refused:
        load_public_key(pay_material.platform_pem, f" {PUBLIC_KEY_ID}")
    assert str(refused.value) == "the WeChat Pay public key's id does not begin with PUB_KEY_ID_"
