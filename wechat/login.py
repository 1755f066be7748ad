"""Who is calling: ``wx.login``'s code against the user's openid. Source: developers.weixin.qq.com,
auth.code2Session.

Every way this can end is a class with a stable ``slug``, the HTTP status for our own answer and a sentence for
the user. The app secret goes out in the query and a session_key comes back: neither is kept, logged or put
into an error.
"""

from __future__ import annotations

import logging
import re
from dataclasses import field
from typing import Any

import httpx
import orjson

from frozen_dataclasses import frozen
from transport import open_client

logger = logging.getLogger("hospital.wechat.login")

WECHAT_BASE_URL = "https://api.weixin.qq.com"

_MAX_CODE = 512
_OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)


class LoginFailed(Exception):
    """A login that gave no openid. ``code`` is WeChat's errcode, where there was one."""

    slug = "login_failed"
    http_status = 502
    message = "微信登录失败，请稍后再试"

    def __init__(self, code: int | None = None) -> None:
        self.code = code
        super().__init__(self.slug if code is None else f"{self.slug}: {code}")


class InvalidCode(LoginFailed):
    """40029, or no code that could be one: made up, older than five minutes, or of another mini-program."""

    slug = "login_code_invalid"
    http_status = 400
    message = "登录凭证无效或已过期，请重新登录"


class CodeUsed(LoginFailed):
    """40163: a code is good for one login."""

    slug = "login_code_used"
    http_status = 400
    message = "登录凭证已被使用，请重新登录"


class TooManyLogins(LoginFailed):
    """45011: more than 100 a minute for this user."""

    slug = "login_too_frequent"
    http_status = 429
    message = "登录过于频繁，请稍后再试"


class UserBlocked(LoginFailed):
    """40226: WeChat takes the user for a risk."""

    slug = "login_user_blocked"
    http_status = 403
    message = "该微信账号存在风险，暂时无法登录"


class WeChatBusy(LoginFailed):
    """-1: WeChat asks to try again; or it could not be reached at all."""

    slug = "wechat_busy"
    http_status = 503
    message = "微信服务繁忙，请稍后再试"


class WeChatTimedOut(LoginFailed):
    """No answer in time."""

    slug = "wechat_timed_out"
    http_status = 504
    message = "微信服务响应超时，请稍后再试"


class LoginMisconfigured(LoginFailed):
    """40013, 40125, 41002, 41004: our appid or secret is wrong. For the operator, loudly."""

    slug = "login_misconfigured"
    message = "登录服务暂不可用，请联系客服"


class BadLoginReply(LoginFailed):
    """HTTP 4xx or 5xx, a redirect, garbage, or an undocumented errcode."""

    slug = "wechat_bad_reply"


_BY_ERRCODE: dict[int, type[LoginFailed]] = {
    -1: WeChatBusy,
    40029: InvalidCode,
    40163: CodeUsed,
    45011: TooManyLogins,
    40226: UserBlocked,
    40013: LoginMisconfigured,
    40125: LoginMisconfigured,
    41002: LoginMisconfigured,
    41004: LoginMisconfigured,
}


@frozen()
class WeChatUser:
    """Who logged in. ``unionid`` is there only if the mini-program belongs to an open platform account."""

    openid: str = field(repr=False)
    unionid: str | None = field(default=None, repr=False)


class LoginClient:
    """``GET /sns/jscode2session``. Its own context manager; close it at shutdown."""

    def __init__(
        self,
        appid: str,
        secret: str,
        *,
        base_url: str = WECHAT_BASE_URL,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._appid = appid
        self._secret = secret
        self._url = base_url.rstrip("/") + "/sns/jscode2session"
        self._http = open_client(transport=transport)

    async def exchange(self, code: str) -> WeChatUser:
        """The user behind a code from ``wx.login``; ``LoginFailed`` otherwise. A code can be exchanged once."""
        if not 0 < len(code) <= _MAX_CODE or not code.isprintable():
            raise InvalidCode
        query = {
            "appid": self._appid,
            "secret": self._secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        try:
            answer = await self._http.get(self._url, params=query)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise WeChatBusy from None
        except httpx.TimeoutException:
            raise WeChatTimedOut from None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            logger.warning("login: no usable answer (%s)", type(problem).__name__)
            raise BadLoginReply from None
        return _read(answer)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> LoginClient:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()


def _read(answer: httpx.Response) -> WeChatUser:
    reply: Any = None
    if answer.status_code == 200:
        try:
            reply = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            reply = None
    if not isinstance(reply, dict):
        logger.warning("login: wechat answered HTTP %d without a JSON object", answer.status_code)
        raise BadLoginReply
    errcode, openid, unionid = (reply.get(name) for name in ("errcode", "openid", "unionid"))
    # errcode may be absent on success, so the openid decides; but never beside an error.
    if errcode in (None, 0) and isinstance(openid, str) and _OPENID.fullmatch(openid):
        known = isinstance(unionid, str) and _OPENID.fullmatch(unionid) is not None
        return WeChatUser(openid, unionid if known else None)
    code = errcode if type(errcode) is int and errcode != 0 else None
    kind = BadLoginReply if code is None else _BY_ERRCODE.get(code, BadLoginReply)
    if kind in (LoginMisconfigured, BadLoginReply):
        logger.error("login: wechat answered errcode %s", code)
    raise kind(code)
