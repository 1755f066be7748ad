"""An order that is served, and supplements of it in every state."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from handlers.escort.supplements import limits_of
from orders.supplements import deciding
from orders.supplements.deciding import Opening, Seen, supplement_fingerprint
from orders.supplements.proposing import Wanted
from storage import Transaction
from storage.models import Order, Supplement, SupplementKind
from tests.http.client import Client
from tests.http.product import Product
from tests.visits.scenario import Visit, begin_visit, picture

ADMIN = 1
REASON = "代付挂号费，发票在照片里"


@dataclass
class Supplements:
    visit: Visit

    @property
    def product(self) -> Product:
        return self.visit.product

    async def propose(self, status: int = 200, /, **changes: Any) -> Any:
        given = {
            "id": self.visit.order_id,
            "actionId": changes.pop("actionId", None) or self.visit.action(),
            "kind": "outlay",
            "amount": "38.50",
            "reason": REASON,
        }
        return await self.visit.escort.post("escort/supplement/", status, **{**given, **changes})

    async def receipt(self, action: str, content: bytes | None = None, **more: Any) -> httpx.Response:
        files = {"file": ("receipt.jpg", content or picture(), "image/jpeg")}
        query = {"id": self.visit.order_id, "actionId": action}
        return await (more.get("by") or self.visit.escort).send(
            "POST", "escort/supplementReceipt/", params=query, files=files
        )

    async def get(self, supplement_id: int) -> Supplement:
        async with self.product.storage.reading() as reader:
            found = await reader.supplements.get(supplement_id)
        assert found is not None
        return found

    async def seen(self, supplement_id: int) -> Seen:
        supplement = await self.get(supplement_id)
        return Seen(supplement.order_id, supplement.id, supplement_fingerprint(supplement))

    async def open(self, supplement_id: int, amount_fen: int = 3850, reason: str = "") -> None:
        opening = Opening(await self.seen(supplement_id), amount_fen, reason, ADMIN, self.product.clock())
        limits = limits_of(self.product.settings)

        async def decide(tx: Transaction, order: Order, supplement: Supplement) -> None:
            await deciding.open_(tx, order, supplement, opening, limits)

        await self.product.services.payments.release_supplement(supplement_id, decide)

    async def withdraw(self, supplement_id: int, note: str = "已和家属沟通，不用支付") -> None:
        await self.withdraw_seen(await self.seen(supplement_id), note)

    async def withdraw_seen(self, seen: Seen, note: str) -> None:
        """By the office, whose page has shown this."""
        at = self.product.clock()

        async def decide(tx: Transaction, order: Order, supplement: Supplement) -> None:
            await deciding.withdraw(tx, order, supplement, seen, note, at)

        await self.product.services.payments.release_supplement(seen.supplement_id, decide)

    async def make(self, amount_fen: int = 5000, action: str = "") -> int:
        """By the office; its id."""
        wanted = Wanted(
            self.visit.order_id,
            SupplementKind.OVERTIME,
            amount_fen,
            "加时一小时",
            action or self.visit.action(),
        )
        limits, at = limits_of(self.product.settings), self.product.clock()
        made = await self.product.storage.run(lambda tx: deciding.make(tx, wanted, ADMIN, limits, at))
        return made.supplement_id

    async def opened(self) -> int:
        """The id of one that the escort has proposed, and the office has opened."""
        proposed = (await self.propose())["id"]
        await self.open(proposed)
        return int(proposed)

    async def dispute(self, supplement_id: int, status: int = 200, /, **more: Any) -> Any:
        by: Client = more.get("by") or self.visit.owner
        reason = more.get("reason", "没有用到这项服务")
        return await by.post("user/disputeSupplement/", status, id=supplement_id, reason=reason)

    async def rows(self, reader: Client | None = None) -> list[dict[str, Any]]:
        read = await (reader or self.visit.owner).get("user/getOrder/", id=self.visit.order_id)
        rows: list[dict[str, Any]] = read["supplements"]
        return rows


async def mark_paid(product: Product, supplement_id: int) -> None:
    """As if its money had been booked."""
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE supplements SET state = 'paid', paid_fen = amount_fen, paid_at = :at, paid_attempt_id = 1 "
            "WHERE id = :id",
            {"id": supplement_id, "at": product.clock()},
        )
        await tx.commit()


async def begin(product: Product, name: str = "") -> Supplements:
    return Supplements(await begin_visit(product, name=name))


async def messages(product: Product) -> list[tuple[str, str, int]]:
    """Kind, outcome and user of every message about supplements that waits."""
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT kind, payload, user_id FROM outbox WHERE kind = 'supplement' ORDER BY id", {}
        )
    return [(str(kind), json.loads(payload)["outcome"], int(user)) for kind, payload, user in rows]
