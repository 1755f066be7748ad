"""Orders. A state changes only through ``Orders.move``, which writes the history row beside it."""

from __future__ import annotations

from typing import Any

from personal.names import search_form
from storage.models import DISPLAY_RANK, Actor, Cause, NameKind, Order, OrderOrigin, OrderState, OrderStep
from storage.repositories.base import Mapped, in_list
from storage.repositories.names import Names
from storage.repositories.order_expiry import OrderExpiry
from storage.writes import KEPT, NewRating, OrderContent, OrderMove, VisitChange, columns

_ORDERS = Mapped("orders", Order)
_STEPS = Mapped("order_history", OrderStep)


def _columns(content: OrderContent) -> dict[str, Any]:
    """The content's columns, with what the patient's name is compared by."""
    return {**columns(content), "patient_name_key": search_form(content.patient_name)}


class Orders(OrderExpiry):
    async def add(self, user_id: int, content: OrderContent, actor: Actor, at: int, expires_at: int) -> int:
        """A new unpaid order. Raises Duplicate while the user has an unpaid one for
        the patient. One that an administrator enters was ordered by phone."""
        by_phone, values = actor.kind == "admin", _columns(content)
        order_id = await self._insert(
            "orders",
            {
                **values,
                "user_id": user_id,
                "state": OrderState.UNPAID,
                "display_rank": DISPLAY_RANK[OrderState.UNPAID],
                "unpaid_user_id": user_id,
                "origin": OrderOrigin.PHONE if by_phone else OrderOrigin.APP,
                "ordered_by": actor.id if by_phone else None,
                "admin_notes": "",
                "notes_version": 0,
                "state_before_refund": "",
                "paid_fen": 0,
                "refunded_fen": 0,
                "stars": 0,
                "comment": "",
                "created_at": at,
                "updated_at": at,
                "expires_at": expires_at,
            },
        )
        await Names(self.connection).add(NameKind.PATIENT, values["patient_name_key"])
        await self._add_history(order_id, "", OrderState.UNPAID, Cause(actor, at))
        return order_id

    async def edit(self, order_id: int, content: OrderContent, at: int, expires_at: int) -> int:
        """Replace the content of an unpaid order. Rows changed. Raises Duplicate when the user has another
        unpaid order for that patient."""
        values = _columns(content)
        before = await self._name_keys("id = :id", order_id)
        changed = await self._update(
            "orders",
            {**values, "updated_at": at, "expires_at": expires_at},
            "id = :id AND state = :unpaid",
            {"id": order_id, "unpaid": OrderState.UNPAID},
        )
        if changed:
            await Names(self.connection).replace(NameKind.PATIENT, before, values["patient_name_key"])
        return changed

    async def _name_keys(self, where: str, number: int) -> list[str]:
        """What the patients' names of these orders are compared by; ``number``: the condition's ``id``."""
        sql = f"SELECT DISTINCT patient_name_key FROM orders WHERE {where}"
        return [str(row[0]) for row in await self.connection.fetch_all(sql, {"id": number})]

    async def move(
        self,
        order_id: int,
        from_state: str,
        to_state: str,
        cause: Cause,
        changes: OrderMove = OrderMove(),
    ) -> bool:
        """Change the state if it still is ``from_state``, with other columns at once; False when it is not."""
        values = {
            **columns(changes),
            "state": to_state,
            "display_rank": DISPLAY_RANK[OrderState(to_state)],
            "updated_at": cause.at,
        }
        if to_state != OrderState.UNPAID:
            values["unpaid_user_id"] = None
        changed = await self._update(
            "orders", values, "id = :id AND state = :from_state", {"id": order_id, "from_state": from_state}
        )
        if changed:
            await self._add_history(order_id, from_state, to_state, cause, changes)
        return bool(changed)

    async def rewrite(self, order_id: int, state: str, changes: VisitChange, cause: Cause) -> None:
        """Change a paid order, which is locked and in ``state``, with a row of history that leaves it there."""
        await self._update(
            "orders", {**columns(changes), "updated_at": cause.at}, "id = :id", {"id": order_id}
        )
        await self._add_history(order_id, state, state, cause)

    async def _add_history(
        self,
        order_id: int,
        from_state: str,
        to_state: str,
        cause: Cause,
        changes: OrderMove = OrderMove(),
    ) -> None:
        assigned = changes.escort_id is not KEPT and changes.escort_id is not None
        await self._insert(
            "order_history",
            {
                "order_id": order_id,
                "from_state": from_state,
                "to_state": to_state,
                "actor_kind": cause.actor.kind,
                "actor_id": cause.actor.id,
                "reason": cause.reason[:255],
                "at": cause.at,
                "escort_id": changes.escort_id if assigned else None,
                "escort_name": changes.escort_name if assigned and changes.escort_name is not KEPT else "",
            },
        )

    async def rename_escort(self, escort_id: int, name: str) -> int:
        """The orders that an escort still has to serve carry the name that was approved now."""
        return await self.connection.execute(
            "UPDATE orders SET escort_name = :name WHERE escort_id = :id AND state IN ('serving', 'refunding')",
            {"id": escort_id, "name": name},
        )

    async def get(self, order_id: int) -> Order | None:
        return _ORDERS.one(
            await self.connection.fetch_one(f"{_ORDERS.select} WHERE id = :id", {"id": order_id})
        )

    async def lock(self, order_id: int) -> Order | None:
        """The order, locked until the transaction ends."""
        await self._take_turn("orders", order_id)
        sql = f"{_ORDERS.select} WHERE id = :id{self.connection.lock}"
        return _ORDERS.one(await self.connection.fetch_one(sql, {"id": order_id}))

    async def owned_among(self, order_ids: set[int], user_id: int) -> set[int]:
        """Which of these orders are the user's."""
        if not order_ids:
            return set()
        in_sql, marks = in_list("id", sorted(order_ids))
        rows = await self.connection.fetch_all(
            f"SELECT id FROM orders WHERE id IN {in_sql} AND user_id = :user_id",
            {**marks, "user_id": user_id},
        )
        return {int(row[0]) for row in rows}

    async def unpaid_of_user(self, user_id: int) -> list[Order]:
        """Newest first, at most one for each patient; locked until the transaction ends."""
        rows = await self.connection.fetch_all(
            f"{_ORDERS.select} WHERE unpaid_user_id = :user_id ORDER BY id DESC{self.connection.lock}",
            {"user_id": user_id},
        )
        orders = _ORDERS.all(rows)
        for order in reversed(orders):
            await self._take_turn("orders", order.id)
        return orders

    async def of_user(
        self, user_id: int, limit: int = 500, before: int | None = None, *, hidden: bool = False
    ) -> list[Order]:
        """The user's orders, newest first; ``before``: the id of the last one of the page before. ``hidden``: also
        those that the user took off the list."""
        where = ["user_id = :user_id"] if hidden else ["user_id = :user_id", "hidden_at IS NULL"]
        return await self._newest(_ORDERS, where, {"user_id": user_id}, before, limit)

    async def page_of_user(self, user_id: int, after: int, limit: int) -> list[Order]:
        """Every order of the user, cancelled ones too, oldest first, from the id ``after`` on."""
        return await self._oldest(_ORDERS, ["user_id = :user_id"], {"user_id": user_id}, after, limit)

    async def count_by_state(self, user_id: int) -> dict[str, int]:
        rows = await self.connection.fetch_all(
            "SELECT state, COUNT(*) FROM orders WHERE user_id = :user_id GROUP BY state", {"user_id": user_id}
        )
        return {str(state): int(count) for state, count in rows}

    async def history(self, order_id: int) -> list[OrderStep]:
        """Oldest first."""
        return _STEPS.all(
            await self.connection.fetch_all(
                f"{_STEPS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
            )
        )

    async def set_ending(self, order_id: int, ending: str, at: int) -> None:
        """Note how an order ends whose state does not change now."""
        await self.connection.execute(
            "UPDATE orders SET ending = :ending, updated_at = :at WHERE id = :id",
            {"id": order_id, "ending": ending, "at": at},
        )

    async def add_refunded(self, order_id: int, amount_fen: int, at: int) -> None:
        await self.connection.execute(
            "UPDATE orders SET refunded_fen = refunded_fen + :amount, updated_at = :at WHERE id = :id",
            {"id": order_id, "amount": amount_fen, "at": at},
        )

    async def set_notes(self, order_id: int, notes: str, at: int) -> int:
        """The administrator's note; every one has its version. Rows changed."""
        return await self.connection.execute(
            "UPDATE orders SET admin_notes = :notes, notes_version = notes_version + 1, updated_at = :at "
            "WHERE id = :id",
            {"id": order_id, "notes": notes, "at": at},
        )

    async def rate(self, order_id: int, user_id: int, rating: NewRating, at: int, *, follow_up: bool) -> int:
        """Rate a finished order, once; ``follow_up``: it waits for the office now. Rows changed."""
        return await self.connection.execute(
            "UPDATE orders SET stars = :stars, comment = :comment, rating_tags = :rating_tags, "
            "low_rating_open = :follow_up, updated_at = :at "
            "WHERE id = :id AND user_id = :user_id AND state = :finished AND stars = 0",
            {
                "id": order_id,
                "user_id": user_id,
                **columns(rating),
                "follow_up": int(follow_up),
                "at": at,
                "finished": OrderState.FINISHED,
            },
        )

    async def set_comment(self, order_id: int, comment: str, at: int) -> None:
        """The words of a rating, once they may be read."""
        await self.connection.execute(
            "UPDATE orders SET comment = :comment, updated_at = :at WHERE id = :id",
            {"id": order_id, "comment": comment, "at": at},
        )

    async def answer_rating(self, order_id: int, answer: str, at: int | None) -> None:
        await self.connection.execute(
            "UPDATE orders SET rating_answer = :answer, rating_answered_at = :at WHERE id = :id",
            {"id": order_id, "answer": answer, "at": at},
        )

    async def close_low_rating(self, order_id: int, at: int) -> int:
        """The office has followed a low rating up. Rows changed: 0 when a colleague acted first."""
        return await self.connection.execute(
            "UPDATE orders SET low_rating_open = 0, updated_at = :at WHERE id = :id AND low_rating_open = 1",
            {"id": order_id, "at": at},
        )

    async def erase_names_of_user(self, user_id: int) -> int:
        """Take the personal fields, and what was written by and about the user, out of the user's orders; the books
        stay. A note that a colleague is just editing is not saved over this: its version is another one."""
        theirs = "order_id IN (SELECT id FROM orders WHERE user_id = :id)"
        await self.connection.execute(
            f"UPDATE refunds SET reason = '', decision_note = '' WHERE source <> 'system' AND {theirs}",
            {"id": user_id},
        )
        await self.connection.execute(
            "UPDATE order_history SET reason = '' "
            f"WHERE (actor_kind NOT IN ('wechat', 'system') OR from_state = to_state) AND {theirs}",
            {"id": user_id},
        )
        before = await self._name_keys("user_id = :id", user_id)
        changed = await self.connection.execute(
            "UPDATE orders SET patient_name = '', patient_name_key = '', wishes = '', comment = '', department = '', "
            "campus = '', meeting_point = '', contact_phone_sealed = '', contact_phone_tail = '', appointment = '', "
            "mobility = '', hearing = '', answers = '', preferred_escort_id = NULL, rating_answer = '', "
            "admin_notes = '', notes_version = notes_version + 1, low_rating_open = 0 WHERE user_id = :id",
            {"id": user_id},
        )
        await Names(self.connection).let_go(NameKind.PATIENT, before)
        return changed
