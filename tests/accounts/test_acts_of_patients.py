"""What users' patients and customers of the office change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts import office_customers, patients
from accounts.office_customers import CustomerContact
from accounts.patients import PatientContent
from personal.id_numbers import IdKind
from storage.models import ErasureSubject
from tests.orders.acts import Act
from tests.orders.scene import EARLIER, NOON, Scene

NEW_NUMBER = "11010519491231002X"
PATIENT = PatientContent("王秀英", True, "w", "父母", "13900001234", IdKind.RESIDENT, NEW_NUMBER, True)


def _own_number(scene: Scene) -> str:
    return f"11010119900307{scene.own.owner:04d}"


async def _add(scene: Scene, **changes: Any) -> Any:
    content = replace(PATIENT, **changes)
    return await scene.run(lambda tx: patients.add(tx, scene.vault, scene.own.owner, content, NOON))


async def a_patient_added(scene: Scene):
    for user in (scene.own.owner, scene.other.owner):
        await scene.run(lambda tx, user=user: tx.erasure_requests.ask(user, ErasureSubject.PHONE, EARLIER))
    yield
    yield await _add(scene)


async def a_minor_added_without_a_number(scene: Scene):
    yield
    yield await _add(scene, adult=False, id_number="")


async def a_patient_added_without_a_consent(scene: Scene):
    yield
    yield await _add(scene, consent=False)


async def the_same_patient_added_again(scene: Scene):
    number = _own_number(scene)
    yield
    yield await _add(scene, id_number=number)


async def the_last_patient_and_one_more(scene: Scene):
    for number in range(patients.MAX_PATIENTS - 2):
        await _add(scene, name=f"病人{number}", id_number="")
    yield
    yield await _add(scene, id_number="")
    try:
        await _add(scene, id_number="")
    except patients.TooManyPatients as refusal:
        yield refusal.message


async def _edit(scene: Scene, patient: int = 0, **changes: Any) -> Any:
    content = replace(PATIENT, **changes)
    return await scene.run(
        lambda tx: patients.edit(
            tx, scene.vault, scene.own.owner, patient or scene.own.patient, content, NOON
        )
    )


async def a_patient_changed(scene: Scene):
    for user in (scene.own.owner, scene.other.owner):
        await scene.run(lambda tx, user=user: tx.erasure_requests.ask(user, ErasureSubject.PHONE, EARLIER))
    yield
    yield await _edit(scene)


async def a_patient_changed_in_name_alone(scene: Scene):
    yield
    yield await _edit(scene, phone="", id_number="", consent=False)


async def a_patient_made_a_minor(scene: Scene):
    yield
    yield await _edit(scene, adult=False)


async def a_patient_made_a_minor_without_a_guardian(scene: Scene):
    yield
    yield await _edit(scene, adult=False, consent=False)


async def a_patient_of_another_changed(scene: Scene):
    yield
    yield await _edit(scene, scene.other.patient)


async def a_number_given_to_two_patients(scene: Scene):
    await _add(scene)
    yield
    yield await _edit(scene)


async def a_patient_deleted(scene: Scene):
    yield
    yield await scene.run(lambda tx: patients.delete(tx, scene.own.owner, scene.own.patient, NOON))


async def a_patient_of_another_deleted(scene: Scene):
    yield
    yield await scene.run(lambda tx: patients.delete(tx, scene.own.owner, scene.other.patient, NOON))


async def numbers_revealed(scene: Scene):
    async with scene.storage.reading() as reader:
        patient = await reader.patients.get(scene.own.patient)
    assert patient is not None
    yield
    for what in patients.NUMBERS:
        yield patients.reveal(scene.vault, patient, what)
    for gone in (replace(patient, phone_sealed=""), replace(patient, phone_sealed="", deleted_at=NOON)):
        try:
            patients.reveal(scene.vault, gone, "phone")
        except (patients.NumberErased, patients.NumberNotGiven) as refusal:
            yield refusal.message


# Customers of the office


async def _customer(scene: Scene, name: str = "客户", phone: str = "13700137000", at: int = NOON) -> Any:
    contact = CustomerContact(name, phone)
    return await scene.run(lambda tx: office_customers.find_or_add(tx, scene.vault, contact, 2, at))


async def a_customer_who_calls_for_the_first_time(scene: Scene):
    yield
    yield (await _customer(scene)).user_id
    yield (await _customer(scene, at=NOON + 1)).user_id


async def a_customer_who_calls_under_another_name(scene: Scene):
    await _customer(scene)
    await _customer(scene, "另一位", "13700137001")
    yield
    yield (await _customer(scene, "客户先生")).name


async def a_customer_who_is_disabled(scene: Scene):
    customer = await _customer(scene)
    await scene.set("users", customer.user_id, disabled_at=NOON)
    yield
    yield await _customer(scene)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
