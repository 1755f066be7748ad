"""Orders that a clerk enters for a customer who called: customer, patient and order in one transaction, by the same
rules as every order (``placing``, ``bookable_days``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts import office_customers, patients
from accounts.office_customers import CustomerContact
from accounts.patients import PatientContent
from clock import HOUR, day_bounds
from config import Settings
from frozen_dataclasses import frozen
from orders.booking.bookable_days import DayRules, hold_place
from orders.booking.placing import Bookable, UnfitChoice, content_for, content_of
from personal.names import clean
from privacy import Vault
from refusals import Refused
from storage import Transaction
from storage.models import ORDERS_UNDER_WAY, Cause, Order
from storage.writes import OrderContent


class PatientWaitsForPayment(Refused):
    """The patient has an unpaid order already."""

    slug = "patient_has_unpaid_order"

    def __init__(self, order_id: int) -> None:
        super().__init__(f"这位就诊人已有一笔待付款的订单 #{order_id}，请先处理那一笔")
        self.order_id = order_id


class OrderedAlready(Refused):
    """The patient has the same visit already: the form was sent twice, or a colleague has entered it."""

    slug = "ordered_already"

    def __init__(self, order_id: int) -> None:
        super().__init__(f"这位就诊人这一天已有同样的订单 #{order_id}，没有再下一单")
        self.order_id = order_id


@frozen()
class PhoneOrder:
    """What the clerk has entered. ``patient``: one of the customer's patients by id, or a new one; ``given``: the
    order's form, as ``NewOrder`` loads it, without the patient."""

    contact: CustomerContact
    patient: int | PatientContent
    given: Mapping[str, Any]


@frozen()
class PhoneOrdering:
    """What decides beside the form."""

    vault: Vault
    bookable: Bookable
    settings: Settings


@frozen()
class Placed:
    order_id: int
    user_id: int
    patient_id: int


async def place(tx: Transaction, entry: PhoneOrder, ordering: PhoneOrdering, cause: Cause) -> Placed:
    """The order, unpaid, with its place kept as for every payment that begins.

    It waits for its money as long as a claim is valid, never beyond its day. Raises CustomerClosed, what
    ``patients.add``, ``placing.content_of`` and ``hold_place`` raise, PatientWaitsForPayment and OrderedAlready.
    """
    at, vault, settings = cause.at, ordering.vault, ordering.settings
    assert cause.actor.id is not None
    customer = await office_customers.find_or_add(tx, vault, entry.contact, cause.actor.id, at)
    user_id = customer.user_id
    if isinstance(entry.patient, int):
        patient_id = entry.patient
    else:
        patient_id = await _add_patient(tx, vault, user_id, entry.patient, at)
    given = {**entry.given, "patient_id": patient_id}
    content = await content_of(tx, vault, ordering.bookable, user_id, given, at)
    if content.price_fen < 1:
        raise UnfitChoice("service_id", "这项服务还没有价格，不能下单")
    waiting = [order for order in await tx.orders.unpaid_of_user(user_id) if order.patient_id == patient_id]
    if waiting:
        raise PatientWaitsForPayment(waiting[0].id)
    if same := await _same_visit(tx, user_id, content):
        raise OrderedAlready(same.id)
    hours = max(settings.orders.unpaid_hours, settings.office.claim_hours)
    expires_at = min(at + hours * HOUR, day_bounds(content.visit_date)[1])
    order_id = await tx.orders.add(user_id, content_for(content, None), cause.actor, at, expires_at)
    order = await tx.orders.get(order_id)
    assert order is not None
    await hold_place(tx, DayRules.of(settings), order, at)
    return Placed(order_id, user_id, patient_id)


async def _add_patient(tx: Transaction, vault: Vault, user_id: int, content: PatientContent, at: int) -> int:
    """The patient's id. Without an ID number, the customer's patient of this name is meant: a form that is sent twice
    makes no second one."""
    if not content.id_number:
        for known in await tx.patients.of_user(user_id):
            if clean(known.name) == content.name:  # an older row may hold what is taken out today
                return known.id
    patient_id, _ = await patients.add(tx, vault, user_id, content, at)
    return patient_id


async def _same_visit(tx: Transaction, user_id: int, content: OrderContent) -> Order | None:
    """An order of the locked customer that goes on, of the same patient for the same service, day and time."""
    wanted = (content.patient_id, content.service_id, content.visit_date, content.visit_time)
    for order in await tx.orders.of_user(user_id, hidden=True):
        if order.state in ORDERS_UNDER_WAY and wanted == (
            order.patient_id,
            order.service_id,
            order.visit_date,
            order.visit_time,
        ):
            return order
    return None
