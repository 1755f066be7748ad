"""Escorts: applications, states, and the half-days on which each is taken."""

from __future__ import annotations

import dataclasses
from typing import Any

from personal.names import search_form
from storage.connection import Row
from storage.models import Escort, EscortBooking, EscortState, OrderState, Reapplication
from storage.repositories.base import Mapped, Repository, in_list
from storage.views import EscortVisit

_ESCORTS = Mapped("escorts", Escort)
_APPLICATIONS = Mapped("escort_applications", Reapplication)
_BOOKINGS = Mapped("escort_bookings", EscortBooking)


def _visit(row: Row, finished: bool) -> EscortVisit:
    escort_id, visit_date, half, order_id, patient_name, hospital_name, visit_time = row
    return EscortVisit(
        escort_id, visit_date, half, order_id, patient_name, hospital_name, finished, visit_time
    )


class Escorts(Repository):
    async def apply(self, user_id: int, name: str, phone_sealed: str, phone_tail: str, at: int) -> None:
        """Apply, or replace an application that was never in force, and go (back) to review.

        Raises Duplicate to a simultaneous first one.
        """
        values: dict[str, Any] = {
            "user_id": user_id,
            "name": name,
            "name_key": search_form(name),
            "phone_sealed": phone_sealed,
            "phone_tail": phone_tail,
            "state": EscortState.PENDING,
            "applied_at": at,
        }
        changed = await self.connection.execute(
            "UPDATE escorts SET name = :name, name_key = :name_key, phone_sealed = :phone_sealed, "
            "phone_tail = :phone_tail, state = :state, applied_at = :applied_at, decided_at = NULL "
            "WHERE user_id = :user_id",
            values,
        )
        if not changed:
            await self._insert("escorts", {**values, "remark": ""})

    async def reapply(self, escort_id: int, name: str, phone_sealed: str, phone_tail: str, at: int) -> None:
        """Put a new application, in place of an earlier one, beside what is in force. The escort must be locked."""
        await self.drop_application(escort_id)
        values = {"name": name, "phone_sealed": phone_sealed, "phone_tail": phone_tail, "applied_at": at}
        await self._insert("escort_applications", {"escort_id": escort_id, **values})

    async def application(self, escort_id: int) -> Reapplication | None:
        """The new application of an escort; None while there is none."""
        return (await self.applications({escort_id})).get(escort_id)

    async def applications(self, escort_ids: set[int]) -> dict[int, Reapplication]:
        """The new applications of these escorts, by escort."""
        if not escort_ids:
            return {}
        in_sql, marks = in_list("id", sorted(escort_ids))
        rows = await self.connection.fetch_all(f"{_APPLICATIONS.select} WHERE escort_id IN {in_sql}", marks)
        return {each.escort_id: each for each in _APPLICATIONS.all(rows)}

    async def adopt(self, application: Reapplication) -> None:
        """The new application comes into force."""
        values = {"name": application.name, "phone": application.phone_sealed, "tail": application.phone_tail}
        values["key"] = search_form(application.name)
        await self.connection.execute(
            "UPDATE escorts SET name = :name, name_key = :key, phone_sealed = :phone, phone_tail = :tail, "
            "applied_at = :at WHERE id = :id",
            {**values, "at": application.applied_at, "id": application.escort_id},
        )
        await self.drop_application(application.escort_id)

    async def drop_application(self, escort_id: int) -> int:
        return await self.connection.execute(
            "DELETE FROM escort_applications WHERE escort_id = :id", {"id": escort_id}
        )

    async def of_user(self, user_id: int) -> Escort | None:
        return _ESCORTS.one(
            await self.connection.fetch_one(f"{_ESCORTS.select} WHERE user_id = :id", {"id": user_id})
        )

    async def get(self, escort_id: int) -> Escort | None:
        return _ESCORTS.one(
            await self.connection.fetch_one(f"{_ESCORTS.select} WHERE id = :id", {"id": escort_id})
        )

    async def lock(self, escort_id: int) -> Escort | None:
        """The escort, locked until the transaction ends: who books, decides or erases takes turns."""
        await self._take_turn("escorts", escort_id)
        return _ESCORTS.one(
            await self.connection.fetch_one(
                f"{_ESCORTS.select} WHERE id = :id{self.connection.lock}", {"id": escort_id}
            )
        )

    async def page(self, state: str = "", before: int | None = None, limit: int = 50) -> list[Escort]:
        """Escorts, newest first, of one state or of all; with those that are pending, those with a new application or
        with something new about themselves."""
        parameters = {"state": state} if state else {}
        if state == EscortState.PENDING:
            source = (
                "escorts JOIN (SELECT id AS pending_id FROM escorts WHERE state = :state "
                "UNION SELECT escort_id FROM escort_applications "
                "UNION SELECT escort_id FROM escort_profiles WHERE proposed_at IS NOT NULL) pending ON pending_id = id"
            )
            return await self._newest(_ESCORTS, [], parameters, before, limit, source=source)
        return await self._newest(_ESCORTS, ["state = :state"] if state else [], parameters, before, limit)

    async def names(self, state: str) -> dict[int, str]:
        """The names of all escorts of a state, by id, newest first: what a list to choose from needs."""
        rows = await self.connection.fetch_all(
            "SELECT id, name FROM escorts WHERE state = :state ORDER BY id DESC", {"state": state}
        )
        return {int(row[0]): str(row[1]) for row in rows}

    async def some(self, escort_ids: set[int]) -> list[Escort]:
        """The escorts with these ids."""
        if not escort_ids:
            return []
        in_sql, marks = in_list("id", sorted(escort_ids))
        rows = await self.connection.fetch_all(f"{_ESCORTS.select} WHERE id IN {in_sql} ORDER BY id", marks)
        return _ESCORTS.all(rows)

    async def names_of_users(self, user_ids: set[int]) -> dict[int, str]:
        """The names of those users who are escorts, by user."""
        if not user_ids:
            return {}
        in_sql, marks = in_list("user_id", sorted(user_ids))
        rows = await self.connection.fetch_all(
            f"SELECT user_id, name FROM escorts WHERE user_id IN {in_sql}", marks
        )
        return {int(row[0]): str(row[1]) for row in rows}

    async def set_remark(self, escort_id: int, remark: str) -> int:
        return await self.connection.execute(
            "UPDATE escorts SET remark = :remark WHERE id = :id", {"id": escort_id, "remark": remark}
        )

    async def move(self, escort_id: int, from_state: str, to_state: str, at: int) -> int:
        """Conditional change of state; rows changed."""
        return await self.connection.execute(
            "UPDATE escorts SET state = :to_state, decided_at = :at WHERE id = :id AND state = :from_state",
            {"id": escort_id, "from_state": from_state, "to_state": to_state, "at": at},
        )

    async def book(self, booking: EscortBooking) -> None:
        """Take the escort on a half-day. Raises Duplicate when another order has the slot."""
        await self._insert("escort_bookings", dataclasses.asdict(booking))

    async def bookings_on(self, escort_id: int, visit_date: str) -> list[EscortBooking]:
        """What takes the escort on a day."""
        rows = await self.connection.fetch_all(
            f"{_BOOKINGS.select} WHERE escort_id = :id AND visit_date = :day",
            {"id": escort_id, "day": visit_date},
        )
        return _BOOKINGS.all(rows)

    async def release(self, order_id: int) -> int:
        """Free whatever half-days the order holds."""
        return await self.connection.execute(
            "DELETE FROM escort_bookings WHERE order_id = :order_id", {"order_id": order_id}
        )

    async def bookings(self, first_date: str, last_date: str) -> list[EscortBooking]:
        """Who is taken between two days, both included."""
        rows = await self.connection.fetch_all(
            f"{_BOOKINGS.select} WHERE visit_date >= :first AND visit_date <= :last ORDER BY visit_date, half",
            {"first": first_date, "last": last_date},
        )
        return _BOOKINGS.all(rows)

    async def visits(self, first_date: str, last_date: str) -> list[EscortVisit]:
        """Who is or was where between two days, both included: the half-days that are taken, and finished visits."""
        days = {"first": first_date, "last": last_date}
        taken = await self.connection.fetch_all(
            "SELECT b.escort_id, b.visit_date, b.half, b.order_id, o.patient_name, o.hospital_name, o.visit_time "
            "FROM escort_bookings b JOIN orders o ON o.id = b.order_id "
            "WHERE b.visit_date >= :first AND b.visit_date <= :last",
            days,
        )
        over = await self.connection.fetch_all(
            "SELECT escort_id, visit_date, half, id, patient_name, hospital_name, visit_time "
            f"FROM orders{self.connection.index_hint('ix_orders_state_visit_date_id')} "
            "WHERE state = :finished AND visit_date >= :first AND visit_date <= :last AND escort_id IS NOT NULL",
            {**days, "finished": OrderState.FINISHED},
        )
        visits = [_visit(row, False) for row in taken] + [_visit(row, True) for row in over]
        return sorted(visits, key=lambda visit: (visit.half, visit.visit_time, visit.order_id))

    async def is_booked(self, escort_id: int) -> bool:
        """Is the escort on the way to anybody?"""
        row = await self.connection.fetch_one(
            "SELECT 1 FROM escort_bookings WHERE escort_id = :id LIMIT 1", {"id": escort_id}
        )
        return row is not None

    async def bookings_of_order(self, order_id: int) -> list[EscortBooking]:
        rows = await self.connection.fetch_all(f"{_BOOKINGS.select} WHERE order_id = :id", {"id": order_id})
        return _BOOKINGS.all(rows)

    async def reseal(self, escort: Escort, phone_sealed: str, phone_tail: str) -> int:
        """Replace the encrypted phone unless it changed meanwhile."""
        return await self.connection.execute(
            "UPDATE escorts SET phone_sealed = :phone, phone_tail = :tail WHERE id = :id AND phone_sealed = :old",
            {"id": escort.id, "phone": phone_sealed, "tail": phone_tail, "old": escort.phone_sealed},
        )

    async def reseal_application(self, application: Reapplication, phone_sealed: str, phone_tail: str) -> int:
        """Replace the encrypted phone of a new application unless it changed meanwhile."""
        return await self.connection.execute(
            "UPDATE escort_applications SET phone_sealed = :phone, phone_tail = :tail "
            "WHERE escort_id = :id AND phone_sealed = :old",
            {
                "id": application.escort_id,
                "phone": phone_sealed,
                "tail": phone_tail,
                "old": application.phone_sealed,
            },
        )

    async def erase_of_user(self, user_id: int) -> int:
        """Take an escort's name and phone out of everything that holds them, the orders that they served too."""
        escort = await self.of_user(user_id)
        if escort is None:
            return 0
        await self.drop_application(escort.id)
        for table in ("orders", "order_history"):
            await self.connection.execute(
                f"UPDATE {table} SET escort_name = '' WHERE escort_id = :id", {"id": escort.id}
            )
        return await self.connection.execute(
            "UPDATE escorts SET name = '', name_key = '', phone_sealed = '', phone_tail = '', remark = '', "
            "state = :state WHERE id = :id",
            {"id": escort.id, "state": EscortState.SUSPENDED},
        )
