"""From the bytes of a table (CSV) to its rows: encodings, separators, quotes. Whatever is in doubt is refused by name.

A lenient reader would let a row vanish in the text of the one before it, and nobody would see.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from handlers.errors import ApiError

MAX_BYTES = 400_000
MAX_ROWS = 2_000
SEPARATORS = {",": "逗号", ";": "分号", "\t": "制表符"}
NO_SEPARATORS = "，；、|：:"
"""What people take for a separator. It stands in texts too often to be one."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t]*')
"""By which Excel may be told the separator, in the first line."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ufffe\uffff]")


class Row(NamedTuple):
    """``number``: as a spreadsheet program numbers it, empty rows included."""

    number: int
    cells: list[str]


class File(NamedTuple):
    """``header``: the names of the columns; ``rows``: those that have anything in them."""

    header: list[str]
    rows: list[Row]
    separator: str


def refused(sentence: str, slug: str = "not_a_table") -> ApiError:
    return ApiError(400, slug, sentence)


def decode(content: bytes) -> str:
    """The text of a file from a spreadsheet program: UTF-8, UTF-16, or the encoding of a Chinese Windows."""
    if len(content) > MAX_BYTES:
        raise refused(f"文件不能超过 {MAX_BYTES // 1000} KB，请分几次导入", "too_large")
    if content.startswith(_WORKBOOKS):
        raise refused("这是 Excel 工作簿，请在 Excel 里另存为「CSV UTF-8（逗号分隔）」再导入")
    for encoding in _encodings(content):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refused("文件的编码无法识别，请在 Excel 里另存为「CSV UTF-8」")


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if b"\0" in content[:200]:  # a line's end and a separator have one half that is zero
        guess = "utf-16-le" if content[:200].find(b"\0") % 2 else "utf-16-be"
        return ("utf-8", guess, "gb18030")
    return ("utf-8-sig", "gb18030")


def read(text: str, known: Collection[str], required: Collection[str]) -> File:
    """The table in ``text``. ``known``: the columns that mean something; the header must name the ``required`` ones.

    Raises ApiError with the number of the row that cannot be read.
    """
    text = text.removeprefix("\ufeff")
    lines = text.splitlines()
    first = next((line for line in lines if line.strip(" ,;\t")), "").strip(" ")  # a tab may be what is told
    told = _SEPARATOR_LINE.fullmatch(first)
    if told and told[1] not in SEPARATORS:
        raise refused(f"分隔符不能是「{told[1]}」，请用逗号、分号或制表符")
    separator = told[1] if told else _separator(first, known, required)
    rows = _rows(text, separator)
    if told:
        rows = rows[1:]
    header = [cell.strip().lstrip("\ufeff") for cell in rows[0].cells] if rows else []
    if missing := [name for name in required if name not in header]:
        raise refused(f"第一行应为列名，缺少：{'、'.join(missing)}{_wrong_separator(header, required)}")
    if twice := [name for name in known if header.count(name) > 1]:
        raise refused(f"第一行有重复的列名：{'、'.join(twice)}")
    if len(rows) - 1 > MAX_ROWS:
        raise refused(f"一次最多导入 {MAX_ROWS} 行", "too_large")
    return File(header, [_fitting(row, len(header), separator) for row in rows[1:]], separator)


def _separator(first: str, known: Collection[str], required: Collection[str]) -> str:
    """The one that finds most columns in the first line."""

    def found(separator: str) -> int:
        names = [cell.strip(' "\ufeff') for cell in first.split(separator)]
        return sum(name in names for name in known)

    return max(SEPARATORS, key=found)


def _wrong_separator(header: Sequence[str], required: Collection[str]) -> str:
    line = "".join(header)
    used = [mark for mark in NO_SEPARATORS if mark in line]
    if used and all(name in line for name in required):
        return f"（列与列之间用了「{used[0]}」，请改用英文逗号）"
    return ""


def _rows(text: str, separator: str) -> list[Row]:
    """Every row that has anything in it. Lines may end in LF, CRLF or CR."""
    rows: list[Row] = []
    number = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if not any(map(str.strip, cells)):
                continue
            if any(map(_NO_TEXT.search, cells)):
                raise refused(f"第 {number} 行有乱码或不可见的字符，请检查后另存为「CSV UTF-8」")
            rows.append(Row(number, cells))
    except csv.Error:
        raise refused(
            f"第 {number + 1} 行的双引号不成对：内容里的双引号要写成两个，整格再用双引号括起来"
        ) from None
    return rows


def _fitting(row: Row, columns: int, separator: str) -> Row:
    if any(cell.strip() for cell in row.cells[columns:]):
        mark = SEPARATORS[separator]
        raise refused(
            f"第 {row.number} 行有 {len(row.cells)} 格，列名只有 {columns} 个："
            f"内容里有{mark}的格子要用英文双引号括起来"
        )
    return Row(row.number, row.cells[:columns])


def swallowed(
    row: Row, file: File, one_line: Collection[str], leading: str, is_leading: Callable[[str], bool]
) -> str:
    """What shows that two quotes without partners have made one cell of several rows; empty when nothing does.

    ``one_line``: columns whose cells never have several lines; ``is_leading``: whether a text may stand in the column
    ``leading`` of a row.
    """
    place = file.header.index(leading)
    for name, cell in zip(file.header, row.cells, strict=False):
        lines = cell.strip().splitlines()
        if len(lines) < 2:
            continue
        if name in one_line:
            return f"「{name}」里有换行，可能是双引号不成对"
        for line in lines[1:]:
            parts = line.split(file.separator)
            if len(parts) > max(place, 1) and is_leading(parts[place].strip(' "')):
                return f"「{name}」里像是有另外一行，可能是双引号不成对"
    return ""
