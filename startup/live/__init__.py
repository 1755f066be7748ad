"""``main.py check --live``: what WeChat itself can be asked before going live, one line each, with what to do.

Nothing here changes anything, at WeChat or at home. ``docs/go-live.md`` says where each of it is set.
"""

from __future__ import annotations

from config import Settings
from startup.checks.result import Result, failed
from startup.live.context import Live, LiveCheck, opened
from startup.live.merchant import check_complaint_address, check_merchant, check_transfers
from startup.live.mini_program import (
    check_order_centre,
    check_templates,
    check_token,
    check_trade_management,
)
from startup.live.own_server import check_notify_addresses, check_push_address

__all__ = ["LIVE_CHECKS", "run_live_checks"]

LIVE_CHECKS: tuple[LiveCheck, ...] = (
    check_token,
    check_trade_management,
    check_templates,
    check_order_centre,
    check_merchant,
    check_transfers,
    check_complaint_address,
    check_notify_addresses,
    check_push_address,
)


async def run_live_checks(settings: Settings) -> list[Result]:
    """Every one, in order; none stops the others. Raises ConfigError for keys that cannot be read."""
    async with opened(settings) as live:
        return [await _checked(check, live) for check in LIVE_CHECKS]


async def _checked(check: LiveCheck, live: Live) -> Result:
    try:
        return await check(live)
    except Exception as error:
        return failed(check.__name__.removeprefix("check_"), f"could not be tried: {type(error).__name__}")
