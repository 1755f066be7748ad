"""An order that the office offers, and the escorts who may take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orders import serving
from orders.escorts import invitations
from orders.escorts.invitations import Office, Terms
from storage.models import Actor, Cause, Order
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.client import Client
from tests.http.product import Product

ADMIN = Actor("admin", 1)


@dataclass
class Offering:
    """``owner`` paid for ``order_id``; ``escorts`` are free."""

    product: Product
    owner: Client
    order_id: int
    escorts: list[Client]
    ids: list[int]
    """Of the escorts."""

    async def offer(self, *places: int, half: str = "am", pay_fen: int = 12_000) -> None:
        """To the escorts at these places; to all who are free when there are none."""
        escort_ids = [self.ids[place] for place in places] or None
        office = Office(1, self.product.clock, self.product.settings.visits)
        terms = Terms(half, pay_fen)
        await self.product.storage.run(
            lambda tx: invitations.offer(tx, self.order_id, escort_ids, terms, office)
        )

    async def invitation(self, place: int) -> int:
        """The id of the one open invitation of an escort."""
        (row,) = (await self.escorts[place].get("escort/invitations/"))["data"]
        return int(row["id"])

    async def assign(self, place: int, half: str = "am") -> None:
        cause = Cause(ADMIN, self.product.clock())
        await self.product.storage.run(
            lambda tx: serving.assign(tx, self.order_id, self.ids[place], half, cause)
        )

    async def reassign(self, place: int) -> None:
        cause = Cause(ADMIN, self.product.clock(), "换人")
        await self.product.storage.run(
            lambda tx: serving.reassign(tx, self.order_id, serving.NewEscort(self.ids[place]), cause)
        )

    async def order(self) -> Order:
        async with self.product.storage.reading() as reader:
            order = await reader.orders.get(self.order_id)
        assert order is not None
        return order


async def begin(product: Product, escorts: int = 2, **changes: Any) -> Offering:
    """``changes``: what the order form tells besides."""
    owner = await product.login("li")
    order_id = await product.paid_order(owner, **changes)
    clients = [
        await apply_as_escort(product, f"escort{n}", called=f"王芳{'一二三四五'[n]}") for n in range(escorts)
    ]
    return Offering(product, owner, order_id, clients, [await escort_of(product, each) for each in clients])
