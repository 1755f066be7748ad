"""Small decisions about orders by phone: how the form is read, what it shows, what the log keeps."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from accounts.patients import PatientContent
from clock import HOUR, day_bounds, shanghai_date
from handlers.admin.phone.entering import MAX_ORDERS, _number, _patient
from handlers.admin.phone.order_facts import phone_facts, remind_until
from handlers.services import Services
from privacy import CUSTOMER_PHONE, Vault, new_key
from storage import Reader
from storage.models import Order
from tests.admin.acts_by_phone import PHONE, add_service, phone_fields, phone_order
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.storage.rows import fill

NEW = "admin/orders/new/"
NOON = 1_795_060_800_000
TODAY = "2026-11-19"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("0", 0),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, 0),
        ("", 0),
        ("-1", 0),
        ("1.0", 0),
        ("七", 0),
        ("７", 0),
    ],
)
def test_a_number_of_the_form_is_read_or_none(text: str, number: int) -> None:
    assert _number(text) == number


GIVEN = {
    "patient_name": "王秀英",
    "patient_adult": "y",
    "patient_sex": "w",
    "relation": "父母",
    "patient_phone": "13900000001",
    "customer_phone": "13900000002",
    "id_kind": "passport",
    "id_number": "E00000001",
    "consent": "y",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"patient_adult": "n"}, {"adult": False}),
        ({"consent": ""}, {"consent": False}),
        ({"patient_phone": ""}, {"phone": "13900000002"}),
    ],
)
def test_a_new_patient_is_as_the_clerk_has_written(changes: dict[str, str], expected: dict[str, Any]) -> None:
    whole: dict[str, Any] = {
        "name": "王秀英", "adult": True, "sex": "w", "relation": "父母", "phone": "13900000001",
        "id_kind": "passport", "id_number": "E00000001", "consent": True,
    }  # fmt: skip
    assert _patient({**GIVEN, **changes}) == PatientContent(**{**whole, **expected})
    without_kind = {name: value for name, value in GIVEN.items() if name != "id_kind"}
    assert _patient(without_kind) == PatientContent(**{**whole, "id_kind": None})


# What the page of the order tells


def claim(**columns: Any) -> Any:
    return SimpleNamespace(**{"used_at": None, "revoked_at": None, "expires_at": NOON + 1, **columns})


async def facts(claims: list[Any], *, customer: bool = True, origin: str = "phone") -> dict[str, Any]:
    vault = Vault(new_key())
    row = SimpleNamespace(phone_sealed=vault.seal(PHONE, CUSTOMER_PHONE)) if customer else None

    async def get(user_id: int) -> Any:
        assert user_id == 3
        return row

    async def of_order(order_id: int) -> list[Any]:
        assert order_id == 9
        return claims

    reader = SimpleNamespace(customers=SimpleNamespace(get=get), claims=SimpleNamespace(of_order=of_order))
    order = SimpleNamespace(id=9, user_id=3, origin=origin)
    return await phone_facts(cast(Reader, reader), vault, cast(Order, order), NOON)


async def test_the_open_claim_is_the_one_that_works_now_and_the_used_one_is_told() -> None:
    open_, used = claim(), claim(used_at=NOON - 5)
    over, revoked = claim(expires_at=NOON), claim(revoked_at=NOON - 1)
    found = await facts([over, revoked, used, open_, claim()])
    assert (found["open_claim"], found["claimed"]) == (open_, used)
    assert found["customer_phone"] == "139****5678"
    found = await facts([over, revoked])
    assert (found["open_claim"], found["claimed"]) == (None, None)
    found = await facts([open_, used], customer=False, origin="app")
    assert found == {"customer": None, "customer_phone": "", "open_claim": None, "claimed": None}


END_OF_TODAY = day_bounds(TODAY)[1]


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({"state": "paid"}, END_OF_TODAY),
        ({"state": "serving"}, END_OF_TODAY),
        ({"state": "paid", "visit_date": "2026-11-20"}, END_OF_TODAY + 24 * HOUR),
        ({"state": "paid", "visit_date": "2026-11-18"}, 0),
        *(({"state": state}, 0) for state in ("finished", "refunding", "refunded", "cancelled")),
        ({"state": "unpaid", "expires_at": NOON + 1}, NOON + 1),
        ({"state": "unpaid", "expires_at": NOON}, 0),
        ({"state": "unpaid", "expires_at": NOON + 1, "visit_date": "2026-11-18"}, NOON + 1),
        ({"state": "paid", "hidden_at": 0}, 0),
        ({"state": "paid", "ending": "served"}, 0),
        ({"state": "unpaid", "expires_at": NOON + 1, "ending": "served"}, 0),
    ],
)
def test_an_order_is_reminded_of_while_it_waits_for_its_money_or_its_visit(
    changes: dict[str, Any], until: int
) -> None:
    plain = {"hidden_at": None, "ending": "", "expires_at": 0, "visit_date": TODAY}
    assert remind_until(cast(Order, SimpleNamespace(**{**plain, **changes})), NOON) == until


# What the form shows, and what the log keeps


async def test_the_days_of_the_form_go_from_today_to_the_last_one_that_can_be_booked(
    scenario: Scenario, owner: Client, services: Services
) -> None:
    await add_service(owner)
    page = (await owner.post(NEW, phone_fields(scenario, act="look"))).body.decode()
    days = re.findall(r'<option value="(\d{4}-\d\d-\d\d)"', page)
    horizon = services.settings.orders.horizon_days
    assert (days[0], days[-1], len(days)) == (
        shanghai_date(scenario.clock()),
        scenario.day(horizon),
        horizon + 1,
    )
    without = (await owner.post(NEW, phone_fields(scenario, 99, act="look"))).body.decode()
    assert not re.search(r'<option value="\d{4}-\d\d-\d\d"', without)


async def test_the_last_ten_orders_of_a_customer_are_shown_hidden_ones_too(
    scenario: Scenario, owner: Client
) -> None:
    await phone_order(scenario, owner)
    async with scenario.storage.transaction() as tx:
        first = await tx.orders.get(1)
        assert first is not None
        for number in range(2, MAX_ORDERS + 2):
            copy = {
                "user_id": first.user_id,
                "state": "cancelled",
                "hidden_at": 1,
                "hospital_name": f"医院{number}",
            }
            await fill(tx, "orders", {**copy, "id": number, "created_at": number, "unpaid_user_id": None})
        await tx.commit()
    page = (await owner.post(NEW, phone_fields(scenario, act="look"))).body.decode()
    shown = sorted({int(number) for number in re.findall(r"orders/(\d+)/", page)})
    assert shown == list(range(2, MAX_ORDERS + 2))
    assert MAX_ORDERS == 10


async def test_the_log_names_what_was_ordered_by_numbers_alone(
    scenario: Scenario, clerk: Client, owner: Client
) -> None:
    await add_service(owner)
    assert (await clerk.post(NEW, phone_fields(scenario))).code == 302
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(1)
        (entry,) = await reader.audit.page(limit=1)
    assert order is not None
    assert (entry.act, entry.subject, entry.subject_id) == ("order.phone", "order", "1")
    ((_, before, after),) = await scenario.log()
    assert before is None
    assert after == {
        "user_id": order.user_id,
        "patient": order.patient_id,
        "service_id": 1,
        "visit_date": scenario.day(),
        "hospital_id": 1,
    }
    assert (await clerk.post("admin/orders/1/claim/")).code == 200
    assert (await clerk.post("admin/orders/1/claim/revoke/")).code == 302
    done = await clerk.post("admin/orders/1/discard/", {"reason": "打错了"})
    assert done.headers["Location"].endswith("orders/1/?done=discarded")
    assert await scenario.log(3) == [
        ("order.discard", None, {"reason": "打错了"}),
        ("claim.revoke", None, None),
        ("claim.create", None, None),
    ]
    async with scenario.storage.reading() as reader:
        entries = await reader.audit.page(limit=3)
    assert [(each.subject, each.subject_id) for each in entries] == [("order", "1")] * 3


async def test_the_field_that_is_wrong_is_marked_and_no_other_one(scenario: Scenario, owner: Client) -> None:
    await add_service(owner)
    for wrong, name in (
        ({"customer_phone": "12"}, "customer_phone"),
        ({"visit_date": "2020-01-01"}, "visit_date"),
    ):
        page = (await owner.post(NEW, {**phone_fields(scenario), **wrong})).body.decode()
        marked = re.findall(r'<(?:input|select|textarea)[^>]*aria-invalid="true"[^>]*>', page)
        assert len(marked) == 1, (name, marked)
        assert f'name="{name}"' in marked[0]
    page = (await owner.post(NEW, phone_fields(scenario, act="look"))).body.decode()
    assert 'aria-invalid="true"' not in page
