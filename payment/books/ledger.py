"""The ledger: every movement of money once, never changed, never deleted; and its balance as an accountant reads it.

Payments are positive; refunds and fees are negative. At every moment the sums equal the paid attempts and the
succeeded refunds, because each is booked in the transaction that makes it so.
"""

from __future__ import annotations

import logging
import unicodedata
from dataclasses import dataclass

from clock import shanghai_date
from money import accounting_yuan
from storage import Duplicate, Reader, Storage, Transaction
from storage.models import Attempt, Refund
from storage.pay_views import NO_PAY, PayTotals
from storage.writes import NewOfflineEntry

logger = logging.getLogger("hospital.payment.ledger")

PAYMENT, REFUND, FEE = "payment", "refund", "fee"
OFFLINE_PAYMENT, OFFLINE_REFUND = "offline_payment", "offline_refund"
"""Money outside of WeChat: received (negative: reversed) and paid back. It is in no bill of WeChat's."""
_PAGE = 1_000


async def book_payment(tx: Transaction, attempt: Attempt, occurred_at: int, at: int) -> None:
    """Money came in on an attempt. Raises Duplicate when it is booked: the caller's state check failed."""
    await tx.ledger.book(
        PAYMENT,
        attempt.out_trade_no,
        attempt.amount_fen,
        occurred_at,
        at,
        order_id=attempt.order_id,
        attempt_id=attempt.id,
    )


async def book_refund(tx: Transaction, refund: Refund, occurred_at: int, at: int) -> None:
    """Money went back. Raises Duplicate when it is booked."""
    await tx.ledger.book(
        REFUND,
        refund.out_refund_no,
        -refund.amount_fen,
        occurred_at,
        at,
        order_id=refund.order_id,
        attempt_id=refund.attempt_id,
        refund_id=refund.id,
    )


async def book_offline(tx: Transaction, kind: str, reference: str, entry: NewOfflineEntry) -> None:
    """Money outside of WeChat was received, paid back, or its receipt reversed. Raises Duplicate when it is booked."""
    await tx.ledger.book(
        kind,
        reference,
        entry.amount_fen,
        entry.occurred_at,
        entry.recorded_at,
        order_id=entry.order_id,
        attempt_id=entry.attempt_id,
        refund_id=entry.refund_id,
    )


async def book_fee(
    tx: Transaction, reference: str, fee_fen: int, occurred_at: int, at: int, order_id: int | None = None
) -> bool:
    """WeChat's charge as the bill tells it (negative ``fee_fen``: given back). False when it is booked already."""
    try:
        await tx.ledger.book(FEE, reference, -fee_fen, occurred_at, at, order_id=order_id)
    except Duplicate:
        return False
    return True


@dataclass
class DayBalance:
    """What moved on a Shanghai day, in fen; ``closing_fen`` is the running total at its end."""

    day: str
    payments_fen: int = 0
    refunds_fen: int = 0
    fees_fen: int = 0
    offline_payments_fen: int = 0
    offline_refunds_fen: int = 0
    movements: int = 0
    closing_fen: int = 0

    def add(self, kind: str, amount_fen: int) -> None:
        self.movements += 1
        if kind == PAYMENT:
            self.payments_fen += amount_fen
        elif kind == REFUND:
            self.refunds_fen += amount_fen
        elif kind == OFFLINE_PAYMENT:
            self.offline_payments_fen += amount_fen
        elif kind == OFFLINE_REFUND:
            self.offline_refunds_fen += amount_fen
        else:
            self.fees_fen += amount_fen

    @property
    def change_fen(self) -> int:
        return sum(getattr(self, name) for name in _COLUMNS)


_COLUMNS = {
    "payments_fen": "收款 in",
    "refunds_fen": "退款 refunds",
    "fees_fen": "手续费 fees",
    "offline_payments_fen": "线下收款 offline in",
    "offline_refunds_fen": "线下退款 offline out",
}
"""The sums of a day, and how the printed table calls them."""


async def daily_balance(reader: Reader) -> list[DayBalance]:
    """Every day with a movement, oldest first."""
    days: dict[str, DayBalance] = {}
    last_id = 0
    while entries := await reader.ledger.after(last_id, _PAGE):
        for entry in entries:
            day = shanghai_date(entry.occurred_at)
            days.setdefault(day, DayBalance(day)).add(entry.kind, entry.amount_fen)
        last_id = entries[-1].id
    balances = [days[day] for day in sorted(days)]
    closing = 0
    for balance in balances:
        closing += balance.change_fen
        balance.closing_fen = closing
    return balances


async def self_check(storage: Storage) -> list[str]:
    """What does not add up, in words; empty when ledger, payments, refunds, orders and escorts' pay agree.

    Each question is one statement, so on a server in use a movement between two of them may be reported that
    is gone when the check is repeated; the caller repeats it before it raises an alarm.
    """
    async with storage.reading() as reader:
        problems = await reader.ledger.unbalanced()
        problems += await reader.ledger.payables_out_of_balance()
        problems += await reader.offline.unbalanced()
        problems += await reader.pay_statements.unbalanced()
        problems += await reader.transfers.unbalanced()
    return problems


async def ledger_report(storage: Storage) -> tuple[str, int]:
    """The text that ``main.py ledger`` prints, and its exit code: 1 when something does not add up."""
    async with storage.reading() as reader:
        balances = await daily_balance(reader)
        cases = await reader.finance.open_cases()
        pay = await reader.pay_statements.totals()
    problems = await self_check(storage)
    if problems:
        problems = [problem for problem in await self_check(storage) if problem in problems]
    lines = _table(balances)
    lines += ["", f"待处理异常 open cases: {sum(cases.values())}"]
    lines += [f"  {kind}: {count}" for kind, count in sorted(cases.items())]
    if pay != NO_PAY:
        lines += ["", _pay_line(pay)]
    if problems:
        lines += ["", "账目不平 NOT BALANCED:", *(f"  {problem}" for problem in problems)]
        return "\n".join(lines), 1
    lines += ["", "账目平衡 balanced: 账本与支付、退款、订单、陪诊员报酬一致"]
    return "\n".join(lines), 0


def _pay_line(pay: PayTotals) -> str:
    """What escorts earned, and where it stands."""
    parts = (
        ("陪诊员报酬 escorts' pay", pay.earned_fen),
        ("在结算单上 on statements", pay.on_statements_fen),
        ("其中已付 paid", pay.paid_fen),
        ("还没有结算 open", pay.open_fen),
    )
    return "  ".join(f"{name}: {accounting_yuan(fen)}" for name, fen in parts)


def _table(balances: list[DayBalance]) -> list[str]:
    head = ("日期 day", *_COLUMNS.values(), "当日 change", "余额 balance", "笔数 rows")
    rows = [
        (
            balance.day,
            *(accounting_yuan(getattr(balance, name)) for name in _COLUMNS),
            accounting_yuan(balance.change_fen),
            accounting_yuan(balance.closing_fen),
            str(balance.movements),
        )
        for balance in balances
    ]
    total = (
        "合计 total",
        *(accounting_yuan(sum(getattr(balance, name) for balance in balances)) for name in _COLUMNS),
        accounting_yuan(sum(balance.change_fen for balance in balances)),
        accounting_yuan(balances[-1].closing_fen if balances else 0),
        str(sum(balance.movements for balance in balances)),
    )
    widths = [max(_width(row[column]) for row in (head, *rows, total)) for column in range(len(head))]
    rule = "-" * (sum(widths) + 2 * len(widths) - 2)
    return [
        "账本，单位：元（时区 Asia/Shanghai）",
        _line(head, widths),
        rule,
        *(_line(row, widths) for row in rows),
        rule,
        _line(total, widths),
    ]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    """Text to the left in the first column, numbers to the right in the others."""
    padded = []
    for position, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        blank = " " * (width - _width(cell))
        padded.append(cell + blank if position == 0 else blank + cell)
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
