"""Replies about the catalog. Pictures are addresses relative to the server's root."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import fields

from catalog.questions import QuestionKind, read_questions
from config.visit_settings import VisitSettings
from money import amount_text
from schemas.base import Choice, Input, Output, Text, Whole
from storage.models import Banner, Expert, Hospital, Service, ServicePrice, Showcase, Takes


class Brand(Input):
    name = fields.String(required=True)
    phone = fields.String(required=True)


class Messages(Input):
    templates = fields.List(
        fields.String(), required=True, metadata={"description": "what a user is asked about after paying"}
    )
    escortTemplates = fields.List(
        fields.String(), required=True, metadata={"description": "what an approved escort may be told"}
    )
    occasions = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={
            "description": "templates to ask for in a tap, at most three: pay, order, member, refund, escort, job"
        },
    )


class BannerRow(Input):
    id = fields.Integer(required=True)
    picture = fields.String(required=True)
    title = fields.String(required=True)
    link = fields.String(required=True)


def banner_row(item: Banner, picture_url: Callable[[str], str]) -> dict[str, Any]:
    return {"id": item.id, "picture": picture_url(item.picture), "title": item.title, "link": item.link}


class HospitalRow(Input):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    rank = fields.String(required=True)
    type = fields.String(required=True)
    address = fields.String(required=True)
    longitude = fields.Float(required=True)
    latitude = fields.Float(required=True)
    phone = fields.String(required=True)
    logo = fields.String(required=True)
    picture = fields.String(required=True)
    campuses = fields.List(fields.String(), required=True)
    meetingPoints = fields.List(fields.String(), required=True)
    departments = fields.List(
        fields.String(), required=True, metadata={"description": "what the form offers"}
    )


def hospital_row(item: Hospital, picture_url: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "rank": item.grade,
        "type": item.kind,
        "address": item.address,
        "longitude": float(item.longitude),
        "latitude": float(item.latitude),
        "phone": item.phone,
        "logo": picture_url(item.logo),
        "picture": picture_url(item.picture),
        "introduction": item.introduction,
        "campuses": item.campuses.splitlines(),
        "meetingPoints": item.meeting_points.splitlines(),
        "departments": item.departments.splitlines(),
    }


class HospitalDetail(HospitalRow):
    introduction = fields.String(required=True)


class QuestionRow(Input):
    key = fields.String(required=True, metadata={"description": "by which its answer is sent"})
    label = fields.String(required=True)
    kind = Choice(tuple(QuestionKind))
    choices = fields.List(fields.String(), required=True)
    required = fields.Boolean(required=True)
    max = fields.Integer(required=True, metadata={"description": "characters of a text"})


class PriceChangeRow(Input):
    beginsOn = fields.String(required=True, metadata={"description": "the Shanghai day from which it holds"})
    price = fields.String(required=True)


def price_change(price: ServicePrice | None) -> dict[str, Any] | None:
    return {"beginsOn": price.valid_from, "price": amount_text(price.price_fen)} if price else None


_CHANGE = {"description": "the next price, when it begins soon; null: none"}


class ServiceRow(Input):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    price = fields.String(required=True, metadata={"description": "of today in Shanghai"})
    priceChange = fields.Nested(PriceChangeRow, required=True, allow_none=True, metadata=_CHANGE)
    summary = fields.String(required=True)
    picture = fields.String(required=True)
    takes = Choice(
        tuple(Takes), metadata={"description": "of the escort's day: a whole day, half a day, an errand"}
    )
    needsIdNumber = fields.Boolean(
        required=True,
        metadata={"description": "does the hospital's registration need the patient's ID number?"},
    )
    questions = fields.List(
        fields.Nested(QuestionRow), required=True, metadata={"description": "what the order form asks for it"}
    )
    keywords = fields.List(
        fields.String(), required=True, metadata={"description": "other words under which it is found"}
    )


def service_row(
    item: Service, picture_url: Callable[[str], str], change: ServicePrice | None = None
) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "unit": item.unit,
        "price": amount_text(item.price_fen),
        "priceChange": price_change(change),
        "summary": item.summary,
        "picture": picture_url(item.picture),
        "takes": item.takes,
        "needsIdNumber": item.needs_id_number,
        "questions": [question.row() for question in read_questions(item.questions)],
        "keywords": item.keywords.split(),
    }


class Variant(Input):
    id = fields.Integer(required=True)
    unit = fields.String(required=True)
    price = fields.String(required=True)
    priceChange = fields.Nested(PriceChangeRow, required=True, allow_none=True, metadata=_CHANGE)


class ServiceDetail(Input):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    picture = fields.String(required=True)
    summary = fields.String(required=True)
    introduction = fields.String(required=True)
    included = fields.List(fields.String(), required=True)
    notice = fields.String(required=True)
    variants = fields.List(fields.Nested(Variant), required=True)


class ExpertRow(Input):
    id = fields.Integer(required=True)
    hospitalId = fields.Integer(required=True)
    hospitalName = fields.String(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)
    department = fields.String(required=True)
    specialty = fields.String(required=True)
    picture = fields.String(required=True)
    sample = fields.Boolean(required=True, metadata={"description": "an example, not a real person"})


def expert_row(item: Expert, hospital_name: str, picture_url: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "hospitalId": item.hospital_id,
        "hospitalName": hospital_name,
        "name": item.name,
        "title": item.title,
        "department": item.department,
        "specialty": item.specialty,
        "picture": picture_url(item.picture),
        "sample": item.sample,
        "introduction": item.introduction,
    }


class ExpertDetail(ExpertRow):
    introduction = fields.String(required=True)


class ShowcaseRow(Input):
    id = fields.Integer(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    service = fields.String(required=True)
    date = fields.String(required=True)


def showcase_row(item: Showcase) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "text": item.body,
        "service": item.service_name,
        "date": item.visit_date,
    }


class VisitsRow(Input):
    userMoves = fields.Integer(
        required=True, metadata={"description": "how often users may move a paid visit by themselves"}
    )
    userMoveHours = fields.Integer(required=True, metadata={"description": "until so long before it"})
    timeStep = fields.Integer(required=True, metadata={"description": "minutes between the hours offered"})
    callbackMinutes = fields.Integer(required=True, metadata={"description": "within which the office calls"})
    officeHours = fields.String(required=True, metadata={"description": "such as 08:00-20:00"})


TIME_STEP = 30
"""Minutes between the hours that the order form offers; others may be sent."""


def visits_row(settings: VisitSettings) -> dict[str, Any]:
    return {
        "userMoves": settings.user_moves,
        "userMoveHours": settings.user_move_hours,
        "timeStep": TIME_STEP,
        "callbackMinutes": settings.callback_minutes,
        "officeHours": settings.office_hours,
    }


class Features(Input):
    phoneNumber = fields.Boolean(
        required=True,
        metadata={"description": "whether a phone number may be filled in by a tap (user/readPhone/)"},
    )


class CatalogReply(Output):
    version = fields.Integer(required=True)
    brand = fields.Nested(Brand, required=True)
    bookingDays = fields.Integer(
        required=True, metadata={"description": "how many days after today (Shanghai) a visit may be booked"}
    )
    messages = fields.Nested(Messages, required=True)
    banners = fields.List(fields.Nested(BannerRow), required=True)
    hospitals = fields.List(fields.Nested(HospitalRow), required=True)
    services = fields.List(fields.Nested(ServiceRow), required=True)
    visits = fields.Nested(VisitsRow, required=True)
    features = fields.Nested(Features, required=True)


class ServiceReply(Output):
    service = fields.Nested(ServiceDetail, required=True)


class HospitalReply(Output):
    hospital = fields.Nested(HospitalDetail, required=True)
    experts = fields.List(fields.Nested(ExpertRow), required=True)
    cases = fields.List(fields.Nested(ShowcaseRow), required=True)


class ExpertSearch(Input):
    hospital_id = Whole(data_key="hospitalId", required=False, load_default=None)
    words = Text(0, 64, data_key="q", load_default="")


class ExpertsReply(Output):
    experts = fields.List(fields.Nested(ExpertRow), required=True)


class ExpertReply(Output):
    expert = fields.Nested(ExpertDetail, required=True)
