"""Every number that the database tells a monitoring system, each with a value of its own, and what is asked for it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clock import DAY, MINUTE
from config import load_settings
from handlers.monitoring import database_facts as module
from handlers.monitoring.database_facts import database_facts
from orders.office_queues import OfficeQueue, orders_in
from payment.complaints.following import UNREAD_AFTER
from storage.models import Job
from storage.views import WaitingComplaints, WaitingCounts, WaitingInvoices

AT = 1_795_000_000_000
QUEUES = list(OfficeQueue)
JOBS = [
    Job("sweep", "", 0, AT - 9, AT - 5 * MINUTE, 1, 0, "", "{}"),
    Job("outbox", "", 0, AT - 9, AT - 5 * MINUTE - 1, 1, 1, "1 failed", "{}"),
    Job("forget", "", 0, AT, None, 0, 0, "", ""),
    Job("content", "", 0, None, None, 0, 0, "", ""),
]


class Told:
    """A reader that gives each answer once named, and keeps what was asked."""

    def __init__(self, due: dict[str, int]) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.visits: Any = None
        self._answers: dict[str, Any] = {
            "alarms.last_beat": 1_795_000_123_456,
            "complaints.most_urgent": due,
            "complaints.waiting": WaitingComplaints(31, 32, 33, 34),
            "invoices.waiting": WaitingInvoices(35, 36),
            "outbox.count_waiting": 11,
            "outbox.backlog": 12,
            "jobs.all": JOBS,
            "attempts.count_since": {"paid": 21, "prepaid": 22},
            "attempts.backlog": 23,
            "refunds.count_active": {"requested": 24},
            "refunds.backlog": 25,
            "desk.waiting": WaitingCounts(41, 42, 43, 44, 45, 46),
            "wechat_complaints.count_unread": 51,
            "wechat_complaints.count_refused": 52,
            "pushed_events.count_given_up": 53,
            "erasure_requests.count_waiting": 54,
        }

    def __getattr__(self, repository: str) -> Any:
        return SimpleNamespace(
            **{
                name.partition(".")[2]: self._answering(name)
                for name in [*self._answers, "order_lists.count"]
                if name.partition(".")[0] == repository
            }
        )

    def _answering(self, name: str) -> Any:
        async def answer(*given: Any) -> Any:
            if name == "order_lists.count":
                return 100 + [orders_in(queue, AT, self.visits) for queue in QUEUES].index(given[0])
            if given:
                self.asked.append((name, *given))
            return self._answers[name]

        return answer


@pytest.mark.parametrize(
    ("due", "seconds"), [({}, 0), ({"a": 1_795_000_900_000, "b": 1_795_000_800_500}, 1_795_000_800.5)]
)
async def test_every_number_is_told_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, due: dict[str, int], seconds: float
) -> None:
    settings = load_settings(tmp_path, environment={}).replace("pay", books_begin="2026-11-01")
    reader: Any = Told(due)
    reader.visits = settings.visits

    async def missing(*given: Any) -> int:
        assert given == (reader, AT, "2026-11-01")
        return 55

    monkeypatch.setattr(module, "count_missing", missing)
    found = {
        (sample.name.removeprefix("hospital_"), *sample.labels.items()): sample.value
        for family in await database_facts(reader, AT, settings)
        for sample in family.samples
    }
    waiting = {
        "refund_requests": 41,
        "abnormal_refunds": 42,
        "mismatches": 43,
        "other_cases": 44,
        "escorts": 45,
        "offline_refunds": 46,
        **{str(queue): 100 + place for place, queue in enumerate(QUEUES)},
        "complaints_unanswered": 31,
        "complaints_unanswered_overdue": 32,
        "complaints_unsettled": 33,
        "complaints_unsettled_overdue": 34,
        "invoices_to_issue": 35,
        "invoices_to_reverse": 36,
        "wechat_complaints_unread": 51,
        "wechat_complaint_acts_refused": 52,
        "pushes_given_up": 53,
        "accounts_closing": 54,
        "days_not_reconciled": 55,
    }
    payments = {
        **dict.fromkeys(("created", "unknown", "closed", "mismatch", "reversed"), 0),
        "prepaid": 22,
        "paid": 21,
    }
    refunds = {"requested": 24, "approved": 0, "processing": 0, "abnormal": 0}
    expected: dict[tuple[Any, ...], float] = {
        ("database_up",): 1,
        ("heartbeat_timestamp_seconds",): 1_795_000_123.456,
        **{("waiting", ("what", what)): count for what, count in waiting.items()},
        **{("payments", ("state", state)): count for state, count in payments.items()},
        **{("refunds", ("state", state)): count for state, count in refunds.items()},
        ("sweep_backlog", ("what", "payments")): 23,
        ("sweep_backlog", ("what", "refunds")): 25,
        ("complaints_due_timestamp_seconds",): seconds,
        ("messages_waiting",): 11,
        ("messages_due",): 12,
        ("job_late", ("task", "sweep")): 0,
        ("job_late", ("task", "outbox")): 1,
        ("job_late", ("task", "forget")): 0,
        ("job_late", ("task", "content")): 1,
        ("job_finished_timestamp_seconds", ("task", "sweep")): 1_794_999_700,
        ("job_finished_timestamp_seconds", ("task", "outbox")): 1_794_999_699.999,
        ("job_failing", ("task", "sweep")): 0,
        ("job_failing", ("task", "outbox")): 1,
    }
    assert found == expected
    assert sorted(reader.asked) == [
        ("attempts.backlog", AT),
        ("attempts.count_since", AT - DAY),
        ("complaints.waiting", AT),
        ("erasure_requests.count_waiting", "account"),
        ("outbox.backlog", AT),
        ("refunds.backlog", AT),
        ("wechat_complaints.count_unread", AT - UNREAD_AFTER),
    ]
