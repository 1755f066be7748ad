"""What the form that changes a paid order shows, and what it asks for."""

from __future__ import annotations

import json
from typing import Any

from frozen_dataclasses import frozen
from handlers.admin.stale_forms import fingerprints
from orders.booking.bookable_days import day_words
from orders.changing.changes import NOT_SETTLED, basis_of_change, may_change
from privacy import ORDER_CONTACT_PHONE, Vault
from refusals import InvalidInput
from storage import Reader
from storage.models import Hospital, Order, OrderChange
from storage.writes import KEPT, VisitChange

UNTOLD = ("contact_phone_tail", "department", "wishes")
"""Of these the log of the office keeps that they are new: it is never erased, and they are about a patient."""


@frozen()
class RequestShown:
    """A user's request to move the visit, as the office reads it."""

    id: int
    was: str
    wanted: str
    reason: str
    asked_at: int
    max_refund_percent: int


async def change_facts(reader: Reader, order: Order) -> dict[str, Any]:
    """What the order's page shows about changes."""
    request = await reader.order_changes.open_of_order(order.id)
    changeable = may_change(order)
    return {
        "changeable": changeable,
        "change_fingerprint": fingerprints(basis_of_change(order)),
        "hospitals": await reader.catalog.hospitals(archived=False) if changeable else [],
        "move_request": _shown(request) if request is not None and changeable else None,
    }


def _shown(change: OrderChange) -> RequestShown:
    was, wanted = (_when(json.loads(text)) for text in (change.before_json, change.after_json))
    return RequestShown(change.id, was, wanted, change.reason, change.asked_at, change.max_refund_percent)


def _when(facts: dict[str, Any]) -> str:
    return f"{day_words(facts['visit_date'])} {facts['visit_time'] or '时间' + NOT_SETTLED}"


def wanted_change(
    order: Order, hospitals: list[Hospital], given: dict[str, Any], vault: Vault
) -> VisitChange:
    """The change that a form asks for, given what it loads. Raises InvalidInput."""
    phone = given["contact_phone"]
    if given["no_contact_phone"]:
        sealed, tail = "", ""
    elif phone:
        sealed, tail = vault.seal(phone, ORDER_CONTACT_PHONE), phone[-4:]
    return VisitChange(
        visit_date=given["visit_date"],
        visit_time=given["visit_time"],
        hospital_id=given["hospital_id"],
        hospital_name=_hospital_name(order, hospitals, given),
        campus=given["campus"],
        meeting_point=given["meeting_point"],
        department=given["department"],
        contact_phone_sealed=sealed if phone or given["no_contact_phone"] else KEPT,
        contact_phone_tail=tail if phone or given["no_contact_phone"] else KEPT,
        wishes=given["wishes"],
    )


def _hospital_name(order: Order, hospitals: list[Hospital], given: dict[str, Any]) -> str:
    """An order keeps the name under which its hospital was ordered."""
    chosen = given["hospital_id"]
    if chosen == 0:
        if not given["hospital_name"]:
            raise InvalidInput("hospital_name", "选了其他医院，请写下医院名称")
        return str(given["hospital_name"])
    if chosen == order.hospital_id:
        return order.hospital_name
    found = next((each.name for each in hospitals if each.id == chosen), None)
    if found is None:
        raise InvalidInput("hospital_id", "没有这家医院，请重新选择")
    return found


def for_the_log(facts: dict[str, Any]) -> dict[str, Any]:
    """What a change was about, without what is the patient's."""
    return {name: "已更新" if name in UNTOLD else value for name, value in facts.items()}
