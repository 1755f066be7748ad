"""Tax numbers of companies (纳税人识别号); those of 18 characters have a check digit (统一社会信用代码, GB 32100)."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[0-9A-Z]{15,20}")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Without I, O, S, V and Z, which are taken for digits."""
_CREDIT_CODE = 18


class TaxNumberError(ValueError):
    """Says in Chinese what is wrong with it."""


def read_tax_number(text: str) -> str:
    """In its normal form: capitals, no blanks. Raises TaxNumberError."""
    number = re.sub(r"[\s\u3000-]", "", text).upper()
    if not _SHAPE.fullmatch(number):
        raise TaxNumberError("税号应为 15–20 位数字和大写字母，请对照营业执照")
    if len(number) == _CREDIT_CODE:
        _check_credit_code(number)
    return number


def _check_credit_code(number: str) -> None:
    wrong = sorted({each for each in number if each not in _ALPHABET})
    if wrong:
        raise TaxNumberError(f"18 位税号里不会有字母 {'、'.join(wrong)}，请看看是不是数字 0、1、2、5")
    if number[-1] != check_digit(number[:-1]):
        raise TaxNumberError("税号最后一位对不上，可能有一位写错了，请对照营业执照")


def check_digit(first: str) -> str:
    """The 18th character that belongs to the first 17."""
    total = sum(_ALPHABET.index(each) * pow(3, place, 31) for place, each in enumerate(first))
    return _ALPHABET[(31 - total % 31) % 31]
