"""A round of forgetting goes in small steps, and what fails in it holds up nothing else."""

from __future__ import annotations

import pytest

from accounts import forgetting
from clock import DAY
from storage import StorageUnavailable, Transaction
from storage.repositories.retention import Retention
from tests.http.client import id_number
from tests.http.conftest import StartProduct
from tests.http.keeping import add_event, events, forget
from tests.http.test_refused_notifications import administrator


async def test_many_rows_go_in_small_steps_behind_rows_that_stay(
    start_keeping: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 4)
    product = await start_keeping()
    at, steps = product.clock(), []
    async with product.storage.transaction() as tx:
        for number in range(30):
            await add_event(tx, f"e{number}", f"n{number}", at + number)
        for number in range(9):  # more than two steps of evidence stand in front
            await tx.finance.open_case("payment_unknown", f"n{number}", "{}", at)
        await add_event(tx, "young", "y", at + 20 * DAY)
        await tx.commit()
    real = Retention.delete_payment_events

    async def counted(self: Retention, after: int, last: int, before: int) -> int:
        steps.append(last - after)
        return await real(self, after, last, before)

    monkeypatch.setattr(Retention, "delete_payment_events", counted)
    product.clock.offset = 61 * DAY
    assert (await forget(product))["payment_events"] == 21
    assert await events(product) == {*(f"e{number}" for number in range(9)), "young"}
    assert len(steps) == 8
    assert await forget(product) == {}


async def test_one_kind_that_fails_holds_up_no_other_and_no_row_the_rows_behind_it(
    start_keeping: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_keeping()
    user = await product.login("li")
    patients = [await user.add_patient(idcard=id_number(number)) for number in range(3)]
    for patient_id in patients:
        await user.post("user/delete1friend/", id=patient_id)
    async with product.storage.transaction() as tx:
        await add_event(tx, "old", "n", product.clock())
        await tx.commit()
    product.clock.offset = 61 * DAY
    real = forgetting.forget_patient

    async def fail(tx: Transaction, patient_id: int, at: int) -> bool:
        if patient_id == patients[0]:
            raise ValueError("a row that nobody understands, of 李四")
        return await real(tx, patient_id, at)

    async def broken(self: Retention, after: int, last: int, before: int) -> int:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "forget_patient", fail)
        patch.setattr(Retention, "delete_admin_sessions", broken)
        assert await administrator(product)  # a session of today does not matter: nothing is old enough
        assert (
            await forgetting.forget_due(
                product.storage,
                product.clock,
                product.services.settings.privacy,
                product.services.visit_photos,
                product.services.documents,
                "test",
            )
            == 2
        )
    async with product.storage.reading() as reader:
        job = await reader.jobs.get(forgetting.JOB)
    assert job is not None
    assert (job.last_error, job.failures) == ("patients: 1 failed", 1)
    assert '"payment_events": 1' in job.last_result
    assert "李四" not in product.logs.text
    assert await forget(product) == {"forgotten": 1}


async def test_a_database_that_goes_away_in_the_middle_ends_the_round(
    start_keeping: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_keeping()

    async def away(*_: object) -> tuple[int, int]:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_alarms", away)
        with pytest.raises(StorageUnavailable):
            await forgetting.forget_due(
                product.storage,
                product.clock,
                product.services.settings.privacy,
                product.services.visit_photos,
                product.services.documents,
                "test",
            )
    assert await forget(product) == {}, "the claim was given back"
