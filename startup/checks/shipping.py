"""Is the account under trade management? As the server has asked WeChat last; ``check`` itself asks nobody."""

from __future__ import annotations

from clock import shanghai_time
from config import Settings
from startup.checks.database import open_for_inspection
from startup.checks.result import Result, ok, warning
from storage import StorageError, revision
from storage.models import TradeManagement

NAME = "trade-management"


async def check_trade_management(settings: Settings) -> Result:
    """Whether WeChat holds the money of payments until they are reported as shipped."""
    try:
        async with open_for_inspection(settings) as storage:
            if storage is None or await revision.current(storage) != revision.newest():
                return ok(NAME, "not known before the database is migrated")
            async with storage.reading() as reader:
                known = await reader.trade_management.get()
    except StorageError as error:
        return warning(NAME, f"not known: {type(error).__name__}")
    return judge(settings.shipping.enabled, known)


def judge(enabled: bool, known: TradeManagement) -> Result:
    if not enabled:
        if known.access_reminded_at is not None:
            asked = shanghai_time(known.access_reminded_at)
            return warning(NAME, f"WeChat asks for shipping to be reported ({asked}): set shipping.enabled")
        return ok(NAME, "not asked about (shipping.enabled is off)")
    if known.answered_at is None:
        return warning(NAME, f"not asked yet{': ' + known.last_error if known.last_error else ''}")
    asked = f"asked {shanghai_time(known.answered_at)}"
    if known.failed_at is not None:
        asked += f", the last question failed: {known.last_error}"
    if not known.managed:
        return ok(NAME, f"no, nothing is reported ({asked})")
    if not known.completed:
        return warning(NAME, f"yes, but the merchant number is not authorised in WeChat's console ({asked})")
    return ok(NAME, f"yes, served orders are reported ({asked})")
