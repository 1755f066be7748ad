"""The rows of a workbook's sheets: what the page sends back is checked cell by cell, and cells get their names."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from handlers.admin.catalog import workbook_file
from handlers.admin.catalog.experts_file import Row
from handlers.admin.catalog.workbook import KNOWN as KNOWN_COLUMNS
from handlers.admin.catalog.workbook import template
from handlers.admin.catalog.workbook_file import (
    MAX_CELL,
    MAX_ROWS,
    _number,
    as_json,
    from_json,
    named_cells,
)
from handlers.errors import ApiError

KNOWN = {"医院": ("名称", "等级"), "专家": ("姓名",)}
MAX_NUMBER = 10 * MAX_ROWS


def _unpacked(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(part.file_size for part in archive.infolist())


@pytest.mark.parametrize("value", [1, 2, MAX_NUMBER - 1, MAX_NUMBER])
def test_the_number_of_a_row_that_a_file_can_have(value: int) -> None:
    assert _number(value) == value


@pytest.mark.parametrize("value", [0, -1, MAX_NUMBER + 1, True, "2", 2.0, None])
def test_the_number_of_a_row_that_no_file_has(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        _number(value)


def test_what_a_page_sends_back_is_what_was_read() -> None:
    sheets = {"医院": [Row(1, ["名称", "等级"]), Row(MAX_NUMBER, ["院", ""])], "专家": [Row(3, ["姓名"])]}
    assert from_json(as_json(sheets), KNOWN) == sheets


def refusal(**sheets: Any) -> str:
    """Why what a page sent back is refused; empty when it is not."""
    try:
        from_json(orjson.dumps(sheets).decode(), KNOWN)
    except ApiError as error:
        return error.message
    return ""


@pytest.mark.parametrize(
    ("rows", "taken"),
    [
        ([[1, "名称"], [2, "字" * MAX_CELL]], True),
        ([[1, "名称"], [2, "字" * (MAX_CELL + 1)]], False),
        ([[1, "名称"], [2, "a\tb\nc"]], True),
        ([[1, "名称"], [2, "a\x0bb"]], False),
        ([[1, "名称"], [2, None]], False),
        ([[1, "名称"], [2, 5]], False),
        ([[1, "名称"], []], False),
        ([[1, "名称"], *([[2, "院"]] * MAX_ROWS)], True),
        ([[1, "名称"], *([[2, "院"]] * (MAX_ROWS + 1))], False),
    ],
)
def test_what_a_page_sends_back_is_bounded_like_a_file(rows: Any, taken: bool) -> None:
    assert refusal(医院=rows) == ("" if taken else "内容不完整，请重新选择文件")


def test_a_sheet_that_is_not_known_is_refused_even_beside_one_that_is() -> None:
    assert refusal(医院=[[1, "名称"]], 价格=[[1, "名称"]]) == "内容不完整，请重新选择文件"
    assert refusal() == "没有找到工作表「医院」「专家」，请用模板填写"
    assert refusal(医院=[]) == ""


def test_columns_are_named_when_they_are_missing_doubled_or_unknown() -> None:
    assert refusal(医院=[[1, "", "标题"]]) == "「医院」的第一行应为列名：名称、等级"
    assert refusal(医院=[[1, "名称", "名称 "]]) == "「医院」有重复的列名：名称"
    assert refusal(医院=[[1, "名称", *"甲乙丙丁戊己"]]) == (
        "「医院」有不认识的列：甲、乙、丙、丁、戊。可以用的列：名称、等级"
    )
    assert refusal(医院=[[1, " 名称 ", ""]]) == ""


def test_cells_get_the_names_of_their_columns() -> None:
    columns = {"名称": "name", "等级": "grade", "电话": "phone"}
    rows = [
        Row(2, [" 名称 ", "备注", "等级", "", "电话"]),
        Row(3, ["院", "别处没有", "三甲", "空", "120"]),
        Row(9, ["短"]),
        Row(10, ["长", "", "", "", "", "多出来"]),
    ]
    assert named_cells(rows, columns) == [
        (3, {"name": "院", "grade": "三甲", "phone": "120"}),
        (9, {"name": "短", "grade": "", "phone": ""}),
        (10, {"name": "长", "grade": "", "phone": ""}),
    ]
    assert named_cells(rows[:1], columns) == []
    assert named_cells([], columns) == []


def cell(value: Any, kind: str = "s") -> Any:
    return SimpleNamespace(value=value, data_type=kind)


class ASheet:
    """A sheet that says too much of its size until it is told to forget it."""

    title = "医院"

    def __init__(self, *rows: list[Any]) -> None:
        self.rows, self.asked = rows, list[str]()

    def reset_dimensions(self) -> None:
        self.asked.append("reset")

    def iter_rows(self, *, max_col: int | None = None) -> Iterator[list[Any]]:
        self.asked.append(f"columns up to {max_col}")
        return iter([[cell(value) for value in row] for row in self.rows])


def test_of_a_sheet_the_rows_with_a_text_are_kept_with_their_numbers() -> None:
    sheet = ASheet(["名称"], [None, ""], ["院", None])
    assert workbook_file._rows("医院", sheet, 3) == [Row(1, ["名称"]), Row(3, ["院", ""])]
    assert sheet.asked == ["reset", "columns up to 60"], "what it says of its size is not believed"


@pytest.mark.parametrize(
    ("rows", "left", "reason"),
    [
        ([["院"]] * 3, 3, ""),
        ([["院"]] * 3, 2, "工作簿里的文字太多，请分几次导入"),
        ([["院"]] * 4, 9, "「医院」一次最多导入 2 行"),
        ([["院"], *[[None]] * 19], 1, ""),
        ([["院"], *[[None]] * 20], 1, "「医院」的行太多，请删掉后面空白的行"),
    ],
)
def test_a_sheet_has_so_many_rows_and_characters_at_most(
    monkeypatch: pytest.MonkeyPatch, rows: list[list[Any]], left: int, reason: str
) -> None:
    monkeypatch.setattr(workbook_file, "MAX_ROWS", 2)

    def read() -> str:
        try:
            workbook_file._rows("医院", ASheet(*rows), left)
        except workbook_file._Refusal as refused:
            return str(refused)
        return ""

    assert read() == reason


@pytest.mark.parametrize(("most", "taken"), [(5, True), (4, False)])
def test_the_characters_of_all_sheets_count_together(
    monkeypatch: pytest.MonkeyPatch, most: int, taken: bool
) -> None:
    monkeypatch.setattr(workbook_file, "MAX_TEXT", most)
    found = {"医院": ASheet(["名称"], ["院"]), "专家": ASheet(["姓名"])}
    if taken:
        assert [len(rows) for rows in workbook_file._sheets(found).values()] == [2, 1]
        return
    with pytest.raises(workbook_file._Refusal, match="文字太多"):
        workbook_file._sheets(found)


@pytest.mark.parametrize(
    ("limit", "size", "reason"),
    [
        ("MAX_BYTES", len, "文件不能超过 0 MB，请分几次导入"),
        ("MAX_UNPACKED", _unpacked, "文件解开后太大，请删掉图片和空白的行，分几次导入"),
    ],
)
def test_a_file_may_be_as_large_as_the_limit(
    monkeypatch: pytest.MonkeyPatch, limit: str, size: Callable[[bytes], int], reason: str
) -> None:
    content = template()

    def read(room: int) -> str:
        monkeypatch.setattr(workbook_file, limit, size(content) + room)
        try:
            workbook_file.read_workbook(content, KNOWN_COLUMNS)
        except ApiError as error:
            return error.message
        return ""

    assert (read(0), read(-1)) == ("", reason)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "n", ""),
        (" 院 ", "s", "院"),
        (13_800_001_234, "n", "13800001234"),
        (2.0, "n", "2"),
        (108.9402, "n", "108.9402"),
        (0.1 + 0.2, "n", "0.3"),
        ("字" * MAX_CELL, "s", "字" * MAX_CELL),
    ],
)
def test_a_cell_as_it_was_typed(value: Any, kind: str, text: str) -> None:
    assert workbook_file._text("医院", 7, cell(value, kind)) == text


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        ("=1+1", "f", "有公式，请复制后「粘贴为数值」"),
        ("#DIV/0!" + "x" * 20, "e", f"有错误的值 #DIV/0!{'x' * 13}，请改正"),
        (True, "b", "有日期、时间或真假值，请把这一格改成文本"),
        ("字" * (MAX_CELL + 1), "s", f"有一格超过 {MAX_CELL} 个字"),
        ("a\x0bb", "s", "有乱码或不可见的字符"),
        ("\ufffd", "s", "有乱码或不可见的字符"),
    ],
)
def test_a_cell_that_is_in_doubt_is_named_by_sheet_and_row(value: Any, kind: str, reason: str) -> None:
    with pytest.raises(workbook_file._Refusal) as refused:
        workbook_file._text("医院", 7, cell(value, kind))
    assert str(refused.value) == f"「医院」第 7 行{reason}"
