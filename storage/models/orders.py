"""Orders, their history, and who did what in it."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


class OrderState(StrEnum):
    """States of an order; ``orders.transitions`` has the arrows between them, ``schemas/`` the Chinese words that users
    see."""

    UNPAID = "unpaid"
    PAID = "paid"
    SERVING = "serving"
    FINISHED = "finished"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


ORDERS_UNDER_WAY = (OrderState.UNPAID, OrderState.PAID, OrderState.SERVING, OrderState.REFUNDING)
"""The patient's numbers may still be needed."""
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
    """How a paid order ended (``orders.ending``)."""

    SERVED = "served"
    CANCELLED_BY_USER = "cancelled_by_user"
    CANCELLED_BY_COMPANY = "cancelled_by_company"
    CUSTOMER_ABSENT = "customer_absent"
    ESCORT_ABSENT = "escort_absent"


UNSERVED = tuple(ending for ending in Ending if ending != Ending.SERVED)


@frozen(slots=True)
class Actor:
    """Who did something, as the order's history records it."""

    kind: str
    """``user``, ``member``, ``escort``, ``admin``, ``wechat`` or ``system``."""
    id: int | None = None


SYSTEM = Actor("system")
WECHAT = Actor("wechat")


class Takes(StrEnum):
    """How much of an escort's day a service takes."""

    DAY = "day"
    HALF = "half"
    ERRAND = "errand"


class Appointment(StrEnum):
    """号源: whether the user has a number at the hospital already. Help is no promise to get one."""

    REGISTERED = "registered"
    HELP = "help"
    NOT_NEEDED = "not_needed"


class Mobility(StrEnum):
    INDEPENDENT = "independent"
    CANE = "cane"
    WHEELCHAIR = "wheelchair"


class Hearing(StrEnum):
    GOOD = "good"
    IMPAIRED = "impaired"


@frozen(slots=True)
class Cause:
    """Who changes the state of an order, when and why: what its history keeps beside the two states."""

    actor: Actor
    at: int
    reason: str = ""
    """As the history shows it; empty where the change explains itself."""


@frozen(slots=True)
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
    visit_time: str = ""
    """``HH:MM`` in Shanghai, when patient and escort meet; empty: not settled yet."""
    campus: str = ""
    meeting_point: str = ""
    contact_phone_sealed: str = ""
    """Whom to call on the day; empty: the patient's own number."""
    contact_phone_tail: str = ""
    appointment: str = ""
    """An ``Appointment``; empty: not asked."""
    mobility: str = ""
    """A ``Mobility``; empty: not asked."""
    hearing: str = ""
    """A ``Hearing``; empty: not asked."""
    answers: str = ""
    """What the user answered to the service's questions: JSON, label to text; empty: no questions."""
    takes: str = Takes.HALF
    """How much of an escort's day it takes: a ``Takes`` of the service when it was ordered."""
    preferred_escort_id: int | None = None
    """Whom the user asked for; the office decides."""
    user_moves: int = 0
    """How often the user has moved the visit by themselves."""
    place_held_until: int = 0
    """While it is unpaid: until then it keeps a place on its day."""
    overbooked_open: bool = False
    """Paid although its day was full or blocked, and the office has not dealt with it yet."""
    started_at: int | None = None
    """When the escort met the patient, or began an errand."""
    user_confirmed_at: int | None = None
    """When the user, or a member, answered a reminder: 我会准时到."""
    escort_confirmed_at: int | None = None
    rating_tags: str = ""
    """``RATING_TAGS`` of the rating, separated by blanks."""
    rating_answer: str = ""
    rating_answered_at: int | None = None
    max_refund_percent: int = 100
    """What a cancellation gives back at the most: as much as when the user last had the visit moved."""
    visit_record: bool = False
    """Is something stored about the visit that is forgotten some day: a note, a photo, a report, a question?"""
    origin: str = "app"
    """An ``OrderOrigin``."""
    ordered_by: int | None = None
    """The administrator who entered it for a customer who called."""


@frozen(slots=True)
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
