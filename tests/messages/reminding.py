"""An order whose visit is tomorrow, and everybody who is reminded of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from clock import DAY, HOUR, day_bounds
from config import VisitSettings
from orders import serving
from orders.changing import visit_changed
from orders.visits.reminders import remind_due, unanswered
from storage import Storage
from storage.models import Actor, Cause, EscortState, MemberRole, MemberScope, Order, OrderState
from tests.core.rows import DAY as VISIT_DAY
from tests.core.rows import add_order, order_of

MIDNIGHT = day_bounds(VISIT_DAY)[0]
EVE = MIDNIGHT - DAY
SIX, NINE = EVE + 18 * HOUR, EVE + 21 * HOUR
BEGIN = MIDNIGHT + 10 * HOUR
SETTINGS = VisitSettings()
ADMIN = Actor("admin", 1)


@dataclass
class Scene:
    """An order of the day after the eve at ten, with a member and an escort."""

    storage: Storage
    at: int = EVE
    order_id: int = 0
    escort_id: int = 0
    owner: int = 0
    member: int = 0
    carer: int = 0

    def clock(self) -> int:
        return self.at

    async def send(self, at: int) -> int:
        self.at = at
        return await remind_due(self.storage, self.clock, SETTINGS, "test")

    async def told(self) -> list[tuple[int, str]]:
        """User and reference of every reminder that is queued, by the order of queueing."""
        async with self.storage.reading() as reader:
            rows = await reader.connection.fetch_all(
                "SELECT user_id, reference FROM outbox WHERE kind = 'reminder' ORDER BY id"
            )
        return [(row[0], row[1].split("-")[1]) for row in rows]

    async def order(self) -> Order:
        return await order_of(self.storage, self.order_id)

    async def set(self, **columns: Any) -> None:
        marks = ", ".join(f"{name} = :{name}" for name in columns)
        async with self.storage.transaction() as tx:
            await tx.connection.execute(
                f"UPDATE orders SET {marks} WHERE id = :id", {**columns, "id": self.order_id}
            )
            await tx.commit()

    async def move(self, **changes: Any) -> None:
        """The office changes the order."""
        async with self.storage.transaction() as tx:
            before = await tx.orders.lock(self.order_id)
            assert before is not None
            after = replace(before, **changes)
            marks = ", ".join(f"{name} = :{name}" for name in changes)
            await tx.connection.execute(
                f"UPDATE orders SET {marks} WHERE id = :id", {**changes, "id": self.order_id}
            )
            await visit_changed.follow_change(tx, before, after, self.at)
            await tx.commit()

    async def waiting(self, at: int) -> list[int]:
        """The orders on the office's call list."""
        async with self.storage.reading() as reader:
            found = await reader.order_lists.page(unanswered(SETTINGS, at), None, 50)
        return [order.id for order in found]

    async def all_told(self) -> list[int]:
        return sorted([self.owner, self.member, self.carer])


async def build(storage: Storage) -> Scene:
    scene = Scene(storage)
    async with storage.transaction() as tx:
        scene.owner, scene.member, scene.carer = [
            await tx.users.find_or_add(name, 1_000) for name in ("oOwner1", "oMember1", "oEscort1")
        ]
        scene.order_id = await add_order(tx, scene.owner, OrderState.PAID, visit_time="10:00")
        await tx.members.add(
            scene.owner, scene.member, MemberScope.ORDER, scene.order_id, MemberRole.FAMILY, 1_000
        )
        await tx.escorts.apply(scene.carer, "王芳", "", "2222", 1_000)
        escort = await tx.escorts.of_user(scene.carer)
        assert escort is not None
        scene.escort_id = escort.id
        await tx.escorts.move(escort.id, escort.state, EscortState.APPROVED, 1_000)
        await serving.assign(tx, scene.order_id, escort.id, "", Cause(ADMIN, EVE - DAY))
        await tx.commit()
    return scene
