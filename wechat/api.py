"""Calls to ``api.weixin.qq.com`` that need the mini-program's access token, and how each can end. Source:
developers.weixin.qq.com, 服务端; docs/platform.md lists them.

WeChat answers HTTP 200 with an ``errcode``; 0 is done. There is no idempotency key: what may be repeated is
decided by the caller, and the classes tell it what happened at WeChat:

- ``Unanswered``: not known. The call may have been carried out.
- ``Unavailable``: nothing. WeChat is busy, a quota is used up, or it could not be reached.
- ``Forbidden``: nothing, and not before somebody changes something (48001, no token, wrong address).
- ``Rejected``: WeChat understood and said no; ``code`` says why.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from frozen_dataclasses import frozen
from transport import open_client
from wechat.login import WECHAT_BASE_URL
from wechat.tokens import AccessTokens, NoToken

logger = logging.getLogger("hospital.wechat.api")

TOKEN_INVALID = frozenset({40001, 40014, 42001})
BUSY = frozenset({-1, 44990, 44991, 44993, 45009, 45011})
"""Busy; over the quota of a second, a minute or a day."""
NOT_PERMITTED = frozenset({48001, 48004, 40164})
"""The account has no permission for this call; the address of this server is not listed."""


class WeChatApiError(Exception):
    """A call that did not succeed. ``code`` is WeChat's errcode, where there was one; texts hold no personal data."""

    slug = "wechat_failed"
    http_status = 502

    def __init__(self, detail: str = "", code: int | None = None) -> None:
        self.detail = detail
        self.code = code
        said = " ".join(part for part in ("" if code is None else str(code), detail) if part)
        super().__init__(f"{self.slug}: {said}" if said else self.slug)


class Unanswered(WeChatApiError):
    """No answer in time, a broken connection, or an answer that cannot be read: it may have been carried out."""

    slug = "wechat_unanswered"
    http_status = 504


class Unavailable(WeChatApiError):
    """Not carried out: busy, over a quota, not reached, or no access token. Later again."""

    slug = "wechat_busy"
    http_status = 503


class Forbidden(WeChatApiError):
    """Not carried out: the account may not. For the operator."""

    slug = "wechat_not_permitted"


class Rejected(WeChatApiError):
    """Not carried out: WeChat says no, ``code`` says why."""

    slug = "wechat_refused"


_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""How a picture begins, whatever its ``Content-Type`` says."""


@frozen()
class Picture:
    """An answer that is a picture. ``kind``: ``image/jpeg`` or ``image/png``."""

    content: bytes
    kind: str


class WeChatApi:
    """One mini-program's calls. The tokens are opened and closed by whoever made them."""

    def __init__(
        self,
        tokens: AccessTokens,
        *,
        base_url: str = WECHAT_BASE_URL,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.tokens = tokens
        self._base_url = base_url.rstrip("/")
        self._http = open_client(transport=transport)

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """``POST path`` with ``body`` as JSON: the reply with ``errcode`` 0. Raises ``WeChatApiError``.

        A refused access token is renewed and the call made once more: WeChat has not carried it out then.
        """
        reply = await self._call(path, body)
        if isinstance(reply, Picture):
            raise Unanswered("a picture that was not asked for")
        return reply

    async def get(self, path: str) -> dict[str, Any]:
        """The same for the calls that only read and take no body."""
        reply = await self._call(path, None)
        if isinstance(reply, Picture):
            raise Unanswered("a picture that was not asked for")
        return reply

    async def picture(self, path: str, body: Mapping[str, Any]) -> Picture:
        """The same for a call that answers with a picture. Raises ``WeChatApiError``."""
        reply = await self._call(path, body)
        if not isinstance(reply, Picture):
            raise Unanswered("no picture")
        return reply

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> WeChatApi:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def _call(self, path: str, body: Mapping[str, Any] | None) -> dict[str, Any] | Picture:
        try:
            token = await self.tokens.get()
            reply = await self._ask(token, path, body)
            if isinstance(reply, dict) and reply["errcode"] in TOKEN_INVALID:
                reply = await self._ask(await self.tokens.renew(token), path, body)
        except NoToken as problem:
            raise Unavailable("no access token", problem.code) from None
        if isinstance(reply, dict) and reply["errcode"] != 0:
            raise _error(path, reply["errcode"])
        return reply

    async def _ask(self, token: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any] | Picture:
        try:
            answer = await self._http.request(
                "GET" if body is None else "POST",
                self._base_url + path,
                params={"access_token": token},
                content=None if body is None else orjson.dumps(body),
                headers=None if body is None else {"Content-Type": "application/json"},
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
            raise Unavailable(f"not reached ({type(problem).__name__})") from None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise Unanswered(f"no usable answer ({type(problem).__name__})") from None
        if answer.status_code != 200:
            raise Unanswered(f"HTTP {answer.status_code}")
        for beginning, kind in _PICTURES.items():
            if answer.content.startswith(beginning):
                return Picture(answer.content, kind)
        try:
            reply = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            reply = None
        if not isinstance(reply, dict) or type(reply.get("errcode")) is not int:
            raise Unanswered("an answer that is no JSON object with an errcode")
        return reply


def _error(path: str, code: int) -> WeChatApiError:
    if code in BUSY | TOKEN_INVALID:
        kind: type[WeChatApiError] = Unavailable
    else:
        kind = Forbidden if code in NOT_PERMITTED else Rejected
    logger.log(logging.ERROR if kind is Forbidden else logging.WARNING, "%s answered errcode %d", path, code)
    return kind(code=code)
