"""Orders that are finished by escorts under rules of pay, made without the rest of the product."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clock import day_bounds
from orders import serving
from orders.escort_pay import earnings, months, rules, statements
from orders.escort_pay.earnings import Correction
from storage import Storage
from storage.models import (
    SYSTEM,
    Actor,
    Cause,
    Earning,
    Ending,
    Order,
    OrderState,
    PayRuleKind,
    PayStatement,
    Takes,
)
from storage.schema import metadata
from storage.writes import NewPayRule, OrderMove
from tests.core.escorts import add_escort
from tests.core.rows import add_order, order_of

ADMIN_ID = 1
ADMIN = Actor("admin", ADMIN_ID)
VISIT_DAY = "2026-11-10"
NOVEMBER = "2026-11"
AT = day_bounds(VISIT_DAY)[0] + 12 * 3_600_000
"""Noon of the visit."""
IN_DECEMBER = day_bounds("2026-12-03")[0]
PRICE = 19_800

__all__ = ["add_escort", "order_of"]


async def rule(
    storage: Storage,
    value: int,
    kind: str = PayRuleKind.FIXED,
    service: int = 0,
    escort: int = 0,
    day: str = "2026-01-01",
) -> int:
    new = NewPayRule(service, escort, kind, value, day)
    return await storage.run(lambda tx: rules.add_rule(tx, new, ADMIN_ID, AT))


async def served(storage: Storage, escort_id: int, **changes: Any) -> int:
    """A paid order that this escort serves; errands, so that any number of them fits into a half-day."""
    async with storage.transaction() as tx:
        values = {"visit_date": VISIT_DAY, "price_fen": PRICE, **changes}
        order_id = await add_order(tx, 1, OrderState.PAID, takes=Takes.ERRAND, **values)
        await tx.commit()
    cause = Cause(ADMIN, AT)
    await storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", cause, 1_000))
    return order_id


async def finish(storage: Storage, order_id: int, at: int = AT) -> None:
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, at))


async def finished(storage: Storage, escort_id: int, at: int = AT, **changes: Any) -> int:
    order_id = await served(storage, escort_id, **changes)
    await finish(storage, order_id, at)
    return order_id


async def reopen(storage: Storage, order_id: int, at: int = AT + 1) -> None:
    await storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, at, 1_000))


async def entries(storage: Storage, order_id: int) -> list[Earning]:
    async with storage.reading() as reader:
        return await reader.escort_pay.of_order(order_id)


async def amounts(storage: Storage, order_id: int) -> list[int]:
    return [entry.amount_fen for entry in await entries(storage, order_id)]


async def preview(storage: Storage, escort_id: int, month: str = NOVEMBER) -> months.Preview:
    async with storage.reading() as reader:
        return await months.preview(reader, escort_id, month)


async def issue(
    storage: Storage, escort_id: int, month: str = NOVEMBER, at: int = IN_DECEMBER, seen: str = ""
) -> PayStatement:
    mark = seen or (await preview(storage, escort_id, month)).mark
    return await storage.run(lambda tx: statements.issue(tx, escort_id, month, mark, ADMIN_ID, at))


async def correct(
    storage: Storage, escort_id: int, order_id: int | None, fen: int, reason: str = "客户少付", at: int = AT
) -> Earning:
    async with storage.reading() as reader:
        newest = await reader.escort_pay.newest_id(escort_id)
        seen = str(newest) if order_id is None else earnings.mark(await reader.escort_pay.of_order(order_id))
    wanted = Correction(escort_id, order_id, fen, reason)
    return await storage.run(lambda tx: earnings.correct(tx, wanted, seen, ADMIN_ID, at))


async def statement(storage: Storage, statement_id: int) -> PayStatement:
    async with storage.reading() as reader:
        found = await reader.pay_statements.get(statement_id)
    assert found is not None
    return found


async def mark_of(storage: Storage, statement_id: int) -> str:
    return statements.mark_of(await statement(storage, statement_id))


async def withdraw(storage: Storage, statement_id: int, at: int = IN_DECEMBER + 5, seen: str = "") -> None:
    """``seen``: what the page showed; without it, the page is read just now."""
    seen = seen or await mark_of(storage, statement_id)
    await storage.run(lambda tx: statements.withdraw(tx, statement_id, seen, at))


async def pay(storage: Storage, statement_id: int, at: int = IN_DECEMBER + 9) -> None:
    seen = await mark_of(storage, statement_id)
    payment = statements.BankPayment("2026-12-03", "2026120300001", ADMIN_ID)
    await storage.run(lambda tx: statements.mark_paid(tx, statement_id, payment, seen, at))


async def add_row(storage: Storage, table: str, **values: Any) -> int:
    """A row with nothing in the columns that are not named."""
    columns = [column for column in metadata.tables[table].columns if not column.primary_key]
    empty = {
        column.name: None if column.nullable else "" if isinstance(column.type, sa.String) else 0
        for column in columns
    }
    row = {**empty, **values}
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    async with storage.transaction() as tx:
        row_id = await tx.connection.insert(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)
        await tx.commit()
    return row_id


async def set_state(storage: Storage, table: str, row_id: int, state: str) -> None:
    async with storage.transaction() as tx:
        await tx.connection.execute(
            f"UPDATE {table} SET state = :state WHERE id = :id", {"state": state, "id": row_id}
        )
        await tx.commit()


async def end_unserved(storage: Storage, order_id: int, ending: Ending) -> Order:
    """The order is cancelled, as far as pay looks at it."""

    async def run(tx: Any) -> None:
        await tx.orders.move(
            order_id, OrderState.SERVING, OrderState.CANCELLED, Cause(SYSTEM, AT), OrderMove(ending=ending)
        )
        await tx.escorts.release(order_id)

    await storage.run(run)
    return await order_of(storage, order_id)


async def adds_up(storage: Storage) -> None:
    async with storage.reading() as reader:
        assert await reader.pay_statements.unbalanced() == []


async def an_escort(storage: Storage) -> int:
    await rule(storage, 8_000)
    return await add_escort(storage, "王芳", 900)


async def lines(storage: Storage, statement_id: int) -> list[int]:
    async with storage.reading() as reader:
        return [line.earning.amount_fen for line in await reader.escort_pay.lines_of(statement_id, 0, 100)]


async def confirm(storage: Storage, statement_id: int, escort: int, at: int = IN_DECEMBER + 1) -> None:
    await storage.run(lambda tx: statements.confirm(tx, statement_id, escort, at))


async def ask(storage: Storage, statement_id: int, escort: int, text: str, at: int = IN_DECEMBER + 2) -> None:
    await storage.run(lambda tx: statements.question(tx, statement_id, escort, text, at))


async def answer(storage: Storage, statement_id: int, text: str, at: int = IN_DECEMBER + 3) -> None:
    seen = await mark_of(storage, statement_id)
    await storage.run(lambda tx: statements.answer(tx, statement_id, text, seen, at))
