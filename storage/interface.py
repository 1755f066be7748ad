"""The storage interface: one way to work, whichever engine stands behind it.

    async with storage.transaction() as tx:
        order = await tx.orders.lock(order_id)
        …
        await tx.commit()

Leaving the block without ``commit`` rolls back. Reads that need no transaction use ``storage.reading()``.
Work that may meet a deadlock is passed to ``storage.run``, which runs it again, a bounded number of times.
"""

from __future__ import annotations

import abc
import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import TypeVar

from storage.connection import Connection
from storage.errors import Contention
from storage.repositories.administrators import Administrators, AuditLog
from storage.repositories.alarms import Alarms
from storage.repositories.catalog import Catalog
from storage.repositories.consents import Consents
from storage.repositories.desk import Desk
from storage.repositories.escort_jobs import EscortJobs
from storage.repositories.escort_profiles import EscortProfiles
from storage.repositories.escorts import Escorts
from storage.repositories.finance import Finance, Ledger
from storage.repositories.imports import Imports
from storage.repositories.invitations import Invitations, Leaves
from storage.repositories.jobs import Jobs, Outbox
from storage.repositories.limits import Failures, RateLimits
from storage.repositories.members import Members
from storage.repositories.order_changes import OrderChanges
from storage.repositories.order_lists import OrderLists
from storage.repositories.orders import Orders
from storage.repositories.own_orders import OwnOrders
from storage.repositories.patients import Patients
from storage.repositories.payments import Attempts, PaymentEvents
from storage.repositories.refunds import Refunds
from storage.repositories.reminders import MessagePermissions, Reminders
from storage.repositories.reports import Reports
from storage.repositories.retention import Retention
from storage.repositories.sealed import Sealed
from storage.repositories.users import Sessions, Users
from storage.repositories.visit_days import VisitDays
from storage.repositories.visits import Visits

T = TypeVar("T")
ATTEMPTS_AT_CONTENTION = 5


class Reader:
    """The repositories over one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def users(self) -> Users:
        return Users(self.connection)

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
    def attempts(self) -> Attempts:
        return Attempts(self.connection)

    @cached_property
    def payment_events(self) -> PaymentEvents:
        return PaymentEvents(self.connection)

    @cached_property
    def refunds(self) -> Refunds:
        return Refunds(self.connection)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.connection)

    @cached_property
    def finance(self) -> Finance:
        return Finance(self.connection)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.connection)

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms(self.connection)

    @cached_property
    def retention(self) -> Retention:
        return Retention(self.connection)

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


class Transaction(Reader):
    """A transaction: nothing of it stays unless ``commit`` was awaited."""

    committed = False

    @cached_property
    def imports(self) -> Imports:
        return Imports(self.connection)

    async def commit(self) -> None:
        """Make everything done so far durable. Raises StorageUnavailable when the outcome is not known."""
        await self.connection.execute("COMMIT")
        self.committed = True


class Storage(abc.ABC):
    """A database. ``open`` before use, ``close`` at the end."""

    @abc.abstractmethod
    async def open(self) -> None:
        """Connect and verify the settings that durability depends on. Raises StorageUnavailable."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    @abc.abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that sees committed rows and may write."""

    @abc.abstractmethod
    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """The cheap path: single statements, each on its own, that only read."""

    @abc.abstractmethod
    async def durability(self) -> dict[str, str]:
        """The engine's own words for the settings that decide whether a commit survives a crash."""

    async def ping(self) -> None:
        """Raises StorageUnavailable when the database does not answer."""
        async with self.reading() as reader:
            await reader.connection.fetch_one("SELECT 1")

    async def beat(self, at: int) -> None:
        """Write one row and commit it. Raises StorageUnavailable when the database does not answer, StorageNotWritable
        when it answers and cannot write (a full disk, read-only)."""
        async with self.transaction() as tx:
            await tx.alarms.beat(at)
            await tx.commit()

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run ``work`` in a transaction and commit; again, up to five times, when the database asks for it.

        ``work`` must not do anything outside the transaction that cannot be done twice.
        """
        for attempt in range(1, ATTEMPTS_AT_CONTENTION + 1):
            try:
                async with self.transaction() as tx:
                    result = await work(tx)
                    await tx.commit()
                    return result
            except Contention:
                if attempt == ATTEMPTS_AT_CONTENTION:
                    raise
                await asyncio.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311
        raise AssertionError("unreachable")
