"""The clock, compared with WeChat's."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime

import httpx

from clock import now_ms, to_ms
from config import Settings
from startup.checks.result import Result, failed, ok, warning

MAX_SKEW_MS = 60_000


async def check_clock(settings: Settings) -> Result:
    """WeChat refuses requests, and we refuse notifications, when the clocks differ by five minutes."""
    if settings.development:
        return ok("clock", "not compared in development")
    try:
        async with asyncio.timeout(5), httpx.AsyncClient(trust_env=False) as client:
            answer = await client.head(settings.pay.api_base)
        skew = to_ms(parsedate_to_datetime(answer.headers["Date"])) - now_ms()
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError) as error:
        return warning("clock", f"could not be compared with WeChat's ({type(error).__name__})")
    return judge_skew(skew)


def judge_skew(skew_ms: int) -> Result:
    """``skew_ms``: WeChat's time minus ours."""
    if abs(skew_ms) > MAX_SKEW_MS:
        return failed(
            "clock", f"expected WeChat's time within 60 s, found a difference of {skew_ms / 1000:.0f} s"
        )
    return ok("clock", f"{skew_ms / 1000:+.0f} s from WeChat's")
