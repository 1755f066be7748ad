"""Cells of the files as they are written: texts, amounts, counts, days and minutes, in both kinds of file."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest

from handlers.admin.spreadsheets import Cell, Column, CsvSheet, XlsxSheet, _cell, _col, as_text

COLUMNS = (Column("订单 <号>", 9), Column("金额（元）", 12))


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (Decimal("588.00"), '<c s="4"><v>588.00</v></c>'),
        (Decimal("-0.30"), '<c s="4"><v>-0.30</v></c>'),
        (Decimal(7), "<c><v>7</v></c>"),
        (Decimal("7.5"), "<c><v>7.5</v></c>"),
        (date(1900, 1, 1), '<c s="2"><v>2</v></c>'),
        (date(2026, 11, 18), '<c s="2"><v>46344</v></c>'),
        (datetime(2026, 11, 18), '<c s="3"><v>46344.0</v></c>'),
        (datetime(2026, 11, 18, 18, 36), '<c s="3"><v>46344.775</v></c>'),
        ("a<b>&\"'", '<c s="0" t="inlineStr"><is><t xml:space="preserve">a&lt;b&gt;&amp;"\'</t></is></c>'),
        ("=1", '<c s="0" t="inlineStr"><is><t xml:space="preserve">\'=1</t></is></c>'),
        ("a\x0bb\tc", '<c s="0" t="inlineStr"><is><t xml:space="preserve">ab\tc</t></is></c>'),
    ],
)
def test_a_cell_of_an_xlsx(cell: Cell, written: str) -> None:
    assert _cell(cell) == written


def test_a_text_of_an_xlsx_is_as_long_as_excel_can_have_it() -> None:
    longest = "字" * 32_000
    assert f">{longest}</t>" in _cell(longest)
    assert _cell(longest + "字") == _cell(longest)


def test_columns_are_numbered_from_one() -> None:
    assert _col(3, COLUMNS[1]) == '<col min="3" max="3" width="12" customWidth="1"/>'


def test_an_xlsx_grows_piece_by_piece_into_an_archive() -> None:
    sheet = XlsxSheet("收款 & <退款>")
    pieces = [
        sheet.begin(COLUMNS),
        sheet.rows([["7", Decimal("588.00")]]),
        sheet.rows([]),
        sheet.rows([["8", ""]]),
        sheet.end(),
    ]
    assert [bool(piece) for piece in pieces[::4]] == [True, True]
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        rows = archive.read("xl/worksheets/sheet1.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
    assert '<sheet name="收款 &amp; &lt;退款&gt;" sheetId="1" r:id="rId1"/>' in book
    assert '<cols><col min="1" max="1" width="9"' in rows
    assert rows.count("<row>") == 3
    assert rows.count('<c s="1" t="inlineStr">') == len(COLUMNS), "the heads are bold"
    assert rows.endswith("</row></sheetData></worksheet>")


def test_a_csv_begins_with_the_mark_by_which_excel_knows_it() -> None:
    sheet = CsvSheet("收款")
    assert sheet.begin(COLUMNS).decode() == "\ufeff订单 <号>,金额（元）\r\n"
    rows: list[list[Cell]] = [
        ["0012", Decimal("588.00")],
        [date(2026, 11, 18), datetime(2026, 11, 18, 9, 5, 59)],
        ['a,"b"', Decimal(7)],
    ]
    assert sheet.rows(rows).decode().split("\r\n") == [
        '"=""0012""",588.00',
        "2026-11-18,2026-11-18 09:05",
        '"a,""b""",7',
        "",
    ]
    assert sheet.end() == b""


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("0", "0"),
        ("12345678901", "12345678901"),
        ("123456789012", '="123456789012"'),
        ("00", '="00"'),
        ("1" * 200, f'="{"1" * 200}"'),
        ("1" * 201, "1" * 201),
    ],
)
def test_a_number_in_a_text_of_a_csv_looks_as_it_was_typed(text: str, cell: str) -> None:
    assert as_text(text) == cell
