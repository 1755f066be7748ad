"""The filtered list of orders as CSV or XLSX: read page by page and sent as it is read, never all in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from tornado.iostream import StreamClosedError

from clock import shanghai_date
from handlers.admin.base import AdminPage
from handlers.admin.order_list import read_filter
from handlers.admin.sheet import CsvSheet, Sheet, XlsxSheet
from handlers.admin.words import minute_text, yuan
from handlers.errors import by_status
from schemas.wire import PROGRESS
from storage.models import Order, OrderState
from storage.repositories.order_lists import Place

PAGE = 500
COLUMNS = (
    "订单号", "状态", "就诊日期", "医院", "科室", "服务", "单位", "就诊人", "电话尾号", "陪诊员",
    "价格（元）", "实付（元）", "已退（元）", "下单时间", "付款时间", "评分", "其他需求", "备注",
)  # fmt: skip
SHEETS: dict[str, type[Sheet]] = {"csv": CsvSheet, "xlsx": XlsxSheet}


def cells(order: Order, escort: str, phone_tail: str) -> list[str]:
    """A row of the file, in the order of COLUMNS."""
    return [
        str(order.id),
        PROGRESS[OrderState(order.state)],
        order.visit_date,
        order.hospital_name,
        order.department,
        order.service_name,
        order.service_unit,
        order.patient_name,
        phone_tail,
        escort,
        yuan(order.price_fen),
        yuan(order.paid_fen),
        yuan(order.refunded_fen),
        minute_text(order.created_at),
        minute_text(order.paid_at),
        str(order.stars or ""),
        order.wishes,
        order.admin_notes,
    ]


class ExportHandler(AdminPage):
    """The filtered list as a file; ``format``: csv or xlsx. X-Rows says how many rows will come."""

    section = "orders"
    back = "orders/"
    produces = "text/csv"

    async def get(self) -> None:
        kind = self.query_fields.get("format", "csv")
        if kind not in SHEETS:
            raise by_status(400)
        wanted = read_filter(self.query_fields)
        async with self.services.storage.reading() as reader:
            total = await reader.order_lists.count(wanted)
        async with self.services.storage.transaction() as tx:
            await self.audit(
                tx, "order.export", "order", "", after={"filter": vars_of(wanted), "rows": total}
            )
            await tx.commit()
        sheet = SHEETS[kind]("订单")
        name = f"订单-{shanghai_date(self.now())}.{kind}"
        self.set_header("Content-Type", sheet.content_type)
        self.set_header(
            "Content-Disposition", f"attachment; filename=orders.{kind}; filename*=UTF-8''{quote(name)}"
        )
        self.set_header("X-Rows", str(total))
        self.write(sheet.begin(COLUMNS))
        try:
            async for rows in self._pages(wanted):
                self.write(await asyncio.to_thread(sheet.rows, rows))
                await self.flush()  # waits while the reader is slow
        except StreamClosedError:  # the reader has had enough
            return
        self.finish(sheet.end())

    async def _pages(self, wanted: Any) -> AsyncIterator[list[list[str]]]:
        after: Place | None = None
        while True:
            async with self.services.storage.reading() as reader:
                lists = reader.order_lists
                orders = await lists.page(wanted, after, PAGE)
                escorts, tails = await lists.escort_names(orders), await lists.phone_tails(orders)
            if not orders:
                return
            after = lists.place(wanted, orders[-1])
            yield [
                cells(order, escorts.get(order.escort_id or 0, ""), tails.get(order.patient_id, ""))
                for order in orders
            ]
            if len(orders) < PAGE:
                return


def vars_of(wanted: Any) -> dict[str, Any]:
    """The parts of a filter that are set."""
    return {name: value for name, value in vars(wanted).items() if value not in ("", None, 0)}


routes = [(r"/admin/orders/export/", ExportHandler)]
