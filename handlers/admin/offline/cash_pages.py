"""The cash sheet of a day: to read, to print, and as a file."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from clock import shanghai, shanghai_date
from handlers.admin.base import nothing
from handlers.admin.file_export import FileHandler, one_page
from handlers.admin.labels import OFFLINE_KIND, OFFLINE_METHOD
from handlers.admin.page import AdminPage
from handlers.admin.spreadsheets import Cell, Column
from money import decimal_yuan
from payment.offline.cash_sheet import CashSheet, cash_sheet
from storage.models import Order

COLUMNS = (
    Column("时间", 17),
    Column("类别", 10),
    Column("方式", 8),
    Column("金额（元）", 12),
    Column("经手人", 14),
    Column("凭证号", 20),
    Column("订单", 9),
    Column("就诊人", 12),
    Column("服务", 16),
    Column("记录人", 12),
    Column("备注", 30),
)


class CashPage(AdminPage):
    section = "money"
    back = "cash/"
    open_to_accountants = ("GET",)

    @property
    def day(self) -> str:
        """The asked-for day, else today."""
        try:
            return date.fromisoformat(self.query_fields.get("day", "")).isoformat()
        except ValueError:
            return shanghai_date(self.now())

    async def read(self) -> tuple[CashSheet, dict[int, Order], dict[int, str]]:
        """The sheet, its orders, and the names of who recorded."""
        async with self.services.storage.reading() as reader:
            sheet = await cash_sheet(reader, self.day)
            orders = await reader.escort_jobs.some({entry.order_id for entry in sheet.entries})
            names = {admin.id: admin.name for admin in await reader.administrators.all()}
        return sheet, orders, names


class CashSheetHandler(CashPage):
    """Receipts, reversals and refunds of a day, with sums by method and by who handled them."""

    async def get(self) -> None:
        sheet, orders, names = await self.read()
        self.render(
            "admin/offline/cash_sheet.html",
            sheet=sheet,
            orders=orders,
            names=names,
            today=shanghai_date(self.now()),
            earlier=_moved(sheet.day, -1),
            later=_moved(sheet.day, 1),
        )


class CashFileHandler(FileHandler, CashPage):
    """The same as a file: a row per movement, then the sums."""

    async def get(self) -> None:
        self.must_be_a_kind()
        sheet, orders, names = await self.read()
        await self.audited("cash.export", ("cash", sheet.day), nothing, after={"rows": len(sheet.entries)})
        rows = _rows(sheet, orders, names)
        file_names = ("线下收付", f"线下收付-{sheet.day}", "cash")
        await self.send_file(file_names, COLUMNS, one_page(rows), len(rows))


def _rows(sheet: CashSheet, orders: dict[int, Order], names: dict[int, str]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for entry in sheet.entries:
        order = orders.get(entry.order_id)
        rows.append(
            [
                shanghai(entry.occurred_at).replace(second=0, microsecond=0, tzinfo=None),
                OFFLINE_KIND[entry.kind],
                OFFLINE_METHOD[entry.method],
                decimal_yuan(entry.amount_fen),
                entry.handled_by,
                entry.reference,
                Decimal(entry.order_id),
                order.patient_name if order else "",
                order.service_name if order else "",
                names.get(entry.recorded_by, ""),
                entry.note,
            ]
        )
    for label, fen in (
        *((f"合计 {OFFLINE_METHOD[method]}", sums.total_fen) for method, sums in sheet.by_method.items()),
        ("合计", sheet.all.total_fen),
        ("账本", sheet.ledger_fen),
    ):
        rows.append(["", label, "", decimal_yuan(fen), *[""] * 7])
    return rows


def _moved(day: str, days: int) -> str:
    """Another day; at the ends of the calendar the same one."""
    try:
        return (date.fromisoformat(day) + timedelta(days)).isoformat()
    except OverflowError:
        return day


routes: list[tuple[str, Any]] = [
    (r"/admin/cash/", CashSheetHandler),
    (r"/admin/cash/export/", CashFileHandler),
]
