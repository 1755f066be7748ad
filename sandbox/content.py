"""Content checks: a text is judged at once by its words, a picture later, by an event.

Source: "文本内容安全识别" and "音视频内容安全识别".
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from .context import SandboxContext
from .errors import MiniProgramError
from .login import Login
from .state import ContentTrace

VISITED_MS = 2 * 3600 * 1000
MAX_TEXT = 2_500
WORDS: dict[str, dict[str, int]] = {
    "risky": {"赌博": 20006, "色情": 20002, "傻瓜": 20003, "假证": 20008},
    "review": {"加微信": 10001, "疑似": 21000, "优惠券": 10001},
}
"""A text with one of these words gets this suggestion and label; any other passes (label 100)."""
_TEXT_FIELDS = {"version", "scene", "openid", "content", "title", "nickname", "signature"}


class ContentChecks:
    """Receives ``msg_sec_check``; every check is kept to be looked at."""

    def __init__(self, context: SandboxContext, login: Login) -> None:
        self._context = context
        self._login = login

    def text(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """WeChat's opinion about a text. Raises MiniProgramError."""
        openid = self.check_caller(token, body)
        content = body.get("content")
        if not isinstance(content, str) or not content or body.keys() - _TEXT_FIELDS:
            raise MiniProgramError(47001, "data format error")
        if len(content) > MAX_TEXT:
            raise MiniProgramError(45002, "content size out of limit")
        suggest, label, keyword = judge(content)
        if self._context.faults.take("content_review", [openid], target="text"):
            suggest, label, keyword = "review", 21000, ""
        trace_id = new_trace_id()
        self._context.state.keep(
            ContentTrace(trace_id, "text", openid, content[:200], self._context.clock(), suggest, label)
        )
        detail = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}
        details = [detail, *([{**detail, "strategy": "keyword", "keyword": keyword}] if keyword else [])]
        return {
            "errcode": 0,
            "errmsg": "ok",
            "result": {"suggest": suggest, "label": label},
            "detail": details,
            "trace_id": trace_id,
        }

    def check_caller(self, token: str, body: dict[str, Any]) -> str:
        """What both checks ask for; the openid. Raises MiniProgramError."""
        self._login.check_token(token)
        if type(body.get("version")) is not int or body["version"] != 2:
            raise MiniProgramError(47001, "data format error: version")
        if type(body.get("scene")) is not int or not 1 <= body["scene"] <= 4:
            raise MiniProgramError(40129, "invalid scene")
        openid = body.get("openid")
        if not isinstance(openid, str) or not re.fullmatch(r"[0-9A-Za-z_\-]{6,128}", openid):
            raise MiniProgramError(40003, "invalid openid")
        if self._context.faults.take("content_busy", [openid]):
            raise MiniProgramError(-1, "system error")
        person = self._context.state.people.get(openid)
        if person is None:
            raise MiniProgramError(43104, "appid and openid not match")
        away = self._context.clock() - person.last_at > VISITED_MS
        if away or self._context.faults.take("content_not_visited", [openid]):
            raise MiniProgramError(61010, "code is expired")
        return openid


def judge(text: str) -> tuple[str, int, str]:
    """Suggestion, label, and the word that was found."""
    for suggest, words in WORDS.items():
        for word, label in words.items():
            if word in text:
                return suggest, label, word
    return "pass", 100, ""


def new_trace_id() -> str:
    return "-".join(secrets.token_hex(4) for _ in range(4))
