"""What an escort earned until the end of a month and is on no statement yet; months as texts, ``YYYY-MM``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clock import shanghai_date
from frozen_dataclasses import frozen
from storage import Reader
from storage.models import EarningKind
from storage.pay_views import EarningLine

MONTH = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")


@frozen()
class Preview:
    """What a statement up to the end of a month would say, and what is held."""

    included: Sequence[EarningLine]
    held: Sequence[EarningLine]

    @property
    def orders_fen(self) -> int:
        return sum(line.earning.amount_fen for line in self.included if not is_correction(line))

    @property
    def corrections_fen(self) -> int:
        return sum(line.earning.amount_fen for line in self.included if is_correction(line))

    @property
    def total_fen(self) -> int:
        return self.orders_fen + self.corrections_fen

    @property
    def held_fen(self) -> int:
        return sum(line.earning.amount_fen for line in self.held)

    @property
    def mark(self) -> str:
        """What a form carries of it: another one when other earnings would be on the statement."""
        return basis(len(self.included), self.total_fen, sum(line.earning.id for line in self.included))


def basis(count: int, total_fen: int, id_sum: int) -> str:
    return f"{count}.{total_fen}.{id_sum}"


def is_correction(line: EarningLine) -> bool:
    return line.earning.kind == EarningKind.CORRECTION


def month_of(at: int) -> str:
    return shanghai_date(at)[:7]


def month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"


def month_after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1}-01" if number == 12 else f"{year}-{number + 1:02d}"


def known_month(text: object, at: int) -> str:
    """The month that a query names, or the last one that is over."""
    return text if isinstance(text, str) and MONTH.fullmatch(text) else month_before(month_of(at))


def is_over(month: str, at: int) -> bool:
    return month < month_of(at)


def last_day(month: str) -> str:
    """Not earlier than any day of the month, and earlier than every other month: days are compared as texts."""
    return f"{month}-31"


async def preview(reader: Reader, escort_id: int, month: str) -> Preview:
    """What was earned until the end of the month and is on no statement."""
    lines = await reader.escort_pay.open_lines(escort_id, last_day(month))
    return Preview([line for line in lines if not line.hold], [line for line in lines if line.hold])
