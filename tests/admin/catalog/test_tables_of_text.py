"""A table as text (CSV), read by itself: its encoding, separator, header and rows, up to the limits and one beyond."""

from __future__ import annotations

import pytest

from handlers.admin.catalog import experts_file
from handlers.admin.catalog.experts_file import MAX_BYTES, File, Row, decode, read, swallowed
from handlers.errors import ApiError

KNOWN, REQUIRED = ("医院", "姓名", "职称", "介绍"), ("医院", "姓名")
HEADER = "医院,姓名,职称"


def refusal(text: str) -> str:
    with pytest.raises(ApiError) as refused:
        read(text, KNOWN, REQUIRED)
    assert refused.value.status == 400
    return refused.value.message


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("医院".encode(), "医院"),
        ("医院".encode("utf-8-sig"), "医院"),
        ("姓名".encode("gb18030"), "姓名"),
        ("医院".encode("utf-16"), "医院"),
        (b"\xfe\xff" + "医院".encode("utf-16-be"), "医院"),
        ("医院,a".encode("utf-16-le"), "医院,a"),
        ("医院,a".encode("utf-16-be"), "医院,a"),
        (b"x" * MAX_BYTES, "x" * MAX_BYTES),
    ],
)
def test_a_file_is_decoded_however_it_was_encoded(content: bytes, text: str) -> None:
    assert decode(content) == text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"x" * (MAX_BYTES + 1), "文件不能超过 400 KB，请分几次导入"),
        (b"PK\x03\x04", "这是 Excel 工作簿，请在 Excel 里另存为「CSV UTF-8（逗号分隔）」再导入"),
        (b"\xff", "文件的编码无法识别，请在 Excel 里另存为「CSV UTF-8」"),
    ],
)
def test_a_file_that_is_no_text_says_what_to_do(content: bytes, sentence: str) -> None:
    with pytest.raises(ApiError) as refused:
        decode(content)
    assert (refused.value.status, refused.value.message) == (400, sentence)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("told", [False, True])
def test_the_separator_is_the_one_that_finds_the_columns_or_that_is_told(separator: str, told: bool) -> None:
    lines = [f"sep={separator}"] * told + ["\ufeff医院,姓名 ,备注", "甲,张,x", ",,", "乙,李,"]
    text = "\n".join(each if each.startswith("sep") else each.replace(",", separator) for each in lines)
    assert read(text, KNOWN, REQUIRED) == File(
        ["医院", "姓名", "备注"],
        [Row(2 + told, ["甲", "张", "x"]), Row(4 + told, ["乙", "李", ""])],
        separator,
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sep=|\n医院|姓名", "分隔符不能是「|」，请用逗号、分号或制表符"),
        ("医院,职称\n甲,主任", "第一行应为列名，缺少：姓名"),
        ("", "第一行应为列名，缺少：医院、姓名"),
        ("医院|姓名\n甲|张", "第一行应为列名，缺少：医院、姓名（列与列之间用了「|」，请改用英文逗号）"),
        ("医院|科室\n甲|内", "第一行应为列名，缺少：医院、姓名"),
        ("医院,姓名,姓名,医院\n甲,张", "第一行有重复的列名：医院、姓名"),
        (f"{HEADER}\n甲,张,主任,多", "第 2 行有 4 格，列名只有 3 个：内容里有逗号的格子要用英文双引号括起来"),
        (
            f"{HEADER}\n甲,张,主任,多".replace(",", ";"),
            "第 2 行有 4 格，列名只有 3 个：内容里有分号的格子要用英文双引号括起来",
        ),
        (f"{HEADER}\n\n甲,张\x0b,", "第 3 行有乱码或不可见的字符，请检查后另存为「CSV UTF-8」"),
        (
            f'{HEADER}\n甲,张,\n乙,"李,',
            "第 3 行的双引号不成对：内容里的双引号要写成两个，整格再用双引号括起来",
        ),
    ],
)
def test_what_cannot_be_read_is_named_by_its_row(text: str, sentence: str) -> None:
    assert refusal(text) == sentence


def test_blank_cells_beyond_the_columns_are_left_out() -> None:
    assert read(f"{HEADER}\n甲,张,主任, ,\n", KNOWN, REQUIRED).rows == [Row(2, ["甲", "张", "主任"])]
    assert read(f"{HEADER}\n甲,张", KNOWN, REQUIRED).rows == [Row(2, ["甲", "张"])]


def test_as_many_rows_are_read_as_the_limit_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experts_file, "MAX_ROWS", 2)
    rows = "\n甲,张,\n\n乙,李,"
    assert len(read(HEADER + rows, KNOWN, REQUIRED).rows) == 2
    assert refusal(HEADER + rows + "\n丙,王,") == "一次最多导入 2 行"


@pytest.mark.parametrize(
    ("cells", "doubt"),
    [
        (["甲", "张", "主任", "三十年"], ""),
        (["甲", "张", "主任\n医师", ""], "「职称」里有换行，可能是双引号不成对"),
        (["甲", "张", " 主任\n", ""], ""),
        (["甲", "张", "", "三十年\n乙,李,,"], "「介绍」里像是有另外一行，可能是双引号不成对"),
        (["甲", "张", "", '三十年\n" 乙",李'], "「介绍」里像是有另外一行，可能是双引号不成对"),
        (["甲", "张", "", "乙,李,,\n三十年"], ""),
        (["甲", "张", "", "三十年\n乙"], ""),
        (["甲", "张", "", "三十年\n丙,李"], ""),
    ],
)
def test_a_cell_that_has_swallowed_rows_is_named(cells: list[str], doubt: str) -> None:
    file = File(["医院", "姓名", "职称", "介绍"], [], ",")
    found = swallowed(Row(2, cells), file, ("职称",), "医院", lambda text: text == "乙")
    assert found == doubt


def test_a_swallowed_row_is_known_by_the_place_of_its_leading_column() -> None:
    file = File(["姓名", "备注", "医院", "介绍"], [], ";")

    def doubt(line: str) -> str:
        row = Row(2, ["张", "", "甲", f"三十年\n{line}"])
        return swallowed(row, file, (), "医院", lambda text: text == "乙")

    assert doubt("李;x;乙;") == doubt("李;x;乙") == "「介绍」里像是有另外一行，可能是双引号不成对"
    assert doubt("李;乙") == ""
    assert doubt("李,x,乙") == ""
