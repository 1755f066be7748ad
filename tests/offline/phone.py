"""Customers who called, and their orders."""

from __future__ import annotations

from typing import Any

from accounts import office_customers, patients
from accounts.office_customers import CustomerContact
from accounts.patients import PatientContent
from orders.sharing import claims
from orders.sharing.claims import NewSecrets, Secret
from personal.id_numbers import IdKind
from privacy import Vault, new_key
from storage.models import Cause
from tests.payment.conftest import ADMIN, Shop

VAULT = Vault(new_key())
ID_NUMBER = "11010519491231002X"
HOURS = 72


def patient(name: str = "王秀英", number: str = ID_NUMBER) -> PatientContent:
    kind = IdKind.RESIDENT if number else None
    return PatientContent(name, True, "w", "父母", "13800001234", kind, number, True)


async def customer(shop: Shop, phone: str = "13912345678", name: str = "王大明") -> int:
    """The id of the customer's user."""
    contact = CustomerContact(name, phone)
    found = await shop.storage.run(
        lambda tx: office_customers.find_or_add(tx, VAULT, contact, ADMIN.id or 0, shop.at)
    )
    return found.user_id


async def add_patient(shop: Shop, user_id: int, content: PatientContent) -> int:
    patient_id, _ = await shop.storage.run(lambda tx: patients.add(tx, VAULT, user_id, content, shop.at))
    return patient_id


async def ordered(shop: Shop, user_id: int, patient_id: int, **changes: Any) -> int:
    """An unpaid order that a clerk entered."""
    content = shop.content(patient_id=patient_id, patient_name="王秀英", **changes)
    return await shop.storage.run(
        lambda tx: tx.orders.add(user_id, content, ADMIN, shop.at, shop.at + HOURS * 3_600_000)
    )


async def phone_order(shop: Shop) -> int:
    user_id = await customer(shop)
    return await ordered(shop, user_id, await add_patient(shop, user_id, patient()))


async def given(shop: Shop, order_id: int) -> NewSecrets:
    """A link and a code for the order."""
    cause = Cause(ADMIN, shop.at)
    return await shop.storage.run(lambda tx: claims.create(tx, VAULT, order_id, HOURS, cause))


async def claim(shop: Shop, secret: Secret, user_id: int) -> int:
    return await shop.storage.run(lambda tx: claims.use(tx, VAULT, secret, user_id, shop.at))
