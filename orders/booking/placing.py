"""What an order is about when it is placed: what the user has chosen, checked, with the names and the price of now."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from catalog.questions import AnswerRefused, read_questions, stored_answers
from frozen_dataclasses import frozen
from money import amount_text
from orders.booking.visit_date import check_visit_date
from orders.escorts.profiles import may_be_asked_for
from orders.visit_time import visit_begin_ms
from personal.phones import phone_tail
from privacy import ORDER_CONTACT_PHONE, Vault
from refusals import InvalidInput, Refused
from storage import Reader
from storage.models import Order, Service
from storage.writes import OrderContent


class UnknownChoice(InvalidInput):
    """The service, hospital, patient or escort is not there, or not any more."""

    says_field = True


class UnfitChoice(InvalidInput):
    """An hour that is over, or an answer that the service's question does not allow."""

    says_field = True


class PriceChanged(Refused):
    """The service has another price than the one that the user was shown."""

    slug = "price_changed"

    def __init__(self, price_fen: int) -> None:
        super().__init__(f"价格已变为 {amount_text(price_fen)}，请看清后再付款")


@frozen()
class Bookable:
    """What can be booked now: services and names of hospitals by their id, and how many days ahead."""

    services: Mapping[int, Service]
    hospital_names: Mapping[int, str]
    horizon_days: int


@frozen()
class FormContent(OrderContent):
    """What a form asks for. Released clients send only some of the fields: those left out are empty here."""

    left_out: frozenset[str] = frozenset()
    """Of ``KEPT_WITH``."""
    lacks_phone: bool = False
    """The patient has none: a user has taken it back at WeChat, which erases it."""


KEPT_WITH: dict[str, str | None] = {
    "visit_time": "visit_date",
    "campus": "hospital_name",
    "meeting_point": "hospital_name",
    "contact_phone": "patient_id",
    "mobility": "patient_id",
    "hearing": "patient_id",
    "appointment": "service_name",
    "answers": "service_name",
    "preferred_escort_id": None,
}
"""What the form of a released client lacks, and with which column an unpaid order keeps it when such a client changes
that order: another day needs another hour. None: in any case."""


async def content_of(
    reader: Reader, vault: Vault, bookable: Bookable, user_id: int, given: Mapping[str, Any], at: int
) -> FormContent:
    """The order's content with snapshots of hospital, service, price and patient. ``given``: what ``NewOrder`` loads;
    None: left out. Raises VisitDateRefused, UnknownChoice, UnfitChoice, PriceChanged.

    Released clients, whose forms lack all of ``KEPT_WITH``, cannot tell their users to add an ID number, and are served
    as ever: the office asks for the number.
    """
    check_visit_date(given["visit_date"], at, bookable.horizon_days)
    if given["visit_time"] and visit_begin_ms(given["visit_date"], given["visit_time"]) < at:
        raise UnfitChoice("visit_time", "这个时间已经过了，请选择晚一些的时间，或选「还不确定」")
    service = bookable.services.get(given["service_id"])
    if service is None:
        raise UnknownChoice("service_id", "没有这项服务，请重新选择")
    hospital_name = given["hospital_name"]
    if given["hospital_id"]:
        if given["hospital_id"] not in bookable.hospital_names:
            raise UnknownChoice("hospital_id", "没有这家医院，请重新选择")
        hospital_name = bookable.hospital_names[given["hospital_id"]]
    patient = await reader.patients.owned(given["patient_id"], user_id)
    if patient is None:
        raise UnknownChoice("patient_id", "没有这位就诊人，请重新选择")
    left_out = frozenset(name for name in KEPT_WITH if given[name] is None)
    knows_visits = left_out < KEPT_WITH.keys()
    if service.needs_id_number and not patient.id_number_sealed and knows_visits:
        raise UnfitChoice("patient_id", f"这项服务要用证件号码挂号，请先补上{patient.name}的证件号码")
    escort_id = given["preferred_escort_id"] or None
    if escort_id is not None and not await may_be_asked_for(reader, escort_id, user_id):
        raise UnknownChoice("preferred_escort_id", "这位陪诊员现在不能预约，请换一位或不指定")
    if given["shown_price"] not in ("", amount_text(service.price_fen)):
        raise PriceChanged(service.price_fen)
    return FormContent(
        hospital_id=given["hospital_id"],
        hospital_name=hospital_name,
        department=given["department"],
        visit_date=given["visit_date"],
        service_id=service.id,
        service_name=service.name,
        service_unit=service.unit,
        price_fen=service.price_fen,
        patient_id=patient.id,
        patient_name=patient.name,
        wishes=given["wishes"],
        takes=service.takes,
        preferred_escort_id=escort_id,
        left_out=left_out,
        lacks_phone=not patient.phone_sealed,
        **_told(vault, service, given),
    )


def _told(vault: Vault, service: Service, given: Mapping[str, Any]) -> dict[str, str]:
    """What newer forms tell, as it is stored. Raises UnfitChoice."""
    plain = ("visit_time", "campus", "meeting_point", "appointment", "mobility", "hearing")
    phone = given["contact_phone"] or ""
    try:
        answers = (
            ""
            if given["answers"] is None
            else stored_answers(read_questions(service.questions), given["answers"])
        )
    except AnswerRefused as refusal:
        raise UnfitChoice("answers", str(refusal)) from None
    return {
        **{name: given[name] or "" for name in plain},
        "contact_phone_sealed": vault.seal(phone, ORDER_CONTACT_PHONE) if phone else "",
        "contact_phone_tail": phone_tail(phone),
        "answers": answers,
    }


def content_for(form: OrderContent, order: Order | None) -> OrderContent:
    """The content that an order gets from a form: of the unpaid ``order`` that it changes what the form left out stays,
    as far as ``KEPT_WITH`` says. ``order``: None for a new one. Raises UnfitChoice where nobody could be called on the
    day: neither the patient nor the order has a phone."""
    content = {item.name: getattr(form, item.name) for item in dataclasses.fields(OrderContent)}
    left_out = form.left_out if isinstance(form, FormContent) else frozenset()
    for name in left_out if order is not None else ():
        basis = KEPT_WITH[name]
        if basis is None or getattr(order, basis) == content[basis]:
            content |= {column: getattr(order, column) for column in _COLUMNS.get(name, (name,))}
    if isinstance(form, FormContent) and form.lacks_phone and not content["contact_phone_sealed"]:
        raise UnfitChoice(
            "patient_id", f"{form.patient_name}的电话已经删除，当天会联系不上。请先补上电话，再下单"
        )
    return OrderContent(**content)


_COLUMNS = {"contact_phone": ("contact_phone_sealed", "contact_phone_tail")}
"""Where a field is kept in more than the column of its name."""
