"""The separate consent to storing an ID number is recorded with its time; a minor's guardian consents too."""

from __future__ import annotations

import pytest

from schemas.wire import time_text
from storage.models import Patient
from tests.http.client import PATIENT, Client, id_number
from tests.http.product import Product


async def stored(product: Product, patient_id: int) -> Patient:
    async with product.storage.reading() as reader:
        patient = await reader.patients.get(patient_id)
    assert patient is not None
    return patient


@pytest.mark.promise(24)
async def test_a_consent_is_recorded_with_its_time_and_exported(product: Product) -> None:
    user = await product.login("li")
    before = product.clock()
    grown_up = await user.add_patient(consentGiven="y", guardianConsentGiven="y")
    child = await user.add_patient(idcard=id_number(1), if18="n", consentGiven="y", guardianConsentGiven="y")
    adult, minor = await stored(product, grown_up), await stored(product, child)
    for patient in (adult, minor):
        assert patient.consented_at is not None
        assert before <= patient.consented_at <= product.clock()
    assert adult.guardian_consented_at is None, "nobody consents for an adult"
    assert minor.guardian_consented_at == minor.consented_at
    exported = (await user.get("user/export/"))["data"]["patients"]
    assert [(row["consentTime"], row["guardianConsentTime"]) for row in exported] == [
        (time_text(adult.consented_at), ""),
        (time_text(minor.consented_at), time_text(minor.consented_at)),
    ]


async def test_released_clients_tell_of_no_consent_and_none_is_made_up(product: Product) -> None:
    user = await product.login("li")
    for number, fields in enumerate(({}, {"if18": "n"}, {"if18": "n", "guardianConsentGiven": "y"})):
        patient = await stored(product, await user.add_patient(idcard=id_number(number), **fields))
        assert (patient.consented_at, patient.guardian_consented_at) == (None, None)


async def test_a_client_that_tells_of_consent_must_have_all_that_is_needed(product: Product) -> None:
    user: Client = await product.login("li")
    before = await product.contents()
    for fields, missing in (
        ({"consentGiven": "n"}, "consentGiven"),
        ({"consentGiven": "n", "guardianConsentGiven": "y", "if18": "n"}, "consentGiven"),
        ({"consentGiven": "y", "if18": "n"}, "guardianConsentGiven"),
        ({"consentGiven": "y", "guardianConsentGiven": "n", "if18": "n"}, "guardianConsentGiven"),
    ):
        for post in (user.post, user.post_json):
            refused = await post("user/add1friend/", 400, **{**PATIENT, **fields})
            assert list(refused["fields"]) == [missing]
            assert "Given" not in refused["msg"], "a sentence for a person"
    assert await product.contents() == before


@pytest.mark.promise(24)
async def test_the_proof_of_a_consent_outlives_the_data(product: Product) -> None:
    user = await product.login("li")
    patient_id = await user.add_patient(consentGiven="y")
    at = (await stored(product, patient_id)).consented_at
    await user.post("user/deleteMe/", confirm="删除")
    patient = await stored(product, patient_id)
    assert (patient.name, patient.id_number_sealed, patient.consented_at) == ("", "", at)
