"""A statement that is paid through WeChat: confirmed; paying while a transfer is under way; then paid, or confirmed
again.

All of it under the escort's lock, which a payment by bank and a withdrawal hold, too: of these one happens.
"""

from __future__ import annotations

from orders.escort_pay.statements import CONFIRMED, PAID, PAYING, lock_seen, lock_statement, move_statement
from orders.messages import queue_statement
from storage import Transaction
from storage.models import PayStatement
from storage.writes import PayStatementMove
from wechat.message_facts import MessageOutcome


async def begin(tx: Transaction, statement_id: int, seen: str, at: int) -> PayStatement:
    """A transfer is about to be asked for; the statement as it is now. ``seen``: the mark of what the page showed.
    Raises StatementNotFound, StatementChanged."""
    statement = await lock_seen(tx, statement_id, seen)
    return await move_statement(tx, statement, (CONFIRMED,), PAYING, at, PayStatementMove())


async def ask_to_receive(tx: Transaction, statement_id: int, at: int) -> None:
    """The escort has a day to confirm the transfer in WeChat, and is told so."""
    statement = await lock_statement(tx, statement_id)
    await queue_statement(tx, statement, MessageOutcome.TO_RECEIVE, at)


async def give_back(tx: Transaction, statement_id: int, at: int) -> None:
    """Nothing was paid, and nothing will be by this transfer: the statement waits for its payment again."""
    statement = await lock_statement(tx, statement_id)
    if statement.state == PAYING:
        await move_statement(tx, statement, (PAYING,), CONFIRMED, at, PayStatementMove())


async def paid(
    tx: Transaction, statement_id: int, wechat_bill_no: str, admin_id: int, paid_at: int, at: int
) -> bool:
    """WeChat has paid the escort. False when the statement is paid otherwise or withdrawn, which it must not be."""
    statement = await lock_statement(tx, statement_id)
    if statement.state not in (PAYING, CONFIRMED):
        return False
    payment = PayStatementMove(
        paid_at=max(paid_at, statement.issued_at),
        paid_by=admin_id,
        paid_reference=f"微信转账 {wechat_bill_no}",
    )
    after = await move_statement(tx, statement, (PAYING, CONFIRMED), PAID, at, payment)
    await queue_statement(tx, after, MessageOutcome.PAID, at)
    return True
