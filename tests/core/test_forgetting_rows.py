"""When a deleted patient is looked at again, and which rows a round of forgetting deletes, to the millisecond."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts import forgetting
from accounts.forgetting import RECHECK_AFTER, forget_patient
from accounts.patients import FORGET_AFTER
from clock import DAY
from config import load_settings
from orders.visits.photo_files import PhotoFiles
from privacy import Vault, new_key
from sealed_files import DocumentFiles
from storage import Storage
from storage.models import OrderState, Patient
from storage.writes import PatientColumns
from tests.core.rows import add_order

AT = 400 * DAY
PATIENT = PatientColumns(
    name="李", adult=True, sex="m", relation="父母", phone_sealed="sealed", phone_tail="3333", id_number_sealed="sealed"
)  # fmt: skip


async def deleted_patient(storage: Storage, *states: OrderState) -> int:
    """A patient that was deleted just now, with an order in each of these states."""
    async with storage.transaction() as tx:
        patient_id = await tx.patients.add(1, PATIENT, AT)
        for number, state in enumerate(states):
            await add_order(tx, 10 + number, state, patient_id=patient_id)
        await tx.connection.execute(
            "UPDATE patients SET deleted_at = :at, forget_at = :at WHERE id = :id",
            {"at": AT, "id": patient_id},
        )
        await tx.commit()
    return patient_id


async def patient(storage: Storage, patient_id: int) -> Patient:
    async with storage.reading() as reader:
        found = await reader.patients.get(patient_id)
    assert found is not None
    return found


async def look(storage: Storage, patient_id: int, at: int) -> bool:
    return await storage.run(lambda tx: forget_patient(tx, patient_id, at))


@pytest.mark.promise(24)
@pytest.mark.parametrize(
    "state", [OrderState.UNPAID, OrderState.PAID, OrderState.SERVING, OrderState.REFUNDING]
)
async def test_while_an_order_goes_on_it_is_asked_again_half_a_day_later(
    storage: Storage, state: OrderState
) -> None:
    patient_id = await deleted_patient(storage, OrderState.FINISHED, state)
    assert not await look(storage, patient_id, AT)
    found = await patient(storage, patient_id)
    assert (found.forget_at, found.id_number_sealed) == (AT + RECHECK_AFTER, "sealed")


@pytest.mark.promise(24)
@pytest.mark.parametrize("state", [OrderState.FINISHED, OrderState.CANCELLED, OrderState.REFUNDED])
async def test_a_day_after_the_last_order_has_ended_the_number_goes_and_the_name_stays(
    storage: Storage, state: OrderState
) -> None:
    patient_id = await deleted_patient(storage, state)
    async with storage.reading() as reader:
        ((_, ended_at),) = await reader.patients.orders_of(patient_id)
    assert not await look(storage, patient_id, ended_at + FORGET_AFTER - 1)
    found = await patient(storage, patient_id)
    assert (found.forget_at, found.id_number_sealed) == (ended_at + FORGET_AFTER, "sealed")
    assert await look(storage, patient_id, ended_at + FORGET_AFTER)
    found = await patient(storage, patient_id)
    assert (found.forget_at, found.id_number_sealed, found.name) == (None, "", "李")


@pytest.mark.promise(24)
async def test_who_never_had_an_order_is_forgotten_wholly(storage: Storage) -> None:
    patient_id = await deleted_patient(storage)
    assert await look(storage, patient_id, AT)
    found = await patient(storage, patient_id)
    assert (found.id_number_sealed, found.name) == ("", "")


@pytest.mark.promise(23)
async def test_a_round_tells_how_many_rows_of_each_kind_it_deleted(storage: Storage, tmp_path: Path) -> None:
    keep = load_settings(tmp_path, environment={}).privacy
    too_old = AT - keep.messages_days * DAY - 1
    async with storage.transaction() as tx:
        for number, at in enumerate((too_old, too_old, too_old + 1)):
            await tx.outbox.add("paid", f"n{number}", 1, "{}", at)
        await tx.connection.execute("UPDATE outbox SET state = 'sent', sent_at = created_at, next_at = NULL")
        await tx.commit()
    patient_id = await deleted_patient(storage)
    vault = Vault(new_key())
    photos, documents = PhotoFiles(tmp_path, vault), DocumentFiles(tmp_path, vault)
    assert await forgetting.forget_due(storage, lambda: AT, keep, photos, documents, "test") == 1
    async with storage.reading() as reader:
        (job,) = [each for each in await reader.jobs.all() if each.name == forgetting.JOB]
        assert len(await reader.outbox.of_user(1)) == 1
    assert '"messages": 2' in job.last_result
    assert '"forgotten": 1' in job.last_result
    assert job.last_error == ""
    assert (await patient(storage, patient_id)).name == ""
