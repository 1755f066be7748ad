"""Calls with the access token: every way they end says whether WeChat may have carried them out."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest

from wechat.api import Forbidden, Picture, Rejected, Unanswered, Unavailable, WeChatApi
from wechat.tokens import AccessTokens

PATH = "/wxa/sec/order/get_order"


class WeChat:
    """api.weixin.qq.com: a token, and what ``answers`` says to each call in turn."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str, Any]] = []
        self.tokens = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/cgi-bin/stable_token":
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"token-{self.tokens}", "expires_in": 7200})
        self.calls.append((request.url.path, request.url.params["access_token"], json.loads(request.content)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def post(wechat: Any, body: Any, method: str = "post") -> Any:
    async def story() -> Any:
        transport = httpx.MockTransport(wechat)
        async with (
            AccessTokens("wx0", "secret", transport=transport) as tokens,
            WeChatApi(tokens, transport=transport) as api,
        ):
            return await getattr(api, method)(PATH, body)

    return asyncio.run(story())


def test_a_call_carries_token_and_body_and_gives_the_reply() -> None:
    wechat = WeChat({"errcode": 0, "errmsg": "ok", "order": {"order_state": 2}})
    assert post(wechat, {"说明": "陪诊"})["order"] == {"order_state": 2}
    assert wechat.calls == [(PATH, "token-1", {"说明": "陪诊"})]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_renewed_once(code: int) -> None:
    wechat = WeChat({"errcode": code}, {"errcode": 0})
    post(wechat, {})
    assert [token for _, token, _ in wechat.calls] == ["token-1", "token-2"]
    wechat = WeChat({"errcode": code}, {"errcode": code})
    with pytest.raises(Unavailable):
        post(wechat, {})
    assert len(wechat.calls) == 2


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, Unavailable) for code in (-1, 44990, 44991, 44993, 45009, 45011)),
        *((code, Forbidden) for code in (48001, 48004, 40164)),
        *((code, Rejected) for code in (47001, 10060001, 61010, 85079, 1)),
    ],
)
def test_each_code_says_what_happened(code: int, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        post(WeChat({"errcode": code, "errmsg": "openid oSecret is not the payer"}), {})
    assert getattr(caught.value, "code", None) == code
    assert "oSecret" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"errcode": "0"}),
        httpx.Response(502, json={"errcode": 0}),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
    ],
)
def test_whatever_cannot_be_read_may_have_been_carried_out(answer: Any) -> None:
    with pytest.raises(Unanswered):
        post(WeChat(answer), {})


@pytest.mark.parametrize("problem", [httpx.ConnectError("away"), httpx.ConnectTimeout("away")])
def test_what_never_reached_wechat_was_not_carried_out(problem: Exception) -> None:
    with pytest.raises(Unavailable):
        post(WeChat(problem), {})


def test_without_a_token_no_call_is_made() -> None:
    with pytest.raises(Unavailable, match="no access token"):
        post(lambda request: httpx.Response(200, json={"errcode": 40125}), {})


def test_the_log_names_call_and_code_and_no_content(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(Forbidden):
        post(WeChat({"errcode": 48001, "errmsg": "secret"}), {"openid": "oSecret"})
    said = [record.getMessage() for record in caplog.records if record.name == "hospital.wechat.api"]
    assert said == [f"{PATH} answered errcode 48001"]


PNG, JPEG = b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0..."


@pytest.mark.parametrize(("content", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_a_picture_is_known_by_its_beginning(content: bytes, kind: str) -> None:
    wechat = WeChat({"errcode": 40001}, httpx.Response(200, content=content, headers={"Content-Type": "x/y"}))
    assert post(wechat, {}, "picture") == Picture(content, kind)
    assert [token for _, token, _ in wechat.calls] == ["token-1", "token-2"]


def test_a_call_for_a_picture_fails_like_every_other() -> None:
    for answer, error in (
        ({"errcode": 41030}, Rejected),
        ({"errcode": 44993}, Unavailable),
        ({"errcode": 48001}, Forbidden),
        ({"errcode": 0}, Unanswered),
        (httpx.Response(200, content=b"GIF89a"), Unanswered),
        (httpx.Response(200, content=b""), Unanswered),
    ):
        with pytest.raises(error):
            post(WeChat(answer), {}, "picture")
    with pytest.raises(Unanswered):
        post(WeChat(httpx.Response(200, content=PNG)), {})
