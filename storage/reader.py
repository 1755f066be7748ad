"""The repositories over one connection: what a reader has, and a transaction too."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Generic, TypeVar, overload

from storage.connection import Connection
from storage.repositories.administrators import Administrators, AuditLog
from storage.repositories.alarms import Alarms
from storage.repositories.boards import Boards
from storage.repositories.books import Books
from storage.repositories.catalog import Catalog
from storage.repositories.complaints import Complaints
from storage.repositories.consents import Consents
from storage.repositories.content import Content
from storage.repositories.customers import Claims, Customers
from storage.repositories.desk import Desk
from storage.repositories.downloads import Downloads
from storage.repositories.erasure_requests import ErasureRequests
from storage.repositories.escort_jobs import EscortJobs
from storage.repositories.escort_pay import EscortPay, Months
from storage.repositories.escort_profiles import EscortProfiles
from storage.repositories.escort_records import EscortRecords
from storage.repositories.escorts import Escorts
from storage.repositories.finance import Finance
from storage.repositories.installation import Installation
from storage.repositories.invitations import Invitations, Leaves
from storage.repositories.invoices import Invoices
from storage.repositories.jobs import Jobs, Outbox
from storage.repositories.ledger import Ledger
from storage.repositories.limits import Failures, RateLimits
from storage.repositories.members import Members
from storage.repositories.message_permissions import MessageAnswers, MessagePermissions
from storage.repositories.order_changes import OrderChanges
from storage.repositories.order_lists import OrderLists
from storage.repositories.orders import Orders
from storage.repositories.own_orders import OwnOrders
from storage.repositories.patients import Patients
from storage.repositories.pay_lists import PayLists
from storage.repositories.pay_statements import PayStatements
from storage.repositories.payments import Attempts, PaymentEvents
from storage.repositories.people_search import PeopleSearch
from storage.repositories.prices import Prices
from storage.repositories.pushed_events import PushedEvents
from storage.repositories.qualifications import Qualifications
from storage.repositories.refunds import Refunds
from storage.repositories.reminders import Reminders
from storage.repositories.reports import Reports
from storage.repositories.retention import Retention
from storage.repositories.sealed import Sealed
from storage.repositories.sealed_documents import SealedDocuments
from storage.repositories.shipments import Management, Shipments
from storage.repositories.supplements import OfflineEntries, Supplements
from storage.repositories.transfers import Transfers
from storage.repositories.users import Sessions, Users
from storage.repositories.visit_days import VisitDays
from storage.repositories.visits import Visits
from storage.repositories.wechat_complaints import WeChatComplaints

R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
Read = Coroutine[Any, Any, R]


class _Lazy(Generic[R]):
    """A repository over the reader's connection, made when it is first asked for."""

    def __init__(self, kind: type[R]) -> None:
        self._kind: Any = kind

    def __set_name__(self, owner: type[Reader], name: str) -> None:
        self._name = name

    def __get__(self, reader: Reader, owner: type[Reader] | None = None) -> R:
        made: R = self._kind(reader.connection)
        reader.__dict__[self._name] = made  # found there before this is asked again
        return made


class Reader:
    """The repositories over one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @overload
    async def together(self, a: Read[A], b: Read[B], /) -> tuple[A, B]: ...
    @overload
    async def together(self, a: Read[A], b: Read[B], c: Read[C], /) -> tuple[A, B, C]: ...
    @overload
    async def together(self, a: Read[A], b: Read[B], c: Read[C], d: Read[D], /) -> tuple[A, B, C, D]: ...
    @overload
    async def together(
        self, a: Read[A], b: Read[B], c: Read[C], d: Read[D], e: Read[E], /
    ) -> tuple[A, B, C, D, E]: ...
    async def together(self, *reads: Read[Any]) -> tuple[Any, ...]:
        """What these reads give: each is one SELECT of a repository here, and they go in one trip, in this order.

        locked, known = await tx.together(tx.users.lock_living(user_id), tx.patients.of_user(user_id))
        """
        return tuple(await self.connection.together(*reads))

    users = _Lazy(Users)
    content = _Lazy(Content)
    sessions = _Lazy(Sessions)
    patients = _Lazy(Patients)
    escorts = _Lazy(Escorts)
    catalog = _Lazy(Catalog)
    orders = _Lazy(Orders)
    own_orders = _Lazy(OwnOrders)
    order_lists = _Lazy(OrderLists)
    boards = _Lazy(Boards)
    desk = _Lazy(Desk)
    visit_days = _Lazy(VisitDays)
    order_changes = _Lazy(OrderChanges)
    invitations = _Lazy(Invitations)
    leaves = _Lazy(Leaves)
    escort_jobs = _Lazy(EscortJobs)
    escort_profiles = _Lazy(EscortProfiles)
    escort_records = _Lazy(EscortRecords)
    visits = _Lazy(Visits)
    reports = _Lazy(Reports)
    members = _Lazy(Members)
    consents = _Lazy(Consents)
    reminders = _Lazy(Reminders)
    permissions = _Lazy(MessagePermissions)
    message_answers = _Lazy(MessageAnswers)
    erasure_requests = _Lazy(ErasureRequests)
    claims = _Lazy(Claims)
    people = _Lazy(PeopleSearch)
    customers = _Lazy(Customers)
    wechat_complaints = _Lazy(WeChatComplaints)
    complaints = _Lazy(Complaints)
    escort_pay = _Lazy(EscortPay)
    pay_lists = _Lazy(PayLists)
    pay_statements = _Lazy(PayStatements)
    transfers = _Lazy(Transfers)
    months = _Lazy(Months)
    invoices = _Lazy(Invoices)
    prices = _Lazy(Prices)
    qualifications = _Lazy(Qualifications)
    sealed_documents = _Lazy(SealedDocuments)
    offline = _Lazy(OfflineEntries)
    supplements = _Lazy(Supplements)
    attempts = _Lazy(Attempts)
    payment_events = _Lazy(PaymentEvents)
    pushed_events = _Lazy(PushedEvents)
    refunds = _Lazy(Refunds)
    ledger = _Lazy(Ledger)
    books = _Lazy(Books)
    finance = _Lazy(Finance)
    jobs = _Lazy(Jobs)
    downloads = _Lazy(Downloads)
    installation = _Lazy(Installation)
    alarms = _Lazy(Alarms)
    retention = _Lazy(Retention)
    shipments = _Lazy(Shipments)
    trade_management = _Lazy(Management)
    outbox = _Lazy(Outbox)
    administrators = _Lazy(Administrators)
    failures = _Lazy(Failures)
    limits = _Lazy(RateLimits)
    sealed = _Lazy(Sealed)
    audit = _Lazy(AuditLog)
