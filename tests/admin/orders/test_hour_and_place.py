"""Hour, place, contact phone and answers of an order, wherever the office reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from privacy import ORDER_CONTACT_PHONE
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

PHONE = "13955556666"


async def order_with_everything(scenario: Scenario, **changes: Any) -> int:
    content: dict[str, Any] = {
        "visit_time": "09:30",
        "campus": "南院区",
        "meeting_point": "门诊楼一层大厅",
        "contact_phone_sealed": scenario.services.vault.seal(PHONE, ORDER_CONTACT_PHONE),
        "contact_phone_tail": "6666",
        "appointment": "help",
        "mobility": "wheelchair",
        "hearing": "impaired",
        "answers": json.dumps({"要买的药": "<b>二甲双胍</b>"}),
        **changes,
    }
    return await scenario.order(**content)


async def test_the_page_of_the_order_tells_everything_and_masks_the_phone(owner: Client, scenario: Scenario):
    wanted = await scenario.escort("赵敏", "approved")
    page = await owner.page(
        f"admin/orders/{await order_with_everything(scenario, preferred_escort_id=wanted)}/"
    )
    for words in (
        "09:30",
        "南院区",
        "门诊楼一层大厅",
        "需要协助挂号",
        "坐轮椅，听力不好",
        "139****6666",
        "要买的药",
        "赵敏",
    ):
        assert words in page, words
    assert "&lt;b&gt;二甲双胍" in page
    assert PHONE not in page
    assert "待安排" in page


@pytest.mark.promise(25)
async def test_the_contact_phone_in_full_is_an_act_in_the_log(owner: Client, scenario: Scenario):
    order_id = await order_with_everything(scenario)
    shown = await owner.post(f"admin/orders/{order_id}/reveal/contact/")
    assert PHONE in shown.body.decode()
    assert (await scenario.audited())[-1] == "order.reveal.contact_phone"
    plain = await scenario.order()
    rows = len(await scenario.audited())
    refused = await owner.post(f"admin/orders/{plain}/reveal/contact/")
    assert (refused.code, "请打就诊人的电话" in refused.body.decode()) == (409, True)
    assert len(await scenario.audited()) == rows


async def test_without_an_hour_it_waits_to_be_settled(owner: Client, scenario: Scenario):
    order_id = await scenario.order()
    assert "时间待确认" in await owner.page(f"admin/orders/{order_id}/")
    assert "时间待确认" in await owner.page("admin/orders/")


async def test_a_visit_that_takes_a_whole_day_stands_in_the_calendar_once(owner: Client, scenario: Scenario):
    order_id = await scenario.order(takes="day", visit_time="10:30", service_unit="天")
    escort = await scenario.escort("王芳", "approved")
    fields = {"escort_id": escort, "half": "day"}
    assert (await owner.post(f"admin/orders/{order_id}/assign/", fields)).code == 302
    calendar = await owner.page("admin/runners/calendar/")
    assert calendar.count(f'orders/{order_id}/"') == 1
    assert f"<b>10:30</b> #{order_id} 全天" in calendar


async def test_list_calendar_and_export_tell_hour_and_place(owner: Client, scenario: Scenario):
    order_id = await order_with_everything(scenario)
    await order_with_everything(scenario, visit_time="08:15")
    escort = await scenario.escort("王芳", "approved")
    fields = {"escort_id": escort, "half": "am"}
    assert (await owner.post(f"admin/orders/{order_id}/assign/", fields)).code == 302
    listed = await owner.page("admin/orders/")
    assert "<b>09:30</b></span>" in listed
    assert "门诊楼一层大厅" in listed
    calendar = await owner.page("admin/runners/calendar/")
    assert "<b>09:30</b>" in calendar
    assert "</b> 08:15 #" in calendar
    exported = (await owner.get("admin/orders/export/?format=csv")).body.decode("utf-8-sig")
    head, *rows = exported.splitlines()
    assert "就诊时间" in head
    assert "院区" in head
    assert all("南院区" in row and "要买的药：<b>二甲双胍</b>" in row for row in rows)
    assert PHONE not in exported


async def test_the_office_answers_a_rating_and_takes_the_answer_back(owner: Client, scenario: Scenario):
    order_id = await scenario.order("finished")
    refused = await owner.post(f"admin/orders/{order_id}/answer/", {"answer": "谢谢"})
    assert refused.code == 409
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET stars = 4, rating_tags = '准时 耐心' WHERE id = :id", {"id": order_id}
        )
        await tx.commit()
    assert (await owner.post(f"admin/orders/{order_id}/answer/", {"answer": "谢谢您"})).code == 302
    page = await owner.page(f"admin/orders/{order_id}/")
    assert "谢谢您" in page
    assert "耐心" in page
    await owner.post(f"admin/orders/{order_id}/answer/", {"answer": ""})
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    assert (order.rating_answer, order.rating_answered_at) == ("", None)
