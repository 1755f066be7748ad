"""Transfers to escorts: number and request are committed here before they are sent, and are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clock import HOUR
from storage.models import FINAL_TRANSFERS, PayTransfer, StatementState, TransferState
from storage.repositories.base import Mapped, in_list
from storage.repositories.queues import QueryQueue
from storage.writes import NewTransfer, TransferMove, columns

_TRANSFERS = Mapped("pay_transfers", PayTransfer)


class Transfers(QueryQueue[PayTransfer]):
    mapped = _TRANSFERS
    max_pause = HOUR

    async def add(self, transfer: NewTransfer, at: int) -> int:
        """The transfer's id. Raises Duplicate while the statement has one that is under way or has succeeded."""
        return await self._insert(
            "pay_transfers",
            {
                **columns(transfer),
                "live_statement_id": transfer.statement_id,
                "state": TransferState.CREATED,
                **dict.fromkeys(
                    ("wechat_bill_no", "package_sealed", "fail_reason", "decided_note", "last_error"), ""
                ),
                "query_count": 0,
                "next_query_at": at,
                "claimed_until": 0,
                "created_at": at,
                "updated_at": at,
            },
        )

    async def get(self, transfer_id: int) -> PayTransfer | None:
        row = await self.connection.fetch_one(f"{_TRANSFERS.select} WHERE id = :id", {"id": transfer_id})
        return _TRANSFERS.one(row)

    async def by_number(self, out_bill_no: str) -> PayTransfer | None:
        row = await self.connection.fetch_one(
            f"{_TRANSFERS.select} WHERE out_bill_no = :no", {"no": out_bill_no}
        )
        return _TRANSFERS.one(row)

    async def of_statement(self, statement_id: int) -> list[PayTransfer]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_TRANSFERS.select} WHERE statement_id = :id ORDER BY id", {"id": statement_id}
        )
        return _TRANSFERS.all(rows)

    async def of_escort(self, escort_id: int, limit: int) -> list[PayTransfer]:
        """Newest first."""
        return await self._newest(_TRANSFERS, ["escort_id = :escort"], {"escort": escort_id}, None, limit)

    async def live(self, statement_id: int) -> PayTransfer | None:
        """The statement's transfer that is under way, or has paid it."""
        row = await self.connection.fetch_one(
            f"{_TRANSFERS.select} WHERE live_statement_id = :id", {"id": statement_id}
        )
        return _TRANSFERS.one(row)

    async def live_of(self, statement_ids: Sequence[int]) -> dict[int, PayTransfer]:
        """The live ones of these statements, by statement."""
        if not statement_ids:
            return {}
        in_sql, marks = in_list("id", statement_ids)
        rows = await self.connection.fetch_all(
            f"{_TRANSFERS.select} WHERE live_statement_id IN {in_sql}", marks
        )
        return {each.statement_id: each for each in _TRANSFERS.all(rows)}

    async def sent_fen(self, first_at: int, last_at: int, escort_id: int | None = None) -> int:
        """What was started in [first_at, last_at) and did not fail, in fen; to one escort, or to all."""
        mine = " AND escort_id = :escort" if escort_id is not None else ""
        return await self._count(
            "SELECT SUM(amount_fen) FROM pay_transfers WHERE created_at >= :first AND created_at < :last "
            f"AND live_statement_id IS NOT NULL{mine}",
            {"first": first_at, "last": last_at, **({"escort": escort_id} if mine else {})},
        )

    async def move(
        self,
        transfer: PayTransfer,
        to_state: str,
        at: int,
        changes: TransferMove,
    ) -> bool:
        """Conditional change of the state that was read; False when it is another one by now."""
        values: dict[str, Any] = {"state": to_state, "updated_at": at, **columns(changes)}
        changed = await self._update(
            "pay_transfers",
            values,
            "id = :id AND state = :state",
            {"id": transfer.id, "state": transfer.state},
        )
        return bool(changed)

    async def erase_of_escort(self, escort_id: int) -> int:
        """Take out what named the escort to WeChat. One that is under way loses it at its end."""
        states, marks = in_list("state", FINAL_TRANSFERS)
        return await self.connection.execute(
            "UPDATE pay_transfers SET request = '', package_sealed = '' "
            f"WHERE escort_id = :escort AND state IN {states}",
            {"escort": escort_id, **marks},
        )

    async def unbalanced(self) -> list[str]:
        """What does not add up between transfers and statements, in words."""
        rows = await self.connection.fetch_all(
            "SELECT t.id FROM pay_transfers t LEFT JOIN pay_statements s ON s.id = t.statement_id "
            "WHERE s.id IS NULL OR t.escort_id <> s.escort_id OR t.amount_fen <> s.total_fen "
            "OR (t.live_statement_id IS NOT NULL AND t.live_statement_id <> t.statement_id) "
            "OR (t.live_statement_id IS NOT NULL AND t.state = :succeeded AND s.state <> :paid) "
            "OR (t.live_statement_id IS NOT NULL AND t.state <> :succeeded AND s.state <> :paying) "
            "OR (t.live_statement_id IS NOT NULL AND t.state IN (:failed, :cancelled))",
            {
                "succeeded": TransferState.SUCCEEDED,
                "failed": TransferState.FAILED,
                "cancelled": TransferState.CANCELLED,
                "paid": StatementState.PAID,
                "paying": StatementState.PAYING,
            },
        )
        problems = [f"transfer {row[0]} does not agree with its pay statement" for row in rows]
        rows = await self.connection.fetch_all(
            "SELECT s.id FROM pay_statements s LEFT JOIN pay_transfers t ON t.live_statement_id = s.id "
            "WHERE s.state = :paying AND t.id IS NULL",
            {"paying": StatementState.PAYING},
        )
        return problems + [f"pay statement {row[0]} is being paid by no transfer" for row in rows]
