"""Supplements (补款) as the page of their order shows them."""

from __future__ import annotations

import secrets
from typing import Any

from frozen_dataclasses import frozen
from orders.supplements.deciding import supplement_fingerprint
from orders.supplements.proposing import takes_supplements
from schemas.supplement import KIND, STATE
from storage import Reader
from storage.models import (
    UNSETTLED_SUPPLEMENTS,
    Order,
    Supplement,
    SupplementKind,
    SupplementState,
)

TONE = {
    SupplementState.PROPOSED: "amber",
    SupplementState.OPEN: "blue",
    SupplementState.PAID: "green",
    SupplementState.DISPUTED: "red",
    SupplementState.WITHDRAWN: "grey",
}


@frozen()
class ShownSupplement:
    """A supplement as the card of its order shows it."""

    row: Supplement
    kind: str
    state: str
    tone: str
    by: str
    """Who has proposed or made it."""
    disputed_by: str
    fingerprint: str

    @property
    def can_open(self) -> bool:
        return self.row.state in (SupplementState.PROPOSED, SupplementState.DISPUTED)

    @property
    def can_withdraw(self) -> bool:
        return self.row.state in UNSETTLED_SUPPLEMENTS


async def supplement_facts(reader: Reader, order: Order) -> dict[str, Any]:
    """What the order's page shows of supplements, the newest first, and whether one can be made."""
    rows = await reader.supplements.of_order(order.id)
    return {
        "supplements": [await _shown(reader, row) for row in reversed(rows)],
        "takes_supplements": takes_supplements(order),
        "supplement_kinds": KIND,
        "supplement_action": secrets.token_urlsafe(18),
    }


async def _shown(reader: Reader, row: Supplement) -> ShownSupplement:
    by = "办公室"
    if row.proposed_by_kind == "escort":
        escort = await reader.escorts.get(row.proposed_by)
        by = f"陪诊员 {escort.name if escort and escort.name else '（已删除资料）'}"
    user = await reader.users.get(row.disputed_by) if row.disputed_by else None
    state = SupplementState(row.state)
    return ShownSupplement(
        row,
        KIND[SupplementKind(row.kind)],
        STATE[state],
        TONE[state],
        by,
        (user.nickname or f"用户 {user.id}") if user else "",
        supplement_fingerprint(row),
    )
