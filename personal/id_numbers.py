"""Identity documents: their kinds, what a number of each kind looks like, and what is wrong with one that does not.

Sources: GB 11643-1999 (resident numbers: 17 digits and a check character, the 2023 card for foreign residents too);
the National Immigration Administration's descriptions of its permits. Where a check digit exists it is checked; the
one of Hong Kong's own identity card is not, because what is asked for is the permit.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum

from personal.names import invisible


class IdKind(StrEnum):
    RESIDENT = "resident"
    PASSPORT = "passport"
    HONG_KONG_MACAU = "hong_kong_macau"
    TAIWAN = "taiwan"
    FOREIGN_RESIDENT = "foreign_resident"


ID_KIND_NAMES = {
    IdKind.RESIDENT: "身份证",
    IdKind.PASSPORT: "护照",
    IdKind.HONG_KONG_MACAU: "港澳居民来往内地通行证",
    IdKind.TAIWAN: "台湾居民来往大陆通行证",
    IdKind.FOREIGN_RESIDENT: "外国人永久居留身份证",
}
MIN_UNKNOWN_NUMBER, MAX_UNKNOWN_NUMBER = 8, 32
"""Characters of a number whose kind nobody told: what released clients may send."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
    )
)
_OLDEST = "1880"
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,20}")
_PERMIT = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")
_HONG_KONG_CARD = re.compile(r"([A-Z]{1,2}[0-9]{6})\(?([0-9A])\)?")
_MACAU_CARD = re.compile(r"([157][0-9]{6})\(([0-9])\)")
_TAIWAN = re.compile(r"[0-9]{8}")
_TAIWAN_BEFORE_2015 = re.compile(r"([0-9]{10})(?:\(?([A-Z0-9]{1,2})\)?)?")
_FOREIGN_BEFORE_2023 = re.compile(r"[A-Z]{3}[0-9]{12}")
_MARKED_PASSPORT = re.compile(r"(?:PASSPORT[_:]*)+")
"""In front of passport numbers from our own form before it knew kinds, once it is folded."""


class IdNumberError(ValueError):
    """Not a number of the kind; the text says in Chinese which case it is. Holds nothing of the number."""


def fold(text: str) -> str:
    """The number in capitals, half-width, without blanks, dashes and invisible characters."""
    if text.isascii() and text.isalnum():
        return text.upper()
    half = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(c for c in half if not (invisible(c) or c.isspace() or unicodedata.category(c) == "Pd"))
    return unicodedata.normalize("NFKC", kept)  # marks that were apart may stand beside each other now


def _without_mark(number: str) -> str:
    """A folded number without what our own form once wrote in front of passports'."""
    marked = _MARKED_PASSPORT.match(number)
    return number[marked.end() :] if marked else number


def read_id_number(kind: IdKind, text: str, today: str) -> str:
    """The normal form of a number of this kind; ``today`` is a Shanghai day. Raises IdNumberError."""
    number = _without_mark(fold(text))
    if not number:
        raise IdNumberError("请填写证件号码")
    return _READERS[kind](number, today)


def guess_id_kind(text: str) -> tuple[IdKind | None, str]:
    """Kind and normal form of a number that came without its kind, by its shape alone: released clients checked
    nothing, and what they sent goes on being taken. None: of no known kind."""
    folded = fold(text)
    number = _without_mark(folded)
    if number != folded and _PASSPORT.fullmatch(number):
        return IdKind.PASSPORT, number
    if _EIGHTEEN.fullmatch(number):
        return (IdKind.FOREIGN_RESIDENT if number[0] == "9" else IdKind.RESIDENT), number
    if _FIFTEEN.fullmatch(number):
        return IdKind.RESIDENT, number
    if _PERMIT.fullmatch(number):
        return IdKind.HONG_KONG_MACAU, number
    if "(" in number and (card := _hong_kong_or_macau_card(number)):
        return IdKind.HONG_KONG_MACAU, card
    if _TAIWAN.fullmatch(number) or ("(" in number and _TAIWAN_BEFORE_2015.fullmatch(number)):
        return IdKind.TAIWAN, number
    if _FOREIGN_BEFORE_2023.fullmatch(number):
        return IdKind.FOREIGN_RESIDENT, number
    if _PASSPORT.fullmatch(number) and len(number) <= 12:
        return IdKind.PASSPORT, number
    return None, number


def comparable_id_number(number: str) -> str:
    """What makes two numbers the same: letters and digits alone, an old resident number as today's."""
    folded = _without_mark(fold(number))
    bare = folded if folded.isalnum() else "".join(c for c in folded if c.isalnum())
    if _FIFTEEN.fullmatch(bare) and _is_day(f"19{bare[6:12]}"):
        longer = f"{bare[:6]}19{bare[6:]}"
        return longer + resident_check_character(longer)
    return bare


def resident_check_character(digits: str) -> str:
    """The one that belongs to the first 17 digits."""
    return _CHECK[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=False)) % 11]


def _is_day(digits: str) -> bool:
    try:
        date.fromisoformat(f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}")
    except ValueError:
        return False
    return True


def _length_problem(found: int, wanted: int, what: str) -> IdNumberError:
    words = "一二三四五六七八九十"
    off = abs(found - wanted)
    amount = words[off - 1] if off <= len(words) else str(off)
    return IdNumberError(
        f"{'少' if found < wanted else '多'}{amount}位：{what}是 {wanted} 位，现在是 {found} 位"
    )


def _check_eighteen(number: str, today: str, what: str) -> None:
    """Digits, day of birth and check character of a number by GB 11643."""
    for place, character in enumerate(number, 1):
        if not character.isascii() or not (character.isdigit() or (place == 18 and character == "X")):
            raise IdNumberError(f"第 {place} 位不对，应为{'数字或 X' if place == 18 else '数字'}")
    if len(number) != 18:
        raise _length_problem(len(number), 18, what)
    born = number[6:14]
    if not _is_day(born) or not _OLDEST <= born <= today.replace("-", ""):
        raise IdNumberError("第 7 到 14 位（出生日期）不对")
    if resident_check_character(number[:17]) != number[17]:
        raise IdNumberError("第 18 位不对，请逐位核对整个号码")


def _resident(number: str, today: str) -> str:
    what = "身份证号"
    if _FIFTEEN.fullmatch(number) and _is_day(f"19{number[6:12]}"):
        raise IdNumberError("这是 15 位旧号码，请填写 18 位身份证号")
    if len(number) == 18 and number[0] == "9":
        raise IdNumberError("9 开头的是外国人永久居留身份证号，请改选证件类型")
    _check_eighteen(number, today, what)
    if int(number[:2]) not in _PROVINCES:
        raise IdNumberError("第 1、2 位（地区）不对")
    return number


def _passport(number: str, today: str) -> str:
    if not _PASSPORT.fullmatch(number):
        raise IdNumberError("护照号码是 5 到 20 位字母和数字，例如 E12345678")
    return number


def _hong_kong_or_macau_card(number: str) -> str:
    """The number of an identity card of Hong Kong or Macau with its check digit in brackets; empty when it is none."""
    found = _HONG_KONG_CARD.fullmatch(number) or _MACAU_CARD.fullmatch(number)
    return f"{found[1]}({found[2]})" if found else ""


def _hong_kong_macau(number: str, today: str) -> str:
    if _PERMIT.fullmatch(number):
        return number
    if re.fullmatch(r"[HM][0-9]+", number):
        raise _length_problem(len(number), 9 if len(number) < 10 else 11, "通行证号码")
    if card := _hong_kong_or_macau_card(number):
        return card
    raise IdNumberError("通行证号码是 H 或 M 加 8 位数字，例如 H12345678")


def _taiwan(number: str, today: str) -> str:
    if _TAIWAN.fullmatch(number) or _TAIWAN_BEFORE_2015.fullmatch(number):
        return number
    if number.isdigit():
        raise _length_problem(len(number), 8, "通行证号码")
    raise IdNumberError("通行证号码是 8 位数字，例如 12345678")


def _foreign_resident(number: str, today: str) -> str:
    if number[0].isalpha():
        if not _FOREIGN_BEFORE_2023.fullmatch(number):
            if re.fullmatch(r"[A-Z]{3}[0-9]+", number):
                raise _length_problem(len(number), 15, "旧版号码")
            raise IdNumberError("号码是 9 开头的 18 位数字，或旧版的 3 个字母加 12 位数字")
        if not _is_day(f"20{number[7:13]}") and not _is_day(f"19{number[7:13]}"):
            raise IdNumberError("第 8 到 13 位（出生日期）不对")
        return number
    if number[0] != "9":
        raise IdNumberError("号码是 9 开头的 18 位数字，或旧版的 3 个字母加 12 位数字")
    _check_eighteen(number, today, "号码")
    return number


_READERS = {
    IdKind.RESIDENT: _resident,
    IdKind.PASSPORT: _passport,
    IdKind.HONG_KONG_MACAU: _hong_kong_macau,
    IdKind.TAIWAN: _taiwan,
    IdKind.FOREIGN_RESIDENT: _foreign_resident,
}
