"""What a monitoring system reads: how requests go, how the work beside them does, what waits for a human.

Prometheus' text format, from its own library. Only for who knows ``server.metrics_token``; nothing in it is about a
person or an amount of money.
"""

from __future__ import annotations

import asyncio
import platform
import secrets
from collections.abc import Iterator
from typing import Any, Protocol

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.security_events import SecurityEvent
from config import VERSION
from handlers.base import BaseHandler
from handlers.errors import by_status
from handlers.monitoring.database_facts import database_facts, gauge
from handlers.monitoring.process_gauges import all_processes, refresh
from handlers.monitoring.request_metrics import RequestMetrics
from storage import StorageError, StorageNotWritable

DATABASE_SECONDS = 3.0


class _Facts(Collector):
    """What was asked of the database for one answer."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


class MeasuredApplication(Protocol):
    """What an application counts by itself."""

    metrics: RequestMetrics

    @property
    def in_flight(self) -> int: ...


class MetricsHandler(BaseHandler):
    """Numbers about the running server, for Prometheus."""

    application: Any  # Tornado declares its own kind; ours is a MeasuredApplication
    produces = "text/plain"
    quiet = True
    """Asked every few seconds: not worth a line in the log."""

    async def get(self) -> None:
        """Numbers for a monitoring system that sends ``server.metrics_token`` as a bearer token; else 401, or 404 where
        none is configured."""
        self._require_token()
        application: MeasuredApplication = self.application
        refresh(self.services, application.in_flight)  # before this very request takes a connection
        families = await self._facts()
        families.append(self._build())
        facts = CollectorRegistry()
        facts.register(_Facts(families))
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.set_header("Cache-Control", "no-store")
        self.finish(all_processes(application.metrics.registry) + generate_latest(facts))

    def _require_token(self) -> None:
        token = self.services.settings.server.metrics_token
        if not token:
            raise by_status(404)
        scheme, _, given = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), token.encode()):
            self.quiet = False  # attempts to guess it are logged
            self.record(SecurityEvent.WRONG_METRICS_TOKEN)
            raise by_status(401, headers={"WWW-Authenticate": "Bearer"})

    async def _facts(self) -> list[Metric]:
        """What the database knows; without a database, only that it is down."""
        at = self.now()
        try:
            # Shorter than the database's own deadline and the reader's: a frozen one must not take all numbers along.
            async with asyncio.timeout(DATABASE_SECONDS), self.services.storage.reading() as reader:
                facts = await database_facts(reader, at, self.services.settings)
                return [*facts, await self._writable()]
        except (StorageError, TimeoutError):
            return [gauge("database_up", "1 when the database answers.", 0)]

    def _build(self) -> Metric:
        """Which program answers, always 1."""
        settings = self.services.settings
        labels = {
            "version": VERSION,
            "mode": settings.server.mode,
            "engine": settings.database.engine,
            "python": platform.python_version(),
        }
        family = GaugeMetricFamily("hospital_build_info", "The program that answers.", labels=list(labels))
        family.add_metric(list(labels.values()), 1)
        return family

    async def _writable(self) -> Metric:
        try:
            await self.services.database_health.check()
            writable = 1
        except StorageNotWritable:
            writable = 0
        return gauge("database_writable", "0 when the database answers and cannot write.", writable)


routes = [(r"/metrics/", MetricsHandler)]
