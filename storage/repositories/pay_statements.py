"""Monthly statements of escorts' pay and their lines, and whether all of it adds up."""

from __future__ import annotations

from collections.abc import Sequence

from storage.models import (
    EarningKind,
    OrderState,
    PayRuleKind,
    PayStatement,
    PayStatementLine,
    StatementState,
)
from storage.pay_views import PayTotals
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.pay_lists import PayLists
from storage.writes import NewPayStatement, PayStatementMove, columns

CHUNK = 500
_STATEMENTS = Mapped("pay_statements", PayStatement)
_LINES = Mapped("pay_statement_lines", PayStatementLine)
_NOT_SERVED_YET, _MARKS_OF_STATES = in_list("state", (OrderState.UNPAID, OrderState.PAID, OrderState.SERVING))


class PayStatements(Repository):
    async def get(self, statement_id: int) -> PayStatement | None:
        row = await self.connection.fetch_one(f"{_STATEMENTS.select} WHERE id = :id", {"id": statement_id})
        return _STATEMENTS.one(row)

    async def live(self, escort_id: int, month: str) -> PayStatement | None:
        """The escort's statement of a month that was not withdrawn."""
        row = await self.connection.fetch_one(
            f"{_STATEMENTS.select} WHERE escort_id = :escort AND month = :month AND state <> :withdrawn",
            {"escort": escort_id, "month": month, "withdrawn": StatementState.WITHDRAWN},
        )
        return _STATEMENTS.one(row)

    async def next_number(self, escort_id: int, month: str) -> int:
        found = await self._count(
            "SELECT MAX(number) FROM pay_statements WHERE escort_id = :escort AND month = :month",
            {"escort": escort_id, "month": month},
        )
        return found + 1

    async def of_month(self, month: str) -> list[PayStatement]:
        """Oldest first, withdrawn ones too: a few for each escort."""
        rows = await self.connection.fetch_all(
            f"{_STATEMENTS.select} WHERE month = :month ORDER BY id", {"month": month}
        )
        return _STATEMENTS.all(rows)

    async def of_escort(self, escort_id: int, before: int | None, limit: int) -> list[PayStatement]:
        """Newest first."""
        source = f"pay_statements{self.connection.index_hint('ix_pay_statements_escort_id_id')}"
        return await self._newest(
            _STATEMENTS, ["escort_id = :escort"], {"escort": escort_id}, before, limit, source=source
        )

    async def questioned(self) -> list[PayStatement]:
        """Those that wait for an answer, the longest waiting first."""
        rows = await self.connection.fetch_all(
            f"{_STATEMENTS.select} WHERE state = :state ORDER BY updated_at, id",
            {"state": StatementState.QUESTIONED},
        )
        return _STATEMENTS.all(rows)

    async def add(self, statement: NewPayStatement, earning_ids: Sequence[int]) -> int:
        """A statement with its lines. Raises Duplicate when one of the earnings is on another."""
        statement_id = await self._insert(
            "pay_statements",
            {
                **columns(statement),
                "state": StatementState.ISSUED,
                "question": "",
                "answer": "",
                "paid_reference": "",
                "updated_at": statement.issued_at,
            },
        )
        for earning_id in earning_ids:
            await self._insert(
                "pay_statement_lines",
                {"statement_id": statement_id, "earning_id": earning_id, "live_earning_id": earning_id},
            )
        for start in range(0, len(earning_ids), CHUNK):
            in_sql, marks = in_list("id", earning_ids[start : start + CHUNK])
            await self.connection.execute(f"DELETE FROM open_earnings WHERE earning_id IN {in_sql}", marks)
        return statement_id

    async def move(self, statement: PayStatement, to_state: str, at: int, changes: PayStatementMove) -> bool:
        """Conditional change of the state that was read; False when it is another one by now."""
        changed = await self._update(
            "pay_statements",
            {"state": to_state, "updated_at": at, **columns(changes)},
            "id = :id AND state = :state",
            {"id": statement.id, "state": statement.state},
        )
        return bool(changed)

    async def free_lines(self, statement_id: int) -> int:
        """Its earnings are on no statement any more; the lines stay as what it once said."""
        await self.connection.execute(
            "INSERT INTO open_earnings (earning_id, escort_id, earned_date) "
            "SELECT e.id, e.escort_id, e.earned_date FROM pay_statement_lines l "
            "JOIN earnings e ON e.id = l.live_earning_id WHERE l.statement_id = :id "
            # Version 1.0.0, beside this one during an upgrade, leaves what it puts on a statement on the list.
            "AND NOT EXISTS (SELECT 1 FROM open_earnings p WHERE p.earning_id = e.id)",
            {"id": statement_id},
        )
        return await self.connection.execute(
            "UPDATE pay_statement_lines SET live_earning_id = NULL WHERE statement_id = :id",
            {"id": statement_id},
        )

    async def erase_of_escort(self, escort_id: int) -> int:
        """Take out what the escort asked and was answered."""
        return await self.connection.execute(
            "UPDATE pay_statements SET question = '', answer = '' WHERE escort_id = :id", {"id": escort_id}
        )

    async def totals(self) -> PayTotals:
        on_statements = (
            "SELECT SUM(e.amount_fen) FROM pay_statement_lines l JOIN earnings e ON e.id = l.live_earning_id"
        )
        return PayTotals(
            await self._count("SELECT SUM(amount_fen) FROM earnings"),
            await self._count(on_statements),
            await self._count(
                f"{on_statements} JOIN pay_statements s ON s.id = l.statement_id WHERE s.state = :paid",
                {"paid": StatementState.PAID},
            ),
        )

    async def unbalanced(self) -> list[str]:
        """What does not add up, in words: statements and their lines, earnings and their orders and rules."""
        return [
            *await self._statements_out_of_balance(),
            *await self._wrong_lines(),
            *await self._wrong_lists(),
            *await self._wrong_reversals(),
            *await self._orders_out_of_balance(),
            *await self._wrong_amounts(),
        ]

    async def _statements_out_of_balance(self) -> list[str]:
        rows = await self.connection.fetch_all(
            "SELECT s.id FROM pay_statements s LEFT JOIN pay_statement_lines l ON l.statement_id = s.id "
            "LEFT JOIN earnings e ON e.id = l.earning_id "
            "GROUP BY s.id, s.orders_fen, s.corrections_fen, s.total_fen, s.line_count "
            "HAVING s.line_count <> COUNT(e.id) OR s.total_fen <> s.orders_fen + s.corrections_fen "
            "OR s.total_fen <> COALESCE(SUM(e.amount_fen), 0) "
            "OR s.corrections_fen <> COALESCE(SUM(CASE WHEN e.kind = :correction THEN e.amount_fen ELSE 0 END), 0)",
            {"correction": EarningKind.CORRECTION},
        )
        return [f"pay statement {row[0]} is not the sum of its lines" for row in rows]

    async def _wrong_lines(self) -> list[str]:
        rows = await self.connection.fetch_all(
            "SELECT l.statement_id, l.earning_id FROM pay_statement_lines l "
            "LEFT JOIN pay_statements s ON s.id = l.statement_id LEFT JOIN earnings e ON e.id = l.earning_id "
            "WHERE s.id IS NULL OR e.id IS NULL OR e.escort_id <> s.escort_id "
            "OR (s.state = :withdrawn AND l.live_earning_id IS NOT NULL) "
            "OR (s.state <> :withdrawn AND (l.live_earning_id IS NULL OR l.live_earning_id <> l.earning_id))",
            {"withdrawn": StatementState.WITHDRAWN},
        )
        return [f"the line of pay statement {row[0]} for earning {row[1]} is wrong" for row in rows]

    async def _wrong_lists(self) -> list[str]:
        lists = PayLists(self.connection)
        return [
            *(
                f"earning {each.earning_id} is neither on a statement nor open, or both"
                for each in await lists.mislisted_earnings()
            ),
            *(
                f"order {order_id} is finished without pay and not listed, or listed and has earned"
                for order_id in await lists.mislisted_orders()
            ),
        ]

    async def _wrong_reversals(self) -> list[str]:
        rows = await self.connection.fetch_all(
            "SELECT t.id FROM earnings t LEFT JOIN earnings e "
            "ON e.reference = REPLACE(t.reference, 'reversal:', 'order:') AND e.kind = :order "
            "WHERE t.kind = :reversal AND (e.id IS NULL OR e.amount_fen <> -t.amount_fen "
            "OR e.escort_id <> t.escort_id OR e.order_id <> t.order_id)",
            {"order": EarningKind.ORDER, "reversal": EarningKind.REVERSAL},
        )
        return [f"earning {row[0]} takes away another amount than was earned" for row in rows]

    async def _orders_out_of_balance(self) -> list[str]:
        """An order has earned at most once, and nothing while it is not finished."""
        live = "SUM(CASE WHEN e.kind = :order THEN 1 ELSE -1 END)"
        rows = await self.connection.fetch_all(
            "SELECT e.order_id FROM earnings e LEFT JOIN orders o ON o.id = e.order_id "
            f"WHERE e.kind <> :correction GROUP BY e.order_id, o.id, o.state HAVING o.id IS NULL OR {live} > 1 "
            f"OR {live} < 0 OR ({live} = 1 AND o.state IN {_NOT_SERVED_YET})",
            {"order": EarningKind.ORDER, "correction": EarningKind.CORRECTION, **_MARKS_OF_STATES},
        )
        return [f"order {row[0]} has not earned its escort what it should" for row in rows]

    async def _wrong_amounts(self) -> list[str]:
        """What a rule gives: its fixed amount, or its percentage of the order's price, rounded half up."""
        exact = "(e.base_fen * r.value + 5000)"
        rows = await self.connection.fetch_all(
            "SELECT e.id FROM earnings e LEFT JOIN pay_rules r ON r.id = e.rule_id "
            "LEFT JOIN orders o ON o.id = e.order_id WHERE e.kind = :order AND (r.id IS NULL "
            "OR (r.kind = :fixed AND e.amount_fen <> r.value) "
            "OR (r.kind = :percent AND (e.base_fen <> o.price_fen "
            f"OR {exact} < e.amount_fen * 10000 OR {exact} >= e.amount_fen * 10000 + 10000)) "
            "OR r.kind NOT IN (:fixed, :percent))",
            {"order": EarningKind.ORDER, "fixed": PayRuleKind.FIXED, "percent": PayRuleKind.PERCENT},
        )
        return [f"earning {row[0]} is not what its rule gives" for row in rows]
