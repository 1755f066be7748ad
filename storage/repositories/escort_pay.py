"""Rules of pay and earnings; months whose books are closed. Statements: ``pay_statements``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from storage.connection import Row
from storage.models import (
    ACTIVE_REFUNDS,
    UNSETTLED_COMPLAINTS,
    ClosedMonth,
    Earning,
    EarningKind,
    OrderState,
    PayRule,
    SupplementState,
)
from storage.pay_views import EarningLine, OpenSum, OrderEarning, OrderWithoutPay, PayHold
from storage.repositories.base import Mapped, Repository, in_list
from storage.writes import NewEarning, NewPayRule, columns

_RULES = Mapped("pay_rules", PayRule)
_EARNINGS = Mapped("earnings", Earning)
_MONTHS = Mapped("closed_months", ClosedMonth)
_REFUNDS, _MARKS_OF_REFUNDS = in_list("refund", ACTIVE_REFUNDS)
_COMPLAINTS, _MARKS_OF_COMPLAINTS = in_list("complaint", UNSETTLED_COMPLAINTS)
_HOLDS = (
    f"EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = e.order_id AND r.state IN {_REFUNDS})",
    "EXISTS (SELECT 1 FROM supplements s WHERE s.order_id = e.order_id AND s.state = :disputed)",
    f"EXISTS (SELECT 1 FROM complaints c WHERE c.order_id = e.order_id AND c.state IN {_COMPLAINTS})",
)
"""The fields of ``PayHold``, in their order."""
_HOLD_MARKS: dict[str, Any] = {
    **_MARKS_OF_REFUNDS,
    **_MARKS_OF_COMPLAINTS,
    "disputed": SupplementState.DISPUTED,
}
_LINE = (
    f"SELECT {_EARNINGS.aliased('e')}, COALESCE(o.visit_date, ''), COALESCE(o.service_name, ''), "
    f"COALESCE(o.hospital_name, ''), {', '.join(_HOLDS)}"
)
_OPEN = (
    "FROM open_earnings p CROSS JOIN earnings e ON e.id = p.earning_id LEFT JOIN orders o ON o.id = e.order_id "
    "WHERE p.earned_date <= :last"
)
"""Earnings that are on no statement: few beside all that were ever paid."""
EARNED = (
    "EXISTS (SELECT 1 FROM earnings e WHERE e.order_id = o.id AND e.kind <> :reversal AND NOT EXISTS "
    "(SELECT 1 FROM earnings t WHERE t.order_id = o.id AND t.kind = :reversal AND t.id > e.id))"
)
"""Something was earned or decided since the order was finished last."""
WITHOUT_PAY = f"o.state = :finished AND o.escort_id IS NOT NULL AND NOT {EARNED}"
FINISHED_MARKS = {"finished": OrderState.FINISHED, "reversal": EarningKind.REVERSAL}


def _line(row: Row) -> EarningLine:
    size = len(_EARNINGS.names)
    day, service, hospital, refund, supplement, complaint = row[size:]
    hold = PayHold(bool(refund), bool(supplement), bool(complaint))
    return EarningLine(Earning(*row[:size]), str(day), str(service), str(hospital), hold)


class EscortPay(Repository):
    # Rules

    async def add_rule(self, rule: NewPayRule, admin_id: int, at: int) -> int:
        return await self._insert("pay_rules", {**columns(rule), "created_by": admin_id, "created_at": at})

    async def rules_for(self, service_id: int, escort_id: int, day: str) -> list[PayRule]:
        """All that may hold for a visit of this day."""
        rows = await self.connection.fetch_all(
            f"{_RULES.select} WHERE service_id IN (0, :service) AND escort_id IN (0, :escort) "
            "AND valid_from <= :day ORDER BY id",
            {"service": service_id, "escort": escort_id, "day": day},
        )
        return _RULES.all(rows)

    async def all_rules(self) -> list[PayRule]:
        """Every one that was ever entered, oldest first: a few for each service and each exception."""
        return _RULES.all(await self.connection.fetch_all(f"{_RULES.select} ORDER BY id"))

    # Earnings

    async def add(self, earning: NewEarning) -> int:
        """Raises Duplicate when the reference is there."""
        earning_id = await self._insert("earnings", columns(earning))
        about = {"escort_id": earning.escort_id, "earned_date": earning.earned_date}
        await self._insert("open_earnings", {"earning_id": earning_id, **about})
        if earning.order_id is not None and earning.kind != EarningKind.REVERSAL:
            await self._drop_without_pay(earning.order_id)
        return earning_id

    async def of_order(self, order_id: int) -> list[Earning]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_EARNINGS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _EARNINGS.all(rows)

    async def shown_of_order(self, order_id: int) -> list[OrderEarning]:
        """The same, each with the statement that it is on."""
        rows = await self.connection.fetch_all(
            f"SELECT {_EARNINGS.aliased('e')}, s.id, COALESCE(s.month, ''), COALESCE(s.state, '') FROM earnings e "
            "LEFT JOIN pay_statement_lines l ON l.live_earning_id = e.id "
            "LEFT JOIN pay_statements s ON s.id = l.statement_id WHERE e.order_id = :id ORDER BY e.id",
            {"id": order_id},
        )
        return [OrderEarning(Earning(*row[:-3]), row[-3], str(row[-2]), str(row[-1])) for row in rows]

    async def hold_of_order(self, order_id: int) -> PayHold:
        """Why the earnings of this order are held, if they are."""
        held = ", ".join(_HOLDS).replace("e.order_id", ":id")
        row = await self.connection.fetch_one(f"SELECT {held}", {"id": order_id, **_HOLD_MARKS})
        assert row is not None
        return PayHold(*(bool(each) for each in row))

    async def newest_id(self, escort_id: int) -> int:
        """The id of the escort's newest earning, 0 for none."""
        hint = self.connection.index_hint("ix_earnings_escort_id_id")
        return await self._count(
            f"SELECT id FROM earnings{hint} WHERE escort_id = :id ORDER BY id DESC LIMIT 1", {"id": escort_id}
        )

    async def corrections_without_order(self, escort_id: int) -> int:
        return await self._count(
            "SELECT COUNT(*) FROM earnings WHERE escort_id = :id AND order_id IS NULL", {"id": escort_id}
        )

    async def open_lines(self, escort_id: int, last_day: str) -> list[EarningLine]:
        """What the escort earned up to a day that is on no statement, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_LINE} {_OPEN} AND p.escort_id = :escort ORDER BY e.id",
            {"escort": escort_id, "last": last_day, **_HOLD_MARKS},
        )
        return [_line(row) for row in rows]

    async def lines_of(self, statement_id: int, after: int, limit: int) -> list[EarningLine]:
        """The lines of a statement, a withdrawn one too, oldest earning first, above the earning ``after``."""
        rows = await self.connection.fetch_all(
            f"{_LINE} FROM pay_statement_lines l JOIN earnings e ON e.id = l.earning_id "
            "LEFT JOIN orders o ON o.id = e.order_id WHERE l.statement_id = :id AND l.earning_id > :after "
            "ORDER BY l.earning_id LIMIT :limit",
            {"id": statement_id, "after": after, "limit": limit, **_HOLD_MARKS},
        )
        return [_line(row) for row in rows]

    async def open_sums(self, last_day: str) -> list[OpenSum]:
        """The sums of what is on no statement, of every escort who has some: once of what is held, once of the rest."""
        rows = await self.connection.fetch_all(
            "SELECT escort_id, held, SUM(CASE WHEN kind = :correction THEN 0 ELSE amount_fen END), "
            "SUM(CASE WHEN kind = :correction THEN amount_fen ELSE 0 END), COUNT(*), SUM(id) FROM "
            "(SELECT e.id, e.escort_id, e.kind, e.amount_fen, "
            f"CASE WHEN {' OR '.join(_HOLDS)} THEN 1 ELSE 0 END AS held {_OPEN}) open_rows "
            "GROUP BY escort_id, held ORDER BY escort_id, held",
            {"last": last_day, "correction": EarningKind.CORRECTION, **_HOLD_MARKS},
        )
        return [
            OpenSum(int(escort), bool(held), int(orders), int(corrections), int(count), int(ids))
            for escort, held, orders, corrections, count, ids in rows
        ]

    async def of_escort(self, escort_id: int, limit: int) -> list[Earning]:
        """Newest first."""
        source = f"earnings{self.connection.index_hint('ix_earnings_escort_id_id')}"
        return await self._newest(
            _EARNINGS, ["escort_id = :escort"], {"escort": escort_id}, None, limit, source=source
        )

    # Finished orders without pay

    async def expect_pay(self, order_id: int) -> bool:
        """A locked order was finished: unless its escort has earned something already, it is without pay. Is it?"""
        await self._drop_without_pay(order_id)
        return bool(
            await self.connection.execute(
                "INSERT INTO orders_without_pay (order_id, visit_date) "
                f"SELECT o.id, o.visit_date FROM orders o WHERE o.id = :id AND {WITHOUT_PAY}",
                {"id": order_id, **FINISHED_MARKS},
            )
        )

    async def _drop_without_pay(self, order_id: int) -> None:
        await self.connection.execute("DELETE FROM orders_without_pay WHERE order_id = :id", {"id": order_id})

    async def without_pay(self, first_day: str, before: int | None, limit: int) -> list[OrderWithoutPay]:
        """Finished orders of visits from this day on that have earned their escort nothing yet, the latest visit first;
        behind the order ``before``."""
        values: dict[str, Any] = {**FINISHED_MARKS, "first": first_day, "limit": limit}
        place = ""
        if before is not None:
            row = await self.connection.fetch_one(
                "SELECT visit_date FROM orders WHERE id = :id", {"id": before}
            )
            values |= {"day": row[0] if row else "", "before": before}
            place = " AND w.visit_date <= :day AND (w.visit_date < :day OR w.order_id < :before)"
        rows = await self.connection.fetch_all(
            "SELECT o.id, o.escort_id, o.service_id, o.service_name, o.visit_date, o.price_fen "
            f"{self._from_without_pay()}{place} ORDER BY w.visit_date DESC, w.order_id DESC LIMIT :limit",
            values,
        )
        return [OrderWithoutPay(*row) for row in rows]

    async def count_without_pay(self, first_day: str) -> int:
        return await self._count(
            f"SELECT COUNT(*) {self._from_without_pay()}", {**FINISHED_MARKS, "first": first_day}
        )

    def _from_without_pay(self) -> str:
        """The table has those whose refund is under way, too, and those that were reopened."""
        hint = self.connection.index_hint("ix_orders_without_pay_visit_date_order_id")
        return (
            f"FROM orders_without_pay w{hint} CROSS JOIN orders o ON o.id = w.order_id "
            f"WHERE w.visit_date >= :first AND {WITHOUT_PAY}"
        )


class Months(Repository):
    async def closed(self, month: str) -> ClosedMonth | None:
        row = await self.connection.fetch_one(f"{_MONTHS.select} WHERE month = :month", {"month": month})
        return _MONTHS.one(row)

    async def all(self) -> list[ClosedMonth]:
        """Oldest first."""
        return _MONTHS.all(await self.connection.fetch_all(f"{_MONTHS.select} ORDER BY month"))

    async def close(self, month: ClosedMonth) -> None:
        """Raises Duplicate when it is closed already."""
        await self._insert("closed_months", asdict(month))
