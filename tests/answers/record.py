"""What was recorded of answers: ``recorded/*.txt``, rewritten with ``--record-pages``.

A section is what one caller was answered, ``## name``, line by line; ``= name`` stands for the same lines as there.
"""

from __future__ import annotations

import difflib
from pathlib import Path

RECORDED = Path(__file__).with_name("recorded")


class Record:
    """One file."""

    def __init__(self, name: str, *, anew: bool) -> None:
        self.path = RECORDED / f"{name}.txt"
        self.anew = anew
        self.sections: dict[str, list[str]] = {}
        text = "" if anew and not self.path.exists() else self.path.read_text("utf-8")
        for part in text.split("## ")[1:]:
            title, *lines = part.rstrip("\n").split("\n")
            same = lines[0].removeprefix("= ") if lines and lines[0].startswith("= ") else ""
            self.sections[title] = self.sections[same] if same else lines

    def check(self, title: str, lines: list[str]) -> None:
        """Compare with what is recorded, or record it."""
        if self.anew:
            self.sections[title] = lines
        assert title in self.sections, f"{title} is new: --record-pages writes it down"
        recorded = self.sections[title]
        assert lines == recorded, "\n".join([title, *difflib.unified_diff(recorded, lines, n=1, lineterm="")])

    def check_whole(self, titles: list[str]) -> None:
        """Nothing is recorded but these sections; what was recorded of others is let go with ``anew``."""
        if self.anew:
            self.sections = {title: self.sections[title] for title in titles if title in self.sections}
        assert self.sections.keys() <= set(titles)

    def save(self) -> None:
        if not self.anew:
            return
        self.path.parent.mkdir(exist_ok=True)
        told: dict[tuple[str, ...], str] = {}
        parts = []
        for title, lines in self.sections.items():
            before = told.setdefault(tuple(lines), title)
            parts.append("\n".join([f"## {title}", *(lines if before == title else [f"= {before}"])]))
        self.path.write_text("\n\n".join(parts) + "\n", "utf-8")
