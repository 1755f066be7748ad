"""Who else may see an order, and by which cards they came."""

from __future__ import annotations

from storage.models import Escort, Member, MemberLink, Order
from storage.repositories.base import Mapped, Repository
from storage.views import MembershipOfUser, OrderRelation

_MEMBERS = Mapped("members", Member)
_LINKS = Mapped("member_links", MemberLink)
_ORDERS = Mapped("orders", Order)
_ESCORTS = Mapped("escorts", Escort)
_MEMBERSHIP = "m.role, m.scope, m.scope_id, m.owner_id, m.joined_at"


class Members(Repository):
    async def relation(self, order_id: int, user_id: int) -> OrderRelation | None:
        """The order with everything that may connect the user with it, in one query; None when there is no order."""
        rows = await self.connection.fetch_all(
            f"SELECT {_ORDERS.aliased('o')}, {_ESCORTS.aliased('e')}, "
            "EXISTS (SELECT 1 FROM order_history h WHERE h.order_id = o.id AND h.escort_id = e.id), "
            f"{_MEMBERSHIP} FROM orders o "
            "LEFT JOIN escorts e ON e.user_id = :user_id "
            "LEFT JOIN members m ON m.live_user_id = :user_id AND ("
            "(m.scope = 'order' AND m.scope_id = o.id) OR (m.scope = 'patient' AND m.scope_id = o.patient_id)) "
            "WHERE o.id = :id",
            {"id": order_id, "user_id": user_id},
        )
        if not rows:
            return None
        order_end = len(_ORDERS.names)
        escort_end = order_end + len(_ESCORTS.names)
        order = _ORDERS.one(rows[0][:order_end])
        assert order is not None
        escort = None if rows[0][order_end] is None else _ESCORTS.one(rows[0][order_end:escort_end])
        memberships = tuple(
            MembershipOfUser(*row[escort_end + 1 :]) for row in rows if row[escort_end + 1] is not None
        )
        return OrderRelation(order, memberships, escort, bool(rows[0][escort_end]))

    async def add(self, owner_id: int, user_id: int, scope: str, scope_id: int, role: str, at: int) -> int:
        """A new membership; its id. Raises Duplicate while the user has one of the same order or patient."""
        return await self._insert(
            "members",
            {
                "owner_id": owner_id,
                "user_id": user_id,
                "scope": scope,
                "scope_id": scope_id,
                "role": role,
                "joined_at": at,
                "live_user_id": user_id,
            },
        )

    async def get(self, member_id: int) -> Member | None:
        return _MEMBERS.one(
            await self.connection.fetch_one(f"{_MEMBERS.select} WHERE id = :id", {"id": member_id})
        )
