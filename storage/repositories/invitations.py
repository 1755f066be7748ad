"""Orders that are offered to escorts, and the half-days on which escorts do not work."""

from __future__ import annotations

from storage.models import EscortLeave, Invitation, InvitationState
from storage.repositories.base import Mapped, Repository, in_list
from storage.views import OfferedVisit
from storage.writes import NewInvitation, columns

_INVITATIONS = Mapped("invitations", Invitation)
_LEAVES = Mapped("escort_leaves", EscortLeave)
_OPEN = "state = 'offered' AND expires_at > :at"


class Invitations(Repository):
    async def add(self, new: NewInvitation) -> int:
        """Raises Duplicate while the order is offered to this escort already."""
        return await self._insert(
            "invitations",
            {
                **columns(new),
                "open_order_id": new.order_id,
                "state": InvitationState.OFFERED,
                "reason": "",
            },
        )

    async def get(self, invitation_id: int) -> Invitation | None:
        return _INVITATIONS.one(
            await self.connection.fetch_one(f"{_INVITATIONS.select} WHERE id = :id", {"id": invitation_id})
        )

    async def of_order(self, order_id: int) -> list[Invitation]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_INVITATIONS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _INVITATIONS.all(rows)

    async def open_of_orders(self, order_ids: set[int], at: int) -> list[Invitation]:
        """What of these orders can still be accepted at ``at``, oldest first."""
        if not order_ids:
            return []
        in_sql, marks = in_list("order", sorted(order_ids))
        rows = await self.connection.fetch_all(
            f"{_INVITATIONS.select} WHERE open_order_id IN {in_sql} AND {_OPEN} ORDER BY id",
            {**marks, "at": at},
        )
        return _INVITATIONS.all(rows)

    async def open_of_escort(self, escort_id: int, at: int) -> list[Invitation]:
        """What the escort can still accept at ``at``; what ends first is first."""
        rows = await self.connection.fetch_all(
            f"{_INVITATIONS.select} WHERE escort_id = :escort AND {_OPEN} ORDER BY expires_at, id",
            {"escort": escort_id, "at": at},
        )
        return _INVITATIONS.all(rows)

    async def offered_between(self, first_date: str, last_date: str, at: int) -> list[OfferedVisit]:
        """What can still be accepted at ``at``, of visits between two days, both included."""
        rows = await self.connection.fetch_all(
            "SELECT i.escort_id, o.visit_date, i.half, o.id, o.visit_time, o.hospital_name "
            "FROM invitations i JOIN orders o ON o.id = i.order_id "
            "WHERE i.state = 'offered' AND i.expires_at > :at AND o.visit_date >= :first AND o.visit_date <= :last "
            "ORDER BY i.half, o.visit_time, i.id",
            {"at": at, "first": first_date, "last": last_date},
        )
        return [OfferedVisit(*row) for row in rows]

    async def end(self, invitation_id: int, state: InvitationState, at: int, reason: str = "") -> int:
        """Answer an invitation that is still offered; rows changed."""
        return await self._update(
            "invitations",
            {"state": state, "open_order_id": None, "answered_at": at, "reason": reason},
            "id = :id AND state = 'offered'",
            {"id": invitation_id},
        )

    async def withdraw_of_escort(self, escort_id: int, at: int, reason: str) -> int:
        """Take back everything that the escort could still accept."""
        return await self._update(
            "invitations",
            {"state": InvitationState.WITHDRAWN, "open_order_id": None, "answered_at": at, "reason": reason},
            f"escort_id = :escort AND {_OPEN}",
            {"escort": escort_id, "at": at},
        )

    async def of_escort(self, escort_id: int, limit: int) -> list[Invitation]:
        """The escort's newest invitations."""
        return await self._newest(_INVITATIONS, ["escort_id = :escort"], {"escort": escort_id}, None, limit)

    async def erase_of_escort(self, escort_id: int, at: int) -> None:
        """Take back what the escort could still accept, and empty why they declined."""
        await self.withdraw_of_escort(escort_id, at, "")
        await self._update("invitations", {"reason": ""}, "escort_id = :escort", {"escort": escort_id})

    async def expire(self, at: int) -> int:
        """End everything whose time is over at ``at``; how many."""
        return await self._expire("state = 'offered' AND expires_at <= :at", {"at": at})

    async def expire_of_order(self, order_id: int, at: int) -> int:
        return await self._expire("open_order_id = :id AND expires_at <= :at", {"id": order_id, "at": at})

    async def _expire(self, where: str, parameters: dict[str, int]) -> int:
        return await self.connection.execute(
            f"UPDATE invitations SET state = 'expired', open_order_id = NULL WHERE {where}", parameters
        )


class Leaves(Repository):
    async def between(self, first_date: str, last_date: str) -> list[EscortLeave]:
        """Who is on leave between two days, both included."""
        rows = await self.connection.fetch_all(
            f"{_LEAVES.select} WHERE visit_date >= :first AND visit_date <= :last "
            "ORDER BY visit_date, half, escort_id",
            {"first": first_date, "last": last_date},
        )
        return _LEAVES.all(rows)

    async def of_escort(self, escort_id: int, first_date: str, last_date: str) -> list[EscortLeave]:
        """The escort's leave between two days, both included."""
        rows = await self.connection.fetch_all(
            f"{_LEAVES.select} WHERE escort_id = :escort AND visit_date >= :first AND visit_date <= :last "
            "ORDER BY visit_date, half",
            {"escort": escort_id, "first": first_date, "last": last_date},
        )
        return _LEAVES.all(rows)

    async def add(self, leave: EscortLeave) -> None:
        """Raises Duplicate when the escort is on leave then already."""
        await self._insert(
            "escort_leaves",
            {
                "escort_id": leave.escort_id,
                "visit_date": leave.visit_date,
                "half": leave.half,
                "reason": leave.reason,
                "created_at": leave.created_at,
            },
        )

    async def erase_of_escort(self, escort_id: int) -> int:
        return await self.connection.execute(
            "DELETE FROM escort_leaves WHERE escort_id = :escort", {"escort": escort_id}
        )

    async def end(self, escort_id: int, visit_date: str, half: str) -> int:
        return await self.connection.execute(
            "DELETE FROM escort_leaves WHERE escort_id = :escort AND visit_date = :day AND half = :half",
            {"escort": escort_id, "day": visit_date, "half": half},
        )
