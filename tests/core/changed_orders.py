"""Paid orders with their escorts, to be changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clock import DAY as ONE_DAY
from clock import shanghai_date
from config import Settings, load_settings
from orders import serving
from orders.booking.bookable_days import DayRules
from orders.changing.changes import (
    ChangeTerms,
    change_by_office,
)
from storage import Storage, Transaction
from storage.models import Actor, Cause, Order, OrderState
from storage.writes import VisitChange
from tests.core.rows import add_order

ADMIN = Actor("admin", 1)
NOW = 1_766_000_000_000
OWNER = 1


def day(later: int) -> str:
    return shanghai_date(NOW + later * ONE_DAY)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, environment={})


def terms(settings: Settings, percent: int = 100, **more: Any) -> ChangeTerms:
    visits = {name: more.pop(name) for name in list(more) if hasattr(settings.visits, name)}
    rules = DayRules(replace(settings.visits, **visits), settings.orders.horizon_days)
    return ChangeTerms(rules, lambda order: percent, **more)


async def paid(storage: Storage, user: int = OWNER, **content: Any) -> int:
    values = {"visit_date": day(10), "visit_time": "09:00", **content}

    async def add(tx: Transaction) -> int:
        await tx.users.find_or_add(f"oUser{user}", NOW)
        return await add_order(tx, user, OrderState.PAID, **values)

    return await storage.run(add)


async def served(storage: Storage, escort: int, user: int = OWNER, half: str = "am", **content: Any) -> int:
    order_id = await paid(storage, user, **content)
    await storage.run(lambda tx: serving.assign(tx, order_id, escort, half, Cause(ADMIN, NOW), 4))
    return order_id


async def change(
    storage: Storage, settings: Settings, order_id: int, reason: str = "医生改了时间", **wanted: Any
) -> Order:
    more = {
        name: wanted.pop(name) for name in ("take_escort_off", "capacity", "wanted_by_user") if name in wanted
    }
    cause = Cause(ADMIN, NOW, reason)
    return await storage.run(
        lambda tx: change_by_office(tx, order_id, VisitChange(**wanted), cause, terms(settings, **more))
    )


async def bookings(storage: Storage, order_id: int) -> list[tuple[str, str, int]]:
    async with storage.reading() as reader:
        return sorted(
            (b.visit_date, b.half, b.slot) for b in await reader.escorts.bookings_of_order(order_id)
        )


async def contents(storage: Storage) -> list[Any]:
    tables = ("orders", "order_history", "order_changes", "escort_bookings", "outbox")
    async with storage.reading() as reader:
        return [await reader.connection.fetch_all(f"SELECT * FROM {table}") for table in tables]
