"""One clear outcome for everything that code2Session can answer, and nothing secret left behind."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wechat import login
from wechat.login import LoginClient, LoginFailed, WeChatUser

APPID, SECRET = "wx0123456789abcdef", "c0ffee00c0ffee00c0ffee00c0ffee00"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
Answer = Callable[[httpx.Request], httpx.Response]


def exchange(answer: Answer, code: str = "0a1b2c") -> WeChatUser:
    async def conversation() -> WeChatUser:
        async with LoginClient(APPID, SECRET, transport=httpx.MockTransport(answer)) as client:
            return await client.exchange(code)

    return asyncio.run(conversation())


def saying(reply: Any, status: int = 200) -> Answer:
    content = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
    return lambda request: httpx.Response(status, content=content)


def test_a_code_becomes_an_openid() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"openid": OPENID, "session_key": "tiihtNczf5v6AKRyjwEUhQ=="})

    assert exchange(answer, "as:李 四:1") == WeChatUser(OPENID)
    (request,) = asked
    assert request.method == "GET"
    assert (request.url.host, request.url.path) == ("api.weixin.qq.com", "/sns/jscode2session")
    assert dict(request.url.params) == {
        "appid": APPID,
        "secret": SECRET,
        "js_code": "as:李 四:1",
        "grant_type": "authorization_code",
    }


@pytest.mark.parametrize("extra", [{}, {"errcode": 0, "errmsg": "ok"}, {"errcode": None}])
def test_success_is_told_by_the_openid_with_or_without_errcode(extra: dict[str, Any]) -> None:
    assert exchange(saying({"openid": OPENID, "session_key": "x", **extra})).openid == OPENID


@pytest.mark.parametrize(
    ("given_id", "kept"), [("oGZUI0egBJY1zhBYw2KhdUfwVJJE", True), (5, False), ("", False)]
)
def test_a_unionid_is_kept_where_there_is_one(given_id: Any, kept: bool) -> None:
    assert exchange(saying({"openid": OPENID, "unionid": given_id})).unionid == (given_id if kept else None)


@pytest.mark.parametrize(
    ("errcode", "expected", "status"),
    [
        (40029, login.InvalidCode, 400),
        (40163, login.CodeUsed, 400),
        (45011, login.TooManyLogins, 429),
        (40226, login.UserBlocked, 403),
        (-1, login.WeChatBusy, 503),
        (40013, login.LoginMisconfigured, 502),
        (40125, login.LoginMisconfigured, 502),
        (99999, login.BadLoginReply, 502),
    ],
)
def test_each_documented_code_has_its_outcome(errcode: int, expected: type[LoginFailed], status: int) -> None:
    # An openid beside an error must not be believed.
    for reply in ({"errcode": errcode, "errmsg": "x"}, {"errcode": errcode, "openid": OPENID}):
        with pytest.raises(LoginFailed) as caught:
            exchange(saying(reply))
        assert type(caught.value) is expected
        assert (caught.value.http_status, caught.value.code) == (status, errcode)
        assert caught.value.message.endswith(("登录", "再试", "客服"))


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (b"", 200),
        (b"<html>", 200),
        (b"null", 200),
        (b"[]", 200),
        ({}, 200),
        ({"openid": ""}, 200),
        ({"openid": 5}, 200),
        ({"openid": "x" * 200}, 200),
        ({"openid": "a b"}, 200),
        ({"errcode": "0", "openid": OPENID}, 200),
        ({"errcode": True, "openid": OPENID}, 200),
        ({"openid": OPENID}, 500),
        ({"openid": OPENID}, 404),
        ({"openid": OPENID}, 302),
        (b" " * (2 << 20), 200),
    ],
)
def test_anything_else_is_a_bad_reply(reply: Any, status: int) -> None:
    with pytest.raises(login.BadLoginReply):
        exchange(saying(reply, status))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_junk_is_a_bad_reply(content: bytes) -> None:
    with pytest.raises(LoginFailed):
        exchange(saying(content))


def test_a_redirect_takes_the_secret_nowhere() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(login.BadLoginReply):
        exchange(answer)
    assert asked == ["api.weixin.qq.com"]


@pytest.mark.parametrize(
    ("failure", "expected", "status"),
    [
        (httpx.ConnectError, login.WeChatBusy, 503),
        (httpx.ConnectTimeout, login.WeChatBusy, 503),
        (httpx.PoolTimeout, login.WeChatBusy, 503),
        (httpx.ReadTimeout, login.WeChatTimedOut, 504),
        (httpx.WriteTimeout, login.WeChatTimedOut, 504),
        (httpx.ReadError, login.BadLoginReply, 502),
        (httpx.RemoteProtocolError, login.BadLoginReply, 502),
    ],
)
def test_a_broken_network_has_its_outcome(failure: Any, expected: type[LoginFailed], status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise failure(f"broken on the way to {request.url}", request=request)

    with pytest.raises(expected) as caught:
        exchange(answer)
    assert caught.value.http_status == status
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("code", ["", "x" * 513, "a\nb", "\x00", "\udcff"])
def test_what_cannot_be_a_code_is_not_sent(code: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    with pytest.raises(login.InvalidCode):
        exchange(answer, code)


def test_logs_and_reprs_hold_neither_secret_nor_session_key_nor_openid(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx")
    user = exchange(saying({"openid": OPENID, "session_key": "tiihtNczf5v6AKRyjwEUhQ=="}), "the-code-itself")
    for reply in ({"errcode": 40125, "errmsg": SECRET}, {"errcode": 1, "openid": OPENID}):
        with pytest.raises(LoginFailed) as caught:
            exchange(saying(reply), "the-code-itself")
        assert SECRET not in str(caught.value)
    assert "jscode2session" in caplog.text  # httpx does log the request: its path alone
    for secret in (SECRET, "tiihtNczf5v6AKRyjwEUhQ", OPENID, "the-code-itself"):
        assert secret not in caplog.text + repr(user)


def test_every_outcome_has_its_own_slug() -> None:
    kinds = LoginFailed.__subclasses__()
    assert len({kind.slug for kind in kinds}) == len(kinds) == 8
