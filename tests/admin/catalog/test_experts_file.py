"""A table of experts as spreadsheet programs write it, and as it must not be: nothing is guessed, no row is lost."""

from __future__ import annotations

from html import unescape

import pytest

from handlers.admin.catalog.experts_file import MAX_BYTES, MAX_ROWS
from tests.admin.catalog.test_catalog import HOSPITAL
from tests.admin.catalog.test_experts_import import PATH, experts
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

HEADER = "医院,姓名,职称,科室,专长,介绍\n"


async def planned(owner: Client, content: bytes | str) -> str:
    """What the dry run says of a file: the page, or the sentence of the refusal."""
    sent = content.encode() if isinstance(content, str) else content
    return unescape((await owner.upload(PATH, {}, ("file", "a.csv", sent))).body.decode())


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ('新医院,张医生,"主任医师,,,\n新医院,李医生,,,,\n', 2),
        ('新医院,张医生,,,,\n新医院,李医生,"主任医师,,,\n新医院,王医生,,,,\n', 3),
        ('新医院,张医生,,,,"三十年\n新医院,李医生,,"心内科",,\n', 2),
        ('新医院,张医生,"主任"医师,,,\n', 2),
        ('\n\n新医院,张医生,"主任医师,,,\n', 4),
    ],
)
async def test_a_quote_without_its_partner_is_refused_with_the_row(
    owner: Client, scenario: Scenario, rows: str, number: int
):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    answer = await owner.post(PATH, {"text": HEADER + rows, "commit": "1"})
    assert answer.code == 400
    assert f"第 {number} 行的双引号不成对" in answer.body.decode()
    assert await experts(scenario) == []


@pytest.mark.parametrize(
    ("rows", "doubt"),
    [
        ('新医院,张医生,"主任医师,,,\n新医院,李医生,,,,"\n', "「职称」里有换行"),
        ('新医院,张医生,,,,"三十年\n新医院,李医生,,,,\n新医院,王医生,,,,"\n', "「介绍」里像是有另外一行"),
        ('新医院,张医生,,,"冠心病\n新医院,李医生,,,瓣膜病"\n', "「专长」里像是有另外一行"),
    ],
)
async def test_two_quotes_without_partners_do_not_swallow_the_rows_between(
    owner: Client, scenario: Scenario, rows: str, doubt: str
):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    page = unescape((await owner.post(PATH, {"text": HEADER + rows, "commit": "1"})).body.decode())
    assert doubt in page
    assert "什么都还没有导入" in page
    assert await experts(scenario) == []


async def test_a_swallowed_row_is_seen_wherever_the_hospital_stands(owner: Client):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    rows = '张医生,新医院,"三十年\n李医生,新 医院,\n王医生,新医院,"\n'
    assert "「介绍」里像是有另外一行" in await planned(owner, "姓名,医院,介绍\n" + rows)
    rows = '张医生,新医院,"三十年\n曾任职于新医院, 现在门诊\n周一, 周三"\n'
    assert "检查通过：新增 1 位" in await planned(owner, "姓名,医院,介绍\n" + rows)


async def test_quotes_inside_a_text_stay(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    rows = '新医院,张医生,,,冠心病"支架"手术,"人称""一把刀"", 三十年"\n'
    assert (await owner.post(PATH, {"text": HEADER + rows, "commit": "1"})).code == 302
    [expert] = await experts(scenario)
    assert (expert.specialty, expert.introduction) == ('冠心病"支架"手术', '人称"一把刀", 三十年')


ONE = "新医院,张医生,主任医师,心内科,冠心病,三十年\n"


@pytest.mark.parametrize(
    "text",
    [
        HEADER + ONE + ",,,,,\n" * 3_000,
        ",,,,,\n" * 3_000 + HEADER + ONE,
        HEADER + "\n" * 3_000 + ONE,
        "\n" + HEADER + ONE,
        "\r\n , ,\r\n" + HEADER + ONE,
        (HEADER + ONE).replace(",", ";"),
        (HEADER + ONE).replace(",", "\t"),
        "sep=,\n" + HEADER + ONE,
        "sep=;\r\n" + (HEADER + ONE).replace(",", ";"),
        "sep=\t\n" + (HEADER + ONE).replace(",", "\t"),
        '"sep=\t"\n' + (HEADER + ONE).replace(",", "\t"),
        "sep=,,,,,,\n" + HEADER + ONE,
        "\ufeff\ufeff" + HEADER + ONE,
        (HEADER + ONE).replace("\n", "\r"),
        (HEADER + ONE).replace("\n", "\r\n"),
        (HEADER + ONE).replace("\n", ",,,\n"),
        "".join('"' + '","'.join(row.split(",")) + '"\r\n' for row in (HEADER + ONE).splitlines()),
    ],
)
async def test_a_table_is_read_however_a_program_writes_it(owner: Client, scenario: Scenario, text: str):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"):
        if encoding == "gb18030" and "\ufeff" in text:
            continue
        content = text.encode(encoding)
        if len(content) < MAX_BYTES:
            assert "检查通过：新增 1 位" in await planned(owner, content), encoding
    assert (await owner.post(PATH, {"text": text, "commit": "1"})).code == 302
    [expert] = await experts(scenario)
    found = (expert.name, expert.title, expert.department, expert.specialty, expert.introduction)
    assert found == ("张医生", "主任医师", "心内科", "冠心病", "三十年")


async def test_two_thousand_are_imported_at_once_and_one_more_is_not(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    rows = "".join(f"新医院,医生{number:04}\n" for number in range(MAX_ROWS))
    text = "医院,姓名\n" + rows
    assert f"检查通过：新增 {MAX_ROWS} 位" in await planned(owner, text + ",\n" * 500)
    assert f"一次最多导入 {MAX_ROWS} 行" in await planned(owner, text + "新医院,多一位\n")
    assert (await owner.post(PATH, {"text": text, "commit": "1"})).code == 302
    assert len(await experts(scenario)) == MAX_ROWS


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (HEADER.replace(",", "，") + ONE, "列与列之间用了「，」"),
        (HEADER.replace(",", "|") + ONE, "列与列之间用了「|」"),
        ("sep=|\n" + HEADER + ONE, "分隔符不能是「|」"),
        (HEADER + ONE.replace("三十年", "三十年,门诊,周一"), "第 2 行有 8 格，列名只有 6 个"),
        (HEADER + ONE.replace("三十年", "三十\x00年"), "第 2 行有乱码"),
        (HEADER + ONE + ONE.replace("三十年", "三十�年"), "第 3 行有乱码"),
        (b"PK\x03\x04" + bytes(100), "这是 Excel 工作簿"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "这是 Excel 工作簿"),
        ("医院,姓名,姓名\n新医院,张,李\n", "第一行有重复的列名：姓名"),
        ("医院,职称\n新医院,主任\n", "缺少：姓名"),
        (",,,\n\n", "缺少：医院、姓名"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le") + b"\x00", "编码无法识别"),
    ],
)
async def test_what_cannot_be_read_says_where_and_what_to_do(
    owner: Client, scenario: Scenario, content: bytes | str, sentence: str
):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    assert sentence in await planned(owner, content)
    assert await experts(scenario) == []


async def test_rows_are_numbered_as_in_a_spreadsheet_program(owner: Client):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    text = "\n" + HEADER + "\n" + ONE + ",,,,,\n" + "没有的医院,李医生,,,,\n"
    assert '<td data-label="行">6</td>' in await planned(owner, text)
