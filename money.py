"""Amounts of money as text. Inside, an amount is a whole number of fen; nowhere is it a float.

This is the one place that writes fen as yuan and reads yuan as fen.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

FEN_PER_YUAN = 100
_AMOUNT = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?", re.ASCII)
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)


class AmountRefused(ValueError):
    """What was typed is no amount. The text is a Chinese sentence that says why."""


def exact_yuan(fen: int) -> str:
    """``588.00``, ``-0.05``: two decimals and no separators, as machines read it."""
    sign, yuan, rest = _parts(fen)
    return f"{sign}{yuan}.{rest:02d}"


def accounting_yuan(fen: int) -> str:
    """``588.00``, ``-1,234.50``: as accountants read it."""
    sign, yuan, rest = _parts(fen)
    return f"{sign}{yuan:,}.{rest:02d}"


def plain_yuan(fen: int) -> str:
    """``588``, ``588.50``: as a person types it."""
    sign, yuan, rest = _parts(fen)
    return f"{sign}{yuan}.{rest:02d}" if rest else f"{sign}{yuan}"


@lru_cache(maxsize=1000)
def amount_text(fen: int) -> str:
    """``￥588``, ``￥588.50``: a price, as users and the clients' protocol know it. A list has many of few prices."""
    return f"￥{plain_yuan(fen)}"


def decimal_yuan(fen: int) -> Decimal:
    """The exact number of yuan, for a spreadsheet's cell."""
    return Decimal(fen).scaleb(-2)


def read_amount(text: str) -> int | None:
    """``588``, ``588.5``, ``￥588.50`` in fen; None for what is no amount. The opposite of ``amount_text``."""
    digits = text.strip().removeprefix("￥").removeprefix("¥")
    if not _AMOUNT.fullmatch(digits):
        return None
    yuan, _, rest = digits.partition(".")
    return int(yuan) * FEN_PER_YUAN + int(rest.ljust(2, "0"))


def read_typed_amount(text: str) -> int:
    """What a person typed into a form, also with separators (``1,588``), in fen. Raises AmountRefused."""
    digits = text.strip().lstrip("￥¥").replace("，", ",")
    if "," in digits and not _THOUSANDS.fullmatch(digits):  # 58,8 means 58.8 to who types it, not 588
        raise AmountRefused("逗号只能分隔千位，例如 1,588；小数点请用「.」，例如 58.80")
    found = read_amount(digits.replace(",", ""))
    if found is None:
        raise AmountRefused("应为金额，例如 588 或 588.50")
    return found


def _parts(fen: int) -> tuple[str, int, int]:
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return ("-" if fen < 0 else ""), yuan, rest
