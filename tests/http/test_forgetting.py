"""Deleting a patient takes the consent back: the ID number goes as soon as no order needs it, and nothing else does."""

from __future__ import annotations

import pytest

from accounts import forgetting
from clock import DAY, HOUR, MINUTE
from orders.transitions import Action, transition
from privacy import PATIENT_ID_NUMBER
from storage import StorageUnavailable, Transaction
from storage.models import SYSTEM, Cause
from tests.http.client import PATIENT, Client, id_number
from tests.http.conftest import StartProduct
from tests.http.product import Product, until


async def forget(product: Product) -> int:
    return await forgetting.forget_due(
        product.storage,
        product.clock,
        product.services.settings.privacy,
        product.services.visit_photos,
        product.services.documents,
        "test",
    )


async def numbers(product: Product) -> list[str]:
    """The ID numbers that are still stored, patient by patient."""
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT id_number_sealed FROM patients ORDER BY id")
    return [product.services.vault.open(str(row[0]), PATIENT_ID_NUMBER) for row in rows]


async def act(product: Product, order_id: int, action: Action) -> None:
    async with product.storage.transaction() as tx:
        order = await tx.orders.lock(order_id)
        assert order is not None
        await transition(tx, order, action, Cause(SYSTEM, product.clock()))
        await tx.commit()


async def delete_only_patient(user: Client) -> None:
    (patient,) = (await user.get("user/getFriends/"))["data"]
    await user.post("user/delete1friend/", id=patient["id"])


@pytest.mark.promise(23, 24)
async def test_a_patient_without_any_order_is_forgotten_wholly_a_day_after_the_deletion(
    product: Product,
) -> None:
    user = await product.login("li")
    deleted, kept = await user.add_patient(consentGiven="y"), await user.add_patient(idcard=id_number(1))
    await user.post("user/delete1friend/", id=deleted)
    for hours in (0, 23):
        product.clock.offset = hours * HOUR
        assert await forget(product) == 0
        assert await numbers(product) == [PATIENT["idcard"], id_number(1)]
    product.clock.offset = 25 * HOUR
    before = await product.contents()
    assert await forget(product) == 1
    after = await product.contents()
    assert {table for table in after if after[table] != before[table]} == {"patients"}
    gone, stays = (await user.get("user/export/"))["data"]["patients"]
    assert (gone["name"], gone["phone"], gone["idcard"]) == ("", "", "")
    assert gone["consentTime"]
    assert gone["deletedTime"]
    assert (stays["name"], stays["phone"], stays["idcard"]) == (
        PATIENT["name"],
        PATIENT["phone"],
        id_number(1),
    )
    assert [row["id"] for row in (await user.get("user/getFriends/"))["data"]] == [kept]
    assert await forget(product) == 0


@pytest.mark.promise(24)
async def test_an_order_keeps_the_id_number_until_a_day_after_its_end_and_the_name_for_good(
    product: Product,
) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await delete_only_patient(user)
    product.clock.offset = 20 * DAY
    assert await forget(product) == 0, "the visit is still to come"
    await act(product, order_id, Action.FINISH)
    product.clock.move(13 * HOUR)
    assert await forget(product) == 0, "finished by a slip, it could still be reopened"
    await act(product, order_id, Action.REOPEN)
    product.clock.move(5 * DAY)
    assert await forget(product) == 0
    await act(product, order_id, Action.FINISH)
    product.clock.move(13 * HOUR)
    assert await forget(product) == 0
    async with product.storage.transaction() as tx:  # a note is nothing that needs the number
        await tx.orders.set_notes(order_id, "回访过了", product.clock())
        await tx.commit()
    product.clock.move(11 * HOUR + MINUTE)
    assert await numbers(product) == [PATIENT["idcard"]]
    assert await forget(product) == 1
    assert await numbers(product) == [""]
    order = (await user.get("user/getOrder/", id=order_id))["order"]
    assert (order["progress"], order["patient"]) == ("已完成", PATIENT["name"])
    (exported,) = (await user.get("user/export/"))["data"]["patients"]
    assert (exported["name"], exported["phone"]) == (PATIENT["name"], PATIENT["phone"])


async def test_more_than_one_page_is_forgotten_in_one_round(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 3)
    user = await product.login("li")
    for _ in range(6):
        await user.add_patient()
        await delete_only_patient(user)
    product.clock.offset = 2 * DAY
    assert await forget(product) == 6
    assert await numbers(product) == [""] * 6


async def test_a_failure_is_in_the_job_row_and_the_next_round_goes_on(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await product.login("li")
    await user.add_patient()
    await delete_only_patient(user)
    product.clock.offset = 2 * DAY

    async def fail(tx: Transaction, patient_id: int, at: int) -> bool:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "forget_patient", fail)
        with pytest.raises(StorageUnavailable):
            await forget(product)
    async with product.storage.reading() as reader:
        job = await reader.jobs.get(forgetting.JOB)
    assert job is not None
    assert (job.last_error, job.failures) == ("StorageUnavailable", 1)
    assert await forget(product) == 1


async def test_the_server_does_it_by_itself_and_one_at_a_time(start_product: StartProduct) -> None:
    product = await start_product(background=True)

    async def done() -> bool:
        async with product.storage.reading() as reader:
            job = await reader.jobs.get(forgetting.JOB)
        return job is not None and job.finished_at is not None

    await until(done)
    at = product.clock()
    async with product.storage.transaction() as tx:
        assert await tx.jobs.claim(forgetting.JOB, "another process", at, at + MINUTE)
        await tx.commit()
    user = await product.login("li")
    await user.add_patient()
    await delete_only_patient(user)
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE patients SET forget_at = :at", {"at": at})
        await tx.commit()
    assert await forget(product) == 0
    product.clock.move(2 * MINUTE)
    assert await forget(product) == 1
