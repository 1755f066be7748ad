"""Pictures that are checked: WeChat fetches each from its address and tells the result by an event.

Source: "音视频内容安全识别". What is said follows from the picture: mostly red is risky, mostly yellow is for a person
to look at, and so is an address with the word in it; anything else passes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from PIL import Image

from .content import ContentChecks, new_trace_id
from .context import SandboxContext
from .errors import MiniProgramError
from .state import ContentTrace

MAX_BYTES = 10 * 1024 * 1024
NOT_FETCHED = -1008
KINDS = ("JPEG", "PNG", "BMP", "GIF")
LABELS = {"risky": 20002, "review": 21000, "pass": 100}
_MEDIA_FIELDS = {"version", "scene", "openid", "media_url", "media_type"}

Tell = Callable[[str, str, dict[str, Any]], object]
"""Pushes an event: its name, the openid, what it says."""


def tell_nobody(event: str, openid: str, fields: dict[str, Any]) -> None:
    """In place of the message push."""


class PictureChecks:
    """Receives ``media_check_async``. ``tell`` pushes the event."""

    def __init__(self, context: SandboxContext, checks: ContentChecks, tell: Tell = tell_nobody) -> None:
        self._context = context
        self._checks = checks
        self.tell = tell
        self._http = httpx.AsyncClient(timeout=5, trust_env=False, verify=False)  # noqa: S501 - a developer's server

    async def check(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """Take a picture; what is said about it is told later. Raises MiniProgramError."""
        openid = self._checks.check_caller(token, body)
        if body.get("media_type") not in (1, 2):
            raise MiniProgramError(40004, "invalid media type")
        address = body.get("media_url")
        parts = urlsplit(address) if isinstance(address, str) else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
            raise MiniProgramError(40097, "invalid args: media_url")
        if body.keys() - _MEDIA_FIELDS:
            raise MiniProgramError(47001, "data format error")
        settings, now = self._context.settings, self._context.clock()
        due_at = now + int(settings.content_seconds * 1000 / settings.notify_speed)
        trace = ContentTrace(new_trace_id(), "picture", openid, str(address), now, due_at=due_at)
        self._context.state.keep(trace)
        if self._context.faults.take("media_event_first", [openid]):
            await self._judge(trace)
        return {"errcode": 0, "errmsg": "ok", "trace_id": trace.trace_id}

    def next_due_at(self) -> int | None:
        waiting = self._waiting()
        return min((trace.due_at or 0 for trace in waiting), default=None)

    async def settle_due(self) -> None:
        """Fetch and judge what is due now."""
        now = self._context.clock()
        for trace in self._waiting():
            if trace.due_at is not None and trace.due_at <= now:
                await self._judge(trace)

    def _waiting(self) -> list[ContentTrace]:
        traces = self._context.state.content_traces.values()
        return [trace for trace in traces if trace.what == "picture" and trace.due_at is not None]

    async def _judge(self, trace: ContentTrace) -> None:
        trace.due_at = None
        picture = None
        take = self._context.faults.take
        if not take("media_not_fetched", [trace.openid]):
            picture = await self._fetch(trace.content)
        if picture is None:
            trace.errcode = NOT_FETCHED
        else:
            trace.suggest = judge(trace.content, picture)
            if take("content_review", [trace.openid], target="picture"):
                trace.suggest = "review"
            trace.label = LABELS[trace.suggest]
        if not take("media_event_lost", [trace.openid]):
            for _ in range(2 if take("media_event_twice", [trace.openid]) else 1):
                trace.sent += 1
                self.tell("wxa_media_check", trace.openid, self._event(trace))
        self._context.state.keep(trace)

    def _event(self, trace: ContentTrace) -> dict[str, Any]:
        said: dict[str, Any] = {
            "appid": self._context.identity.appid,
            "trace_id": trace.trace_id,
            "version": 2,
            "errcode": trace.errcode,
            "errmsg": "ok" if not trace.errcode else "download media failed",
        }
        if trace.errcode:
            return said
        detail = {"strategy": "content_model", "errcode": 0, "suggest": trace.suggest, "label": trace.label}
        return {**said, "result": {"suggest": trace.suggest, "label": trace.label}, "detail": [detail]}

    async def _fetch(self, address: str) -> bytes | None:
        """The picture; None when WeChat could not have it."""
        try:
            answer = await self._http.get(address)
        except httpx.HTTPError:
            return None
        if answer.status_code != 200 or not 0 < len(answer.content) <= MAX_BYTES:
            return None
        try:
            with Image.open(io.BytesIO(answer.content), formats=KINDS) as picture:
                picture.verify()
        except (OSError, SyntaxError, ValueError):
            return None
        return answer.content

    async def close(self) -> None:
        await self._http.aclose()


def judge(address: str, picture: bytes) -> str:
    """What is said about a picture."""
    path = urlsplit(address).path
    for word in ("risky", "review"):
        if word in path:
            return word
    with Image.open(io.BytesIO(picture), formats=KINDS) as opened:
        red, green, blue = opened.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    if red > 180 and blue < 90:
        return "review" if green > 160 else "risky" if green < 90 else "pass"
    return "pass"
