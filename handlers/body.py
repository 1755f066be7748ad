"""Request bodies: a form or JSON, decoded strictly into one flat mapping."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

from handlers.errors import ApiError, by_status

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MAX_FIELDS = 200


def parse_body(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a body; an empty body has none. Raises ApiError 400 or 415."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return {}
    if kind == JSON:
        return _json(body)
    if kind == FORM:
        return parse_form(body)
    raise by_status(415)


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ApiError(400, "broken_json", "请求格式不正确：不是有效的 JSON") from None
    if not isinstance(value, dict):
        raise ApiError(400, "broken_json", "请求格式不正确：应为 JSON 对象")
    return value


def parse_form(body: bytes) -> dict[str, Any]:
    """Fields of a form (or a query); of a repeated one the last counts."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:  # not UTF-8, or too many fields
        raise ApiError(400, "broken_form", "请求格式不正确：表单无法解读") from None
    return dict(pairs)
