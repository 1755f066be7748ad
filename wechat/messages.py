"""Subscribe messages: ``POST /cgi-bin/message/subscribe/send``. Source: developers.weixin.qq.com.

Sending ends in an ``Outcome``, never in an exception of WeChat's making: the sender keeps a queue and needs
to know one thing, whether to try again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httpx
import orjson

from transport import open_client
from wechat.fields import fit_all
from wechat.login import WECHAT_BASE_URL
from wechat.tokens import AccessTokens, NoToken

logger = logging.getLogger("hospital.wechat.messages")


class Result(Enum):
    """What became of a message."""

    SENT = "sent"
    REFUSED = "refused"
    """The user does not want it, or the permissions that were given are used up (43101). Final."""
    INVALID = "invalid"
    """The message or our account is at fault: trying again would fail again. Final, and for the operator."""
    RETRY = "retry"
    """WeChat is busy or unreachable. After a timeout the message may have arrived: a second one does no
    harm."""


@dataclass(frozen=True)
class Outcome:
    """``code`` is WeChat's errcode, where there was one; ``detail`` says the rest without any personal data."""

    result: Result
    code: int | None = None
    detail: str = ""


REFUSED = {43101}
TOKEN_INVALID = {40001, 40014, 42001}
RETRY = {-1, 45009, 45011, 44991}
"""Busy; over the day's or the minute's quota."""


class SubscribeMessages:
    """Sends subscribe messages with a shared access token. Used with ``async with``, or closed at shutdown."""

    def __init__(
        self,
        tokens: AccessTokens,
        *,
        base_url: str = WECHAT_BASE_URL,
        state: str = "formal",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``state`` is the version of the mini-program that a tap opens: formal, trial or developer."""
        if state not in ("formal", "trial", "developer"):
            raise ValueError("the mini-program's state is formal, trial or developer")
        self._tokens = tokens
        self._url = base_url.rstrip("/") + "/cgi-bin/message/subscribe/send"
        self._state = state
        self._http = open_client(transport=transport)

    async def send(self, *, openid: str, template_id: str, page: str, values: Mapping[str, str]) -> Outcome:
        """Sends one message; ``values`` are made to fit their fields (``wechat.fields``).

        ``page`` is a path inside the mini-program with its query, or empty for none. An invalid access token is
        renewed and the message sent once more.
        """
        try:
            message: dict[str, Any] = {
                "touser": openid,
                "template_id": template_id,
                "data": fit_all(values),
                "miniprogram_state": self._state,
                "lang": "zh_CN",
            }
        except ValueError as problem:
            return _log_outcome(Outcome(Result.INVALID, detail=str(problem)))
        if page:
            message["page"] = page
        try:
            token = await self._tokens.get()
            outcome = await self._post(token, message)
            if outcome.code in TOKEN_INVALID:
                outcome = await self._post(await self._tokens.renew(token), message)
        except NoToken as problem:
            outcome = Outcome(Result.RETRY, problem.code, "no access token")
        return _log_outcome(outcome)

    async def close(self) -> None:
        """Closes the connections; the tokens are closed by their opener."""
        await self._http.aclose()

    async def __aenter__(self) -> SubscribeMessages:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def _post(self, token: str, message: dict[str, Any]) -> Outcome:
        try:
            answer = await self._http.post(self._url, params={"access_token": token}, json=message)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return Outcome(Result.RETRY, detail=type(problem).__name__)
        if answer.status_code != 200:
            return Outcome(Result.RETRY, detail=f"HTTP {answer.status_code}")
        try:
            reply = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            reply = None
        errcode = reply.get("errcode") if isinstance(reply, dict) else None
        if type(errcode) is not int:
            return Outcome(Result.RETRY, detail="an answer without an errcode")
        return Outcome(_result(errcode), errcode)


def _result(errcode: int) -> Result:
    if errcode == 0:
        return Result.SENT
    if errcode in REFUSED:
        return Result.REFUSED
    return Result.RETRY if errcode in RETRY | TOKEN_INVALID else Result.INVALID


def _log_outcome(outcome: Outcome) -> Outcome:
    if outcome.result is Result.INVALID:
        logger.error("subscribe message is invalid: errcode %s %s", outcome.code, outcome.detail)
    elif outcome.result is Result.RETRY:
        logger.warning("subscribe message not sent: errcode %s %s", outcome.code, outcome.detail)
    return outcome
