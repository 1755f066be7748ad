"""What two escorts earn."""

from __future__ import annotations

from typing import Any

from clock import DAY as ONE_DAY
from orders import serving
from orders.escort_pay import earnings, rules
from orders.escort_pay.earnings import Correction
from storage.models import PayRuleKind
from storage.writes import NewPayRule
from tests.orders.scene import ADMIN, NOON, Scene

MONTH = "2026-11"
LATER = NOON + 20 * ONE_DAY


async def rule(scene: Scene, value: int = 8_000, kind: str = PayRuleKind.FIXED, **more: Any) -> Any:
    values = {"service_id": 0, "escort_id": 0, "kind": kind, "value": value, "valid_from": "2026-01-01"}
    new = NewPayRule(**{**values, **more})
    return await scene.run(lambda tx: rules.add_rule(tx, new, 2, scene.at))


async def earned_of_each(scene: Scene) -> None:
    """Both escorts have earned something for a finished order."""
    await scene.served()
    await rule(scene)
    for each in scene.households:
        await scene.run(lambda tx, each=each: serving.finish(tx, each.order, ADMIN, scene.at))


async def correct(
    scene: Scene, order_id: int | None, fen: int, reason: str = "客户少付", seen: str = ""
) -> Any:
    escort = scene.escorts[0]
    async with scene.storage.reading() as reader:
        newest = await reader.escort_pay.newest_id(escort)
        known = str(newest)
        if order_id is not None:
            known = earnings.mark(await reader.escort_pay.of_order(order_id))
    wanted = Correction(escort, order_id, fen, reason)
    return await scene.run(lambda tx: earnings.correct(tx, wanted, seen or known, 2, scene.at + 5))
