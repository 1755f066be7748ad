"""What was recorded of the pages of the administration: ``recorded/*.txt``, rewritten with ``--record-pages``.

A file has the pages as they are at first, ``== page``, and then each occasion, ``-- occasion | page``, with the lines
in which the page differs: ``-`` those that are gone, ``+`` those that have come; ``=`` names an occasion with the same.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

RECORDED = Path(__file__).with_name("recorded")
NOTHING = ["(as at first)"]


def kind_of(page: str) -> str:
    """Pages of one kind differ in numbers and in what is asked."""
    return re.sub(r"\d+", "N", page.partition("?")[0])


def difference(first: list[str], now: list[str]) -> list[str]:
    """The lines that differ; of lines that are gone in a row, the first and how many follow."""
    told: list[str] = []
    gone = 0
    changed = [*difflib.unified_diff(first, now, n=0, lineterm="")][2:]
    for line in [*changed, "@@"]:
        gone = gone + 1 if line.startswith("-") else gone
        if gone and not line.startswith("-"):
            told += [f"- and {gone - 1} more"] if gone > 1 else []
            gone = 0
        if gone <= 1 and not line.startswith("@@"):
            told.append(line)
    return told or NOTHING


class Record:
    """One file: pages as they are at first, by kind, and how they are on each occasion."""

    def __init__(self, name: str, *, anew: bool) -> None:
        self.path = RECORDED / f"{name}.txt"
        self.anew = anew
        self.sections: dict[str, list[str]] = {}
        if not anew:
            for section in self.path.read_text("utf-8").split("\n\n"):
                title, *lines = section.strip("\n").split("\n")
                self.sections[title] = self.sections[lines[0][2:]] if lines[0].startswith("= ") else lines

    def check(self, occasion: str, page: str, lines: Iterable[str], *, like: str = "") -> None:
        """Compare a page with what is recorded of it, or record it. ``like``: another page that it nearly is."""
        now = list(lines)
        first_title, title = f"== page {kind_of(like or page)}", f"-- {occasion} | {page}"
        if self.anew:
            self.sections.setdefault(first_title, now)
            self.sections[title] = difference(self.sections[first_title], now)
        assert title in self.sections, f"{title} is new: --record-pages writes it down"
        recorded, shown = self.sections[title], difference(self.sections[first_title], now)
        assert shown == recorded, "\n".join([title, *difflib.unified_diff(recorded, shown, n=1, lineterm="")])

    def knows(self, occasion: str, page: str) -> bool:
        return f"-- {occasion} | {page}" in self.sections

    def save(self) -> None:
        self.path.parent.mkdir(exist_ok=True)
        told: dict[tuple[str, ...], str] = {}
        sections = []
        for title, lines in self.sections.items():
            before = told.setdefault(tuple(lines), title)
            same = title.startswith("--") and before != title and lines != NOTHING
            sections.append("\n".join([title, f"= {before}"] if same else [title, *lines]))
        self.path.write_text("\n\n".join(sections) + "\n", "utf-8")


class Records:
    """The files by name, read once."""

    def __init__(self, *, anew: bool) -> None:
        self.anew = anew
        self.known: dict[str, Record] = {}

    def of(self, name: str) -> Record:
        if name not in self.known:
            self.known[name] = Record(name, anew=self.anew)
        return self.known[name]

    def save(self) -> None:
        for record in self.known.values():
            if self.anew:
                record.save()
