"""What families see of escorts."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from orders.escorts.profiles import MAX_INTRODUCTION, MAX_YEARS, ShownEscort
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.wire import day_text, time_text, yes_or_no
from storage.models import EscortProfile

PORTRAITS = "escorts/portraits/"


def portrait_url(file: str) -> str:
    """Relative to the server's root; empty stays empty."""
    return f"{PORTRAITS}{file}" if file else ""


class ShownEscortRow(Input):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    portrait = fields.String(required=True, metadata={"description": "relative address, empty without one"})
    introduction = fields.String(required=True)
    years = fields.Integer(required=True, metadata={"description": "of experience; 0: not stated"})
    finished = fields.Integer(required=True, metadata={"description": "visits finished"})
    stars = fields.String(
        required=True, metadata={"description": "on average, such as 4.8; empty: no rating yet"}
    )
    ratings = fields.Integer(required=True, metadata={"description": "how many rated"})
    verifiedOn = fields.String(
        required=True, metadata={"description": "day on which the office checked the certificates, or empty"}
    )


def shown_escort_row(found: ShownEscort) -> dict[str, Any]:
    """An escort under the approved name, with what the office has approved."""
    profile, record = found.profile, found.record
    return {
        "id": found.escort.id,
        "name": found.escort.name,
        "portrait": portrait_url(profile.portrait_file) if profile else "",
        "introduction": profile.introduction if profile else "",
        "years": profile.years if profile else 0,
        "finished": record.finished,
        "stars": record.average,
        "ratings": record.ratings,
        "verifiedOn": day_text(profile.verified_at) if profile and profile.verified_at else "",
    }


class ShownEscortsReply(Output):
    data = fields.List(fields.Nested(ShownEscortRow), required=True)


class ShownEscortReply(Output):
    escort = fields.Nested(ShownEscortRow, required=True)


class EscortProfileForm(Input):
    introduction = Text(0, MAX_INTRODUCTION, required=True)
    years = Whole(0, MAX_YEARS)
    shown = Choice(("y", "n"), metadata={"description": "agrees to be shown on the page of 陪诊员介绍"})
    remove_portrait = Choice(
        ("y", "n"),
        data_key="removePortrait",
        required=False,
        load_default="n",
        metadata={"description": "y: take the portrait away, the one that waits too"},
    )


class OwnProfileRow(Input):
    introduction = fields.String(required=True)
    years = fields.Integer(required=True)
    portrait = fields.String(required=True)
    shown = Choice(("y", "n"))
    verifiedOn = fields.String(required=True)


class WaitingProfileRow(Input):
    introduction = fields.String(required=True)
    years = fields.Integer(required=True)
    portrait = fields.String(
        required=True, metadata={"description": "escort/portrait/ while another one waits, else empty"}
    )
    time = fields.String(required=True)


class EscortProfileReply(Output):
    profile = fields.Nested(OwnProfileRow, required=True)
    waiting = fields.Nested(
        WaitingProfileRow,
        required=True,
        allow_none=True,
        metadata={"description": "what the office has not approved yet"},
    )


def own_profile_rows(profile: EscortProfile) -> dict[str, Any]:
    """What an escort reads of what they have told: what is shown, and what waits."""
    waiting = None
    if profile.proposed_at is not None:
        waiting = {
            "introduction": profile.new_introduction,
            "years": profile.new_years,
            "portrait": "escort/portrait/" if profile.new_portrait_file else "",
            "time": time_text(profile.proposed_at),
        }
    return {
        "profile": {
            "introduction": profile.introduction,
            "years": profile.years,
            "portrait": portrait_url(profile.portrait_file),
            "shown": yes_or_no(profile.shown_at),
            "verifiedOn": day_text(profile.verified_at) if profile.verified_at else "",
        },
        "waiting": waiting,
    }
