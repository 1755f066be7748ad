"""Attempts, notifications, refunds: which rows each statement is about."""

from __future__ import annotations

import pytest

from storage import Storage
from storage.models import AttemptState
from storage.writes import AttemptMove, NewAttempt, NewOfflineAttempt, NewRefund, RefundMove, columns
from tests.storage.contract import Added, Counted, Found, Listed, Promise, Written
from tests.storage.rows import Row, made

ORDER: Row = {"order_id": 5}
OTHER: Row = {"order_id": 6}
NEW_ATTEMPT = made(NewAttempt, supplement_id=None)
NEW_OFFLINE = made(NewOfflineAttempt)
NEW_REFUND = made(NewRefund)
PROMISES: dict[str, Promise] = {
    "an attempt": Found("payment_attempts", {}, lambda tx, row: tx.attempts.get(row["id"])),
    "an attempt by number": Found(
        "payment_attempts", {}, lambda tx, row: tx.attempts.by_number(row["out_trade_no"]), by="out_trade_no"
    ),
    "a locked attempt": Found(
        "payment_attempts", {}, lambda tx, row: tx.attempts.lock_by_number(row["out_trade_no"]), by="out_trade_no"
    ),
    "an attempt by transaction": Found(
        "payment_attempts", {"transaction_id": "w"},
        lambda tx, row: tx.attempts.by_transaction(row["transaction_id"]), by="transaction_id",
    ),
    "the open attempt of an order": Found(
        "payment_attempts", {"open_order_id": 5}, lambda tx, row: tx.attempts.open_of_order(row["open_order_id"]),
        [{"open_order_id": None, **ORDER}], by="open_order_id",
    ),
    "a new attempt": Added(
        "payment_attempts", lambda tx: tx.attempts.add(5, NEW_ATTEMPT, 7, 9),
        {**columns(NEW_ATTEMPT), **ORDER, "open_order_id": 5, "open_supplement_id": None, "state": "created",
         "query_count": 0, "next_query_at": 9, "claimed_until": 0, "created_at": 7, "updated_at": 7},
    ),
    "a new attempt for a supplement": Added(
        "payment_attempts", lambda tx: tx.attempts.add(5, made(NewAttempt, supplement_id=3), 7, 9),
        {"supplement_id": 3, "open_order_id": None, "open_supplement_id": 3},
    ),
    "money received by hand": Added(
        "payment_attempts", lambda tx: tx.attempts.add_offline(NEW_OFFLINE, 7),
        {**columns(NEW_OFFLINE), "channel": "offline", "state": "paid", "expires_at": NEW_OFFLINE.paid_at,
         "query_count": 0, "claimed_until": 0, "next_query_at": None, "created_at": 7, "updated_at": 7},
    ),
    "attempts of several orders": Listed(
        "payment_attempts", ORDER, lambda tx: tx.attempts.of_orders([5, 7]), wrong=[OTHER],
        also=[{"order_id": 7}, {"supplement_id": 3}],
    ),
    "what a user has paid": Listed(
        "payment_attempts", {"payer_user_id": 1, "paid_at": 4}, lambda tx: tx.attempts.paid_by(1),
        wrong=[{"payer_user_id": 2}, {"paid_at": None}],
    ),
    "paid between": Listed(
        "payment_attempts", {"paid_at": 10, "channel": "wechat"}, lambda tx: tx.attempts.paid_between(10, 20),
        wrong=[{"paid_at": 9}, {"paid_at": 20}, {"channel": "offline"}, {"paid_at": None}], also=[{"paid_at": 19}, {}],
    ),
    "a moved attempt": Written(
        "payment_attempts", {"state": "created", "next_query_at": 4},
        lambda tx, row: tx.attempts.move(row["id"], ("created", "unknown"), "prepaid", 9, AttemptMove(prepay_id="p")),
        {"state": "prepaid", "prepay_id": "p", "updated_at": 9}, wrong=[{"state": "paid"}],
        also=[{"state": "unknown", "open_supplement_id": 8}],
    ),
    "an attempt that ends": Written(
        "payment_attempts", {"state": "created", "next_query_at": 4},
        lambda tx, row: tx.attempts.move(row["id"], ("created",), AttemptState.CLOSED, 9),
        {"state": "closed", "open_order_id": None, "open_supplement_id": None, "next_query_at": None, "updated_at": 9},
        wrong=[{"state": "paid"}], also=[{"open_order_id": 5}, {"open_supplement_id": 6}],
    ),
    "attempts begun since": Counted(
        "payment_attempts", {"state": "paid", "created_at": 50, "channel": "wechat"},
        lambda tx: tx.attempts.count_since(50), wrong=[{"created_at": 49}, {"channel": "offline"}],
        also=[{"state": "closed"}, {}], total=lambda rows: {"paid": 2, "closed": 1} if rows else {},
    ),
    "the first attempt": Counted(
        "payment_attempts", {"created_at": 50, "updated_at": 60, "channel": "wechat", "notify_url": "u"},
        lambda tx: tx.attempts.first_at(), wrong=[{"channel": "offline"}], also=[{"created_at": 40}],
        total=lambda rows: 50 if rows else None,
    ),
    "the first attempt of an older system": Counted(
        "payment_attempts", {"created_at": 50, "updated_at": 60, "channel": "wechat", "notify_url": ""},
        lambda tx: tx.attempts.first_at(), wrong=[{"channel": "offline"}], also=[{"updated_at": 40}],
        total=lambda rows: 60 if rows else None,
    ),
    "a notification": Added(
        "payment_events", lambda tx: tx.payment_events.add("e", "T", "r", "{}", "paid", 7),
        {"event_id": "e", "event_type": "T", "reference": "r", "resource": "{}", "outcome": "paid", "received_at": 7},
    ),
    "notifications about a number": Listed(
        "payment_events", {"reference": "r"}, lambda tx: tx.payment_events.of_reference("r"),
        wrong=[{"reference": "s"}],
    ),
    "a refund": Found("refunds", {}, lambda tx, row: tx.refunds.get(row["id"])),
    "a refund by number": Found(
        "refunds", {}, lambda tx, row: tx.refunds.by_number(row["out_refund_no"]), by="out_refund_no"
    ),
    "refunds of an order": Listed("refunds", ORDER, lambda tx: tx.refunds.of_order(5), wrong=[OTHER]),
    "refunds of several orders": Listed(
        "refunds", ORDER, lambda tx: tx.refunds.of_orders([5, 7]), wrong=[OTHER], also=[{"order_id": 7}, {}]
    ),
    "a new refund": Added(
        "refunds", lambda tx: tx.refunds.add(NEW_REFUND, 7),
        {**columns(NEW_REFUND), "requested_at": 7, "updated_at": 7, "query_count": 0, "claimed_until": 0,
         "last_error": "", "wechat_refund_id": ""},
    ),
    "a moved refund": Written(
        "refunds", {"state": "requested"},
        lambda tx, row: tx.refunds.move(
            row["id"], ("requested", "approved"), "processing", 9, RefundMove(submitted_at=8)
        ),
        {"state": "processing", "submitted_at": 8, "updated_at": 9}, wrong=[{"state": "succeeded"}],
        also=[{"state": "approved"}],
    ),
    "submitted between": Listed(
        "refunds", {"submitted_at": 10}, lambda tx: tx.refunds.submitted_between(10, 20),
        wrong=[{"submitted_at": 9}, {"submitted_at": 20}, {"submitted_at": None}], also=[{"submitted_at": 19}, {}],
    ),
    "promised money": Counted(
        "refunds", {"attempt_id": 3, "state": "approved", "amount_fen": 7}, lambda tx: tx.refunds.reserved_fen(3),
        wrong=[{"attempt_id": 4}, {"state": "rejected"}, {"state": "withdrawn"}], also=[{"state": "succeeded"}],
        total=lambda rows: 7 * len(rows),
    ),
    "refunds under way": Counted(
        "refunds", {"state": "approved"}, lambda tx: tx.refunds.count_active(),
        wrong=[{"state": "rejected"}, {"state": "succeeded"}], also=[{"state": "processing"}, {}],
        total=lambda rows: {"approved": 2, "processing": 1} if rows else {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)
