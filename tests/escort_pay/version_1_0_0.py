"""A process of version 1.0.0, as far as it writes about escorts' pay and visits: it knows nothing of what is kept
beside them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from orders import serving
from orders.escort_pay import earnings, statements
from orders.escort_pay.earnings import Correction
from orders.escort_pay.months import preview
from storage import Storage, Transaction
from storage.models import EarningKind, PayStatement, StatementState
from storage.pay_views import EarningLine
from storage.repositories.escort_pay import _HOLD_MARKS, _LINE, EscortPay, _line
from storage.repositories.escort_records import EscortRecords
from storage.repositories.pay_statements import PayStatements
from storage.views import EscortRecord
from storage.writes import NewEarning, NewPayStatement, NewRating, columns
from tests.escort_pay.paying import ADMIN, ADMIN_ID, AT, IN_DECEMBER, NOVEMBER, mark_of, order_of

T = TypeVar("T")


class OldEscortPay(EscortPay):
    async def add(self, earning: NewEarning) -> int:
        return await self._insert("earnings", columns(earning))

    async def expect_pay(self, order_id: int) -> bool:
        return False

    async def open_lines(self, escort_id: int, last_day: str) -> list[EarningLine]:
        rows = await self.connection.fetch_all(
            f"{_LINE} FROM earnings e LEFT JOIN pay_statement_lines l ON l.live_earning_id = e.id "
            "LEFT JOIN orders o ON o.id = e.order_id "
            "WHERE e.escort_id = :escort AND e.earned_date <= :last AND l.earning_id IS NULL ORDER BY e.id",
            {"escort": escort_id, "last": last_day, **_HOLD_MARKS},
        )
        return [_line(row) for row in rows]


class OldPayStatements(PayStatements):
    async def add(self, statement: NewPayStatement, earning_ids: Sequence[int]) -> int:
        blank = {"question": "", "answer": "", "paid_reference": ""}
        state = {"state": StatementState.ISSUED, "updated_at": statement.issued_at}
        statement_id = await self._insert("pay_statements", {**columns(statement), **blank, **state})
        for earning_id in earning_ids:
            line = {"statement_id": statement_id, "earning_id": earning_id, "live_earning_id": earning_id}
            await self._insert("pay_statement_lines", line)
        return statement_id

    async def free_lines(self, statement_id: int) -> int:
        return await self.connection.execute(
            "UPDATE pay_statement_lines SET live_earning_id = NULL WHERE statement_id = :id",
            {"id": statement_id},
        )


class OldEscortRecords(EscortRecords):
    async def add(self, escort_id: int, change: EscortRecord) -> None:
        pass


async def run(storage: Storage, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """In a transaction of the old process."""

    async def as_it_was(tx: Transaction) -> T:
        tx.escort_pay = OldEscortPay(tx.connection)
        tx.pay_statements = OldPayStatements(tx.connection)
        tx.escort_records = OldEscortRecords(tx.connection)
        return await work(tx)

    return await storage.run(as_it_was)


async def finish(storage: Storage, order_id: int, at: int = AT) -> None:
    await run(storage, partial(serving.finish, order_id=order_id, actor=ADMIN, at=at))


async def reopen(storage: Storage, order_id: int, at: int = AT + 1) -> None:
    await run(storage, partial(serving.reopen, order_id=order_id, actor=ADMIN, at=at, errands=1_000))


async def rate(storage: Storage, order_id: int, stars: int) -> None:
    order = await order_of(storage, order_id)
    await run(storage, lambda tx: serving.rate(tx, order, NewRating(stars), AT + 2))


async def correct(storage: Storage, escort_id: int, order_id: int | None, fen: int) -> None:
    async def work(tx: Transaction) -> None:
        newest = await tx.escort_pay.newest_id(escort_id)
        entries = [] if order_id is None else await tx.escort_pay.of_order(order_id)
        seen = str(newest) if order_id is None else earnings.mark(entries)
        wanted = Correction(escort_id, order_id, fen, "客户少付")
        made = await earnings.correct(tx, wanted, seen, ADMIN_ID, AT)
        assert made.kind == EarningKind.CORRECTION

    await run(storage, work)


async def issue(storage: Storage, escort_id: int, at: int = IN_DECEMBER) -> PayStatement:
    async def work(tx: Transaction) -> PayStatement:
        seen = (await preview(tx, escort_id, NOVEMBER)).mark
        return await statements.issue(tx, escort_id, NOVEMBER, seen, ADMIN_ID, at)

    return await run(storage, work)


async def withdraw(storage: Storage, statement_id: int, at: int = IN_DECEMBER + 5) -> None:
    seen = await mark_of(storage, statement_id)
    await run(storage, partial(statements.withdraw, statement_id=statement_id, seen=seen, at=at))
