"""Giving an order to an escort: what can be chosen, and what a refusal says and keeps."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect
from tornado.httpclient import HTTPResponse

from tests.admin.business import business
from tests.admin.clients import Client
from tests.admin.pictures import log_in
from tests.admin.scenario import HOSTILE, Scenario

REFUSAL = re.compile(r'id="assign_error" role="alert">没有安排：(.*?)</span>')


async def assign(owner: Client, order: int, escort: int | str, half: str = "am") -> HTTPResponse:
    return await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": half})


def refusal(answer: HTTPResponse, status: int = 409) -> str:
    assert answer.code == status
    found = REFUSAL.search(answer.body.decode())
    assert found
    return found[1]


async def test_a_refusal_names_the_order_that_is_in_the_way_and_keeps_what_was_chosen(
    owner: Client, scenario: Scenario
):
    escort, first, second, third = await scenario.escort("王芳"), *[await scenario.order() for _ in range(3)]
    await assign(owner, first, escort, "am")
    answer = await assign(owner, second, escort, "am")
    assert refusal(answer) == f"王芳 这天上午已有订单 #{first}"
    page = answer.body.decode()
    assert "主菜单" in page
    assert re.search(rf'<option value="{escort}" data-only="pm" selected>王芳（上午已有订单）', page)
    assert 'value="am" required checked' in page
    assert refusal(await assign(owner, second, escort, "day")) == f"王芳 这天上午已有订单 #{first}"
    await assign(owner, second, escort, "pm")
    answer = await assign(owner, third, escort, "day")
    assert refusal(answer) == f"王芳 这天上午已有订单 #{first}、下午已有订单 #{second}"
    assert f'<option value="{escort}" disabled>王芳（当天已满）' in answer.body.decode()


async def test_a_refusal_says_what_is_the_matter_with_the_escort(owner: Client, scenario: Scenario):
    order = await scenario.order()
    await scenario.escort("空闲")
    for state, words in (
        ("pending", "李四 还没有通过审核（待联系）"),
        ("rejected", "李四 的申请已拒绝"),
        ("suspended", "李四 已停用"),
    ):
        assert refusal(await assign(owner, order, await scenario.escort("李四", state))) == words
    assert refusal(await assign(owner, order, 99_999)) == "没有这位陪诊员"
    answer = await assign(owner, order, await scenario.escort(HOSTILE[:30], "suspended"))
    assert "<script>alert" not in answer.body.decode()
    assert "已停用" in refusal(answer)


async def test_a_whole_day_in_the_way_is_one_order(owner: Client, scenario: Scenario):
    escort, whole, half = (
        await scenario.escort("王芳"),
        await scenario.order(service_unit="天", takes="day"),
        await scenario.order(),
    )
    await assign(owner, whole, escort, "day")
    for part, name in (("am", "上午"), ("day", "全天")):
        assert refusal(await assign(owner, half, escort, part)) == f"王芳 这天{name}已有订单 #{whole}"


async def test_nothing_is_chosen_before_a_clerk_chooses(owner: Client, scenario: Scenario):
    escort, order = await scenario.escort(), await scenario.order()
    form = (await owner.page(f"admin/orders/{order}/")).partition('id="arranging"')[2].partition("</form>")[0]
    assert form.count('name="half"') == form.count(" required>") - 1 == 3
    assert "checked" not in form
    assert "时段：" in refusal(await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort}), 400)
    assert "陪诊员：" in refusal(await assign(owner, order, "", "am"), 400)
    assert not [act for act in await scenario.audited() if act == "order.assign"]


async def test_an_order_that_was_given_away_meanwhile_is_shown_as_it_is(owner: Client, scenario: Scenario):
    order, first, second = (
        await scenario.order(),
        await scenario.escort("王芳"),
        await scenario.escort("李四"),
    )
    await assign(owner, order, first)
    answer = await assign(owner, order, second)
    assert answer.code == 409
    page = answer.body.decode()
    assert "没有安排：这个订单已经不是待安排" in page
    assert "在服务" in page
    assert (await owner.post("admin/orders/999999/assign/", {"escort_id": first, "half": "am"})).code == 404


async def test_a_finished_order_whose_escort_is_taken_by_now_says_by_which_order(
    owner: Client, scenario: Scenario
):
    escort, first, second = await scenario.escort("王芳"), await scenario.order(), await scenario.order()
    await assign(owner, first, escort)
    await owner.post(f"admin/orders/{first}/finish/")
    await assign(owner, second, escort)
    answer = await owner.post(f"admin/orders/{first}/reopen/")
    page = answer.body.decode()
    assert answer.code == 409
    assert f"没有重新打开：王芳 这天上午已有订单 #{second}" in page
    assert ("已完成" in page, f"admin/orders/{first}/reopen/" in page) == (True, True)
    assert (await scenario.audited())[-1] == "order.assign"
    await owner.post(f"admin/orders/{second}/unassign/")
    again = await owner.post(f"admin/orders/{first}/reopen/")
    assert again.headers["Location"].endswith("?done=reopened")


async def test_a_visit_that_has_not_come_is_not_the_main_thing_to_finish(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    for days, main in ((1, False), (0, True)):
        order = await scenario.order(visit_date=scenario.day(days))
        await assign(owner, order, escort)
        page = await owner.page(f"admin/orders/{order}/")
        button = re.search(r'<button class="([^"]*)"[^>]*>标为已完成', page)
        assert button
        assert ("primary" in button[1]) is main


@pytest.mark.parametrize("width", [1280, 390])
def test_in_a_browser_what_is_left_of_the_day_is_ticked(browser: Browser, width: int):
    with business(120) as shown:
        context = browser.new_context(viewport={"width": width, "height": 860}, locale="zh-CN")
        page = context.new_page()
        log_in(page, shown.root)
        # Where the hour is settled, or the service takes the day, there is no half-day to tick.
        page.goto(f"{shown.root}admin/orders/?wait=hour_to_settle&state=paid")
        page.locator("tbody tr", has_text="未安排").filter(has_text="半天").first.locator(".c-who").click()
        page.wait_for_url(re.compile(r"/orders/[0-9]+/$"))
        # The page that the business happens to have is given one escort of each kind.
        page.evaluate("""() => {
            document.querySelector("[name=escort_id]").innerHTML = `<option value="">请选择</option>
                <option value="1">王芳</option><option value="2" data-only="pm">孙小美</option>
                <option value="3" disabled>赵大勇</option>`;
        }""")
        ticked = page.locator("#arranging [type=radio]:checked")
        expect(ticked).to_have_count(0)
        page.select_option("[name=escort_id]", "2")
        expect(ticked).to_have_value("pm")
        expect(page.locator("#arranging [action$='/assign/'] [value=am]")).to_be_disabled()
        page.select_option("[name=escort_id]", "1")
        expect(ticked).to_have_count(0)
        page.check("#arranging [action$='/assign/'] [value=am]")
        page.select_option("[name=escort_id]", "")
        expect(ticked).to_have_value("am")
        colours = [
            option.evaluate("each => getComputedStyle(each).color")
            for option in page.locator("[name=escort_id] option").all()
        ]
        assert colours[1] == colours[2] != colours[3]
        found = [
            page.locator(f"#{name}").bounding_box() for name in ("arranging", "notes", "patient", "money")
        ]
        boxes = [box for box in found if box]
        assert len(boxes) == 4
        if width == 390:
            tops = [box["y"] for box in boxes]
            assert tops == sorted(tops), "what is done with an order comes before its details"
        else:
            assert boxes[0]["x"] > boxes[2]["x"] + 300
        context.close()
