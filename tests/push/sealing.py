"""WeChat's side of the message push, written apart from ours: it seals and signs what a test wants to be told."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from tests.http.client import Client
from tests.http.product import Product

PATH = "wechat/push/"


def sign(token: str, *parts: str) -> str:
    return hashlib.sha1("".join(sorted([token, *parts])).encode()).hexdigest()


def seal(message: bytes, key: str, appid: str, *, bits: int = 256, length: int | None = None) -> str:
    """``bits``: the block of the padding; ``length``: what to say instead of the message's."""
    aes = base64.b64decode(key + "=")
    said = len(message) if length is None else length
    padder = PKCS7(bits).padder()
    plain = secrets.token_bytes(16) + said.to_bytes(4, "big") + message + appid.encode()
    encryptor = Cipher(algorithms.AES(aes), modes.CBC(aes[:16])).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


Request = tuple[dict[str, str], bytes]
"""Query and body."""


def plain(token: str, seconds: int, message: bytes) -> Request:
    query = {"timestamp": str(seconds), "nonce": "415670741"}
    return query | {"signature": sign(token, *query.values())}, message


def secure(token: str, seconds: int, encrypted: str, **more: str) -> Request:
    query = {"timestamp": str(seconds), "nonce": "415670741"}
    said = sign(token, *query.values(), encrypted)
    body = orjson.dumps({"ToUserName": "gh_1", **more, "Encrypt": encrypted})
    return query | {
        "encrypt_type": "aes",
        "signature": sign(token, *query.values()),
        "msg_signature": said,
    }, body


def event(name: str, **fields: Any) -> dict[str, Any]:
    common = {
        "ToUserName": "gh_1",
        "FromUserName": "openid-1",
        "CreateTime": 1_714_037_059,
        "MsgType": "event",
    }
    return {**common, "Event": name, **fields}


def request_of(product: Product, message: dict[str, Any] | bytes, **options: Any) -> Request:
    """As WeChat sends it to the product now, in secure mode. ``appid``, ``key``, ``token``, ``age`` (seconds): others
    than the product's."""
    wechat = product.settings.wechat
    token, key = options.get("token", wechat.push_token), options.get("key", wechat.push_aes_key)
    text = message if isinstance(message, bytes) else orjson.dumps(message)
    encrypted = seal(text, key, options.get("appid", wechat.appid))
    return secure(token, product.clock() // 1000 - options.get("age", 0), encrypted)


async def push(client: Client, request: Request) -> tuple[int, str]:
    """Status and text of the answer."""
    query, body = request
    answer = await client.http.post(client.root + PATH, params=query, content=body)
    return answer.status_code, answer.text
