"""What the repositories speak in: frozen dataclasses, one per table, their fields in the order of its columns.

``*_at`` is ms since the epoch (UTC), ``*_fen`` an amount in fen, ``*_date`` a Shanghai calendar day ``YYYY-MM-DD``.
"""

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


class AttemptState(StrEnum):
    """States of a payment attempt. ``UNKNOWN``: WeChat was asked to create it and no answer is known."""

    CREATED = "created"
    UNKNOWN = "unknown"
    PREPAID = "prepaid"
    PAID = "paid"
    CLOSED = "closed"
    MISMATCH = "mismatch"


class RefundState(StrEnum):
    """States of a refund. ``APPROVED``: number and amount are committed, WeChat may or may not know of it.

    ``WITHDRAWN``: the user took the request back. ``NOTHING_DUE``: a cancellation was approved at 0 %, so WeChat is not
    asked for anything.
    """

    REQUESTED = "requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    NOTHING_DUE = "nothing_due"
    APPROVED = "approved"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    ABNORMAL = "abnormal"


class RefundKind(StrEnum):
    """What a request asks for: ``CANCEL`` ends the order, ``MONEY_BACK`` returns it to where it was."""

    CANCEL = "cancel"
    MONEY_BACK = "money_back"


class Ending(StrEnum):
    """How a paid order ended (rules.md)."""

    SERVED = "served"
    CANCELLED_BY_USER = "cancelled_by_user"
    CANCELLED_BY_COMPANY = "cancelled_by_company"
    CUSTOMER_ABSENT = "customer_absent"
    ESCORT_ABSENT = "escort_absent"


UNSERVED = tuple(ending for ending in Ending if ending != Ending.SERVED)


class EscortState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


class Role(StrEnum):
    """What an administrator may do: an owner everything, a clerk the daily work."""

    OWNER = "owner"
    CLERK = "clerk"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as the order's history records it."""

    kind: str
    """``user``, ``admin``, ``wechat`` or ``system``."""
    id: int | None = None


SYSTEM = Actor("system")
WECHAT = Actor("wechat")


@dataclass(frozen=True, slots=True)
class User:
    id: int
    openid: str
    nickname: str
    avatar_path: str
    """What a released client sent: a path on that phone, never shown to anyone else."""
    avatar_file: str
    """Name of the uploaded picture in the data folder, or empty."""
    admin_remark: str
    created_at: int
    last_login_at: int
    disabled_at: int | None
    deleted_at: int | None
    nickname_key: str = ""
    """What the nickname is compared by (``personal.names.search_form``)."""


@dataclass(frozen=True, slots=True)
class Session:
    id: int
    user_id: int
    token_hash: str
    created_at: int
    last_seen_at: int
    expires_at: int
    sent_in: str
    """A value of SentIn; empty while it was not used yet, or not since this is recorded."""
    device: str
    """What kind of device logged in; empty where nobody knows."""


class SentIn(StrEnum):
    """How a client sends its session token: in a header, or, as released clients do, in a field or the query."""

    HEADER = "header"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """``full_at``: when the token bucket of ``subject`` will be full again."""

    name: str
    subject: str
    full_at: int


@dataclass(frozen=True, slots=True)
class Patient:
    id: int
    user_id: int
    name: str
    adult: bool
    sex: str
    """``m`` or ``w``."""
    phone_sealed: str
    phone_tail: str
    id_number_sealed: str
    relation: str
    created_at: int
    deleted_at: int | None
    consented_at: int | None
    """When the user consented to the storing of the ID number; None when a released client did not tell."""
    guardian_consented_at: int | None
    """When a minor's guardian did; None for adults."""
    forget_at: int | None
    """Set while a deleted patient's ID number is still stored: when to look whether it can go."""
    id_kind: str = ""
    """``personal.papers.PaperKind`` of the ID number; empty when it is not known."""
    phone_hash: str = ""
    """Keyed hash of the whole number: equal for equal numbers. Empty until the server has read an old row."""
    id_number_hash: str = ""


@dataclass(frozen=True, slots=True)
class Escort:
    id: int
    user_id: int
    name: str
    phone_sealed: str
    phone_tail: str
    state: str
    remark: str
    applied_at: int
    decided_at: int | None


@dataclass(frozen=True, slots=True)
class Reapplication:
    """The new application of an escort who has been reviewed: nothing of it is in force until it is approved."""

    escort_id: int
    name: str
    phone_sealed: str
    phone_tail: str
    applied_at: int


@dataclass(frozen=True, slots=True)
class EscortBooking:
    """An escort is taken on one half (``am`` or ``pm``) of a day by an order."""

    escort_id: int
    visit_date: str
    half: str
    order_id: int


@dataclass(frozen=True, slots=True)
class Hospital:
    id: int
    name: str
    grade: str
    kind: str
    longitude: str
    latitude: str
    address: str
    phone: str
    introduction: str
    logo: str
    picture: str
    position: int
    archived_at: int | None


@dataclass(frozen=True, slots=True)
class Service:
    """One price variant of a service; variants share their name."""

    id: int
    name: str
    unit: str
    price_fen: int
    summary: str
    introduction: str
    included: str
    """One item per line."""
    notice: str
    picture: str
    position: int
    archived_at: int | None


@dataclass(frozen=True, slots=True)
class Expert:
    id: int
    hospital_id: int
    name: str
    title: str
    department: str
    specialty: str
    introduction: str
    picture: str
    sample: bool
    position: int
    archived_at: int | None


@dataclass(frozen=True, slots=True)
class Banner:
    id: int
    picture: str
    title: str
    link: str
    position: int
    archived_at: int | None


@dataclass(frozen=True, slots=True)
class Showcase:
    """A finished escort case that the company tells about on a hospital's page."""

    id: int
    hospital_id: int
    title: str
    body: str
    service_name: str
    visit_date: str
    position: int
    archived_at: int | None


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
    """Rated badly, and nobody of the office has followed it up."""
    escort_name: str = ""
    """The approved name of the escort when the order was given to them; empty once they are erased."""
    ending: str = ""
    """An `Ending`; empty while the order goes on, and for one that was never paid."""
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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to pay an order: what WeChat was or will be asked, and what became of it."""

    id: int
    order_id: int
    open_order_id: int | None
    out_trade_no: str
    state: str
    amount_fen: int
    currency: str
    openid: str
    appid: str
    mchid: str
    description: str
    notify_url: str
    expires_at: int
    prepay_id: str
    prepay_at: int | None
    transaction_id: str | None
    paid_at: int | None
    query_count: int
    next_query_at: int | None
    claimed_until: int
    last_error: str
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """A notification that was accepted, with its decrypted resource (JSON) as evidence."""

    id: int
    event_id: str
    event_type: str
    reference: str
    resource: str
    outcome: str
    received_at: int


@dataclass(frozen=True, slots=True)
class Refund:
    id: int
    order_id: int
    attempt_id: int
    out_refund_no: str
    state: str
    amount_fen: int
    policy_fen: int
    reason: str
    decision_note: str
    source: str
    """Who started it: ``user``, ``admin`` or ``system``."""
    actor_id: int | None
    wechat_refund_id: str
    last_error: str
    query_count: int
    next_query_at: int | None
    claimed_until: int
    requested_at: int
    decided_at: int | None
    submitted_at: int | None
    finished_at: int | None
    updated_at: int
    renews_refund_id: int | None = None
    """The refund that WeChat closed and that this one makes again; each is renewed once."""
    kind: str = RefundKind.MONEY_BACK
    """A `RefundKind`."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A movement of money: ``payment`` positive, ``refund`` and ``fee`` negative. Never changed, never deleted."""

    id: int
    kind: str
    reference: str
    amount_fen: int
    order_id: int | None
    attempt_id: int | None
    refund_id: int | None
    occurred_at: int
    booked_at: int


PAYMENT_MISMATCH = "payment_mismatch"
"""The kind of case about money that does not agree with its order."""


@dataclass(frozen=True, slots=True)
class FinanceCase:
    """Something about money that a human must look at."""

    id: int
    kind: str
    reference: str
    order_id: int | None
    detail: str
    """JSON: the evidence."""
    state: str
    """``open`` or ``closed``."""
    note: str
    opened_at: int
    closed_at: int | None
    closed_by: int | None


@dataclass(frozen=True, slots=True)
class Bill:
    id: int
    bill_date: str
    kind: str
    sha1: str
    file: str
    summary: str
    fetched_at: int


@dataclass(frozen=True, slots=True)
class Job:
    """A recurring piece of work and how its last run went; claimed by one process at a time."""

    name: str
    owner: str
    claimed_until: int
    started_at: int | None
    finished_at: int | None
    runs: int
    failures: int
    last_error: str
    last_result: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """What an operator must hear of and strangers may cause: counted by Shanghai day and reason, never a row each."""

    day: str
    event: str
    reason: str
    count: int
    seen_count: int
    """How many of them an administrator has marked as seen."""
    last_address: str
    last_at: int

    @property
    def unseen(self) -> int:
        return max(self.count - self.seen_count, 0)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    id: int
    kind: str
    reference: str
    user_id: int
    payload: str
    state: str
    tries: int
    next_at: int | None
    claimed_until: int
    last_error: str
    created_at: int
    sent_at: int | None


@dataclass(frozen=True, slots=True)
class Administrator:
    id: int
    name: str
    password_hash: str
    role: str
    totp_sealed: str
    totp_used_step: int
    """The 30-second step of the code that was used last: no code opens the door twice."""
    created_at: int
    password_changed_at: int
    disabled_at: int | None
    must_change_password: bool
    """Somebody else has set the password."""


class FailureKind(StrEnum):
    """Where a wrong password was given."""

    LOGIN = "login"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class PasswordFailures:
    """Wrong passwords in a row for one account: at the login from one network, or, where ``network`` is empty, from all
    that are new to it; when a session was asked for the password (``network`` is empty)."""

    admin_id: int
    kind: str
    network: str
    failures: int
    locked_until: int
    last_at: int


@dataclass(frozen=True, slots=True)
class AdminSession:
    id: int
    admin_id: int
    token_hash: str
    address: str
    agent: str
    created_at: int
    last_seen_at: int
    confirmed_at: int
    """When the password was last given."""
    expires_at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    admin_id: int | None
    admin_name: str
    address: str
    act: str
    subject: str
    subject_id: str
    before_json: str
    after_json: str
    at: int
