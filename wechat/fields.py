"""The fields of a subscribe message and what WeChat takes in each. Source: developers.weixin.qq.com,
订阅消息参数值内容限制说明 (subscribeMessage.send).

A template names its fields by kind and number: ``thing1``, ``time2``, ``amount3``. One field that breaks its rule
makes WeChat refuse the whole message with 47003, so every value is made to fit before it is sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from personal.names import invisible, is_han

_KEY = re.compile(r"([a-z_]+?)([0-9]{1,3})", re.ASCII)
_ELLIPSIS = "…"
_NOTHING = "无"
_JOINER = "\u200d"
"""Between the parts of an emoji; the only invisible character with a meaning here."""
_NAME_SIGNS = " .·•・‧-'’"
"""What stands between the parts of a name."""


def fit(key: str, value: str) -> str:
    """``value`` as WeChat takes it in the field ``key`` (``thing1``, ``phrase2``, …).

    Too long texts end in an ellipsis where a reader profits from knowing, characters that the field may not
    hold are left out, and a text that has nothing left becomes 无 or the like. ``ValueError`` for a key of no
    known kind, and for an amount, date or time that is none: there a shortened value would be a wrong one.
    """
    match = _KEY.fullmatch(key)
    rule = _RULES.get(match.group(1)) if match else None
    if rule is None:
        raise ValueError(f"{key} is no field of a subscribe message")
    return rule(_one_line(value))


def fit_all(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The ``data`` of a message: every value made to fit, in the form that WeChat wants."""
    return {key: {"value": fit(key, value)} for key, value in values.items()}


def _one_line(value: str) -> str:
    """Single blanks for whatever separates or controls; what nobody sees is gone without one."""
    shown = "".join(c for c in value if not invisible(c) or c == _JOINER)
    composed = unicodedata.normalize("NFC", shown)
    return " ".join("".join(" " if _separates(c) else c for c in composed).split())


def _separates(character: str) -> bool:
    """Blanks, controls, halves of characters, private signs; not what is newer than Python's tables (Cn)."""
    kind = unicodedata.category(character)
    return kind[0] == "Z" or kind in ("Cc", "Cs", "Co") or (kind == "Cn" and not is_han(character))


def _units(value: str) -> int:
    """The length as JavaScript and WeChat count it: characters beyond the first plane are two."""
    return len(value.encode("utf-16-le")) // 2


def _cut(value: str, longest: int) -> str:
    """The first ``longest`` units, without tearing what is seen as one character."""
    kept, room = 0, longest
    for place, character in enumerate(value):
        room -= _units(character)
        if room < 0:
            break
        kept = place + 1
    while 0 < kept < len(value) and (_attached(value[kept]) or value[kept - 1] == _JOINER):
        kept -= 1
    return value[:kept]


def _attached(character: str) -> bool:
    """Does it belong to the character before it: an accent, a skin tone, a joiner?"""
    return (
        unicodedata.category(character)[0] == "M"
        or character == _JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _shortened(longest: int) -> Callable[[str], str]:
    def rule(value: str) -> str:
        if _units(value) > longest:
            value = _cut(value, longest - 1).rstrip() + _ELLIPSIS
        return value or _NOTHING

    return rule


def _only(keep: Callable[[str], bool], longest: int, nothing: str) -> Callable[[str], str]:
    def rule(value: str) -> str:
        return _cut("".join(c for c in value if keep(c)).strip(), longest).strip() or nothing

    return rule


def _one_of(pattern: str) -> Callable[[str], bool]:
    form = re.compile(pattern)
    return lambda character: form.fullmatch(character) is not None


def _number(value: str) -> str:
    return re.sub(r"^[^0-9]+|[^0-9.]", "", value)[:32] or "0"


def _name(value: str) -> str:
    """Ten characters where one of them is Chinese, else twenty. A longer name ends with a whole part of it."""
    kept = "".join(c for c in value if unicodedata.category(c)[0] in "LM" or is_han(c) or c in _NAME_SIGNS)
    longest = 10 if any(is_han(c) for c in kept) else 20
    if _units(kept) > longest:
        shorter = _cut(kept, longest)
        ends = [place for place, c in enumerate(kept[: len(shorter) + 1]) if c in _NAME_SIGNS and place > 0]
        kept = kept[: ends[-1]] if ends else shorter
    return kept.strip(_NAME_SIGNS) or _NOTHING


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
    "phrase": _only(is_han, 5, _NOTHING),
    "name": _name,
    "number": _number,
    "letter": _only(_one_of(r"[A-Za-z]"), 32, "N"),
    "symbol": _only(_one_of(r"[^\w\s]"), 5, "-"),
    "character_string": _only(_one_of(r"[\x21-\x7e]"), 32, "-"),
    "phone_number": _only(_one_of(r"[0-9+\-()]"), 17, "-"),
    "car_number": _only(lambda c: is_han(c) or re.fullmatch(r"[0-9A-Z]", c) is not None, 8, _NOTHING),
    "amount": _whole(r"[¥￥$]?[0-9]{1,10}(\.[0-9]{1,2})?元?", "an amount"),
    "date": _whole(rf"{_DAY}( {_TIME})?({_SPAN}{_DAY}( {_TIME})?)?", "a date"),
    "time": _whole(rf"({_DAY} )?{_TIME}({_SPAN}({_DAY} )?{_TIME})?|{_DAY}", "a time"),
}
