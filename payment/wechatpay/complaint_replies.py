"""Complaints as WeChat describes them: list, detail, history. Source: pay.weixin.qq.com, 消费者投诉 2.0.

Texts and phones are personal data and kept out of ``repr``.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import unquote

import orjson

from frozen_dataclasses import frozen
from payment.wechatpay.results import Malformed, parse_time

logger = logging.getLogger("hospital.payment.complaints")

PENDING, PROCESSING, PROCESSED = "PENDING", "PROCESSING", "PROCESSED"
REFUND_PROBLEM = "REFUND"
MAX_FEN = 10**12
NUMBER = re.compile(r"[0-9A-Za-z_.-]{1,64}", re.ASCII)
MEDIA_ID = re.compile(r"(?!\.{1,2}$)[\x21-\x2e\x30-\x7e]{1,512}", re.ASCII)
"""A single step of a path."""


@frozen()
class Listed:
    """A complaint in WeChat's list: enough to see whether it has changed, by ``mark``."""

    complaint_id: str
    mark: str


@frozen()
class Detail:
    """A complaint as WeChat describes it; times in ms, money in fen. ``phone`` is None when there is none, and "" when
    it cannot be opened."""

    complaint_id: str
    state: str
    at: int
    text: str = field(repr=False)
    problem: str
    problem_type: str
    times: int
    user_waits: bool
    full_refunded: bool
    platform: bool
    refund_wanted_fen: int | None
    transaction_id: str
    out_trade_no: str
    openid: str = field(repr=False)
    phone: str | None = field(repr=False)
    images: tuple[str, ...] = field(repr=False)
    mark: str = ""


@frozen()
class Negotiated:
    """One entry of a complaint's history."""

    at: int
    operator: str
    kind: str
    text: str = field(repr=False)
    images: tuple[str, ...] = field(repr=False)


def read_page(reply: Mapping[str, Any]) -> list[Listed | None]:
    """None for one without a usable number, which must not hide the others."""
    return [_listed(each) for each in _objects(reply, "data")]


def read_detail(reply: Mapping[str, Any], decrypt: Callable[[str], str | None]) -> Detail:
    """Raises Malformed for one without number or time."""
    order = next(iter(_objects(reply, "complaint_order_info")), {})
    sealed = reply.get("payer_phone")
    wanted = reply.get("apply_refund_amount")
    return Detail(
        complaint_id=_number(reply),
        state=_token(reply, "complaint_state", 32),
        at=parse_time(_text(reply, "complaint_time", 64), "complaint_time"),
        text=_text(reply, "complaint_detail", 3000),
        problem=_text(reply, "problem_description", 1000),
        problem_type=_token(reply, "problem_type", 32) or "OTHERS",
        times=_count(reply, "user_complaint_times", 1),
        user_waits=reply.get("incoming_user_response") is True,
        full_refunded=reply.get("complaint_full_refunded") is True,
        platform=reply.get("in_platform_service") is True or reply.get("need_immediate_service") is True,
        refund_wanted_fen=wanted if type(wanted) is int and 0 < wanted <= MAX_FEN else None,
        transaction_id=_token(order, "transaction_id", 64),
        out_trade_no=_token(order, "out_trade_no", 64),
        openid=_token(reply, "payer_openid", 128),
        phone=_phone(decrypt(sealed)) if isinstance(sealed, str) and sealed else None,
        images=_images(reply),
        mark=mark_of(reply),
    )


def read_history(reply: Mapping[str, Any]) -> list[Negotiated]:
    """Oldest first; an entry without its time says nothing that can be placed, and is left out."""
    found = []
    for entry in _objects(reply, "data"):
        try:
            at = parse_time(_text(entry, "operate_time", 64), "operate_time")
        except Malformed:
            continue
        found.append(
            Negotiated(
                at,
                _text(entry, "operator", 64),
                _text(entry, "operate_type", 64),
                _text(entry, "operate_details", 3000),
                _images(entry),
            )
        )
    return sorted(found, key=lambda entry: entry.at)


def mark_of(entry: Mapping[str, Any]) -> str:
    """Of what is shown or decides here; the list and the detail have the same fields."""
    names = (
        "complaint_state", "user_complaint_times", "incoming_user_response", "complaint_full_refunded",
        "in_platform_service", "need_immediate_service", "apply_refund_amount", "problem_type",
    )  # fmt: skip
    return hashlib.sha256(orjson.dumps([str(entry.get(name)) for name in names])).hexdigest()[:32]


def _listed(entry: Mapping[str, Any]) -> Listed | None:
    try:
        return Listed(_number(entry), mark_of(entry))
    except Malformed:
        logger.warning("the list of complaints has an entry without a usable number")
        return None


def _number(entry: Mapping[str, Any]) -> str:
    value = entry.get("complaint_id")
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise Malformed("complaint_id")
    return value


def _objects(reply: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = reply.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _text(entry: Mapping[str, Any], name: str, longest: int) -> str:
    value = entry.get(name)
    return value[:longest] if isinstance(value, str) else ""


def _token(entry: Mapping[str, Any], name: str, longest: int) -> str:
    """One of WeChat's numbers or words; empty where it is none that its column can hold."""
    value = _text(entry, name, longest + 1)
    return value if len(value) <= longest and re.fullmatch(r"[\x21-\x7e]*", value) else ""


def _count(entry: Mapping[str, Any], name: str, default: int) -> int:
    value = entry.get(name)
    return value if type(value) is int and 0 < value < 1_000_000 else default


def _phone(opened: str | None) -> str:
    text = (opened or "").strip()
    return text if text and len(text) <= 32 and text.isprintable() else ""


def _images(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The media_ids of the pictures. WeChat names them by addresses of its own; what is asked for is the picture of
    that id at WeChat's one address, whatever stands before it."""
    urls = list(entry.get("image_list") or []) if isinstance(entry.get("image_list"), list) else []
    for media in _objects(entry, "complaint_media_list"):
        listed = media.get("media_url")
        urls += listed if isinstance(listed, list) else [listed]
    found = []
    for url in urls:
        if isinstance(url, str):
            media_id = unquote(re.split(r"[?#]", url)[0].rpartition("/")[2])
            if MEDIA_ID.fullmatch(media_id):
                found.append(media_id)
    return tuple(dict.fromkeys(found))
