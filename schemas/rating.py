"""What a user says of a finished visit, and the office's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from marshmallow import ValidationError, fields

from schemas.base import Choice, Input, Text, Whole
from schemas.content_state import content_state
from storage.models import RATING_TAGS, Order


class Rating(Input):
    stars = fields.Integer(required=True)
    comment = fields.String(required=True)
    commentState = content_state()
    tags = fields.List(Choice(RATING_TAGS), required=True)
    answer = fields.String(required=True, metadata={"description": "of the office, empty without one"})


def rating_row(order: Order) -> dict[str, Any] | None:
    """What the user said of the visit; None: nothing yet."""
    if not order.stars:
        return None
    return {
        "stars": order.stars,
        "comment": order.comment,
        "commentState": "",
        "tags": order.rating_tags.split(),
        "answer": order.rating_answer,
    }


class RatingTags(fields.List[Any]):
    """Some of ``RATING_TAGS``: a list or, in a form, the same as JSON text. Each counts once."""

    def __init__(self, **options: Any) -> None:
        options["metadata"] = {"description": "what was good; in a form a JSON list as text"}
        super().__init__(Choice(RATING_TAGS), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        if isinstance(value, str):
            try:
                value = orjson.loads(value) if value.strip() else []
            except orjson.JSONDecodeError:
                raise ValidationError("应为列表") from None
        return list(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


class Rate(Input):
    id = Whole()
    stars = Whole(1, 5)
    comment = Text(0, 500, load_default="")
    tags = RatingTags(load_default=())
