"""What families see of escorts."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from orders.escort_profiles import ShownEscort
from schemas.base import Input, Output
from schemas.wire import day_text

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
