"""Monthly statements: issued by the owner, confirmed or questioned by the escort, withdrawn, or marked as paid.

```
issued ──escort──▶ confirmed ──office──▶ paid
  │ ▲ └──────────────office─────────────▶ paid       confirmed ◀──▶ paying (``wechat_payment``) ──▶ paid
  ▼ │ office answers
questioned        issued, questioned, confirmed ──office──▶ withdrawn (its lines are free again)
```
Each arrow is a conditional update under the escort's lock.
"""

from __future__ import annotations

from collections.abc import Sequence

from clock import day_bounds, shanghai, shanghai_date
from frozen_dataclasses import frozen
from orders.escort_pay.months import MONTH, month_of, preview
from orders.escort_pay.rules import PayInput
from orders.messages import queue_statement
from refusals import Refused, Unknown
from storage import Duplicate, Reader, Transaction
from storage.models import PayStatement, StatementState
from storage.writes import NewPayStatement, PayStatementMove
from wechat.message_facts import MessageOutcome

MAX_QUESTION_LENGTH = 140
MAX_QUESTIONS = 3
ISSUED, QUESTIONED, CONFIRMED = StatementState.ISSUED, StatementState.QUESTIONED, StatementState.CONFIRMED
PAYING, PAID, WITHDRAWN = StatementState.PAYING, StatementState.PAID, StatementState.WITHDRAWN
PAYABLE = (ISSUED, CONFIRMED)
WITHDRAWABLE = (ISSUED, QUESTIONED, CONFIRMED)


class StatementNotFound(Unknown):
    slug = "statement_not_found"
    message = "没有找到这张结算单"


class StatementExists(Refused):
    slug = "statement_exists"
    message = "这个月已经有结算单了；要改，请先撤回那一张"


class NothingToIssue(Refused):
    slug = "nothing_to_issue"
    message = "没有可以结算的报酬"


class NegativeStatement(Refused):
    """The escort would owe something: it waits for what is earned next."""

    slug = "statement_negative"
    message = "合计是负数，不能出结算单：扣减的会留到以后有报酬的月份一起算"


class PayChanged(Refused):
    """What can be put on it is not what the page showed."""

    slug = "pay_changed"
    message = "没有出结算单：您打开页面以后，这位陪诊员的报酬有了变动，请核对后再出"


class StatementChanged(Refused):
    """It is in another state than the page showed, or than the act needs."""

    slug = "statement_changed"


class TooManyQuestions(Refused):
    slug = "too_many_questions"
    message = "这张结算单已经问过三次了，请直接打电话给客服"


_NOT_ALLOWED: dict[str, str] = {
    ISSUED: "这张结算单还没有确认",
    QUESTIONED: "这张结算单有疑问还没有答复",
    CONFIRMED: "这张结算单已经确认过了",
    PAYING: "这张结算单正在用微信付款，请等它有结果，或者先撤销",
    PAID: "这张结算单已经付款了",
    WITHDRAWN: "这张结算单已经撤回了，请看新的一张",
}


async def issue(
    tx: Transaction, escort_id: int, month: str, seen: str, admin_id: int, at: int
) -> PayStatement:
    """Put everything that can be paid on a statement, and tell the escort. ``seen``: the mark of the preview that the
    owner has read. Raises PayInput, Unknown, StatementExists, NothingToIssue, PayChanged, NegativeStatement."""
    if not MONTH.fullmatch(month) or month > month_of(at):
        raise PayInput("month", "只能结算已经开始的月份")
    if await tx.escorts.lock(escort_id) is None:
        raise Unknown
    if await tx.pay_statements.live(escort_id, month) is not None:
        raise StatementExists
    found = await preview(tx, escort_id, month)
    if not found.included:
        raise NothingToIssue
    if found.mark != seen:
        raise PayChanged
    if found.total_fen < 0:
        raise NegativeStatement
    new = NewPayStatement(
        escort_id=escort_id,
        month=month,
        number=await tx.pay_statements.next_number(escort_id, month),
        orders_fen=found.orders_fen,
        corrections_fen=found.corrections_fen,
        total_fen=found.total_fen,
        line_count=len(found.included),
        issued_by=admin_id,
        issued_at=at,
    )
    try:
        statement_id = await tx.pay_statements.add(new, [line.earning.id for line in found.included])
    except Duplicate:
        raise PayChanged from None
    statement = await get_statement(tx, statement_id)
    await queue_statement(tx, statement, MessageOutcome.TO_CONFIRM, at)
    return statement


async def confirm(tx: Transaction, statement_id: int, escort_id: int, at: int) -> None:
    """The escort agrees; once more changes nothing. Raises StatementNotFound, StatementChanged."""
    statement = await _lock_own(tx, statement_id, escort_id)
    if statement.state == CONFIRMED:
        return
    await move_statement(tx, statement, (ISSUED,), CONFIRMED, at, PayStatementMove(confirmed_at=at))


async def question(tx: Transaction, statement_id: int, escort_id: int, text: str, at: int) -> None:
    """The escort does not agree, and says why; the same again changes nothing. Raises StatementNotFound,
    StatementChanged, TooManyQuestions, PayInput."""
    asked = _one_line(text, "question")
    statement = await _lock_own(tx, statement_id, escort_id)
    earlier = statement.question.splitlines()
    if statement.state == QUESTIONED and earlier and _words(earlier[-1]) == asked:
        return
    if len(earlier) >= MAX_QUESTIONS and statement.state == ISSUED:
        raise TooManyQuestions
    said = PayStatementMove(question="\n".join([*earlier, _said(asked, at)]))
    await move_statement(tx, statement, (ISSUED,), QUESTIONED, at, said)


async def answer(
    tx: Transaction, statement_id: int, text: str, seen: str, at: int
) -> tuple[PayStatement, PayStatement]:
    """The owner answers a question; the statement waits for the escort again. Before and after. Raises
    StatementNotFound, StatementChanged, PayInput."""
    answered = _one_line(text, "answer")
    statement = await lock_seen(tx, statement_id, seen)
    lines = [*statement.answer.splitlines(), _said(answered, at)]
    said = PayStatementMove(answer="\n".join(lines), answered_at=at)
    after = await move_statement(tx, statement, (QUESTIONED,), ISSUED, at, said)
    await queue_statement(tx, after, MessageOutcome.ANSWERED, at)
    return statement, after


async def withdraw(
    tx: Transaction, statement_id: int, seen: str, at: int
) -> tuple[PayStatement, PayStatement]:
    """Take a statement back that is not paid: its lines are free, and the next one of the month has another number.
    Before and after. Raises StatementNotFound, StatementChanged."""
    statement = await lock_seen(tx, statement_id, seen)
    after = await move_statement(
        tx, statement, WITHDRAWABLE, WITHDRAWN, at, PayStatementMove(withdrawn_at=at)
    )
    await tx.pay_statements.free_lines(statement.id)
    await queue_statement(tx, after, MessageOutcome.WITHDRAWN, at)
    return statement, after


@frozen()
class BankPayment:
    """How the escort was paid: on which day, and the bank's number."""

    day: str
    reference: str
    admin_id: int


async def mark_paid(
    tx: Transaction, statement_id: int, payment: BankPayment, seen: str, at: int
) -> tuple[PayStatement, PayStatement]:
    """The money has gone to the escort. Before and after. Raises StatementNotFound, StatementChanged, PayInput."""
    if not payment.reference:
        raise PayInput("reference", "请填写银行流水号")
    statement = await lock_seen(tx, statement_id, seen)
    paid = PayStatementMove(
        paid_at=moment_paid(statement, payment.day, at),
        paid_by=payment.admin_id,
        paid_reference=payment.reference,
    )
    after = await move_statement(tx, statement, PAYABLE, PAID, at, paid)
    await queue_statement(tx, after, MessageOutcome.PAID, at)
    return statement, after


def moment_paid(statement: PayStatement, day: str, at: int) -> int:
    """When it was paid (ms), as far as its day tells: not before it was issued. Raises PayInput."""
    today = shanghai_date(at)
    if day > today:
        raise PayInput("day", "付款日期不能晚于今天")
    if day < shanghai_date(statement.issued_at):
        raise PayInput("day", "付款日期不能早于出结算单的日期")
    return at if day == today else max(day_bounds(day)[0], statement.issued_at)


async def count_to_check(reader: Reader, escort_id: int) -> int:
    """How many of the last year's statements wait for the escort's word."""
    newest = await reader.pay_statements.of_escort(escort_id, None, 12)
    return sum(statement.state == ISSUED for statement in newest)


def mark_of(statement: PayStatement) -> str:
    """What a form carries of the statement that its page showed."""
    return f"{statement.state}.{statement.updated_at}.{len(statement.question)}"


def said(text: str) -> list[tuple[str, str]]:
    """What was asked or answered, oldest first: (moment, words)."""
    return [(line[:16], _words(line)) for line in text.splitlines()]


def _said(text: str, at: int) -> str:
    return f"{shanghai(at).strftime('%Y-%m-%d %H:%M')} {text}"


def _words(line: str) -> str:
    return line[17:]


def _one_line(text: str, field: str) -> str:
    line = " ".join(text.split())
    if not line:
        raise PayInput(field, "请写明内容")
    if len(line) > MAX_QUESTION_LENGTH:
        raise PayInput(field, f"不能超过 {MAX_QUESTION_LENGTH} 个字")
    return line


async def get_statement(tx: Transaction, statement_id: int) -> PayStatement:
    statement = await tx.pay_statements.get(statement_id)
    if statement is None:
        raise StatementNotFound
    return statement


async def lock_statement(tx: Transaction, statement_id: int) -> PayStatement:
    """The statement as it is now, with its escort locked until the transaction ends."""
    statement = await get_statement(tx, statement_id)
    await tx.escorts.lock(statement.escort_id)
    return await get_statement(tx, statement_id)


async def _lock_own(tx: Transaction, statement_id: int, escort_id: int) -> PayStatement:
    statement = await lock_statement(tx, statement_id)
    if statement.escort_id != escort_id:
        raise StatementNotFound
    return statement


async def lock_seen(tx: Transaction, statement_id: int, seen: str) -> PayStatement:
    statement = await lock_statement(tx, statement_id)
    if mark_of(statement) != seen:
        raise StatementChanged("没有保存：您打开页面以后，这张结算单变了。现在的情况见下，请核对后再决定")
    return statement


async def move_statement(
    tx: Transaction,
    statement: PayStatement,
    allowed: Sequence[StatementState],
    to: StatementState,
    at: int,
    changes: PayStatementMove,
) -> PayStatement:
    if statement.state not in allowed or not await tx.pay_statements.move(statement, to, at, changes):
        raise StatementChanged(_NOT_ALLOWED[statement.state])
    return await get_statement(tx, statement.id)
