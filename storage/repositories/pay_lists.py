"""What is listed beside escorts' pay, so that nobody reads all that was ever paid: earnings on no statement
(``open_earnings``) and finished orders without pay (``orders_without_pay``). Each act keeps them in its transaction
(``escort_pay``, ``pay_statements``); here is what they lack or have too much, and how that is put right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage.models import OrderState
from storage.pay_views import MislistedEarning, PayIds
from storage.repositories.base import Repository, in_list
from storage.repositories.escort_pay import EARNED, FINISHED_MARKS, WITHOUT_PAY

_EARNINGS = (
    "SELECT e.id, e.escort_id, CASE WHEN l.earning_id IS NULL THEN 1 ELSE 0 END FROM earnings e "
    "LEFT JOIN pay_statement_lines l ON l.live_earning_id = e.id "
    "LEFT JOIN open_earnings p ON p.earning_id = e.id "
    "WHERE ((l.earning_id IS NULL AND p.earning_id IS NULL) "
    "OR (l.earning_id IS NOT NULL AND p.earning_id IS NOT NULL) "
    "OR p.escort_id <> e.escort_id OR p.earned_date <> e.earned_date)"
)
"""An earning is on one statement, or it is open."""
_ORDERS = (
    f"((w.order_id IS NOT NULL AND {EARNED}) "
    f"OR ({WITHOUT_PAY} AND (w.order_id IS NULL OR w.visit_date <> o.visit_date)))"
)
"""Which orders are listed wrongly, of ``orders o LEFT JOIN orders_without_pay w``. One whose refund is under way, or
that was reopened, stays on the list."""
_LISTED = "LEFT JOIN orders_without_pay w ON w.order_id = o.id"


class PayLists(Repository):
    async def newest(self) -> PayIds:
        """The newest rows that can have to do with the lists."""
        tables = ("earnings", "orders", "order_history", "pay_statements")
        return PayIds(*[await self._count(f"SELECT MAX(id) FROM {table}") for table in tables])

    # What is wrong

    async def mislisted_earnings(self, after: int = 0, until: int | None = None) -> list[MislistedEarning]:
        """Of earnings with these ids, above ``after``: those that are neither on a statement nor open, or both."""
        if until is None:
            return await self._earnings("e.id > :after", {"after": after})
        return await self._earnings("e.id > :after AND e.id <= :until", {"after": after, "until": until})

    async def mislisted_of_statements(self, after: int, changed_since: int) -> list[MislistedEarning]:
        """The same of the lines of statements with ids above ``after`` that were changed since then."""
        return await self._earnings(
            "e.id IN (SELECT t.earning_id FROM pay_statements s JOIN pay_statement_lines t "
            "ON t.statement_id = s.id WHERE s.id > :after AND s.updated_at >= :since)",
            {"after": after, "since": changed_since},
        )

    async def _earnings(self, where: str, values: dict[str, Any]) -> list[MislistedEarning]:
        rows = await self.connection.fetch_all(f"{_EARNINGS} AND {where} ORDER BY e.id", values)
        return [MislistedEarning(int(id_), int(escort), bool(is_open)) for id_, escort, is_open in rows]

    async def mislisted_orders(self, after: int = 0, until: int | None = None) -> list[int]:
        """Of orders with these ids, above ``after``: those that are without pay and not listed, or have earned and are
        listed."""
        if until is None:
            return await self._orders("o.id > :after", {"after": after})
        return await self._orders("o.id > :after AND o.id <= :until", {"after": after, "until": until})

    async def mislisted_of_steps(self, after: int, until: int) -> list[int]:
        """The same of orders that were finished by these steps of their histories."""
        return await self._orders(
            "o.id IN (SELECT h.order_id FROM order_history h WHERE h.id > :after AND h.id <= :until "
            "AND h.to_state = :finished)",
            {"after": after, "until": until, "finished": OrderState.FINISHED},
        )

    async def mislisted_of_earnings(self, after: int, until: int) -> list[int]:
        """The same of the orders of these earnings."""
        return await self._orders(
            "o.id IN (SELECT n.order_id FROM earnings n WHERE n.id > :after AND n.id <= :until)",
            {"after": after, "until": until},
        )

    async def _orders(self, where: str, values: dict[str, Any]) -> list[int]:
        rows = await self.connection.fetch_all(
            f"SELECT o.id FROM orders o {_LISTED} WHERE {_ORDERS} AND {where} ORDER BY o.id",
            {**FINISHED_MARKS, **values},
        )
        return [int(row[0]) for row in rows]

    # How it is put right

    async def relist_earnings(self, escort_id: int, ids: Sequence[int]) -> list[MislistedEarning]:
        """Put right what of these earnings of a locked escort is still wrong; which that was."""
        if not ids:
            return []
        in_sql, marks = in_list("id", ids)
        wrong = await self._earnings(
            f"e.escort_id = :escort AND e.id IN {in_sql}", {"escort": escort_id, **marks}
        )
        if wrong:
            in_sql, marks = in_list("id", [each.earning_id for each in wrong])
            await self.connection.execute(f"DELETE FROM open_earnings WHERE earning_id IN {in_sql}", marks)
        still_open = [each.earning_id for each in wrong if each.is_open]
        if still_open:
            in_sql, marks = in_list("id", still_open)
            await self.connection.execute(
                "INSERT INTO open_earnings (earning_id, escort_id, earned_date) "
                f"SELECT e.id, e.escort_id, e.earned_date FROM earnings e WHERE e.id IN {in_sql}",
                marks,
            )
        return wrong
