"""What is read of several tables, or of some columns only, for one purpose."""

from __future__ import annotations

from typing import Any, NamedTuple

from frozen_dataclasses import frozen
from storage.models import Complaint, Escort, Invoice, Member, OfficeCustomer, Order, Patient, User


class ListedOrder(NamedTuple):
    """An order, as released clients list the user's own: a quarter of its columns."""

    id: int
    hospital_name: str
    hospital_id: int
    department: str
    visit_date: str
    service_name: str
    service_id: int
    patient_id: int
    created_at: int
    paid_at: int | None
    price_fen: int
    state: str
    wishes: str


class ListedPatient(NamedTuple):
    """A patient, as the user's own are listed: a third of its columns."""

    id: int
    name: str
    adult: bool
    sex: str
    phone_sealed: str
    id_number_sealed: str
    relation: str


@frozen()
class KnownIdNumber:
    """A patient, by the ID number."""

    id: int
    name: str
    id_number_sealed: str
    id_number_hash: str


@frozen()
class EscortVisit:
    """An escort at a hospital, in the calendar."""

    escort_id: int
    visit_date: str
    half: str
    """``am``, ``pm`` or, of a finished one, ``day``; empty when it was finished before this was kept."""
    order_id: int
    patient_name: str
    hospital_name: str
    finished: bool
    visit_time: str = ""
    """``HH:MM``; empty while it is not settled."""


@frozen()
class OfferedVisit:
    """A visit that an escort may still accept, in the calendar."""

    escort_id: int
    visit_date: str
    half: str
    order_id: int
    visit_time: str
    hospital_name: str


@frozen(slots=True)
class EntryPosition:
    """Where an entry of the catalog stands among all of its table."""

    id: int
    position: int
    archived_at: int | None


@frozen(slots=True)
class VisitVersion:
    """What is read to tell whether anything about a visit has changed: equal when nothing has."""

    facts: tuple[Any, ...]


@frozen()
class WaitingCounts:
    """How many things wait for a human."""

    refund_requests: int
    abnormal_refunds: int
    """Their cases are not counted once more."""
    mismatches: int
    """Open cases of money that does not agree with its order."""
    other_cases: int
    escorts: int
    """Escorts whose application, or what they tell about themselves, waits."""
    offline_refunds: int
    """Approved refunds of money outside of WeChat, which a person pays back."""


@frozen(slots=True)
class MembershipOfUser:
    """What an owner shares with a user now: an order, or the orders of a patient."""

    role: str
    scope: str
    scope_id: int
    owner_id: int
    joined_at: int


@frozen(slots=True)
class OrderRelation:
    """An order, and everything that may connect a user with it."""

    order: Order
    memberships: tuple[MembershipOfUser, ...]
    """Those of the user that name the order, or its patient, and have not ended."""
    escort: Escort | None
    """Who the user is as an escort."""
    was_assigned: bool
    """Was the order ever given to that escort?"""


@frozen(slots=True)
class PlacesTaken:
    """Visits of a kind that have a place on a day: ``takes`` as in ``Takes``; ``half``: ``am``, ``pm``, or empty while
    the hour is not settled."""

    visit_date: str
    takes: str
    half: str
    count: int


@frozen()
class EscortRecord:
    """How many visits an escort has finished, and how they were rated."""

    finished: int
    ratings: int
    stars: int
    """Of all ratings together."""

    @property
    def average(self) -> str:
        """Stars on average with one digit, ``4.8``; empty without a rating."""
        return f"{self.stars / self.ratings:.1f}" if self.ratings else ""


@frozen(slots=True)
class MemberWithName:
    """A membership, with the nickname and the picture of the other side of it."""

    member: Member
    nickname: str
    avatar_file: str


@frozen(slots=True)
class SharedOrder:
    """An order of another user that a membership names."""

    order: Order
    membership: MembershipOfUser
    owner_nickname: str


@frozen(slots=True)
class UpcomingVisit:
    """An order whose visit is near, who is concerned by it, and who was reminded."""

    order: Order
    concerned: frozenset[int]
    """Users: who ordered, with whom it may be shared, who comes."""
    reminded: frozenset[tuple[int, str, int]]
    """User, kind and begin of the visit of each reminder that counts."""


@frozen(slots=True)
class BookSum:
    """Entries of the ledger of one kind, summed: of a day, service, hospital and escort, as far as these were asked
    for; empty or 0 where they were not, or where the entry has no order."""

    day_at: int
    service: str
    unit: str
    hospital: str
    escort_id: int
    escort: str
    kind: str
    supplement: bool
    late: bool
    """Booked for a month whose books were closed already."""
    amount_fen: int
    entries: int
    orders: int


@frozen(slots=True)
class BookLine:
    """An entry of the ledger with the numbers under which it is found here and at WeChat."""

    id: int
    kind: str
    reference: str
    amount_fen: int
    order_id: int | None
    occurred_at: int
    booked_at: int
    out_trade_no: str
    transaction_id: str
    out_refund_no: str
    wechat_refund_id: str
    supplement: bool
    offline_reference: str
    service: str
    unit: str
    hospital: str
    escort_id: int
    escort: str
    late: bool = False


@frozen(slots=True)
class UnearnedSum:
    """What was paid for visits that are still to come."""

    service: str
    unit: str
    hospital: str
    escort_id: int
    escort: str
    amount_fen: int
    orders: int


@frozen()
class ComplaintRow:
    """A complaint in the office's list, with the patient and the day of its order, where there is one."""

    complaint: Complaint
    patient_name: str
    visit_date: str


@frozen()
class WaitingComplaints:
    """How many complaints wait for the office."""

    unanswered: int
    unanswered_overdue: int
    unsettled: int
    """Answered, and not closed."""
    unsettled_overdue: int


@frozen()
class InvoiceRow:
    """An invoice in the office's list, with what was sold."""

    invoice: Invoice
    service_name: str
    service_unit: str
    visit_date: str


@frozen()
class WaitingInvoices:
    """How many invoices wait for the office."""

    to_issue: int
    to_reverse: int


@frozen()
class CustomerSummary:
    """A user as a search of the office lists them."""

    user: User
    patients: list[Patient]
    """Those too that the user has deleted, while their names are kept; oldest first."""
    escort: Escort | None
    customer: OfficeCustomer | None
    orders: int
    last_order: Order | None
