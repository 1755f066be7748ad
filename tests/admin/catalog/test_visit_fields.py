"""What the order form offers and asks, as the office fills it in, and what the mini-program reads of it."""

from __future__ import annotations

import json
import re

import pytest

from tests.admin.catalog.test_catalog import HOSPITAL, SERVICE, catalog_of
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

ASKED = {
    "takes": "errand",
    "keywords": "取药 代办、跑腿 取药",
    "step_nodes": "取号\n\n 开药 \n取药\n取号",
    "q0_label": "要开的药",
    "q0_kind": "text",
    "q0_required": "1",
    "q1_label": "怎么交给您",
    "q1_kind": "choice",
    "q1_choices": "快递、当面, 交给家人",
    "q4_label": "有处方吗",
    "q4_kind": "yes_no",
    "q4_choices": "不算",
}


async def test_a_hospital_offers_its_lists_tidied_up(owner: Client, scenario: Scenario):
    lists = {
        "campuses": "南院区\r\n 北院区 \n\n南院区",
        "meeting_points": "门诊楼一层大厅",
        "departments": "骨科\n内科",
    }
    assert (await owner.post("admin/catalog/hospitals/new/", {**HOSPITAL, **lists})).code == 302
    (hospital,) = (await catalog_of(owner))["hospitals"]
    assert (hospital["campuses"], hospital["meetingPoints"]) == (["南院区", "北院区"], ["门诊楼一层大厅"])
    assert hospital["departments"] == ["骨科", "内科"]
    answer = await owner.post("admin/catalog/hospitals/1/", {**HOSPITAL, "campuses": "院" * 65})
    assert answer.code == 400
    assert "每个不能超过 64 个字" in answer.body.decode()


async def test_a_service_asks_what_the_rows_of_its_form_say(owner: Client, scenario: Scenario):
    assert (await owner.post("admin/catalog/services/new/", {**SERVICE, **ASKED})).code == 302
    (service,) = (await catalog_of(owner))["services"]
    assert (service["takes"], service["needsIdNumber"]) == ("errand", False)
    assert service["keywords"] == ["取药", "代办", "跑腿"]
    asked = [
        (each["label"], each["kind"], each["choices"], each["required"]) for each in service["questions"]
    ]
    assert asked == [
        ("要开的药", "text", [], True),
        ("怎么交给您", "choice", ["快递", "当面", "交给家人"], False),
        ("有处方吗", "yes_no", [], False),
    ]
    async with scenario.storage.reading() as reader:
        stored = await reader.catalog.service(1)
    assert stored is not None
    assert stored.step_nodes == "取号\n开药\n取药"


def fields_of(page: str) -> dict[str, str]:
    """The rows of the questions as a browser would send them back."""
    inputs = re.findall(r'<input[^>]*name="(q\d+_\w+)" value="([^"]*)"([^>]*)>', page)
    fields = {
        name: value for name, value, rest in inputs if not name.endswith("required") or "checked" in rest
    }
    for name, options in re.findall(r'<select name="(q\d+_kind)">(.*?)</select>', page, re.S):
        fields[name] = re.findall(r'<option value="(\w+)" selected>', options)[0]
    return fields


async def test_questions_keep_their_keys_when_they_are_renamed_and_others_are_taken_out(
    owner: Client, scenario: Scenario
):
    await owner.post("admin/catalog/services/new/", {**SERVICE, **ASKED})
    before = {each["label"]: each["key"] for each in (await catalog_of(owner))["services"][0]["questions"]}
    assert len(set(before.values())) == 3
    fields = fields_of(await owner.page("admin/catalog/services/1/"))
    fields |= {"q0_label": "", "q2_label": "手上有处方吗", "q3_label": "急不急", "q3_kind": "yes_no"}
    assert (await owner.post("admin/catalog/services/1/", {**SERVICE, **fields})).code == 302
    after = {each["label"]: each["key"] for each in (await catalog_of(owner))["services"][0]["questions"]}
    assert list(after) == ["怎么交给您", "手上有处方吗", "急不急"]
    assert (after["怎么交给您"], after["手上有处方吗"]) == (before["怎么交给您"], before["有处方吗"])
    assert after["急不急"] not in (after["怎么交给您"], after["手上有处方吗"])


async def test_a_form_that_is_sent_back_as_it_was_changes_nothing(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/services/new/", {**SERVICE, **ASKED})
    rows = len(await scenario.audited())
    same = fields_of(await owner.page("admin/catalog/services/1/"))
    same |= {name: ASKED[name] for name in ("takes", "keywords", "step_nodes")}
    assert (await owner.post("admin/catalog/services/1/", {**SERVICE, **same})).code == 302
    assert len(await scenario.audited()) == rows


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"q0_label": "怎么交", "q0_kind": "choice", "q0_choices": "快递"}, "要有 2 到 10 个选项"),
        ({"q0_label": "问", "q1_label": "问"}, "「问」问了两次"),
        ({"q0_label": "字" * 33}, "每个问题不能超过 32 个字"),
        (
            {"q0_label": "选", "q0_kind": "choice", "q0_choices": f"一 {'二' * 33}"},
            "每个选项不能超过 32 个字",
        ),
        ({f"q{n}_label": f"问题{n}" for n in range(9)}, "最多问 8 个问题"),
        ({"keywords": "长" * 17}, "每个不能超过 16 个字"),
    ],
)
async def test_a_question_that_nobody_could_answer_is_refused_and_stays_typed(
    owner: Client, fields: dict[str, str], sentence: str
):
    answer = await owner.post("admin/catalog/services/new/", {**SERVICE, **fields})
    page = answer.body.decode()
    assert answer.code == 400
    assert sentence in page
    assert all(value in page for name, value in fields.items() if name.endswith("label"))
    assert (await catalog_of(owner))["services"] == []


async def test_variants_share_questions_and_the_log_tells_them_in_words(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/services/new/", SERVICE)
    await owner.post(
        "admin/catalog/services/new/", {**SERVICE, "unit": "天", "takes": "day", "price_fen": "988"}
    )
    asked = {name: value for name, value in ASKED.items() if name != "takes"}
    await owner.post("admin/catalog/services/1/", {**SERVICE, **asked, "siblings": "1"})
    half, whole = (await catalog_of(owner))["services"]
    assert half["questions"] == whole["questions"] != []
    assert (half["takes"], whole["takes"]) == ("half", "day")
    page = await owner.page("admin/audit/")
    assert "要开的药（写一句话，必填）" in page
    assert json.dumps(half["questions"][0]["key"]) not in page
