"""Replies about the catalog. Pictures are addresses relative to the server's root."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import fields

from money import amount_text
from schemas.base import Input, Output, Text, Whole
from storage.models import Banner, Expert, Hospital, Service, Showcase


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
    }


class HospitalDetail(HospitalRow):
    introduction = fields.String(required=True)


class ServiceRow(Input):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    price = fields.String(required=True)
    summary = fields.String(required=True)
    picture = fields.String(required=True)


def service_row(item: Service, picture_url: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "unit": item.unit,
        "price": amount_text(item.price_fen),
        "summary": item.summary,
        "picture": picture_url(item.picture),
    }


class Variant(Input):
    id = fields.Integer(required=True)
    unit = fields.String(required=True)
    price = fields.String(required=True)


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
