"""Is what WeChat would be told with a transfer to an escort plausible?"""

from __future__ import annotations

from config import Settings
from money import plain_yuan
from payment.transfers.starting import SCENE
from startup.checks.result import Result, failed, ok, warning

NAME = "transfers"
MAX_PLAUSIBLE_YUAN = 20_000
"""WeChat gives nobody a higher ceiling for one transfer: more is a slip of the finger, or fen."""


async def check_transfers(settings: Settings) -> Result:
    """Ceilings that contradict each other, or another scene, let WeChat refuse every transfer."""
    told = settings.transfers
    if not told.scene_id:
        return ok(NAME, "off: escorts are not paid through WeChat")
    where = f"{settings.source}: transfers"
    if told.scene_id != SCENE:
        return failed(
            NAME, f"{where}.scene_id: expected {SCENE}, whose report is known here, found {told.scene_id}"
        )
    pairs = (
        ("max_yuan", told.max_yuan, "escort_day_max_yuan", told.escort_day_max_yuan),
        ("escort_day_max_yuan", told.escort_day_max_yuan, "day_max_yuan", told.day_max_yuan),
    )
    for name, value, other, limit in pairs:
        if value > limit:
            return failed(NAME, f"{where}.{name}: expected at most {other} ({limit}), found {value}")
    if not told.perception:
        return warning(NAME, f"{where}.perception: empty, so the payee does not read what the money is")
    if told.max_yuan > MAX_PLAUSIBLE_YUAN:
        return warning(
            NAME, f"{where}.max_yuan: {told.max_yuan} yuan for one transfer is more than WeChat allows"
        )
    return ok(NAME, f"scene {SCENE}, at most {plain_yuan(told.max_yuan * 100)} yuan each")
