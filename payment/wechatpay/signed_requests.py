"""Requests to WeChat Pay that wechatpayv3 has no call for, or builds in a way that WeChat refuses: signed by its
function over the very bytes that are sent.

Known of version 2.0.4: a transfer is sent with ``notify_url: null``, its cancellation with the body ``null`` that was
not signed, and an image of a complaint without the boundary of its parts. ``Gateway.requests`` makes these; as with
every call, the reply is verified over its raw bytes and ends as an object or one of ``payment.wechatpay.errors``.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1

from payment.wechatpay.calls import Calls, Send, raise_error
from payment.wechatpay.errors import Misconfigured
from payment.wechatpay.keys import PlatformKey
from payment.wechatpay.merchant import Merchant
from payment.wechatpay.signing import strict_base64

OAEP_SHA1 = OAEP(mgf=MGF1(algorithm=SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 as WeChat demands
"""How WeChat Pay encrypts single fields, in both directions."""

_SAFE_IN_PATH = "/"
_WORD = re.compile(r"[a-z]{2,20}(-[a-z]{2,20}|-v\d){0,4}")


class SignedRequests:
    """Signs with the merchant's key and sends through the gateway's connections, with its bounds and deadlines."""

    def __init__(self, merchant: Merchant, calls: Calls, base_url: str) -> None:
        self._merchant = merchant
        self._calls = calls
        self._base_url = base_url
        self.client: Callable[[], httpx.AsyncClient] = _not_open

    async def get(self, path: str, query: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """The JSON object of a reply to ``GET path``; values of ``query`` are percent-encoded and signed so."""
        return await self._calls.json(call_name(path), self._send("GET", _target(path, query)))

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        expect_empty: bool = False,
        encrypted_to: str = "",
    ) -> dict[str, Any]:
        """``method path`` with ``body`` as JSON (None: an empty body): the reply's object, {} for ``expect_empty``.

        ``encrypted_to`` is the serial of the platform key with which fields of the body are encrypted (``encrypt``).
        """
        content = b"" if body is None else orjson.dumps(body)
        headers = {"Wechatpay-Serial": encrypted_to} if encrypted_to else {}
        sending = self._send(method, _target(path), content, headers)
        return await self._calls.json(call_name(path), sending, empty=expect_empty)

    async def upload(self, path: str, filename: str, content: bytes, kind: str) -> dict[str, Any]:
        """``POST path`` with a file of the media type ``kind``; signed is the description of the file alone."""
        name = (
            "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in filename)[-64:]
            or "file"
        )
        meta = orjson.dumps({"filename": name, "sha256": hashlib.sha256(content).hexdigest()})
        boundary = secrets.token_hex(16)
        body = b"\r\n".join(
            (
                f"--{boundary}".encode(),
                b'Content-Disposition: form-data; name="meta"',
                b"Content-Type: application/json",
                b"",
                meta,
                f"--{boundary}".encode(),
                f'Content-Disposition: form-data; name="file"; filename="{name}"'.encode(),
                f"Content-Type: {kind}".encode(),
                b"",
                content,
                f"--{boundary}--".encode(),
                b"",
            )
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return await self._calls.json(call_name(path), self._send("POST", path, body, headers, signed=meta))

    async def download(self, path: str) -> httpx.Response:
        """The raw reply to ``GET path``, which is no JSON and carries no signature; raises for an error status."""
        answer = await self._calls.raw(call_name(path), self._send("GET", path))
        if answer.status_code != 200:
            raise_error(answer, verified=False)
        return answer

    def encrypt(self, text: str) -> tuple[str, str]:
        """``text`` for WeChat Pay alone, and the serial of the key that it is encrypted with. Raises
        ``Misconfigured`` while no key of WeChat Pay's is known."""
        key = self._encrypting_key()
        sealed = key.key.encrypt(text.encode("utf-8"), OAEP_SHA1)
        return base64.b64encode(sealed).decode("ascii"), key.serial

    def decrypt(self, sealed: str) -> str | None:
        """What WeChat Pay encrypted to the merchant's certificate; None if it cannot be opened with our key."""
        ciphertext = strict_base64(sealed)
        if ciphertext is None:
            return None
        try:
            return self._merchant.key.private_key.decrypt(ciphertext, OAEP_SHA1).decode("utf-8")
        except ValueError:
            return None

    def _encrypting_key(self) -> PlatformKey:
        """The configured public key, else the certificate that lives longest."""
        usable = self._calls.usable_keys()
        wanted = self._merchant.public_key_id
        for key in usable:
            if key.serial == wanted:
                return key
        if not usable:
            raise Misconfigured("no key of WeChat Pay is known to encrypt with")
        return max(usable, key=lambda key: key.not_after_at or 0)

    def _send(
        self,
        method: str,
        target: str,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        signed: bytes | None = None,
    ) -> Send:
        async def send() -> None:
            # With the first call, as the rest of it (``library``).
            from wechatpayv3.utils import build_authorization

            authorization = build_authorization(
                target,
                method,
                self._merchant.mchid,
                self._merchant.key.serial_no,
                self._merchant.key.private_key,
                data=(content if signed is None else signed).decode("utf-8"),
            )
            given = {"Authorization": authorization, "Accept": "application/json", **(headers or {})}
            if content:
                given.setdefault("Content-Type", "application/json")
            if self._merchant.public_key_id:
                given.setdefault("Wechatpay-Serial", self._merchant.public_key_id)
            await self.client().request(
                method, self._base_url + target, content=content or None, headers=given
            )

        return send


def call_name(path: str) -> str:
    """What ``metrics/`` calls a request: the last words of its path, numbers and ids left out
    (``transfer-bills/cancel``)."""
    words = [each for each in path.split("/") if _WORD.fullmatch(each)]
    return "/".join(words[-2:]) or "other"


def _target(path: str, query: Mapping[str, str | int] | None = None) -> str:
    """Path and query as they are signed and sent."""
    target = quote(path, safe=_SAFE_IN_PATH)
    return f"{target}?{urlencode(query, quote_via=quote)}" if query else target


def _not_open() -> httpx.AsyncClient:
    raise RuntimeError("the gateway is not open")
