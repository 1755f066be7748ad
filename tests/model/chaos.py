"""What may go wrong at WeChat and on the way: the stand-in's faults, and what a person can do there."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.model.system import SLOW

CALLS = ("create", "query", "close", "refund", "refund_query")
LIES = ("amount", "openid", "appid", "mchid", "currency", "trade_type")
"""Facts that a validly signed notification or reply may state wrongly."""


def _replies() -> list[dict[str, Any]]:
    """Replies that get lost, refuse, or cannot be believed, with and without the request having had its effect."""
    spoiled = ("garbage", "bad_signature", "unsigned", "signtest", "system_error")
    kinds: list[dict[str, Any]] = [
        {"fault": "drop_before_commit"},
        {"fault": "drop_after_commit"},
        # WeChat says 429 and 403 only of what it has not done
        {"fault": "rate_limited", "committed": False},
        {"fault": "error", "status": 403, "code": "NO_AUTH", "committed": False},
        {"fault": "slow", "seconds": SLOW, "committed": True},
        {"fault": "slow", "seconds": SLOW, "committed": False},
        *({"fault": fault, "committed": done} for fault, done in product(spoiled, (False, True))),
    ]
    return [{**kind, "endpoint": endpoint} for kind, endpoint in product(kinds, CALLS)]


def _notifications() -> list[dict[str, Any]]:
    return [
        {"fault": "lose_notification"},
        {"fault": "lose_notification", "attempts": 2},
        {"fault": "duplicate_notification", "copies": 3},
        {"fault": "delay_notification", "seconds": 90.0},
        {"fault": "delay_notification", "seconds": 20_000.0},
        {"fault": "reorder_notifications", "seconds": 600.0},
        {"fault": "stale_timestamp"},
        {"fault": "bad_notification_signature"},
        {"fault": "signtest_notification"},
    ]


REFUNDS: list[dict[str, Any]] = [
    {"fault": "not_enough"},
    {"fault": "refund_success", "seconds": 5_000.0},
    {"fault": "refund_abnormal"},
    {"fault": "refund_closed"},
    {"fault": "refund_processing"},
]
OTHERS: list[dict[str, Any]] = [
    {"fault": "notify_before_reply", "endpoint": "create"},
    {"fault": "notify_before_reply", "endpoint": "refund"},
    {"fault": "notify_before_reply"},
    {"fault": "stale_query"},
    {"fault": "pay_while_closing", "notify": True},
    {"fault": "pay_while_closing", "notify": False},
    {"fault": "rotated_key", "target": "replies"},
    {"fault": "rotated_key", "target": "notifications"},
]
FAULTS = {"replies": _replies(), "notifications": _notifications(), "refunds": REFUNDS, "others": OTHERS}
BILL_FAULTS: list[dict[str, Any]] = [
    {"fault": "bill_missing_row"},
    {"fault": "bill_extra_row", "total": 8_800},
    {"fault": "bill_changed_row", "by": 100},
    {"fault": "bill_missing_row", "target": "fundflow"},
    {"fault": "bill_extra_row", "total": 8_800, "target": "fundflow"},
    {"fault": "bill_changed_row", "by": 100, "target": "fundflow"},
]
BAD_BILLS: list[dict[str, Any]] = [
    {"fault": "bill_bad_hash"},
    {"fault": "bill_creating"},
    {"fault": "garbage", "endpoint": "tradebill"},
    {"fault": "drop_after_commit", "endpoint": "download"},
]
CASHIER = ("success", "success", "success_without_notify", "success_notified_twice", "fail", "cancel")
SWITCHES = {
    "changed_parameters_code": ("INVALID_REQUEST", "OUT_TRADE_NO_USED", "ORDERPAID"),
    "paid_code": ("ORDERPAID", "ORDER_PAID"),
    "repeated_close": ("204", "ORDER_CLOSED", "ORDERCLOSED"),
    "unknown_order_code": ("ORDER_NOT_EXIST", "ORDERNOTEXIST"),
    "signer_replies": ("as_asked", "alternate"),
    "signer_notifications": ("as_asked", "alternate"),
}
"""Where WeChat's documents leave its behaviour open: one of each is drawn for every run."""
