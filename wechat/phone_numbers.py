"""A user's own phone number, by the code of one tap. Source: developers.weixin.qq.com, getPhoneNumber.

A code lives five minutes and works once. Whether it was used up when no answer came is not known: then another tap
is asked for, which WeChat charges, and nothing is repeated here. Only -1 (busy, not carried out) is tried once more.
Every way this can end is a class with a ``slug``, the HTTP status for our own answer and a sentence for the user;
typing the number is always the other way.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from frozen_dataclasses import frozen
from personal.phones import PhoneError, read_phone
from wechat.api import Rejected, Unanswered, Unavailable, WeChatApi, WeChatApiError

logger = logging.getLogger("hospital.wechat.phone_numbers")

PATH = "/wxa/business/getuserphonenumber"
CHINA = "86"
BUSY = -1
CODE_INVALID = 40029
PAUSE_SECONDS = 0.5
"""Before what WeChat was too busy for is asked once more."""


class PhoneNumberFailed(Exception):
    """A tap that gave no number. The text holds no digit of one."""

    slug = "phone_failed"
    http_status = 502
    message = "没有取到微信里的手机号，请直接填写"

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.slug}: {detail}" if detail else self.slug)


class CodeSpent(PhoneNumberFailed):
    """40029: the code was used before, is older than five minutes, or was never one."""

    slug = "phone_code_spent"
    http_status = 409
    message = "这次授权已经过期，请再点一次，或直接填写手机号"


class NumberUnanswered(PhoneNumberFailed):
    """No answer in time, or none that can be read: the code may be used up."""

    slug = "phone_unanswered"
    http_status = 504
    message = "没有等到微信的回音，请再点一次，或直接填写手机号"


class NumberBusy(PhoneNumberFailed):
    """WeChat is busy, over a quota, or cannot be reached."""

    slug = "phone_busy"
    http_status = 503
    message = "微信现在很忙，请过一会儿再点，或直接填写手机号"


@frozen()
class UserPhone:
    """``number``: in the normal form of ``personal.phones``."""

    number: str
    abroad: bool


async def read_user_phone(
    api: WeChatApi, appid: str, code: str, pause_seconds: float = PAUSE_SECONDS
) -> UserPhone:
    """The number that the tap's ``code`` stands for. Raises PhoneNumberFailed."""
    try:
        reply = await _ask(api, code, pause_seconds)
    except Unanswered as problem:
        raise NumberUnanswered(problem.detail) from None
    except Unavailable as problem:
        raise NumberBusy(problem.detail) from None
    except Rejected as problem:
        kind = CodeSpent if problem.code == CODE_INVALID else PhoneNumberFailed
        raise kind(str(problem.code)) from None
    except WeChatApiError as problem:
        raise PhoneNumberFailed(problem.slug) from None
    return _read(reply.get("phone_info"), appid)


async def _ask(api: WeChatApi, code: str, pause_seconds: float) -> dict[str, Any]:
    try:
        return await api.post(PATH, {"code": code})
    except Unavailable as problem:
        if problem.code != BUSY:
            raise
    await asyncio.sleep(pause_seconds)
    return await api.post(PATH, {"code": code})


def _read(info: Any, appid: str) -> UserPhone:
    """``phoneNumber`` carries a country code in front for some countries and not for others: the two parts do not."""
    info = info if isinstance(info, dict) else {}
    watermark = info.get("watermark")
    if not isinstance(watermark, dict) or watermark.get("appid") != appid:
        logger.error("a phone number with the watermark of another mini-program, or none")
        raise PhoneNumberFailed("watermark")
    country, number = str(info.get("countryCode", "")), str(info.get("purePhoneNumber", ""))
    if not (country.isdecimal() and number.isdecimal()):
        raise PhoneNumberFailed("no number")
    try:
        normal = read_phone(number if country == CHINA else f"+{country}{number}")
    except PhoneError:
        raise PhoneNumberFailed("no number that can be called") from None
    return UserPhone(normal, abroad=country != CHINA)
