"""A round of forgetting, and the notifications that it may delete."""

from __future__ import annotations

import json

from accounts import forgetting
from storage import Transaction
from tests.http.product import Product


async def forget(product: Product) -> dict[str, int]:
    """How many rows of each kind the round deleted."""
    services = product.services
    await forgetting.forget_due(
        product.storage,
        product.clock,
        services.settings.privacy,
        services.visit_photos,
        services.documents,
        "test",
    )
    async with product.storage.reading() as reader:
        job = await reader.jobs.get(forgetting.JOB)
    assert job is not None
    assert job.last_error == "", job.last_error
    return {name: count for name, count in json.loads(job.last_result).items() if count}


async def events(product: Product) -> set[str]:
    """The notifications that are kept."""
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT event_id FROM payment_events")
    return {str(row[0]) for row in rows}


async def add_event(tx: Transaction, name: str, reference: str, at: int) -> None:
    await tx.payment_events.add(name, "TRANSACTION.SUCCESS", reference, "{}", "paid", at)
