"""The filtered list of orders as CSV or XLSX: read page by page and sent as it is read, never all in memory."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any, cast
from urllib.parse import quote

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from catalog.questions import read_answers
from clock import DAY, shanghai, shanghai_date
from handlers.admin.base import nothing
from handlers.admin.labels import APPOINTMENT, HEARING, MOBILITY
from handlers.admin.orders.listing import read_filter
from handlers.admin.page import AdminPage
from handlers.admin.spreadsheets import Cell, Column, CsvSheet, Sheet, XlsxSheet
from handlers.errors import by_status
from money import decimal_yuan
from schemas.wire import ENDING, PROGRESS
from storage.filters import OrderFilter, OrderPlace, kind_of_search
from storage.models import Ending, Order, OrderState

PAGE = 500
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
    Column("号源", 11),
    Column("行动和听力", 16),
    Column("服务需要的信息", 30),
    Column("其他需求", 36),
    Column("备注", 36),
)
SHEETS: dict[str, type[Sheet]] = {"csv": CsvSheet, "xlsx": XlsxSheet}


_TICKET = re.compile("[0-9a-f]{8,64}")
MAX_TRIES = 30
"""A download that has not begun when its page has asked so often, once a second, will not."""


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
        PROGRESS[OrderState(order.state)],
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


class ExportPage(AdminPage):
    section = "orders"
    back = "orders/"

    @property
    def ticket(self) -> str:
        """The name that the page has given to its download; empty without one."""
        text = self.query_fields.get("ticket", "")
        return text if _TICKET.fullmatch(text) else ""

    @property
    def session_id(self) -> int:
        assert self.admin_session is not None
        return self.admin_session.id


class ExportHandler(ExportPage):
    """The filtered list as a file; ``format``: xlsx or csv. ``ticket``: a name under which ``progress/`` knows it."""

    produces = "*/*"
    limits_reads = True

    async def get(self) -> None:
        kind = self.query_fields.get("format", "xlsx")
        if kind not in SHEETS:
            raise by_status(400)
        wanted = read_filter(
            self.query_fields, self.now(), self.services.vault, self.services.settings.visits
        )
        async with self.services.storage.reading() as reader:
            total = await reader.order_lists.count(wanted)
        after = {"filter": facts(wanted), "rows": total}
        await self.audited("order.export", ("order", ""), nothing, after=after)
        sheet = SHEETS[kind]("订单")
        name = f"订单-{period(wanted) or shanghai_date(self.now())}.{kind}"
        self.set_header("Content-Type", sheet.content_type)
        self.set_header(
            "Content-Disposition", f"attachment; filename=orders.{kind}; filename*=UTF-8''{quote(name)}"
        )
        progress = self.services.downloads.begin(self.session_id, self.ticket, total)
        try:
            self.write(sheet.begin(COLUMNS))
            async for rows in self._pages(wanted):
                self.write(await asyncio.to_thread(sheet.rows, rows))
                await self.flush()  # waits while the reader is slow
                progress.sent += len(rows)
            await self.finish(sheet.end())
            progress.done = True
        except StreamClosedError:
            """The reader has had enough."""
        except Exception:
            self._cut_off()
            raise
        finally:
            progress.broken = not progress.done

    def _cut_off(self) -> None:
        """Close the connection amid the file: otherwise what has been sent would look complete."""
        if self._headers_written:
            cast(HTTP1Connection, self.request.connection).close()

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


UNTOLD = ("phone_hashes", "waits_at", "waits_until")
"""Parts of a filter that say nothing by themselves."""


def facts(wanted: OrderFilter) -> dict[str, Any]:
    """The parts of a filter that are set, for the audit log. Of a search only its kind: the log is never erased."""
    given = {name: value for name, value in vars(wanted).items() if name not in UNTOLD}
    set_ = {name: value for name, value in given.items() if value not in ("", None, 0)}
    if wanted.hospital_id is not None:  # 0: a hospital that is not in the catalog
        set_["hospital_id"] = wanted.hospital_id
    return {**set_, "search": kind_of_search(wanted)} if wanted.search else set_


class ProgressHandler(ExportPage):
    """How far the download with this ``ticket`` is, as a part of the page, which asks again until it has ended."""

    async def get(self) -> None:
        tries = (self.page_number("tries") or 0) + 1
        progress = self.services.downloads.find(self.session_id, self.ticket)
        self.render(
            "admin/orders/export_progress.html",
            progress=progress,
            ticket=self.ticket,
            tries=tries,
            given_up=progress is None and tries > MAX_TRIES,
        )


routes = [
    (r"/admin/orders/export/", ExportHandler),
    (r"/admin/orders/export/progress/", ProgressHandler),
]
