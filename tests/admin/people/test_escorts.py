"""Escorts: decisions about them, and the calendar of who is where."""

from __future__ import annotations

import asyncio
import re

import pytest

from handlers.admin.orders import calendar
from handlers.admin.people import escorts
from storage.models import Escort
from tests.admin.clients import Client, form_of
from tests.admin.scenario import Scenario


async def test_an_escort_is_approved_suspended_and_approved_again(owner: Client, scenario: Scenario):
    escort = await scenario.escort("王芳", "pending")
    for act, state in (("approve", "approved"), ("suspend", "suspended"), ("approve", "approved")):
        answer = await owner.submit(f"admin/runners/{escort}/", f"runners/{escort}/{act}/")
        assert answer.code == 302
        async with scenario.storage.reading() as reader:
            found = await reader.escorts.get(escort)
        assert found is not None
        assert found.state == state
    assert (await owner.post(f"admin/runners/{escort}/reject/")).code == 409
    assert (await scenario.audited())[-3:] == ["escort.approve", "escort.suspend", "escort.approve"]


async def test_a_decision_in_a_list_names_the_person_and_stays_on_the_tab(owner: Client, scenario: Scenario):
    first, second, hostile = [
        await scenario.escort(name, "pending") for name in ("郑明", "周小雨", "<b>坏</b>\"'")
    ]
    for escort, act, words in (
        (first, "approve", "已通过：郑明"),
        (second, "reject", "已拒绝：周小雨"),
        (hostile, "approve", "已通过：&lt;b&gt;坏&lt;/b&gt;&quot;&#x27;"),
    ):
        tab = await owner.page("admin/runners/?state=pending")
        form = tab.partition(f"runners/{escort}/{act}/")[2].partition("</form>")[0]
        assert 'name="tab" value="pending"' in form
        assert "data-ask" in form
        answer = await owner.submit("admin/runners/?state=pending", f"runners/{escort}/{act}/")
        assert answer.headers["Location"].endswith(
            f"runners/?state=pending&about={escort}&done={escorts.DONE[act]}"
        )
        page = await owner.page("admin/" + answer.headers["Location"].partition("/admin/")[2])
        assert f'role="status">{words}</p>' in page
        assert 'state=pending" aria-current="page"' in page
        assert f"runners/{escort}/{act}/" not in page
    strange = await owner.page("admin/runners/?done=approved&about=x&state=y")
    assert 'role="status">已通过</p>' in strange
    more = {"origin": "list", "tab": "//evil"}
    answer = await owner.submit(f"admin/runners/{first}/", f"runners/{first}/suspend/", more)
    assert "evil" not in answer.headers["Location"]


async def notices(owner: Client, query: str) -> list[str]:
    """What the list of escorts says has been done."""
    return re.findall(r'role="status">([^<]*)</p>', await owner.page(f"admin/runners/{query}"))


async def test_the_list_names_whom_a_known_decision_was_about(owner: Client, scenario: Scenario):
    escort = await scenario.escort("王芳")
    assert await notices(owner, f"?done=approved&about={escort}") == ["已通过：王芳"]
    assert await notices(owner, f"?done=approved&about={escort + 1}") == ["已通过"]
    assert await notices(owner, "?done=approved") == ["已通过"]
    assert await notices(owner, f"?done=unheard-of&about={escort}") == []
    assert await notices(owner, f"?about={escort}") == []


@pytest.mark.parametrize(
    ("sent", "leads_to"),
    [
        ({}, "runners/{id}/?done=suspended"),
        ({"origin": "page", "tab": "approved"}, "runners/{id}/?done=suspended"),
        ({"origin": "list"}, "runners/?about={id}&done=suspended"),
        ({"origin": "list", "tab": ""}, "runners/?about={id}&done=suspended"),
        ({"origin": "list", "tab": "approved"}, "runners/?state=approved&about={id}&done=suspended"),
        ({"origin": "list", "tab": "//evil"}, "runners/?about={id}&done=suspended"),
    ],
)
async def test_a_decision_leads_back_to_where_it_was_made(
    owner: Client, scenario: Scenario, sent: dict[str, str], leads_to: str
):
    escort = await scenario.escort("王芳")
    answer = await owner.submit(f"admin/runners/{escort}/", f"runners/{escort}/suspend/", sent)
    assert answer.code == 302
    assert answer.headers["Location"].partition("/admin/")[2] == leads_to.format(id=escort)


async def escort_of(scenario: Scenario, escort_id: int) -> Escort:
    async with scenario.storage.reading() as reader:
        found = await reader.escorts.get(escort_id)
    assert found is not None
    return found


@pytest.mark.promise(24)
async def test_an_erased_escort_never_comes_back(owner: Client, scenario: Scenario):
    escort, order = await scenario.escort(), await scenario.order()
    user = (await escort_of(scenario, escort)).user_id
    assert (await owner.post(f"admin/users/{user}/delete/", {"confirm": "删除"})).code == 302
    page = await owner.page(f"admin/runners/{escort}/")
    assert "已删除个人资料，不能再审核" in page
    assert f"runners/{escort}/approve/" not in page
    for act in ("approve", "reject", "suspend"):
        answer = await owner.post(f"admin/runners/{escort}/{act}/")
        assert answer.code == 409
        assert "已删除个人资料，不能再审核" in answer.body.decode()
    assert (await escort_of(scenario, escort)).state == "suspended"
    assert "还没有通过审核的陪诊员" in await owner.page(f"admin/orders/{order}/")
    assert "user.delete" in (await scenario.audited())[-1]


async def test_of_two_simultaneous_decisions_one_wins(owner: Client, scenario: Scenario):
    escort = await scenario.escort("王芳", "pending")
    page = await owner.page(f"admin/runners/{escort}/")
    addresses = [f"runners/{escort}/{act}/" for act in ("approve", "reject")]
    answers = await asyncio.gather(
        *(owner.post(f"admin/{address}", form_of(page, address)) for address in addresses)
    )
    assert sorted(answer.code for answer in answers) == [302, 409], "who was slower reads what was decided"
    async with scenario.storage.reading() as reader:
        entries = [entry.act for entry in await reader.audit.page() if entry.act.startswith("escort.")]
        found = await reader.escorts.get(escort)
    assert found is not None
    assert len(entries) == sum(answer.code == 302 for answer in answers)


async def test_the_calendar_shows_who_is_where(owner: Client, scenario: Scenario):
    escort, order = await scenario.escort(), await scenario.order(visit_date=scenario.day(0))
    await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "pm"})
    page = await owner.page("admin/runners/calendar/")
    assert "王芳" in page
    assert "<b>下午</b>" in page
    assert f"#{order}" in page
    for strange in ("x", "9999-12-31", "0001-01-01", "2024-02-30", "2999-12-31"):
        assert (await owner.get(f"admin/runners/calendar/?from={strange}")).code == 200


async def test_the_calendar_still_shows_a_visit_that_is_over(owner: Client, scenario: Scenario):
    escort, gone = await scenario.escort("王芳"), await scenario.escort("张丽")
    orders = [await scenario.order(visit_date=scenario.day(0), hospital_name=f"第{n}医院") for n in range(3)]
    await scenario.order("finished", visit_date=scenario.day(0))  # nobody was there
    for order, who, half in zip(orders, (escort, escort, gone), ("am", "pm", "day"), strict=True):
        await owner.post(f"admin/orders/{order}/assign/", {"escort_id": who, "half": half})
    for order in (orders[0], orders[2]):
        await owner.post(f"admin/orders/{order}/finish/")
    await owner.submit(f"admin/runners/{gone}/", f"runners/{gone}/suspend/")
    page = await owner.page("admin/runners/calendar/")
    slots = re.findall(
        r'class="slot( over)?" .*?<b>(.*?)</b> #([0-9]+)( 已完成)?<span class="clip">李雷</span>'
        r'<small class="clip">(.*?)<',
        page,
    )
    assert sorted(slots) == sorted(
        [
            (" over", "上午", str(orders[0]), " 已完成", "第0医院"),
            ("", "下午", str(orders[1]), "", "第1医院"),
            (" over", "全天", str(orders[2]), " 已完成", "第2医院"),
        ]
    )
    assert "张丽" in page, "suspended, but once there"


async def test_the_calendar_shows_first_what_has_nobody_yet(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    assert "还没有安排" not in await owner.page("admin/runners/calendar/")
    monkeypatch.setattr(calendar, "MAX_WAITING", 2)
    tomorrow = scenario.day(1)
    orders = [await scenario.order(visit_date=tomorrow, patient=f"韩{n}") for n in range(3)]
    await scenario.order("unpaid", visit_date=tomorrow, patient="没付款")
    for day in (-1, 7):
        await scenario.order(visit_date=scenario.day(day), patient="别的日子")
    page = await owner.page("admin/runners/calendar/")
    row = page.partition('<tr class="waiting">')[2].partition("</tr>")[0]
    slots = re.findall(r'orders/([0-9]+)/"><b class="clip">(.*?)</b>', row)
    assert slots == [(str(order), f"韩{n}") for n, order in enumerate(orders[:2])]
    more = re.search(r'href="[^"]*(orders/[^"]*)">还有 1 个<', row)
    assert more
    listed = await owner.page("admin/" + more[1].replace("&amp;", "&"))
    assert [f"orders/{order}/" in listed for order in orders] == [True] * 3
    assert "没付款" not in page + listed
    assert "别的日子" not in page + listed
    await owner.post(
        f"admin/orders/{orders[0]}/assign/", {"escort_id": await scenario.escort(), "half": "am"}
    )
    page = await owner.page("admin/runners/calendar/")
    assert "还有 1 个" not in page
    assert '<span class="clip">韩0</span>' in page


async def test_the_calendar_begins_today_and_names_the_next_days(owner: Client, scenario: Scenario):
    await scenario.escort()
    page = await owner.page("admin/runners/calendar/")
    head = re.findall(r'<th scope="col"(.*?)>([0-9-]{5}) 周.( <span class="near">(.*?)</span>)?</th>', page)
    assert [(day, near) for _, day, _, near in head][:4] == [
        (scenario.day(days)[5:], near) for days, near in enumerate(("今天", "明天", "后天", ""))
    ]
    assert len(head) == 7
    later = await owner.page(f"admin/runners/calendar/?from={scenario.day(7)}")
    assert scenario.day(7) in later
    assert "今天</span>" not in later
    assert "runners/calendar/" in await owner.page("admin/")


async def test_the_calendar_says_when_it_does_not_show_everybody(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    await scenario.escort()
    assert "只列出" not in await owner.page("admin/runners/calendar/")
    monkeypatch.setattr(calendar, "MAX_FREE", 1)
    assert "只列出最近申请的 1 位" in await owner.page("admin/runners/calendar/")


async def test_a_remark_and_a_revealed_phone_are_written_down(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    assert (await owner.post(f"admin/runners/{escort}/remark/", {"status": "可靠"})).code == 302
    page = await owner.page(f"admin/runners/{escort}/")
    assert "13900005678" not in page
    assert "13900005678" in (await owner.post(f"admin/runners/{escort}/reveal/")).body.decode()
    assert (await scenario.audited())[-2:] == ["escort.remark", "escort.reveal.phone"]
