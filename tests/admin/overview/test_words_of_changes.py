"""What the audit log says of each kind of value, and of facts that were there only before or only after."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handlers.admin.overview import audit_changes
from handlers.admin.overview.audit_changes import Change, Names
from startup.seed import seed_catalog
from storage.models import AuditEntry
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

AT = 1_795_060_800_000
NAMES = Names(
    {
        ("escorts", 3): "王芳",
        ("escorts", 4): "",
        ("hospitals", 3): "市中心医院",
        ("administrators", 3): "小陈",
        ("services", 3): "优享陪诊",
        ("hospitals", 5): "县医院",
    }
)


def entry(act: str, before: Any, after: Any, subject: str = "order", subject_id: str = "7") -> AuditEntry:
    def text(facts: Any) -> str:
        return "" if facts is None else json.dumps(facts)

    return AuditEntry(1, 1, "小陈", "", act, subject, subject_id, text(before), text(after), AT)


def said(before: Any, after: Any, act: str = "order.edit", subject: str = "order") -> list[Change]:
    return audit_changes.changes(entry(act, before, after, subject), NAMES)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("escort_id", None, "没有"),
        ("reason", None, ""),
        ("shown", True, "是"),
        ("shown", False, "否"),
        ("escort_id", 3, "王芳（#3）"),
        ("escort", 4, "#4"),
        ("escort", 99, "#99"),
        ("escort", "3", "#3"),
        ("assigned_to", 3, "小陈（#3）"),
        ("hospital_id", [3, 5, 9], "市中心医院（#3）、县医院（#5）、#9"),
        ("service_id", 3, "优享陪诊（#3）"),
        ("amount_fen", 123_450, "1,234.50 元"),
        ("amount_fen", "123450", "123450"),
        ("shown_at", AT, "2026-11-19 12:00:00"),
        ("shown_at", "later", "later"),
        ("role", "owner", "店主"),
        ("role", "nothing", "nothing"),
        ("outcome", "asked", "已询问微信"),
        ("needs_id_number", 1, "是"),
        ("needs_id_number", 2, "2"),
        ("what", "id_number", "证件号码"),
        ("takes", "half", "半天（上午或下午）"),
        ("tags", ["a", True, None, 3], "a、是、、3"),
        ("values", {"name": "a", "escort_id": 3, "unheard_of": 1}, "名称 a；陪诊员 王芳（#3）；unheard_of 1"),
        ("count", 12, "12"),
        ("count", 1.5, "1.5"),
    ],
)
def test_a_value_is_told_in_words(name: str, value: Any, words: str) -> None:
    assert audit_changes._text(name, value, NAMES) == words


def test_only_what_differs_is_told() -> None:
    assert said({"name": "a", "count": 1}, {"name": "a", "count": 2}) == [Change("次数", "1", "2")]
    assert said(None, {"name": "a"}) == [Change("名称", "", "a")]
    assert said({"name": "a"}, None) == [Change("名称", "a", "")]
    assert said({"name": ""}, {"name": None}) == []
    assert said({"name": "a"}, {"name": None}) == [Change("名称", "a", "")]
    assert said({"b": 1, "a": 1}, {"c": 1, "a": 2}) == [
        Change("b", "1", ""),
        Change("a", "1", "2"),
        Change("c", "", "1"),
    ]
    assert said(["a"], "b") == [Change("", "a", "b")]
    assert audit_changes._mapping("no JSON") == {"": "no JSON"}
    assert audit_changes._mapping("") == {}


def test_an_order_that_is_named_leads_to_its_page() -> None:
    assert said(None, {"order": 7}) == [Change("订单", "", "#7", "orders/7/")]
    assert said(None, {"order": "7"}) == [Change("订单", "", "7")]


def test_states_are_those_of_the_subject() -> None:
    assert said({"state": "paid"}, {"state": "serving"}) == [Change("状态", "已付款", "在服务")]
    assert said({"state": "x"}, {"state": "approved"}, subject="escort") == [Change("状态", "x", "已通过")]


def test_a_long_change_has_a_line_of_its_own() -> None:
    assert not Change("a", "b" * 20, "c" * 20).long
    assert Change("a", "b" * 20, "c" * 21).long


def test_the_days_of_a_filter() -> None:
    assert audit_changes._days("", "") == ""
    assert audit_changes._days("a", "a") == "a"
    assert audit_changes._days("a", "b") == "a 至 b"
    assert audit_changes._days("a", "") == "a 起"
    assert audit_changes._days("", "b") == "b 及以前"


def test_a_filter_is_told_without_what_it_leaves_open() -> None:
    given = {"made_from": AT, "made_before": AT + 86_400_000, "first_date": "", "last_date": "2026-11-30"}
    assert said(None, {"filter": given, "rows": 3}, "order.export")[:2] == [
        Change("下单", "", "2026-11-19"),
        Change("就诊", "", "2026-11-30 及以前"),
    ]
    told = said(
        None,
        {"filter": {"hospital_id": 0, "user_id": 7, "unassigned": True, "state": "paid"}},
        "order.export",
    )
    assert [change.new for change in told] == ["其他医院", "#7", "还没有安排", "已付款"]
    days = {"first_date": "2026-11-01", "last_date": "2026-11-30"}
    assert said(None, {"filter": days}, "order.export") == [Change("就诊", "", "2026-11-01 至 2026-11-30")]
    made = {"made_from": AT, "made_before": AT + 3 * 86_400_000}
    assert said(None, {"filter": made}, "order.export") == [Change("下单", "", "2026-11-19 至 2026-11-21")]
    assert said(None, {"filter": {}}, "order.export") == [Change("条件", "", "全部订单")]
    assert said(None, {"filter": "x"}, "order.export")[0].new == "x"


def test_what_was_dragged_is_told_with_its_places() -> None:
    def ordered(was: Any, now: Any) -> list[Change]:
        return said({"ids": was}, {"ids": now}, "catalog.hospitals.order", "hospitals")

    assert ordered([3, 5, 9], [5, 9, 3]) == [Change("拖动 市中心医院（#3）", "第 1 位", "第 3 位")]
    assert ordered([3, 5, 9], [9, 3, 5]) == [Change("拖动 #9", "第 3 位", "第 1 位")]
    assert ordered([3, 5, 9, 1], [5, 3, 1, 9]) == [Change("重新排列", "", "4 项")]
    by_number = said({"5": 10}, {"5": 77, "x": 2}, "catalog.hospitals.order", "hospitals")
    assert by_number == [Change("县医院（#5）", "顺序 10", "77"), Change("#x", "顺序 ", "2")]


def test_what_an_act_is_about_has_a_name_and_a_page() -> None:
    about = entry("escort.approve", None, None, "escort", "3")
    assert audit_changes.subject_name(about, NAMES) == "王芳"
    assert audit_changes.subject_path(about) == "runners/3/"
    assert audit_changes.subject_name(entry("x", None, None, "escort", "x"), NAMES) == ""
    assert audit_changes.subject_name(entry("x", None, None, "order", "3"), NAMES) == ""


def test_the_rows_that_are_named_are_looked_up() -> None:
    mentioned = audit_changes._mentioned_rows
    assert mentioned(entry("x", {"escort_id": 3}, {"escort_id": 4}, "order")) == {
        ("escorts", 3),
        ("escorts", 4),
    }
    assert mentioned(entry("x", None, {"hospital_id": [1, 2, None, 0]}, "hospitals", "9")) == {
        ("hospitals", 1),
        ("hospitals", 2),
        ("hospitals", 9),
    }
    assert mentioned(entry("order.export", None, {"filter": {"service_id": 2}}, "order", "")) == {
        ("services", 2)
    }
    moved = entry("catalog.hospitals.order", {"ids": [3, 5, 9]}, {"ids": [5, 9, 3]}, "", "")
    assert mentioned(moved) == {("hospitals", 3)}
    by_number = entry("catalog.hospitals.order", {"5": 1}, {"5": 2, "x": 3}, "", "")
    assert mentioned(by_number) == {("hospitals", 5)}


async def test_names_are_read_of_the_rows_that_are_mentioned_and_of_no_others(
    owner: Client, scenario: Scenario
) -> None:
    await seed_catalog(scenario.storage)
    first, second, other = [await scenario.escort(name) for name in ("王芳", "李娜", "赵六")]

    async def known(*entries: AuditEntry) -> dict[tuple[str, int], str]:
        async with scenario.storage.reading() as reader:
            return (await audit_changes.read_names(reader, entries)).known

    assert await known() == {}
    assert await known(entry("order.notes", {"notes": "a"}, {"notes": "b"})) == {}
    assigned = entry("order.assign", {"escort": first}, {"escort": second})
    assert await known(assigned) == {("escorts", first): "王芳", ("escorts", second): "李娜"}
    approved = entry("escort.approve", None, None, "escort", str(other))
    assert await known(approved) == {("escorts", other): "赵六"}
    office = {
        ("administrators", number): name for number, name in enumerate(("owner", "clerk", "accountant"), 1)
    }
    given = entry("complaint.assign", None, {"assigned_to": 2}, "complaint")
    assert await known(given) == office
    disabled = entry("account.disable", None, None, "administrator", "3")
    assert await known(disabled, assigned, given) == {
        **office,
        ("escorts", first): "王芳",
        ("escorts", second): "李娜",
    }
    async with scenario.storage.reading() as reader:
        hospital = await reader.catalog.entry("hospitals", 2)
        service = await reader.catalog.entry("services", 1)
    filtered = entry("order.export", None, {"filter": {"hospital_id": 2, "escort_id": first}})
    found = {("hospitals", 2): hospital.name, ("escorts", first): "王芳"}
    assert await known(filtered) == found
    repriced = entry("catalog.services.change", None, None, "services", "1")
    assert await known(filtered, repriced) == {**found, ("services", 1): f"{service.name} {service.unit}"}
