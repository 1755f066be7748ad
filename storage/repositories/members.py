"""Who else may see an order, and by which cards they came."""

from __future__ import annotations

from typing import Any

from storage.connection import Row
from storage.models import Escort, Member, MemberLink, MemberScope, Order
from storage.repositories.base import Mapped, Repository
from storage.views import MembershipOfUser, MemberWithName, OrderRelation, SharedOrder

_MEMBERS = Mapped("members", Member)
_LINKS = Mapped("member_links", MemberLink)
_ORDERS = Mapped("orders", Order)
_ESCORTS = Mapped("escorts", Escort)
_MEMBERSHIP = "m.role, m.scope, m.scope_id, m.owner_id, m.joined_at"
_NAMES_THE_ORDER = (
    "((m.scope = 'order' AND m.scope_id = :order_id) "
    "OR (m.scope = 'patient' AND m.scope_id = :patient_id AND m.owner_id = :owner_id))"
)


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

    async def live(self, user_id: int, scope: str, scope_id: int) -> Member | None:
        """The user's membership of this order or patient that has not ended."""
        row = await self.connection.fetch_one(
            f"{_MEMBERS.select} WHERE scope = :scope AND scope_id = :scope_id AND live_user_id = :user_id",
            {"scope": scope, "scope_id": scope_id, "user_id": user_id},
        )
        return _MEMBERS.one(row)

    async def live_of_user(self, user_id: int) -> list[Member]:
        """What is shared with the user now, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_MEMBERS.select} WHERE live_user_id = :user_id ORDER BY id", {"user_id": user_id}
        )
        return _MEMBERS.all(rows)

    async def count_live(self, scope: str, scope_id: int) -> int:
        """How many members an order or a patient has now."""
        return await self._count(
            "SELECT COUNT(*) FROM members WHERE scope = :scope AND scope_id = :scope_id "
            "AND live_user_id IS NOT NULL",
            {"scope": scope, "scope_id": scope_id},
        )

    async def of_order(self, order: Order) -> list[MemberWithName]:
        """Who is a member of the order or of its patient now, in the order in which they joined."""
        return await self._with_names(
            f"m.live_user_id IS NOT NULL AND {_NAMES_THE_ORDER}", "m.user_id", _names_of(order)
        )

    async def of_patient(self, patient_id: int, owner_id: int) -> list[MemberWithName]:
        """Who is a member of the patient now."""
        return await self._with_names(
            "m.scope = 'patient' AND m.scope_id = :id AND m.owner_id = :owner_id AND m.live_user_id IS NOT NULL",
            "m.user_id",
            {"id": patient_id, "owner_id": owner_id},
        )

    async def given_by(self, owner_id: int) -> list[MemberWithName]:
        """Everybody with whom the owner shares or shared something, with their names."""
        return await self._with_names("m.owner_id = :id", "m.user_id", {"id": owner_id})

    async def given_to(self, user_id: int) -> list[MemberWithName]:
        """Everything that is or was shared with the user, with the names of the owners."""
        return await self._with_names("m.user_id = :id", "m.owner_id", {"id": user_id})

    async def _with_names(self, where: str, who: str, parameters: dict[str, Any]) -> list[MemberWithName]:
        rows = await self.connection.fetch_all(
            f"SELECT {_MEMBERS.aliased('m')}, u.nickname, u.avatar_file FROM members m "
            f"JOIN users u ON u.id = {who} WHERE {where} ORDER BY m.id",
            parameters,
        )
        return [_with_name(row) for row in rows]

    async def end(self, member_id: int, at: int) -> bool:
        """End a membership; False when it has ended already."""
        return bool(
            await self.connection.execute(
                "UPDATE members SET ended_at = :at, live_user_id = NULL WHERE id = :id AND live_user_id IS NOT NULL",
                {"id": member_id, "at": at},
            )
        )

    async def erase_of_user(self, user_id: int) -> None:
        """Forget what the user shared and what was shared with them. The cards first: who is just accepting one waits
        for that row, or is ended with the others."""
        marks = {"id": user_id}
        await self.connection.execute("DELETE FROM member_links WHERE owner_id = :id", marks)
        await self.connection.execute("UPDATE member_links SET used_by = NULL WHERE used_by = :id", marks)
        await self.connection.execute("DELETE FROM members WHERE owner_id = :id", marks)
        await self.connection.execute("DELETE FROM members WHERE user_id = :id", marks)

    async def shared_orders(self, user_id: int, before: int | None, limit: int) -> list[SharedOrder]:
        """The orders that others may share with the user, newest first: with each membership that names one, once per
        order and membership. The visits of a patient from before the user joined are among them."""
        rows = await self.connection.fetch_all(
            f"SELECT {_ORDERS.aliased('o')}, {_MEMBERSHIP}, u.nickname FROM ("
            "SELECT m.id AS member_id, o.id AS order_id FROM members m JOIN orders o ON o.id = m.scope_id "
            "WHERE m.live_user_id = :user_id AND m.scope = 'order' "
            "UNION ALL SELECT m.id, o.id FROM members m JOIN orders o ON o.patient_id = m.scope_id "
            "AND o.user_id = m.owner_id WHERE m.live_user_id = :user_id AND m.scope = 'patient'"
            ") shared JOIN members m ON m.id = shared.member_id JOIN orders o ON o.id = shared.order_id "
            "JOIN users u ON u.id = o.user_id WHERE o.hidden_at IS NULL AND o.id < :before "
            "ORDER BY o.id DESC LIMIT :limit",
            {"user_id": user_id, "before": before if before is not None else 2**63 - 1, "limit": limit},
        )
        end = len(_ORDERS.names)
        found = []
        for row in rows:
            order = _ORDERS.one(row[:end])
            assert order is not None
            found.append(SharedOrder(order, MembershipOfUser(*row[end:-1]), row[-1]))
        return found

    async def newest_order(self, patient_id: int, owner_id: int, first_date: str) -> int | None:
        """The newest order of a patient whose visit is on this day or later, and which its owner has not taken off the
        list."""
        row = await self.connection.fetch_one(
            "SELECT MAX(id) FROM orders WHERE patient_id = :id AND user_id = :owner_id "
            "AND visit_date >= :day AND hidden_at IS NULL",
            {"id": patient_id, "owner_id": owner_id, "day": first_date},
        )
        return None if row is None or row[0] is None else int(row[0])

    # Cards

    async def add_link(
        self,
        owner_id: int,
        scope: MemberScope,
        scope_id: int,
        role: str,
        token_hash: str,
        at: int,
        until: int,
    ) -> int:
        """A new card; its id."""
        return await self._insert(
            "member_links",
            {
                "owner_id": owner_id,
                "scope": scope,
                "scope_id": scope_id,
                "role": role,
                "token_hash": token_hash,
                "created_at": at,
                "expires_at": until,
            },
        )

    async def link(self, token_hash: str) -> MemberLink | None:
        """The card of this token, whatever became of it."""
        return _LINKS.one(
            await self.connection.fetch_one(
                f"{_LINKS.select} WHERE token_hash = :token_hash", {"token_hash": token_hash}
            )
        )

    async def use_link(self, link_id: int, user_id: int, at: int) -> bool:
        """Accept a card, once; False when it was used or revoked before, or its time is over."""
        return bool(
            await self.connection.execute(
                "UPDATE member_links SET used_at = :at, used_by = :user_id WHERE id = :id "
                "AND used_at IS NULL AND revoked_at IS NULL AND expires_at > :at",
                {"id": link_id, "user_id": user_id, "at": at},
            )
        )

    async def revoke_link(self, link_id: int, owner_id: int, at: int) -> bool:
        """Revoke a card of the owner; False when it was used or revoked before, or is another's."""
        return bool(
            await self.connection.execute(
                "UPDATE member_links SET revoked_at = :at WHERE id = :id AND owner_id = :owner_id "
                "AND used_at IS NULL AND revoked_at IS NULL",
                {"id": link_id, "owner_id": owner_id, "at": at},
            )
        )

    async def open_links(self, owner_id: int, scopes: list[tuple[str, int]], at: int) -> list[MemberLink]:
        """The owner's cards for one of these orders and patients that may still be accepted, oldest first."""
        found: list[MemberLink] = []
        for scope, scope_id in scopes:
            rows = await self.connection.fetch_all(
                f"{_LINKS.select} WHERE scope = :scope AND scope_id = :scope_id AND owner_id = :owner_id "
                "AND used_at IS NULL AND revoked_at IS NULL AND expires_at > :at ORDER BY id",
                {"scope": scope, "scope_id": scope_id, "owner_id": owner_id, "at": at},
            )
            found += _LINKS.all(rows)
        return found

    async def links_of_owner(self, owner_id: int) -> list[MemberLink]:
        """Every card of the owner, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_LINKS.select} WHERE owner_id = :id ORDER BY id", {"id": owner_id}
        )
        return _LINKS.all(rows)


def _names_of(order: Order) -> dict[str, Any]:
    return {"order_id": order.id, "patient_id": order.patient_id, "owner_id": order.user_id}


def _with_name(row: Row) -> MemberWithName:
    member = _MEMBERS.one(row[:-2])
    assert member is not None
    return MemberWithName(member, row[-2], row[-1])
