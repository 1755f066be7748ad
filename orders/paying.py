"""An order is paid: which attempt's money it was, how much, and when."""

from __future__ import annotations

from orders.transitions import Action, transition
from storage import Transaction
from storage.models import Cause, Order
from storage.writes import OrderMove


async def pay(
    tx: Transaction, order: Order, attempt_id: int, amount_fen: int, paid_at: int, cause: Cause
) -> None:
    """The locked unpaid order is paid by an attempt. Raises TransitionRefused."""
    paid = OrderMove(paid_fen=amount_fen, paid_at=paid_at, paid_attempt_id=attempt_id)
    await transition(tx, order, Action.PAY, cause, paid)
