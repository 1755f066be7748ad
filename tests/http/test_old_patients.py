"""Patients from before numbers had a normal form and a hash: read once, and the same during a rotation."""

from __future__ import annotations

import pytest

from accounts import personal_numbers
from personal.id_numbers import IdKind
from privacy import ESCORT_PHONE, PATIENT_ID_NUMBER, PATIENT_PHONE, Vault, new_key
from startup.background import Background
from startup.sealed import Rotation, StoredFiles
from storage.writes import PatientColumns
from tests.http.client import id_number
from tests.http.conftest import StartProduct
from tests.http.product import Product, until
from tests.http.stored_patients import GOOD_RESIDENT, exported, stored


async def make_old(product: Product, patient_id: int, phone: str, number: str) -> None:
    """The row as it was written before there were normal forms."""
    vault = product.services.vault
    async with product.storage.transaction() as tx:
        old = PatientColumns(
            phone_sealed=vault.seal(phone, PATIENT_PHONE),
            phone_tail=phone[-4:],
            phone_hash="",
            id_kind="",
            id_number_sealed=vault.seal(number, PATIENT_ID_NUMBER),
            id_number_hash="",
        )
        await tx.patients.edit(patient_id, old)
        await tx.commit()


async def test_old_rows_are_read_once_and_found_before_that_too(product: Product) -> None:
    user = await product.login("li")
    tidy = await user.add_patient(idcard=id_number(1))
    old = await user.add_patient(idcard=id_number(2))
    strange = await user.add_patient(idcard=id_number(3))
    await make_old(product, old, "029-85321234-801", "PASSPORT-e12345678")
    await make_old(product, strange, "------", "什么")
    await user.post("user/apply2be1caregiver/", name="王芳", phone="13800138000")
    async with product.storage.transaction() as tx:
        escort = await tx.escorts.get(1)
        assert escort is not None
        await tx.escorts.reseal(
            escort, product.services.vault.seal("+86 138 0013 8000", ESCORT_PHONE), "8000"
        )
        await tx.commit()
    assert await user.add_patient(idcard="E12345678") == old, "equal before the old row was read"
    untouched = await stored(product, tidy)
    assert await personal_numbers.normalize_old_rows(product.storage, product.services.vault) == 3
    assert await personal_numbers.normalize_old_rows(product.storage, product.services.vault) == 0
    assert await stored(product, tidy) == untouched
    data = (await user.get("user/export/"))["data"]
    assert [(row["phone"], row["idcard"], row["idcardKind"]) for row in data["patients"][1:]] == [
        ("029-85321234转801", "E12345678", "护照"),
        ("------", "什么", ""),
    ]
    assert data["caregiver"]["phone"] == "13800138000"
    assert (await stored(product, old)).phone_tail == "1234"
    assert await user.add_patient(idcard="E12345678") == old


async def test_a_row_that_does_not_open_holds_up_no_other(product: Product) -> None:
    user = await product.login("li")
    foreign, old = await user.add_patient(idcard=id_number(1)), await user.add_patient(idcard=id_number(2))
    await make_old(product, foreign, "13800138000", "E12345678")
    await make_old(product, old, "138 0013 8001", "E12345679")
    async with product.storage.transaction() as tx:
        sealed = Vault(new_key()).seal("13800138000", PATIENT_PHONE)
        await tx.patients.edit(foreign, PatientColumns(phone_sealed=sealed))
        await tx.commit()
    assert await personal_numbers.normalize_old_rows(product.storage, product.services.vault) == 1
    assert (await stored(product, old)).id_kind == IdKind.PASSPORT


@pytest.mark.promise(23)
async def test_a_patient_is_the_same_during_and_after_the_rotation_of_the_key(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient(idcard=GOOD_RESIDENT)
    old = product.services.vault
    before = await stored(product, patient)
    rotated = Vault(new_key(), [product.settings.privacy.key])
    product.services.vault = rotated
    assert await user.add_patient(idcard=GOOD_RESIDENT) == patient, "with the old key's hash"
    await Rotation(product.storage, rotated, StoredFiles.below(product.settings.data, rotated)).run()
    after = await stored(product, patient)
    assert after.id_number_hash != before.id_number_hash
    assert after.phone_hash in rotated.hashes("+8613822223333", PATIENT_PHONE)[:1]
    assert after.phone_hash != old.hash("+8613822223333", PATIENT_PHONE)
    assert await user.add_patient(idcard=GOOD_RESIDENT) == patient
    assert after.id_kind == IdKind.RESIDENT


@pytest.mark.promise(23)
async def test_neither_hash_nor_kind_outlives_an_erasure(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    await user.post("user/deleteMe/", confirm="删除")
    gone = await stored(product, patient)
    assert (gone.phone_hash, gone.id_number_hash, gone.id_kind) == ("", "", "")
    assert await personal_numbers.normalize_old_rows(product.storage, product.services.vault) == 0


async def test_the_server_reads_old_rows_by_itself(start_product: StartProduct) -> None:
    product = await start_product()
    user = await product.login("li")
    old = await user.add_patient()
    await make_old(product, old, "138 0013 8000", "E12345678")
    async with Background(product.services).running():

        async def read() -> bool:
            return (await stored(product, old)).id_kind == IdKind.PASSPORT

        await until(read)
    assert (await exported(user))[0]["phone"] == "13800138000"
