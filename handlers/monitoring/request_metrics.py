"""How the requests of one application go, in numbers for ``metrics/``."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from tornado.web import RequestHandler

import measures  # noqa: F401 - it sets up what is told of every series
from handlers.route_paths import path_of

OTHER = "other"
"""The label of what is no route of the product: unknown addresses must not become labels without end."""
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class RequestMetrics:
    """Counts the requests of one application. ``routes``: (pattern, handler) of each."""

    def __init__(self, routes: Iterable[tuple[str, type[RequestHandler]]]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._labels: dict[type[RequestHandler], str] = {}
        for pattern, handler in routes:
            self._labels.setdefault(handler, path_of(pattern)[0])
        self._requests = Counter(
            "hospital_requests",
            "Answered requests.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "hospital_request_seconds",
            "From the headers of a request to its whole answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )

        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        """What is counted for a method, route and status: looking it up by its labels takes longer than counting."""

    def observe(self, handler: RequestHandler) -> None:
        """An answered request."""
        route = self._labels.get(type(handler), OTHER)
        method = handler.request.method or ""
        known = method if route != OTHER and method in handler.SUPPORTED_METHODS else OTHER
        key = known, route, handler.get_status()
        if (series := self._series.get(key)) is None:
            series = self._series[key] = self._requests.labels(*key), self._seconds.labels(route)
        requests, seconds = series
        requests.inc()
        seconds.observe(handler.request.request_time())
