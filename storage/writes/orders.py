"""Orders, their changes, invitations, and what a visit leaves."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.models import Takes
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
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
    visit_time: str = ""
    campus: str = ""
    meeting_point: str = ""
    contact_phone_sealed: str = ""
    contact_phone_tail: str = ""
    appointment: str = ""
    mobility: str = ""
    hearing: str = ""
    answers: str = ""
    takes: str = Takes.HALF
    preferred_escort_id: int | None = None


@frozen(slots=True)
class NewInvitation:
    order_id: int
    escort_id: int
    half: str
    pay_fen: int
    offered_by: int
    offered_at: int
    expires_at: int


@frozen(slots=True)
class NewRating:
    """What a user says of a finished visit."""

    stars: int
    comment: str = ""
    rating_tags: str = ""
    """Of ``RATING_TAGS``, separated by blanks."""


@frozen(slots=True)
class OrderMove:
    escort_id: int | Kept | None = KEPT
    escort_name: str | Kept = KEPT
    escort_confirmed_at: int | Kept | None = KEPT
    half: str | Kept = KEPT
    state_before_refund: str | Kept = KEPT
    ending: str | Kept = KEPT
    paid_fen: int | Kept = KEPT
    paid_at: int | Kept | None = KEPT
    paid_attempt_id: int | Kept | None = KEPT
    unpaid_user_id: int | Kept = KEPT
    """Of an order that is unpaid again."""
    expires_at: int | Kept = KEPT
    hidden_at: int | Kept | None = KEPT


@frozen(slots=True)
class VisitChange:
    """What a change of a paid order may set, and what follows from it; never price, service or patient."""

    visit_date: str | Kept = KEPT
    visit_time: str | Kept = KEPT
    hospital_id: int | Kept = KEPT
    hospital_name: str | Kept = KEPT
    campus: str | Kept = KEPT
    meeting_point: str | Kept = KEPT
    department: str | Kept = KEPT
    contact_phone_sealed: str | Kept = KEPT
    contact_phone_tail: str | Kept = KEPT
    wishes: str | Kept = KEPT
    user_moves: int | Kept = KEPT
    max_refund_percent: int | Kept = KEPT
    overbooked_open: bool | Kept = KEPT
    user_confirmed_at: int | Kept | None = KEPT
    escort_confirmed_at: int | Kept | None = KEPT


@frozen(slots=True)
class NewOrderChange:
    """A change of a paid order, or a request for one (``open_order_id``)."""

    order_id: int
    open_order_id: int | None
    kind: str
    state: str
    actor_kind: str
    actor_id: int | None
    reason: str
    before_json: str
    after_json: str
    asked_at: int
    decided_at: int | None = None
    decided_by: int | None = None
    decision_note: str = ""
    max_refund_percent: int = 100


@frozen(slots=True)
class NewVisitStep:
    order_id: int
    escort_id: int
    action_id: str
    kind: str
    node: str
    note_sealed: str
    place_sealed: str
    at: int
    phone_at: int | None


@frozen(slots=True)
class NewVisitPhoto:
    order_id: int
    escort_id: int
    step_id: int | None
    action_id: str
    file: str
    size: int
    at: int


@frozen(slots=True)
class NewVisitTrouble:
    order_id: int
    escort_id: int
    kind: str
    action_id: str
    note_sealed: str
    at: int
    phone_at: int | None


@frozen(slots=True)
class NewReportEntry:
    order_id: int
    kind: str
    question_id: int | None
    author_kind: str
    author_id: int
    action_id: str
    text_sealed: str
    open: bool
    at: int
