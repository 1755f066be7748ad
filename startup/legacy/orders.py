"""Orders of the older system with their payments and history, inside one user's transaction."""

from __future__ import annotations

import dataclasses

from clock import shanghai_date
from orders.paying import pay
from personal.names import search_form
from startup.legacy.conversion import (
    OUT_TRADE_NO,
    OrderPlan,
    Snapshot,
    finished_at,
    plan_order,
    takes_of_unit,
    unpaid_until,
)
from startup.legacy.money import Merchant, PaymentImport, keep_as_case, number_without_payment, open_case
from startup.legacy.people import ID_TAKEN, PeopleImport
from startup.legacy.report import ImportReport, Outcome
from startup.legacy.source import LegacyOrder, LegacyPayment
from storage import Transaction
from storage.models import (
    DISPLAY_RANK,
    NEW_ID,
    SYSTEM,
    WECHAT,
    Actor,
    Attempt,
    Cause,
    Ending,
    Order,
    OrderState,
    OrderStep,
)

IMPORTED = "从旧系统导入"
MAX_WISHES = 10_240


class OrderImport:
    """The orders of one user, to be added newest first."""

    def __init__(
        self,
        tx: Transaction,
        report: ImportReport,
        people: PeopleImport,
        merchant: Merchant,
        unpaid_hours: int,
        at: int,
    ) -> None:
        self._tx = tx
        self._report = report
        self._people = people
        self._payments = PaymentImport(tx, report, merchant, at)
        self._unpaid_hours = unpaid_hours
        self._at = at
        self._unpaid_patients: set[int] = set()

    async def add(
        self,
        owner: int,
        openid: str,
        order: LegacyOrder,
        payments: list[LegacyPayment],
        snapshot: Snapshot,
    ) -> None:
        """Import one order with everything that belongs to it, or say why not."""
        payments = await self._usable(order, payments)
        known = await self._tx.orders.get(order.id)
        if known is not None:
            await self._import_known(known, owner, openid, order, payments)
            return
        newer = order.patient_id in self._unpaid_patients
        plan = plan_order(order, payments, snapshot, self._at, newer)
        names = [payment.patient_name for payment in payments if payment.patient_name]
        patient = await self._people.patient_of_order(owner, order.patient_id, next(iter(names), ""))
        paid_attempt = await self._book(order, openid, plan)
        row = self._row(order, owner, plan, patient, snapshot, paid_attempt)
        await self._tx.imports.add(row)
        await self._history(order, owner, plan)
        if plan.state == OrderState.UNPAID:
            self._unpaid_patients.add(order.patient_id)
        for remark in plan.remarks:
            self._report.remark("app_log", order.id, remark)
        if plan.reason:
            self._report.remark("app_log", order.id, f"按已取消导入：{plan.reason}")
        self._report.count("app_log", Outcome.IMPORTED)

    async def _usable(self, order: LegacyOrder, payments: list[LegacyPayment]) -> list[LegacyPayment]:
        """Payments without those whose number WeChat cannot have given: they are cases."""
        usable = []
        for payment in payments:
            if await self._of_another(order, payment):
                await keep_as_case(
                    self._tx, self._report, payment, "单号属于另一个订单", self._at, of_another=True
                )
            elif not OUT_TRADE_NO.fullmatch(payment.out_trade_no):
                await keep_as_case(self._tx, self._report, payment, "商户单号无法识别", self._at)
            else:
                usable.append(payment)
        return usable

    async def _of_another(self, order: LegacyOrder, payment: LegacyPayment) -> bool:
        """Is the payment's number, or WeChat's, here as another payment's?"""
        there = await self._tx.attempts.by_number(payment.out_trade_no)
        if there is not None and there.order_id != order.id:
            return True
        if not payment.transaction_id:
            return False
        holder = await self._tx.attempts.by_transaction(payment.transaction_id)
        if holder is not None and holder.out_trade_no != payment.out_trade_no:
            return True
        return there is not None and there.transaction_id not in (None, payment.transaction_id)

    async def _book(self, order: LegacyOrder, openid: str, plan: OrderPlan) -> int | None:
        """Write the order's attempts; the id of the one that paid it."""
        paid_by = None
        if plan.paid_at is not None:
            number = plan.paying.out_trade_no if plan.paying else number_without_payment(order.id)
            transaction = plan.paying.transaction_id if plan.paying else ""
            paid_by = await self._payments.paid(
                order.id, openid, number, transaction, plan.paid_fen, plan.paid_at
            )
            if plan.paying is None:
                why = "旧系统记为已付款，但没有微信支付单号：不能从本系统向微信退款"
                await open_case(self._tx, number, order.id, None, why, self._at)
            else:
                self._report.count("app_money", Outcome.IMPORTED)
        for payment in plan.surplus:
            await self._surplus(order.id, openid, payment, plan.requested_at)
        still_open = plan.state == OrderState.UNPAID
        for payment in plan.unconfirmed:
            await self._payments.unconfirmed(order.id, openid, payment, open_now=still_open)
            still_open = False  # at most one open attempt per order
            self._report.count("app_money", Outcome.IMPORTED)
            self._report.remark(
                "app_money", payment.id, "有商户单号，没有微信支付单号：不算收款，会向微信查询"
            )
        return paid_by

    async def _surplus(self, order_id: int, openid: str, payment: LegacyPayment, otherwise: int) -> None:
        """Money beyond what pays the order: booked, and a case. It may be years old: a human decides."""
        await self._payments.paid(
            order_id,
            openid,
            payment.out_trade_no,
            payment.transaction_id,
            payment.amount_fen,
            payment.paid_at or otherwise,
        )
        await self._note_surplus(order_id, payment)

    async def _note_surplus(self, order_id: int, payment: LegacyPayment) -> None:
        why = "这个订单在旧系统中收了不止一次款"
        await open_case(self._tx, payment.out_trade_no, order_id, payment, why, self._at)
        self._report.count("app_money", Outcome.IMPORTED)
        self._report.remark("app_money", payment.id, f"{why}：请核对是否需要退款")

    def _row(
        self,
        order: LegacyOrder,
        owner: int,
        plan: OrderPlan,
        patient: tuple[int, str],
        snapshot: Snapshot,
        paid_attempt: int | None,
    ) -> Order:
        unpaid = plan.state == OrderState.UNPAID
        notes = order.notes if not order.finished_by else f"{order.notes}\n旧系统完成人：{order.finished_by}"
        visit_date = order.visit_date or shanghai_date(plan.requested_at)
        if not order.visit_date:
            self._report.remark("app_log", order.id, "没有就诊日期：按下单日记")
        if not snapshot.hospital_name:
            self._report.remark("app_log", order.id, "医院不在旧系统的医院表中")
        return Order(
            id=order.id,
            user_id=owner,
            state=plan.state,
            display_rank=DISPLAY_RANK[plan.state],
            unpaid_user_id=owner if unpaid else None,
            hospital_id=order.hospital_id,
            hospital_name=snapshot.hospital_name or f"医院 {order.hospital_id}",
            department=order.department,
            visit_date=visit_date,
            service_id=order.service_id,
            service_name=snapshot.service.name if snapshot.service else f"服务 {order.service_id}",
            service_unit=plan.unit,
            takes=takes_of_unit(plan.unit),
            price_fen=plan.price_fen,
            patient_id=patient[0],
            patient_name=patient[1],
            wishes=order.wishes[:MAX_WISHES],
            admin_notes=notes.strip(),
            notes_version=0,
            escort_id=None,
            state_before_refund="",
            paid_fen=plan.paid_fen,
            paid_at=plan.paid_at,
            refunded_fen=0,
            stars=0,
            comment="",
            created_at=plan.requested_at,
            updated_at=self._at,
            expires_at=unpaid_until(visit_date, self._unpaid_hours, self._at)
            if unpaid
            else plan.requested_at,
            paid_attempt_id=paid_attempt,
            patient_name_key=search_form(patient[1]),
            ending=Ending.SERVED if plan.state == OrderState.FINISHED else "",
        )

    async def _history(self, order: LegacyOrder, owner: int, plan: OrderPlan) -> None:
        user = Actor("user", owner)
        await self._step(order.id, "", OrderState.UNPAID, user, IMPORTED, plan.requested_at)
        if plan.paid_at is not None:
            await self._step(order.id, OrderState.UNPAID, OrderState.PAID, WECHAT, "", plan.paid_at)
            if plan.state == OrderState.FINISHED:
                at = finished_at(order, plan.paid_at, self._at)
                await self._step(order.id, OrderState.PAID, plan.state, SYSTEM, "旧系统中已完成", at)
        elif plan.state == OrderState.CANCELLED:
            await self._step(order.id, OrderState.UNPAID, plan.state, SYSTEM, plan.reason, self._at)

    async def _step(
        self, order_id: int, from_state: str, to_state: str, actor: Actor, reason: str, at: int
    ) -> None:
        step = OrderStep(NEW_ID, order_id, from_state, to_state, actor.kind, actor.id, reason, at)
        await self._tx.imports.add(step)

    async def _import_known(
        self, known: Order, owner: int, openid: str, order: LegacyOrder, payments: list[LegacyPayment]
    ) -> None:
        """An order with this number is there: from an earlier run, or of another user."""
        if known.user_id != owner:
            self._report.leave_out("app_log", order.id, ID_TAKEN)
            for payment in payments:
                await keep_as_case(self._tx, self._report, payment, "它的订单未导入", self._at)
            return
        self._report.count("app_log", Outcome.ALREADY_THERE)
        if known.state == OrderState.UNPAID:
            self._unpaid_patients.add(order.patient_id)
        if order.paid and not any(payment.transaction_id for payment in payments):
            await self._called_paid(known)
        for payment in payments:
            there = await self._tx.attempts.by_number(payment.out_trade_no)
            if there is not None and (there.paid_at is not None or not payment.transaction_id):
                self._report.count("app_money", Outcome.ALREADY_THERE)
                self._payments.tally(there)
            elif there is not None and there.amount_fen != payment.amount_fen:
                why = "上次导入之后付了款，金额与当时的不同"
                await keep_as_case(self._tx, self._report, payment, why, self._at)
            elif payment.transaction_id:
                known = await self._paid_since(known, openid, payment, there)
            else:
                await self._payments.unconfirmed(order.id, openid, payment, open_now=False)
                self._report.count("app_money", Outcome.IMPORTED)

    async def _called_paid(self, known: Order) -> None:
        """The older system calls an order paid and has no payment that WeChat confirmed: told by an earlier run, or
        a case now, for who paid expects the visit."""
        number = number_without_payment(known.id)
        if (there := await self._tx.attempts.by_number(number)) is not None:
            self._payments.tally(there)
        elif known.paid_at is None:
            why = "上次导入之后旧系统记为已付款，但没有微信支付单号：请核对后处理"
            await open_case(self._tx, number, known.id, None, why, self._at)
            self._report.remark("app_log", known.id, why)

    async def _paid_since(
        self, known: Order, openid: str, payment: LegacyPayment, there: Attempt | None
    ) -> Order:
        """The older system received money after an earlier run; the order as it is afterwards.

        ``there``: the attempt of this number, if that run has brought it, without a payment then.
        """
        paid_at = payment.paid_at or self._at
        if there is None:
            attempt_id = await self._payments.paid(
                known.id, openid, payment.out_trade_no, payment.transaction_id, payment.amount_fen, paid_at
            )
        else:
            await self._payments.paid_since(there, payment, paid_at)
            attempt_id = there.id
        if known.state != OrderState.UNPAID:
            await self._note_surplus(known.id, payment)
            return known
        cause = Cause(WECHAT, self._at, IMPORTED)
        await pay(self._tx, known, attempt_id, payment.amount_fen, paid_at, cause)
        self._report.count("app_money", Outcome.IMPORTED)
        self._report.remark("app_log", known.id, "上次导入之后在旧系统付了款：已入账")
        return dataclasses.replace(known, state=OrderState.PAID)
