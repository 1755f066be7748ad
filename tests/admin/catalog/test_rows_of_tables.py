"""What each row of a table would do to the catalog: the whole of what is said of it, row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handlers.admin.catalog import experts_table, hospitals_table
from handlers.admin.catalog.experts_table import Line
from storage.models import Expert, Hospital

EXPERT = Expert(7, 1, "张 医生", "主任医师", "心内科", "冠心病", "三十年", "", False, 10, None)
HOSPITALS = {"市中心医院": 1, "县医院": 2, "Saint Mary": 3}
NEW = {"title": "", "department": "", "specialty": "", "introduction": "", "sample": 0}
HOSPITAL = Hospital(
    5, "市中心医院", "三甲", "综合", "108.94", "34.26", "环城路 1 号", "029-85328888", "建于 1950 年", "", "", 10, None,
    "南院\n北院", "大厅", "心内科",
)  # fmt: skip


def experts(*rows: dict[str, str], known: tuple[Expert, ...] = (EXPERT,)) -> list[Line]:
    return experts_table.read_rows([*enumerate(rows, 2)], HOSPITALS, list(known))


def one(row: dict[str, str], *known: Expert) -> Line:
    (line,) = experts(row, known=known or (EXPERT,))
    return line


def row(**changes: str) -> dict[str, str]:
    return {"hospital": "市中心医院", "name": "张医生", **changes}


def test_an_expert_who_is_not_known_is_added_as_no_example() -> None:
    line = one(row(name="李 医生", title="主治医师", department="骨科"))
    values = {**NEW, "name": "李 医生", "title": "主治医师", "department": "骨科", "hospital_id": 1}
    assert line == Line(2, "市中心医院", "李 医生", "骨科", "add", values=values)
    assert one(row(hospital=" 县 医院 ", name="张医生")).values["hospital_id"] == 2
    assert one(row(hospital="SAINT mary", name="张医生")).values["hospital_id"] == 3


def test_a_known_expert_is_changed_in_the_columns_that_the_table_has() -> None:
    same = Line(2, "市中心医院", "张医生", "心内科", "change", entry_id=7)
    assert one(row(title="院长")) == replace(
        same, changes={"name": ("张 医生", "张医生"), "title": ("主任医师", "院长")}
    )
    assert one(row(name="张 医生")) == replace(same, name="张 医生", act="same")
    assert one(row(name="张 医生", title="主任医师", introduction="")) == replace(
        same, name="张 医生", changes={"introduction": ("三十年", "")}
    )


def test_an_example_becomes_real_and_an_archived_one_comes_back() -> None:
    example = replace(EXPERT, sample=True)
    assert one(row(name="张 医生"), example) == Line(
        2, "市中心医院", "张 医生", "心内科", "change", changes={"sample": (1, 0)}, entry_id=7
    )
    archived = replace(EXPERT, archived_at=1)
    assert one(row(name="张 医生"), archived) == Line(
        2, "市中心医院", "张 医生", "心内科", "restore", entry_id=7
    )
    assert one(row(name="张 医生", title="院长"), archived).changes == {"title": ("主任医师", "院长")}
    assert one(row(name="张 医生"), archived, replace(EXPERT, id=8)).entry_id == 8


def test_of_namesakes_the_department_decides() -> None:
    other = replace(EXPERT, id=8, department="骨科")
    assert one(row(department="骨科"), EXPERT, other).entry_id == 8
    doubtful = one(row(), EXPERT, other)
    assert (doubtful.act, doubtful.problems) == ("wrong", ["这家医院有几位同名的专家，请写明科室"])
    assert one(row(department="眼科"), EXPERT, other).act == "add"
    assert one(row(department=""), EXPERT).act == "add"
    assert one(row(), EXPERT, replace(other, department="心内科")).problems == []
    assert one(row(hospital="县医院"), EXPERT, other).act == "add"


def test_what_is_wrong_is_said_at_once_and_nothing_is_planned() -> None:
    lines = experts(
        row(hospital="别的医院" * 20, name=""),
        row(hospital=""),
        row(hospital="别的医院", name="王医生"),
        row(name="x" * 65),
    )
    assert [(line.act, line.values, line.changes, line.entry_id) for line in lines] == [
        ("wrong", {}, {}, None)
    ] * 4
    assert [line.problems[0] for line in lines[:3]] == [
        f"没有这家医院：{'别的医院' * 10}",
        "没有这家医院：（空）",
        "没有这家医院：别的医院",
    ]
    assert [len(line.problems) for line in lines] == [2, 1, 1, 1]
    assert lines[0].problems[1].startswith("姓名：")
    assert lines[3].problems[0].startswith("姓名：")
    assert [line.number for line in lines] == [2, 3, 4, 5]


def test_who_is_named_twice_is_wrong_the_second_time() -> None:
    lines = experts(row(), row(name="张 医生"), row(hospital="县医院"), row(department="骨科"))
    assert [line.problems for line in lines] == [[], ["与第 2 行重复"], [], []]
    assert [line.act for line in lines] == ["change", "wrong", "add", "add"]
    new = experts(
        row(name="王医生"), row(name="王医生", department="骨科"), row(name="王 医生", department="")
    )
    assert [line.problems for line in new] == [[], [], ["与第 2 行重复"]]


def test_the_telling_lines_stand_first_and_some_of_the_others_follow() -> None:
    acts = ["same"] * 200 + ["add"] * 200 + ["restore", "change", "wrong"]
    lines = experts_table.most_relevant([Line(n, "", act=act) for n, act in enumerate(acts)])
    assert len(lines) == 300
    assert [line.act for line in lines] == ["wrong", "change", "restore", *["add"] * 200, *["same"] * 97]
    assert [line.number for line in lines[3:6]] == [200, 201, 202]
    telling = ["wrong"] * 150 + ["change"] * 100 + ["restore"] * 60 + ["add"]
    assert len(experts_table.most_relevant([Line(n, "", act=act) for n, act in enumerate(telling)])) == 310


def test_a_change_is_shown_from_shortly_before_the_place_that_differs() -> None:
    def shown(old: Any, new: Any, name: str = "introduction") -> tuple[str, str, str]:
        [found] = Line(1, "", changes={name: (old, new)}).shown
        return found

    assert shown("", "三十年") == ("介绍", "（空）", "三十年")
    assert shown(1, 0, "sample") == ("示例数据", "是", "否")
    assert shown("a" * 60, "a" * 59 + "b") == ("介绍", "a" * 60, "a" * 59 + "b")
    assert shown("a" * 30 + "b" * 40, "a" * 30 + "c") == (
        "介绍",
        "…" + "a" * 10 + "b" * 40,
        "…" + "a" * 10 + "c",
    )
    assert shown("b" * 61, "c") == ("介绍", "b" * 60 + "…", "c")
    assert shown("a" * 61, "a" * 71) == ("介绍", "…" + "a" * 10, "…" + "a" * 20)


def test_the_mark_of_a_plan_is_another_one_for_whatever_would_be_done() -> None:
    line = Line(2, "市中心医院", "张医生", "心内科", "change", changes={"title": ("a", "b")}, entry_id=7)
    marks = {
        experts_table.plan_fingerprint([each])
        for each in (
            line,
            replace(line, number=3),
            replace(line, act="restore"),
            replace(line, entry_id=8),
            replace(line, values={"name": "x"}),
            replace(line, changes={"title": ("a", "c")}),
        )
    }
    assert len(marks) == 6
    assert {len(mark) for mark in marks} == {16}
    assert experts_table.plan_fingerprint([line]) == experts_table.plan_fingerprint(
        [replace(line, hospital="", problems=["x"])]
    )


def hospitals(*rows: dict[str, str], known: tuple[Hospital, ...] = (HOSPITAL,)) -> list[Line]:
    return hospitals_table.read([*enumerate(rows, 2)], list(known))


def test_a_hospital_that_is_not_known_is_added_with_every_field() -> None:
    (line,) = hospitals({"name": "县医院", "longitude": "109.5", "latitude": "34.5"})
    values = dict.fromkeys(hospitals_table.FIELDS, "")
    assert line == Line(
        2,
        "县医院",
        "",
        "",
        "add",
        values={**values, "name": "县医院", "longitude": "109.5", "latitude": "34.5"},
    )


def test_a_known_hospital_is_changed_in_the_columns_that_the_table_has() -> None:
    same = Line(2, "市中心医院", "", "", "same", entry_id=5)
    assert hospitals({"name": "市中心医院"}) == [same]
    assert hospitals({"name": "市中心医院", "grade": "三乙", "campuses": "南院\n北院"}) == [
        replace(same, act="change", changes={"grade": ("三甲", "三乙")})
    ]
    odd = replace(HOSPITAL, phone="029.85328888", campuses="南  院")  # as the schema would not write them
    assert hospitals({"name": "市中心医院"}, known=(odd,)) == [same]
    assert hospitals({"name": "市中心医院", "grade": "三乙"}, known=(odd,)) == [
        replace(same, act="change", changes={"grade": ("三甲", "三乙")})
    ]
    assert hospitals({"name": "市中心医院", "phone": ""})[0].changes == {"phone": ("029-85328888", "")}
    archived = replace(HOSPITAL, archived_at=1)
    assert hospitals({"name": "市中心医院"}, known=(archived,)) == [replace(same, act="restore")]
    assert hospitals({"name": "市中心医院"}, known=(archived, replace(HOSPITAL, id=6)))[0].entry_id == 6


def test_wrong_rows_of_hospitals_say_everything_that_is_wrong() -> None:
    twice = hospitals({"name": "市中心医院"}, {"name": "市 中心医院", "longitude": "x"})
    assert twice[0].problems == []
    assert twice[1].problems[0] == "与第 2 行重复"
    assert twice[1].problems[1].startswith("经度：")
    assert (twice[1].act, twice[1].entry_id) == ("wrong", None)
    namesakes = hospitals({"name": "市中心医院", "grade": "三乙"}, known=(HOSPITAL, replace(HOSPITAL, id=6)))
    assert namesakes == [
        Line(2, "市中心医院", "", "", "wrong", problems=["目录里有几家同名的医院，请先在目录里改名"])
    ]
    assert hospitals({"name": ""})[0].problems[0].startswith("名称：")
    assert hospitals({"grade": "三甲"})[0].hospital == ""
