"""Customers as the office finds them, and names listed by their parts."""

from __future__ import annotations

import pytest

from storage import Storage
from storage.models import NameKind, NamePart
from storage.repositories.names import Names
from tests.storage.rows import Row, all_rows, fill

NAMED: list[tuple[str, Row, int]] = [
    ("escorts", {"user_id": 11, "name_key": "王小芳"}, 11),
    ("patients", {"user_id": 12, "name_key": "王小芳"}, 12),
    ("users", {"id": 13, "nickname_key": "王小芳"}, 13),
    ("office_customers", {"user_id": 14, "name_key": "王小芳"}, 14),
    ("orders", {"user_id": 15, "patient_name_key": "王小芳"}, 15),
]
OTHERS: list[tuple[str, Row]] = [
    ("escorts", {"user_id": 21, "name_key": "李小花"}),
    ("patients", {"user_id": 22, "name_key": "李小花"}),
    ("users", {"id": 23, "nickname_key": "李小花"}),
]


@pytest.mark.parametrize(("table", "row", "user_id"), NAMED, ids=[table for table, _, _ in NAMED])
async def test_a_person_is_found_by_any_name(storage: Storage, table: str, row: Row, user_id: int) -> None:
    async with storage.transaction() as tx:
        names = Names(tx.connection)
        for other, values in OTHERS:
            await fill(tx, other, values)
        await fill(tx, table, row)
        for kind in NameKind:
            for name in ("王小芳", "李小花"):
                await names.add(kind, name)
        for part in ("王", "王小", "小芳", "王小芳"):
            assert await tx.people.named(part) == ({user_id}, False)
        assert await tx.people.named("王小", ("芳",)) == ({user_id}, False)
        if table != "escorts":
            assert await tx.people.named("王小", ("花",)) == (set(), False)
        assert await tx.people.having_name({user_id, 21, 22, 23, 99}, "小芳") == {user_id}
        assert await tx.people.having_name({21, 99}, "小芳") == set()


async def test_whose_orders_these_are_and_who_is_there(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, user_id in ((5, 1), (6, 2), (7, 1), (8, 3)):
            await fill(tx, "orders", {"id": number, "user_id": user_id})
        await fill(tx, "users", {"id": 1})
        await fill(tx, "payment_attempts", {"order_id": 6, "out_trade_no": "N" * 28})
        await fill(tx, "payment_attempts", {"order_id": 8, "out_trade_no": "O" * 28})
        assert await tx.people.owners([5, 7, 6, 99]) == {1, 2}
        assert await tx.people.owners([]) == set()
        assert await tx.people.existing(1) == {1}
        assert await tx.people.existing(2) == set()
        assert await tx.people.with_money_number("N" * 28) == {2}
        await fill(tx, "users", {"id": 2})
        assert await tx.people.by_last_order([1, 2, 4]) == [(7, 1), (6, 2), (0, 4)]
        assert await tx.people.by_last_order([]) == []


async def test_people_are_found_by_a_phone_of_a_patient_or_their_own(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for user_id, mark in ((1, "p1"), (2, "p2"), (3, "p3")):
            await fill(
                tx,
                "patients",
                {
                    "user_id": user_id,
                    "phone_hash": mark,
                    "phone_tail": f"000{user_id}",
                    "phone_sealed": f"s{user_id}",
                },
            )
            await fill(tx, "office_customers", {"user_id": user_id + 10, "phone_hash": f"c{user_id}"})
        assert await tx.people.with_phone(("p1", "p2"), ("c3",)) == {1, 2, 13}
        assert await tx.people.with_phone((), ("p1",)) == set()
        assert await tx.people.phones_ending("0002", "patients") == [(2, "s2")]
        for user_id, deleted_at in ((1, None), (2, 5), (3, None), (4, None)):
            await fill(tx, "users", {"id": user_id, "deleted_at": deleted_at})
        await fill(tx, "patients", {"user_id": 4, "phone_hash": "p1"})
        assert [user.id for user in await tx.users.with_patients_phone(("p1", "p2", "p9"), 9)] == [4, 1]
        assert [user.id for user in await tx.users.with_patients_phone(("p1",), 1)] == [4]


async def test_a_summary_has_what_belongs_to_the_person_and_nothing_else(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for user_id in (1, 2):
            await fill(tx, "users", {"id": user_id})
            await fill(tx, "escorts", {"user_id": user_id, "id": 30 + user_id})
            await fill(tx, "office_customers", {"user_id": user_id})
            for number in (2, 1):
                await fill(tx, "patients", {"user_id": user_id, "id": 100 * user_id + number, "name": "n"})
                await fill(tx, "orders", {"user_id": user_id, "id": 1_000 * user_id + number})
            await fill(tx, "patients", {"user_id": user_id, "name": ""})
        await fill(tx, "users", {"id": 3})
        found = await tx.people.summaries([(2002, 2), (0, 3), (1002, 1), (0, 9)])
        assert await tx.people.summaries([]) == []
    assert [each.user.id for each in found] == [2, 3, 1]
    second, third, first = found
    for each, user_id in ((second, 2), (first, 1)):
        assert [patient.id for patient in each.patients] == [100 * user_id + 1, 100 * user_id + 2]
        assert each.escort is not None
        assert each.customer is not None
        assert each.last_order is not None
        assert (each.escort.id, each.customer.user_id, each.orders, each.last_order.id) == (
            30 + user_id, user_id, 2, 1_000 * user_id + 2,
        )  # fmt: skip
    assert (third.patients, third.escort, third.customer, third.orders, third.last_order) == (
        [],
        None,
        None,
        0,
        None,
    )


async def test_a_name_is_listed_once_by_its_parts_and_let_go_when_nobody_has_it(storage: Storage) -> None:
    async with storage.transaction() as tx:
        names = Names(tx.connection)
        await names.add(NameKind.PATIENT, "")
        await names.add(NameKind.USER, "王小芳")
        for _ in range(2):
            await names.add(NameKind.PATIENT, "王小芳")

        async def listed(kind: str) -> list[str]:
            rows = [NamePart(**row) for row in await all_rows(tx, "name_parts")]
            return sorted(row.part for row in rows if row.kind == kind and row.name_key == "王小芳")

        assert await listed("patient") == sorted(["王小芳", "小芳"])
        for table, column in (("orders", "patient_name_key"), ("patients", "name_key")):
            row = await fill(tx, table, {column: "王小芳"})
            await names.let_go(NameKind.PATIENT, ["王小芳", ""])
            assert len(await listed("patient")) == 2
            await tx.connection.execute(f"DELETE FROM {table} WHERE id = :id", {"id": row["id"]})
        await names.replace(NameKind.PATIENT, ["王小芳"], "王小芳")
        assert len(await listed("patient")) == 2
        await names.replace(NameKind.PATIENT, ["", "王小芳", "王小芳"], "王小芳")
        assert len(await listed("patient")) == 2
        await names.replace(NameKind.PATIENT, [], "钱七")
        await names.replace(NameKind.PATIENT, ["王小芳"], "李四")
        assert await listed("patient") == []
        assert {row["name_key"] for row in await all_rows(tx, "name_parts") if row["kind"] == "patient"} == {
            "李四"
        }
        assert len(await listed("user")) == 2
