"""What WeChat sends, or somebody in its name: notifications, with a right signature and without, and bills."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from bench.fuzz.mutation import as_json, spoil, spoil_json
from bench.fuzz.target import Target, check
from bench.hostile import values
from payment.wechatpay.bills.bill_lines import BillError
from payment.wechatpay.bills.parsing import parse_flow_bill, parse_trade_bill
from payment.wechatpay.notification import (
    NotificationRefused,
    NotificationVerifier,
    read_refund,
    read_transaction,
)
from tests.payment.bills import Row, flow_bill, trade_bill
from tests.payment.wechat_side.conftest import Material, refund, transaction

ROWS = (
    Row(1_795_400_000_000, "N1", "4200001", 58_800, 353),
    Row(1_795_400_100_000, "N2", "4200002", 1, 0),
    Row(1_795_400_200_000, "N1", "4200001", 58_800, 0, "R1", "5030001", "SUCCESS"),
)
TRADE_BILLS = (trade_bill(ROWS), trade_bill(ROWS[:1]), trade_bill(()))
FLOW_BILLS = (flow_bill(ROWS), flow_bill(ROWS[:1]), flow_bill(()))


@cache
def material() -> Material:
    return Material()


@cache
def verifier() -> NotificationVerifier:
    return NotificationVerifier(material().keys(), material().apiv3_key)


def envelope(carried: Any, event: str) -> dict[str, Any]:
    """A notification, as WeChat makes it."""
    kind = event.partition(".")[0].lower()
    sealed = material().seal(carried if isinstance(carried, bytes) else as_json(carried), kind)
    return {
        "id": "EV-2018022511223320873",
        "create_time": "2026-11-23T10:34:57+08:00",
        "event_type": event,
        "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": {"original_type": kind, **sealed},
    }


def _told(random: Random) -> tuple[dict[str, Any], str]:
    if random.random() < 0.5:
        return transaction(), "TRANSACTION.SUCCESS"
    told = refund(refund_status="SUCCESS")
    return told, f"REFUND.{random.choice(('SUCCESS', 'ABNORMAL', 'CLOSED'))}"


def forged(random: Random) -> None:
    """Somebody else's: nothing of it may be believed."""
    carried, event = _told(random)
    body = as_json(envelope(carried, event))
    headers = dict(_headers_of_another())
    if random.random() < 0.5:
        body = spoil(random, body, (body,))
    for name in random.sample(sorted(headers), random.randint(0, 2)):
        headers[name] = random.choice(
            (values.text(random), headers[name][:-1], headers[name] + "A", "A" * 344)
        )
    verifier().open(headers, body)
    check(False, "a forged notification was believed")


@cache
def _headers_of_another() -> dict[str, str]:
    """Those of another message: right in every way, but they belong to other bytes."""
    return material().headers(b"another body")


def signed(random: Random) -> None:
    """WeChat's own, with something unexpected in it: what is sealed, or what it is sealed in."""
    carried, event = _told(random)
    told: Any = carried
    for _ in range(random.randint(1, 3)):
        told = spoil_json(random, told)
    outside = envelope(told, event)
    if random.random() < 0.3:
        outside = envelope(spoil(random, as_json(carried), (as_json(refund()),)), event)
    if random.random() < 0.4:
        outside = spoil_json(random, outside)
    body = as_json(outside)
    if random.random() < 0.1:
        body = spoil(random, body, (body,))
    opened = verifier().open(material().headers(body), body)
    if opened.acts and opened.original_type == "transaction":
        paid = read_transaction(opened)
        check(
            not paid.is_paid or bool(paid.transaction_id and paid.total_fen is not None),
            "paid without an amount",
        )
    elif opened.acts:
        back = read_refund(opened)
        check(0 <= back.refund_fen < 2**63, "a refund out of all bounds")
    check(len(opened.id) <= 36 and len(opened.reference) <= 64, "longer than its column")


def _bill(parse: Callable[[bytes], Any], bills: tuple[bytes, ...]) -> Callable[[Random], None]:
    def read(random: Random) -> None:
        rows, summary = parse(spoil(random, random.choice(bills), bills))
        check(summary.rows == len(rows), "a total that is not the sum")
        check(
            all(abs(fen) < 10**18 for row in rows for fen in vars(row).values() if isinstance(fen, int)),
            "no amount",
        )

    return read


TARGETS = (
    Target("notifications, forged", forged, (NotificationRefused,)),
    Target("notifications, signed", signed, (NotificationRefused,), 0.5),
    Target("trade bills", _bill(parse_trade_bill, TRADE_BILLS), (BillError,)),
    Target("fund-flow bills", _bill(parse_flow_bill, FLOW_BILLS), (BillError,)),
)
