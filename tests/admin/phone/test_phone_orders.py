"""A clerk enters an order for somebody who called."""

from __future__ import annotations

import asyncio
import json

import pytest

from clock import HOUR, day_bounds
from handlers.services import Services
from schemas.wire import time_text
from storage.models import Order, OrderState
from tests.admin.acts_about_cash import receipt_fields
from tests.admin.acts_by_phone import PHONE, add_service, phone_fields, phone_order
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, ID_CARD, Scenario

NEW = "admin/orders/new/"


async def _orders(scenario: Scenario) -> list[Order]:
    async with scenario.storage.reading() as reader:
        found = [await reader.orders.get(order_id) for order_id in range(1, 10)]
    return [order for order in found if order is not None]


async def test_the_form_makes_customer_patient_and_order_at_once(
    scenario: Scenario, owner: Client, clerk: Client, services: Services
) -> None:
    await add_service(owner)
    assert "电话下单" in await clerk.page("admin/orders/")
    answer = await clerk.post(NEW, phone_fields(scenario))
    assert answer.code == 302, answer.body.decode()
    (order,) = await _orders(scenario)
    assert (order.state, order.price_fen, order.origin) == (OrderState.UNPAID, 58_800, "phone")
    assert (order.patient_name, order.visit_time, order.wishes) == ("王秀英", "09:30", "会说陕西话")
    assert order.ordered_by is not None
    async with scenario.storage.reading() as reader:
        customer = await reader.customers.get(order.user_id)
        patient = await reader.patients.owned(order.patient_id, order.user_id)
    assert customer is not None
    assert (customer.name, customer.phone_tail) == ("王大明", "5678")
    assert patient is not None
    assert patient.consented_at == scenario.clock()
    assert services.vault.open(patient.id_number_sealed, "patients.id_number") == ID_CARD
    page = await clerk.page(f"admin/orders/{order.id}/")
    for text in ("代客户下单", "王大明", "139****5678", "没有小程序", "生成认领码和链接", "线下收款"):
        assert text in page
    assert "13912345678" not in page
    (row,) = await scenario.log()
    assert row[0] == "order.phone"
    assert "王" not in repr(row)
    assert "139" not in repr(row)


async def test_who_goes_to_the_hospital_themselves_is_named_once(scenario: Scenario, owner: Client) -> None:
    await add_service(owner)
    refused = await owner.post(NEW, phone_fields(scenario, relation="父母", patient_name=""))
    assert (refused.code, "请填写就诊人的姓名" in refused.body.decode()) == (400, True)
    answer = await owner.post(NEW, phone_fields(scenario, relation="本人", patient_name=" "))
    assert answer.code == 302, answer.body.decode()
    (order,) = await _orders(scenario)
    assert order.patient_name == "王大明"


async def test_a_patients_name_is_taken_without_what_nobody_sees_and_is_not_dots_alone(
    scenario: Scenario, owner: Client
) -> None:
    await add_service(owner)
    for nameless in ("··", "--", "\u2800\u2800", "王\u200b", "\u200b"):
        refused = await owner.post(NEW, phone_fields(scenario, patient_name=nameless))
        assert refused.code == 400, nameless
        refused = await owner.post(NEW, phone_fields(scenario, customer_name=nameless))
        assert refused.code == 400, nameless
    assert await _orders(scenario) == []
    answer = await owner.post(NEW, phone_fields(scenario, patient_name=" 王\u200b秀\u2800英\u202c "))
    assert answer.code == 302, answer.body.decode()
    (order,) = await _orders(scenario)
    assert order.patient_name == "王秀英"


@pytest.mark.parametrize("days", [0, 2, 40])
async def test_it_waits_for_its_money_as_long_as_a_claim_is_valid_and_never_beyond_its_day(
    scenario: Scenario, owner: Client, services: Services, days: int
) -> None:
    await add_service(owner)
    at, day = scenario.clock(), scenario.day(days)
    answer = await owner.post(NEW, phone_fields(scenario, visit_date=day, visit_time="23:30"))
    assert answer.code == 302, answer.body.decode()
    (order,) = await _orders(scenario)
    claim = at + services.settings.office.claim_hours * HOUR
    assert order.expires_at == min(claim, day_bounds(day)[1])
    assert (order.expires_at < claim) is (days < 3)


async def test_who_calls_again_is_found_by_phone_with_patients_and_orders(
    scenario: Scenario, owner: Client
) -> None:
    await add_service(owner)
    await owner.post(NEW, phone_fields(scenario))
    await owner.post("admin/orders/1/receipt/", receipt_fields(scenario))
    page = (
        await owner.post(NEW, {"act": "look", "customer_phone": "+86 139-1234-5678", "wishes": HOSTILE})
    ).body.decode()
    assert "老客户" in page
    assert 'name="patient_id" value="1"' in page
    assert "这位客户的订单" in page
    assert "<script>alert" not in page
    fields = phone_fields(scenario, patient_id="1", patient_name="", idcard="", visit_date=scenario.day(5))
    answer = await owner.post(NEW, fields)
    assert answer.code == 302, answer.body.decode()
    first, second = await _orders(scenario)
    assert (first.user_id, first.patient_id) == (second.user_id, second.patient_id)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"customer_phone": "12"}, "客户电话"),
        ({"customer_name": ""}, "客户姓名"),
        ({"patient_name": ""}, "请填写就诊人的姓名"),
        ({"consent": ""}, "先征得客户同意"),
        ({"idcard": "11010519491231002Y"}, "证件号码"),
        ({"service_id": "99"}, "没有这项服务"),
        ({"hospital_id": "77"}, "没有这家医院"),
        ({"hospital_id": "0"}, "请填写医院的名称"),
        ({"visit_date": "2020-01-01"}, "日期"),
        ({"visit_date": ""}, "就诊日期"),
        ({"patient_id": "999"}, "没有这位就诊人"),
        ({"price_1": "￥1"}, "价格已变为 ￥588"),
        ({"visit_time": "25:99"}, "就诊时间"),
    ],
)
async def test_a_refused_form_says_why_keeps_what_was_typed_and_makes_nothing(
    scenario: Scenario, owner: Client, changes: dict[str, str], sentence: str
) -> None:
    await add_service(owner)
    answer = await owner.post(NEW, {**phone_fields(scenario), **changes})
    page = answer.body.decode()
    assert answer.code == (409 if "价格" in sentence else 400), page
    assert "没有下单" in page
    assert sentence in page
    assert "会说陕西话" in page
    assert await _orders(scenario) == []
    async with scenario.storage.reading() as reader:
        assert await reader.customers.get(1) is None  # half of it is not kept
        assert await reader.patients.get(1) is None


async def test_a_day_that_is_blocked_is_greyed_with_its_reason_and_refused(
    scenario: Scenario, owner: Client
) -> None:
    await add_service(owner)
    day = scenario.day()
    blocked = {"first": day, "last": "", "half": "day", "hospital_id": "0", "reason": "年会"}
    answer = await owner.post("admin/days/", blocked)
    assert answer.code == 302, answer.body.decode()
    page = (await owner.post(NEW, phone_fields(scenario, act="look"))).body.decode()
    assert f'<option value="{day}" disabled' in page
    assert "（上午已经过去）" in page, "today's, in the afternoon"
    assert "年会" in page
    answer = await owner.post(NEW, phone_fields(scenario))
    assert answer.code == 409, answer.body.decode()
    assert "年会" in answer.body.decode()
    assert await _orders(scenario) == []


async def test_a_day_behind_the_horizon_is_refused_and_its_last_day_is_not(
    scenario: Scenario, owner: Client, services: Services
) -> None:
    await add_service(owner)
    horizon = services.settings.orders.horizon_days
    for day in (scenario.day(horizon + 1), "9999-12-31"):
        answer = await owner.post(NEW, phone_fields(scenario, visit_date=day))
        assert answer.code == 400
        assert f"最多提前 {horizon} 天预约" in answer.body.decode()
    assert await _orders(scenario) == []
    assert (await owner.post(NEW, phone_fields(scenario, visit_date=scenario.day(horizon)))).code == 302


async def test_a_patient_with_an_unpaid_order_gets_no_second_one(scenario: Scenario, owner: Client) -> None:
    await add_service(owner)
    assert (await owner.post(NEW, phone_fields(scenario))).code == 302
    answer = await owner.post(NEW, phone_fields(scenario, visit_date=scenario.day(4)))
    assert answer.code == 409
    assert "待付款的订单 #" in answer.body.decode()
    assert len(await _orders(scenario)) == 1


async def test_the_same_form_twice_at_once_makes_one_order(scenario: Scenario, owner: Client) -> None:
    await add_service(owner)
    answers = await asyncio.gather(*(owner.post(NEW, phone_fields(scenario)) for _ in range(3)))
    assert sorted(answer.code for answer in answers) == [302, 409, 409]
    assert len(await _orders(scenario)) == 1


async def test_the_same_form_without_an_id_number_makes_one_order_and_one_patient(
    scenario: Scenario, owner: Client
) -> None:
    await add_service(owner)
    form = phone_fields(scenario, idcard="", idcardKind="")
    answers = await asyncio.gather(*(owner.post(NEW, form) for _ in range(3)))
    assert sorted(answer.code for answer in answers) == [302, 409, 409]
    (order,) = await _orders(scenario)
    async with scenario.storage.reading() as reader:
        assert len(await reader.patients.of_user(order.user_id)) == 1


@pytest.mark.parametrize(
    ("stored", "patients"), [("Jose\u0301 Wei", 1), ("Jos\x01é Wei", 1), ("Jose Wei", 2)]
)
async def test_a_patient_whose_name_was_stored_otherwise_is_the_same_one(
    scenario: Scenario, owner: Client, stored: str, patients: int
) -> None:
    """Older versions kept an accent apart from its letter, and what nobody sees."""
    await add_service(owner)
    form = phone_fields(scenario, patient_name="José Wei", idcard="", idcardKind="")
    assert (await owner.post(NEW, form)).code == 302
    (first,) = await _orders(scenario)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE patients SET name = :name", {"name": stored})
        await tx.connection.execute("UPDATE orders SET state = 'cancelled', unpaid_user_id = NULL", {})
        await tx.commit()
    answer = await owner.post(NEW, form)
    assert answer.code == 302, answer.body.decode()
    async with scenario.storage.reading() as reader:
        assert len(await reader.patients.of_user(first.user_id)) == patients


@pytest.mark.parametrize("number", [{}, {"idcard": "", "idcardKind": ""}])
async def test_an_old_tab_orders_no_second_visit_once_the_first_is_paid(
    scenario: Scenario, owner: Client, number: dict[str, str]
) -> None:
    await add_service(owner)
    form = phone_fields(scenario) | number
    assert (await owner.post(NEW, form)).code == 302
    (first,) = await _orders(scenario)
    answer = await owner.post(f"admin/orders/{first.id}/receipt/", receipt_fields(scenario))
    assert answer.code == 302, answer.body.decode()
    again = await owner.post(NEW, form)
    assert again.code == 409
    assert f"已有同样的订单 #{first.id}" in again.body.decode()
    assert len(await _orders(scenario)) == 1
    assert (await owner.post(NEW, {**form, "visit_date": scenario.day(5)})).code == 302


async def test_a_service_that_needs_the_id_number_is_not_ordered_without_one(
    scenario: Scenario, owner: Client
) -> None:
    await add_service(owner, needs_id_number="1")
    answer = await owner.post(NEW, phone_fields(scenario, idcard="", idcardKind=""))
    page = answer.body.decode()
    assert answer.code == 400, page
    assert "证件号码" in page
    assert (await owner.post(NEW, phone_fields(scenario))).code == 302


async def test_paid_in_cash_it_runs_like_any_other(scenario: Scenario, owner: Client, clerk: Client) -> None:
    await add_service(owner)
    await clerk.post(NEW, phone_fields(scenario))
    assert (await clerk.post("admin/orders/1/receipt/", receipt_fields(scenario))).code == 302
    escort = await scenario.escort()
    answer = await clerk.post("admin/orders/1/assign/", {"escort_id": escort, "half": "am"})
    assert answer.code == 302, answer.body.decode()
    assert (await clerk.post("admin/orders/1/finish/")).code == 302
    assert [order.state for order in await _orders(scenario)] == [OrderState.FINISHED]


async def test_users_who_called_are_shown_as_such_and_found_by_phone(
    scenario: Scenario, owner: Client
) -> None:
    await add_service(owner)
    await owner.post(NEW, phone_fields(scenario))
    (order,) = await _orders(scenario)
    page = await owner.page("admin/users/?q=13912345678")
    for text in ("王大明", "139****5678", "没有小程序"):
        assert text in page
    page = await owner.page(f"admin/users/{order.user_id}/")
    assert "收不到消息" in page
    assert "13912345678" not in page


async def test_the_export_of_a_customer_who_phones_says_what_the_office_was_told(
    owner: Client, scenario: Scenario
):
    await phone_order(scenario, owner)
    answer = await owner.post("admin/users/1/export/")
    told = json.loads(answer.body)["officeCustomer"]
    assert told == {"name": "王大明", "phone": PHONE, "addedTime": time_text(scenario.clock())}
    await scenario.user()
    assert json.loads((await owner.post("admin/users/2/export/")).body)["officeCustomer"] is None
