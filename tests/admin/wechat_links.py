"""api.weixin.qq.com for the pages that ask it for links and codes: what it was asked, and what it shall answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.admin.scenario import Scenario
from wechat.api import WeChatApi
from wechat.tokens import AccessTokens

PICTURE = b"\x89PNG\r\n\x1a\n made up"
URL = "https://wxaurl.test/abc"


@dataclass
class LinkWeChat:
    """``answers``: by the end of a path, where it is not the usual one."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == "stable_token":
            return httpx.Response(200, json={"access_token": "token", "expires_in": 7200})
        self.asked.append((name, json.loads(request.content)))
        answer = self.answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return httpx.Response(200, json={"errcode": answer, "errmsg": "no"})
        if name == "getwxacodeunlimit":
            return httpx.Response(200, content=PICTURE)
        return httpx.Response(200, json={"errcode": 0, "errmsg": "ok", "url_link": answer or URL})


def with_links(scenario: Scenario, **answers: Any) -> LinkWeChat:
    """From now on the pages make links, at this WeChat."""
    wechat = LinkWeChat(answers)
    services = scenario.services
    transport = httpx.MockTransport(wechat)
    tokens = AccessTokens("wx0", "secret", transport=transport)
    services.wechat = WeChatApi(tokens, transport=transport)
    services.settings = services.settings.replace("wechat", links=True)
    return wechat


def shown_claim(page: str) -> dict[str, str]:
    """Token and code as a page shows them, once."""
    code = re.search(r"value=\"([2-9A-Z]{5}-[2-9A-Z]{5})\"", page)
    token = re.search(r"claim\?token=([0-9A-Za-z_-]{22})", page)
    assert code, page
    assert token, page
    return {"token": token[1], "code": code[1]}
