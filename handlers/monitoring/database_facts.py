"""What the database tells a monitoring system: how payments go, how the work beside the requests does, what waits for a
human. It is the same whichever process is asked."""

from __future__ import annotations

import dataclasses

from prometheus_client.core import GaugeMetricFamily, Metric

from clock import DAY
from config import Settings
from handlers.monitoring.job_health import is_late
from orders.office_queues import OfficeQueue, orders_in
from payment.complaints.following import UNREAD_AFTER
from payment.reconciliation.bill_days import count_missing
from storage import Reader
from storage.models import ACTIVE_REFUNDS, AttemptState, ErasureSubject, Job

_AFTER_SALES = {
    "unanswered": "complaints_unanswered",
    "unanswered_overdue": "complaints_unanswered_overdue",
    "unsettled": "complaints_unsettled",
    "unsettled_overdue": "complaints_unsettled_overdue",
    "to_issue": "invoices_to_issue",
    "to_reverse": "invoices_to_reverse",
}


def gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hospital_{name}", help, value=value)


def _by(name: str, help: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(f"hospital_{name}", help, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family


async def database_facts(reader: Reader, at: int, settings: Settings) -> list[Metric]:
    """Raises StorageError."""
    beat_at = await reader.alarms.last_beat()
    return [
        gauge("database_up", "1 when the database answers.", 1),
        gauge(
            "heartbeat_timestamp_seconds",
            "When the database last took a write for its health.",
            beat_at / 1000,
        ),
        await _waiting(reader, at, settings),
        *await _payments(reader, at),
        gauge(
            "complaints_due_timestamp_seconds",
            "When the most urgent complaint has to be answered or settled; 0 when none is open.",
            min((await reader.complaints.most_urgent()).values(), default=0) / 1000,
        ),
        gauge(
            "messages_waiting", "Subscribe messages still to be sent.", await reader.outbox.count_waiting()
        ),
        gauge("messages_due", "Of them, those whose moment has come.", await reader.outbox.backlog(at)),
        *_jobs(await reader.jobs.all(), at),
    ]


async def _payments(reader: Reader, at: int) -> list[Metric]:
    payments = dict.fromkeys(map(str, AttemptState), 0) | await reader.attempts.count_since(at - DAY)
    refunds = dict.fromkeys(map(str, ACTIVE_REFUNDS), 0) | await reader.refunds.count_active()
    backlog = {"payments": await reader.attempts.backlog(at), "refunds": await reader.refunds.backlog(at)}
    return [
        _by("payments", "Payments at WeChat that were begun within the last day.", "state", payments),
        _by("refunds", "Refunds that are not at their end.", "state", refunds),
        _by("sweep_backlog", "What WeChat is to be asked about, or sent, now.", "what", backlog),
    ]


async def _waiting(reader: Reader, at: int, settings: Settings) -> Metric:
    counts = dict(dataclasses.asdict(await reader.desk.waiting()))
    for queue in OfficeQueue:
        counts[queue] = await reader.order_lists.count(orders_in(queue, at, settings.visits))
    complaints, invoices = await reader.complaints.waiting(at), await reader.invoices.waiting()
    for what, count in {**dataclasses.asdict(complaints), **dataclasses.asdict(invoices)}.items():
        counts[_AFTER_SALES[what]] = count
    counts["wechat_complaints_unread"] = await reader.wechat_complaints.count_unread(at - UNREAD_AFTER)
    counts["wechat_complaint_acts_refused"] = await reader.wechat_complaints.count_refused()
    counts["pushes_given_up"] = await reader.pushed_events.count_given_up()
    counts["accounts_closing"] = await reader.erasure_requests.count_waiting(ErasureSubject.ACCOUNT)
    counts["days_not_reconciled"] = await count_missing(reader, at, settings.pay.books_begin)
    return _by("waiting", "What waits for a human.", "what", counts)


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
