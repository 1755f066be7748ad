"""A clock that is behind the real one while the story is told, and is the real one afterwards."""

from __future__ import annotations

from clock import now_ms


class StoryClock:
    """Never goes backwards. The same object dates what the server and WeChat's stand-in do."""

    def __init__(self) -> None:
        self._behind = 0

    def __call__(self) -> int:
        return now_ms() - self._behind

    def set_to(self, at: int) -> None:
        """It is ``at`` (ms, UTC) now, or what it was when that is later."""
        self._behind = max(now_ms() - max(at, self()), 0)

    def begin_at(self, at: int) -> None:
        """Where the story begins: once, before anything has happened."""
        self._behind = now_ms() - at

    def catch_up(self) -> None:
        self._behind = 0
