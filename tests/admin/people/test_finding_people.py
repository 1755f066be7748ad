"""People are found however their names and phones are written; a whole phone finds exactly that person."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from privacy import PATIENT_PHONE, Vault, new_key
from startup.sealed import Rotation, StoredFiles
from storage.filters import OrderFilter
from storage.repositories import order_words
from storage.writes import PatientColumns
from tests.admin.clients import Client
from tests.admin.orders.test_order_list import numbers
from tests.admin.scenario import Scenario


async def found(owner: Client, text: str) -> list[int]:
    return numbers(await owner.page(f"admin/orders/?q={quote(text)}"))


@pytest.mark.parametrize(
    ("stored", "searches"),
    [
        ("王 小明", ("王小明", "王小", "王 小明", "王\u200b小明", "王\u3000小明")),
        ("王\u200b小明", ("王小明", "王 小明")),
        (
            "古丽·买买提",
            ("古丽•买买提", "古丽・买买提", "古丽‧买买提", "古丽.买买提", "古丽买买提", "古丽", "古丽·"),
        ),
        ("古丽•买买提", ("古丽·买买提",)),
        (
            "Alexander Wei",
            ("alexander", "ALEXANDER WEI", "alexanderwei", "Ａｌｅｘａｎｄｅｒ", "alexander  w"),
        ),
        ("José García", ("jose", "José garcia")),
        ("王𬎆", ("王𬎆",)),
        (
            "ALEXANDRA CHRISTINA MONTGOMERY",
            ("AlexandraChristinaMontgomery", "alexandra-christina montgomery"),
        ),
    ],
)
async def test_a_name_is_found_however_it_is_written(
    owner: Client, scenario: Scenario, stored: str, searches: tuple[str, ...]
):
    wanted = await scenario.order(patient=stored)
    await scenario.order(patient="别人")
    for text in searches:
        assert await found(owner, text) == [wanted], text
    assert await found(owner, "·") == []


async def test_any_part_of_a_name_is_found(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    latin = await scenario.order(patient="Alexander Wei")
    uighur = await scenario.order(patient="古丽·买买提")
    han = await scenario.order(patient="王小明")
    namesake = await scenario.order(patient="小明子")
    assert await found(owner, "wei") == [latin]
    assert await found(owner, "买 买提") == [uighur]
    assert await found(owner, "小明") == [namesake, han], "wherever in the name it is"
    assert await found(owner, "明") == [namesake, han]
    assert await found(owner, "丽") == [uighur]
    monkeypatch.setattr(order_words, "NEWEST_SEARCHED", 2)
    assert await found(owner, "wei") == [latin], "two characters are found however old the order is"
    assert await found(owner, "丽") == [], "a single one only at the beginning of a name, or among the newest"


async def test_a_phone_is_found_however_it_is_written_and_finds_nobody_else(
    owner: Client, scenario: Scenario
):
    mobile = await scenario.order(phone="13900130012")
    twin = await scenario.order(phone="13800130012")
    landline = await scenario.order(phone="029-85321234转801")
    foreign = await scenario.order(phone="+16502530000")
    for text in (
        "139 0013 0012",
        "+8613900130012",
        "13900130012",
        "１３９００１３００１２",
        "0086-139-0013-0012",
    ):
        assert await found(owner, text) == [mobile], text
    for text in (
        "029-85321234",
        "02985321234",
        "029 8532 1234",
        "029-85321234转801",
        "85321234",
        "+86 29 85321234",
    ):
        assert await found(owner, text) == [landline], text
    assert await found(owner, "+1 650 253 0000") == [foreign]
    assert sorted(await found(owner, "0012")) == sorted([mobile, twin])
    assert await found(owner, "13700130012") == []


async def test_a_patient_whose_old_row_nobody_has_read_yet_is_found_by_the_end(
    owner: Client, scenario: Scenario
):
    order = await scenario.order(phone="13900130012")
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE patients SET phone_hash = ''", {})
        await tx.commit()
    assert await found(owner, "139 0013 0012") == [order]
    assert await found(owner, "13900130013") == []


async def test_a_phone_is_found_during_and_after_the_rotation_of_the_key(owner: Client, scenario: Scenario):
    order = await scenario.order(phone="13900130012")
    old = scenario.services.settings.privacy.key or "0" * 64
    scenario.services.vault = rotated = Vault(new_key(), [old, *_keys(scenario)])
    assert await found(owner, "13900130012") == [order]
    await Rotation(
        scenario.storage, rotated, StoredFiles.below(scenario.services.settings.data, rotated)
    ).run()
    assert await found(owner, "13900130012") == [order]
    async with scenario.storage.reading() as reader:
        [(stored,)] = await reader.connection.fetch_all("SELECT phone_hash FROM patients")
    assert stored == rotated.hash("+8613900130012", PATIENT_PHONE)


def _keys(scenario: Scenario) -> list[str]:
    from tests.admin.conftest import KEY

    return [KEY]


@pytest.mark.promise(23)
async def test_an_exported_search_leaves_no_trace_of_the_phone(owner: Client, scenario: Scenario):
    await scenario.order(phone="13900130012")
    assert (await owner.get(f"admin/orders/export/?q={quote('139 0013 0012')}")).code == 200
    async with scenario.storage.reading() as reader:
        [entry] = await reader.audit.page(act="order.export")
    assert json.loads(entry.after_json)["filter"] == {"search": "phone"}
    for trace in ("0012", *scenario.services.vault.hashes("+8613900130012", PATIENT_PHONE)):
        assert trace not in entry.after_json


async def test_users_are_found_by_nickname_and_by_their_patients_phone(owner: Client, scenario: Scenario):
    user = await scenario.user("小 李 ABC")
    await scenario.user("王")
    await scenario.patient(user, phone="13900130012")

    async def shown(text: str) -> list[str]:
        page = await owner.page(f"admin/users/?q={quote(text)}")
        return [name for name in ("小 李 ABC", ">王<") if name in page]

    for text in ("小李", "小\u200b李abc", "小 李", "139 0013 0012", "+8613900130012", str(user)):
        assert await shown(text) == ["小 李 ABC"], text
    assert await shown("13900130013") == []


async def test_the_search_by_phone_is_read_along_an_index(owner: Client, scenario: Scenario):
    """However many patients there are."""
    await scenario.order()
    plans: list[Any] = []
    async with scenario.storage.reading() as reader:
        explain = "EXPLAIN QUERY PLAN " if "sqlite" in type(scenario.storage).__name__.lower() else "EXPLAIN "
        fetch = reader.connection.fetch_all

        async def explained(sql: str, parameters: dict[str, Any] | None = None) -> Any:
            if "phone_hash IN" in sql:
                plans.extend(await fetch(explain + sql, parameters or {}))
            return await fetch(sql, parameters or {})

        reader.connection.fetch_all = explained  # type: ignore[assignment]
        await reader.order_lists.page(OrderFilter(search="x", phone_hashes=("a", "b")), None, 50)
    assert "ix_patients_phone_hash" in repr(plans)


async def test_an_orders_page_tells_the_name_that_the_patient_has_been_given_since(
    owner: Client, scenario: Scenario
):
    user = await scenario.user()
    patient = await scenario.patient(user, name="王小名")
    order = await scenario.order(user_id=user, patient="王小名", patient_id=patient)
    assert "用户后来改为" not in await owner.page(f"admin/orders/{order}/")
    async with scenario.storage.transaction() as tx:
        await tx.patients.edit(patient, PatientColumns(name="王小明"))
        await tx.commit()
    page = await owner.page(f"admin/orders/{order}/")
    assert "王小名<small>用户后来改为「王小明」</small>" in page
    assert "身份证号码" in page


async def test_experts_are_found_however_their_names_are_written(owner: Client, scenario: Scenario):
    async with scenario.storage.transaction() as tx:
        values = {"title": "", "department": "", "specialty": "", "introduction": "", "picture": ""}
        for position, name in enumerate(("古丽·买买提", "John Smith", "王小明")):
            row = {**values, "hospital_id": 1, "name": name, "sample": 0, "position": position}
            await tx.catalog.add("experts", row)
        await tx.commit()
    for text, name in (
        ("古丽•买买提", "古丽·买买提"),
        ("john  SMITH", "John Smith"),
        ("小\u200b明", "王小明"),
    ):
        page = await owner.page(f"admin/catalog/experts/?q={quote(text)}")
        shown = [known for known in ("古丽·买买提", "John Smith", "王小明") if f">{known}<" in page]
        assert shown == [name], text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("138 0000 1234", "138******1234"),
        ("１３８００００１２３４", "１３８****１２３４"),
        ("029-85321234", "029*****1234"),
        ("护照E12345678", "护照*******78"),
        ("通行证 H12345678，", "通行证 *******78，"),
        ("110105 1949 1231 002X", "110**************002X"),
        ("110105491231002", "110********1002"),
    ],
)
@pytest.mark.promise(23)
async def test_numbers_in_any_writing_are_masked_in_the_log(
    owner: Client, scenario: Scenario, written: str, kept: str
):
    order = await scenario.order()
    assert (await owner.post("admin/orders/edit/notes/", {"id": order, "notes": written})).code == 200
    async with scenario.storage.reading() as reader:
        [entry] = await reader.audit.page(act="order.notes")
    assert json.loads(entry.after_json) == {"notes": kept}
