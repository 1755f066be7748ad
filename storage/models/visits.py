"""What happens between paying and the end of a visit (docs/visit.md): days, changes, invitations, steps, reports."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


@frozen(slots=True)
class BlockedDay:
    """A day, or half of one, that nobody may book, of the whole company or of one hospital."""

    id: int
    visit_date: str
    half: str
    """``am``, ``pm`` or ``day``."""
    hospital_id: int
    """0: of the whole company."""
    reason: str
    blocked_by: int
    blocked_at: int


class ChangeKind(StrEnum):
    """How a paid order was changed: by the office, by its user alone, or asked for by its user."""

    OFFICE = "office"
    USER = "user"
    REQUEST = "request"


class ChangeState(StrEnum):
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@frozen(slots=True)
class OrderChange:
    """A change of a paid order, done or asked for. What was before and after is JSON without personal numbers."""

    id: int
    order_id: int
    open_order_id: int | None
    """The order's id while the request waits for the office, NULL afterwards: one at a time."""
    kind: str
    state: str
    actor_kind: str
    actor_id: int | None
    reason: str
    before_json: str
    after_json: str
    asked_at: int
    decided_at: int | None
    decided_by: int | None
    decision_note: str
    max_refund_percent: int = 100
    """Of a change that the user wanted: what a cancellation would have given back then."""


class InvitationState(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    TAKEN = "taken"
    """Another escort was first."""


@frozen(slots=True)
class Invitation:
    """An order offered to an escort."""

    id: int
    order_id: int
    escort_id: int
    open_order_id: int | None
    """The order's id while it is offered, NULL afterwards: one open invitation per order and escort."""
    state: str
    pay_fen: int
    """What the escort is told to earn; 0: not stated."""
    reason: str
    """Why it was declined or withdrawn."""
    offered_by: int
    """The administrator."""
    offered_at: int
    expires_at: int
    answered_at: int | None
    half: str = "day"
    """``am``, ``pm`` or ``day``: when the escort would be booked."""


@frozen(slots=True)
class EscortLeave:
    """An escort does not work on this half (``am`` or ``pm``) of a day."""

    escort_id: int
    visit_date: str
    half: str
    reason: str
    created_at: int


@frozen(slots=True)
class EscortProfile:
    """What families see of an escort. ``new_…`` waits for the office; until then what was approved is shown."""

    escort_id: int
    portrait_file: str
    introduction: str
    years: int
    """Of experience; 0: not stated."""
    shown_at: int | None
    """When the escort agreed to be shown on the public page; None: not shown there."""
    verified_at: int | None
    """When the office last checked the certificates."""
    new_portrait_file: str
    new_introduction: str
    new_years: int
    proposed_at: int | None
    """When the escort proposed what waits; None: nothing waits."""


class StepKind(StrEnum):
    DEPARTED = "departed"
    ARRIVED = "arrived"
    MET = "met"
    NODE = "node"
    PARTED = "parted"
    SUMMARY = "summary"
    DONE = "done"
    CALLED = "called"
    """The escort called the customer; only the office sees it."""


@frozen(slots=True)
class VisitStep:
    id: int
    order_id: int
    escort_id: int
    action_id: str
    """Made by the phone: the same one again is the same step."""
    kind: str
    node: str
    """What a step of the kind ``node`` is, such as 取号."""
    note_sealed: str
    place_sealed: str
    """JSON ``{"latitude": …, "longitude": …}`` in GCJ-02; empty: not told."""
    at: int
    phone_at: int | None
    """By the phone's clock, when the button was pressed."""


@frozen(slots=True)
class VisitPhoto:
    """A sealed picture in the data folder."""

    id: int
    order_id: int
    escort_id: int
    step_id: int | None
    action_id: str
    file: str
    size: int
    at: int


@frozen(slots=True)
class VisitReport:
    order_id: int
    escort_id: int
    body_sealed: str
    """JSON, see docs/visit.md."""
    version: int
    """Grows with every draft that is saved: an older draft does not replace a newer one."""
    drafted_at: int
    sent_at: int | None
    confirmed_at: int | None
    confirmed_by: str
    """``user``, or ``time`` when nobody confirmed it in time."""


class EntryKind(StrEnum):
    ADDITION = "addition"
    QUESTION = "question"
    ANSWER = "answer"


@frozen(slots=True)
class ReportEntry:
    """What was written below a report: an addition of the escort, a question of the family, an answer."""

    id: int
    order_id: int
    kind: str
    question_id: int | None
    author_kind: str
    """``user``, ``escort`` or ``admin``."""
    author_id: int
    action_id: str
    text_sealed: str
    open: bool
    """A question without an answer."""
    at: int


class TroubleKind(StrEnum):
    CANNOT_REACH = "cannot_reach"
    LATE = "late"
    ABSENT = "absent"
    CANNOT_COME = "cannot_come"
    UNWELL = "unwell"
    LEAVE = "leave"
    """The escort takes leave on a day with this order."""


@frozen(slots=True)
class VisitTrouble:
    """What went wrong on a visit, reported by its escort; open until the office has dealt with it."""

    id: int
    order_id: int
    escort_id: int
    kind: str
    action_id: str
    note_sealed: str
    at: int
    phone_at: int | None
    open: bool
    closed_at: int | None
    closed_by: int | None
    resolution: str


class ReminderKind(StrEnum):
    EVENING = "evening"
    """In the evening before."""
    SOON = "soon"
    """Some hours before."""


class ReminderAudience(StrEnum):
    USER = "user"
    MEMBER = "member"
    ESCORT = "escort"


@frozen(slots=True)
class Reminder:
    """A message before a visit that was queued, and its answer."""

    id: int
    order_id: int
    user_id: int
    audience: str
    """A ``ReminderAudience``."""
    kind: str
    """A ``ReminderKind``."""
    visit_at: int
    """The begin of the visit that it tells of: another one makes it void."""
    due_at: int
    queued_at: int
    cancelled_at: int | None
    """When the visit was moved, or ended."""
    answered_at: int | None


RATING_TAGS = ("准时", "耐心", "专业", "沟通清楚")
