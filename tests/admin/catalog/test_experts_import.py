"""Experts from a table: what the dry run says is what happens, and nothing that the file does not name is touched."""

from __future__ import annotations

import re
from html import unescape

import pytest

from handlers.admin.catalog.experts_file import MAX_BYTES
from storage.models import Expert
from tests.admin.catalog.test_catalog import HOSPITAL
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

PATH = "admin/catalog/experts/import/"

TABLE = "医院,姓名,职称,科室,专长,介绍\n新医院,张医生,主任医师,心内科,冠心病,三十年\n"


async def test_experts_are_imported_after_a_dry_run(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    for encoding in ("utf-8-sig", "gb18030"):
        answer = await owner.upload(PATH, {}, ("file", "a.csv", TABLE.encode(encoding)))
        assert "新增 1 位" in answer.body.decode()
    async with scenario.storage.reading() as reader:
        assert await reader.catalog.experts() == []
    assert (await owner.post(PATH, {"text": TABLE, "commit": "1"})).code == 302
    assert "不变 1 位" in (await owner.post(PATH, {"text": TABLE})).body.decode()
    changed = TABLE.replace("三十年", "四十年")
    assert "更新 1 位" in (await owner.post(PATH, {"text": changed})).body.decode()
    await owner.post(PATH, {"text": changed, "commit": "1"})
    async with scenario.storage.reading() as reader:
        experts = await reader.catalog.experts()
    assert [(each.name, each.introduction, each.sample) for each in experts] == [("张医生", "四十年", False)]
    assert (await scenario.audited()).count("catalog.experts.import") == 2


async def test_a_table_with_a_wrong_line_is_not_imported_at_all(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    text = TABLE + "别的医院,李医生,,,,\n新医院,,,,,\n新医院,张医生,,心内科,,\n"
    answer = await owner.post(PATH, {"text": text, "commit": "1"})
    page = answer.body.decode()
    assert answer.code == 200
    for words in ("没有这家医院：别的医院", "姓名：", "与第 2 行重复", "什么都还没有导入"):
        assert words in page
    async with scenario.storage.reading() as reader:
        assert await reader.catalog.experts() == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"\x00" * 100])
async def test_a_file_that_is_no_table_is_refused(owner: Client, content: bytes):
    answer = await owner.upload(PATH, {}, ("file", "a.csv", content))
    assert answer.code == 400


async def with_one_expert(owner: Client) -> None:
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    assert (await owner.post(PATH, {"text": TABLE, "commit": "1"})).code == 302


async def experts(scenario: Scenario) -> list[Expert]:
    async with scenario.storage.reading() as reader:
        return await reader.catalog.experts(archived=True)


def changes(page: str) -> list[str]:
    """What the dry run shows of the changes, as text."""
    return [
        unescape(re.sub(r"<[^>]+>", "", each))
        for each in re.findall(r'<div class="change">(.*?)</div>', page)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "医院,姓名,科室\n新医院,张医生,心内科\n",
        "医院,姓名\n新医院,张医生\n",
        "医院,姓名,职称,科室,专长,介绍\n新医院,张医生\n",
    ],
)
async def test_what_the_file_does_not_have_stays(owner: Client, scenario: Scenario, text: str):
    await with_one_expert(owner)
    before = await experts(scenario)
    assert "不变 1 位" in (await owner.post(PATH, {"text": text})).body.decode()
    assert (await owner.post(PATH, {"text": text, "commit": "1"})).code == 302
    assert await experts(scenario) == before


async def test_a_change_is_shown_first_and_written_down_with_what_was_there(
    owner: Client, scenario: Scenario
):
    await with_one_expert(owner)
    text = "医院,姓名,职称,专长\n新医院,张医生,,瓣膜病\n新医院,李医生,主治医师,\n"
    page = (await owner.post(PATH, {"text": text})).body.decode()
    assert "新增 1 位，更新 1 位，不变 0 位" in page
    assert changes(page) == ["职称 主任医师 → （空）", "专长 冠心病 → 瓣膜病"]
    assert (await owner.post(PATH, {"text": text, "commit": "1"})).code == 302
    first, second = await experts(scenario)
    assert (first.title, first.specialty, first.introduction, first.department) == (
        "",
        "瓣膜病",
        "三十年",
        "心内科",
    )
    assert (second.name, second.title, second.position) == ("李医生", "主治医师", first.position + 10)
    total, added, changed = await scenario.log(3)
    assert total == ("catalog.experts.import", None, {"add": 1, "change": 1, "restore": 0})
    assert (added[0], added[2]["name"]) == ("catalog.experts.create", "李医生")
    assert changed == (
        "catalog.experts.change",
        {"title": "主任医师", "specialty": "冠心病"},
        {"title": "", "specialty": "瓣膜病"},
    )


async def test_of_a_long_text_the_place_that_differs_is_shown(owner: Client, scenario: Scenario):
    await with_one_expert(owner)
    long = "很长的介绍" * 100
    await owner.post(PATH, {"text": TABLE.replace("三十年", long), "commit": "1"})
    page = (await owner.post(PATH, {"text": TABLE.replace("三十年", long + "完")})).body.decode()
    assert changes(page) == ["介绍 …" + "很长的介绍" * 2 + " → …" + "很长的介绍" * 2 + "完"]


async def test_who_is_archived_comes_back_only_by_an_act_of_its_own(owner: Client, scenario: Scenario):
    await with_one_expert(owner)
    await owner.post("admin/catalog/experts/1/archive/")
    for text in (TABLE, TABLE.replace("三十年", "四十年")):
        page = (await owner.post(PATH, {"text": text})).body.decode()
        assert "更新 0 位，重新上架 1 位，不变 0 位" in page
        assert '<span class="badge amber">重新上架</span>' in page
    assert (await owner.post(PATH, {"text": text, "commit": "1"})).code == 302
    [expert] = await experts(scenario)
    assert (expert.archived_at, expert.introduction) == (None, "四十年")
    assert (await scenario.log(2))[1] == (
        "catalog.experts.restore",
        {"introduction": "三十年"},
        {"introduction": "四十年"},
    )


async def test_who_is_on_sale_is_meant_rather_than_an_archived_namesake(owner: Client, scenario: Scenario):
    await with_one_expert(owner)
    await owner.post("admin/catalog/experts/1/archive/")
    twin = {"hospital_id": "1", "name": "张医生", "department": "心内科"}
    await owner.post("admin/catalog/experts/new/", twin)
    await owner.post(PATH, {"text": TABLE.replace("三十年", "新的"), "commit": "1"})
    archived, on_sale = await experts(scenario)
    assert archived.archived_at is not None
    assert (archived.introduction, on_sale.introduction) == ("三十年", "新的")


async def test_of_namesakes_the_file_must_say_which_department(owner: Client, scenario: Scenario):
    await with_one_expert(owner)
    await owner.post(PATH, {"text": TABLE.replace("心内科", "骨科"), "commit": "1"})
    page = (await owner.post(PATH, {"text": "医院,姓名,专长\n新医院,张医生,新\n"})).body.decode()
    assert "这家医院有几位同名的专家，请写明科室" in page
    page = (await owner.post(PATH, {"text": "医院,姓名,专长,专长\n新医院,张医生,新,旧\n"})).body.decode()
    assert "第一行有重复的列名：专长" in page


async def test_an_example_that_becomes_real_is_shown_as_such(owner: Client, scenario: Scenario):
    await with_one_expert(owner)
    async with scenario.storage.transaction() as tx:
        await tx.catalog.change("experts", 1, {"sample": 1})
        await tx.commit()
    page = (await owner.post(PATH, {"text": TABLE})).body.decode()
    assert changes(page) == ["示例数据 是 → 否"]


async def test_what_has_changed_since_the_dry_run_is_shown_before_it_is_overwritten(
    owner: Client, scenario: Scenario
):
    await with_one_expert(owner)
    text = TABLE.replace("三十年", "四十年")
    page = (await owner.post(PATH, {"text": text})).body.decode()
    plan = re.search(r'name="plan" value="([^"]+)"', page)
    assert plan
    colleague = {"hospital_id": "1", "name": "张医生", "department": "心内科", "introduction": "同事写的"}
    await owner.post("admin/catalog/experts/1/", colleague)
    sent = {"text": text, "commit": "1", "plan": plan[1]}
    answer = await owner.post(PATH, sent)
    assert answer.code == 409
    assert "介绍 同事写的 → 四十年" in changes(answer.body.decode())
    assert (await experts(scenario))[0].introduction == "同事写的"
    again = re.search(r'name="plan" value="([^"]+)"', answer.body.decode())
    assert again
    assert (await owner.post(PATH, {**sent, "plan": again[1]})).code == 302
    assert (await experts(scenario))[0].introduction == "四十年"


async def test_lines_inside_a_cell_are_the_lines_that_are_there(owner: Client, scenario: Scenario):
    await with_one_expert(owner)
    for cell in ("甲\n乙", "甲\r\n乙"):
        await owner.post(PATH, {"text": TABLE.replace("三十年", f'"{cell}"'), "commit": "1"})
        assert (await experts(scenario))[0].introduction == "甲\n乙"
    assert (
        "不变 1 位" in (await owner.post(PATH, {"text": TABLE.replace("三十年", '"甲\r\n乙"')})).body.decode()
    )


def largest(encoding: str) -> bytes:
    """A file of exactly the size that is allowed, with as many experts as their texts leave room for."""
    line, number, rows = "新医院,医生{},主任医师,心内科,冠心病,{}\n", 0, ["医院,姓名,职称,科室,专长,介绍\n"]
    left = MAX_BYTES - len(rows[0].encode(encoding))
    while left > 9_500:
        rows.append(line.format(number, "擅长心血管疾病" * 400))
        left -= len(rows[-1].encode(encoding))
        number += 1
    rows.append(line.format(number, "x" * (left - len(line.format(number, "").encode(encoding)))))
    return "".join(rows).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
async def test_the_largest_file_that_is_checked_is_also_imported(
    owner: Client, scenario: Scenario, encoding: str
):
    content = largest(encoding)
    assert len(content) == MAX_BYTES
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    page = (await owner.upload(PATH, {}, ("file", "a.csv", content))).body.decode()
    form = page[page.index('<form method="post" action="" enctype="multipart/form-data">') :]
    text = re.search(r'<textarea[^>]* name="text"[^>]*>([^<]*)</textarea>', form)
    assert text
    plan = re.search(r'name="plan" value="([^"]+)"', form)
    assert plan
    given = {"commit": "1", "plan": plan[1], "text": unescape(text[1]).replace("\n", "\r\n")}
    assert (await owner.upload(PATH, given, ("unused", "", b""))).code == 302
    assert len(await experts(scenario)) > 15
    answer = await owner.upload(PATH, {}, ("file", "a.csv", content + b"x"))
    assert (answer.code, "不能超过 400 KB" in answer.body.decode()) == (400, True)


@pytest.mark.parametrize("hospital", ["新 医院", "新\u200b医院", "新医院\u3000"])
@pytest.mark.parametrize("name", ["张 医生", "张\u200b医生", "张医生"])
async def test_an_expert_is_the_same_however_the_table_writes_names(
    owner: Client, scenario: Scenario, hospital: str, name: str
):
    await with_one_expert(owner)
    text = TABLE.replace("新医院,张医生", f"{hospital},{name}")
    page = (await owner.post(PATH, {"text": text})).body.decode()
    assert "没有这家医院" not in page
    assert "新增 1 位" not in page
    await owner.post(PATH, {"text": text, "commit": "1"})
    async with scenario.storage.reading() as reader:
        assert len(await reader.catalog.experts()) == 1
