"""Waiting for a refresh of WeChat's keys."""

from __future__ import annotations

import asyncio

from payment.wechatpay.keys import (
    PlatformKeys,
)


async def refreshed(keys: PlatformKeys) -> None:
    """Until the refresh that was asked for is over, if one was begun."""
    if keys._running is not None:
        await asyncio.wait_for(asyncio.shield(keys._running), 5)
