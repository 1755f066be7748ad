"""Tables as files, written piece by piece: CSV and XLSX.

A spreadsheet program runs a cell that begins with ``= + - @`` as a formula. Text that users typed must not get
that far, so such cells get an apostrophe in front, in both kinds of file.

In a CSV it also takes texts for what they look like: 0012 becomes 12, the ward 3-2 the second of March. Such a text is
written as ``="0012"``, which Excel, WPS and LibreOffice show as it was; XLSX says itself what is a text.
"""

from __future__ import annotations

import abc
import csv
import html
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, NamedTuple

Cell = str | Decimal | date
"""A text, a number that a spreadsheet program can add up (with two decimals: money), a day, or a minute (datetime)."""
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MAX_CELL_LENGTH = 32_000
_WORDS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|am|pm|年|月|日|号|时|点|分|秒|上午|下午"
)
_GUESSED = re.compile(
    rf"(?=.*[0-9])(?>{_WORDS}|[0-9\s./:,%()$¥£€e+\-])++|true|false|#n/a", re.IGNORECASE | re.DOTALL
)
"""What a spreadsheet program takes for a number, day, time, amount or truth value."""
_PLAIN_NUMBER = re.compile("0|[1-9][0-9]{0,10}")
"""Looks the same as a number; from 12 digits on it becomes 1.23E+11."""
_MAX_CONSTANT_LENGTH = 200
"""Excel ends at 255 characters."""


class Column(NamedTuple):
    """What stands above a column, and how wide it is in digits."""

    title: str
    width: int


def disarmed(text: str) -> str:
    """The text as a cell that no program takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def as_text(text: str) -> str:
    """The text as a cell of a CSV that no program takes for a formula, a number, a day or anything else."""
    safe = disarmed(text)
    seen = unicodedata.normalize("NFKC", text).strip()
    if safe != text or len(text) > _MAX_CONSTANT_LENGTH or _PLAIN_NUMBER.fullmatch(text):
        return safe
    return f'="{text}"' if _GUESSED.fullmatch(seen) else text


class Sheet(abc.ABC):
    """A table of texts, numbers, days. ``begin``, ``rows`` (any number of times) and ``end`` give the bytes to send."""

    content_type: str

    def __init__(self, title: str) -> None:
        self.title = title

    @abc.abstractmethod
    def begin(self, columns: Sequence[Column]) -> bytes: ...

    @abc.abstractmethod
    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes: ...

    def end(self) -> bytes:
        return b""


class CsvSheet(Sheet):
    """UTF-8 with the mark by which Excel knows it."""

    content_type = "text/csv; charset=utf-8"

    def begin(self, columns: Sequence[Column]) -> bytes:
        return "\ufeff".encode() + self.rows([[column.title for column in columns]])

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        text = io.StringIO()
        csv.writer(text).writerows(
            [as_text(cell) if isinstance(cell, str) else _plain(cell) for cell in row] for row in rows
        )
        return text.getvalue().encode()


def _plain(cell: Decimal | date) -> Decimal | str:
    if isinstance(cell, Decimal):
        return cell
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else cell.isoformat()


class _Outlet(io.RawIOBase):
    """Where the archive is written to, and from where it is taken piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


class XlsxSheet(Sheet):
    """One sheet of inline texts, numbers and days (ECMA-376), its heads bold and always in sight; zipped while it
    grows: no library writes XLSX to a stream."""

    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._outlet = _Outlet()
        self._archive = zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_DEFLATED)
        self._sheet: IO[bytes] | None = None

    def begin(self, columns: Sequence[Column]) -> bytes:
        for name, content in _PARTS.items():
            self._archive.writestr(name, content.replace("{title}", html.escape(self.title, quote=False)))
        self._sheet = self._archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._write(_SHEET_HEAD.format(cols="".join(map(_col, range(1, len(columns) + 1), columns))))
        self._write("<row>" + "".join(_text(column.title, _BOLD) for column in columns) + "</row>")
        return self._outlet.take()

    def _write(self, text: str) -> None:
        assert self._sheet is not None
        self._sheet.write(text.encode())

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        for row in rows:
            self._write("<row>" + "".join(_cell(cell) for cell in row) + "</row>")
        return self._outlet.take()

    def end(self) -> bytes:
        assert self._sheet is not None
        self._write("</sheetData></worksheet>")
        self._sheet.close()
        self._archive.close()
        return self._outlet.take()


def _col(number: int, column: Column) -> str:
    return f'<col min="{number}" max="{number}" width="{column.width}" customWidth="1"/>'


_BOLD, _DAY, _MOMENT, _MONEY = range(1, 5)
"""Places in the list ``cellXfs`` of the styles."""
_EPOCH = date(1899, 12, 30)
"""Day 0 of every spreadsheet program."""


def _cell(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        style = f' s="{_MONEY}"' if cell.as_tuple().exponent == -2 else ""
        return f"<c{style}><v>{cell}</v></c>"
    if isinstance(cell, datetime):
        minutes = cell.hour * 60 + cell.minute
        return f'<c s="{_MOMENT}"><v>{(cell.date() - _EPOCH).days + minutes / 1440}</v></c>'
    if isinstance(cell, date):
        return f'<c s="{_DAY}"><v>{(cell - _EPOCH).days}</v></c>'
    return _text(cell)


def _text(text: str, style: int = 0) -> str:
    clean = _NOT_IN_XML.sub("", disarmed(text))[:_MAX_CELL_LENGTH]
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{html.escape(clean, quote=False)}</t></is></c>'


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XF = '<xf numFmtId="{}" fontId="{}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
_FORMATS = ((0, 0), (0, 1), (164, 0), (165, 0), (4, 0))
"""Number format and font. Formats 0 and 4 are built in: general, and money with two decimals."""
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy-mm-dd hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="5">{"".join(_XF.format(*each) for each in _FORMATS)}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_PARTS = {
    "[Content_Types].xml": (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><bookViews><workbookView/></bookViews><sheets>'
        '<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": _STYLES,
}
_SHEET_HEAD = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    "<cols>{cols}</cols><sheetData>"
)
