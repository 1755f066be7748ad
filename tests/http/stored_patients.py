"""A patient as it is stored, and as the user's export tells it."""

from __future__ import annotations

from typing import Any

from storage.models import Patient
from tests.http.client import Client
from tests.http.product import Product

GOOD_RESIDENT = "11010519491231002X"


async def stored(product: Product, patient_id: int) -> Patient:
    async with product.storage.reading() as reader:
        patient = await reader.patients.get(patient_id)
    assert patient is not None
    return patient


async def exported(user: Client) -> list[dict[str, Any]]:
    return list((await user.get("user/export/"))["data"]["patients"])
