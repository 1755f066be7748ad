"""What the commands write: to standard output and the log, whatever the terminal can show and wherever it goes.

Nobody who reads may stop the work: ``reconcile | head`` still reconciles every day.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO, cast

QUIET_LOGGERS = ("httpx", "httpcore", "alembic", "asyncio", "aiosqlite", "PIL")
"""At debug some of these write what they were given: rows with personal data, headers with tokens."""


class KeptAlive:
    """A text stream that takes everything; once nothing can be written any more, ``lost`` is true and the rest goes
    nowhere. Characters that its encoding lacks are written as ``\\u4e2d``."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.lost = stream is None
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        if not self.lost and self.stream is not None:
            try:
                self.stream.write(text)
            except (OSError, ValueError) as error:
                self._lose(error)
        return len(text)

    def flush(self) -> None:
        if not self.lost and self.stream is not None:
            try:
                self.stream.flush()
            except (OSError, ValueError) as error:
                self._lose(error)

    def _lose(self, error: Exception) -> None:
        """The reader has gone, or the disk is full. What the stream still holds must not fail again at exit."""
        self.lost = True
        if not isinstance(error, BrokenPipeError):
            reason = getattr(error, "strerror", None) or type(error).__name__
            print(f"standard output cannot be written: {reason}", file=sys.stderr)
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, cast(TextIO, self.stream).fileno())
            os.close(nowhere)
        except (OSError, ValueError):
            pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def kept_alive() -> Iterator[None]:
    """While a command runs, ``sys.stdout`` never raises."""
    given = sys.stdout
    stream = KeptAlive(given)
    sys.stdout = cast(TextIO, stream)
    try:
        yield
    finally:
        stream.flush()
        sys.stdout = given


def show(text: str) -> bool:
    """Print at once; False when it certainly went nowhere."""
    print(text, flush=True)
    return not getattr(sys.stdout, "lost", False)


def print_utf8(text: str) -> None:
    """Print what is meant for a file that has to be UTF-8, whatever the terminal's encoding."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="")


class LogLine(logging.Formatter):
    """``2026-11-29T08:00:00.123+08:00 INFO hospital: text``: with the offset of its time, a line means one moment
    wherever it is read."""

    _second, _text = -1, ""

    def usesTime(self) -> bool:
        return False  # it is put into the line below: most lines are the access log's, and pay for each step

    def formatMessage(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {record.message}"

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        second, milliseconds = divmod(int(record.created * 1000), 1000)
        if second != self._second:  # what a second is called is found out once
            self._second, self._text = second, datetime.fromtimestamp(second, UTC).astimezone().isoformat()
        return f"{self._text[:19]}.{milliseconds:03}{self._text[19:]}"


def log_to_stderr(level: str) -> None:
    """Send the log to standard error; called again, only the level changes."""
    # A line does not tell these, and the access log would find them out at every request.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # where in the source it was logged; the way is logging's documentation's
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, LogLine) for handler in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(LogLine())
        root.addHandler(handler)
    root.setLevel(level.upper())
    for quiet in QUIET_LOGGERS:
        logging.getLogger(quiet).setLevel(logging.WARNING)
