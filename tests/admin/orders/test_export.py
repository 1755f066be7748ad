"""Exports: complete, countable, and said how far they are."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from tornado.simple_httpclient import HTTPStreamClosedError

from clock import SECOND, shanghai
from handlers.admin import file_export
from handlers.admin.orders import export
from handlers.downloads import LOST_AFTER, Downloads
from storage import Storage, StorageUnavailable
from storage.repositories.order_lists import OrderLists
from tests.admin.clients import Client
from tests.admin.scenario import ID_CARD, MOBILE, Scenario

TICKET = "0123456789abcdef"


async def progress(client: Client, ticket: str = TICKET, tries: int = 0) -> str:
    return await client.page(f"admin/orders/export/progress/?ticket={ticket}&tries={tries}")


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 2)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_every_order_is_in_the_file_once_and_the_progress_says_so(
    owner: Client, scenario: Scenario, kind: str
):
    made = [await scenario.order("finished" if number % 2 else "paid") for number in range(5)]
    answer = await owner.get(f"admin/orders/export/?format={kind}&ticket={TICKET}")
    if kind == "csv":
        text = answer.body.decode("utf-8-sig")
        rows = [row[0] for row in csv.reader(io.StringIO(text, newline=""))]
    else:
        [sheet] = openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets
        rows = [str(row[0]) for row in sheet.iter_rows(values_only=True)]
    assert sorted(int(row) for row in rows[1:]) == made
    assert "导出完成，共 5 行" in await progress(owner)


async def test_a_spreadsheet_program_can_add_up_the_money(owner: Client, scenario: Scenario):
    for fen in (123_456_789, 50):
        await scenario.order(price_fen=fen)
    answer = await owner.get("admin/orders/export/?format=xlsx")
    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets
    rows = list(sheet.iter_rows(values_only=True))
    column = rows[0].index("价格（元）")
    assert {row[column] for row in rows[1:]} == {0.5, 1234567.89}
    text = (await owner.get("admin/orders/export/?format=csv")).body.decode("utf-8-sig")
    assert {"0.50", "1234567.89"} <= {cell for row in csv.reader(io.StringIO(text)) for cell in row}


async def test_days_are_days_and_the_heads_are_bold_and_stay_in_sight(owner: Client, scenario: Scenario):
    """What the orders' days and moments are to a spreadsheet program: it groups and sorts them as such."""
    order_id = await scenario.order(visit_date="2026-11-20", price_fen=123_450)
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    made = shanghai(order.created_at).replace(second=0, microsecond=0, tzinfo=None)
    answer = await owner.get("admin/orders/export/?format=xlsx")
    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets
    head, row = list(sheet.iter_rows())
    found = {title.value: cell for title, cell in zip(head, row, strict=True)}
    assert found["就诊日期"].value == datetime(2026, 11, 20)
    assert found["就诊日期"].number_format == "yyyy-mm-dd"
    assert found["下单时间"].value == found["付款时间"].value == made
    assert found["下单时间"].number_format == "yyyy-mm-dd hh:mm"
    assert found["价格（元）"].number_format == "#,##0.00"
    assert found["订单号"].number_format == "General"
    assert "规格" in found
    assert all(cell.font.b for cell in head)
    assert not any(cell.font.b for cell in row)
    assert sheet.freeze_panes == "A2"
    widths = [sheet.column_dimensions[get_column_letter(number)].width for number in range(1, len(head) + 1)]
    assert widths == [column.width for column in export.COLUMNS]
    text = (await owner.get("admin/orders/export/?format=csv")).body.decode("utf-8-sig")
    [row_of_csv] = csv.DictReader(io.StringIO(text, newline=""))
    assert row_of_csv["就诊日期"] == "2026-11-20"
    assert row_of_csv["下单时间"] == f"{made:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("by=made&from=2026-11-16&to=2026-11-22", "订单-下单2026-11-16至2026-11-22.xlsx"),
        ("from=2026-11-16&to=2026-11-22", "订单-就诊2026-11-16至2026-11-22.xlsx"),
        ("from=2026-11-16&to=2026-11-16", "订单-就诊2026-11-16.xlsx"),
        ("from=2026-11-16", "订单-就诊2026-11-16起.xlsx"),
        ("by=made&to=2026-11-22", "订单-下单至2026-11-22.xlsx"),
        ("by=made&state=paid", "订单-2026-11-18.xlsx"),
    ],
)
async def test_the_name_of_the_file_tells_its_days(owner: Client, query: str, name: str):
    answer = await owner.get(f"admin/orders/export/?format=xlsx&{query}")
    assert answer.headers["Content-Disposition"].endswith(f"filename*=UTF-8''{quote(name)}")


@pytest.mark.usefixtures("small_pages")
async def test_a_file_that_breaks_off_does_not_look_complete(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(5):
        await scenario.order()
    page, asked = OrderLists.page, 0

    async def gone(self: OrderLists, *arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise StorageUnavailable("the database cannot be reached")
        return await page(self, *arguments)

    monkeypatch.setattr(OrderLists, "page", gone)
    with pytest.raises(HTTPStreamClosedError):  # before the last chunk
        await owner.get(f"admin/orders/export/?format=csv&ticket={TICKET}")
    said = await progress(owner)
    assert "导出在第 4 行中断，文件不完整" in said
    assert "hx-get" not in said


async def test_a_download_that_does_not_begin_is_not_waited_for_for_ever(owner: Client):
    said = await progress(owner)
    assert "正在准备导出" in said
    assert "tries=1&" not in said
    assert f"ticket={TICKET}&amp;tries=1" in said
    said = await progress(owner, tries=file_export.MAX_TRIES)
    assert "导出没有开始" in said
    assert "hx-get" not in said


async def test_the_progress_is_told_to_nobody_else(owner: Client, clerk: Client, scenario: Scenario):
    await scenario.order()
    await owner.get(f"admin/orders/export/?format=csv&ticket={TICKET}")
    assert "导出完成" in await progress(owner)
    assert "导出完成" not in await progress(clerk)


class Clock:
    now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


async def shown(downloads: Downloads, session_id: int = 1) -> tuple[int, int, str] | None:
    found = await downloads.find(session_id, TICKET)
    return (found.total, found.sent, found.state) if found else None


@pytest.mark.promise(44)
async def test_another_process_knows_how_far_a_download_is(storage: Storage):
    clock = Clock()
    sending = await Downloads(storage, clock).begin(1, TICKET, 5_000)
    other = Downloads(storage, clock)
    await sending.add(100)
    assert await shown(other) == (5_000, 0, "sending"), "written once a second at most"
    clock.now += SECOND
    await sending.add(100)
    assert await shown(other) == (5_000, 200, "sending")
    assert await shown(other, session_id=2) is None
    await sending.end(complete=True)
    assert await shown(other) == (5_000, 200, "done")


async def test_a_download_whose_process_was_killed_counts_as_broken(storage: Storage):
    clock = Clock()
    downloads = Downloads(storage, clock)
    await downloads.begin(1, TICKET, 10)
    clock.now += LOST_AFTER
    assert await shown(downloads) == (10, 0, "sending")
    clock.now += 1
    assert await shown(downloads) == (10, 0, "broken")


async def test_old_downloads_are_forgotten_and_those_without_a_ticket_are_not_written(storage: Storage):
    clock = Clock()
    downloads = Downloads(storage, clock)
    await (await downloads.begin(1, "", 3)).end(complete=True)
    await (await downloads.begin(1, TICKET, 3)).end(complete=True)
    async with storage.transaction() as tx:
        assert await tx.downloads.sweep(clock.now) == 0
        assert await tx.downloads.sweep(clock.now + 1) == 1
        await tx.commit()
    assert await shown(downloads) is None


@pytest.mark.promise(23, 25)
@pytest.mark.parametrize(
    ("search", "kind"),
    [
        ("13812345678", "phone"),
        ("5678", "phone end or order"),
        ("85321234", "phone end or order"),
        ("#7", "order"),
        ("11010519491231002X", "name"),
        ("110105194912310021", "order"),
        ("王秀英", "name"),
        ("4200000000000000000000000001", "number"),
    ],
)
async def test_the_log_of_an_export_says_what_kind_of_search_it_was_and_not_what_was_searched_for(
    owner: Client, scenario: Scenario, search: str, kind: str
):
    await scenario.order()
    assert (await owner.get(f"admin/orders/export/?state=paid&q={quote(search)}")).code == 200
    async with scenario.storage.reading() as reader:
        [entry] = await reader.audit.page(act="order.export")
    assert json.loads(entry.after_json)["filter"] == {"state": "paid", "search": kind}
    assert search not in repr(entry)
    assert (await owner.get("admin/audit/")).code == 200


@pytest.mark.promise(23)
async def test_numbers_that_were_typed_into_a_note_are_masked_in_the_log(owner: Client, scenario: Scenario):
    order = await scenario.order()
    for note in (f"家属电话{MOBILE}，证件 {ID_CARD}", "订单 20261118000000000000000000000001"):
        assert (await owner.post("admin/orders/edit/notes/", {"id": order, "notes": note})).code == 200
    async with scenario.storage.reading() as reader:
        latest, first = await reader.audit.page(act="order.notes")
    assert json.loads(first.after_json) == {"notes": "家属电话138****1234，证件 110***********002X"}
    assert json.loads(latest.before_json) == json.loads(first.after_json)
    assert json.loads(latest.after_json) == {"notes": "订单 20261118000000000000000000000001"}
