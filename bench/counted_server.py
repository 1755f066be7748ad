"""``main.py``, but SQLite's work is counted: ``python -m bench.counted_server serve …``.

SQLite tells no other process how many rows it reads. It counts the steps of its machine (one row looked at is some ten
to twenty), and tells them a handler in the process: the sum is kept in the file that ``BENCH_STEPS`` names, for the
bench to read between two requests. The count does not depend on what else the machine does.
"""

from __future__ import annotations

import mmap
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from startup.command_line import main

FILE = "BENCH_STEPS"
STEPS = 10
"""So many steps are counted at once: up to as many of each statement are not."""
WIDTH = 8


class _Counted(sqlite3.Connection):
    """A connection whose steps are added up; the product's own handler is called as it asked for."""

    total = 0
    kept: memoryview

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_progress_handler(None, 0)

    def set_progress_handler(self, handler: Callable[[], Any] | None, steps: int) -> None:
        self._own, self._own_steps, self._own_seen = handler, steps, 0
        super().set_progress_handler(self._count, STEPS)

    def _count(self) -> Any:
        _Counted.total += STEPS
        self.kept[:] = _Counted.total.to_bytes(WIDTH, "big")
        if self._own is None:
            return 0
        self._own_seen += STEPS
        if self._own_seen % self._own_steps:
            return 0
        ends = self._own()
        if ends:  # a read that begins anew elsewhere is counted there
            _Counted.total -= self._own_seen
        return ends


def count_into(file: Path) -> None:
    """Every connection that is made from now on is counted, into a file that is made anew."""
    file.write_bytes(bytes(WIDTH))
    with file.open("r+b") as opened:
        _Counted.kept = memoryview(mmap.mmap(opened.fileno(), WIDTH))
    connect = sqlite3.connect
    sqlite3.connect = lambda *given, **options: connect(*given, **{"factory": _Counted, **options})


if __name__ == "__main__":
    count_into(Path(os.environ[FILE]))
    sys.exit(main())
