"""Shipments and trade management: which rows each statement is about."""

from __future__ import annotations

import pytest

from storage import Storage
from storage.writes import (
    NewContentCheck,
    NewInboxEvent,
    NewShipment,
    ShipmentMove,
    TradeManagementChange,
    columns,
)
from tests.storage.contract import GONE, Added, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, made

SHIPMENT: Row = {"state": "waiting", "order_id": 5, "next_at": None, "declare_after_date": "2026-11-02"}
PAID: Row = {"state": "paid", "channel": "wechat", "appid": "a", "paid_at": 10, "order_id": 5}
NOT_SHIPPED: list[Row] = [{"state": "closed"}, {"channel": "offline"}, {"appid": "b"}, {"id": 61}]
NEW_CHECK, NEW_EVENT, NEW_SHIPMENT = made(NewContentCheck), made(NewInboxEvent), made(NewShipment)
PROMISES: dict[str, Promise] = {
    "payments without a shipment": Listed(
        "payment_attempts", PAID, limited=lambda tx, _, limit: tx.shipments.missing("a", 10, limit),
        wrong=[*NOT_SHIPPED, {"paid_at": 9}], also=[{"paid_at": 12}, {"paid_at": 11}], order=("paid_at",),
        beside=[("shipments", {"attempt_id": 61})],
    ),
    "payments to serve without a shipment": Listed(
        "payment_attempts", PAID, limited=lambda tx, _, limit: tx.shipments.missing_to_serve("a", limit),
        wrong=[*NOT_SHIPPED, {"order_id": 7}], also=[{"paid_at": 9}, {"order_id": 6}],
        beside=[("shipments", {"attempt_id": 61}), ("orders", {"id": 5, "state": "paid"}),
                ("orders", {"id": 6, "state": "serving"}), ("orders", {"id": 7, "state": "finished"})],
    ),
    "a new shipment": Added(
        "shipments", lambda tx: tx.shipments.add(NEW_SHIPMENT, 9),
        {**columns(NEW_SHIPMENT), "declared_date": "", "by_hand": 0, "uploads": 0, "tries": 0, "claimed_until": 0,
         "last_error": "", "wechat_state": 0, "in_complaint": 0, "state": "waiting", "created_at": 9, "updated_at": 9},
    ),
    "shipments to wake": Listed(
        "shipments", SHIPMENT, limited=lambda tx, _, limit: tx.shipments.to_wake(limit),
        wrong=[{"state": "pending"}, {"next_at": 5}, {"order_id": 6}, {"declare_after_date": "2026-11-03"},
               {"declared_date": "2026-11-03"}],
        also=[{"order_id": 7}, {"order_id": 8}, {"order_id": 9}], told=list,
        beside=[("orders", {"id": 5, "state": "paid", "visit_date": "2026-11-03"}),
                ("orders", {"id": 6, "state": "unpaid", "visit_date": "2026-11-03"}),
                ("orders", {"id": 7, "state": "refunding", "ending": "served"}),
                ("orders", {"id": 8, "state": "finished"}),
                ("orders", {"id": 9, "state": "serving", "visit_date": "2026-11-04"})],
    ),
    "a woken shipment": Written(
        "shipments", {"state": "waiting", "tries": 3}, lambda tx, row: tx.shipments.wake([row["id"], 999], 9),
        {"next_at": 9, "tries": 0}, wrong=[{"state": "pending"}, {"next_at": 5}],
    ),
    "a shipment": Found("shipments", {}, lambda tx, row: tx.shipments.get(row["id"])),
    "a locked shipment": Found("shipments", {}, lambda tx, row: tx.shipments.lock(row["id"])),
    "the shipment of a payment": Found(
        "shipments", {}, lambda tx, row: tx.shipments.of_attempt(row["attempt_id"]), by="attempt_id"
    ),
    "shipments of an order": Listed(
        "shipments", {"order_id": 5}, lambda tx: tx.shipments.of_order(5), wrong=[{"order_id": 6}]
    ),
    "a moved shipment": Written(
        "shipments", {"state": "waiting"},
        lambda tx, row: tx.shipments.move(row["id"], ("waiting", "pending"), ShipmentMove(shipped_at=8), 9),
        {"shipped_at": 8, "updated_at": 9}, wrong=[{"state": "shipped"}], also=[{"state": "pending"}],
    ),
    "a shipment to be looked at": Written(
        "shipments", {"state": "waiting"}, lambda tx, row: tx.shipments.make_due(row["id"], ("waiting", "pending"), 9),
        {"next_at": 9}, wrong=[{"state": "shipped"}, {"next_at": 9, "tries": 1}, {"next_at": 8}],
        also=[{"state": "pending"}, {"next_at": 10}], tells=False,
    ),
    "shipments nobody told of": Swept(
        "shipments", {"state": "waiting"}, lambda tx: tx.shipments.drop_unsent(), GONE,
        wrong=[{"state": "shipped"}, {"uploads": 1}], also=[{"state": "pending"}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_trade_management_is_one_row(storage: Storage) -> None:
    async with storage.transaction() as tx:
        before = await tx.trade_management.get()
        assert before.managed is False
        await tx.trade_management.change(TradeManagementChange(managed=True, managed_since=9))
        after = await tx.trade_management.get()
        assert (after.managed, after.managed_since, after.due_at) == (True, 9, before.due_at)
