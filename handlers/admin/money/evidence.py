"""The evidence of a finance case, as an administrator reads it."""

from __future__ import annotations

import json
from typing import Any

from handlers.admin.formats import time_text
from handlers.admin.labels import ATTEMPT_STATE, REFUND_STATE
from handlers.admin.money.evidence_labels import AT_WECHAT, LABELS, SETTLED, SOURCES
from handlers.admin.money.failure_messages import failure_message
from money import accounting_yuan

_AMOUNTS = {"amount", "total", "total_fen"}
_SUMS = ("amount_fen", "there_fen", "refund_fen", "flow_fen", "total_fen")
"""Where a case keeps its sum, the most telling one first."""
_HERE: dict[Any, str] = {**REFUND_STATE, **ATTEMPT_STATE}
_WORDS: dict[str, dict[Any, str]] = {
    "source": SOURCES,
    "settled_source": SOURCES,
    "settled_as": SETTLED,
    "booked": SETTLED,
    "state": _HERE,
    "state_here": _HERE,
    "here": _HERE,
    "there": AT_WECHAT,
    "trade_state": AT_WECHAT,
}
"""The words of values that are names."""


def lines(text: str) -> list[tuple[str, str]]:
    """The detail of a case as pairs of label and text; WeChat's own object is left to ``raw``."""
    found: list[tuple[str, str]] = []
    for name, value in _mapping(text).items():
        if name == "differs" and isinstance(value, dict):
            found += [(_label(key), _difference(key, pair)) for key, pair in value.items()]
        elif name == "reopened" and isinstance(value, list):
            found += [(_label(name), _reopening(each)) for each in value]
        elif name != "wechat":
            found.append((_label(name), _in_words(name, value)))
    return found


def amount_fen(text: str) -> int | None:
    """How much money a case is about, where its detail says so: the amount by WeChat, rather than the one here."""
    found = _mapping(text)
    differs = found.get("differs")
    amount = differs.get("amount") if isinstance(differs, dict) else None
    known = [
        amount.get("found") if isinstance(amount, dict) else amount,
        *(found.get(name) for name in _SUMS),
    ]
    return next((value for value in known if isinstance(value, int) and not isinstance(value, bool)), None)


def raw(text: str) -> str:
    """What WeChat sent, if the case keeps it, laid out to be read."""
    sent = _mapping(text).get("wechat")
    return json.dumps(sent, ensure_ascii=False, indent=2) if sent else ""


def _mapping(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {"detail": text}
    return value if isinstance(value, dict) else {"detail": value}


def _label(name: str) -> str:
    return LABELS.get(name, name)


def _difference(name: str, pair: Any) -> str:
    """News that do not agree with what was stored (expected, found), or a row of a bill (here, there)."""
    if isinstance(pair, dict) and "there" in pair:
        return f"本系统 {_in_words(name, pair.get('here'))}，微信账单 {_in_words(name, pair['there'])}"
    expected, found = (pair.get("expected"), pair.get("found")) if isinstance(pair, dict) else ("", pair)
    return f"应为 {_in_words(name, expected)}，微信报告 {_in_words(name, found)}"


def _reopening(entry: Any) -> str:
    """When, and how it had been closed before."""
    if not isinstance(entry, dict):
        return str(entry)
    closed = f"；{time_text(entry.get('closed_at'))} 关闭时写的是：{entry.get('note') or '（没有）'}"
    return f"{time_text(entry.get('at'))}{closed}"


def _in_words(name: str, value: Any) -> str:
    if value is None:
        return "（没有）"
    if name in ("problem", "error"):
        return failure_message(str(value))
    if isinstance(value, str):
        return _WORDS.get(name, {}).get(value, value)
    if name == "settled_at" and isinstance(value, int):
        return time_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and (name.endswith("_fen") or name in _AMOUNTS):
        return f"{accounting_yuan(value)} 元"
    return json.dumps(value, ensure_ascii=False)
