"""Start-up checks: each looks at one thing that must be right, and says what it found. None changes anything.

A failed check stops a production server; in development only those that make no sense to ignore do.
"""

from __future__ import annotations

from config import Settings
from startup.checks.addresses import check_listening, check_notify_url, check_proxies
from startup.checks.clock import check_clock
from startup.checks.database import (
    check_append_only,
    check_database,
    check_database_line,
    check_integrity,
    check_privacy_key,
)
from startup.checks.files import (
    check_config_file,
    check_data_folder,
    check_merchant_key,
    check_platform_keys,
    check_tls,
)
from startup.checks.result import Check, Result
from startup.checks.shipping import check_trade_management
from startup.checks.transfers import check_transfers
from startup.checks.values import (
    check_first_administrator,
    check_identifiers,
    check_messages,
    check_mode,
    check_push,
    check_refund_policy,
    check_sandbox,
    check_secrets,
)

__all__ = [
    "AFTER_MIGRATION",
    "CHECKS",
    "ON_DEMAND",
    "Result",
    "check_clock",
    "check_proxies",
    "check_push",
    "run_checks",
]

CHECKS: tuple[Check, ...] = (
    check_mode,
    check_config_file,
    check_data_folder,
    check_secrets,
    check_identifiers,
    check_merchant_key,
    check_platform_keys,
    check_tls,
    check_notify_url,
    check_listening,
    check_proxies,
    check_sandbox,
    check_refund_policy,
    check_messages,
    check_push,
    check_transfers,
    check_first_administrator,
    check_database,
    check_database_line,
    check_integrity,
    check_append_only,
    check_privacy_key,
    check_trade_management,
    check_clock,
)
ON_DEMAND: tuple[Check, ...] = (check_integrity,)
"""Reads the whole database: ``main.py check`` does it, a start does not wait for it."""
AFTER_MIGRATION: tuple[Check, ...] = (check_database, check_append_only, check_privacy_key)
"""In development the schema is made at the start: these can only be looked at afterwards."""


async def run_checks(settings: Settings) -> list[Result]:
    """Every check, in order; none stops the others."""
    return [await check(settings) for check in CHECKS]
