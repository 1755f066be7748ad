"""Supplements and money outside of WeChat: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import SupplementState
from storage.writes import NewOfflineEntry, NewSupplement, SupplementMove, columns
from tests.storage.contract import Added, Counted, Found, Listed, Promise, Written
from tests.storage.rows import Row, made

ORDER: Row = {"order_id": 5}
OTHER: Row = {"order_id": 6}
SUPPLEMENT: Row = {"state": "open", "paid_fen": 0, "receipt_file": ""}
NEW_SUPPLEMENT = made(NewSupplement)
NEW_ENTRY = made(NewOfflineEntry)


async def _move_supplement(tx: Transaction, row: Row) -> Any:
    read = await tx.supplements.get(row["id"])
    if read is None:
        return False
    if row["reason"] == "moved":
        await tx.connection.execute("UPDATE supplements SET state = 'open' WHERE id = :id", {"id": row["id"]})
    told = await tx.supplements.move(read, SupplementState.WITHDRAWN, 9, SupplementMove(closed_at=8))
    await tx.connection.execute(
        "UPDATE supplements SET state = 'proposed' WHERE id = :id AND state = 'open'", {"id": row["id"]}
    )
    return told


PROMISES: dict[str, Promise] = {
    "a supplement": Found("supplements", {}, lambda tx, row: tx.supplements.get(row["id"])),
    "supplements of an order": Listed("supplements", ORDER, lambda tx: tx.supplements.of_order(5), wrong=[OTHER]),
    "a supplement by its action": Found(
        "supplements", {"proposed_by_kind": "escort", "proposed_by": 3, "action_id": "a"},
        lambda tx, row: tx.supplements.of_action(row["proposed_by_kind"], row["proposed_by"], row["action_id"]),
        wrong=[{"proposed_by_kind": "admin"}, {"proposed_by": 4}, {"action_id": "b"}], by="action_id",
    ),
    "a new supplement": Added("supplements", lambda tx: tx.supplements.add(NEW_SUPPLEMENT), columns(NEW_SUPPLEMENT)),
    "a moved supplement": Written(
        "supplements", {"state": "proposed"}, _move_supplement,
        {"state": "withdrawn", "closed_at": 8, "updated_at": 9}, wrong=[{"paid_fen": 1}, {"reason": "moved"}],
    ),
    "a receipt's photo": Written(
        "supplements", SUPPLEMENT, lambda tx, row: tx.supplements.set_receipt(row["id"], "f", 9),
        {"receipt_file": "f", "updated_at": 9},
        wrong=[{"receipt_file": "e"}, {"state": "paid"}, {"state": "withdrawn"}],
        also=[{"state": "proposed"}, {"state": "disputed"}],
    ),
    "supplements to be paid": Listed(
        "supplements", {**ORDER, "state": "open"}, lambda tx: tx.supplements.open_of_orders([5, 7]),
        wrong=[OTHER, {"state": "proposed"}, {"state": "paid"}], also=[{"order_id": 7}, {}],
    ),
    "supplements of a user page by page": Listed(
        "supplements", ORDER, page=lambda tx, behind, limit: tx.supplements.page_of_user(1, behind or 0, limit),
        wrong=[OTHER], beside=[("orders", {"id": 5, "user_id": 1}), ("orders", {"id": 6, "user_id": 2})],
    ),
    "supplements of an escort page by page": Listed(
        "supplements", {"proposed_by_kind": "escort", "proposed_by": 3},
        page=lambda tx, behind, limit: tx.supplements.of_proposer(3, behind or 0, limit),
        wrong=[{"proposed_by_kind": "admin"}, {"proposed_by": 4}],
    ),
    "unsettled supplements of a user": Listed(
        "supplements", {**ORDER, "state": "open"}, lambda tx: tx.supplements.unsettled_of_user(1),
        wrong=[OTHER, {"state": "paid"}, {"state": "withdrawn"}], also=[{"state": "proposed"}, {"state": "disputed"}],
        beside=[("orders", {"id": 5, "user_id": 1}), ("orders", {"id": 6, "user_id": 2})],
    ),
    "a paid supplement": Written(
        "supplements", SUPPLEMENT, lambda tx, row: tx.supplements.mark_paid(row["id"], 3, 700, 8, 9),
        {"state": "paid", "paid_fen": 700, "paid_at": 8, "paid_attempt_id": 3, "updated_at": 9},
        wrong=[{"state": "proposed"}, {"state": "withdrawn"}],
    ),
    "a supplement that was not paid": Written(
        "supplements", {"state": "paid", "paid_fen": 7, "paid_at": 3, "paid_attempt_id": 2},
        lambda tx, row: tx.supplements.mark_unpaid(row["id"], 9),
        {"state": "open", "paid_fen": 0, "paid_at": None, "paid_attempt_id": None, "updated_at": 9},
        wrong=[{"state": "withdrawn"}], tells=False,
    ),
    "a supplement paid by another receipt": Written(
        "supplements", {"state": "paid"}, lambda tx, row: tx.supplements.set_paid_by(row["id"], 3, 8, 9),
        {"paid_at": 8, "paid_attempt_id": 3, "updated_at": 9}, tells=False,
    ),
    "a supplement whose money went back": Written(
        "supplements", {"refunded_fen": 40}, lambda tx, row: tx.supplements.add_refunded(row["id"], 30, 9),
        {"refunded_fen": 70, "updated_at": 9}, tells=False,
    ),
    "an order paid by another receipt": Written(
        "orders", {}, lambda tx, row: tx.offline.set_order_paid_by(row["id"], 3, 8, 9),
        {"paid_at": 8, "paid_attempt_id": 3, "updated_at": 9}, tells=False,
    ),
    "a new entry": Added("offline_entries", lambda tx: tx.offline.add(NEW_ENTRY), columns(NEW_ENTRY)),
    "refunds that a person pays": Counted(
        "refunds", {**ORDER, "attempt_id": 2}, lambda tx: tx.offline.refunds_by_hand(5),
        wrong=[OTHER, {"attempt_id": 3}, {"attempt_id": 4}], total=lambda rows: frozenset(row["id"] for row in rows),
        beside=[("payment_attempts", {"id": 2, "channel": "offline"}),
        ("payment_attempts", {"id": 3, "channel": "wechat"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)
