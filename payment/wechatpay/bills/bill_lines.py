"""The lines and fields of WeChat's bills, before their meaning is read.

A bill is CSV in UTF-8: a header line, one line per row with a backtick before every field, a second header that
begins the summary, one line of totals. Header lines have no backticks. Fields are found by their column's name, because
WeChat says that the order of the columns may change, and not every merchant gets the same columns.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from clock import SHANGHAI, to_ms
from frozen_dataclasses import frozen

_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?", re.ASCII)
_COUNT = re.compile(r"([0-9]{1,9})(\.0)?", re.ASCII)  # fund-flow bills have been seen to count "20.0" rows


class BillError(ValueError):
    """The bill cannot be believed. ``line`` is the number of the line in the file, from 1; 0 where none is to
    blame.

    The text names columns and totals, and quotes no row.
    """

    def __init__(self, problem: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {problem}" if line else problem)
        self.line = line


class Cells:
    """One line of a bill by the names of its columns."""

    def __init__(self, cells: Mapping[str, str], line: int) -> None:
        self._cells = cells
        self.line = line

    def has(self, *names: str) -> bool:
        """Is there any of these columns?"""
        return any(name in self._cells for name in names)

    def first(self, *names: str) -> str:
        """The first of these names of one column that the bill uses."""
        for name in names:
            if name in self._cells:
                return name
        raise BillError(f"there is no column {' or '.join(names)}", self.line)

    def text(self, name: str, *, empty: bool = False) -> str:
        """The field as text; an empty one only if ``empty``."""
        value = self._cells.get(name)
        if value is None:
            raise BillError(f"there is no column {name}", self.line)
        if not value and not empty:
            raise BillError(f"{name} is empty", self.line)
        return value

    def yuan(self, name: str) -> Decimal:
        """An amount in yuan, exact."""
        value = self.text(name)
        if not _AMOUNT.fullmatch(value):
            raise BillError(f"{name} is not an amount in yuan", self.line)
        return Decimal(value)

    def fen(self, name: str) -> int:
        """An amount in yuan as whole fen."""
        fen = self.yuan(name) * 100
        if fen != fen.to_integral_value():
            raise BillError(f"{name} has fractions of a fen", self.line)
        return int(fen)

    def count(self, name: str) -> int:
        """A number of rows."""
        match = _COUNT.fullmatch(self.text(name))
        if match is None:
            raise BillError(f"{name} is not a number", self.line)
        return int(match.group(1))

    def time(self, name: str) -> int:
        """A Shanghai time, as milliseconds since the epoch."""
        try:
            moment = datetime.strptime(self.text(name), "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
        except ValueError as problem:
            if isinstance(problem, BillError):
                raise
            raise BillError(f"{name} is not a time", self.line) from None
        return to_ms(moment)


@frozen()
class BillLines:
    """The rows of a bill and the line of its totals."""

    rows: list[Cells]
    totals: Cells


def read_lines(content: bytes, column: str, total: str) -> BillLines:
    """Splits a bill whose header has ``column``, and whose summary's has ``total``, somewhere; ``BillError``."""
    numbered = _textread_lines(content)
    columns = _header(next(numbered, None), column)
    rows: list[Cells] = []
    for number, line in numbered:
        cells = _split(line, number)
        if "`" not in line and total in cells:
            names = _header((number, line), total)
            break
        rows.append(_match(columns, cells, number))
    else:
        raise BillError("the bill ends without its totals")
    last = next(numbered, None)
    if last is None:
        raise BillError("the bill ends before the values of its totals")
    totals = _match(names, _split(last[1], last[0]), last[0])
    for number, _ in numbered:
        raise BillError("there is more after the totals", number)
    return BillLines(rows, totals)


def _textread_lines(content: bytes) -> Iterator[tuple[int, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BillError("the bill is not UTF-8 text") from None
    numbered = enumerate(
        text.lstrip("\ufeff").split("\n"), start=1
    )  # a mark of its own before the file's: seen
    return ((number, line.rstrip("\r")) for number, line in numbered if line.strip())


def _header(line: tuple[int, str] | None, known: str) -> list[str]:
    if line is None:
        raise BillError("the bill is empty")
    number, text = line
    # "收支金额(元)" and "收支金额" are the same column: bills have been seen with either.
    names = [re.sub(r"[(（]元[)）]$", "", cell) for cell in _split(text, number)]
    if known not in names or len(set(names)) != len(names):
        raise BillError(f"a header with {known} was expected", number)
    return names


def _split(line: str, number: int) -> list[str]:
    """The fields of a line. A backtick before every field also tells a comma inside one from a comma between
    two."""
    if line.startswith("`"):
        return [cell.strip() for cell in line[1:].split(",`")]
    try:
        cells = next(csv.reader([line], strict=True))
    except (csv.Error, StopIteration):
        raise BillError("the line is not CSV", number) from None
    return [cell.strip().removeprefix("`").strip() for cell in cells]


def _match(columns: list[str], cells: list[str], line: int) -> Cells:
    if len(cells) != len(columns):
        raise BillError(f"{len(cells)} fields under {len(columns)} columns", line)
    return Cells(dict(zip(columns, cells, strict=True)), line)
