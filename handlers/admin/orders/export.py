"""The filtered list of orders as CSV or XLSX: read page by page and sent as it is read, never all in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.questions import read_answers
from clock import DAY, shanghai, shanghai_date
from handlers.admin.base import nothing
from handlers.admin.file_export import FileHandler, ProgressPage
from handlers.admin.labels import APPOINTMENT, HEARING, MOBILITY
from handlers.admin.orders.inviting import ticked
from handlers.admin.orders.listing import read_filter
from handlers.admin.spreadsheets import Cell, Column
from handlers.errors import ApiError
from money import decimal_yuan
from schemas.wire import ENDING, PROGRESS
from storage.filters import OrderFilter, OrderPlace, kind_of_search
from storage.models import Ending, Order

PAGE = 500
MAX_TICKED = 500
COLUMNS = (
    Column("订单号", 9),
    Column("状态", 10),
    Column("结束方式", 11),
    Column("就诊日期", 12),
    Column("就诊时间", 10),
    Column("医院", 30),
    Column("院区", 12),
    Column("见面地点", 18),
    Column("科室", 16),
    Column("服务", 14),
    Column("规格", 8),
    Column("就诊人", 11),
    Column("电话尾号", 10),
    Column("陪诊员", 11),
    Column("价格（元）", 12),
    Column("实付（元）", 12),
    Column("已退（元）", 12),
    Column("下单时间", 17),
    Column("付款时间", 17),
    Column("评分", 7),
    Column("挂号", 11),
    Column("行动和听力", 16),
    Column("服务需要的信息", 30),
    Column("其他需求", 36),
    Column("备注", 36),
)


def _day(text: str) -> Cell:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _moment(at: int | None) -> Cell:
    """To the minute, as a clock in Shanghai shows it."""
    return shanghai(at).replace(second=0, microsecond=0, tzinfo=None) if at is not None else ""


def cells(order: Order, escort: str, phone_tail: str) -> list[Cell]:
    """A row of the file, in the order of COLUMNS."""
    return [
        Decimal(order.id),
        PROGRESS[order.state],
        ENDING[Ending(order.ending)] if order.ending else "",
        _day(order.visit_date),
        order.visit_time,
        order.hospital_name,
        order.campus,
        order.meeting_point,
        order.department,
        order.service_name,
        order.service_unit,
        order.patient_name,
        phone_tail,
        escort,
        decimal_yuan(order.price_fen),
        decimal_yuan(order.paid_fen),
        decimal_yuan(order.refunded_fen),
        _moment(order.created_at),
        _moment(order.paid_at),
        Decimal(order.stars) if order.stars else "",
        APPOINTMENT.get(order.appointment, ""),
        "，".join(filter(None, (MOBILITY.get(order.mobility, ""), HEARING.get(order.hearing, "")))),
        "；".join(f"{label}：{text}" for label, text in read_answers(order.answers).items()),
        order.wishes,
        order.admin_notes,
    ]


class ExportHandler(FileHandler):
    """The filtered list as a file; ``format``: xlsx or csv. ``ticket``: a name under which ``progress/`` knows it."""

    section = "orders"
    back = "orders/"

    async def get(self) -> None:
        self.must_be_a_kind()
        wanted = read_filter(
            self.query_fields, self.now(), self.services.vault, self.services.settings.visits
        )
        async with self.services.storage.reading() as reader:
            total = await reader.order_lists.count(wanted)
        after = {"filter": facts(wanted), "rows": total}
        await self.audited("order.export", ("order", ""), nothing, after=after)
        names = ("订单", f"订单-{period(wanted) or shanghai_date(self.now())}", "orders")
        await self.send_file(names, COLUMNS, self._pages(wanted), total)

    async def _pages(self, wanted: Any) -> AsyncIterator[list[list[Cell]]]:
        after: OrderPlace | None = None
        while True:
            async with self.services.storage.reading() as reader:
                lists = reader.order_lists
                orders = await lists.page(wanted, after, PAGE)
                tails = await lists.phone_tails(orders)
            if not orders:
                return
            after = lists.place(wanted, orders[-1])
            yield [cells(order, order.escort_name, tails.get(order.patient_id, "")) for order in orders]
            if len(orders) < PAGE:
                return


class TickedExportHandler(FileHandler):
    """The ticked orders as a file, in the order of their visits."""

    section = "orders"
    back = "orders/"

    async def post(self) -> None:
        self.must_be_a_kind()
        order_ids = ticked(self.body_fields, "order_")
        if not order_ids:
            raise ApiError(400, "nothing_ticked", "还没有勾选订单：请先勾选")
        async with self.services.storage.reading() as reader:
            found = [await reader.orders.get(order_id) for order_id in order_ids[:MAX_TICKED]]
            orders = sorted(filter(None, found), key=lambda each: (each.visit_date, each.visit_time, each.id))
            tails = await reader.order_lists.phone_tails(orders)
        after = {"rows": len(orders), "orders": [order.id for order in orders]}
        await self.audited("order.export", ("order", ""), nothing, after=after)

        async def pages() -> AsyncIterator[list[list[Cell]]]:
            yield [cells(order, order.escort_name, tails.get(order.patient_id, "")) for order in orders]

        names = ("订单", f"订单-勾选-{shanghai_date(self.now())}", "orders")
        await self.send_file(names, COLUMNS, pages(), len(orders))


def period(wanted: OrderFilter) -> str:
    """The days of a filter, for the name of the file; empty when it has none."""
    if wanted.by_made:
        first = shanghai_date(wanted.made_from) if wanted.made_from else ""
        last = shanghai_date(wanted.made_before - DAY) if wanted.made_before else ""
    else:
        first, last = wanted.first_date, wanted.last_date
    if not (first or last):
        return ""
    days = (
        first
        if first == last
        else f"{first}至{last}"
        if first and last
        else f"{first}起"
        if first
        else f"至{last}"
    )
    return f"{'下单' if wanted.by_made else '就诊'}{days}"


UNTOLD = ("today", "phone_hashes", "waits_at", "waits_until")
"""Parts of a filter that say nothing by themselves."""


def facts(wanted: OrderFilter) -> dict[str, Any]:
    """The parts of a filter that are set, for the audit log. Of a search only its kind: the log is never erased."""
    given = {name: value for name, value in vars(wanted).items() if name not in UNTOLD}
    set_ = {name: value for name, value in given.items() if value not in ("", None, 0)}
    if wanted.hospital_id is not None:  # 0: a hospital that is not in the catalog
        set_["hospital_id"] = wanted.hospital_id
    return {**set_, "search": kind_of_search(wanted)} if wanted.search else set_


class ProgressHandler(ProgressPage):
    section = "orders"
    back = "orders/"


routes = [
    (r"/admin/orders/export/", ExportHandler),
    (r"/admin/orders/export/ticked/", TickedExportHandler),
    (r"/admin/orders/export/progress/", ProgressHandler),
]
