"""Tables as files, written piece by piece: CSV and XLSX.

A spreadsheet program runs a cell that begins with ``= + - @`` as a formula. Text that users typed must not get
that far, so such cells get an apostrophe in front, in both kinds of file.
"""

from __future__ import annotations

import abc
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any
from xml.sax.saxutils import escape

Cell = str | Decimal
"""A text, or a number that a spreadsheet program can add up."""
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_CELL = 32_000


def disarmed(text: str) -> str:
    """The text as a cell that no program takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


class Sheet(abc.ABC):
    """A table of texts and numbers. ``begin``, ``rows`` (any number of times) and ``end`` give the bytes to send."""

    content_type: str

    def __init__(self, title: str) -> None:
        self.title = title

    @abc.abstractmethod
    def begin(self, columns: Sequence[str]) -> bytes: ...

    @abc.abstractmethod
    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes: ...

    def end(self) -> bytes:
        return b""


class CsvSheet(Sheet):
    """UTF-8 with the mark by which Excel knows it."""

    content_type = "text/csv; charset=utf-8"

    def begin(self, columns: Sequence[str]) -> bytes:
        return "\ufeff".encode() + self.rows([columns])

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        text = io.StringIO()
        csv.writer(text).writerows(
            [disarmed(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
        )
        return text.getvalue().encode()


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
    """One sheet of inline texts and numbers (ECMA-376), zipped while it grows: no library writes XLSX to a stream."""

    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._outlet = _Outlet()
        self._archive = zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_DEFLATED)
        self._sheet: IO[bytes] | None = None

    def begin(self, columns: Sequence[str]) -> bytes:
        for name, content in _PARTS.items():
            self._archive.writestr(name, content.replace("{title}", escape(self.title)))
        self._sheet = self._archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._write(_SHEET_HEAD)
        return self.rows([columns])

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


def _cell(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"<c><v>{cell}</v></c>"
    clean = _NOT_IN_XML.sub("", disarmed(cell))[:_LONGEST_CELL]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(clean)}</t></is></c>'


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>'
        '<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
_SHEET_HEAD = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
