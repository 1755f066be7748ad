"""Replies about the catalog. Pictures are addresses relative to the server's root."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Input, Output, Text, Whole


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


class HospitalDetail(HospitalRow):
    introduction = fields.String(required=True)


class ServiceRow(Input):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    price = fields.String(required=True)
    summary = fields.String(required=True)
    picture = fields.String(required=True)


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


class ExpertDetail(ExpertRow):
    introduction = fields.String(required=True)


class ShowcaseRow(Input):
    id = fields.Integer(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    service = fields.String(required=True)
    date = fields.String(required=True)


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
