"""The repositories over one connection: what a reader has, and a transaction too."""

from __future__ import annotations

from functools import cached_property

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


class Reader:
    """The repositories over one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def users(self) -> Users:
        return Users(self.connection)

    @cached_property
    def content(self) -> Content:
        return Content(self.connection)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.connection)

    @cached_property
    def patients(self) -> Patients:
        return Patients(self.connection)

    @cached_property
    def escorts(self) -> Escorts:
        return Escorts(self.connection)

    @cached_property
    def catalog(self) -> Catalog:
        return Catalog(self.connection)

    @cached_property
    def orders(self) -> Orders:
        return Orders(self.connection)

    @cached_property
    def own_orders(self) -> OwnOrders:
        return OwnOrders(self.connection)

    @cached_property
    def order_lists(self) -> OrderLists:
        return OrderLists(self.connection)

    @cached_property
    def boards(self) -> Boards:
        return Boards(self.connection)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.connection)

    @cached_property
    def visit_days(self) -> VisitDays:
        return VisitDays(self.connection)

    @cached_property
    def order_changes(self) -> OrderChanges:
        return OrderChanges(self.connection)

    @cached_property
    def invitations(self) -> Invitations:
        return Invitations(self.connection)

    @cached_property
    def leaves(self) -> Leaves:
        return Leaves(self.connection)

    @cached_property
    def escort_jobs(self) -> EscortJobs:
        return EscortJobs(self.connection)

    @cached_property
    def escort_profiles(self) -> EscortProfiles:
        return EscortProfiles(self.connection)

    @cached_property
    def visits(self) -> Visits:
        return Visits(self.connection)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self.connection)

    @cached_property
    def members(self) -> Members:
        return Members(self.connection)

    @cached_property
    def consents(self) -> Consents:
        return Consents(self.connection)

    @cached_property
    def reminders(self) -> Reminders:
        return Reminders(self.connection)

    @cached_property
    def permissions(self) -> MessagePermissions:
        return MessagePermissions(self.connection)

    @cached_property
    def message_answers(self) -> MessageAnswers:
        return MessageAnswers(self.connection)

    @cached_property
    def erasure_requests(self) -> ErasureRequests:
        return ErasureRequests(self.connection)

    @cached_property
    def claims(self) -> Claims:
        return Claims(self.connection)

    @cached_property
    def people(self) -> PeopleSearch:
        return PeopleSearch(self.connection)

    @cached_property
    def customers(self) -> Customers:
        return Customers(self.connection)

    @cached_property
    def wechat_complaints(self) -> WeChatComplaints:
        return WeChatComplaints(self.connection)

    @cached_property
    def complaints(self) -> Complaints:
        return Complaints(self.connection)

    @cached_property
    def escort_pay(self) -> EscortPay:
        return EscortPay(self.connection)

    @cached_property
    def pay_statements(self) -> PayStatements:
        return PayStatements(self.connection)

    @cached_property
    def transfers(self) -> Transfers:
        return Transfers(self.connection)

    @cached_property
    def months(self) -> Months:
        return Months(self.connection)

    @cached_property
    def invoices(self) -> Invoices:
        return Invoices(self.connection)

    @cached_property
    def prices(self) -> Prices:
        return Prices(self.connection)

    @cached_property
    def qualifications(self) -> Qualifications:
        return Qualifications(self.connection)

    @cached_property
    def sealed_documents(self) -> SealedDocuments:
        return SealedDocuments(self.connection)

    @cached_property
    def offline(self) -> OfflineEntries:
        return OfflineEntries(self.connection)

    @cached_property
    def supplements(self) -> Supplements:
        return Supplements(self.connection)

    @cached_property
    def attempts(self) -> Attempts:
        return Attempts(self.connection)

    @cached_property
    def payment_events(self) -> PaymentEvents:
        return PaymentEvents(self.connection)

    @cached_property
    def pushed_events(self) -> PushedEvents:
        return PushedEvents(self.connection)

    @cached_property
    def refunds(self) -> Refunds:
        return Refunds(self.connection)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.connection)

    @cached_property
    def books(self) -> Books:
        return Books(self.connection)

    @cached_property
    def finance(self) -> Finance:
        return Finance(self.connection)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.connection)

    @cached_property
    def downloads(self) -> Downloads:
        return Downloads(self.connection)

    @cached_property
    def installation(self) -> Installation:
        return Installation(self.connection)

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms(self.connection)

    @cached_property
    def retention(self) -> Retention:
        return Retention(self.connection)

    @cached_property
    def shipments(self) -> Shipments:
        return Shipments(self.connection)

    @cached_property
    def trade_management(self) -> Management:
        return Management(self.connection)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.connection)

    @cached_property
    def administrators(self) -> Administrators:
        return Administrators(self.connection)

    @cached_property
    def failures(self) -> Failures:
        return Failures(self.connection)

    @cached_property
    def limits(self) -> RateLimits:
        return RateLimits(self.connection)

    @cached_property
    def sealed(self) -> Sealed:
        return Sealed(self.connection)

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self.connection)
