"""The list of orders: paged, found, filtered, and what a row says."""

from __future__ import annotations

import re

import pytest
from tornado.escape import xhtml_escape

from clock import day_bounds
from config.visit_settings import VisitSettings
from handlers.admin.orders import listing
from handlers.admin.orders.listing import shortcuts
from handlers.admin.people import escorts, person
from orders.office_queues import OfficeQueue, orders_in
from storage.filters import OrderFilter
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


def numbers(page: str) -> list[int]:
    """The orders that a list shows."""
    return [int(found) for found in re.findall(r">#([0-9]+)</a>", page)]


async def test_three_hundred_orders_are_paged_without_a_gap_or_a_repetition(
    owner: Client, scenario: Scenario
):
    user = await scenario.user()
    patient = await scenario.patient(user)
    states = ["paid", "finished"]
    made = [await scenario.order(states[n % 2], user_id=user, patient_id=patient) for n in range(300)]
    seen: list[int] = []
    path = "admin/orders/"
    for _ in range(10):
        page = await owner.page(path)
        seen += numbers(page)
        following = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next"', page)
        if not following:
            break
        path = "admin/orders/" + following[1].replace("&amp;", "&")
    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == len(seen)


async def test_orders_are_found_by_patient_phone_end_number_and_wechat_number(
    owner: Client, scenario: Scenario
):
    wanted = await scenario.order(patient="欧阳小明", phone="13911112222")
    await scenario.order(patient="别人", phone="13911113333")
    async with scenario.storage.reading() as reader:
        attempt = (await reader.attempts.of_order(wanted))[0]
    numbers_of = [f"%23{wanted}", attempt.out_trade_no, str(attempt.transaction_id)]
    for text in ("欧阳", "欧阳小明", "2222", "13911112222", *numbers_of):
        assert numbers(await owner.page(f"admin/orders/?q={_quoted(text)}")) == [wanted], text
    assert numbers(await owner.page("admin/orders/?q=" + _quoted("没有这个人"))) == []
    assert "没有符合条件的订单" in await owner.page("admin/orders/?q=" + _quoted("没有这个人"))


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return text if text.startswith("%") else quote(text)


async def test_filters_narrow_the_list(owner: Client, scenario: Scenario):
    first = await scenario.order(hospital_id=3, visit_date=scenario.day(1))
    second = await scenario.order("finished", service_id=7, visit_date=scenario.day(3))
    escort = await scenario.escort()
    assert (
        await owner.post(f"admin/orders/{first}/assign/", {"escort_id": escort, "half": "am"})
    ).code == 302
    cases = {
        "hospital=3": [first],
        "service=7": [second],
        f"escort={escort}": [first],
        "state=finished": [second],
        f"from={scenario.day(2)}": [second],
        f"to={scenario.day(2)}": [first],
        f"from={scenario.day(0)}&to={scenario.day(9)}": [first, second],
        "state=nonsense&from=x&hospital=y": [first, second],
        "escort=none": [second],
        f"by=made&from={scenario.day(0)}&to={scenario.day(0)}": [second, first],
        f"by=made&from={scenario.day(1)}": [],
        f"by=made&to={scenario.day(-1)}": [],
        "by=made": [first, second],
        "from=2026-02-30": [first, second],
    }
    for query, expected in cases.items():
        assert numbers(await owner.page(f"admin/orders/?{query}")) == expected, query


async def test_all_orders_of_a_user_are_a_filter_that_can_be_taken_off(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listing, "PAGE", 2)
    monkeypatch.setattr(person, "ORDERS", 2)
    user = await scenario.user("小李")
    mine = [
        await scenario.order(state, user_id=user)
        for state in ("finished", "paid", "finished", "paid", "finished")
    ]
    other = await scenario.order(visit_date=scenario.day(1))
    page = await owner.page(f"admin/users/{user}/")
    assert numbers(page.partition("<h2>收支")[0]) == [mine[4], mine[3]]
    assert f'href="../../../admin/orders/?user={user}">全部订单' in page
    seen, path = [], f"admin/orders/?user={user}"
    for _ in range(3):
        page = await owner.page(path)
        assert f'name="user" value="{user}"' in page, "choosing another state keeps the user"
        assert f"用户 小李 #{user} ✕" in page
        seen += numbers(page)
        following = re.search(r'href="(\?[^"]*)" rel="next"', page)
        path = "admin/orders/" + (following[1].replace("&amp;", "&") if following else "")
    assert seen == mine[::-1], "newest first, whatever their state"
    page = await owner.page(f"admin/orders/?user={user}&state=paid&to={scenario.day(9)}")
    assert numbers(page) == [mine[3], mine[1]]
    text = (await owner.get(f"admin/orders/export/?format=csv&user={user}")).body.decode("utf-8-sig")
    assert len(text.splitlines()) == 1 + len(mine)
    off = re.search(
        r'href="([^"]*)"[^>]*>用户 小李', await owner.page(f"admin/orders/?user={user}&state=paid")
    )
    assert off
    assert numbers(await owner.page(f"admin/orders/{off[1]}"))[0] == other, "of anybody, the next visit first"
    assert numbers(await owner.page("admin/orders/?user=999999")) == []


async def test_an_escorts_page_leads_to_all_of_their_orders(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(escorts, "SHOWN", 1)
    escort = await scenario.escort()
    made = [await scenario.order(visit_date=scenario.day(days)) for days in (1, 2)]
    for order in made:
        await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
    page = await owner.page(f"admin/runners/{escort}/")
    assert "最近 1 单" in page
    assert numbers(page) == made[1:]
    assert f'href="../../../admin/orders/?escort={escort}">全部订单' in page
    assert numbers(await owner.page(f"admin/orders/?escort={escort}")) == made[::-1]


async def test_every_approved_escort_can_be_chosen_and_former_ones_can_be_filtered_for(
    owner: Client, scenario: Scenario
):
    approved, suspended = await scenario.escort("王芳"), await scenario.escort("张丽", "suspended")
    pending = await scenario.escort("赵敏", "pending")
    order = await scenario.order()
    async with scenario.storage.transaction() as tx:
        for user_id in range(5_000, 5_510):
            await tx.escorts.apply(user_id, f"新人{user_id}", "", "0000", scenario.clock())
        await tx.connection.execute("UPDATE escorts SET state = 'approved' WHERE user_id >= 5000")
        await tx.commit()
    assert f'<option value="{approved}">王芳' in await owner.page(f"admin/orders/{order}/")
    page = await owner.page("admin/orders/")
    for escort, name in ((approved, "王芳"), (suspended, "张丽")):
        assert f'<option value="{escort}">{name}' in page
    assert '<optgroup label="已停用">' in page
    assert "赵敏" not in page
    assert f'<option value="{pending}" selected>赵敏' in await owner.page(f"admin/orders/?escort={pending}")


async def test_a_day_on_which_orders_were_made_begins_and_ends_at_midnight_in_shanghai(
    owner: Client, scenario: Scenario
):
    begin, end = day_bounds(scenario.day(0))
    made = []
    for at in (begin - 1, begin, end - 1, end):
        scenario.clock.at = at
        made.append(await scenario.order())
    scenario.clock.at = begin
    day = scenario.day(0)
    page = await owner.page(f"admin/orders/?by=made&from={day}&to={day}")
    assert numbers(page) == [made[2], made[1]]


async def test_a_list_says_how_many_it_shows_and_that_a_search_keeps_the_other_conditions(
    owner: Client, scenario: Scenario
):
    for patient in ("王新", "王旧", "李雷"):
        await scenario.order(patient=patient)
    page = await owner.page("admin/orders/")
    assert "共 3 单 · 最需要处理的在前" in page
    assert "只在上面选定的条件里查找" not in page
    page = await owner.page(f"admin/orders/?q={_quoted('王')}")
    assert "共 2 单" in page
    assert "只在上面选定的条件里查找" not in page
    page = await owner.page(f"admin/orders/?q={_quoted('王')}&state=finished&by=made&from={scenario.day(-1)}")
    assert "没有符合条件的订单" in page
    assert f'「王」只在上面选定的条件里查找。<a href="?q={_quoted("王")}">' in page


async def test_the_list_begins_with_the_next_visit_whenever_it_was_ordered(owner: Client, scenario: Scenario):
    made = [await scenario.order(visit_date=scenario.day(days)) for days in (5, 1, 9, 0)]
    unpaid = [await scenario.order("unpaid", visit_date=scenario.day(days)) for days in (1, 3)]
    over = [await scenario.order("finished", visit_date=scenario.day(days)) for days in (0, -2)]
    expected = [made[3], made[1], made[0], made[2], *reversed(unpaid), *reversed(over)]
    for path in ("orders/", f"orders/?q={_quoted('李雷')}"):
        assert numbers(await owner.page(f"admin/{path}")) == expected, path


async def test_the_shortcuts_are_the_days_that_they_name(owner: Client, scenario: Scenario):
    def days(query: dict[str, str]) -> tuple[str, str]:
        return query["from"], query["to"]

    for day, week, last_week, month, last_month in (
        ("2026-11-27", "2026-11-23/29", "2026-11-16/22", "2026-11-01/30", "2026-10-01/31"),
        ("2026-03-01", "2026-02-23/2026-03-01", "2026-02-16/22", "2026-03-01/31", "2026-02-01/28"),
        ("2027-01-04", "2027-01-04/10", "2026-12-28/2027-01-03", "2027-01-01/31", "2026-12-01/31"),
    ):
        found = {each.label: each.query for each in shortcuts(day_bounds(day)[0])}
        for label, span in (
            ("今天下单", f"{day}/{day}"),
            ("本周下单", week),
            ("上周下单", last_week),
            ("本月下单", month),
            ("上月下单", last_month),
        ):
            first, last = span.split("/")
            assert days(found[label]) == (first, last if len(last) > 2 else first[:-2] + last), (day, label)
            assert found[label]["by"] == "made"
        assert days(found["今天就诊"]) == (day, day)
    page = await owner.page("admin/orders/")
    assert '<a href="?" aria-current="page">全部</a>' in page
    waiting = re.search(r'href="([^"]*)">等待安排', page)
    assert waiting
    later = await scenario.order(visit_date=scenario.day(5))
    sooner = await scenario.order(visit_date=scenario.day(1))
    await scenario.order("finished")
    page = await owner.page("admin/orders/" + waiting[1].replace("&amp;", "&"))
    assert numbers(page) == [sooner, later], "the next visit comes first"
    assert 'aria-current="page">等待安排' in page


async def test_an_order_of_another_hospital_can_be_filtered(owner: Client, scenario: Scenario):
    order = await scenario.order(hospital_id=0, hospital_name="县医院")
    await scenario.order()
    assert numbers(await owner.page("admin/orders/?hospital=0")) == [order]


@pytest.mark.parametrize(
    ("wishes", "shown", "cut"),
    [
        ("老人听力不好，请大声一些", "老人听力不好，请大声一些", False),
        ("先去抽血\n再去拍片", "先去抽血 再去拍片", False),
        ("长" * 61, "长" * 60 + "…", True),
        ("长" * 60, "长" * 60, False),
        ("  " * 200 + "藏在空白后面", "…", True),
        ("长" * 10_240, "长" * 60 + "…", True),
        ("<b>粗</b>&\"'", "&lt;b&gt;粗&lt;/b&gt;&amp;&quot;&#x27;", False),
        (
            "</bdi></small><script>x</script>",
            "&lt;/bdi&gt;&lt;/small&gt;&lt;script&gt;x&lt;/script&gt;",
            False,
        ),
        ("\u202e反着写", "\u202e反着写", False),
    ],
)
async def test_the_list_shows_how_the_wishes_begin_and_the_orders_page_all_of_them(
    owner: Client, scenario: Scenario, wishes: str, shown: str, cut: bool
):
    order = await scenario.order(wishes=wishes)
    for path in ("orders/", f"users/{await user_of(scenario, order)}/"):
        page = await owner.page(f"admin/{path}")
        assert f"<bdi>{shown}</bdi>" in page, path
        assert len(page) < 40_000
    page = await owner.page(f"admin/orders/{order}/")
    assert f"<bdi>{xhtml_escape(wishes)}</bdi>" in page
    assert (shown.endswith("…")) is cut


async def test_without_wishes_the_list_says_nothing_of_them(owner: Client, scenario: Scenario):
    for wishes in ("", "  \n "):
        await scenario.order(wishes=wishes)
    assert "需求：" not in await owner.page("admin/orders/")


async def user_of(scenario: Scenario, order_id: int) -> int:
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    return order.user_id


@pytest.mark.parametrize("queue", OfficeQueue)
def test_the_query_of_a_queue_asks_for_the_orders_of_that_queue(queue: OfficeQueue):
    at = 1_700_000_000_000
    wanted = orders_in(queue, at, VisitSettings())
    assert wanted != OrderFilter()
    assert listing.read_filter(listing.query_of(wanted), at) == wanted
