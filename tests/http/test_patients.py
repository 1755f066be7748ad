"""Patients: phones and ID numbers in one normal form, one patient per ID number, and how one is changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clock import DAY, now_ms, shanghai_date
from storage.writes import PatientColumns
from tests.http.client import PATIENT, id_number
from tests.http.product import Product
from tests.http.stored_patients import GOOD_RESIDENT, exported, stored


@pytest.mark.parametrize(
    ("written", "normal", "masked", "tail"),
    [
        ("\u202d138 0013 8000\u202c", "13800138000", "138****8000", "8000"),
        ("１３８００１３８０００", "13800138000", "138****8000", "8000"),
        ("+86 138-0013-8000", "13800138000", "138****8000", "8000"),
        ("029-85321234转801", "029-85321234转801", "029*****1234转801", "1234"),
        ("+1 650 253 0000", "+16502530000", "+16*****0000", "0000"),
    ],
)
async def test_a_phone_is_stored_in_its_normal_form(
    product: Product, written: str, normal: str, masked: str, tail: str
) -> None:
    user = await product.login("li")
    patient = await stored(product, await user.add_patient(phone=written))
    assert (await exported(user))[0]["phone"] == normal
    assert (await user.get("user/getFriends/"))["data"][0]["phone"] == masked
    assert patient.phone_tail == tail
    await user.post("user/apply2be1caregiver/", name="王芳", phone=written)
    assert (await user.get("user/export/"))["data"]["caregiver"]["phone"] == normal


async def test_a_phone_that_is_none_is_refused_with_its_case(product: Product) -> None:
    user = await product.login("li")
    for phone, said in (
        ("1389123456", "手机号应为 11 位，现在是 10 位"),
        ("123456", "手机号应为 11 位"),
        ("------", "请填写电话号码"),
        ("87654321", "加上区号"),
    ):
        for path, fields in (("add1friend", PATIENT), ("apply2be1caregiver", {"name": "王芳"})):
            refused = await user.post(f"user/{path}/", 400, **{**fields, "phone": phone})
            assert said in refused["fields"]["phone"][0]
            assert refused["msg"].startswith("电话：")
            assert phone not in refused["msg"]


@pytest.mark.parametrize(
    "name",
    [
        "阿卜杜热合曼·阿卜杜克热木江·吐尔孙",
        "ALEXANDRA CHRISTINA MONTGOMERY",
        "王𬎆",
        "古丽•买买提",
        "字" * 64,
    ],
)
async def test_long_and_rare_names_come_back_as_they_were_written(product: Product, name: str) -> None:
    user = await product.login("li")
    patient = await user.add_patient(name=f" {name}\u200b ")
    await user.order(patient, product.day())
    assert (await user.get("user/getFriends/"))["data"][0]["name"] == name
    assert (await user.get("user/export/"))["data"]["orders"][0]["patient"] == name
    if len(name) < 64:
        await user.post("user/apply2be1caregiver/", name=name, phone="13800138000")
        assert (await user.get("user/getCaregiver/"))["caregiver"]["name"] == name


@pytest.mark.parametrize(
    ("written", "kind", "number"),
    [
        ("E12345678", "护照", "E12345678"),
        ("PASSPORT-E12345678", "护照", "E12345678"),
        ("H12345678", "港澳居民来往内地通行证", "H12345678"),
        ("12345678", "台湾居民来往大陆通行证", "12345678"),
        ("A123456（7）", "港澳居民来往内地通行证", "A123456(7)"),
        (PATIENT["idcard"], "身份证", PATIENT["idcard"]),
        ("X" * 32, "", "X" * 32),
    ],
)
async def test_released_clients_send_no_kind_and_it_is_guessed(
    product: Product, written: str, kind: str, number: str
) -> None:
    user = await product.login("li")
    patient = await user.add_patient(idcard=written)
    assert (await user.get("user/getFriend/", id=patient))["friend"]["idcardKind"] == kind
    assert [(row["idcard"], row["idcardKind"]) for row in await exported(user)] == [(number, kind)]


async def test_an_id_number_with_its_kind_is_checked_and_the_error_names_the_case(product: Product) -> None:
    user = await product.login("li")
    before = await product.contents()
    for kind, number, said in (
        ("身份证", "1101051949123100", "少二位"),
        ("身份证", "11010519491231002", "少一位"),
        ("身份证", "110105194912310021", "第 18 位不对"),
        ("身份证", "110105491231002", "是 15 位旧号码"),
        ("身份证", "E87654321", "第 1 位不对"),
        ("港澳居民来往内地通行证", "H7654321", "少一位"),
        ("台湾居民来往大陆通行证", "7654321", "少一位"),
        ("护照", "没有护照", "护照号码是"),
    ):
        refused = await user.post(
            "user/add1friend/", 400, **{**PATIENT, "idcardKind": kind, "idcard": number}
        )
        assert list(refused["fields"]) == ["idcard"]
        assert said in refused["fields"]["idcard"][0]
        assert number not in refused["msg"]
    assert await product.contents() == before
    for kind, number in (
        ("身份证", GOOD_RESIDENT.lower()),
        ("护照", "M1234"),
        ("外国人永久居留身份证", "USA110199010112"),
    ):
        await user.add_patient(idcardKind=kind, idcard=number)
    assert [row["idcardKind"] for row in await exported(user)] == ["身份证", "护照", "外国人永久居留身份证"]


async def test_one_id_number_is_one_patient_however_it_is_written(product: Product) -> None:
    user, other = await product.login("li"), await product.login("wang")
    first = await user.post("user/add1friend/", **{**PATIENT, "idcard": GOOD_RESIDENT})
    before = await product.contents()
    for again in (
        GOOD_RESIDENT.lower(),
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105491231002",
    ):
        reply = await user.post("user/add1friend/", **{**PATIENT, "name": "别的名字", "idcard": again})
        assert (reply["id"], set(reply)) == (first["id"], {"code", "id", "msg"})
        assert PATIENT["name"] in reply["msg"]
    assert await product.contents() == before
    assert await other.add_patient(idcard=GOOD_RESIDENT) != first["id"], "another user's is another patient"
    await user.post("user/delete1friend/", id=first["id"])
    assert await user.add_patient(idcard=GOOD_RESIDENT) != first["id"], "a deleted one does not come back"


async def test_the_same_patient_added_from_many_devices_at_once_is_one(product: Product) -> None:
    devices = [await product.login("li") for _ in range(6)]
    ids = await asyncio.gather(*(device.add_patient() for device in devices))
    assert len(set(ids)) == 1
    assert await product.count("patients") == 1


async def test_a_patient_can_be_edited_and_the_orders_keep_their_name(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient(consentGiven="y")
    order = await user.order(patient, product.day())
    earlier = await stored(product, patient)
    fields = {"id": patient, "name": "李建帼", "if18": "y", "sex": "w", "relation": "夫妻"}
    await user.post("user/edit1friend/", **fields)
    row = (await user.get("user/getFriend/", id=patient))["friend"]
    assert (row["name"], row["sex"], row["relation"]) == ("李建帼", "w", "夫妻")
    kept = (await exported(user))[0]
    assert (kept["phone"], kept["idcard"]) == (PATIENT["phone"], PATIENT["idcard"]), "not given, not changed"
    assert (await user.get("user/getOrder/", id=order["id"]))["order"]["patient"] == PATIENT["name"]
    number = {"idcardKind": "护照", "idcard": "E12345678", "consentGiven": "y"}
    await user.post_json("user/edit1friend/", **fields, **number, phone="029-85321234")
    changed = (await exported(user))[0]
    assert (changed["phone"], changed["idcard"], changed["idcardKind"]) == (
        "029-85321234",
        "E12345678",
        "护照",
    )
    later = await stored(product, patient)
    assert earlier.consented_at is not None
    assert later.consented_at is not None
    assert later.consented_at > earlier.consented_at
    assert later.phone_tail == "1234"
    assert await user.add_patient(idcard="E12345678") == patient, "found by its new number"


async def test_an_edit_that_is_wrong_changes_nothing(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient(consentGiven="y")
    other = await user.add_patient(idcard=id_number(1), name="王桂花")
    before = await product.contents()
    fields: dict[str, Any] = {**PATIENT, "id": patient}
    for changes, status, named in (
        ({"name": "李"}, 400, "name"),
        ({"phone": "1389123456"}, 400, "phone"),
        ({"idcard": "123"}, 400, "idcard"),
        ({"idcardKind": "身份证", "idcard": "1101051949123100"}, 400, "idcard"),
        ({"if18": "n"}, 400, "guardianConsentGiven"),
        ({"if18": "n", "consentGiven": "y"}, 400, "guardianConsentGiven"),
        ({"idcard": id_number(1)}, 409, ""),
        ({"id": 999_999}, 404, ""),
    ):
        refused = await user.post("user/edit1friend/", status, **{**fields, **changes})
        assert list(refused.get("fields", {})) == ([named] if named else [])
    assert (
        "王桂花" in (await user.post("user/edit1friend/", 409, **{**fields, "idcard": id_number(1)}))["msg"]
    )
    await user.post("user/delete1friend/", id=other)
    before = await product.contents()
    await user.post("user/edit1friend/", 404, **{**fields, "id": other})
    assert await product.contents() == before


async def test_a_patient_may_be_added_without_an_id_number_until_a_service_needs_it(product: Product) -> None:
    user, visit_day = await product.login("li"), shanghai_date(now_ms() + 5 * DAY)
    bare = {name: value for name, value in PATIENT.items() if name != "idcard"}
    assert "idcard" in (await user.post("user/add1friend/", 400, **bare))["fields"]
    first = (await user.post("user/add1friend/", **bare, idcardLater="y"))["id"]
    second = (await user.post("user/add1friend/", **bare, idcardLater="y"))["id"]
    assert second != first, "two without a number are two"
    patient = await stored(product, first)
    assert (patient.id_kind, patient.id_number_sealed, patient.id_number_hash) == ("", "", "")
    assert [row["idcard"] for row in (await user.get("user/getFriends/"))["data"]] == ["", ""]

    # An errand needs none; a visit is refused beside the patient, and ordered once the number is there.
    await user.order(first, visit_day, serviceId=6, answers='{"need": "代交住院费"}')
    refused = await user.order(second, visit_day, 400, serviceId=4, visitTime="")
    assert "请先补上" in refused["fields"]["friendid"][0]
    detail = (await user.get("user/getFriend/", id=second))["friend"]
    fields = {**bare, "id": second, "idcard": GOOD_RESIDENT, "idcardKind": "身份证"}
    assert detail["idcardKind"] == ""
    await user.post("user/edit1friend/", **fields)
    await user.order(second, visit_day, serviceId=4, perPatient="y", visitTime="")


async def test_a_released_client_orders_as_before_for_an_imported_patient_without_an_id_number(
    product: Product,
) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    async with product.storage.transaction() as tx:
        none = PatientColumns(id_kind="", id_number_sealed="", id_number_hash="")
        await tx.patients.edit(patient, none)
        await tx.commit()
    day = product.day()
    for new in ({"visitTime": "09:00"}, {"contactPhone": ""}, {"escortId": 0}, {"answers": "{}"}):
        refused = await user.order(patient, day, 400, **new)
        assert "请先补上" in refused["fields"]["friendid"][0]
    assert await product.count("orders") == 0
    order = await user.order(patient, day)
    await user.pay(order)
    await product.until_progress(user, order["id"], "已付款")
    changed = await user.order(patient, product.day(31))
    assert changed["id"] != order["id"], "and once more"
