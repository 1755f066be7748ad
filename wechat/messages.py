"""Subscribe messages: ``POST /cgi-bin/message/subscribe/send``. Source: developers.weixin.qq.com.

Sending ends in an ``Outcome``, never in an exception of WeChat's making: the sender keeps a queue and needs
to know one thing, whether to try again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import Enum
from typing import Any

import httpx

from frozen_dataclasses import frozen
from wechat.api import Unanswered, Unavailable, WeChatApi, WeChatApiError
from wechat.fields import fit_all
from wechat.login import WECHAT_BASE_URL
from wechat.tokens import AccessTokens

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


@frozen()
class Outcome:
    """``code`` is WeChat's errcode, where there was one; ``detail`` says the rest without any personal data."""

    result: Result
    code: int | None = None
    detail: str = ""
    message_id: str = ""
    """WeChat's number of a message that it took, where it gave one: events about the message name it."""


SEND = "/cgi-bin/message/subscribe/send"
REFUSED = {43101}


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
        self._state = state
        self._api = WeChatApi(tokens, base_url=base_url, transport=transport)

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
            reply = await self._api.post(SEND, message)
            outcome = Outcome(Result.SENT, 0, message_id=_message_id(reply))
        except WeChatApiError as problem:
            outcome = Outcome(_result(problem), problem.code, problem.detail)
        return _log_outcome(outcome)

    async def close(self) -> None:
        """Closes the connections; the tokens are closed by their opener."""
        await self._api.close()

    async def __aenter__(self) -> SubscribeMessages:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()


def _message_id(reply: Mapping[str, Any]) -> str:
    """``msgid`` is a number; in some replies it is missing."""
    number = reply.get("msgid")
    return str(number)[:32] if isinstance(number, int | str) and not isinstance(number, bool) else ""


def _result(problem: WeChatApiError) -> Result:
    if problem.code in REFUSED:
        return Result.REFUSED
    return Result.RETRY if isinstance(problem, Unavailable | Unanswered) else Result.INVALID


def _log_outcome(outcome: Outcome) -> Outcome:
    if outcome.result is Result.INVALID:
        logger.error("subscribe message is invalid: errcode %s %s", outcome.code, outcome.detail)
    elif outcome.result is Result.RETRY:
        logger.warning("subscribe message not sent: errcode %s %s", outcome.code, outcome.detail)
    return outcome
