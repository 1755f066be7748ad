"""The office offers orders to escorts, gives them to another one, and arranges several at once."""

from __future__ import annotations

import re

import pytest
from tornado.httpclient import HTTPResponse

from clock import MINUTE
from orders import serving
from orders.escorts import invitations, leaves
from orders.escorts.invitations import JOB
from orders.escorts.leaves import HalfDays
from storage.models import Actor, Cause, OrderState
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def invite(owner: Client, order: int, *escorts: int, **more: str) -> HTTPResponse:
    fields = {f"escort_{escort}": "y" for escort in escorts} or {"everybody": "y"}
    return await owner.post(f"admin/orders/{order}/invite/", {"half": "am", **fields, **more})


async def open_ids(scenario: Scenario, order: int) -> list[int]:
    async with scenario.storage.reading() as reader:
        return [each.id for each in await reader.invitations.open_of_orders({order}, scenario.clock())]


async def accept(scenario: Scenario, invitation: int, escort: int) -> None:
    await scenario.storage.run(lambda tx: invitations.accept(tx, invitation, escort, scenario.clock, 4))


async def take_leave(scenario: Scenario, escort: int, half: str = "day") -> None:
    when = HalfDays(scenario.day(), half)
    await scenario.storage.run(lambda tx: leaves.take(tx, escort, when, "", scenario.clock))


def log_of(page: str) -> str:
    """What the order's page says of its invitations, without the tags."""
    part = page.partition('id="invitations"')[2].partition("</ul>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


async def test_the_page_shows_who_was_asked_the_time_left_and_what_came_of_it(
    owner: Client, scenario: Scenario
):
    first, second = await scenario.escort("王芳"), await scenario.escort("孙小美")
    order = await scenario.order()
    answer = await invite(owner, order, first, second, pay="80")
    assert answer.code == 302
    page = await owner.page(f"admin/orders/{order}/?done=invited")
    assert "已派单，等陪诊员答复" in page
    shown = log_of(page)
    assert "孙小美 等待接单" in shown
    assert re.search(r"王芳 等待接单 \S+ \S+ 派出 · 还剩 30 分钟 · 报酬 ￥80 收回", shown)
    async with scenario.storage.reading() as reader:
        asked = {each.escort_id: each.id for each in await reader.invitations.of_order(order)}
    await scenario.storage.run(
        lambda tx: invitations.decline(tx, asked[first], first, "那天有事", scenario.clock)
    )
    scenario.clock.at += 29 * MINUTE
    shown = log_of(await owner.page(f"admin/orders/{order}/"))
    assert re.search("王芳 不方便 .*那天有事", shown)
    assert "还剩 1 分钟" in shown
    waiting = await owner.page("admin/orders/?state=paid&escort=none")
    assert "已派 1 人，还剩 1 分钟" in waiting
    scenario.clock.at += MINUTE
    assert "孙小美 没有回应" in log_of(await owner.page(f"admin/orders/{order}/"))
    assert "已派" not in await owner.page("admin/orders/?state=paid&escort=none")
    run = await invitations.expire_due(scenario.storage, scenario.clock, "test")
    assert run is not None
    assert run.name == JOB
    assert "没有回应" in log_of(await owner.page(f"admin/orders/{order}/"))


async def test_an_invitation_is_taken_back_and_an_accepted_one_is_not(owner: Client, scenario: Scenario):
    escort, order = await scenario.escort("王芳"), await scenario.order()
    await invite(owner, order)
    (invitation,) = await open_ids(scenario, order)
    path = f"admin/orders/{order}/invitations/{invitation}/withdraw/"
    assert (await owner.post(path)).code == 302
    assert "王芳 已收回" in log_of(await owner.page(f"admin/orders/{order}/"))
    assert (await owner.post(path)).code == 409
    await invite(owner, order)
    (again,) = await open_ids(scenario, order)
    await accept(scenario, again, escort)
    path = f"admin/orders/{order}/invitations/{again}/withdraw/"
    assert (await owner.post(path)).code == 409
    assert (await owner.post("admin/orders/99/invitations/1/withdraw/")).code == 404
    page = await owner.page(f"admin/orders/{order}/")
    assert "王芳 已接单" in log_of(page)
    assert "陪诊员</small>" in page, "the history says that the escort did it"
    other = await scenario.escort("孙小美")
    cause = Cause(Actor("admin", 1), scenario.clock())
    await scenario.storage.run(lambda tx: serving.reassign(tx, order, serving.NewEscort(other), cause))
    assert "王芳 接过单，后来换下" in log_of(await owner.page(f"admin/orders/{order}/"))


async def test_a_refused_offer_says_who_and_why_and_keeps_what_was_chosen(owner: Client, scenario: Scenario):
    escort, order = await scenario.escort("王芳"), await scenario.order()
    answer = await owner.post(f"admin/orders/{order}/invite/", {"half": "am", "pay": "66"})
    assert answer.code == 400
    page = answer.body.decode()
    assert "没有派单：请勾选陪诊员，或选「所有有空的」" in page
    assert 'name="pay" inputmode="decimal" value="66"' in page
    assert (await invite(owner, order, escort, half="")).code == 400
    assert "报酬：" in (await invite(owner, order, escort, pay="一百")).body.decode()
    await take_leave(scenario, escort)
    answer = await invite(owner, order, escort)
    assert answer.code == 409
    assert "没有派单：王芳 全天请假" in answer.body.decode()
    answer = await invite(owner, order)
    assert "没有可以派单的陪诊员" in answer.body.decode()
    assert not await open_ids(scenario, order)
    assert "order.invite" not in await scenario.audited()


async def test_who_could_not_be_asked_is_named_beside_who_was(owner: Client, scenario: Scenario):
    free, away = await scenario.escort("王芳"), await scenario.escort("孙小美")
    order = await scenario.order()
    await take_leave(scenario, away)
    answer = await invite(owner, order, free, away)
    assert "已派给 1 位；没有派给：孙小美 全天请假" in answer.body.decode()


async def test_direct_assignment_knows_leave(owner: Client, scenario: Scenario):
    escort, order = await scenario.escort("王芳"), await scenario.order()
    await take_leave(scenario, escort, "am")
    page = await owner.page(f"admin/orders/{order}/")
    assert re.search(rf'<option value="{escort}" data-only="pm">王芳（上午请假）', page)
    answer = await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
    assert answer.code == 409
    assert "没有安排：王芳 这天上午请假" in answer.body.decode()
    answer = await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "pm"})
    assert answer.code == 302


@pytest.mark.promise(17)
async def test_one_act_gives_the_order_to_another_escort_at_the_same_time(owner: Client, scenario: Scenario):
    old, new = await scenario.escort("王芳"), await scenario.escort("孙小美")
    order = await scenario.order()
    await owner.post(f"admin/orders/{order}/assign/", {"escort_id": old, "half": "pm"})
    fields = {"new_escort_id": new, "reason": "王芳生病"}
    assert (await owner.post(f"admin/orders/{order}/reassign/", fields)).code == 302
    page = await owner.page(f"admin/orders/{order}/?done=reassigned")
    assert "已换人" in page
    async with scenario.storage.reading() as reader:
        found = await reader.orders.get(order)
        bookings = await reader.escorts.bookings_of_order(order)
    assert found is not None
    assert (found.state, found.escort_id) == (OrderState.SERVING, new)
    assert [(booking.escort_id, booking.half) for booking in bookings] == [(new, "pm")]
    assert (await scenario.audited())[-1] == "order.reassign"


async def test_a_change_of_escort_by_an_old_page_or_to_a_taken_escort_is_refused(
    owner: Client, scenario: Scenario
):
    old, taken = await scenario.escort("王芳"), await scenario.escort("孙小美")
    order, other = await scenario.order(), await scenario.order()
    for number, escort in ((order, old), (other, taken)):
        await owner.post(f"admin/orders/{number}/assign/", {"escort_id": escort, "half": "am"})
    fields = {"new_escort_id": taken, "reason": "换人", "escort_id": old}
    answer = await owner.post(f"admin/orders/{order}/reassign/", fields)
    assert answer.code == 409
    page = answer.body.decode()
    assert f"没有换人：孙小美 这天上午已有订单 #{other}" in page
    assert 'name="reason" maxlength="80" required value="换人"' in page
    answer = await owner.post(f"admin/orders/{order}/reassign/", {**fields, "escort_id": taken})
    assert "换了陪诊员，请刷新后再看" in answer.body.decode()
    answer = await owner.post(f"admin/orders/{order}/reassign/", {**fields, "new_escort_id": old})
    assert "本来就由这位陪诊员服务" in answer.body.decode()
    assert (await owner.post(f"admin/orders/{order}/reassign/", {**fields, "reason": ""})).code == 400
    async with scenario.storage.reading() as reader:
        found = await reader.orders.get(order)
    assert found is not None
    assert found.escort_id == old


async def test_several_orders_are_arranged_at_once_with_a_result_for_each(owner: Client, scenario: Scenario):
    escort = await scenario.escort("王芳")
    first, second, over = (
        await scenario.order(visit_time="09:00"),
        await scenario.order(visit_time="10:00"),
        await scenario.order("finished"),
    )
    page = await owner.page("admin/orders/?state=paid&escort=none")
    assert f'form="several" name="order_{first}"' in page
    assert "一次安排几单" in page
    ticked = {f"order_{number}": "y" for number in (first, second, over, 9_999)}
    answer = await owner.post(
        "admin/orders/several/", {**ticked, "do": "assign", "escort_id": escort, "half": "pm"}
    )
    assert answer.code == 200
    text = " ".join(re.sub(r"<[^>]+>", " ", answer.body.decode()).split())
    assert "4 单里，1 单办好了，3 单没有" in text
    assert f"没有办 王芳 这天上午已有订单 #{first}" in text
    assert "没有办 这个订单不是待安排" in text
    assert "没有办 没有找到这个订单" in text
    assert [act for act in await scenario.audited() if act == "order.assign"] == ["order.assign"]
    answer = await owner.post(
        "admin/orders/several/", {f"order_{second}": "y", "do": "invite_all", "half": "am"}
    )
    assert "没有可以派单的陪诊员" in answer.body.decode()
    other = await scenario.escort("孙小美")
    answer = await owner.post(
        "admin/orders/several/",
        {f"order_{second}": "y", "do": "invite_all", "escort_id": "", "half": "am", "pay": "90"},
    )
    assert "已派给 孙小美" in answer.body.decode()
    assert other


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"do": "assign", "half": "am", "escort_id": "1"}, "还没有勾选订单"),
        ({"do": "assign", "half": "am", "order_1": "y", "escort_id": ""}, "请选择陪诊员"),
        ({"do": "invite", "half": "am", "order_1": "y", "escort_id": ""}, "请选择陪诊员"),
        ({"do": "invite_all", "half": "am", "order_1": "y", "escort_id": "1"}, "请改其中一处"),
        ({"do": "invite", "half": "am", "order_1": "y"}, "请选择陪诊员"),
        ({"do": "fly", "half": "am", "order_1": "y"}, "怎样安排"),
        (
            {"do": "invite_all", "half": "am", **{f"order_{n}": "y" for n in range(1, 52)}},
            "一次最多安排 50 单",
        ),
    ],
)
async def test_what_cannot_be_arranged_at_once_changes_nothing(
    owner: Client, scenario: Scenario, fields: dict[str, str], words: str
):
    await scenario.order()
    answer = await owner.post("admin/orders/several/", fields)
    assert answer.code == 400
    assert words in answer.body.decode()
    assert "order.assign" not in await scenario.audited()


async def test_the_calendar_shows_leave_invitations_and_hours(owner: Client, scenario: Scenario):
    busy, away, asked = [await scenario.escort(name) for name in ("王芳", "孙小美", "赵大勇")]
    order, offered = await scenario.order(visit_time="09:30"), await scenario.order(visit_time="14:30")
    cause = Cause(Actor("admin", 1), scenario.clock())
    await scenario.storage.run(lambda tx: serving.assign(tx, order, busy, "am", cause))
    await take_leave(scenario, away, "pm")
    await invite(owner, offered, asked)
    page = await owner.page("admin/runners/calendar/")
    assert re.search(rf"<b>09:30</b> #{order}", page)
    assert "<b>下午请假</b>" in page
    assert re.search(rf"<b>14:30</b> #{offered} 等待接单", page)
    scenario.clock.at += 31 * MINUTE
    assert "等待接单" not in await owner.page("admin/runners/calendar/")
