"""Names are listed by their parts as long as anything has them, and no longer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Integer, MetaData, insert

from accounts import personal_data
from config import DatabaseSettings
from personal.names import MAX_NAME, PART, name_parts, search_form
from storage import Storage, migrate, sqlite_path
from storage.migrations import connect, upgrade
from storage.models import NameKind
from storage.writes import PatientColumns
from tests.admin.scenario import Scenario

PATIENT, USER = NameKind.PATIENT, NameKind.USER


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("", []),
        ("王", []),
        ("王芳", ["王芳"]),
        ("王小明", ["王小明", "小明"]),
        ("aaaa", ["aaaa", "aaa", "aa"]),
        ("古丽·买买提", ["古丽买买提", "丽买买提", "买买提", "买提"]),
    ],
)
def test_any_part_of_two_characters_is_the_beginning_of_a_listed_one(name: str, parts: list[str]):
    assert name_parts(search_form(name)) == parts


def test_the_longest_name_is_listed_in_short_parts():
    name = "".join(chr(0x4E00 + number) for number in range(MAX_NAME))
    parts = name_parts(name)
    assert len(parts) == MAX_NAME - 1
    assert max(map(len, parts)) == PART
    assert len(name_parts("x" * MAX_NAME)) == PART - 1, "and none twice"


async def listed(storage: Storage, kind: NameKind = PATIENT) -> set[str]:
    async with storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT name_key, part FROM name_parts WHERE kind = :kind", {"kind": str(kind)}
        )
    found: dict[str, set[str]] = {}
    for name, part in rows:
        found.setdefault(name, set()).add(part)
    for name, parts in found.items():
        assert parts == set(name_parts(name)), "wholly or not at all"
    return set(found)


async def erase(scenario: Scenario, user_id: int) -> None:
    async with scenario.storage.transaction() as tx:
        user = await tx.users.get(user_id)
        assert user is not None
        await personal_data.erase(tx, user, scenario.clock())
        await tx.commit()


@pytest.mark.promise(24)
async def test_an_erased_name_is_listed_only_while_somebody_else_has_it(scenario: Scenario):
    first, second = await scenario.user("老张"), await scenario.user("老张")
    await scenario.order("finished", user_id=first, patient="张建国")
    await scenario.order("finished", user_id=second, patient="张建国")
    await scenario.patient(first, "没有订单的人")
    assert await listed(scenario.storage) == {"张建国", "没有订单的人"}
    await erase(scenario, first)
    assert await listed(scenario.storage) == {"张建国"}
    assert await listed(scenario.storage, USER) == {"老张"}
    await erase(scenario, second)
    assert await listed(scenario.storage) == set()
    assert await listed(scenario.storage, USER) == set()


async def test_a_name_that_was_changed_is_listed_while_an_order_carries_it(scenario: Scenario):
    user = await scenario.user("小李")
    alone, ordered = await scenario.patient(user, "王小名"), await scenario.patient(user, "李四光")
    await scenario.order("unpaid", user_id=user, patient="李四光", patient_id=ordered)
    async with scenario.storage.transaction() as tx:
        await tx.patients.edit(alone, PatientColumns(name="王小明"))
        await tx.patients.edit(ordered, PatientColumns(name="李时珍"))
        await tx.patients.edit(ordered, PatientColumns(relation="父母"))
        await tx.users.set_profile(user, "李姐姐", "", 1)
        await tx.commit()
    assert await listed(scenario.storage) == {"王小明", "李四光", "李时珍"}
    assert await listed(scenario.storage, USER) == {"李姐姐"}


async def test_a_deleted_patients_name_goes_when_it_is_forgotten(scenario: Scenario):
    user = await scenario.user()
    patient = await scenario.patient(user, "赵铁柱")
    async with scenario.storage.transaction() as tx:
        await tx.patients.delete(patient, user, scenario.clock(), scenario.clock())
        await tx.patients.forget(patient, wholly=False)
        await tx.commit()
    assert await listed(scenario.storage) == {"赵铁柱"}
    async with scenario.storage.transaction() as tx:
        await tx.patients.forget(patient, wholly=True)
        await tx.commit()
    assert await listed(scenario.storage) == set()


async def test_a_name_is_listed_when_its_first_owner_leaves_as_another_comes(scenario: Scenario):
    """Whoever is first: the one who leaves waits for the one who has found the name listed, and the reverse."""
    for number in range(8):
        name = f"同名者{number}号"
        leaving, coming = await scenario.user(), await scenario.user()
        await scenario.patient(leaving, name)
        await asyncio.gather(erase(scenario, leaving), scenario.patient(coming, name))
        assert search_form(name) in await listed(scenario.storage)


async def test_two_who_leave_at_once_take_their_name_with_them(scenario: Scenario):
    for number in range(8):
        users = [await scenario.user(f"昵称{number}") for _ in range(2)]
        for user in users:
            await scenario.patient(user, f"同名{number}")
        await asyncio.gather(*(erase(scenario, user) for user in users))
        assert await listed(scenario.storage) == set()


async def test_many_new_patients_of_one_name_at_once_list_it_once(scenario: Scenario):
    users = [await scenario.user() for _ in range(6)]
    await asyncio.gather(*(scenario.patient(user, "欧阳娜娜") for user in users))
    assert await listed(scenario.storage) == {"欧阳娜娜"}


@pytest.mark.promise(29)
def test_the_names_of_an_old_database_are_listed(
    empty: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0023")
    engine = connect(empty, path)
    tables = MetaData()
    tables.reflect(engine)

    def add(connection: Connection, table: str, **values: Any) -> None:
        row = {c.name: 0 if isinstance(c.type, Integer) else "" for c in tables.tables[table].columns}
        connection.execute(insert(tables.tables[table]).values({**row, **values}))

    patients = ("王 小明", "古丽·买买提", "José García", "", "王", "王小明")
    with engine.begin() as connection:
        for number in range(1, 5_001):
            name = patients[number - 1] if number <= len(patients) else f"某人{number}"
            add(connection, "patients", id=number, name=name)
        for number, name in enumerate(("王小明", "", "旧名字"), start=1):
            add(
                connection, "orders", id=number, patient_name=name, patient_name_key=name, unpaid_user_id=None
            )
        add(connection, "users", id=1, nickname="微信 用户", nickname_key="微信用户")
        add(connection, "office_customers", user_id=2, name="电话客户", name_key="电话客户")
        add(connection, "escorts", id=3, name="Anna Li", user_id=9)
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        keys = connection.exec_driver_sql("SELECT name_key FROM patients WHERE id <= 6 ORDER BY id").all()
        escort = connection.exec_driver_sql("SELECT name_key FROM escorts").all()
        rows = connection.exec_driver_sql("SELECT kind, part, name_key FROM name_parts").all()
    engine.dispose()
    assert [row[0] for row in keys] == ["王小明", "古丽买买提", "josegarcia", "", "王", "王小明"]
    assert [row[0] for row in escort] == ["annali"]
    names = {search_form(name) for name in (*patients, "旧名字", *(f"某人{n}" for n in range(7, 5_001)))}
    wanted = {("patient", part, name) for name in names for part in name_parts(name)}
    wanted |= {("user", part, name) for name in ("微信用户", "电话客户") for part in name_parts(name)}
    assert {tuple(row) for row in rows} == wanted
