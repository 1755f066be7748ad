"""What is written: frozen dataclasses whose fields are columns. Of a change only the fields that were given are set.

A ``…Move`` holds the other columns that are written with a change of state.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Final

from storage.models import RefundKind, RefundState, Takes


class Kept(Enum):
    """The type of ``KEPT``."""

    KEPT = "kept"


KEPT: Final = Kept.KEPT
"""As a field of a change: the column stays as it is. NULL is a value of its own."""


@dataclass(frozen=True, slots=True)
class AdministratorChange:
    password_hash: str | Kept = KEPT
    password_changed_at: int | Kept = KEPT
    must_change_password: bool | Kept = KEPT
    role: str | Kept = KEPT
    totp_sealed: str | Kept = KEPT
    totp_used_step: int | Kept = KEPT
    disabled_at: int | Kept | None = KEPT


@dataclass(frozen=True, slots=True)
class NewAdminSession:
    admin_id: int
    token_hash: str
    address: str
    agent: str
    created_at: int
    last_seen_at: int
    confirmed_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AdminSessionChange:
    token_hash: str | Kept = KEPT
    last_seen_at: int | Kept = KEPT
    confirmed_at: int | Kept = KEPT
    ended_at: int | Kept | None = KEPT


@dataclass(frozen=True, slots=True)
class NewBill:
    bill_date: str
    kind: str
    sha1: str
    file: str
    summary: str
    fetched_at: int


@dataclass(frozen=True, slots=True)
class PatientColumns:
    """A patient's columns that the user decides: of a new one what is kept is empty."""

    name: str | Kept = KEPT
    adult: bool | Kept = KEPT
    sex: str | Kept = KEPT
    relation: str | Kept = KEPT
    phone_sealed: str | Kept = KEPT
    phone_tail: str | Kept = KEPT
    phone_hash: str | Kept = KEPT
    id_kind: str | Kept = KEPT
    id_number_sealed: str | Kept = KEPT
    id_number_hash: str | Kept = KEPT
    consented_at: int | Kept | None = KEPT
    guardian_consented_at: int | Kept | None = KEPT


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


@dataclass(frozen=True, slots=True)
class NewInvitation:
    order_id: int
    escort_id: int
    half: str
    pay_fen: int
    offered_by: int
    offered_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class NewRating:
    """What a user says of a finished visit."""

    stars: int
    comment: str = ""
    rating_tags: str = ""
    """Of ``RATING_TAGS``, separated by blanks."""


@dataclass(frozen=True, slots=True)
class OrderMove:
    escort_id: int | Kept | None = KEPT
    escort_name: str | Kept = KEPT
    escort_confirmed_at: int | Kept | None = KEPT
    half: str | Kept = KEPT
    state_before_refund: str | Kept = KEPT
    ending: str | Kept = KEPT
    paid_fen: int | Kept = KEPT
    paid_at: int | Kept = KEPT
    paid_attempt_id: int | Kept = KEPT
    hidden_at: int | Kept | None = KEPT


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """An attempt before WeChat has heard of it: what it will be asked, again and again with the same values."""

    out_trade_no: str
    amount_fen: int
    currency: str
    openid: str
    appid: str
    mchid: str
    description: str
    notify_url: str
    expires_at: int
    payer_user_id: int | None = None
    """Who pays: the order's user, or a member."""


@dataclass(frozen=True, slots=True)
class AttemptMove:
    prepay_id: str | Kept = KEPT
    prepay_at: int | Kept = KEPT
    transaction_id: str | Kept | None = KEPT
    paid_at: int | Kept = KEPT
    open_order_id: int | Kept | None = KEPT
    next_query_at: int | Kept | None = KEPT
    last_error: str | Kept = KEPT


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund as it is written down first: requested by a user, or approved at once."""

    order_id: int
    attempt_id: int
    out_refund_no: str
    amount_fen: int
    policy_fen: int
    reason: str
    source: str
    actor_id: int | None = None
    kind: str = RefundKind.MONEY_BACK
    state: str = RefundState.REQUESTED
    decided_at: int | None = None
    next_query_at: int | None = None
    finished_at: int | None = None
    renews_refund_id: int | None = None


@dataclass(frozen=True, slots=True)
class RefundMove:
    amount_fen: int | Kept = KEPT
    decision_note: str | Kept = KEPT
    actor_id: int | Kept | None = KEPT
    decided_at: int | Kept = KEPT
    submitted_at: int | Kept = KEPT
    wechat_refund_id: str | Kept = KEPT
    unanswered_at: int | Kept = KEPT
    next_query_at: int | Kept | None = KEPT
    finished_at: int | Kept = KEPT
    last_error: str | Kept = KEPT


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class NewVisitPhoto:
    order_id: int
    escort_id: int
    step_id: int | None
    action_id: str
    file: str
    size: int
    at: int


@dataclass(frozen=True, slots=True)
class NewVisitTrouble:
    order_id: int
    escort_id: int
    kind: str
    action_id: str
    note_sealed: str
    at: int
    phone_at: int | None


@dataclass(frozen=True, slots=True)
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


Write = (
    AdministratorChange
    | NewAdminSession
    | AdminSessionChange
    | NewBill
    | NewInvitation
    | PatientColumns
    | OrderContent
    | NewRating
    | OrderMove
    | VisitChange
    | NewOrderChange
    | NewAttempt
    | AttemptMove
    | NewRefund
    | RefundMove
    | NewVisitStep
    | NewVisitPhoto
    | NewVisitTrouble
    | NewReportEntry
)


def columns(write: Write) -> dict[str, Any]:
    """The columns that are written and their values; both engines store a truth value as 0 or 1."""
    values = {item.name: getattr(write, item.name) for item in fields(write)}
    return {
        name: int(value) if isinstance(value, bool) else value
        for name, value in values.items()
        if value is not KEPT
    }
