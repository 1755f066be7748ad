"""The assignment desk: the board, one order to one cell, proposals and their commit with a result per row."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import HTTPResponse

from orders import serving
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from storage.models import Actor, Cause
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario


def text_of(answer: HTTPResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(answer.body.decode())).split())


async def escort_of(scenario: Scenario, order: int) -> tuple[str, int | None]:
    async with scenario.storage.reading() as reader:
        found = await reader.orders.get(order)
    assert found is not None
    return found.state, found.escort_id


async def halves_of(scenario: Scenario, order: int) -> list[str]:
    async with scenario.storage.reading() as reader:
        return sorted(each.half for each in await reader.escorts.bookings_of_order(order))


async def give(client: Client, pick: str, cell: str, **more: str) -> HTTPResponse:
    """As the page's script sends it: the answer is the desk, with what became of the order."""
    body = urlencode({"pick": pick, "cell": cell, "_xsrf": client.csrf_token, **more}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
    return await client.send("POST", "admin/desk/", body, headers)


async def propose(client: Client, *orders: int) -> dict[str, str]:
    """The form of the page of proposals as it comes, without the token."""
    answer = await client.post("admin/desk/suggest/", {f"order_{order}": "y" for order in orders})
    assert answer.code == 200
    page = answer.body.decode()
    form: dict[str, str] = dict(re.findall(r'name="((?:mark|half)_[0-9]+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select name="([a-z]+_[0-9]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        form[name] = chosen[1] if chosen else ""
    for name in re.findall(r'name="(order_[0-9]+)" value="y" checked', page):
        form[name] = "y"
    return form


async def test_the_desk_shows_what_waits_beside_who_is_free(owner: Client, scenario: Scenario):
    await scenario.escort("王芳")
    away = await scenario.escort("孙小美")
    await scenario.escort("马强", "suspended")
    today = scenario.day(0)
    await scenario.storage.run(lambda tx: leaves.take(tx, away, HalfDays(today, "am"), "", scenario.clock))
    await scenario.order(
        patient=HOSTILE[:20], visit_date=today, visit_time="09:00", mobility="wheelchair", wishes="要轮椅"
    )
    await scenario.order(patient="迟到的", visit_date=scenario.day(-2))
    page = await owner.page("admin/desk/")
    assert "<script>alert" not in page
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for said in ("09:00", "坐轮椅", "要轮椅", "逾期：就诊日已过", "迟到的", "王芳", "孙小美", "请假"):
        assert said in words, said
    assert "马强" not in words
    later = await owner.page(f"admin/desk/?from={scenario.day(5)}")
    assert "迟到的" not in later
    for odd in ("2999-99-99", "9999-12-31", "x", "2999-12-31"):
        await owner.page(f"admin/desk/?from={odd}")


async def test_what_is_overdue_stands_behind_the_first_day_from_yesterday_back(
    owner: Client, scenario: Scenario
):
    for number, name in ((-3, "大前天"), (-1, "昨天的"), (0, "今天的"), (1, "明天的"), (3, "三天后")):
        await scenario.order(patient=name, visit_date=scenario.day(number))

    async def groups(first: int) -> list[str]:
        """The heading of each group, and who is in it."""
        page = await owner.page(f"admin/desk/?from={scenario.day(first)}")
        found = page.partition("<table")[0].split('<h2 class="day')[1:]
        return [
            " ".join(
                ["逾期" * each.startswith(" late"), *re.findall('<bdi class="who">(.*?)</bdi>', each)]
            ).strip()
            for each in found
        ]

    assert await groups(0) == ["今天的", "逾期 大前天 昨天的", "明天的", ""]
    assert await groups(1) == ["明天的", "", "三天后"]
    assert await groups(-1) == ["逾期 昨天的", "逾期 大前天", "今天的", "明天的"]
    assert await groups(-9) == ["逾期", "逾期 大前天 昨天的", "逾期", "逾期"]


async def test_the_board_shows_three_days_to_their_last_and_the_script_asks_for_it_alone(
    owner: Client, scenario: Scenario
):
    escort = await scenario.escort("王芳")
    days = [scenario.day(number) for number in range(4)]
    orders = {
        name: await scenario.order(patient=name, visit_date=day)
        for name, day in zip(("甲一", "乙二", "丙三", "丁四"), days, strict=True)
    }
    cause = Cause(Actor("admin", 1), scenario.clock())
    async with scenario.storage.transaction() as tx:
        for order in orders.values():
            await serving.assign(tx, order, escort, "am", cause)
        await tx.commit()
    page = await owner.page("admin/desk/")
    assert [name for name in orders if name in page] == ["甲一", "乙二", "丙三"]
    assert "<html" in page
    part = (await owner.get("admin/desk/", **{"HX-Request": "true"})).body.decode()
    assert "丙三" in part
    assert "<html" not in part


async def test_fourteen_days_are_offered_and_what_is_later_is_counted(owner: Client, scenario: Scenario):
    async def chips() -> list[tuple[str, str]]:
        """The day that each chip opens, and how many orders wait on it."""
        page = await owner.page("admin/desk/")
        [bar] = re.findall(r'<nav class="chips" aria-label="日子">(.*?)</nav>', page)
        found = re.findall(r'desk/\?from=([0-9-]+)"[^>]*>(.*?)</a>', bar)
        return [(day, text.split()[-1] if text.split()[1:] else "") for day, text in found]

    assert await chips() == [(scenario.day(0), "")]
    for days in (1, 13, 13):
        await scenario.order(visit_date=scenario.day(days))
    near = [(scenario.day(0), ""), (scenario.day(1), "1"), (scenario.day(13), "2")]
    assert await chips() == near
    for days in (14, 20):
        await scenario.order(visit_date=scenario.day(days))
        await scenario.order("unpaid", visit_date=scenario.day(days))
    given, escort = await scenario.order(visit_date=scenario.day(14)), await scenario.escort()
    await give(owner, f"{given}-0", f"{escort}:{scenario.day(14)}:am")
    assert await chips() == [*near, (scenario.day(14), "2")]


async def test_an_order_is_given_to_the_cell_and_no_other(clerk: Client, scenario: Scenario):
    escort, day = await scenario.escort(), scenario.day()
    order = await scenario.order(visit_time="09:00")
    for cell in (f"{escort}:{day}:pm", f"{escort}:{scenario.day(3)}:am"):
        refused = await give(clerk, f"{order}-0", cell)
        assert "不能放在这一格" in text_of(refused)
        assert await escort_of(scenario, order) == ("paid", None)
    assert (await give(clerk, f"{order}-0", "nonsense")).code == 400
    done = await give(clerk, f"{order}-0", f"{escort}:{day}:am")
    assert (done.code, "已安排给 王芳" in text_of(done)) == (200, True)
    assert await escort_of(scenario, order) == ("serving", escort)
    assert await halves_of(scenario, order) == ["am"]
    assert (await scenario.log())[0][0] == "order.assign"


async def test_an_order_without_an_hour_takes_the_half_of_the_cell_and_a_whole_day_both(
    owner: Client, scenario: Scenario
):
    first, second, day = await scenario.escort(), await scenario.escort("孙小美"), scenario.day()
    open_hour, whole = (
        await scenario.order(visit_time=""),
        await scenario.order(takes="day", visit_time="14:00"),
    )
    await give(owner, f"{open_hour}-0", f"{first}:{day}:pm")
    await give(owner, f"{whole}-0", f"{second}:{day}:am")
    assert await halves_of(scenario, open_hour) == ["pm"]
    assert await halves_of(scenario, whole) == ["am", "pm"]


async def test_without_the_script_the_page_is_loaded_again(owner: Client, scenario: Scenario):
    escort, order, day = await scenario.escort(), await scenario.order(visit_time="09:00"), scenario.day()
    late = await owner.post("admin/desk/", {"pick": f"{order}-0", "cell": f"{escort}:{day}:pm"})
    assert (late.code, "不能放在这一格" in text_of(late)) == (409, True)
    done = await owner.post(f"admin/desk/?from={day}", {"pick": f"{order}-0", "cell": f"{escort}:{day}:am"})
    assert done.code == 302
    assert done.headers["Location"].endswith(f"desk/?from={day}&done=assigned")


async def test_who_is_slower_reads_who_was_quicker_and_when(owner: Client, clerk: Client, scenario: Scenario):
    first, second, day = await scenario.escort(), await scenario.escort("孙小美"), scenario.day()
    order = await scenario.order(visit_time="09:00")
    await give(clerk, f"{order}-0", f"{first}:{day}:am")
    late = text_of(await give(owner, f"{order}-0", f"{second}:{day}:am"))
    assert "不是待安排。clerk" in late
    assert "安排陪诊员" in late
    stale = text_of(await give(owner, f"{order}-{second}", f"{first}:{day}:am"))
    assert "换了陪诊员" in stale
    assert "clerk" in stale
    assert await escort_of(scenario, order) == ("serving", first)
    again = text_of(await give(clerk, f"{order}-0", f"{second}:{day}:am"))
    assert "您自己在另一个页面" in again


async def test_another_escort_keeps_the_half_day(owner: Client, scenario: Scenario):
    first, second, day = await scenario.escort(), await scenario.escort("孙小美"), scenario.day()
    order = await scenario.order(visit_time="")
    await give(owner, f"{order}-0", f"{first}:{day}:pm")
    moved = await give(owner, f"{order}-{first}", f"{second}:{day}:am", reason="王芳临时有事")
    assert "不能放在这一格" in text_of(moved)
    assert await escort_of(scenario, order) == ("serving", first)
    moved = await give(owner, f"{order}-{first}", f"{second}:{day}:pm", reason="王芳临时有事")
    assert "已换成 孙小美，时段不变" in text_of(moved)
    assert await halves_of(scenario, order) == ["pm"]
    assert (await scenario.log())[0] == (
        "order.reassign",
        {"state": "serving", "escort": first},
        {"state": "serving", "escort": second},
    )


async def test_ticked_orders_are_proposed_looked_over_and_committed_at_once(
    clerk: Client, scenario: Scenario
):
    escorts = [await scenario.escort(name) for name in ("王芳", "孙小美", "赵大勇")]
    orders = [await scenario.order(visit_time=time) for time in ("09:00", "09:30", "10:00", "14:00", "15:00")]
    form = await propose(clerk, *orders)
    proposed = [form[f"escort_{order}"] for order in orders]
    assert len(set(proposed[:3])) == 3
    assert await escort_of(scenario, orders[0]) == ("paid", None), "a proposal changes nothing"
    done = text_of(await clerk.post("admin/desk/commit/", form))
    assert "5 单里，5 单安排好了" in done
    for order, escort in zip(orders, proposed, strict=True):
        assert await escort_of(scenario, order) == ("serving", int(escort))
    assert (await scenario.audited()).count("order.assign") == 5
    assert set(map(int, proposed)) <= set(escorts)


async def test_what_cannot_be_done_any_more_says_why_and_keeps_no_other_from_being_done(
    owner: Client, clerk: Client, scenario: Scenario
):
    first, second = await scenario.escort(), await scenario.escort("孙小美")
    taken, moved, good, unwanted = [
        await scenario.order(visit_time=time) for time in ("09:00", "09:30", "14:00", "15:00")
    ]
    form = await propose(owner, taken, moved, good, unwanted)
    form |= {f"escort_{good}": str(first), f"escort_{unwanted}": "", f"escort_{moved}": str(second)}
    await clerk.post(f"admin/orders/{taken}/assign/", {"escort_id": first, "half": "am"})
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET visit_date = :day WHERE id = :id", {"day": scenario.day(4), "id": moved}
        )
        await tx.commit()
    answer = await owner.post("admin/desk/commit/", {**form, f"order_{unwanted}": "y"})
    words = text_of(answer)
    assert "4 单里，1 单安排好了，3 单没有" in words
    assert "clerk" in words
    assert "就诊时间或医院改过了" in words
    assert "没有选陪诊员" in words
    assert await escort_of(scenario, good) == ("serving", first)
    assert await escort_of(scenario, moved) == ("paid", None)
    again = re.findall(r'<input type="hidden" name="order_([0-9]+)"', answer.body.decode())
    assert sorted(map(int, again)) == sorted([moved, unwanted])


async def test_a_form_without_its_marks_commits_nothing(owner: Client, scenario: Scenario):
    escort, orders = await scenario.escort(), [await scenario.order(), await scenario.order()]
    form: dict[str, Any] = await propose(owner, *orders)
    del form[f"mark_{orders[1]}"]
    form |= {f"escort_{each}": str(escort) for each in orders}
    assert (await owner.post("admin/desk/commit/", form)).code == 400
    assert [await escort_of(scenario, each) for each in orders] == [("paid", None)] * 2
    assert (await owner.post("admin/desk/suggest/", {})).code == 400
    many = {f"order_{number}": "y" for number in range(51)}
    assert (await owner.post("admin/desk/suggest/", many)).code == 400


async def test_an_escort_who_is_taken_or_away_is_not_proposed_and_an_old_order_is_named(
    owner: Client, scenario: Scenario
):
    escort = await scenario.escort()
    waiting, served = await scenario.order(visit_time="09:00"), await scenario.order(visit_time="09:00")
    await scenario.storage.run(
        lambda tx: serving.assign(tx, served, escort, "am", Cause(Actor("admin", 1), scenario.clock()))
    )
    form = await propose(owner, waiting, served)
    assert form[f"escort_{waiting}"] == ""
    assert f"order_{waiting}" not in form
    assert f"mark_{served}" not in form


async def test_a_note_is_added_to_each_ticked_order_below_what_colleagues_wrote(
    owner: Client, scenario: Scenario
):
    orders = [await scenario.order(), await scenario.order()]
    await owner.post(f"admin/orders/{orders[0]}/notes/", {"notes": "家属会来", "version": 0})
    fields = {f"order_{order}": "y" for order in (*orders, 999_999)}
    answer = text_of(await owner.post("admin/orders/several/notes/", {**fields, "note": "已电话确认"}))
    assert "3 单里，2 单办好了，1 单没有" in answer
    assert "没有找到这个订单" in answer
    async with scenario.storage.reading() as reader:
        notes = [order.admin_notes for each in orders if (order := await reader.orders.get(each))]
    assert notes == ["家属会来\n已电话确认", "已电话确认"]
    assert (await owner.post("admin/orders/several/notes/", {**fields, "note": " "})).code == 400
