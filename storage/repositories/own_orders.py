"""What a user's own list of orders needs beside the orders: what was taken off it, and why an order was cancelled."""

from __future__ import annotations

from storage.models import OrderState, OrderStep
from storage.repositories.base import OF_SESSION, Mapped, Repository, in_list
from storage.views import ListedOrder

_STEPS = Mapped("order_history", OrderStep)
_LISTED = Mapped("orders", ListedOrder)


class OwnOrders(Repository):
    async def listed(self, session: str, limit: int = 500) -> list[ListedOrder]:
        """The orders of the user whose session has this hash of its token, without those that the user took off the
        list, newest first."""
        where = [f"user_id = {OF_SESSION}", "hidden_at IS NULL"]
        return await self._newest(_LISTED, where, {"session": session}, None, limit)

    async def set_hidden(self, order_id: int, hidden_at: int | None) -> None:
        """Take an order off its user's list, or put it back."""
        await self.connection.execute(
            "UPDATE orders SET hidden_at = :at WHERE id = :id", {"id": order_id, "at": hidden_at}
        )

    async def cancellations(self, order_ids: list[int]) -> dict[int, OrderStep]:
        """By order, the step with which it was cancelled; orders that were not are left out."""
        if not order_ids:
            return {}
        in_sql, marks = in_list("id", order_ids)
        rows = await self.connection.fetch_all(
            f"{_STEPS.select} WHERE order_id IN {in_sql} AND to_state = :cancelled ORDER BY id",
            {**marks, "cancelled": OrderState.CANCELLED},
        )
        return {step.order_id: step for step in _STEPS.all(rows)}

    async def hand_over(self, order_id: int, user_id: int, patient_id: int) -> None:
        """The locked order is another user's from now on, for that user's patient. Raises Duplicate while that user has
        an unpaid order for the patient."""
        await self.connection.execute(
            "UPDATE orders SET user_id = :user, patient_id = :patient, "
            "unpaid_user_id = CASE WHEN unpaid_user_id IS NULL THEN NULL ELSE :user END WHERE id = :id",
            {"id": order_id, "user": user_id, "patient": patient_id},
        )
