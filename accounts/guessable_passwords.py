"""How hard a password is to guess: into how few pieces it falls that are tried first."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

_LIST = Path(__file__).with_name("common_passwords.txt")
_MAX_WORD_LENGTH = 24
_MIN_WORD_LENGTH = 4
_WORD_COSTS = 2
"""A common word is worth no more than two random characters."""
_LEET = str.maketrans("@4310$57!", "aaeiosst" + "i")
_LEET_L = str.maketrans("@4310$57!", "aaelosst" + "l")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_DATE = re.compile(r"(19|20)[0-9]{2}[01][0-9][0-3][0-9]")


def common_passwords() -> frozenset[str]:
    """Read each time, in 3 ms: a password is not chosen often enough for a megabyte to be kept."""
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(line.lower() for line in lines if line and not line.startswith("#"))


def count_parts(password: str, name: str = "") -> int:
    """Of so many pieces a password is made, where a common word is two, and a repetition, a run such as ``4321``, a
    year, and the account's name are one each; every other character is one, too."""
    text = password.lower()
    variants = {text, text.translate(_LEET), text.translate(_LEET_L)}
    common = common_passwords()
    cheapest = [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        cheapest[end] = min(
            cheapest[begin] + cost
            for begin in range(max(end - _MAX_WORD_LENGTH, 0), end)
            if (cost := _cost(text[begin:end], {each[begin:end] for each in variants}, common, name.lower()))
            is not None
        )
    return cheapest[-1]


def _cost(piece: str, variants: set[str], common: frozenset[str], name: str) -> int | None:
    """What the piece costs, which may also be read as one of ``variants``; None when it is no piece."""
    if len(piece) == 1 or piece == name or _is_run(piece) or _YEAR.fullmatch(piece):
        return 1
    if _DATE.fullmatch(piece):
        return _WORD_COSTS
    if len(piece) >= _MIN_WORD_LENGTH and not variants.isdisjoint(common):
        return _WORD_COSTS
    return None


def _is_run(piece: str) -> bool:
    """``aaa``, ``1234`` or ``dcba``."""
    steps = {ord(after) - ord(before) for before, after in pairwise(piece)}
    return len(piece) >= 3 and len(steps) == 1 and steps <= {-1, 0, 1}
