"""The fields of a subscribe message and what WeChat takes in each. Source: wechat.md, "Field limits";
subscribeMessage.send.

A template names its fields by kind and number: `thing1`, `time2`, `amount3`. One field that breaks its rule
makes WeChat refuse the whole message with 47003, so every value is made to fit before it is sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

_KEY = re.compile(r"([a-z_]+?)([0-9]{1,3})", re.ASCII)
_HAN_RANGE = r"\u3400-\u9fff"
_HAN = re.compile(f"[{_HAN_RANGE}]")
_ELLIPSIS = "…"
_NOTHING = "无"


def fit(key: str, value: str) -> str:
    """`value` as WeChat takes it in the field `key` (`thing1`, `phrase2`, …).

    Too long texts end in an ellipsis where a reader profits from knowing, characters that the field may not
    hold are left out, and a text that has nothing left becomes 无 or the like. `ValueError` for a key of no
    known kind, and for an amount, date or time that is none: there a shortened value would be a wrong one.
    """
    match = _KEY.fullmatch(key)
    rule = _RULES.get(match.group(1)) if match else None
    if rule is None:
        raise ValueError(f"{key} is no field of a subscribe message")
    return rule(_one_line(value))


def fit_all(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The `data` of a message: every value made to fit, in the form that WeChat wants."""
    return {key: {"value": fit(key, value)} for key, value in values.items()}


def _one_line(value: str) -> str:
    kept = (c if unicodedata.category(c)[0] not in "CZ" else " " for c in value)
    return " ".join("".join(kept).split())


def _shortened(longest: int) -> Callable[[str], str]:
    def rule(value: str) -> str:
        if len(value) > longest:
            value = value[: longest - 1].rstrip() + _ELLIPSIS
        return value or _NOTHING

    return rule


def _only(pattern: str, longest: int, nothing: str) -> Callable[[str], str]:
    unwanted = re.compile(pattern)

    def rule(value: str) -> str:
        return unwanted.sub("", value).strip()[:longest].strip() or nothing

    return rule


def _name(value: str) -> str:
    """Ten Chinese characters, or twenty letters and signs; never a mixture."""
    if _HAN.search(value):
        return re.sub(rf"[^{_HAN_RANGE}·]", "", value)[:10]
    return re.sub(r"[^A-Za-z .·-]", "", value)[:20].strip() or _NOTHING


def _whole(pattern: str, what: str) -> Callable[[str], str]:
    form = re.compile(pattern)

    def rule(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(f"not {what} that a subscribe message takes")
        return value

    return rule


_DAY = r"[0-9]{4}(-[0-9]{1,2}-[0-9]{1,2}|年[0-9]{1,2}月[0-9]{1,2}日|/[0-9]{1,2}/[0-9]{1,2})"
_TIME = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"
_SPAN = r" ?~ ?"

_RULES: dict[str, Callable[[str], str]] = {
    "thing": _shortened(20),
    "phrase": _only(rf"[^{_HAN_RANGE}]", 5, _NOTHING),
    "name": _name,
    "number": _only(r"^[^0-9]+|[^0-9.]", 32, "0"),
    "letter": _only(r"[^A-Za-z]", 32, "N"),
    "symbol": _only(r"[\w\s]", 5, "-"),
    "character_string": _only(r"[^\x21-\x7e]", 32, "-"),
    "phone_number": _only(r"[^0-9+\-()]", 17, "-"),
    "car_number": _only(rf"[^0-9A-Z{_HAN_RANGE}]", 8, _NOTHING),
    "amount": _whole(r"[¥￥$]?[0-9]{1,10}(\.[0-9]{1,2})?元?", "an amount"),
    "date": _whole(rf"{_DAY}( {_TIME})?({_SPAN}{_DAY}( {_TIME})?)?", "a date"),
    "time": _whole(rf"({_DAY} )?{_TIME}({_SPAN}({_DAY} )?{_TIME})?|{_DAY}", "a time"),
}
