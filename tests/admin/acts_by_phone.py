"""Acts about orders by phone, and what has to be there before them."""

from __future__ import annotations

from tests.admin.act_preparations import Ready
from tests.admin.catalog.test_catalog import HOSPITAL, SERVICE
from tests.admin.clients import Client
from tests.admin.scenario import ID_CARD, Scenario
from tests.admin.wechat_links import shown_claim, with_links

PHONE = "13912345678"


async def add_service(owner: Client, **changes: str) -> None:
    """A hospital, and a service that can be ordered, as an owner adds them; both have the id 1."""
    for table, fields in (("hospitals", HOSPITAL), ("services", SERVICE | {"price": "588"} | changes)):
        answer = await owner.post(f"admin/catalog/{table}/new/", fields)
        assert answer.code == 302, answer.body.decode()


def phone_fields(scenario: Scenario, service_id: int = 1, **changes: str) -> dict[str, str]:
    """The form, as a clerk fills it in on the phone."""
    return {
        "act": "place",
        "customer_phone": "139 1234 5678",
        "customer_name": "王大明",
        "patient_id": "0",
        "patient_name": "王秀英",
        "patient_sex": "w",
        "patient_adult": "y",
        "patient_phone": "",
        "relation": "父母",
        "idcardKind": "身份证",
        "idcard": ID_CARD,
        "consent": "y",
        "service_id": str(service_id),
        f"price_{service_id}": "￥588",
        "hospital_id": "1",
        "department": "心内科",
        "visit_date": scenario.day(),
        "visit_time": "09:30",
        "wishes": "会说陕西话",
        **changes,
    }


async def caller(scenario: Scenario, owner: Client) -> Ready:
    await add_service(owner)
    return Ready("", phone_fields(scenario), subject_id=1)


async def phone_order(scenario: Scenario, owner: Client) -> Ready:
    ready = await caller(scenario, owner)
    answer = await owner.post("admin/orders/new/", ready.fields)
    assert answer.code == 302, answer.body.decode()
    return Ready(1)


async def phone_order_with_a_code(scenario: Scenario, owner: Client) -> Ready:
    ready = await phone_order(scenario, owner)
    assert (await owner.post(f"admin/orders/{ready.id}/claim/")).code == 200
    return ready


async def phone_order_with_a_link(scenario: Scenario, owner: Client) -> Ready:
    ready = await phone_order(scenario, owner)
    with_links(scenario)
    page = (await owner.post(f"admin/orders/{ready.id}/claim/")).body.decode()
    return Ready(ready.id, shown_claim(page))


async def order_to_remind_of(scenario: Scenario, owner: Client) -> Ready:
    with_links(scenario)
    return Ready(await scenario.order("paid"))
