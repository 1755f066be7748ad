"""An answer of the API as lines of text: its status, every header, and its body, without what is drawn by chance."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import httpx
from PIL import Image

LEFT_OUT = {"date", "x-request-id", "content-length", "server-timing", "last-modified"}
USUAL = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "frame-ancestors 'self'",
    "referrer-policy": "same-origin",
    "vary": "Accept-Encoding",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
}
"""Headers that are told only where they are missing or have another value."""
BY_CHANCE = {"request_id", "warrant", "token", "paySign", "nonceStr", "package"}
HIDDEN = (
    (re.compile(r"(?<=token=)[\w-]{16,}"), "…"),
    (re.compile(r"\b[0-9a-f]{32}(?=\.(?:jpg|pdf|webp))(?<!0000000\d)"), "…"),
    (re.compile(r"(?<![0-9A-Za-z])(?=\d{14}[0-9A-Z]{0,17}[A-Z])20\d{12}[0-9A-Z]{18}"), "…"),
    (re.compile(r"(?<![0-9A-Za-z])R20\d{12}[0-9A-Z]{17}"), "R…"),
    (re.compile(r"(?<=sign=)[\w%-]+"), "…"),
    (re.compile(r"wx20\d{12}[0-9a-z]+"), "wx…"),
    (re.compile(r"(?<=^etag: \")[0-9a-f]{40,}"), "…"),
    (re.compile(r"(?<=^expires: ).*"), "…"),
    (re.compile(r"(?<=request id )[0-9a-f]{32}"), "…"),
    (re.compile(r"(?<=openid )o[\w-]{27}(?=,)"), "…"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1"),
)


def told(text: str) -> str:
    """A line without what is drawn by chance."""
    for pattern, instead in HIDDEN:
        text = pattern.sub(instead, text)
    return text


def lines_of(answer: httpx.Response) -> list[str]:
    """Status, headers and body."""
    headers = {name: value for name, value in answer.headers.items() if name not in LEFT_OUT}
    for name, value in USUAL.items():
        if headers.get(name) == value:
            del headers[name]
        elif name not in headers:
            headers[name] = "(none)"
    lines = [str(answer.status_code), *(f"{name}: {value}" for name, value in sorted(headers.items()))]
    return [told(line) for line in [*lines, *_body(answer)]]


def _body(answer: httpx.Response) -> list[str]:
    kind = answer.headers.get("content-type", "")
    if not answer.content:
        return []
    if "json" in kind:
        return _of_json(answer.json())
    if kind.startswith("image/"):
        with Image.open(io.BytesIO(answer.content)) as picture:
            return [f"{picture.format} of {picture.width} × {picture.height}"]
    return answer.text.splitlines() if kind.startswith("text/") else [f"{len(answer.content)} bytes"]


def _of_json(body: Any) -> list[str]:
    """A line for each key; for each element, where it is a list or a dictionary of some length."""
    if not isinstance(body, dict):
        return [_line(body)]
    lines = []
    for name, value in body.items():
        if name in BY_CHANCE:
            lines.append(f"{name}: …")
        elif isinstance(value, list) and value:
            lines += [f"{name}:", *(f"  {_line(each)}" for each in value)]
        elif isinstance(value, dict) and len(_line(value)) > 100:
            lines += [f"{name}:", *(f"  {inner}" for inner in _of_json(value))]
        else:
            lines.append(f"{name}: {_line(value)}")
    return lines


def _line(value: Any) -> str:
    return json.dumps(_without_chance(value), ensure_ascii=False)


def _without_chance(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in BY_CHANCE else _without_chance(each) for name, each in value.items()}
    return [_without_chance(each) for each in value] if isinstance(value, list) else value
