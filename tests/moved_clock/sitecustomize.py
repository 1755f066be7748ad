"""Moves the wall clock of a process that a test has started (``tests/time_of_day.py``)."""

import os
import time

_offset = int(os.environ["TESTS_CLOCK_OFFSET_NS"])
_real_ns = time.time_ns
time.time_ns = lambda: _real_ns() + _offset
time.time = lambda: (_real_ns() + _offset) / 1e9
