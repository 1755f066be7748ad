"""Subscribe messages: values that fit, and one outcome per answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personal.names import is_han
from wechat.fields import fit, fit_all
from wechat.messages import Outcome, Result, SubscribeMessages
from wechat.tokens import AccessTokens

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
VALUES = {"thing1": "全天陪诊", "amount2": "￥588", "time3": "2026-11-24 08:00"}


class WeChat:
    """api.weixin.qq.com: a token, and what ``answers`` says to each message in turn."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.tokens = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/cgi-bin/stable_token":
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"token-{self.tokens}", "expires_in": 7200})
        assert (request.method, request.url.path) == ("POST", "/cgi-bin/message/subscribe/send")
        self.sent.append((request.url.params["access_token"], json.loads(request.content)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def send(wechat: Callable[[httpx.Request], httpx.Response], **changes: Any) -> Outcome:
    message: dict[str, Any] = {
        "openid": OPENID,
        "template_id": "T1",
        "page": "pages/order?id=7",
        "values": VALUES,
    }

    async def story() -> Outcome:
        transport = httpx.MockTransport(wechat)
        async with (
            AccessTokens("wx0", "secret", transport=transport) as tokens,
            SubscribeMessages(tokens, transport=transport, state="trial") as messages,
        ):
            return await messages.send(**(message | changes))

    return asyncio.run(story())


def test_a_message_is_sent_as_documented() -> None:
    wechat = WeChat({"errcode": 0, "errmsg": "ok"})
    assert send(wechat) == Outcome(Result.SENT, 0)
    assert wechat.sent == [
        (
            "token-1",
            {
                "touser": OPENID,
                "template_id": "T1",
                "page": "pages/order?id=7",
                "data": {
                    "thing1": {"value": "全天陪诊"},
                    "amount2": {"value": "￥588"},
                    "time3": {"value": "2026-11-24 08:00"},
                },
                "miniprogram_state": "trial",
                "lang": "zh_CN",
            },
        )
    ]


def test_an_empty_page_is_left_out() -> None:
    wechat = WeChat({"errcode": 0})
    send(wechat, page="")
    assert "page" not in wechat.sent[0][1]


@pytest.mark.parametrize(
    ("errcode", "result"),
    [
        (43101, Result.REFUSED),
        (47003, Result.INVALID),
        (40003, Result.INVALID),
        (40037, Result.INVALID),
        (41030, Result.INVALID),
        (12345, Result.INVALID),
        (-1, Result.RETRY),
        (45009, Result.RETRY),
    ],
)
def test_each_documented_code_has_its_outcome(errcode: int, result: Result) -> None:
    wechat = WeChat({"errcode": errcode, "errmsg": "x"})
    assert send(wechat) == Outcome(result, errcode)
    assert len(wechat.sent) == 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_an_invalid_token_is_renewed_once(errcode: int) -> None:
    wechat = WeChat({"errcode": errcode}, {"errcode": 0})
    assert send(wechat).result is Result.SENT
    assert [token for token, _ in wechat.sent] == ["token-1", "token-2"]
    wechat = WeChat({"errcode": errcode}, {"errcode": errcode})
    assert send(wechat) == Outcome(Result.RETRY, errcode)
    assert len(wechat.sent) == 2


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b'{"errcode": "0"}'),
        httpx.Response(200, content=b'{"errcode": false}'),
        httpx.Response(500, content=b'{"errcode": 0}'),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("away"),
    ],
)
def test_anything_else_is_tried_again_later(answer: Any) -> None:
    assert send(WeChat(answer)).result is Result.RETRY


def test_without_a_token_nothing_is_sent() -> None:
    def wechat(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/cgi-bin/stable_token"
        return httpx.Response(200, json={"errcode": 40125})

    assert send(wechat) == Outcome(Result.RETRY, 40125, "no access token")


@pytest.mark.parametrize(
    "values", [{"amount1": "much"}, {"time1": "soon"}, {"title": "x"}, {"keyword1": "x"}]
)
def test_a_value_that_cannot_be_made_to_fit_is_not_sent(values: dict[str, str]) -> None:
    wechat = WeChat()
    assert send(wechat, values=values).result is Result.INVALID
    assert wechat.sent == []


def test_an_unknown_state_is_refused() -> None:
    async def story() -> None:
        async with AccessTokens("wx0", "secret", transport=httpx.MockTransport(WeChat())) as tokens:
            with pytest.raises(ValueError, match="formal"):
                SubscribeMessages(tokens, state="production")

    asyncio.run(story())


def test_logs_hold_nobody_and_no_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    send(WeChat({"errcode": 47003, "errmsg": f"{OPENID} 全天陪诊"}))
    send(WeChat({"errcode": 40001}, {"errcode": -1}))
    assert "47003" in caplog.text
    for secret in (OPENID, "token-1", "token-2", "全天陪诊"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("thing1", "全天陪诊", "全天陪诊"),
        ("thing12", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十"),
        ("thing1", "一二三四五六七八九十一二三四五六七八九十百", "一二三四五六七八九十一二三四五六七八九…"),
        ("thing1", "  两行\n文字\t ", "两行 文字"),
        ("thing1", "", "无"),
        ("thing1", "\x00\u200b", "无"),
        ("phrase2", "退款处理中了", "退款处理中"),
        ("phrase2", "已付款 OK", "已付款"),
        ("phrase2", "OK", "无"),
        ("phrase2", "𬎆𬎆退款", "𬎆𬎆退"),
        ("thing1", "王\u200b小\u202d明", "王小明"),
        (
            "thing1",
            "一二三四五六七八九十一二三四五六七八👨\u200d👩\u200d👧",
            "一二三四五六七八九十一二三四五六七八…",
        ),
        ("thing1", "一二三四五六七八九十一二三四五六七八𬎆九", "一二三四五六七八九十一二三四五六七八…"),
        ("car_number1", "𬎆A12345", "𬎆A12345"),
        ("name3", "欧阳娜娜", "欧阳娜娜"),
        ("name3", "阿卜杜拉·买买提·艾力江江", "阿卜杜拉·买买提"),
        ("name3", "阿卜杜热合曼阿卜杜克热木江", "阿卜杜热合曼阿卜杜克"),
        ("name3", "王五 Wang", "王五 Wang"),
        ("name3", "李Amy", "李Amy"),
        ("name3", "王𬎆", "王𬎆"),
        ("name3", "王\U000323b0", "王\U000323b0"),
        ("name3", "王\u200b小明", "王小明"),
        ("name3", "古丽•买买提", "古丽•买买提"),
        ("name3", "José O’Neil", "José O’Neil"),
        ("name3", "Jose\u200b\u0301", "José"),
        ("name3", "ALEXANDRA CHRISTINA MONTGOMERY", "ALEXANDRA CHRISTINA"),
        ("name3", "😀", "无"),
        ("name3", "Maximilian Alexander Smith", "Maximilian Alexander"),
        ("name3", "123", "无"),
        ("number4", "12.5 天", "12.5"),
        ("number4", "无", "0"),
        ("character_string5", "20261123100000ABCDEFGHJKMNPQRSTV", "20261123100000ABCDEFGHJKMNPQRSTV"),
        ("character_string5", "订单号 AB-1", "AB-1"),
        ("character_string5", "x" * 40, "x" * 32),
        ("phone_number6", "+86 (029) 8888-8888 转 1", "+86(029)8888-8888"),
        ("phone_number6", "", "-"),
        ("amount7", "￥588.50", "￥588.50"),
        ("amount7", "588元", "588元"),
        ("date8", "2026-11-24", "2026-11-24"),
        ("date8", "2026年11月24日", "2026年11月24日"),
        ("time9", "08:00", "08:00"),
        ("time9", "2026-11-24 08:00~2026-11-24 12:00", "2026-11-24 08:00~2026-11-24 12:00"),
        ("car_number1", "粤A-8Z888 挂", "粤A8Z888挂"),
        ("letter1", "abc 1", "abc"),
        ("symbol1", "a+-", "+-"),
    ],
)
def test_values_are_made_to_fit_their_kind(key: str, value: str, expected: str) -> None:
    assert fit(key, value) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("amount1", "12345678901"),
        ("amount1", "5.005"),
        ("amount1", ""),
        ("date1", "24.11.2026"),
        ("date1", ""),
        ("time1", "8 点"),
        ("thing", "x"),
        ("Thing1", "x"),
        ("1", "x"),
        ("", "x"),
    ],
)
def test_what_a_shorter_value_would_falsify_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValueError, match="subscribe message"):
        fit(key, value)


MAX_LENGTHS = {
    "thing": 20,
    "phrase": 5,
    "name": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
}


@given(kind=st.sampled_from(sorted(MAX_LENGTHS)), value=st.text(max_size=80))
def test_nothing_ever_exceeds_its_field_or_is_empty(kind: str, value: str) -> None:
    fitted = fit_all({f"{kind}1": value})[f"{kind}1"]["value"]
    assert 1 <= len(fitted.encode("utf-16-le")) // 2 <= MAX_LENGTHS[kind]
    assert all(c.isprintable() or is_han(c) or c == "\u200d" for c in fitted)
    assert fitted == fitted.strip()
    if kind == "character_string":
        assert fitted.isascii()
