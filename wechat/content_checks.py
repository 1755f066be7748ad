"""WeChat's opinion about what users write for others to read, and about pictures. Source: "文本内容安全识别" and
"音视频内容安全识别" of developers.weixin.qq.com; docs/platform.md.

A text is answered at once, a picture by the event ``wxa_media_check``. Where WeChat cannot say, a person decides.
"""

from __future__ import annotations

import asyncio
import logging
from enum import IntEnum, StrEnum
from typing import Any

from frozen_dataclasses import frozen
from wechat.api import Forbidden, Unanswered, Unavailable, WeChatApi, WeChatApiError

logger = logging.getLogger("hospital.wechat.content")

TEXT_PATH, MEDIA_PATH = "/wxa/msg_sec_check", "/wxa/media_check_async"
MAX_TEXT_WAIT_SECONDS = 3.0
"""The user waits no longer for WeChat: a person looks at the text then."""
MAX_TEXT = 2_500
"""Characters that WeChat takes."""
IMAGE = 2


class Scene(IntEnum):
    """What a text or a picture is part of."""

    PROFILE = 1
    COMMENT = 2


class Suggest(StrEnum):
    """What is to be done with it. WeChat's own words."""

    FINE = "pass"
    RISKY = "risky"
    REVIEW = "review"
    """A person is to look at it; also whatever WeChat did not say."""


@frozen()
class Opinion:
    """``reason``: why a person is to look, a word for labels: ``review``, ``timeout``, ``busy``, ``unanswered``,
    ``forbidden``, or WeChat's errcode. ``label``: WeChat's number for the kind of what it found, 0 when it said
    none."""

    suggest: Suggest
    reason: str = ""
    label: int = 0

    @property
    def passes(self) -> bool:
        return self.suggest == Suggest.FINE


PASSED = Opinion(Suggest.FINE)


class ContentChecks:
    """``enabled`` False: every text passes, and no picture is to be sent."""

    def __init__(self, api: WeChatApi, *, enabled: bool, wait_seconds: float = MAX_TEXT_WAIT_SECONDS) -> None:
        self._api = api
        self.enabled = enabled
        self._wait = wait_seconds

    async def text(self, openid: str, scene: Scene, text: str) -> Opinion:
        """WeChat's opinion about a text of somebody who is using the mini-program now (within two hours: 61010).
        Raises nothing that WeChat may cause, and takes three seconds at the most."""
        if not self.enabled or not text.strip():
            return PASSED
        body = {"version": 2, "scene": int(scene), "openid": openid, "content": text[:MAX_TEXT]}
        try:
            async with asyncio.timeout(self._wait):
                return opinion_of(await self._api.post(TEXT_PATH, body))
        except TimeoutError:
            return _unsaid("timeout")
        except WeChatApiError as error:
            return _unsaid(reason_of(error))

    async def picture(self, openid: str, scene: Scene, address: str) -> str:
        """Ask WeChat to look at a picture, which it fetches from ``address`` within half an hour; the trace id that the
        event will carry. Asking twice does no harm. Raises WeChatApiError."""
        body = {
            "version": 2,
            "scene": int(scene),
            "openid": openid,
            "media_url": address,
            "media_type": IMAGE,
        }
        trace_id = (await self._api.post(MEDIA_PATH, body)).get("trace_id")
        if not isinstance(trace_id, str) or not 0 < len(trace_id) <= 64:
            raise Unanswered("no trace_id")
        return trace_id


def opinion_of(reply: dict[str, Any]) -> Opinion:
    """The ``result`` of an answer or an event; what cannot be read is for a person."""
    result = reply.get("result")
    result = result if isinstance(result, dict) else {}
    label = result.get("label")
    label = label if type(label) is int else 0
    try:
        suggest = Suggest(str(result.get("suggest", "")))
    except ValueError:
        return _unsaid("unreadable")
    return Opinion(suggest, "review" if suggest == Suggest.REVIEW else "", label)


def reason_of(error: WeChatApiError) -> str:
    """Why WeChat said nothing, in a word."""
    if isinstance(error, Unavailable):
        return "busy"
    if isinstance(error, Unanswered):
        return "unanswered"
    if isinstance(error, Forbidden):
        return "forbidden"
    return str(error.code)


def _unsaid(reason: str) -> Opinion:
    logger.warning("WeChat could not say anything about a text: %s", reason)
    return Opinion(Suggest.REVIEW, reason)
