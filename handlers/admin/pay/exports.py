"""A statement, and a month of all escorts, as files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

from handlers.admin.base import nothing
from handlers.admin.file_export import FileHandler, one_page
from handlers.admin.pay.base import ERASED, KIND, READERS, STATE, PayPage
from handlers.admin.pay.month import Row, rows_of
from handlers.admin.spreadsheets import Cell, Column
from money import decimal_yuan
from orders.escort_pay.statements import StatementNotFound
from schemas.wire import time_text
from storage import Storage
from storage.models import PayStatement, StatementState
from storage.pay_views import EarningLine

PAGE = 500
LINE_COLUMNS = (
    Column("记入日期", 12),
    Column("类型", 7),
    Column("订单号", 9),
    Column("就诊日期", 12),
    Column("服务", 18),
    Column("医院", 30),
    Column("订单价格（元）", 13),
    Column("报酬（元）", 12),
    Column("原因", 36),
)
MONTH_COLUMNS = (
    Column("陪诊员", 12),
    Column("陪诊员编号", 11),
    Column("结算单", 8),
    Column("状态", 16),
    Column("笔数", 7),
    Column("订单报酬（元）", 14),
    Column("更正（元）", 12),
    Column("合计（元）", 12),
    Column("付款日期", 12),
    Column("付款流水号", 26),
    Column("未结算（元）", 13),
    Column("暂缓（元）", 12),
)


def _day(text: str) -> Cell:
    return date.fromisoformat(text) if text else ""


def line_cells(line: EarningLine) -> list[Cell]:
    earning = line.earning
    return [
        _day(earning.earned_date),
        KIND[earning.kind],  # type: ignore[index]
        str(earning.order_id or ""),
        _day(line.visit_date),
        line.service_name,
        line.hospital_name,
        decimal_yuan(earning.base_fen) if earning.base_fen else "",
        decimal_yuan(earning.amount_fen),
        earning.reason,
    ]


async def _statement_pages(storage: Storage, statement: PayStatement) -> AsyncIterator[list[list[Cell]]]:
    after = 0
    while True:
        async with storage.reading() as reader:
            lines = await reader.escort_pay.lines_of(statement.id, after, PAGE)
        if not lines:
            break
        yield [line_cells(line) for line in lines]
        after = lines[-1].earning.id
    blank: list[Cell] = ["", "", "", "", "", ""]
    yield [
        ["订单", *blank, decimal_yuan(statement.orders_fen), ""],
        ["更正", *blank, decimal_yuan(statement.corrections_fen), ""],
        ["合计", *blank, decimal_yuan(statement.total_fen), STATE[StatementState(statement.state)]],
    ]


class StatementFileHandler(FileHandler, PayPage):
    """A statement with its lines; its sums are the last lines."""

    open_to_accountants = READERS

    async def get(self, statement_id: str) -> None:
        self.must_be_a_kind()
        storage = self.services.storage
        async with storage.reading() as reader:
            statement = await reader.pay_statements.get(int(statement_id))
            if statement is None:
                raise StatementNotFound
            escort = await reader.escorts.get(statement.escort_id)
        name = (escort.name if escort else "") or ERASED
        await self.audited(
            "pay.export", ("statement", statement.id), nothing, after={"rows": statement.line_count}
        )
        chinese = f"报酬结算单-{statement.month}-{name}-{statement.number}"
        names = (statement.month, chinese, f"statement-{statement.month}-{statement.id}")
        await self.send_file(
            names, LINE_COLUMNS, _statement_pages(storage, statement), statement.line_count + 3
        )


def month_cells(row: Row) -> list[Cell]:
    statement = row.statement
    of_statement: list[Cell] = ["", "还没有出结算单", "", "", "", "", "", ""]
    if statement is not None:
        of_statement = [
            str(statement.id),
            STATE[StatementState(statement.state)],
            str(statement.line_count),
            decimal_yuan(statement.orders_fen),
            decimal_yuan(statement.corrections_fen),
            decimal_yuan(statement.total_fen),
            _day(time_text(statement.paid_at)[:10]),
            statement.paid_reference,
        ]
    ready = row.ready.total_fen if row.ready else 0
    held = row.held.total_fen if row.held else 0
    return [row.name, str(row.escort_id), *of_statement, decimal_yuan(ready), decimal_yuan(held)]


def total_cells(rows: list[Row]) -> list[Cell]:
    made = [row.statement for row in rows if row.statement is not None]
    return [
        "合计", "", "", "", str(sum(each.line_count for each in made)),
        decimal_yuan(sum(each.orders_fen for each in made)),
        decimal_yuan(sum(each.corrections_fen for each in made)),
        decimal_yuan(sum(each.total_fen for each in made)), "", "",
        decimal_yuan(sum(row.ready.total_fen for row in rows if row.ready)),
        decimal_yuan(sum(row.held.total_fen for row in rows if row.held)),
    ]  # fmt: skip


class MonthFileHandler(FileHandler, PayPage):
    """A month of all escorts, a line each; its sums are the last line."""

    open_to_accountants = READERS

    async def get(self) -> None:
        self.must_be_a_kind()
        month = self.asked_month()
        async with self.services.storage.reading() as reader:
            rows = await rows_of(reader, month)
        await self.audited("pay.export", ("month", month), nothing, after={"rows": len(rows)})
        cells = [*(month_cells(row) for row in rows), total_cells(rows)]
        names = (month, f"陪诊员报酬-{month}", f"pay-{month}")
        await self.send_file(names, MONTH_COLUMNS, one_page(cells), len(cells))


routes = [
    (r"/admin/pay/statements/([0-9]{1,18})/file/", StatementFileHandler),
    (r"/admin/pay/file/", MonthFileHandler),
]
