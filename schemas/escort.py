"""Requests and replies of the escorts' side of the mini-program."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from schemas.base import Input, Output, Whole
from storage.models import Order


class RatingsPage(Input):
    before = Whole(required=False, load_default=None, metadata={"description": "`next` of the page before"})


class RatingRow(Input):
    day = fields.String(required=True, metadata={"description": "of the visit"})
    stars = fields.Integer(required=True)
    comment = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    answer = fields.String(required=True, metadata={"description": "of the office, or empty"})


class RatingsReply(Output):
    data = fields.List(fields.Nested(RatingRow), required=True)
    next = fields.Integer(required=True)


def rating_row(order: Order) -> dict[str, Any]:
    """A rating as its escort reads it: who rated is not told."""
    return {
        "day": order.visit_date,
        "stars": order.stars,
        "comment": order.comment,
        "tags": order.rating_tags.split(),
        "answer": order.rating_answer,
    }
