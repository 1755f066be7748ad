"""What a monitoring system reads: how requests go, how the work beside them does, what waits for a human.

Prometheus' text format, from its own library. Only for who knows ``server.metrics_token``; nothing in it is about a
person or an amount of money.
"""

from __future__ import annotations

import asyncio
import dataclasses
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
from config import Settings
from handlers.base import BaseHandler
from handlers.errors import by_status
from handlers.monitoring.job_health import is_late
from handlers.monitoring.request_metrics import RequestMetrics
from orders.office_queues import OfficeQueue, orders_in
from payment.reconciliation.bill_days import count_missing
from storage import Reader, StorageError, StorageNotWritable
from storage.models import Job

DATABASE_SECONDS = 3.0


class _Facts(Collector):
    """What was asked of the database for one answer."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hospital_{name}", help, value=value)


_AFTER_SALES = {
    "unanswered": "complaints_unanswered",
    "unanswered_overdue": "complaints_unanswered_overdue",
    "unsettled": "complaints_unsettled",
    "unsettled_overdue": "complaints_unsettled_overdue",
    "to_issue": "invoices_to_issue",
    "to_reverse": "invoices_to_reverse",
}


async def _waiting(reader: Reader, at: int, settings: Settings) -> Metric:
    family = GaugeMetricFamily("hospital_waiting", "What waits for a human.", labels=["what"])
    for what, count in dataclasses.asdict(await reader.desk.waiting()).items():
        family.add_metric([what], count)
    for queue in OfficeQueue:
        family.add_metric([queue], await reader.order_lists.count(orders_in(queue, at, settings.visits)))
    complaints, invoices = await reader.complaints.waiting(at), await reader.invoices.waiting()
    for what, count in {**dataclasses.asdict(complaints), **dataclasses.asdict(invoices)}.items():
        family.add_metric([_AFTER_SALES[what]], count)
    family.add_metric(["days_not_reconciled"], await count_missing(reader, at, settings.pay.books_begin))
    return family


def _jobs(jobs: list[Job], at: int) -> list[Metric]:
    """The label is ``task``: ``job`` is Prometheus' own, and it would rename ours to ``exported_job``."""
    about = {
        "finished_timestamp_seconds": "When the work last ended a round.",
        "failing": "1 when the last round of the work had an error.",
        "late": "1 when the last round of the work was too long ago.",
    }
    families = {
        name: GaugeMetricFamily(f"hospital_job_{name}", help, labels=["task"]) for name, help in about.items()
    }
    for job in jobs:
        families["late"].add_metric([job.name], int(is_late(job, at)))
        if job.finished_at is not None:
            families["finished_timestamp_seconds"].add_metric([job.name], job.finished_at / 1000)
            families["failing"].add_metric([job.name], int(bool(job.last_error)))
    return list(families.values())


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
        families = await self._facts()
        families.append(_gauge("requests_in_flight", "Requests under way.", application.in_flight))
        families.append(_gauge("draining", "1 when the server is being stopped.", self.services.draining))
        facts = CollectorRegistry()
        facts.register(_Facts(families))
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.set_header("Cache-Control", "no-store")
        self.finish(generate_latest(application.metrics.registry) + generate_latest(facts))

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
                return [
                    _gauge("database_up", "1 when the database answers.", 1),
                    await _waiting(reader, at, self.services.settings),
                    _gauge(
                        "messages_waiting",
                        "Subscribe messages still to be sent.",
                        await reader.outbox.count_waiting(),
                    ),
                    *_jobs(await reader.jobs.all(), at),
                    await self._writable(),
                ]
        except (StorageError, TimeoutError):
            return [_gauge("database_up", "1 when the database answers.", 0)]

    async def _writable(self) -> Metric:
        try:
            await self.services.database_health.check()
            writable = 1
        except StorageNotWritable:
            writable = 0
        return _gauge("database_writable", "0 when the database answers and cannot write.", writable)


routes = [(r"/metrics/", MetricsHandler)]
