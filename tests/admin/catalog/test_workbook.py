"""Hospitals and experts from one workbook: what the dry run says is what happens, all of it or nothing."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from html import unescape
from typing import Any

import openpyxl
import pytest

from handlers.admin.catalog.workbook_file import MAX_BYTES, MAX_ROWS
from tests.admin.catalog.test_catalog import HOSPITAL
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario

PATH = "admin/catalog/workbook/"
HEAD: list[Any] = ["名称", "等级", "经度", "纬度", "院区"]
EXPERT_HEAD: list[Any] = ["医院", "姓名", "职称", "科室"]
Rows = list[list[Any]]


def workbook(hospitals: Rows | None = None, experts: Rows | None = None, **more: Rows) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheets = {"医院": hospitals, "专家": experts, **more}
    for name, rows in sheets.items():
        if rows is not None:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


BOTH = workbook(
    [HEAD, ["市中心医院", "三甲", 108.9402, "34.2658", "南院\n北院"], ["县医院", "", 109.5, 34.5, ""]],
    [EXPERT_HEAD, ["市中心医院", "张医生", "主任医师", "心内科"], [" 县 医院 ", "李医生", "", ""]],
)


async def dry_run(client: Client, content: bytes) -> str:
    answer = await client.upload(PATH, {}, ("file", "a.xlsx", content))
    assert answer.code == 200, answer.body.decode()[-400:]
    return answer.body.decode()


def sent_back(page: str) -> dict[str, str]:
    """What the button of a dry run sends."""
    [text] = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    [plan] = re.findall(r'name="plan" value="([^"]*)"', page)
    return {"commit": "1", "plan": plan, "text": unescape(text)}


async def names(scenario: Scenario) -> tuple[list[str], list[tuple[str, int]]]:
    async with scenario.storage.reading() as reader:
        hospitals = [each.name for each in await reader.catalog.hospitals()]
        experts = [(each.name, each.hospital_id) for each in await reader.catalog.experts()]
    return hospitals, experts


async def test_hospitals_and_their_experts_come_in_together_after_a_dry_run(
    owner: Client, scenario: Scenario
):
    page = await dry_run(owner, BOTH)
    assert "医院，新增 2。专家，新增 2。" in page
    assert await names(scenario) == ([], [])
    assert (await owner.post(PATH, sent_back(page))).code == 302
    assert await names(scenario) == (["市中心医院", "县医院"], [("张医生", 1), ("李医生", 2)])
    async with scenario.storage.reading() as reader:
        first = await reader.catalog.entry("hospitals", 1)
    assert (first.longitude, first.latitude, first.campuses) == ("108.9402", "34.2658", "南院\n北院")
    acts = await scenario.audited()
    assert acts.count("catalog.workbook.import") == 1
    assert acts.count("catalog.hospitals.create") == acts.count("catalog.experts.create") == 2
    assert "医院，不变 2。专家，不变 2。" in await dry_run(owner, BOTH)


async def test_only_the_columns_of_the_file_change_and_an_empty_cell_empties(
    owner: Client, scenario: Scenario
):
    await owner.post("admin/catalog/hospitals/new/", {**HOSPITAL, "phone": "029-85321234"})
    content = workbook([["名称", "等级", "类型"], ["新 医院", "二甲", None]])
    page = await dry_run(owner, content)
    assert "医院，更新 1。" in page
    assert "<del>三甲</del> → <span>二甲</span>" in page
    assert (await owner.post(PATH, sent_back(page))).code == 302
    async with scenario.storage.reading() as reader:
        [hospital] = await reader.catalog.hospitals()
    assert (hospital.name, hospital.grade, hospital.kind) == ("新 医院", "二甲", "")
    assert (hospital.phone, hospital.longitude) == ("029-85321234", "108.9")


@pytest.mark.parametrize(
    ("longitude", "latitude", "problem"),
    [
        (34.2658, 108.9402, "经度和纬度好像填反了"),
        ("34.2658", "108.9402", "经度和纬度好像填反了"),
        (2.35, 48.85, "不在中国境内"),
        ("东经108", 34.2, "应为坐标"),
        (None, 34.2, "经度"),
        ("nan", 34.2, "应为坐标"),
        ("1e2", 34.2, "应为坐标"),
    ],
)
async def test_coordinates_that_cannot_be_are_named_with_their_row_and_nothing_is_imported(
    owner: Client, scenario: Scenario, longitude: Any, latitude: Any, problem: str
):
    rows = [HEAD, ["好医院", "", 108.9, 34.2, ""], ["坏医院", "", longitude, latitude, ""]]
    page = await dry_run(owner, workbook(rows, [EXPERT_HEAD, ["好医院", "张医生", "", ""]]))
    assert "有 1 行需要改正" in page
    assert problem in page
    assert 'name="commit"' not in page
    assert await names(scenario) == ([], [])


async def test_a_forged_confirmation_of_a_wrong_file_imports_nothing(owner: Client, scenario: Scenario):
    good = sent_back(await dry_run(owner, BOTH))
    for text in (
        good["text"].replace("108.9402", "34.1"),
        '{"医院": [[1, "名称"], [2, 5]]}',
        '{"医院": [[0, "名称"]]}',
        '{"价格": [[1, "名称"]]}',
        "[]",
        "{",
        '{"医院": [[1, "名称"], ["2", "x"]]}',
    ):
        assert (await owner.post(PATH, {**good, "text": text})).code in (200, 400), text
    assert await names(scenario) == ([], [])
    assert (await owner.post(PATH, {**good, "plan": "x"})).code == 409
    assert (await owner.post(PATH, {**good, "plan": ""})).code == 400
    assert await names(scenario) == ([], [])


async def test_a_catalog_that_has_changed_since_the_dry_run_is_looked_at_again(
    owner: Client, scenario: Scenario
):
    good = sent_back(await dry_run(owner, BOTH))
    await owner.post("admin/catalog/hospitals/new/", {**HOSPITAL, "name": "县医院"})
    answer = await owner.post(PATH, good)
    page = answer.body.decode()
    assert (answer.code, "目录又有了改动" in page) == (409, True)
    assert (await names(scenario))[0] == ["县医院"]
    assert (await owner.post(PATH, sent_back(page))).code == 302
    assert (await names(scenario))[0] == ["县医院", "市中心医院"]


async def test_an_archived_hospital_comes_back_with_its_experts(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    await owner.post("admin/catalog/hospitals/1/archive/")
    page = await dry_run(owner, workbook([["名称"], ["新医院"]], [EXPERT_HEAD, ["新医院", "张医生", "", ""]]))
    assert "医院，重新上架 1。专家，新增 1。" in page
    assert (await owner.post(PATH, sent_back(page))).code == 302
    assert await names(scenario) == (["新医院"], [("张医生", 1)])


async def test_what_comes_back_and_what_only_changes_is_written_down_with_what_it_was(
    owner: Client, scenario: Scenario
):
    for name in ("新医院", "县医院", "乡医院"):
        await owner.post("admin/catalog/hospitals/new/", {**HOSPITAL, "name": name})
    for number in (1, 3):
        await owner.post(f"admin/catalog/hospitals/{number}/archive/")
    page = await dry_run(
        owner, workbook([["名称", "等级"], ["新医院", "二甲"], ["县医院", "二甲"], ["乡医院", "三甲"]])
    )
    assert (await owner.post(PATH, sent_back(page))).code == 302
    was, now = {"grade": "三甲"}, {"grade": "二甲"}
    assert await scenario.log(4) == [
        ("catalog.workbook.import", None, {"hospitals_change": 1, "hospitals_restore": 2}),
        ("catalog.hospitals.restore", None, None),
        ("catalog.hospitals.change", was, now),
        ("catalog.hospitals.restore", was, now),
    ]
    async with scenario.storage.reading() as reader:
        entries = await reader.catalog.hospitals()
    assert [(each.name, each.grade) for each in entries] == [
        ("新医院", "二甲"),
        ("县医院", "二甲"),
        ("乡医院", "三甲"),
    ]


def _bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 41_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "不是 Excel"),
        (b"PK\x03\x04 nothing", "不是 Excel"),
        ("名称,等级\n".encode(), "不是 Excel"),
        (_bomb(), "解开后太大"),
        (workbook(别的=[["名称"]]), "没有找到工作表"),
        (workbook([["标题"], HEAD]), "第一行应为列名"),
        (workbook([["名称", "名称"]]), "重复的列名"),
        (workbook([["名称", "价格"]]), "不认识的列：价格"),
        (workbook([HEAD, ["=1+1"]]), "有公式"),
        (workbook([HEAD, ["院", "", datetime(2026, 1, 1)]]), "日期"),
        (workbook([HEAD, ["院", True]]), "真假值"),
        (workbook([HEAD, *([["院"]] * (MAX_ROWS + 1))]), "一次最多导入"),
        (b"x" * (MAX_BYTES + 1), "不能超过 2 MB"),
    ],
)
async def test_a_file_that_is_in_doubt_is_refused_by_name(
    owner: Client, scenario: Scenario, content: bytes, problem: str
):
    answer = await owner.upload(PATH, {}, ("file", "a.xlsx", content))
    assert answer.code == 400
    assert problem in answer.body.decode()


async def test_a_damaged_workbook_is_refused_wherever_it_is_damaged(owner: Client, scenario: Scenario):
    for place in range(30, len(BOTH), max(1, len(BOTH) // 12)):
        damaged = BOTH[:place] + b"\xff\x00\xff" + BOTH[place + 3 :]
        answer = await owner.upload(PATH, {}, ("file", "a.xlsx", damaged))
        assert answer.code in (200, 400), place
    assert await names(scenario) == ([], [])


def _one_text_in_every_cell(rows: int, text: str) -> bytes:
    """A few kilobytes: the text is stored once, and each of 60 cells of each row shows it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    head, row = '<row><c t="s"><v>0</v></c></row>', "<row>" + 60 * '<c t="s"><v>1</v></c>' + "</row>"
    sheet = f'<worksheet xmlns="{main}"><sheetData>{head}{row * rows}</sheetData></worksheet>'
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([HEAD]))) as whole,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in whole.namelist():
            if not name.endswith(("sheet1.xml", "sharedStrings.xml")):
                content = whole.read(name).decode()
                made.writestr(
                    name, content.replace("</Types>", part) if "sharedS" not in content else content
                )
        made.writestr("xl/worksheets/sheet1.xml", sheet)
        made.writestr(
            "xl/sharedStrings.xml",
            f'<sst xmlns="{main}"><si><t>{HEAD[0]}</t></si><si><t>{text}</t></si></sst>',
        )
    return stream.getvalue()


async def test_a_small_file_that_becomes_a_large_one_is_refused_before_it_does(owner: Client):
    bomb = _one_text_in_every_cell(1_900, "A" * 12_000)
    assert len(bomb) < 50_000
    answer = await owner.upload(PATH, {}, ("file", "a.xlsx", bomb))
    assert answer.code == 400
    assert "文字太多" in answer.body.decode()
    harmless = await owner.upload(PATH, {}, ("file", "a.xlsx", _one_text_in_every_cell(2, "县医院")))
    assert harmless.code == 200, "the file itself can be read"


async def test_hostile_texts_are_shown_and_stored_as_texts(owner: Client, scenario: Scenario):
    rows = [HEAD, [HOSTILE[:60], "", 108.9, 34.2, ""]]
    page = await dry_run(owner, workbook(rows))
    assert "<script>alert" not in page
    assert (await owner.post(PATH, sent_back(page))).code == 302
    assert (await names(scenario))[0] == [HOSTILE[:60]]


async def test_repeated_rows_and_namesakes_are_refused(owner: Client, scenario: Scenario):
    rows = [HEAD, ["县医院", "", 108.9, 34.2, ""], ["县 医院", "", 108.9, 34.2, ""]]
    assert "与第 2 行重复" in await dry_run(owner, workbook(rows))
    for _ in range(2):
        await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    assert "几家同名的医院" in await dry_run(owner, workbook([["名称"], ["新医院"]]))


async def test_the_template_has_the_columns_that_an_import_knows(owner: Client, scenario: Scenario):
    answer = await owner.get(f"{PATH}template/")
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    assert book.sheetnames == ["医院", "专家", "填写说明"]
    assert "没有内容" in await dry_run(owner, answer.body)
    for name, row in (("医院", ["新医院", "", "", "", "", 108.9, 34.2]), ("专家", ["新医院", "张医生"])):
        book[name].append(row)
    stream = io.BytesIO()
    book.save(stream)
    assert "医院，新增 1。专家，新增 1。" in await dry_run(owner, stream.getvalue())
