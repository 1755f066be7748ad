"""Calling in one audited act, the day on a phone, the next order of a list, and what is new without reloading."""

from __future__ import annotations

import json

import pytest
from tornado.httpclient import HTTPResponse

from clock import DAY, MINUTE
from orders import serving
from privacy import ORDER_CONTACT_PHONE
from storage.models import Actor, Cause
from tests.admin.clients import Client, error_of
from tests.admin.desk.test_desk import text_of
from tests.admin.scenario import MOBILE, Scenario


async def call(client: Client, order: int, whom: str = "patient") -> HTTPResponse:
    headers = {"Accept": "application/json", "X-XSRFToken": client.csrf_token}
    return await client.send("POST", f"admin/orders/{order}/call/{whom}/", b"", headers)


async def give(scenario: Scenario, order: int, escort: int) -> None:
    cause = Cause(Actor("admin", 1), scenario.clock())
    await scenario.storage.run(lambda tx: serving.assign(tx, order, escort, "am", cause))


async def test_a_call_reveals_the_number_and_writes_it_down_in_one_act(clerk: Client, scenario: Scenario):
    order = await scenario.order()
    page = await clerk.page("admin/orders/")
    assert MOBILE not in page
    assert f"尾号 {MOBILE[-4:]}" in page
    answer = await call(clerk, order)
    assert json.loads(answer.body) == {"name": "李雷", "phone": MOBILE}
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await scenario.log())[0] == ("order.call.patient", None, {"what": "phone"})
    plain = await clerk.post(f"admin/orders/{order}/call/patient/")
    assert f'href="tel:{MOBILE}"' in plain.body.decode()


async def test_the_contact_of_the_day_is_called_before_the_patient(owner: Client, scenario: Scenario):
    order = await scenario.order()
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET contact_phone_sealed = :sealed, contact_phone_tail = '4321' WHERE id = :id",
            {"sealed": scenario.services.vault.seal("13700004321", ORDER_CONTACT_PHONE), "id": order},
        )
        await tx.commit()
    assert json.loads((await call(owner, order)).body)["phone"] == "13700004321"
    assert (await scenario.log())[0][2] == {"what": "contact_phone"}
    assert "尾号 4321" in await owner.page("admin/orders/")


async def test_an_escort_is_called_while_the_order_has_one(owner: Client, scenario: Scenario):
    order, escort = await scenario.order(), await scenario.escort(phone="13900005678")
    assert (await call(owner, order, "escort")).code == 409
    await give(scenario, order, escort)
    assert json.loads((await call(owner, order, "escort")).body) == {"name": "王芳", "phone": "13900005678"}
    assert (await call(owner, 999_999)).code == 404
    assert [act for act in await scenario.audited() if "call" in act] == ["order.call.escort"]


async def test_an_escort_without_a_number_is_not_called(owner: Client, scenario: Scenario):
    order, escort = await scenario.order(), await scenario.escort()
    path = f"admin/orders/{order}/call/escort/"
    assert error_of(await owner.post_json(path, {})) == "no_escort"
    await give(scenario, order, escort)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE escorts SET phone_sealed = ''")
        await tx.commit()
    refused = await owner.post_json(path, {})
    assert (refused.code, error_of(refused)) == (409, "no_escort_phone")
    assert "这位陪诊员已删除个人资料" in text_of(await call(owner, order, "escort"))
    assert await scenario.audited() == []


async def test_the_day_is_read_by_its_hours(owner: Client, scenario: Scenario):
    today = scenario.day(0)
    for time, name in (("15:00", "晚的"), ("", "没定的"), ("08:30", "早的")):
        await scenario.order(visit_date=today, visit_time=time, patient=name)
    await scenario.order("unpaid", visit_date=today, patient="没付的")
    await scenario.order(visit_date=scenario.day(1), patient="明天的")
    page = await owner.page("admin/desk/today/")
    places = [page.index(name) for name in ("早的", "没定的", "晚的")]
    assert places == sorted(places)
    assert "没付的" not in page
    assert "明天的" not in page
    assert "还没有陪诊员，去安排" in page
    assert "明天的" in await owner.page(f"admin/desk/today/?day={scenario.day(1)}")
    assert "这一天没有就诊" in await owner.page("admin/desk/today/?day=2099-01-01")


async def follow(client: Client, order: int, query: str = "") -> str:
    answer = await client.get(f"admin/orders/{order}/next/{query}")
    assert answer.code == 302
    return str(answer.headers["Location"]).partition("admin/")[2]


async def test_the_next_order_is_the_next_of_the_same_list(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    first, second, third = [
        await scenario.order(visit_date=scenario.day(day), visit_time=time)
        for day, time in ((1, "09:00"), (1, "14:00"), (2, "08:00"))
    ]
    await scenario.order("finished", visit_date=scenario.day(1), visit_time="10:00")
    query = "?state=paid&escort=none"
    for start in ("", query):
        assert await follow(owner, first, start) == f"orders/{second}/"
        assert await follow(owner, second, start) == f"orders/{third}/"
        assert await follow(owner, third, start) == f"orders/{first}/"
    await give(scenario, second, escort)
    assert await follow(owner, second, query) == f"orders/{third}/", "it has left the list"
    assert await follow(owner, second) == f"orders/{third}/"
    assert await follow(owner, first, f"{query}&to={scenario.day(1)}") == (
        f"orders/?state=paid&escort=none&to={scenario.day(1)}&done=queue-done"
    )


async def test_news_say_what_was_paid_since_and_answer_the_same_question_with_304(
    clerk: Client, scenario: Scenario
):
    await scenario.order(visit_date=scenario.day(0))
    since = scenario.clock()
    path = f"admin/desk/news/?since={since}"
    first = await clerk.get(path)
    found = json.loads(first.body)
    assert (found["paid"], found["waiting"]) == (0, 1)
    assert sum(found["tiles"].values()) >= 1
    again = await clerk.get(path, **{"If-None-Match": first.headers["Etag"]})
    assert (again.code, again.body) == (304, b"")
    scenario.clock.at += MINUTE
    await scenario.order(visit_date=scenario.day(0))
    await scenario.order("unpaid")
    newer = await clerk.get(path, **{"If-None-Match": first.headers["Etag"]})
    assert (newer.code, json.loads(newer.body)["paid"], json.loads(newer.body)["waiting"]) == (200, 1, 2)


async def test_news_reach_back_a_day_at_the_most_and_without_a_time_not_at_all(
    clerk: Client, scenario: Scenario
):
    async def paid(query: str) -> int:
        found: int = json.loads((await clerk.get(f"admin/desk/news/{query}")).body)["paid"]
        return found

    scenario.clock.at -= DAY + MINUTE
    await scenario.order()
    scenario.clock.at += 2 * MINUTE
    await scenario.order()
    scenario.clock.at += DAY - MINUTE
    assert await paid("?since=1") == 1, "the one of more than a day ago is no news"
    assert await paid("") == await paid("?since=x") == 0
    await scenario.order()
    scenario.clock.at += 1
    assert await paid(f"?since={scenario.clock() - MINUTE}") == 1


@pytest.mark.promise(20)
async def test_a_page_that_asks_for_news_keeps_no_session_alive(owner: Client, scenario: Scenario):
    for _ in range(13):
        scenario.clock.at += 9 * MINUTE
        assert (await owner.get("admin/desk/news/")).code == 200
    scenario.clock.at += 9 * MINUTE
    assert (await owner.get("admin/desk/news/")).code == 302, "two hours without a person"


async def test_the_ticked_orders_are_a_file(clerk: Client, scenario: Scenario):
    first, second, other = [await scenario.order(patient=name) for name in ("张三", "李四", "王五")]
    fields = {f"order_{order}": "y" for order in (first, second)}
    answer = await clerk.post("admin/orders/export/ticked/?format=csv", fields)
    text = answer.body.decode("utf-8-sig")
    assert ("张三" in text, "李四" in text, "王五" in text) == (True, True, False)
    assert (await scenario.log())[0] == ("order.export", None, {"rows": 2, "orders": [first, second]})
    assert other not in (await scenario.log())[0][2]["orders"]
    assert (await clerk.post("admin/orders/export/ticked/", {})).code == 400
    assert "还没有勾选订单" in text_of(await clerk.post("admin/orders/export/ticked/", {}))
