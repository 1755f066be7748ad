"""Requests and replies about members: their cards, who they are, and the orders that are shared."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from money import amount_text
from orders.sharing.access import OrderRole
from orders.sharing.member_links import Card
from orders.sharing.members import SharedWithUser
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.order import OwnOrderRow, own_order_row
from schemas.user import avatar_file_url
from schemas.wire import time_text
from storage.models import MemberLink, MemberRole, MemberScope
from storage.views import MemberWithName

CARD_PAGE = "pages/invitation/invitation?token={}"
"""The page of the mini-program that a card opens."""
ROLES, SCOPES = tuple(MemberRole), tuple(MemberScope)


class WhatIsShared(Input):
    id = Whole(required=False, load_default=None, metadata={"description": "the order; or patientId"})
    patient_id = Whole(
        data_key="patientId",
        required=False,
        load_default=None,
        metadata={"description": "the patient (friend): all orders from today's visits on"},
    )

    @validates_schema(skip_on_field_errors=True)
    def _one_of_the_two(self, data: dict[str, object], **_: object) -> None:
        if (data["id"] is None) == (data["patient_id"] is None):
            raise ValidationError("请说明是一个订单（id）还是一位就诊人（patientId）", "id")


class InviteMember(WhatIsShared):
    role = Choice(ROLES, metadata={"description": "family: reads and calls; payer: also pays"})


class CardReply(Output):
    token = fields.String(required=True, metadata={"description": "of the card, handed out this once"})
    expiresTime = fields.String(required=True)
    path = fields.String(required=True, metadata={"description": "the page that the shared card opens"})


class CardToken(Input):
    token = Text(1, 64)


class OpenedCardReply(Output):
    ownerName = fields.String(
        required=True, metadata={"description": "nickname of who invites, may be empty"}
    )
    role = Choice(ROLES)
    scope = Choice(SCOPES)
    patient = fields.String(required=True, metadata={"description": "the family name, such as 李**"})
    day = fields.String(required=True, metadata={"description": "of an order: of its visit; else empty"})
    hospital = fields.String(required=True, metadata={"description": "of an order; else empty"})
    expiresTime = fields.String(required=True)
    mine = fields.Boolean(required=True, metadata={"description": "the caller sent the card"})
    joined = fields.Boolean(required=True, metadata={"description": "the caller is a member already"})
    orderId = fields.Integer(
        required=True, allow_none=True, metadata={"description": "what the caller can open already"}
    )


def short_name(name: str) -> str:
    """A patient as a card names them to who has not accepted it yet."""
    return f"{name[0]}**" if name else ""


def card_row(card: Card, user_id: int) -> dict[str, Any]:
    mine = card.link.owner_id == user_id
    return {
        "ownerName": card.owner_nickname,
        "role": card.link.role,
        "scope": card.link.scope,
        "patient": short_name(card.patient_name),
        "day": card.order.visit_date if card.order else "",
        "hospital": card.order.hospital_name if card.order else "",
        "expiresTime": time_text(card.link.expires_at),
        "mine": mine,
        "joined": card.joined and not mine,
        "orderId": card.order_id,
    }


class AcceptedReply(Output):
    orderId = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "the order to open; null: the patient has none yet"},
    )


class MemberRow(Input):
    id = fields.Integer(required=True, metadata={"description": "for user/endMember/"})
    nickname = fields.String(required=True, metadata={"description": "may be empty"})
    avatar = fields.String(required=True, metadata={"description": "relative to the server's root, or empty"})
    role = Choice(ROLES)
    scope = Choice(SCOPES)
    since = fields.String(required=True)


class LinkRow(Input):
    id = fields.Integer(required=True, metadata={"description": "for user/revokeInvitation/"})
    role = Choice(ROLES)
    scope = Choice(SCOPES)
    expiresTime = fields.String(required=True)


class MembersReply(Output):
    data = fields.List(fields.Nested(MemberRow), required=True)
    links = fields.List(
        fields.Nested(LinkRow), required=True, metadata={"description": "cards that may still be accepted"}
    )


def member_row(one: MemberWithName) -> dict[str, Any]:
    return {
        "id": one.member.id,
        "nickname": one.nickname,
        "avatar": avatar_file_url(one.avatar_file),
        "role": one.member.role,
        "scope": one.member.scope,
        "since": time_text(one.member.joined_at),
    }


def link_row(link: MemberLink) -> dict[str, Any]:
    return {
        "id": link.id,
        "role": link.role,
        "scope": link.scope,
        "expiresTime": time_text(link.expires_at),
    }


class SharedOrderRow(OwnOrderRow):
    owner = fields.String(required=True, metadata={"description": "nickname of who ordered, may be empty"})
    role = Choice(ROLES)


class SharedOrdersReply(Output):
    data = fields.List(fields.Nested(SharedOrderRow), required=True)
    next = fields.Integer(
        required=True, metadata={"description": "`before` of the next page; 0: this is the last"}
    )


def shared_order_row(shared: SharedWithUser, reason: str, at: int) -> dict[str, Any]:
    """An order in the list of a member: the amount for payers alone, and nothing of the wishes."""
    pays = shared.role == OrderRole.PAYER
    return {
        **own_order_row(shared.order, reason, [], at),
        "price": amount_text(shared.order.price_fen) if pays else "",
        "more": "",
        "friendid": 0,
        "owner": shared.owner_nickname,
        "role": shared.role,
    }
