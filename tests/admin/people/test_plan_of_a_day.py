"""The plan of a day, a sheet of paper for each escort."""

from __future__ import annotations

from orders import serving
from storage.models import Actor, Cause
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def test_the_plan_of_a_day_has_a_sheet_per_escort_and_phones_are_shown_on_record(
    owner: Client, scenario: Scenario
):
    first, second = await scenario.escort("王芳"), await scenario.escort("孙小美")
    late = await scenario.order(
        patient="李雷",
        visit_time="10:00",
        meeting_point="门诊楼一楼",
        phone="13800001234",
        mobility="wheelchair",
        hearing="impaired",
    )
    early, other = (
        await scenario.order(patient="韩梅梅", visit_time="14:00"),
        await scenario.order(patient="张三", service_unit="天", takes="day"),
    )
    cause = Cause(Actor("admin", 1), scenario.clock())
    for number, escort in ((late, first), (early, first), (other, second)):
        await scenario.storage.run(
            lambda tx, number=number, escort=escort: (
                serving.assign(tx, number, escort, "day", cause)  # type: ignore[misc]
                if number == other
                else serving.assign(tx, number, escort, "", cause)
            )
        )
    day = scenario.day()
    page = await owner.page(f"admin/runners/plan/?day={day}")
    assert page.count('class="card sheet"') == 2
    assert page.index("李雷") < page.index("韩梅梅")
    assert "见面：门诊楼一楼" in page
    assert "坐轮椅，听力不好" in page, "the sheet of paper is all that an escort has in a basement"
    assert "没有陪诊员，不在下面" not in page
    await scenario.order(visit_date=day)
    assert "这一天还有 1 单没有陪诊员" in await owner.page(f"admin/runners/plan/?day={day}")
    assert "全天" in page
    assert "13800001234" not in page
    assert "138****1234" in page
    assert "李雷，138****1234，第一医院 心内科" in page, "the text to paste has no more of the number"
    answer = await owner.post("admin/runners/plan/reveal/", {"day": day})
    assert answer.code == 200
    assert "13800001234" in answer.body.decode()
    assert (await scenario.audited())[-1] == "plan.reveal"
    assert (
        "1. 10:00 李雷，13800001234，第一医院 心内科，见面：门诊楼一楼，坐轮椅，听力不好"
        in answer.body.decode()
    )
    log = await owner.page("admin/audit/")
    assert "查看一天安排的电话" in log
    assert (await owner.post("admin/runners/plan/reveal/", {"day": "x"})).code == 400
    assert "这一天还没有安排" in await owner.page("admin/runners/plan/")
    assert "这一天还没有安排" in await owner.page("admin/runners/plan/?day=2026-99-99")
