"""What an escort was offered and when they took leave, for their own export; of orders nothing but the number."""

from __future__ import annotations

from typing import Any

from money import amount_text
from schemas.wire import time_text
from storage import Reader

NEWEST = 1_000
"""So many invitations are told."""


async def escort_work(reader: Reader, escort_id: int) -> dict[str, Any]:
    invitations = await reader.invitations.of_escort(escort_id, NEWEST)
    leaves = await reader.leaves.of_escort(escort_id, "0000-00-00", "9999-12-31")
    return {
        "invitations": [
            {
                "orderId": each.order_id,
                "outcome": each.state,
                "reason": each.reason,
                "pay": amount_text(each.pay_fen) if each.pay_fen else "",
                "offeredTime": time_text(each.offered_at),
                "answeredTime": time_text(each.answered_at),
            }
            for each in invitations
        ],
        "leave": [{"day": each.visit_date, "half": each.half, "reason": each.reason} for each in leaves],
    }
