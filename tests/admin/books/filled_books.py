"""Books as the product would have made them, with entries of every kind in several months."""

from __future__ import annotations

import random
from typing import Any

from clock import DAY, HOUR, day_bounds
from payment.books.months import Month
from storage.models import LedgerEntry
from storage.writes import NewBill
from tests.admin.scenario import Scenario

MONTHS = (Month("2026-08"), Month("2026-09"), Month("2026-10"))
"""Over when the scenario's clock begins, on 2026-11-18."""
SERVICES = (("优享陪诊", "半天"), ("优享陪诊", "全天"), ("代办取药", "次"))
HOSPITALS = ("第一医院", "市中心医院", "")
KINDS = ("payment", "refund", "fee", "offline_payment", "offline_refund")


async def order(scenario: Scenario, chance: random.Random, escort_id: int | None = None) -> int:
    service, unit = chance.choice(SERVICES)
    order_id = await scenario.order(
        "unpaid", service_name=service, service_unit=unit, hospital_name=chance.choice(HOSPITALS)
    )
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET escort_id = :escort, escort_name = :name WHERE id = :id",
            {"escort": escort_id, "name": "王芳" if escort_id else "", "id": order_id},
        )
        await tx.commit()
    return order_id


async def book(scenario: Scenario, entry: dict[str, Any]) -> None:
    """An entry of the ledger: kind, reference, amount_fen, occurred_at, booked_at, and what it is about."""
    async with scenario.storage.transaction() as tx:
        given = dict(entry)
        first = [given.pop(name) for name in ("kind", "reference", "amount_fen", "occurred_at", "booked_at")]
        await tx.ledger.book(*first, **given)
        await tx.commit()


async def random_entries(scenario: Scenario, chance: random.Random, orders: list[int], count: int) -> None:
    """Entries of all kinds, in any of the months or at their edges, booked at once or weeks later."""
    for _ in range(count):
        month, kind = chance.choice(MONTHS), chance.choice(KINDS)
        edges = (month.first_at, month.before_at - 1, chance.randrange(month.first_at, month.before_at))
        occurred = chance.choice(edges)
        amount = chance.randrange(1, 1_000_000)
        scenario._made += 1
        await book(
            scenario,
            {
                "kind": kind,
                "reference": f"reference-{scenario._made}",
                "amount_fen": amount if kind.endswith("payment") else -amount,
                "occurred_at": occurred,
                "booked_at": occurred + chance.choice((0, HOUR, 3 * DAY)),
                "order_id": chance.choice([*orders, None]),
            },
        )


async def ledger(scenario: Scenario) -> list[LedgerEntry]:
    async with scenario.storage.reading() as reader:
        return await reader.ledger.after(0, 10_000)


async def bills(scenario: Scenario, month: Month) -> None:
    """Every day of the month has its bill."""
    async with scenario.storage.transaction() as tx:
        at = month.first_at
        while at < month.before_at:
            day = month.name + f"-{(at - month.first_at) // DAY + 1:02d}"
            assert day_bounds(day)[0] == at
            await tx.finance.save_bill(NewBill(day, "trade", "0" * 40, "", "", at + DAY + 11 * HOUR))
            at += DAY
        await tx.commit()
