"""Hour and place of a visit on the order form: what is checked and kept, and what released clients leave untouched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clock import HOUR, shanghai
from privacy import ORDER_CONTACT_PHONE
from storage.models import EscortState
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.client import PATIENT, Client, id_number
from tests.http.product import Product

PHONE = "13955556666"
DRUGS = 11
"""A service that asks something."""
TOLD = {
    "visitTime": "09:30",
    "campus": "南院区",
    "meetingPoint": "门诊楼一层大厅",
    "contactPhone": PHONE,
    "appointment": "registered",
    "mobility": "wheelchair",
    "hearing": "impaired",
}
SHOWN = {**TOLD, "contactPhone": "139****6666", "answers": [], "preferredEscortId": 0}


async def detail(user: Client, order_id: int) -> dict[str, Any]:
    return (await user.get("user/getOrder/", id=order_id))["order"]


def facts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in SHOWN}


@pytest.mark.promise(23)
async def test_hour_place_and_contact_are_kept_and_shown_and_the_phone_is_sealed(product: Product) -> None:
    product.secrets.add(PHONE)
    user = await product.login("li")
    order = await user.order(await user.add_patient(), product.day(), **TOLD)
    row = await detail(user, order["id"])
    assert facts(row) == SHOWN
    assert row["stage"] == "待付款"
    (listed,) = (await user.get("user/getOrders/"))["data"]
    assert (listed["stage"], listed["visitTime"], listed["meetingPoint"]) == (
        "待付款",
        "09:30",
        "门诊楼一层大厅",
    )
    async with product.storage.reading() as reader:
        stored = await reader.orders.get(order["id"])
    assert stored is not None
    assert PHONE not in stored.contact_phone_sealed
    assert product.services.vault.open(stored.contact_phone_sealed, ORDER_CONTACT_PHONE) == PHONE
    assert (stored.contact_phone_tail, stored.takes) == ("6666", "half")


async def test_a_released_client_tells_none_of_it_and_is_served_as_before(product: Product) -> None:
    user = await product.login("li")
    order = await user.order(await user.add_patient(), product.day())
    assert facts(await detail(user, order["id"])) == {
        **dict.fromkeys(TOLD, ""),
        "answers": [],
        "preferredEscortId": 0,
    }


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        ({"more": "另一句话"}, ()),
        ({"wantTime": 31}, ("visitTime",)),
        ({"hospitalId": 2}, ("campus", "meetingPoint")),
        ({"serviceId": 104}, ()),
        ({"serviceId": 1}, ("appointment",)),
        ({"friendid": "another"}, ("contactPhone", "mobility", "hearing")),
    ],
)
async def test_what_a_released_client_cannot_tell_stays_with_what_it_belongs_to(
    product: Product, changed: dict[str, Any], lost: tuple[str, ...]
) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    order = await user.order(patient, product.day(), **TOLD)
    fields: dict[str, Any] = {**changed}
    if "wantTime" in fields:
        fields["wantTime"] = product.day(fields["wantTime"])
    if "friendid" in fields:
        fields["friendid"] = await user.add_patient(name="张秀英", idcard=id_number(7))
    again = await user.order(patient, product.day(), **fields)
    assert again["id"] == order["id"]
    assert facts(await detail(user, order["id"])) == {**SHOWN, **dict.fromkeys(lost, "")}


async def test_a_newer_client_clears_what_it_sends_empty_and_keeps_what_it_leaves_out(
    product: Product,
) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    order = await user.order(patient, product.day(), **TOLD)
    await user.order(
        patient, product.day(), visitTime="", contactPhone="", campus="北院区", unpaidId=order["id"]
    )
    expected = {**SHOWN, "visitTime": "", "contactPhone": "", "campus": "北院区"}
    assert facts(await detail(user, order["id"])) == expected


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"visitTime": "25:00"}, "visitTime"),
        ({"visitTime": "9:30"}, "visitTime"),
        ({"visitTime": "09:30:00"}, "visitTime"),
        ({"campus": "院" * 65}, "campus"),
        ({"meetingPoint": "门" * 129}, "meetingPoint"),
        ({"contactPhone": "139****6666"}, "contactPhone"),
        ({"contactPhone": "------"}, "contactPhone"),
        ({"appointment": "yes"}, "appointment"),
        ({"mobility": "runs"}, "mobility"),
        ({"hearing": "deaf"}, "hearing"),
        ({"answers": "[]"}, "answers"),
        ({"answers": "{"}, "answers"),
        ({"answers": '{"medicine": 5}'}, "answers"),
        ({"answers": json.dumps({"medicine": "药" * 201})}, "answers"),
        ({"escortId": "-1"}, "escortId"),
        ({"escortId": "987654"}, "escortId"),
    ],
)
async def test_what_cannot_be_right_is_refused_and_changes_nothing(
    product: Product, fields: dict[str, str], bad: str
) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    before = await product.contents()
    answer = await user.order(patient, product.day(), 400, **fields)
    assert list(answer["fields"]) == [bad]
    assert bad not in answer["msg"], "the sentence names the field in Chinese"
    assert await product.contents() == before


async def test_an_hour_of_today_that_is_over_is_refused(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    noon = shanghai(product.clock()).replace(hour=12, minute=0, second=0, microsecond=0)
    product.clock.move(int(noon.timestamp() * 1000) - product.clock() + 24 * HOUR)
    answer = await user.order(patient, product.day(0), 400, visitTime="11:30")
    assert answer["msg"].startswith("这个时间已经过了")
    assert list(answer["fields"]) == ["visitTime"]
    await user.order(patient, product.day(0), visitTime="12:30")


@pytest.mark.parametrize(
    ("answers", "msg"),
    [
        ({}, "请填写「要开的药」"),
        ({"medicine": "二甲双胍", "prescription": "maybe"}, "「手上有处方或病历吗」请选择是或否"),
        ({"medicine": "二甲双胍", "delivery": "空投"}, "「怎么交给您」请从列出的里面选一个"),
    ],
)
async def test_answers_must_fit_the_questions_of_the_service(
    product: Product, answers: dict[str, str], msg: str
) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    answer = await user.order(
        patient, product.day(), 400, serviceId=DRUGS, answers=json.dumps(answers, ensure_ascii=False)
    )
    assert (answer["msg"], list(answer["fields"])) == (msg, ["answers"])


async def test_answers_are_kept_by_their_labels_whatever_the_catalog_asks_later(product: Product) -> None:
    user = await product.login("li")
    given = {"medicine": "二甲双胍 2 盒", "prescription": "y", "nobody_asked": "x"}
    order = await user.order(
        await user.add_patient(),
        product.day(),
        serviceId=DRUGS,
        answers=json.dumps(given, ensure_ascii=False),
    )
    async with product.storage.transaction() as tx:
        await tx.catalog.change("services", DRUGS, {"questions": ""})
        await tx.commit()
    assert (await detail(user, order["id"]))["answers"] == [
        {"label": "要开的药", "text": "二甲双胍 2 盒"},
        {"label": "手上有处方或病历吗", "text": "是"},
    ]


async def show(product: Product, escort_id: int) -> None:
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO escort_profiles (escort_id, portrait_file, introduction, years, shown_at, "
            "new_portrait_file, new_introduction, new_years) VALUES (:id, '', '', 0, 1, '', '', 0)",
            {"id": escort_id},
        )
        await tx.commit()


async def test_an_escort_is_asked_for_who_is_shown_or_has_served_the_user_before(product: Product) -> None:
    user, wang = await product.login("li"), await apply_as_escort(product, "wang")
    patient, escort_id = await user.add_patient(), await escort_of(product, wang)
    await user.order(patient, product.day(), 400, escortId=escort_id)
    await show(product, escort_id)
    order = await user.order(patient, product.day(), escortId=escort_id)
    await user.order(patient, product.day())
    assert (await detail(user, order["id"]))["preferredEscortId"] == escort_id
    await user.order(patient, product.day(), escortId=0)
    assert (await detail(user, order["id"]))["preferredEscortId"] == 0


async def test_who_served_the_user_may_be_asked_for_again_until_suspended(product: Product) -> None:
    user, wang = await product.login("li"), await apply_as_escort(product, "wang")
    escort_id = await escort_of(product, wang)
    served = await product.paid_order(user)
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET state = 'finished', escort_id = :escort WHERE id = :id",
            {"escort": escort_id, "id": served},
        )
        await tx.commit()
    patient = await user.add_patient(idcard=id_number(8))
    order = await user.order(patient, product.day(), escortId=escort_id)
    assert (await detail(user, order["id"]))["preferredEscortId"] == escort_id
    stranger = await product.login("zhao")
    await stranger.order(await stranger.add_patient(), product.day(), 400, escortId=escort_id)
    async with product.storage.transaction() as tx:
        await tx.escorts.move(escort_id, EscortState.APPROVED, EscortState.SUSPENDED, 5)
        await tx.commit()
    await user.order(patient, product.day(), 400, escortId=escort_id)


@pytest.mark.promise(14)
async def test_the_refund_rule_and_the_quote_count_from_the_hour(product: Product) -> None:
    user, day = await product.login("li"), product.day()
    rule = (await user.get("catalog/refundRule/", wantTime=day, visitTime="14:30"))["rule"]
    assert rule["deadlines"][0]["until"].endswith("14:30:00")
    assert (await user.get("catalog/refundRule/", wantTime=day))["rule"]["deadlines"][0]["until"].endswith(
        "08:00:00"
    )
    await user.get("catalog/refundRule/", 400, wantTime=day, visitTime="half past two")
    order = await user.order(await user.add_patient(), day, visitTime="14:30")
    shown = (await user.get("user/getOrder/", id=order["id"]))["rule"]
    assert shown["deadlines"][0]["until"].endswith("14:30:00")


async def test_the_catalog_tells_what_the_form_needs(product: Product) -> None:
    catalog = await (await product.client()).get("catalog/")
    hospital, services = catalog["hospitals"][0], {each["id"]: each for each in catalog["services"]}
    assert hospital["meetingPoints"]
    assert hospital["departments"]
    assert hospital["campuses"] == []
    assert [services[number]["takes"] for number in (4, 104, DRUGS)] == ["half", "day", "errand"]
    assert "取药" in services[DRUGS]["keywords"]
    assert [each["kind"] for each in services[DRUGS]["questions"]] == ["text", "yes_no", "choice"]
    assert catalog["visits"] == {
        "userMoves": 1,
        "userMoveHours": 24,
        "timeStep": 30,
        "callbackMinutes": 30,
        "officeHours": "08:00-20:00",
    }
    assert PATIENT["phone"] not in str(catalog)


@pytest.mark.promise(24)
async def test_the_export_tells_it_in_full_and_an_erasure_leaves_nothing_of_it(product: Product) -> None:
    product.secrets.add(PHONE)
    user = await product.login("li")
    answers = json.dumps({"medicine": "二甲双胍"}, ensure_ascii=False)
    order = await user.order(
        await user.add_patient(), product.day(), serviceId=DRUGS, answers=answers, **TOLD
    )
    (exported,) = (await user.get("user/export/"))["data"]["orders"]
    assert {name: exported[name] for name in TOLD} == TOLD
    assert exported["answers"] == [{"label": "要开的药", "text": "二甲双胍"}]
    await user.post("user/delete1order/", id=order["id"])
    await user.post("user/deleteMe/", confirm="删除")
    async with product.storage.reading() as reader:
        kept = await reader.orders.get(order["id"])
    assert kept is not None
    assert (kept.campus, kept.meeting_point, kept.contact_phone_sealed, kept.contact_phone_tail) == ("",) * 4
    assert (kept.appointment, kept.mobility, kept.hearing, kept.answers) == ("",) * 4
    assert kept.preferred_escort_id is None
