"""How the administrators' pages write times, days, amounts and long texts, and what is wrong with a form."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError

from clock import DAY, HOUR, MINUTE, shanghai, shanghai_date
from money import accounting_yuan, amount_text, exact_yuan, plain_yuan
from payment.refunds import policy
from privacy import masked_id_number, masked_phone
from schemas.wire import time_text

__all__ = [
    "accounting_yuan",
    "amount_text",
    "exact_yuan",
    "masked_id_number",
    "masked_phone",
    "plain_yuan",
    "time_text",
]

WEEKDAYS = "一二三四五六日"


def picture_address(picture: bytes) -> str:
    """The address of a JPEG that stands in the page itself, since no route serves it."""
    return "data:image/jpeg;base64," + base64.b64encode(picture).decode()


def minute_text(at: int | None) -> str:
    """``2024-01-22 21:25``, Shanghai; empty for None."""
    return shanghai(at).strftime("%Y-%m-%d %H:%M") if at is not None else ""


def short_time(at: int, now: int) -> str:
    """``01-22 21:25``, with the year in front only when it is another one."""
    text = minute_text(at)
    return text[5:] if text[:4] == minute_text(now)[:4] else text


def day_text(day: str) -> str:
    """``01-23 周二`` of ``2024-01-23``."""
    try:
        return f"{day[5:]} 周{WEEKDAYS[date.fromisoformat(day).weekday()]}"
    except ValueError:
        return day


def near_day(day: str, now: int) -> str:
    """今天, 明天, 后天 or nothing: how near a visit is."""
    names = {shanghai_date(now + step * DAY): name for step, name in enumerate(("今天", "明天", "后天"))}
    return names.get(day, "")


def waited(since: int, at: int) -> str:
    """How long something has waited: ``3 天``, ``5 小时``, ``12 分钟``."""
    time = max(at - since, 0)
    for unit, name in ((DAY, "天"), (HOUR, "小时")):
        if time >= unit:
            return f"{time // unit} {name}"
    return f"{max(time // MINUTE, 1)} 分钟"


def beginning(text: str, longest: int = 60) -> str:
    """The beginning of a long text, on one line."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest and len(text) <= 4 * longest else f"{line[:longest]}…"


def number_text(number: int) -> str:
    return f"{number:,}"


def rule_text(rule: str) -> str:
    """A sentence of the refund policy for an administrator, who is the customer service that it may send users to."""
    return {
        policy.TOO_LATE: "就诊时间已到，不予退款",
        policy.NO_TIERS: "没有设置自动规则，退多少由您决定",
    }.get(rule, rule)


def form_problems(schema: Schema, error: ValidationError) -> dict[str, tuple[str, str]]:
    """What is wrong with a form: field to (its label, a sentence)."""
    labels = {
        (field.data_key or name): str(field.metadata.get("label", name))
        for name, field in schema.fields.items()
    }
    return {
        str(name): (labels.get(str(name), str(name)), _sentence(found))
        for name, found in error.messages_dict.items()
    }


def _sentence(found: Any) -> str:
    while isinstance(found, dict | list):
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return str(found)
