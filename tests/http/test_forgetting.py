"""Deleting a patient takes the consent back: the ID number goes as soon as no order needs it, and nothing else does."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR
from handlers.patients import ID_NUMBER
from orders.transitions import Action, transition
from startup.background import FORGOTTEN_AT_ONCE, Background
from storage.models import SYSTEM
from tests.http.client import PATIENT, Client
from tests.http.product import Product


async def numbers(product: Product) -> list[str]:
    """The ID numbers that are still stored, patient by patient."""
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT id_number_sealed FROM patients ORDER BY id")
    return [product.services.vault.open(str(row[0]), ID_NUMBER) for row in rows]


async def act(product: Product, order_id: int, *actions: Action) -> None:
    async with product.storage.transaction() as tx:
        for action in actions:
            order = await tx.orders.lock(order_id)
            assert order is not None
            await transition(tx, order, action, SYSTEM, product.clock())
        await tx.commit()


async def only_patient(user: Client) -> int:
    return int((await user.get("user/getFriends/"))["data"][0]["id"])


@pytest.mark.promise(23, 24)
async def test_a_deleted_patients_id_number_is_forgotten_after_a_day(product: Product) -> None:
    work = Background(product.services)
    user = await product.login("li")
    deleted, kept = await user.add_patient(), await user.add_patient()
    await user.post("user/delete1friend/", id=deleted)
    for hours in (0, 23):
        product.clock.offset = hours * HOUR
        await work.forget_withdrawn_id_numbers()
        assert await numbers(product) == [PATIENT["idcard"]] * 2
    product.clock.offset = 25 * HOUR
    before = await product.contents()
    await work.forget_withdrawn_id_numbers()
    assert await numbers(product) == ["", PATIENT["idcard"]]
    after = await product.contents()
    assert {table for table in after if after[table] != before[table]} == {"patients"}
    exported = (await user.get("user/export/"))["data"]["patients"]
    assert [(row["idcard"], row["phone"], bool(row["deletedTime"])) for row in exported] == [
        ("", PATIENT["phone"], True),
        (PATIENT["idcard"], PATIENT["phone"], False),
    ]
    assert [row["id"] for row in (await user.get("user/getFriends/"))["data"]] == [kept]


@pytest.mark.promise(24)
async def test_an_order_under_way_keeps_the_id_number_until_a_day_after_its_end(product: Product) -> None:
    work = Background(product.services)
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await user.post("user/delete1friend/", id=await only_patient(user))
    product.clock.offset = 20 * DAY
    await work.forget_withdrawn_id_numbers()
    assert await numbers(product) == [PATIENT["idcard"]], "the visit is still to come"
    await act(product, order_id, Action.FINISH)
    product.clock.move(HOUR)
    await work.forget_withdrawn_id_numbers()
    assert await numbers(product) == [PATIENT["idcard"]], "finished by a slip, it could still be reopened"
    await act(product, order_id, Action.REOPEN)
    product.clock.move(5 * DAY)
    await work.forget_withdrawn_id_numbers()
    assert await numbers(product) == [PATIENT["idcard"]]
    await act(product, order_id, Action.FINISH)
    product.clock.move(DAY + HOUR)
    await work.forget_withdrawn_id_numbers()
    assert await numbers(product) == [""]
    detail = await user.get("user/getOrder/", id=order_id)
    assert detail["order"]["progress"] == "已完成"
    assert detail["order"]["friendid"]


async def test_more_than_fit_into_one_transaction_are_all_forgotten(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    async with product.storage.transaction() as tx:
        for _ in range(FORGOTTEN_AT_ONCE):
            await tx.connection.execute(
                "INSERT INTO patients (user_id, name, adult, sex, phone_sealed, phone_tail, id_number_sealed, "
                "relation, created_at) SELECT user_id, name, adult, sex, phone_sealed, phone_tail, "
                "id_number_sealed, relation, created_at FROM patients WHERE id = :id",
                {"id": patient},
            )
        await tx.connection.execute("UPDATE patients SET deleted_at = :at", {"at": product.clock()})
        await tx.commit()
    product.clock.offset = 2 * DAY
    await Background(product.services).forget_withdrawn_id_numbers()
    assert await numbers(product) == [""] * (FORGOTTEN_AT_ONCE + 1)
