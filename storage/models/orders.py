"""Orders, their history, and who did what in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OrderState(StrEnum):
    """States of an order (rules.md). The Chinese words that users see live in ``schemas/``."""

    UNPAID = "unpaid"
    PAID = "paid"
    SERVING = "serving"
    FINISHED = "finished"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


ORDERS_UNDER_WAY = (OrderState.UNPAID, OrderState.PAID, OrderState.SERVING, OrderState.REFUNDING)
"""Somebody may still need the patient's numbers."""
ORDERS_TO_SERVE = (OrderState.PAID, OrderState.SERVING)
"""Paid, and the visit is still to come or under way."""
ORDERS_NEVER_PAID = (OrderState.UNPAID, OrderState.CANCELLED)
"""Not paid, or cancelled: what a user who wants to pay is told to order again."""
ORDERS_NOT_SERVED = (OrderState.CANCELLED, OrderState.REFUNDED)
"""Ended without a visit: their user may book the same again."""


DISPLAY_RANK = {
    OrderState.PAID: 0,
    OrderState.REFUNDING: 1,
    OrderState.SERVING: 2,
    OrderState.UNPAID: 3,
    OrderState.FINISHED: 4,
    OrderState.REFUNDED: 5,
    OrderState.CANCELLED: 6,
}
"""The administrators' order of display: what needs a hand first."""
ORDERS_BY_VISIT = (OrderState.PAID, OrderState.REFUNDING, OrderState.SERVING)
"""Within these the list by rank shows the next visit first: they have a visit to come, or one that was not settled."""
SETTLED_ORDERS = (OrderState.FINISHED, OrderState.REFUNDED, OrderState.CANCELLED)


class Ending(StrEnum):
    """How a paid order ended (rules.md)."""

    SERVED = "served"
    CANCELLED_BY_USER = "cancelled_by_user"
    CANCELLED_BY_COMPANY = "cancelled_by_company"
    CUSTOMER_ABSENT = "customer_absent"
    ESCORT_ABSENT = "escort_absent"


UNSERVED = tuple(ending for ending in Ending if ending != Ending.SERVED)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as the order's history records it."""

    kind: str
    """``user``, ``admin``, ``wechat`` or ``system``."""
    id: int | None = None


SYSTEM = Actor("system")
WECHAT = Actor("wechat")


@dataclass(frozen=True, slots=True)
class Cause:
    """Who changes the state of an order, when and why: what its history keeps beside the two states."""

    actor: Actor
    at: int
    reason: str = ""
    """As the history shows it; empty where the change explains itself."""


@dataclass(frozen=True, slots=True)
class OrderContent:
    """What a user orders: the columns that an unpaid order may still change, with the names and the price of the
    catalog as they were shown."""

    hospital_id: int
    hospital_name: str
    department: str
    visit_date: str
    service_id: int
    service_name: str
    service_unit: str
    price_fen: int
    patient_id: int
    patient_name: str
    wishes: str


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    user_id: int
    state: str
    display_rank: int
    unpaid_user_id: int | None
    hospital_id: int
    """0: another hospital, named by the user."""
    hospital_name: str
    department: str
    visit_date: str
    service_id: int
    service_name: str
    service_unit: str
    price_fen: int
    patient_id: int
    patient_name: str
    wishes: str
    admin_notes: str
    notes_version: int
    escort_id: int | None
    state_before_refund: str
    paid_fen: int
    paid_at: int | None
    refunded_fen: int
    stars: int
    comment: str
    created_at: int
    updated_at: int
    expires_at: int
    paid_attempt_id: int | None = None
    """The attempt whose money paid the order; money on any other attempt is surplus and goes back."""
    half: str = ""
    """``am``, ``pm`` or ``day``: when its escort was there, once it is finished; empty when that is not known."""
    low_rating_open: bool = False
    """Rated badly, and not followed up by an administrator yet."""
    escort_name: str = ""
    """The approved name of the escort when the order was given to them; empty once they are erased."""
    ending: str = ""
    """An ``Ending``; empty while the order goes on, and for one that was never paid."""
    hidden_at: int | None = None
    """When its user took it off the list; it stays in the books."""
    patient_name_key: str = ""
    """What the patient's name is compared by (``personal.names.search_form``)."""
    expiry_claimed_until: int = 0
    """Until then one process tries to end the expired order, or it waits for a human."""


@dataclass(frozen=True, slots=True)
class OrderStep:
    """A row of an order's history."""

    id: int
    order_id: int
    from_state: str
    to_state: str
    actor_kind: str
    actor_id: int | None
    reason: str
    at: int
    escort_id: int | None = None
    """Whom the step gave the order to."""
    escort_name: str = ""
    """Their approved name at that time; empty once they are erased."""
