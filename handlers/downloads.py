"""How far the files that are being sent are, for the pages they were asked from.

Kept in this process alone: a download ends with the process that sends it.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST = 200
"""Of so many downloads the progress is remembered; the oldest is forgotten first."""


@dataclass
class Progress:
    """Rows of a file: how many there will be, how many have been sent, and how it ended, once it has."""

    total: int
    sent: int = 0
    done: bool = False
    broken: bool = False


class Downloads:
    """The progress of downloads, by who asked and the ticket that they chose."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Progress] = {}

    def begin(self, session_id: int, ticket: str, total: int) -> Progress:
        """A download begins; without a ticket nobody will ask after it."""
        progress = Progress(total)
        if ticket:
            while len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            self._known[(session_id, ticket)] = progress
        return progress

    def find(self, session_id: int, ticket: str) -> Progress | None:
        return self._known.get((session_id, ticket))
