"""Behaviours that WeChat's documents leave open or that a merchant's configuration decides: switchable."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from .errors import ControlError
from .store import Store

SIGNERS = ("as_asked", "public_key", "certificate", "alternate")

CHOICES: dict[str, tuple[str, ...]] = {
    "signer_replies": SIGNERS,
    "signer_notifications": SIGNERS,
    "changed_parameters_code": ("INVALID_REQUEST", "OUT_TRADE_NO_USED", "ORDERPAID"),
    "paid_code": ("ORDERPAID", "ORDER_PAID"),
    "repeated_close": ("204", "ORDER_CLOSED", "ORDERCLOSED"),
    "unknown_order_code": ("ORDER_NOT_EXIST", "ORDERNOTEXIST"),
    "transfer_name_compared": ("as_sent", "decrypted"),
    "bill_counts": ("20", "20.0"),
    "continued_complaint": ("PENDING", "PROCESSING"),
    "repeated_complete": ("INVALID_REQUEST", "204"),
    "push_mode": ("secure", "compatible", "plain"),
    "push_format": ("json", "xml"),
    "bill_form": ("full", "without_settled", "oldest", "reordered"),
}


@dataclass
class Settings:
    """The switches, with the behaviour that current documents suggest as the default."""

    signer_replies: str = "as_asked"
    """Which platform key signs API replies. as_asked: the one named in the request's Wechatpay-Serial."""
    signer_notifications: str = "as_asked"
    """… and notifications. as_asked: like the create or refund request; alternate: one after the other."""
    publish_certificates: bool = True
    """Whether GET /v3/certificates answers; false: 403, as for merchants in public-key mode."""
    changed_parameters_code: str = "INVALID_REQUEST"
    """The code for a known out_trade_no with other parameters."""
    paid_code: str = "ORDERPAID"
    """The spelling for "already paid", when closing."""
    repeated_close: str = "204"
    """What closing a closed order answers."""
    unknown_order_code: str = "ORDER_NOT_EXIST"
    """The spelling for an order that WeChat does not know."""
    bill_any_day: bool = False
    """Whether bills are served for today, the future and days without movements too."""
    bill_counts: str = "20"
    """How the fund-flow bill's summary writes its counts: WeChat's own sample says 20.0."""
    bill_form: str = "full"
    """Which columns the trade bill has: without 应结订单金额 and 代金券金额 for some merchants, the names of the oldest
    form, or the columns (of both bills) in another order."""
    refund_seconds: float = 1.0
    """How long a refund stays PROCESSING (divided by notify_speed)."""
    refund_interval_seconds: float = 0.0
    """The least time between two partial refunds of one order. WeChat's is 60."""
    transfer_topped_up_yuan: float = 10_000.0
    """What the account that pays transfers was topped up with so far."""
    transfer_max_yuan: float = 200.0
    """The most that one transfer may be."""
    transfer_day_yuan: float = 100_000.0
    """The most that all transfers of a day may be."""
    transfer_payee_day_yuan: float = 2_000.0
    """The most that a payee receives on a day; more fails after the payee has confirmed."""
    transfer_seconds: float = 1.0
    """How long a confirmed transfer is TRANSFERING (divided by notify_speed)."""
    transfer_cancel_seconds: float = 2.0
    """How long a cancelled transfer is CANCELING (divided by notify_speed)."""
    transfer_name_compared: str = "as_sent"
    """Whether a repeated request must carry the same encryption of the payee's name, or only the same name."""
    continued_complaint: str = "PENDING"
    """The state of a complaint that its payer continues."""
    repeated_complete: str = "INVALID_REQUEST"
    """What completing a complaint that is PROCESSED answers."""
    notify_merchants_acts: bool = False
    """Whether the merchant's own acts about a complaint are notified, too."""
    count_permissions: bool = True
    """Whether a subscribe message needs that the person permitted one of its template; each permits one."""
    published: bool = True
    """Whether the mini-program has a published version: links and codes lead to its pages alone."""
    order_centre_agreed: bool = True
    """Whether the agreement of the order centre has been signed: without it there is no path to it."""
    phone_quota: float = 1000
    """How many taps for a phone number the account has; each one that gives a code uses one up."""
    trade_managed: bool = True
    """Whether the account is under trade management: payments are settled only once they are shipped."""
    trade_completed: bool = True
    """Whether the merchant number has been authorised for it."""
    intake_seconds: float = 60.0
    """How long after its payment WeChat does not know it there (10060001); divided by notify_speed."""
    confirm_days: float = 2.0
    """When a shipped payment counts as confirmed although the payer did nothing; divided by notify_speed."""
    settle_seconds: float = 60.0
    """How long after the confirmation the money is settled; divided by notify_speed."""
    content_seconds: float = 1.0
    """How long after a picture was handed in its event goes out (divided by notify_speed). WeChat: up to 30 min."""
    push_mode: str = "secure"
    """How pushed messages are written: encrypted, both ways in one body, or plain."""
    push_format: str = "json"
    """… and in which format."""
    notify_speed: float = 1.0
    """WeChat's waiting times are divided by this: at 60, fifteen seconds are a quarter of one."""

    def document(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def read_settings(store: Store, **defaults: float) -> Settings:
    """The stored switches; ``defaults`` are those of this run where none was set by hand."""
    known = {item.name for item in dataclasses.fields(Settings)}
    stored = {key: body["value"] for key, body in store.read("setting") if key in known}
    return Settings(**defaults | stored)


def change_settings(settings: Settings, store: Store, wish: dict[str, Any]) -> None:
    """Apply the JSON of ``POST settings/``, all of it or nothing. Raises ControlError."""
    problems: dict[str, list[str]] = {}
    for name, value in wish.items():
        if not hasattr(settings, name) or name.startswith("_") or name == "document":
            problems[name] = ["没有这个设置"]
        elif name in CHOICES:
            if value not in CHOICES[name]:
                problems[name] = list(CHOICES[name])
        elif isinstance(getattr(settings, name), bool):
            if not isinstance(value, bool):
                problems[name] = ["true 或 false"]
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
            problems[name] = ["非负数"]
        elif name == "notify_speed" and value <= 0:
            problems[name] = ["大于 0"]
    if problems:
        raise ControlError(400, "invalid", "设置有误", problems)
    for name, value in wish.items():
        setattr(settings, name, value)
        store.put("setting", name, {"value": value})
