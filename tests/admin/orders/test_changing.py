"""The form that changes a paid order, the requests of users, and what was paid for a full day."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from privacy import ORDER_CONTACT_PHONE
from storage.models import Order
from tests.admin.acts_about_days import ask_to_move, change_fields
from tests.admin.catalog.test_catalog import HOSPITAL
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario


async def order_of(scenario: Scenario, order_id: int) -> Order:
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    return order


async def form(owner: Client, scenario: Scenario, order_id: int, **changes: Any) -> dict[str, Any]:
    """The form with what its page shows, and with changes."""
    fields = await change_fields(scenario, order_id, **changes)
    page = await owner.page(f"admin/orders/{order_id}/")
    assert f'name="fingerprint" value="{fields["fingerprint"]}"' in page
    return fields


async def change(owner: Client, order_id: int, fields: dict[str, Any]) -> Any:
    return await owner.post(f"admin/orders/{order_id}/change/", fields)


async def last_audit(scenario: Scenario) -> tuple[str, Any, Any]:
    async with scenario.storage.reading() as reader:
        row = await reader.connection.fetch_one(
            "SELECT act, before_json, after_json FROM audit_log ORDER BY id DESC LIMIT 1"
        )
    assert row is not None
    return str(row[0]), json.loads(row[1] or "{}"), json.loads(row[2] or "{}")


@pytest.mark.promise(32)
async def test_the_office_changes_day_hour_and_place_and_everything_tells_before_and_after(
    owner: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order(visit_time="09:00")
    fields = await form(
        owner,
        scenario,
        order_id,
        visit_date=scenario.day(5),
        visit_time="14:30",
        meeting_point="门诊大厅",
        contact_phone="13912345678",
        wishes="要轮椅",
    )
    answer = await change(owner, order_id, fields)
    assert answer.headers["Location"].endswith(f"orders/{order_id}/?done=changed")
    after = await order_of(scenario, order_id)
    assert (after.visit_date, after.visit_time, after.meeting_point) == (scenario.day(5), "14:30", "门诊大厅")
    assert (after.wishes, after.department, after.hospital_name) == ("要轮椅", "心内科", "第一医院")
    assert after.contact_phone_tail == "5678"
    assert "13912345678" not in after.contact_phone_sealed
    act, before_facts, after_facts = await last_audit(scenario)
    assert act == "order.change"
    assert (before_facts["visit_time"], after_facts["visit_time"]) == ("09:00", "14:30")
    assert after_facts["reason"] == "医生改了时间"
    assert "要轮椅" not in str(after_facts), "the log is never erased"
    page = await owner.page(f"admin/orders/{order_id}/")
    assert "时间 09:00 → 14:30" in page
    log = await owner.page("admin/audit/")
    assert "修改预约" in log
    assert "13912345678" not in page + log


async def test_every_field_of_the_form_changes_its_own_and_a_number_can_be_taken_away(
    owner: Client, scenario: Scenario
) -> None:
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    await owner.post("admin/catalog/hospitals/new/", {**HOSPITAL, "name": "县医院"})
    order_id = await scenario.order(visit_time="09:00")
    typed = {
        "visit_date": scenario.day(5),
        "visit_time": "14:30",
        "hospital_id": 2,
        "campus": "南院",
        "meeting_point": "门诊大厅",
        "department": "骨科",
        "wishes": "要轮椅",
    }
    fields = await form(owner, scenario, order_id, **typed, contact_phone="13912345678")
    assert (await change(owner, order_id, fields)).code == 302
    after = await order_of(scenario, order_id)
    expected = {**typed, "hospital_name": "县医院", "contact_phone_tail": "5678"}
    assert {name: getattr(after, name) for name in expected} == expected
    assert scenario.services.vault.open(after.contact_phone_sealed, ORDER_CONTACT_PHONE) == "13912345678"
    kept = await form(owner, scenario, order_id, visit_time="15:00")
    assert (await change(owner, order_id, kept)).code == 302
    assert (await order_of(scenario, order_id)).contact_phone_sealed == after.contact_phone_sealed
    elsewhere = {"hospital_id": 0, "hospital_name": "别的医院", "no_contact_phone": "1"}
    fields = await form(owner, scenario, order_id, **elsewhere)
    assert (await change(owner, order_id, fields)).code == 302
    after = await order_of(scenario, order_id)
    assert (after.hospital_id, after.hospital_name) == (0, "别的医院")
    assert (after.contact_phone_sealed, after.contact_phone_tail) == ("", "")


@pytest.mark.promise(32)
async def test_a_taken_escort_is_named_what_was_typed_stays_and_they_can_be_taken_off(
    owner: Client, scenario: Scenario
) -> None:
    escort = await scenario.escort("王芳")
    order_id, other = await scenario.order(), await scenario.order(visit_date=scenario.day(5))
    for each in (order_id, other):
        await owner.post(f"admin/orders/{each}/assign/", {"escort_id": escort, "half": "am"})
    fields = await form(owner, scenario, order_id, visit_date=scenario.day(5), meeting_point="南门")
    assert "改期并取消安排" not in await owner.page(f"admin/orders/{order_id}/")
    before = await order_of(scenario, order_id)
    answer = await change(owner, order_id, fields)
    page = answer.body.decode()
    assert answer.code == 409
    assert "王芳" in page.partition('id="change"')[2]
    assert "上午已有订单 #" in page
    assert f'name="visit_date" value="{scenario.day(5)}"' in page
    assert 'value="南门"' in page
    assert "改期并取消安排" in page
    assert await order_of(scenario, order_id) == before
    await change(owner, order_id, {**fields, "take_escort_off": "1"})
    after = await order_of(scenario, order_id)
    assert (after.state, after.escort_id, after.visit_date) == ("paid", None, scenario.day(5))
    _, before_facts, after_facts = await last_audit(scenario)
    assert (before_facts["escort"], after_facts["escort"]) == (escort, None)


@pytest.mark.promise(32)
async def test_a_form_that_is_older_than_a_change_is_refused(
    owner: Client, clerk: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order()
    first = await form(owner, scenario, order_id, visit_date=scenario.day(5))
    second = await form(clerk, scenario, order_id, visit_date=scenario.day(6))
    assert (await change(owner, order_id, first)).code == 302
    answer = await change(clerk, order_id, second)
    assert answer.code == 409
    assert "这个订单有了变化" in answer.body.decode()
    assert (await order_of(scenario, order_id)).visit_date == scenario.day(5)
    without = {name: value for name, value in second.items() if name != "fingerprint"}
    assert (await change(clerk, order_id, without)).code == 400


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("visit_date", "2001-01-01", "不能早于今天"),
        ("visit_date", "9999-12-31", "最多提前 180 天预约"),
        ("visit_time", "25:00", "时间：应为时间"),
        ("reason", "", "原因："),
        ("wanted_by", "", "谁要改："),
        ("contact_phone", "12", "联系电话："),
        ("hospital_id", "999", "没有这家医院"),
        ("hospital_id", "0", "请写下医院名称"),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    owner: Client, scenario: Scenario, field: str, value: str, words: str
) -> None:
    order_id = await scenario.order()
    before = await order_of(scenario, order_id)
    fields = await form(owner, scenario, order_id, visit_date=scenario.day(5), meeting_point=HOSTILE)
    answer = await change(owner, order_id, {**fields, field: value})
    page = answer.body.decode()
    assert answer.code == 400
    assert words in html.unescape(page)
    assert "<script>alert" not in page
    assert await order_of(scenario, order_id) == before
    assert "order.change" not in await scenario.audited()


async def test_nothing_is_no_change_and_what_is_over_has_no_form(owner: Client, scenario: Scenario) -> None:
    order_id = await scenario.order()
    fields = await form(owner, scenario, order_id)
    answer = await change(owner, order_id, fields)
    assert (answer.code, "没有改动" in answer.body.decode()) == (409, True)
    await owner.post(f"admin/orders/{order_id}/finish/")
    assert 'id="change"' not in await owner.page(f"admin/orders/{order_id}/")
    answer = await change(owner, order_id, {**fields, "visit_date": scenario.day(5)})
    assert answer.code == 409


@pytest.mark.promise(32)
async def test_a_request_is_shown_and_accepted_or_refused_with_a_reason(
    owner: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order(visit_time="09:00")
    request = await ask_to_move(scenario, order_id, scenario.day(5), HOSTILE[:80], 50)
    page = await owner.page(f"admin/orders/{order_id}/")
    assert "用户申请改期" in page
    assert "<script>alert" not in page
    assert "最多也退这么多" in page
    silent = await owner.post(f"admin/orders/{order_id}/move/", {"request_id": request, "decision": "refuse"})
    assert (silent.code, "不同意时请写下原因" in silent.body.decode()) == (400, True)
    await owner.post(
        f"admin/orders/{order_id}/move/", {"request_id": request, "decision": "refuse", "note": "那天没有人"}
    )
    assert (await order_of(scenario, order_id)).visit_time == "09:00"
    again = await owner.post(f"admin/orders/{order_id}/move/", {"request_id": request, "decision": "accept"})
    assert (again.code, "已经处理过了" in again.body.decode()) == (409, True)
    request = await ask_to_move(scenario, order_id, scenario.day(6), percent=50)
    await owner.post(f"admin/orders/{order_id}/move/", {"request_id": request, "decision": "accept"})
    after = await order_of(scenario, order_id)
    assert (after.visit_date, after.visit_time, after.max_refund_percent) == (scenario.day(6), "10:00", 50)
    assert [act for act in await scenario.audited() if act.startswith("order.move")] == [
        "order.move.refuse",
        "order.move.accept",
    ]


@pytest.mark.promise(37)
async def test_what_was_paid_for_a_full_day_is_shown_until_it_is_dealt_with(
    owner: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order()
    assert "约满仍付款" not in await owner.page(f"admin/orders/{order_id}/")
    async with scenario.storage.transaction() as tx:
        await tx.visit_days.mark_overbooked(order_id)
        await tx.commit()
    assert "约满仍付款" in await owner.page(f"admin/orders/{order_id}/")
    assert (await owner.post(f"admin/orders/{order_id}/overbooked/")).code == 302
    assert not (await order_of(scenario, order_id)).overbooked_open
    assert (await owner.post(f"admin/orders/{order_id}/overbooked/")).code == 409
    assert (await scenario.audited())[-1] == "order.overbooked"


async def test_moving_an_overbooked_order_deals_with_it(owner: Client, scenario: Scenario) -> None:
    order_id = await scenario.order()
    async with scenario.storage.transaction() as tx:
        await tx.visit_days.mark_overbooked(order_id)
        await tx.commit()
    await change(owner, order_id, await form(owner, scenario, order_id, visit_date=scenario.day(5)))
    assert not (await order_of(scenario, order_id)).overbooked_open


@pytest.mark.promise(37)
async def test_days_are_blocked_with_a_reason_shown_with_their_orders_and_opened_again(
    owner: Client, scenario: Scenario
) -> None:
    assert "没有停止预约的日子" in await owner.page("admin/days/")
    await scenario.order(visit_date=scenario.day(3))
    await scenario.order("unpaid", visit_date=scenario.day(3))
    fields = {
        "first": scenario.day(3),
        "last": scenario.day(4),
        "half": "day",
        "hospital_id": 0,
        "reason": HOSTILE[:64],
    }
    assert (await owner.post("admin/days/", fields)).headers["Location"].endswith("days/?done=day-blocked")
    page = await owner.page("admin/days/")
    assert "<script>alert" not in page
    assert page.count("恢复预约</button>") == 2
    assert re.search(rf"orders/\?from={scenario.day(3)}&amp;to={scenario.day(3)}\">1 个</a>", page)
    answer = await owner.post("admin/days/", {**fields, "last": scenario.day(6)})
    assert (answer.code, "已经设置过停止预约" in answer.body.decode()) == (409, True)
    async with scenario.storage.reading() as reader:
        blocked = await reader.visit_days.blocked(scenario.day(0), scenario.day(30))
    assert len(blocked) == 2, "all days of an act or none"
    assert (await owner.post(f"admin/days/{blocked[0].id}/open/")).code == 302
    assert (await owner.post(f"admin/days/{blocked[0].id}/open/")).code == 404
    assert [act for act in await scenario.audited() if act.startswith("day.")] == [
        "day.block",
        "day.block",
        "day.open",
    ]
    assert "停止预约" in await owner.page("admin/audit/")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first": "2001-01-01"}, "不能早于今天"),
        ({"last": "2001-01-01"}, "最后一天不能早于第一天"),
        ({"last": "2099-01-01"}, "一次最多 31 天"),
        ({"reason": " "}, "原因："),
        ({"half": "night"}, "时段："),
    ],
)
async def test_a_day_that_cannot_be_blocked_is_refused_with_what_was_typed(
    owner: Client, scenario: Scenario, changes: dict[str, str], words: str
) -> None:
    fields = {"first": scenario.day(3), "last": "", "half": "am", "hospital_id": 0, "reason": "放假"}
    answer = await owner.post("admin/days/", {**fields, **changes})
    assert answer.code == 400
    assert words in answer.body.decode()
    assert "day.block" not in await scenario.audited()
