"""The fields of a request to WeChat Pay, checked as WeChat checks them."""

from __future__ import annotations

import re
from typing import Any

from .errors import PayError

_NOTIFY_URL = re.compile(r"https?://[^\s?#]+")


def text_field(
    body: dict[str, Any], name: str, max_length: int, *, at: str = "", required: bool = True
) -> str:
    """A text of 1 to ``max_length`` characters from a request. Raises PARAM_ERROR."""
    value = body.get(name)
    pointer = f"{at}/{name}"
    if value is None and not required:
        return ""
    if value is None:
        raise PayError(400, "PARAM_ERROR", f"缺少参数 {pointer}", pointer)
    if not isinstance(value, str) or not 1 <= len(value) <= max_length:
        raise PayError(400, "PARAM_ERROR", f"{pointer} 应为 1 到 {max_length} 个字符", pointer)
    return value


def fen_field(body: dict[str, Any], name: str, *, at: str) -> int:
    """A whole, positive number of fen. Raises PARAM_ERROR."""
    value = body.get(name)
    if type(value) is not int or not 1 <= value <= 100_000_000_00:
        raise PayError(400, "PARAM_ERROR", f"{at}/{name} 应为正整数，单位为分", f"{at}/{name}")
    return value


def object_field(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise PayError(400, "PARAM_ERROR", f"缺少参数 /{name}", f"/{name}")
    return value


def url_field(body: dict[str, Any], max_length: int, *, required: bool) -> str:
    """A notify_url: absolute, without a query. Raises PARAM_ERROR."""
    url = text_field(body, "notify_url", max_length, required=required)
    if url and not _NOTIFY_URL.fullmatch(url):
        raise PayError(400, "PARAM_ERROR", "notify_url 必须是不带参数的完整地址", "/notify_url")
    return url
