"""The pages of orders: found, paged, assigned, noted, revealed, refunded."""

from __future__ import annotations

import asyncio
import re
from enum import StrEnum
from typing import Any

import pytest
from tornado.escape import xhtml_escape

from accounts import forgetting
from clock import DAY, MINUTE, day_bounds
from handlers.admin import labels
from handlers.admin.orders import listing
from handlers.admin.orders.listing import shortcuts
from handlers.admin.people import escorts, users
from storage.models import AttemptState, EscortState, OrderState, RefundState
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import ID_CARD, MOBILE, Scenario


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
    for module in (listing, users):
        monkeypatch.setattr(module, "PAGE" if module is listing else "SHOWN", 2)
    user = await scenario.user("小李")
    mine = [
        await scenario.order(state, user_id=user)
        for state in ("finished", "paid", "finished", "paid", "finished")
    ]
    other = await scenario.order(visit_date=scenario.day(1))
    page = await owner.page(f"admin/users/{user}/")
    assert "最近 2 单" in page
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


@pytest.mark.promise(17)
async def test_of_twenty_simultaneous_assigns_of_one_escort_to_one_morning_one_wins(
    owner: Client, scenario: Scenario
):
    escort = await scenario.escort()
    orders = [await scenario.order() for _ in range(20)]
    answers = await asyncio.gather(
        *(
            owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
            for order in orders
        )
    )
    assert sorted(answer.code for answer in answers) == [302] + [409] * 19
    async with scenario.storage.reading() as reader:
        taken = await reader.escorts.bookings(scenario.day(), scenario.day())
        states = [order.state for order in [await reader.orders.get(each) for each in orders] if order]
    assert len(taken) == 1
    assert sorted(states) == ["paid"] * 19 + ["serving"]
    assert (await scenario.audited()).count("order.assign") == 1


@pytest.mark.promise(17)
async def test_a_full_day_takes_both_halves(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    whole = await scenario.order(service_unit="天")
    half = await scenario.order()
    assert (
        await owner.post(f"admin/orders/{whole}/assign/", {"escort_id": escort, "half": "am"})
    ).code == 302
    for part in ("am", "pm", "day"):
        answer = await owner.post(f"admin/orders/{half}/assign/", {"escort_id": escort, "half": part})
        assert answer.code == 409
        assert f"已有订单 #{whole}" in answer.body.decode()
    assert "当天已满" in await owner.page(f"admin/orders/{half}/")
    assert (await owner.post(f"admin/orders/{whole}/unassign/", {"reason": "换人"})).code == 302
    assert (await owner.post(f"admin/orders/{half}/assign/", {"escort_id": escort, "half": "pm"})).code == 302


async def test_only_an_approved_escort_is_assigned(owner: Client, scenario: Scenario):
    order = await scenario.order()
    for state in ("pending", "rejected", "suspended"):
        escort = await scenario.escort("别人", state)
        answer = await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
        assert answer.code == 409


async def test_what_speaks_against_a_finish_is_said_before(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    cases = {(2, False): 2, (0, False): 1, (2, True): 1, (0, True): 0}
    for (days, assigned), doubts in cases.items():
        order = await scenario.order(visit_date=scenario.day(days))
        if assigned:
            await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
        page = await owner.page(f"admin/orders/{order}/")
        said = ["还没有安排陪诊员" in page, "还没有到" in page]
        assert said == [not assigned, days > 0], (days, assigned)
        assert sum(said) == doubts
        assert (await owner.post(f"admin/orders/{order}/finish/")).code == 302


async def test_two_clerks_cannot_overwrite_each_others_notes_unseen(
    owner: Client, clerk: Client, scenario: Scenario
):
    order = await scenario.order()
    assert (await owner.post(f"admin/orders/{order}/notes/", {"notes": "第一个", "version": 0})).code == 302
    answer = await clerk.post(f"admin/orders/{order}/notes/", {"notes": "第二个", "version": 0})
    assert answer.code == 409
    page = answer.body.decode()
    assert "第一个" in page
    assert "第二个" in page
    async with scenario.storage.reading() as reader:
        kept = await reader.orders.get(order)
    assert kept is not None
    assert kept.admin_notes == "第一个"
    assert (await clerk.post(f"admin/orders/{order}/notes/", {"notes": "合并", "version": 1})).code == 302


@pytest.mark.promise(23, 25)
async def test_numbers_are_masked_until_they_are_revealed_and_that_is_written_down(
    owner: Client, scenario: Scenario
):
    order = await scenario.order()
    page = await owner.page(f"admin/orders/{order}/")
    assert MOBILE not in page
    assert ID_CARD not in page
    assert "138****1234" in page
    page = (await owner.post(f"admin/orders/{order}/reveal/", {"what": "phone"})).body.decode()
    assert MOBILE in page
    assert ID_CARD not in page
    page = (await owner.post(f"admin/orders/{order}/reveal/", {"what": "id_number"})).body.decode()
    assert ID_CARD in page
    assert (await scenario.audited())[-2:] == ["patient.reveal.phone", "patient.reveal.id_number"]
    async with scenario.storage.reading() as reader:
        assert all(ID_CARD not in entry.after_json for entry in await reader.audit.page())


async def test_an_id_number_needs_the_password_again_after_ten_minutes(owner: Client, scenario: Scenario):
    order = await scenario.order()
    scenario.clock.at += 11 * MINUTE
    path = f"admin/orders/{order}/reveal/"
    answer = await owner.post(path, {"what": "id_number"})
    assert answer.code == 403
    assert "请再次输入密码" in answer.body.decode()
    assert 'name="what" value="id_number"' in answer.body.decode()
    answer = await owner.post(path, {"what": "id_number", "confirm_password": "wrong"})
    assert answer.code == 403
    assert ID_CARD not in answer.body.decode()
    answer = await owner.post(path, {"what": "id_number", "confirm_password": PASSWORD})
    assert ID_CARD in answer.body.decode()
    assert ID_CARD in (await owner.post(path, {"what": "id_number"})).body.decode()


@pytest.mark.promise(24, 25)
async def test_a_forgotten_id_number_is_said_to_be_gone_and_not_revealed(owner: Client, scenario: Scenario):
    order = await scenario.order("finished")
    async with scenario.storage.transaction() as tx:
        found = await tx.orders.get(order)
        assert found is not None
        await tx.patients.delete(found.patient_id, found.user_id, scenario.clock(), scenario.clock() + DAY)
        await tx.commit()
    scenario.clock.at += 2 * DAY
    assert (
        await forgetting.forget_due(
            scenario.storage, scenario.clock, scenario.services.settings.privacy, "test"
        )
        == 1
    )
    await owner.log_in()
    page = await owner.page(f"admin/orders/{order}/")
    assert "用户已删除这位就诊人，不再保存" in page
    assert "138****1234" in page, "who has to be called about the order can be called"
    assert 'value="id_number"' not in page
    before = await scenario.audited()
    answer = await owner.post(f"admin/orders/{order}/reveal/", {"what": "id_number"})
    assert answer.code == 409
    assert "号码不再保存" in answer.body.decode()
    assert await scenario.audited() == before


async def test_half_of_an_order_is_refunded(owner: Client, scenario: Scenario):
    order = await scenario.order()
    answer = await owner.post(f"admin/orders/{order}/refund/", {"amount": "294", "reason": "服务缩短"})
    assert answer.code == 302
    async with scenario.storage.reading() as reader:
        refund = (await reader.refunds.of_order(order))[0]
    assert (refund.state, refund.amount_fen, refund.source) == ("approved", 29400, "admin")
    assert (await scenario.audited())[-1] == "refund.start"
    assert "再退一笔" in await owner.page(f"admin/orders/{order}/")
    for amount, code in (("588.01", 409), ("0", 400), ("-1", 400), ("1e3", 400), ("", 400), ("五百", 400)):
        answer = await owner.post(f"admin/orders/{order}/refund/", {"amount": amount, "reason": "x"})
        assert answer.code == code, amount


async def test_an_order_of_another_hospital_can_be_filtered(owner: Client, scenario: Scenario):
    order = await scenario.order(hospital_id=0, hospital_name="县医院")
    await scenario.order()
    assert numbers(await owner.page("admin/orders/?hospital=0")) == [order]


async def test_a_note_is_edited_in_its_row_and_a_conflict_is_shown_there(owner: Client, scenario: Scenario):
    order = await scenario.order()
    htmx = {"HX-Request": "true"}
    path = f"admin/orders/{order}/notes/"
    assert (await owner.get(path)).code == 302, "without htmx: the order's page"
    form = (await owner.get(path, **htmx)).body.decode()
    assert 'name="version" value="0"' in form
    assert "<html" not in form
    answers = [
        await owner.send(
            "POST",
            path,
            f"notes={text}&version=0&_xsrf={owner.cookies['_xsrf']}".encode(),
            {"Content-Type": "application/x-www-form-urlencoded", **htmx},
        )
        for text in ("mine", "theirs")
    ]
    assert "mine" in answers[0].body.decode()
    assert "<form" not in answers[0].body.decode()
    assert "没有保存" in answers[1].body.decode()
    assert "theirs" in answers[1].body.decode()
    assert "mine" in (await owner.get(path + "?show=1", **htmx)).body.decode()


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
        assert f"需求：<bdi>{shown}</bdi>" in page, path
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


def test_every_state_has_the_colour_of_its_own_kind():
    tables: dict[type[StrEnum], dict[Any, str]] = {
        OrderState: labels.ORDER_TONE,
        EscortState: labels.ESCORT_TONE,
        RefundState: labels.REFUND_TONE,
        AttemptState: labels.ATTEMPT_TONE,
    }
    for states, tones in tables.items():
        assert set(tones) == set(states)
        assert all(type(state) is states for state in tones), "no word of another kind"
    shared = set(labels.REFUND_STATE) & set(labels.ATTEMPT_STATE)
    assert shared, "the evidence of a case names both, by one table"
    assert all(
        labels.REFUND_STATE[RefundState(each)] == labels.ATTEMPT_STATE[AttemptState(each)] for each in shared
    )
    assert labels.ORDER_TONE[OrderState.PAID] != labels.ATTEMPT_TONE[AttemptState.PAID]
    assert labels.ESCORT_TONE[EscortState.APPROVED] != labels.REFUND_TONE[RefundState.APPROVED]
