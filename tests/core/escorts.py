"""Escorts and offered orders for tests of the rules, made without the rest of the product."""

from __future__ import annotations

import json
from typing import Any

from config.visit_settings import VisitSettings
from orders import serving
from orders.escorts import invitations
from orders.escorts.invitations import Offered, Office, Terms
from storage import Storage
from storage.models import Actor, Cause, EscortState, Invitation, OrderState
from tests.core.rows import DAY, add_order

NOON = 1_795_060_800_000
"""2026-11-19, 12:00 in Shanghai."""
ADMIN_ID = 1


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, at: int = NOON) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


async def add_escort(storage: Storage, name: str, user_id: int, state: str = EscortState.APPROVED) -> int:
    async with storage.transaction() as tx:
        await tx.escorts.apply(user_id, name, "sealed", "2222", 1_000)
        escort = await tx.escorts.of_user(user_id)
        assert escort is not None
        if state != EscortState.PENDING:
            await tx.escorts.move(escort.id, EscortState.PENDING, state, 1_000)
        await tx.commit()
    return escort.id


async def add_escorts(storage: Storage, number: int) -> list[int]:
    return [await add_escort(storage, f"陪诊员{n}", 900 + n) for n in range(number)]


async def paid_order(storage: Storage, user_id: int = 1, **changes: Any) -> int:
    async with storage.transaction() as tx:
        order_id = await add_order(tx, user_id, OrderState.PAID, **{"visit_date": DAY, **changes})
        await tx.commit()
    return order_id


async def offer(
    storage: Storage,
    clock: Clock,
    order_id: int,
    escort_ids: list[int] | None,
    half: str = "am",
    pay_fen: int = 0,
) -> Offered:
    office = Office(ADMIN_ID, clock, VisitSettings())
    return await storage.run(
        lambda tx: invitations.offer(tx, order_id, escort_ids, Terms(half, pay_fen), office)
    )


async def invitations_of(storage: Storage, order_id: int) -> dict[int, Invitation]:
    """The newest invitation of each escort."""
    async with storage.reading() as reader:
        return {each.escort_id: each for each in await reader.invitations.of_order(order_id)}


async def states(storage: Storage, order_id: int) -> list[str]:
    async with storage.reading() as reader:
        return [each.state for each in await reader.invitations.of_order(order_id)]


async def messages(storage: Storage) -> list[tuple[int, str, str]]:
    """(user, kind, outcome) of every message that waits, in order."""
    async with storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT user_id, kind, payload FROM outbox ORDER BY id")
    return [(int(row[0]), str(row[1]), json.loads(row[2])["outcome"]) for row in rows]


async def assign(storage: Storage, order_id: int, escort_id: int, half: str = "am") -> None:
    """The office gives the order to the escort."""
    cause = Cause(Actor("admin", ADMIN_ID), NOON)
    await storage.run(lambda tx: serving.assign(tx, order_id, escort_id, half, cause))
