"""What the page of an order tells of money outside of WeChat, and which forms it offers."""

from __future__ import annotations

from typing import Any

from frozen_dataclasses import frozen
from payment import payables
from payment.offline.marks import mark_of
from payment.payables import Payable
from storage import Reader
from storage.models import Attempt, AttemptState, Channel, OfflineEntry, Order, OrderState, SupplementKind

_SUPPLEMENTS = {
    SupplementKind.OVERTIME: "加时补款",
    SupplementKind.OUTLAY: "代付补款",
    SupplementKind.OTHER: "补款",
}


@frozen()
class Part:
    """The order, or a supplement of it, that waits for money or was paid outside of WeChat."""

    payable: Payable
    name: str
    mark: str
    receipt: OfflineEntry | None
    """What has paid it, outside of WeChat."""

    @property
    def supplement_id(self) -> int | str:
        return self.payable.key.supplement_id or ""

    @property
    def reversible(self) -> bool:
        """May the receipt be taken back now? A supplement's in any state of its order."""
        return self.payable.supplement is not None or self.payable.order.state == OrderState.PAID


async def offline_facts(reader: Reader, order: Order, attempts: list[Attempt]) -> dict[str, Any]:
    """``parts``: what can be received, reversed or corrected; ``by_hand``: refunds that a person pays back."""
    entries = {entry.entry_key: entry for entry in await reader.offline.of_order(order.id)}
    by_id = {attempt.id: attempt for attempt in attempts}
    every = [(payables.of_order(order), "订单")]
    for supplement in await reader.supplements.of_order(order.id):
        payable = payables.of_supplement(order, supplement)
        every.append((payable, f"{_SUPPLEMENTS[SupplementKind(supplement.kind)]} #{supplement.id}"))
    parts = []
    for payable, name in every:
        paying = by_id.get(payable.paid_attempt_id or 0)
        offline = paying is not None and (paying.channel, paying.state) == (
            Channel.OFFLINE,
            AttemptState.PAID,
        )
        receipt = entries.get(f"receipt:{payable.paid_attempt_id}") if offline else None
        if payable.wanted or receipt is not None:
            parts.append(Part(payable, name, await mark_of(reader, payable), receipt))
    return {
        "parts": parts,
        "offline_entries": sorted(entries.values(), key=lambda entry: entry.id, reverse=True),
        "by_hand": await reader.offline.refunds_by_hand(order.id),
    }
