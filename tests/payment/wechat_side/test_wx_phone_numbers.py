"""Phone numbers by a tap: what each answer of WeChat means to the user, and that nothing is repeated blindly."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.payment.wechat_side.test_wx_api import WeChat
from wechat.api import WeChatApi
from wechat.phone_numbers import (
    CodeSpent,
    NumberBusy,
    NumberUnanswered,
    PhoneNumberFailed,
    UserPhone,
    read_user_phone,
)
from wechat.tokens import AccessTokens

NUMBER = "13900139000"


def info(**changes: Any) -> dict[str, Any]:
    told = {"phoneNumber": NUMBER, "purePhoneNumber": NUMBER, "countryCode": "86"} | changes
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {"watermark": {"timestamp": 1_760_000_000, "appid": "wx0"}, **told},
    }


def read(wechat: WeChat) -> UserPhone:
    async def story() -> UserPhone:
        transport = httpx.MockTransport(wechat)
        async with (
            AccessTokens("wx0", "secret", transport=transport) as tokens,
            WeChatApi(tokens, transport=transport) as api,
        ):
            return await read_user_phone(api, "wx0", "a code", pause_seconds=0)

    return asyncio.run(story())


def test_the_number_is_read_without_its_country_in_front() -> None:
    assert read(WeChat(info())) == UserPhone(NUMBER, abroad=False)
    assert read(WeChat(info(phoneNumber=f"+86{NUMBER}"))) == UserPhone(NUMBER, abroad=False)
    abroad = info(phoneNumber="+852 51234567", purePhoneNumber="51234567", countryCode="852")
    assert read(WeChat(abroad)) == UserPhone("+85251234567", abroad=True)


@pytest.mark.parametrize(
    "reply",
    [
        {"errcode": 0},
        {"errcode": 0, "phone_info": "13900139000"},
        info(watermark=None),
        info(watermark={"appid": "wx1"}),
        info(watermark={}),
        info(purePhoneNumber=None),
        info(purePhoneNumber="139"),
        info(purePhoneNumber="13900139000; drop"),
        info(countryCode=""),
        info(countryCode="+86"),
    ],
)
def test_a_reply_that_is_not_about_a_number_of_this_mini_program_gives_none(
    reply: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(PhoneNumberFailed) as caught:
        read(WeChat(reply))
    assert NUMBER not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    ("answers", "kind", "calls"),
    [
        ([{"errcode": 40029}], CodeSpent, 1),
        ([{"errcode": -1}, {"errcode": -1}], NumberBusy, 2),
        ([{"errcode": -1}, {"errcode": 40029}], CodeSpent, 2),
        ([{"errcode": 45011}], NumberBusy, 1),
        ([{"errcode": 40013}], PhoneNumberFailed, 1),
        ([{"errcode": 48001}], PhoneNumberFailed, 1),
        ([httpx.ConnectError("away")], NumberBusy, 1),
        ([httpx.ReadTimeout("slow")], NumberUnanswered, 1),
        ([httpx.RemoteProtocolError("cut")], NumberUnanswered, 1),
        ([httpx.Response(200, content=b"<html>")], NumberUnanswered, 1),
        ([{"errcode": -1}, httpx.ReadTimeout("slow")], NumberUnanswered, 2),
    ],
)
def test_each_failure_says_what_to_do_and_only_busy_is_tried_again(
    answers: list[Any], kind: type[PhoneNumberFailed], calls: int
) -> None:
    wechat = WeChat(*answers)
    with pytest.raises(PhoneNumberFailed) as caught:
        read(wechat)
    assert type(caught.value) is kind
    assert "填写" in caught.value.message, "typing is always possible"
    assert len(wechat.calls) == calls


def test_busy_once_is_no_failure() -> None:
    assert read(WeChat({"errcode": -1}, info())).number == NUMBER
