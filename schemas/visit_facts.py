"""Hour and place of a visit, and what the order form told besides, in the names of the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from catalog.questions import read_answers
from privacy import ORDER_CONTACT_PHONE, Vault, masked_phone
from schemas.base import Choice, Input
from storage.models import Appointment, Hearing, Mobility, Order

APPOINTMENTS = ("", *Appointment)
MOBILITIES = ("", *Mobility)
HEARINGS = ("", *Hearing)


class Answer(Input):
    label = fields.String(required=True)
    text = fields.String(required=True)


class VisitFacts(Input):
    """Empty texts: not told."""

    visitTime = fields.String(
        required=True, metadata={"description": "HH:MM in Shanghai; empty: 时间待确认, the office settles it"}
    )
    campus = fields.String(required=True)
    meetingPoint = fields.String(required=True)
    contactPhone = fields.String(
        required=True, metadata={"description": "masked; empty: the patient's own number"}
    )
    appointment = Choice(
        APPOINTMENTS,
        metadata={"description": "号源: registered 已挂号, help 需要协助 (no promise), not_needed 不需要"},
    )
    mobility = Choice(
        MOBILITIES, metadata={"description": "independent 能自己走, cane 用拐杖, wheelchair 坐轮椅"}
    )
    hearing = Choice(HEARINGS, metadata={"description": "good 听力好, impaired 听力不好"})
    answers = fields.List(
        fields.Nested(Answer), required=True, metadata={"description": "to what the service asks"}
    )
    preferredEscortId = fields.Integer(
        required=True, metadata={"description": "whom the user asked for; 0: nobody. The office decides"}
    )


def visit_facts_row(order: Order, vault: Vault) -> dict[str, Any]:
    return {
        "visitTime": order.visit_time,
        "campus": order.campus,
        "meetingPoint": order.meeting_point,
        "contactPhone": masked_phone(vault.open(order.contact_phone_sealed, ORDER_CONTACT_PHONE)),
        "appointment": order.appointment,
        "mobility": order.mobility,
        "hearing": order.hearing,
        "answers": [{"label": label, "text": text} for label, text in read_answers(order.answers).items()],
        "preferredEscortId": order.preferred_escort_id or 0,
    }
