"""Requests that are built here: signed over the bytes that are sent, verified like every reply, fields encrypted both
ways."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from payment.wechatpay import errors
from tests.payment.wechat_side.gateway_calls import ask

PATH = "/v3/merchant-service/complaints-v2"


def check_signature(material: Any, request: Any, signed: bytes) -> None:
    parts = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["Authorization"]))
    target = request.url.raw_path.decode()
    text = f"{request.method}\n{target}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode()
    material.merchant.public_key().verify(
        base64.b64decode(parts["signature"]), text + signed + b"\n", PKCS1v15(), SHA256()
    )


def test_a_query_is_signed_as_it_is_sent(pay_gateway: Any, pay_wechat: Any, pay_material: Any) -> None:
    pay_wechat.says(200, {"data": []})
    assert ask(
        pay_gateway(),
        lambda gateway: gateway.requests.get(PATH, {"begin_date": "2026-11-01", "who": "王 a&b"}),
    ) == {"data": []}
    (request,) = pay_wechat.requests
    assert request.url.raw_path.decode() == f"{PATH}?begin_date=2026-11-01&who=%E7%8E%8B%20a%26b"
    check_signature(pay_material, request, b"")


@pytest.mark.parametrize("body", [None, {}, {"text": "已退款\n请查收 😀", "number": 3}])
def test_a_body_is_signed_byte_for_byte_and_none_is_empty(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any, body: Any
) -> None:
    pay_wechat.says(200, {"state": "CANCELING"})
    ask(pay_gateway(), lambda gateway: gateway.requests.send("POST", f"{PATH}/7/complete", body))
    (request,) = pay_wechat.requests
    assert request.content == b"" if body is None else json.loads(request.content) == body
    check_signature(pay_material, request, request.content)


def test_an_upload_signs_the_description_and_names_its_boundary(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any
) -> None:
    picture = b"\x89PNG\r\n\x1a\n--not a boundary\r\n"
    pay_wechat.says(200, {"media_id": "m1"})
    ask(
        pay_gateway(),
        lambda gateway: gateway.requests.upload("/v3/images", '收据"\r\n.png', picture, "image/png"),
    )
    (request,) = pay_wechat.requests
    boundary = re.fullmatch(r"multipart/form-data; boundary=(\w+)", request.headers["Content-Type"])
    assert boundary is not None
    parts = request.content.split(f"--{boundary[1]}".encode())
    assert [parts[0], parts[-1]] == [b"", b"--\r\n"]
    meta = parts[1].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
    assert json.loads(meta)["sha256"] == hashlib.sha256(picture).hexdigest()
    assert parts[2].split(b"\r\n\r\n", 1)[1] == picture + b"\r\n"
    assert parts[2].count(b'"') == 4  # the file's name closes no quotation
    check_signature(pay_material, request, meta)


def test_a_field_is_encrypted_to_the_key_that_is_named(pay_gateway: Any, pay_material: Any) -> None:
    gateway = pay_gateway()
    sealed, serial = gateway.requests.encrypt("王小明")
    assert serial == gateway.merchant.public_key_id
    padding = OAEP(mgf=MGF1(algorithm=SHA1()), algorithm=SHA1(), label=None)
    assert pay_material.platform.decrypt(base64.b64decode(sealed), padding).decode() == "王小明"


def test_what_wechat_encrypted_to_us_opens_and_anything_else_is_none(
    pay_gateway: Any, pay_material: Any
) -> None:
    padding = OAEP(mgf=MGF1(algorithm=SHA1()), algorithm=SHA1(), label=None)
    requests = pay_gateway().requests
    ours = base64.b64encode(pay_material.merchant.public_key().encrypt(b"13800138000", padding)).decode()
    other = base64.b64encode(pay_material.platform.public_key().encrypt(b"13800138000", padding)).decode()
    assert requests.decrypt(ours) == "13800138000"
    assert [requests.decrypt(text) for text in (other, "", "not base64", ours[:-8])] == [None] * 4


def test_a_reply_that_wechat_did_not_sign_is_not_believed(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.sign = False
    pay_wechat.says(200, {"state": "SUCCESS"})
    with pytest.raises(errors.Unknown):
        ask(pay_gateway(), lambda gateway: gateway.requests.get(PATH))


def test_nothing_is_sent_before_the_gateway_is_open(pay_gateway: Any) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        asyncio.run(pay_gateway().requests.get(PATH))
