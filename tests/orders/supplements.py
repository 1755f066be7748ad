"""Supplements of two orders."""

from __future__ import annotations

from typing import Any

from clock import DAY as ONE_DAY
from clock import day_bounds
from orders.supplements import deciding, proposing
from orders.supplements.deciding import Opening, Seen, supplement_fingerprint
from orders.supplements.proposing import SupplementLimits, Wanted
from storage.models import Supplement, SupplementKind
from tests.orders.scene import VISIT_DAY, Scene

LIMITS = SupplementLimits(max_fen=50_000, days=7)
OVER = day_bounds(VISIT_DAY)[1] + 7 * ONE_DAY
"""From then on nothing can be proposed."""


def wanted_of(scene: Scene, place: int = 0, **changes: Any) -> Wanted:
    values = {
        "order_id": scene.households[place].order,
        "kind": SupplementKind.OUTLAY,
        "amount_fen": 3_850,
        "reason": "代付挂号费",
        "action_id": f"propose-{place}",
        **changes,
    }
    return Wanted(**values)


async def propose(scene: Scene, place: int = 0, at: int = 0, **changes: Any) -> Any:
    wanted = wanted_of(scene, place, **changes)
    return await scene.run(
        lambda tx: proposing.propose(tx, wanted, scene.escorts[place], LIMITS, at or scene.at)
    )


async def supplement_of(scene: Scene, supplement_id: int) -> Supplement:
    async with scene.storage.reading() as reader:
        found = await reader.supplements.get(supplement_id)
    assert found is not None
    return found


async def seen_of(scene: Scene, supplement_id: int) -> Seen:
    supplement = await supplement_of(scene, supplement_id)
    return Seen(supplement.order_id, supplement.id, supplement_fingerprint(supplement))


async def proposed_by_each(scene: Scene) -> Supplement:
    """A supplement of each order, proposed by its escort; the own one."""
    await scene.served()
    for place in (0, 1):
        await propose(scene, place)
    return await supplement_of(scene, 1)


async def open_it(scene: Scene, supplement_id: int, amount_fen: int = 3_850, reason: str = "") -> Any:
    opening = Opening(await seen_of(scene, supplement_id), amount_fen, reason, 2, scene.at + 1)
    supplement = await supplement_of(scene, supplement_id)
    order = await scene.read(supplement.order_id)
    return await scene.run(lambda tx: deciding.open_(tx, order, supplement, opening, LIMITS))


async def opened_of_each(scene: Scene) -> Supplement:
    await proposed_by_each(scene)
    for supplement_id in (1, 2):
        await open_it(scene, supplement_id)
    return await supplement_of(scene, 1)
