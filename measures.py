"""What one process counts beside its requests, for ``metrics/``: calls to WeChat, messages, waits for the database.

Labels hold names from short lists alone, never a number, an address or anything about a person. With several processes
the counts lie in files of a folder that all of them share (``PROMETHEUS_MULTIPROC_DIR``, set by their parent before
they start): an answer of ``metrics/`` then adds up all of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client reads it while it is imported."""
# Else each series has a second one, its moment of creation, which nothing here needs.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
"""Of this process. The requests of an application have a registry of their own."""


def shared_folder() -> Path | None:
    """Where several processes keep their counts; None for one alone."""
    return Path(os.environ[FOLDER_VARIABLE]) if os.environ.get(FOLDER_VARIABLE) else None


class CallOutcome(StrEnum):
    """How a call to WeChat ended."""

    OK = "ok"
    REFUSED = "refused"
    """WeChat understood, and said no: often a fact about a payment or a person, and no fault."""
    MISCONFIGURED = "misconfigured"
    """WeChat does not accept our credentials, clock, address or agreements."""
    BUSY = "busy"
    """WeChat asks to come again, or a quota is used up."""
    UNREACHABLE = "unreachable"
    """No connection was made: nothing has happened at WeChat."""
    UNKNOWN = "unknown"
    """No answer in time, or one that cannot be used: what has happened is not known."""


_wechat_call_seconds = Histogram(
    "hospital_wechat_call_seconds",
    "Calls to WeChat, from the request to the judged answer.",
    ["api", "call", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
messages_tried = Counter(
    "hospital_messages_tried",
    "Subscribe messages that were handed to WeChat, each try counted.",
    ["kind", "result"],
    registry=REGISTRY,
)
pushed_events = Counter(
    "hospital_pushed_events",
    "Events that WeChat pushed, by what was done with them.",
    ["event", "outcome"],
    registry=REGISTRY,
)
database_wait_seconds = Histogram(
    "hospital_database_wait_seconds",
    "How long was waited for a connection, where none was free at once.",
    ["pool"],
    buckets=(0.001, 0.005, 0.025, 0.1, 0.25, 1, 2.5, 10),
    registry=REGISTRY,
)
pool_size = Gauge(
    "hospital_database_pool_size",
    "Connections there may be.",
    ["pool"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
pool_in_use = Gauge(
    "hospital_database_pool_in_use",
    "Connections that are in use.",
    ["pool"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
pool_waiting = Gauge(
    "hospital_database_pool_waiting",
    "Who waits for a connection.",
    ["pool"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
clock_skew_seconds = Gauge(
    "hospital_clock_skew_seconds",
    "WeChat Pay's time minus ours, at its last answer.",
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)
requests_in_flight = Gauge(
    "hospital_requests_in_flight", "Requests under way.", registry=REGISTRY, multiprocess_mode="livesum"
)
draining = Gauge(
    "hospital_draining",
    "1 when the server (one of its processes) is being stopped.",
    registry=REGISTRY,
    multiprocess_mode="livemax",
)


processes = Gauge(
    "hospital_processes", "Processes that serve.", registry=REGISTRY, multiprocess_mode="livesum"
)


class Busy(Protocol):
    """What has requests under way."""

    @property
    def in_flight(self) -> int: ...


class MeasuredCall:
    """A call under way. Whoever judges the answer sets ``outcome``; else it counts as unknown."""

    outcome = CallOutcome.UNKNOWN


@contextmanager
def measured_call(api: str, call: str) -> Iterator[MeasuredCall]:
    """Count a call, however it ends, and how long it took. ``api``: ``pay`` or ``mini_program``."""
    measured, began = MeasuredCall(), time.perf_counter()
    try:
        yield measured
    finally:
        seconds = time.perf_counter() - began
        _wechat_call_seconds.labels(api, call, measured.outcome.value).observe(seconds)
