"""Names of people: kept as they are written, compared in one normal form.

A name is written in many ways that look alike: with a blank or an invisible character inside, another middle dot,
other capitals, full-width letters. ``clean`` takes out what nobody sees; ``search_form`` is what is compared.
"""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 64
"""Characters of a name, of a patient or an escort."""
MIN_PART, PART = 2, 12
"""Characters of a part by which names are found, and how many of them are listed: longer ones are compared with the
names themselves."""
_INVISIBLE = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\ufffc")
"""Characters without a shape that Unicode counts as letters, marks or symbols: the joiner of graphemes, Hangul fillers,
the empty pattern of Braille, the place of an object."""
_DOTS = frozenset("˙∘∙⋅•●◦ᐧꞏ")
"""Middle dots that Unicode does not count as punctuation; the others (· ‧ ・ …) are."""
_HAN = ((0x2E80, 0x2FDF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD))
"""Blocks of Chinese characters; the last two planes whole, since Unicode adds to them every few years."""

_PLAIN = re.compile("[\u4e00-\u9fff]+")
"""The block of most Chinese names: every character is a letter and its own normal form in each of Unicode's four."""


def is_han(character: str) -> bool:
    """A Chinese character, one of those too that this Python's tables do not know yet (𬎆 is an old one)."""
    code = ord(character)
    return character in "々〇" or any(first <= code <= last for first, last in _HAN)


def invisible(character: str) -> bool:
    """Zero-width characters, marks of direction and the like."""
    return character in _INVISIBLE or unicodedata.category(character) == "Cf"


def clean(text: str) -> str:
    """The text as its writer sees it: nothing invisible and no control character inside, composed (NFC) with what that
    stood between, single blanks."""
    if _PLAIN.fullmatch(text):
        return text
    kept = "".join(c for c in text if c.isspace() or not (invisible(c) or unicodedata.category(c) == "Cc"))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def search_form(text: str, longest: int = MAX_NAME) -> str:
    """What names are compared by: without capitals, accents, blanks, dots and other punctuation.

    Empty for a text that has nothing else. Not for display, and cut off at ``longest`` characters.
    """
    if _PLAIN.fullmatch(text):
        return text[:longest]
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not "\u0300" <= c <= "\u036f")
    folded = unicodedata.normalize("NFKC", bare).casefold()
    kept = "".join(c for c in folded if _counts(c))
    return unicodedata.normalize("NFC", kept)[:longest]


def name_parts(form: str) -> list[str]:
    """Under what a name (its ``search_form``) is listed, so that any part of it is the beginning of one of these: what
    is left of it from each character on, of two characters or more, cut off. Those of the whole name come first."""
    return list(dict.fromkeys(form[at : at + PART] for at in range(max(len(form) - MIN_PART + 1, 0))))


def _counts(character: str) -> bool:
    if character in _DOTS or character in _INVISIBLE or _is_variation_selector(character):
        return False
    kind = unicodedata.category(character)
    return kind[0] not in "PZ" and kind not in ("Cc", "Cf", "Cs")


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
