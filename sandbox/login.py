"""api.weixin.qq.com: ``wx.login`` codes for openids, and access tokens.

Source: "小程序登录" and "获取稳定版接口调用凭据". Errors come with HTTP 200.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from .context import SandboxContext
from .errors import MiniProgramError
from .state import Person

TOKEN_MS = 7200 * 1000
OVERLAP_MS = 300 * 1000
_FAULTS = {
    "login_busy": (-1, "system error"),
    "login_rate_limited": (45011, "api minute-quota reach limit  mustslower  retry next minute"),
    "login_blocked": (40226, "code blocked"),
}


class Login:
    """Codes, people, tokens."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    def exchange(self, query: dict[str, str]) -> dict[str, Any]:
        """``jscode2session``. Any code works once; ``as:NAME:anything`` is NAME, the same openid every time.

        A code that is empty or begins with ``bad`` is invalid (40029). Raises MiniProgramError.
        """
        self._check_caller(query.get("appid", ""), query.get("secret", ""))
        if query.get("grant_type") != "authorization_code":
            raise MiniProgramError(40002, "invalid grant_type")
        code = query.get("js_code", "")
        if not code or code.startswith("bad") or len(code) > 512:
            raise MiniProgramError(40029, "invalid code")
        name = name_in(code)
        openid = self.openid_for(name or f"code/{code}")
        for fault, (errcode, errmsg) in _FAULTS.items():
            if self._context.faults.take(fault, [openid, name, code]):
                raise MiniProgramError(errcode, errmsg)
        now = self._context.clock()
        if not self._context.state.use_code(code, now):
            raise MiniProgramError(40163, "code been used")
        known = self._context.state.people.get(openid)
        self._context.state.keep(
            Person(openid, name, known.first_at if known else now, now, known.real_name if known else "")
        )
        return {"session_key": base64.b64encode(secrets.token_bytes(16)).decode(), "openid": openid}

    def openid_for(self, name: str) -> str:
        """The openid of a person: 28 characters, stable for this merchant, unguessable without its secret."""
        seal = hmac.new(self._context.identity.secret.encode(), name.encode(), hashlib.sha256).digest()
        return "o" + base64.urlsafe_b64encode(seal).decode()[:27]

    def stable_token(self, body: dict[str, Any]) -> dict[str, Any]:
        """The present access token, or a new one when it is about to end or a refresh is forced."""
        if body.get("grant_type") != "client_credential":
            raise MiniProgramError(40002, "invalid grant_type")
        self._check_caller(str(body.get("appid", "")), str(body.get("secret", "")))
        state, now = self._context.state, self._context.clock()
        for token in [token for token, expires_at in state.tokens.items() if expires_at <= now]:
            state.drop_token(token)
        newest = max(state.tokens, key=lambda token: state.tokens[token], default="")
        if newest and not body.get("force_refresh") and state.tokens[newest] > now + OVERLAP_MS:
            return {"access_token": newest, "expires_in": (state.tokens[newest] - now) // 1000}
        for token, expires_at in list(state.tokens.items()):
            # The old token stays valid for five more minutes.
            state.keep_token(token, min(expires_at, now + OVERLAP_MS))
        token = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(90)}"
        state.keep_token(token, now + TOKEN_MS)
        return {"access_token": token, "expires_in": TOKEN_MS // 1000}

    def check_token(self, token: str) -> None:
        """Raises MiniProgramError 40001 or 42001."""
        expires_at = self._context.state.tokens.get(token)
        if expires_at is None:
            raise MiniProgramError(40001, "invalid credential, access_token is invalid or not latest")
        if expires_at <= self._context.clock():
            raise MiniProgramError(42001, "access_token expired")

    def _check_caller(self, appid: str, secret: str) -> None:
        if appid != self._context.identity.appid:
            raise MiniProgramError(40013, "invalid appid")
        if not hmac.compare_digest(secret.encode(), self._context.identity.secret.encode()):
            raise MiniProgramError(40125, "invalid appsecret")


def name_in(code: str) -> str:
    """NAME of a code ``as:NAME:anything``; empty for other codes."""
    parts = code.split(":", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "as" else ""
