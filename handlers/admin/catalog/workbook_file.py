"""From the bytes of a workbook (XLSX) to the rows of its sheets. Whatever is in doubt is refused by sheet and row: a
formula, a day, an error, a merged title above the columns.

What the pages send back and forth is the same as JSON, which is checked like the file.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson

from handlers.admin.catalog.experts_file import Row, refused

MAX_BYTES = 2_000_000
MAX_UNPACKED = 40_000_000
MAX_ROWS = 2_000
"""Of one sheet."""
MAX_COLUMNS = 60
MAX_CELL = 12_000
MAX_TEXT = 2_000_000
"""Characters of all cells: a workbook may hold a text once and show it in each of its cells."""
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ufffe\uffff]")

Sheets = dict[str, list[Row]]
"""The rows of each sheet that is known, the header first."""


def read_workbook(content: bytes, known: Mapping[str, Collection[str]]) -> Sheets:
    """The rows of the sheets that mean something (``known``: their columns). Raises ApiError."""
    if len(content) > MAX_BYTES:
        raise refused(f"文件不能超过 {MAX_BYTES // 1_000_000} MB，请分几次导入", "too_large")
    import openpyxl  # loaded by the few who need it: it is a tenth of the memory of a server

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError):
        raise refused("这不是 Excel 工作簿（.xlsx），请下载模板，填好后再选择") from None
    if unpacked > MAX_UNPACKED:
        raise refused("文件解开后太大，请删掉图片和空白的行，分几次导入", "too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles that are not read
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
            found = {sheet.title.strip(): sheet for sheet in book.worksheets}
            sheets = _sheets({name: found[name] for name in known if name in found})
    except _Refusal as refusal:
        raise refused(str(refusal)) from None
    except Exception:  # the library fails in many ways at a file that is damaged or made to do harm
        raise refused("这个工作簿打不开，可能已损坏。请在 Excel 里另存为 .xlsx 再试") from None
    return _checked(sheets, known)


class _Refusal(Exception):
    """Why a sheet is refused, in words."""


def _sheets(found: Mapping[str, Any]) -> Sheets:
    sheets: Sheets = {}
    left = MAX_TEXT
    for name, sheet in found.items():
        sheets[name] = _rows(name, sheet, left)
        left -= sum(_length(row.cells) for row in sheets[name])
    return sheets


def _length(texts: list[str]) -> int:
    return sum(len(text) for text in texts)


def _rows(name: str, sheet: Any, left: int) -> list[Row]:
    """``left``: so many characters may still come."""
    rows: list[Row] = []
    sheet.reset_dimensions()  # what a file says of its size is not believed
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
        if number > 10 * MAX_ROWS:
            raise _Refusal(f"「{name}」的行太多，请删掉后面空白的行")
        texts = [_text(name, number, cell) for cell in cells]
        if any(texts):
            rows.append(Row(number, texts))
            left -= _length(texts)
        if left < 0:
            raise _Refusal("工作簿里的文字太多，请分几次导入")
        if len(rows) > MAX_ROWS + 1:
            raise _Refusal(f"「{name}」一次最多导入 {MAX_ROWS} 行")
    return rows


def _text(name: str, number: int, cell: Any) -> str:
    """A cell as its text. Numbers as they are typed: 108.9402, 13800001234."""
    value, place = cell.value, f"「{name}」第 {number} 行"
    if value is None:
        return ""
    if cell.data_type == "f":
        raise _Refusal(f"{place}有公式，请复制后「粘贴为数值」")
    if cell.data_type == "e":
        raise _Refusal(f"{place}有错误的值 {str(value)[:20]}，请改正")
    if isinstance(value, bool | datetime | date | time | timedelta):
        raise _Refusal(f"{place}有日期、时间或真假值，请把这一格改成文本")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".12g")
    text = str(value).strip()
    if len(text) > MAX_CELL:
        raise _Refusal(f"{place}有一格超过 {MAX_CELL} 个字")
    if _NO_TEXT.search(text):
        raise _Refusal(f"{place}有乱码或不可见的字符")
    return text


def _checked(sheets: Sheets, known: Mapping[str, Collection[str]]) -> Sheets:
    if not sheets:
        raise refused(f"没有找到工作表「{'」「'.join(known)}」，请用模板填写")
    for name, rows in sheets.items():
        header = [cell.strip() for cell in rows[0].cells] if rows else []
        columns = known[name]
        if rows and not any(cell in columns for cell in header):
            raise refused(f"「{name}」的第一行应为列名：{'、'.join(columns)}")
        if twice := [column for column in columns if header.count(column) > 1]:
            raise refused(f"「{name}」有重复的列名：{'、'.join(twice)}")
        if unknown := [cell for cell in header if cell and cell not in columns]:
            raise refused(
                f"「{name}」有不认识的列：{'、'.join(unknown[:5])}。可以用的列：{'、'.join(columns)}"
            )
    return sheets


def as_json(sheets: Sheets) -> str:
    """What the page of the dry run sends back."""
    return orjson.dumps(
        {name: [[row.number, *row.cells] for row in rows] for name, rows in sheets.items()}
    ).decode()


def from_json(text: str, known: Mapping[str, Collection[str]]) -> Sheets:
    """The opposite; forged texts are refused like files. Raises ApiError."""
    try:
        sheets = orjson.loads(text)
        sheets = {
            str(name): [Row(_number(row[0]), [_told(cell) for cell in row[1:]]) for row in rows]
            for name, rows in sheets.items()
        }
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError, IndexError, KeyError):
        raise refused("内容不完整，请重新选择文件") from None
    if any(len(rows) > MAX_ROWS + 1 for rows in sheets.values()) or set(sheets) - set(known):
        raise refused("内容不完整，请重新选择文件")
    return _checked(sheets, known)


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 10 * MAX_ROWS:
        raise ValueError
    return value


def _told(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_CELL or _NO_TEXT.search(value):
        raise ValueError
    return value


def named_cells(rows: list[Row], columns: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """Each row below the header by what its columns mean; its number first."""
    if not rows:
        return []
    header = [cell.strip() for cell in rows[0].cells]
    return [
        (
            row.number,
            {columns[name]: cell for name, cell in zip(header, row.cells, strict=False) if name in columns}
            | {columns[name]: "" for name in header[len(row.cells) :] if name in columns},
        )
        for row in rows[1:]
    ]
