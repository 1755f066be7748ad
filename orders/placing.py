"""What an order is about when it is placed: what the user has chosen, checked, with the names and the price of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from money import amount_text
from orders.visit_date import check_visit_date
from refusals import InvalidInput, Refused
from storage import Storage
from storage.models import Service
from storage.writes import OrderContent


class UnknownChoice(InvalidInput):
    """The service, hospital or patient is not there, or not any more."""

    says_field = True


class PriceChanged(Refused):
    """The service has another price than the one that the user was shown."""

    slug = "price_changed"

    def __init__(self, price_fen: int) -> None:
        super().__init__(f"价格已变为 {amount_text(price_fen)}，请看清后再付款")


@dataclass(frozen=True)
class Bookable:
    """What can be booked now: services and names of hospitals by their id, and how many days ahead."""

    services: Mapping[int, Service]
    hospital_names: Mapping[int, str]
    horizon_days: int


async def content_of(
    storage: Storage, bookable: Bookable, user_id: int, given: Mapping[str, Any], at: int
) -> OrderContent:
    """The order's content with snapshots of hospital, service, price and patient. ``given``: what ``NewOrder`` loads.
    Raises VisitDateRefused, UnknownChoice, PriceChanged."""
    check_visit_date(given["visit_date"], at, bookable.horizon_days)
    service = bookable.services.get(given["service_id"])
    if service is None:
        raise UnknownChoice("service_id", "没有这项服务，请重新选择")
    hospital_name = given["hospital_name"]
    if given["hospital_id"]:
        if given["hospital_id"] not in bookable.hospital_names:
            raise UnknownChoice("hospital_id", "没有这家医院，请重新选择")
        hospital_name = bookable.hospital_names[given["hospital_id"]]
    async with storage.reading() as reader:
        patient = await reader.patients.owned(given["patient_id"], user_id)
    if patient is None:
        raise UnknownChoice("patient_id", "没有这位就诊人，请重新选择")
    if given["shown_price"] not in ("", amount_text(service.price_fen)):
        raise PriceChanged(service.price_fen)
    return OrderContent(
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
    )
