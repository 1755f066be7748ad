"""Writes what :mod:``startup.legacy.conversion`` decides: one transaction per user, which may be repeated.

A row that is there already stays as it is, so an import may be broken off and run again. A dry run does all the
work and commits nothing.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from functools import partial

from clock import Clock
from privacy import Vault
from startup.legacy.catalog import import_catalog
from startup.legacy.conversion import WARRANT, Price, Snapshot
from startup.legacy.money import Merchant, keep_as_case
from startup.legacy.orders import OrderImport
from startup.legacy.people import PeopleImport
from startup.legacy.repeated import SAME_PAYMENT, find_repeated
from startup.legacy.report import TABLES, ImportReport, Outcome
from startup.legacy.source import (
    LegacyData,
    LegacyEscort,
    LegacyOrder,
    LegacyPatient,
    LegacyPayment,
    LegacyUser,
)
from storage import Storage, Transaction

PROGRESS_EVERY = 500
ACT = "import_legacy"
"""In the audit log."""
NO_USER = "它的用户不存在或未导入"


class _Rows:
    """The older rows by whom they belong to."""

    def __init__(self, data: LegacyData) -> None:
        self.patients: defaultdict[int, list[LegacyPatient]] = defaultdict(list)
        self.orders: defaultdict[int, list[LegacyOrder]] = defaultdict(list)
        self.payments: defaultdict[int, list[LegacyPayment]] = defaultdict(list)
        self.escorts: dict[int, LegacyEscort] = {escort.user_id: escort for escort in data.escorts}
        self.warrants = Counter(user.warrant for user in data.users)
        self.user_ids = {user.id for user in data.users}
        self.hospitals = {hospital.id: hospital.name for hospital in data.hospitals}
        self.services = {service.id: service for service in data.services}
        self.prices: dict[int, Price] = {}
        """Of the services here, for prices that the older system cannot say."""
        repeated = find_repeated(data.payments)
        self.repeated = [(each, repeated[each.id]) for each in data.payments if each.id in repeated]
        for patient in data.patients:
            self.patients[patient.user_id].append(patient)
        for order in data.orders:
            self.orders[order.user_id].append(order)
        for payment in data.payments:
            if payment.id not in repeated:
                self.payments[payment.order_id].append(payment)

    def snapshot(self, order: LegacyOrder) -> Snapshot:
        """What the older system and the catalog here say about an order's hospital and service."""
        return Snapshot(
            hospital_name=self.hospitals.get(order.hospital_id, "") or order.hospital_custom,
            service=self.services.get(order.service_id),
            catalog_price=self.prices.get(order.service_id),
        )

    def ownerless(self) -> set[int]:
        """Numbers of users that other rows name and that are not there."""
        return (self.patients.keys() | self.orders.keys() | self.escorts.keys()) - self.user_ids

    def of_no_order(self, data: LegacyData) -> list[LegacyPayment]:
        known = {order.id for order in data.orders}
        return [
            each for order_id, payments in self.payments.items() if order_id not in known for each in payments
        ]


class LegacyImport:
    """One run over all rows of the older system. ``unpaid_hours``: how long an unpaid order may still be paid."""

    def __init__(
        self,
        storage: Storage,
        vault: Vault,
        merchant: Merchant,
        unpaid_hours: int,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._merchant = merchant
        self._unpaid_hours = unpaid_hours
        self._clock = clock

    async def run(
        self, data: LegacyData, *, dry_run: bool, progress: Callable[[str], None] = lambda line: None
    ) -> ImportReport:
        """Import every row, or only tell what an import would do (``dry_run``); what became of each. Raises
        StorageError, after which it may be run again."""
        report = ImportReport(dry_run=dry_run)
        rows = _Rows(data)

        async def catalog(tx: Transaction, counted: ImportReport) -> None:
            rows.prices = await import_catalog(tx, data, counted, self._clock())

        await self._counting(report, catalog)
        for user in data.users:
            await self._counting(report, partial(self._import_people, rows, user))
        for number, user in enumerate(data.users, start=1):
            await self._counting(report, partial(self._import_orders, rows, user))
            if number % PROGRESS_EVERY == 0:
                progress(f"  {number} / {len(data.users)} 位用户 users")
        for user_id in sorted(rows.ownerless()):
            await self._counting(report, partial(self._leave_out, rows, user_id))
        await self._counting(report, partial(self._keep_orderless, rows.of_no_order(data)))
        await self._counting(report, partial(self._keep_repeated, rows.repeated))
        if not report.dry_run:
            await self._storage.run(partial(self._audit, report))
        return report

    async def _import_people(
        self, rows: _Rows, user: LegacyUser, tx: Transaction, report: ImportReport
    ) -> int | None:
        """The user with warrant, application and patients; the id here, or None when the user is left out.

        Of all users before any order: a stand-in for a patient that an order names must not take the number of
        a user who is still to come.
        """
        people = PeopleImport(tx, self._vault, report, self._clock())
        owner = await people.user(user)
        if owner is None:
            return None
        if rows.warrants[user.warrant] == 1 and WARRANT.fullmatch(user.warrant):
            report.sessions += await people.session(owner, user.warrant)
        else:
            report.remark(
                "app_user", user.id, "旧的登录不能继续使用，需要重新登录（令牌为空、过短或与他人相同）"
            )
        if (escort := rows.escorts.get(user.id)) is not None:
            await people.escort(owner, escort)
        for patient in rows.patients[user.id]:
            await people.patient(owner, patient)
        return owner

    async def _import_orders(
        self, rows: _Rows, user: LegacyUser, tx: Transaction, report: ImportReport
    ) -> None:
        # once more, told to nobody: finds who is there, and after a dry run's roll-back brings them again
        owner = await self._import_people(rows, user, tx, ImportReport())
        if owner is None:
            await self._leave_out(rows, user.id, tx, report)
            return
        at = self._clock()
        people = PeopleImport(tx, self._vault, report, at)
        orders = OrderImport(tx, report, people, self._merchant, self._unpaid_hours, at)
        for order in reversed(rows.orders[user.id]):  # the newest unpaid order stays payable
            await orders.add(owner, user.openid, order, rows.payments[order.id], rows.snapshot(order))

    async def _leave_out(self, rows: _Rows, user_id: int, tx: Transaction, report: ImportReport) -> None:
        """Nothing of this user is imported; money that was received is a case all the same."""
        if (escort := rows.escorts.get(user_id)) is not None:
            report.leave_out("app_runner", escort.user_id, NO_USER)
        for patient in rows.patients[user_id]:
            report.leave_out("app_friend", patient.id, NO_USER)
        for order in rows.orders[user_id]:
            report.leave_out("app_log", order.id, NO_USER)
            for payment in rows.payments[order.id]:
                await keep_as_case(tx, report, payment, "它的订单未导入", self._clock())

    async def _keep_orderless(
        self, payments: list[LegacyPayment], tx: Transaction, report: ImportReport
    ) -> None:
        for payment in payments:
            await keep_as_case(tx, report, payment, "它的订单在旧系统中不存在", self._clock())

    async def _keep_repeated(
        self, repeated: list[tuple[LegacyPayment, str]], tx: Transaction, report: ImportReport
    ) -> None:
        for payment, why in repeated:
            if why == SAME_PAYMENT:
                report.count("app_money", Outcome.ALREADY_THERE)
                report.remark("app_money", payment.id, why)
            else:
                await keep_as_case(tx, report, payment, why, self._clock(), of_another=True)

    async def _counting(
        self, report: ImportReport, work: Callable[[Transaction, ImportReport], Awaitable[object]]
    ) -> None:
        """Run the work in a transaction; a round that the database asks to repeat is counted once."""

        async def counted(tx: Transaction) -> ImportReport:
            own = ImportReport()
            await work(tx, own)
            return own

        if not report.dry_run:
            report.merge(await self._storage.run(counted))
            return
        async with self._storage.transaction() as tx:
            report.merge(await counted(tx))  # and leave without a commit

    async def _audit(self, report: ImportReport, tx: Transaction) -> None:
        counted = {table: report.counts(table) for table in TABLES}
        await tx.audit.add(None, "", ACT, "import", "", self._clock(), after_json=json.dumps(counted))
