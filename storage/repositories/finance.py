"""The cases that a human must look at, and the bills fetched from WeChat."""

from __future__ import annotations

from typing import Any

from storage.errors import Duplicate
from storage.filters import case_numbers
from storage.models import PAYMENT_MISMATCH, Bill, FinanceCase, RefundState
from storage.repositories.base import LAST_CHARACTER, Mapped, Repository, in_list
from storage.writes import NewBill, columns

_CASES = Mapped("finance_cases", FinanceCase)
_BILLS = Mapped("bills", Bill)
OTHER_CASES = (
    f"(kind <> '{PAYMENT_MISMATCH}' AND (kind <> 'refund_abnormal' OR NOT EXISTS (SELECT 1 FROM refunds r "
    f"WHERE r.out_refund_no = reference AND r.state = '{RefundState.ABNORMAL}')))"
)
"""Cases that no list of their own shows: payments that do not agree have one, refunds that are still abnormal too."""
_BEGINS = '{"day": "'
"""How the evidence of a case begins that a bill has brought (in ``payment.reconciliation.reconcile``): its day comes
first."""
_DAY = f"SUBSTR(detail, {len(_BEGINS) + 1}, 10)"


def _of_days(first: str, last: str, opened: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    """The condition for cases that the bills of these days have brought, opened in ``opened`` (from, before): these
    moments are what the cases are read along. Without a bound every later case would be looked at."""
    return "opened_at >= :from AND opened_at < :before AND detail >= :begins AND detail < :ends", {
        "from": opened[0],
        "before": opened[1],
        "begins": f"{_BEGINS}{first}",
        "ends": f"{_BEGINS}{last}{LAST_CHARACTER}",
    }


class Finance(Repository):
    async def open_case(
        self, kind: str, reference: str, detail: str, at: int, order_id: int | None = None
    ) -> bool:
        """Open a case unless one of this kind and reference exists; False when it does."""
        try:
            case_id = await self._insert(
                "finance_cases",
                {
                    "kind": kind,
                    "reference": reference,
                    "order_id": order_id,
                    "detail": detail,
                    "state": "open",
                    "note": "",
                    "opened_at": at,
                },
            )
        except Duplicate:
            return False
        await self._list_numbers(case_id, reference, detail)
        return True

    async def _list_numbers(self, case_id: int, reference: str, detail: str) -> None:
        """What the case is found by."""
        for number in sorted(case_numbers(reference, detail)):
            await self._insert("case_numbers", {"number": number, "case_id": case_id})

    async def unlisted_cases(self, newest: int) -> list[int]:
        """Ids of those of the newest cases that are found by no number: every case has its own at least."""
        rows = await self.connection.fetch_all(
            "SELECT c.id FROM finance_cases c WHERE c.id > (SELECT COALESCE(MAX(id), 0) FROM finance_cases) - :newest "
            "AND NOT EXISTS (SELECT 1 FROM case_numbers n WHERE n.case_id = c.id) ORDER BY c.id",
            {"newest": newest},
        )
        return [int(row[0]) for row in rows]

    async def list_case(self, case_id: int) -> bool:
        """List an unlisted case by its numbers; False when there is none. Raises Duplicate when it is listed."""
        case = await self.case(case_id)
        if case is not None:
            await self._list_numbers(case.id, case.reference, case.detail)
        return case is not None

    async def case_about(self, kind: str, reference: str) -> FinanceCase | None:
        row = await self.connection.fetch_one(
            f"{_CASES.select} WHERE kind = :kind AND reference = :reference",
            {"kind": kind, "reference": reference},
        )
        return _CASES.one(row)

    async def update_open(self, case: FinanceCase, detail: str) -> None:
        """Replace a case's evidence by what has been added to it; a closed case is open again."""
        await self.connection.execute(
            "UPDATE finance_cases SET detail = :detail, state = 'open', closed_at = NULL, closed_by = NULL "
            "WHERE id = :id",
            {"id": case.id, "detail": detail},
        )
        await self.connection.execute("DELETE FROM case_numbers WHERE case_id = :id", {"id": case.id})
        await self._list_numbers(case.id, case.reference, detail)

    async def case(self, case_id: int) -> FinanceCase | None:
        return _CASES.one(await self.connection.fetch_one(f"{_CASES.select} WHERE id = :id", {"id": case_id}))

    async def cases(
        self,
        state: str = "open",
        before: int | None = None,
        limit: int = 50,
        *,
        kind: str = "",
        others: bool = False,
    ) -> list[FinanceCase]:
        """Newest first; of one kind, or (``others``) those that no list of their own shows."""
        where, values = ["state = :state"], {"state": state}
        if kind:
            where.append("kind = :kind")
            values["kind"] = kind
        if others:
            where.append(OTHER_CASES)
        return await self._newest(_CASES, where, values, before or None, limit)

    async def cases_of_order(self, order_id: int) -> list[FinanceCase]:
        rows = await self.connection.fetch_all(
            f"{_CASES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _CASES.all(rows)

    async def cases_about(self, numbers: set[str], limit: int) -> list[FinanceCase]:
        """Cases, newest first, of these numbers of payments or refunds, ours or WeChat's: a case's own number, or one
        that its evidence names."""
        if not numbers:
            return []
        in_sql, marks = in_list("number", sorted(numbers))
        found = await self.connection.fetch_all(
            f"SELECT DISTINCT case_id FROM case_numbers WHERE number IN {in_sql} "
            "ORDER BY case_id DESC LIMIT :limit",
            {**marks, "limit": limit},
        )
        if not found:
            return []
        in_sql, marks = in_list("id", [row[0] for row in found])
        rows = await self.connection.fetch_all(
            f"{_CASES.select} WHERE id IN {in_sql} ORDER BY id DESC", marks
        )
        return _CASES.all(rows)

    async def close_case(self, case_id: int, note: str, admin_id: int, at: int) -> int:
        """Rows changed: 0 when it is closed already."""
        return await self.connection.execute(
            "UPDATE finance_cases SET state = 'closed', note = :note, closed_at = :at, closed_by = :admin "
            "WHERE id = :id AND state = 'open'",
            {"id": case_id, "note": note, "at": at, "admin": admin_id},
        )

    async def open_cases(self) -> dict[str, int]:
        """How many open cases there are of each kind."""
        rows = await self.connection.fetch_all(
            "SELECT kind, COUNT(*) FROM finance_cases WHERE state = 'open' GROUP BY kind"
        )
        return {str(kind): int(count) for kind, count in rows}

    async def bill(self, bill_date: str, kind: str) -> Bill | None:
        row = await self.connection.fetch_one(
            f"{_BILLS.select} WHERE bill_date = :date AND kind = :kind", {"date": bill_date, "kind": kind}
        )
        return _BILLS.one(row)

    async def count_cases_of_days(
        self, first: str, last: str, opened: tuple[int, int]
    ) -> dict[str, dict[str, int]]:
        """How many cases of each state the bills of these Shanghai days have brought, by day."""
        where, values = _of_days(first, last, opened)
        rows = await self.connection.fetch_all(
            f"SELECT {_DAY}, state, COUNT(*) FROM finance_cases{self._by_opening()} WHERE {where} "
            f"GROUP BY {_DAY}, state",
            values,
        )
        counts: dict[str, dict[str, int]] = {}
        for day, state, count in rows:
            counts.setdefault(str(day), {})[str(state)] = int(count)
        return counts

    async def cases_of_days(
        self, first: str, last: str, opened: tuple[int, int], limit: int
    ) -> list[tuple[str, FinanceCase]]:
        """The same cases with their day; open ones first, then newest first."""
        where, values = _of_days(first, last, opened)
        rows = await self.connection.fetch_all(
            f"SELECT {_CASES.columns}, {_DAY} FROM finance_cases{self._by_opening()} WHERE {where} "
            "ORDER BY state DESC, id DESC LIMIT :limit",
            {**values, "limit": limit},
        )
        return [(str(row[-1]), _CASES.all([row[:-1]])[0]) for row in rows]

    def _by_opening(self) -> str:
        return self.connection.index_hint("ix_finance_cases_opened_at")

    async def first_bill_date(self) -> str:
        """The first day with a bill; empty while there is none."""
        row = await self.connection.fetch_one("SELECT MIN(bill_date) FROM bills")
        return str(row[0]) if row and row[0] is not None else ""

    async def bills_between(self, kind: str, first: str, last: str) -> list[Bill]:
        """The bills of one kind of the Shanghai days from ``first`` to ``last``."""
        rows = await self.connection.fetch_all(
            f"{_BILLS.select} WHERE bill_date >= :first AND bill_date <= :last AND kind = :kind",
            {"first": first, "last": last, "kind": kind},
        )
        return _BILLS.all(rows)

    async def count_bills(self, kind: str, first: str, last: str) -> int:
        """Of how many of these Shanghai days there is a bill of a kind."""
        return await self._count(
            "SELECT COUNT(*) FROM bills WHERE bill_date >= :first AND bill_date <= :last AND kind = :kind",
            {"first": first, "last": last, "kind": kind},
        )

    async def bills(self, limit: int = 60) -> list[Bill]:
        """Newest day first."""
        rows = await self.connection.fetch_all(
            f"{_BILLS.select} ORDER BY bill_date DESC, kind LIMIT :limit", {"limit": limit}
        )
        return _BILLS.all(rows)

    async def save_bill(self, bill: NewBill) -> None:
        """Store the bill of a day, in place of an earlier one."""
        values = columns(bill)
        changed = await self.connection.execute(
            "UPDATE bills SET sha1 = :sha1, file = :file, summary = :summary, fetched_at = :fetched_at "
            "WHERE bill_date = :bill_date AND kind = :kind",
            values,
        )
        if not changed:
            try:
                await self._insert("bills", values)
            except Duplicate:  # another process has just kept the same bill
                return
