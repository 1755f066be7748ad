"""Requests and replies of the escorts' side of the mini-program: invitations, jobs, calendar, leave, ratings."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from catalog.areas import area_of
from catalog.questions import read_answers
from clock import SECOND
from money import amount_text
from orders.escorts.desk import Job
from privacy import ORDER_CONTACT_PHONE, PATIENT_PHONE, Vault
from schemas.base import Choice, Day, Input, Output, Text, Whole
from schemas.escort_visits import JobVisitRows
from schemas.supplement import OwnSupplementRow
from schemas.visit_facts import APPOINTMENTS, HEARINGS, MOBILITIES, Answer
from schemas.visits import stage_word
from schemas.wire import PROGRESS, time_text
from storage.models import Invitation, Order, Patient

HALVES = ("am", "pm", "day")
MONTH = r"^2[0-9]{3}-(0[1-9]|1[0-2])$"


class DeclineInvitation(Input):
    id = Whole(metadata={"description": "of the invitation"})
    reason = Text(0, 100, load_default="")


class LeaveChange(Input):
    day = Day()
    half = Choice(HALVES)
    on = Choice(("y", "n"), metadata={"description": "y: take leave, n: give it back"})
    reason = Text(0, 60, load_default="")


class OneMonth(Input):
    month = Text(7, 7, pattern=MONTH, metadata={"description": "YYYY-MM"})


class RatingsPage(Input):
    before = Whole(required=False, load_default=None, metadata={"description": "`next` of the page before"})


class InvitationRow(Input):
    """What an escort knows before accepting: nothing of the patient."""

    id = fields.Integer(required=True)
    area = fields.String(required=True, metadata={"description": "the hospital's district, or empty"})
    hospital = fields.String(required=True)
    day = fields.String(required=True)
    time = fields.String(required=True, metadata={"description": "HH:MM; empty: not settled yet"})
    half = Choice(HALVES)
    service = fields.String(required=True)
    pay = fields.String(required=True, metadata={"description": "an amount, or empty"})
    expiresTime = fields.String(required=True)
    secondsLeft = fields.Integer(required=True)


class InvitationsReply(Output):
    data = fields.List(fields.Nested(InvitationRow), required=True)


class AcceptReply(Output):
    orderId = fields.Integer(required=True)


class JobRow(Input):
    """A job in a list."""

    id = fields.Integer(required=True, metadata={"description": "of the order"})
    stage = fields.String(required=True)
    day = fields.String(required=True)
    time = fields.String(required=True)
    half = Choice(("", *HALVES))
    hospital = fields.String(required=True)
    campus = fields.String(required=True)
    meetingPoint = fields.String(required=True)
    patient = fields.String(required=True)
    service = fields.String(required=True)
    escortConfirmed = fields.Boolean(required=True)


class JobDetail(JobRow):
    state = fields.String(required=True, metadata={"description": "as `progress` of the user's orders"})
    former = fields.Boolean(
        required=True,
        metadata={
            "description": "true: another escort serves it now, and everything about the patient is empty"
        },
    )
    department = fields.String(required=True)
    contactPhone = fields.String(required=True, metadata={"description": "in full; empty when it was erased"})
    sex = Choice(("", "m", "w"))
    adult = fields.Boolean(required=True)
    mobility = Choice(MOBILITIES)
    hearing = Choice(HEARINGS)
    appointment = Choice(APPOINTMENTS)
    wishes = fields.String(required=True)
    answers = fields.List(fields.Nested(Answer), required=True)
    nodes = fields.List(fields.String(), required=True)
    notesAllowed = fields.Boolean(required=True)
    longitude = fields.Float(required=True, allow_none=True)
    latitude = fields.Float(required=True, allow_none=True)
    maySupplement = fields.Boolean(
        required=True, metadata={"description": "a supplement may be proposed now (escort/supplement/)"}
    )
    supplementMax = fields.String(required=True, metadata={"description": "a supplement is at most so much"})


class JobReply(JobVisitRows):
    job = fields.Nested(JobDetail, required=True)
    supplements = fields.List(
        fields.Nested(OwnSupplementRow), required=True, metadata={"description": "that the caller proposed"}
    )


class OwnRatings(Input):
    stars = fields.String(required=True, metadata={"description": "on average, 4.8; empty without a rating"})
    count = fields.Integer(required=True)


class WorkbenchReply(Output):
    name = fields.String(required=True)
    today = fields.List(fields.Nested(JobRow), required=True)
    next = fields.Nested(JobRow, required=True, allow_none=True)
    invitations = fields.List(fields.Nested(InvitationRow), required=True)
    unanswered = fields.Integer(
        required=True,
        metadata={"description": "questions about the caller's reports that wait for an answer"},
    )
    questions = fields.List(
        fields.Nested(JobRow),
        required=True,
        metadata={"description": "visits that these questions are about"},
    )
    reports = fields.List(
        fields.Nested(JobRow), required=True, metadata={"description": "finished visits without a report"}
    )
    ratings = fields.Nested(OwnRatings, required=True)
    statementsToCheck = fields.Integer(
        required=True, metadata={"description": "monthly statements that wait for the caller's word"}
    )
    documentsWarning = fields.String(
        required=True, metadata={"description": "which documents are over or end soon, in words; or empty"}
    )


class CalendarDay(Input):
    day = fields.String(required=True)
    jobs = fields.List(fields.Nested(JobRow), required=True)
    leave = fields.List(Choice(("am", "pm")), required=True)


class CalendarReply(Output):
    days = fields.List(fields.Nested(CalendarDay), required=True)


class LeaveReply(Output):
    conflicts = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "ids of orders on that time: still the caller's, until the office decides"},
    )


class RatingRow(Input):
    day = fields.String(required=True, metadata={"description": "of the visit"})
    stars = fields.Integer(required=True)
    comment = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    answer = fields.String(required=True, metadata={"description": "of the office, or empty"})


class RatingsReply(Output):
    data = fields.List(fields.Nested(RatingRow), required=True)
    next = fields.Integer(required=True)


def invitation_row(
    invitation: Invitation, order: Order, hospital: dict[str, Any] | None, at: int
) -> dict[str, Any]:
    """``hospital``: its entry in the catalog, if it has one."""
    return {
        "id": invitation.id,
        "area": area_of(hospital["address"]) if hospital else "",
        "hospital": order.hospital_name,
        "day": order.visit_date,
        "time": order.visit_time,
        "half": invitation.half,
        "service": order.service_name,
        "pay": amount_text(invitation.pay_fen) if invitation.pay_fen else "",
        "expiresTime": time_text(invitation.expires_at),
        "secondsLeft": max(0, -(-(invitation.expires_at - at) // SECOND)),
    }


def job_row(job: Job, at: int) -> dict[str, Any]:
    order = job.order
    return {
        "id": order.id,
        "stage": stage_word(order, at),
        "day": order.visit_date,
        "time": order.visit_time,
        "half": job.half,
        "hospital": order.hospital_name,
        "campus": order.campus,
        "meetingPoint": order.meeting_point,
        "patient": order.patient_name,
        "service": order.service_name,
        "escortConfirmed": order.escort_confirmed_at is not None,
    }


def job_detail(
    job: Job, patient: Patient | None, hospital: dict[str, Any] | None, vault: Vault, at: int
) -> dict[str, Any]:
    """All that the escort of an order may know of it; never an ID number. What the visit adds comes from the caller."""
    order = job.order
    phone = vault.open(order.contact_phone_sealed, ORDER_CONTACT_PHONE)
    if not phone and patient is not None:
        phone = vault.open(patient.phone_sealed, PATIENT_PHONE)
    return {
        **job_row(job, at),
        "state": PROGRESS[order.state],
        "former": False,
        "department": order.department,
        "contactPhone": phone,
        "sex": patient.sex if patient else "",
        "adult": patient.adult if patient else True,
        "mobility": order.mobility,
        "hearing": order.hearing,
        "appointment": order.appointment,
        "wishes": order.wishes,
        "answers": [{"label": label, "text": text} for label, text in read_answers(order.answers).items()],
        "longitude": hospital["longitude"] if hospital else None,
        "latitude": hospital["latitude"] if hospital else None,
    }


def former_job_detail(order: Order) -> dict[str, Any]:
    """What is left of a job to an escort who was taken off it."""
    nothing = dict.fromkeys(
        ("stage", "time", "campus", "meetingPoint", "patient", "state", "department", "contactPhone", "sex"),
        "",
    )
    return {
        **nothing,
        "id": order.id,
        "day": order.visit_date,
        "half": "",
        "hospital": order.hospital_name,
        "service": order.service_name,
        "escortConfirmed": False,
        "former": True,
        "adult": True,
        "mobility": "",
        "hearing": "",
        "appointment": "",
        "wishes": "",
        "answers": [],
        "nodes": [],
        "notesAllowed": False,
        "maySupplement": False,
        "supplementMax": "",
        "longitude": None,
        "latitude": None,
    }


def rating_row(order: Order) -> dict[str, Any]:
    """A rating as its escort reads it: who rated is not told."""
    return {
        "day": order.visit_date,
        "stars": order.stars,
        "comment": order.comment,
        "tags": order.rating_tags.split(),
        "answer": order.rating_answer,
    }
