"""All rows that tell of money, as the comparison at the end of a run reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from storage import Reader, Storage


@dataclass
class Books:
    """Everything about money that the database holds, by the number that WeChat knows it by."""

    orders: dict[int, dict[str, Any]]
    supplements: dict[int, dict[str, Any]]
    attempts: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    history: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    approvals: Mapping[str, int]
    """How often each refund (by id) was approved, as the audit log has it."""
    offline: list[dict[str, Any]] = field(default_factory=list)
    """Money outside of WeChat."""


async def read(storage: Storage) -> Books:
    """Read the books while nobody writes."""
    async with storage.reading() as reader:
        orders = await _rows(
            reader, "orders", "id state price_fen paid_fen paid_at refunded_fen paid_attempt_id"
        )
        supplements = await _rows(
            reader, "supplements", "id order_id state amount_fen paid_fen refunded_fen paid_attempt_id"
        )
        audit = await _rows(reader, "audit_log", "act subject_id")
        return Books(
            orders={order["id"]: order for order in orders},
            supplements={row["id"]: row for row in supplements},
            attempts=await _rows(
                reader,
                "payment_attempts",
                "id order_id supplement_id out_trade_no state amount_fen openid paid_at channel",
            ),
            refunds=await _rows(
                reader, "refunds", "id order_id attempt_id out_refund_no state amount_fen source"
            ),
            ledger=await _rows(reader, "ledger", "kind reference amount_fen order_id attempt_id refund_id"),
            history=await _rows(reader, "order_history", "order_id from_state to_state"),
            cases=await _rows(reader, "finance_cases", "kind reference state"),
            offline=await _rows(
                reader, "offline_entries", "entry_key kind order_id attempt_id refund_id amount_fen"
            ),
            approvals=Counter(row["subject_id"] for row in audit if row["act"] == "refund.approve"),
        )


async def _rows(reader: Reader, table: str, columns: str) -> list[dict[str, Any]]:
    names = columns.split()
    rows = await reader.connection.fetch_all(
        f"SELECT {', '.join(names)} FROM {table} ORDER BY {'id' if table != 'order_history' else 'order_id, id'}"
    )
    return [dict(zip(names, row, strict=True)) for row in rows]
