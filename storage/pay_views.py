"""What is read of escorts' pay for one purpose: earnings with their order, sums of a month."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.models import Earning


@frozen(slots=True)
class PayHold:
    """Why an earning is put on no statement for now; all false: it can be paid."""

    refund: bool
    """A refund of the order is under way."""
    supplement: bool
    """A supplement of the order is disputed."""
    complaint: bool
    """A complaint about the order is not settled."""

    def __bool__(self) -> bool:
        return self.refund or self.supplement or self.complaint


@frozen(slots=True)
class EarningLine:
    """An earning with what people read of its order; nothing of the patient."""

    earning: Earning
    visit_date: str
    """Empty: it belongs to no order."""
    service_name: str
    hospital_name: str
    hold: PayHold


@frozen(slots=True)
class OrderEarning:
    """An earning of an order, and the statement that it is on now, if it is on one."""

    earning: Earning
    statement_id: int | None
    statement_month: str
    statement_state: str


@frozen(slots=True)
class OpenSum:
    """What an escort earned up to a day that is on no statement, held or not."""

    escort_id: int
    held: bool
    orders_fen: int
    corrections_fen: int
    count: int
    id_sum: int
    """Of the ids of the earnings: tells one set of them from another."""

    @property
    def total_fen(self) -> int:
        return self.orders_fen + self.corrections_fen


@frozen(slots=True)
class OrderWithoutPay:
    """A finished order that has earned its escort nothing yet."""

    order_id: int
    escort_id: int
    service_id: int
    service_name: str
    visit_date: str
    price_fen: int


@frozen(slots=True)
class MislistedEarning:
    """An earning that the list of open ones lacks or has wrongly (``is_open``: it is on no statement), or has although
    it is on a statement."""

    earning_id: int
    escort_id: int
    is_open: bool


@frozen(slots=True)
class PayIds:
    """Rows that the lists beside escorts' pay were compared with, up to which ids; the newest rows there are."""

    earnings: int = 0
    orders: int = 0
    steps: int = 0
    """Of the orders' histories."""
    statements: int = 0


@frozen(slots=True)
class PayTotals:
    """Sums of everything, in fen."""

    earned_fen: int
    on_statements_fen: int
    paid_fen: int

    @property
    def open_fen(self) -> int:
        return self.earned_fen - self.on_statements_fen


NO_PAY = PayTotals(0, 0, 0)
