"""How background work tells the log of its failures: once, not at every round, and without quoting anybody's data."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

REPEAT_SECONDS = 3600.0
"""A failure that goes on is said again after this long, with how often it came."""


def place(error: BaseException, frames: int = 1) -> str:
    """The kind of a failure and where in the code it came up, its last ``frames`` calls: never its text, which may
    quote a row. A function that only raises for its caller says so with ``__tracebackhide__``, as to pytest."""
    calls, frame = [], error.__traceback__
    while frame is not None:
        if "__tracebackhide__" not in frame.tb_frame.f_locals:
            calls.append(f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}")
        frame = frame.tb_next
    return f"{type(error).__name__} at {' > '.join(calls[-frames:])}" if calls else type(error).__name__


class RepeatedFailures:
    """One kind of work in the log: its first failure, another one, how often it was repeated, and its end."""

    def __init__(self, work: str, log: logging.Logger, seconds: Callable[[], float] = time.monotonic) -> None:
        self._work, self._log, self._seconds = work, log, seconds
        self._text = ""
        self._said_at = 0.0
        self._unsaid = 0
        self._total = 0

    def failed(self, text: str) -> None:
        """The work failed: ``text`` holds no personal data."""
        self._total += 1
        if text != self._text:
            self._log.warning("%s failed: %s", self._work, text)
            self._text, self._said_at, self._unsaid = text, self._seconds(), 0
            return
        self._unsaid += 1
        if self._seconds() - self._said_at >= REPEAT_SECONDS:
            self._log.warning("%s still fails: %s, %d times more", self._work, text, self._unsaid)
            self._said_at, self._unsaid = self._seconds(), 0

    def succeeded(self) -> None:
        if self._total:
            self._log.warning("%s works again after %d failures", self._work, self._total)
        self._text, self._unsaid, self._total = "", 0, 0
