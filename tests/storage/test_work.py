"""Jobs, messages, alarms, downloads: which rows each statement is about."""

from __future__ import annotations

import pytest

from storage import Storage
from storage.models import Download
from storage.repositories.alarms import Alarms
from tests.storage.contract import GONE, Added, Counted, Found, Listed, Promise, Stored, Swept, Written
from tests.storage.rows import Row, all_rows, fill

MINE: Row = {"user_id": 1}
THEIRS: Row = {"user_id": 2}
JOB: Row = {"name": "j", "owner": "me", "claimed_until": 100, "started_at": 50, "runs": 4, "failures": 2}
FUTURE = 100 + 600_000
NEVER = 100 + 3_600_000 + 600_000
"""No job is held for longer."""
ALARM: Row = {"day": "2026-11-02", "event": "e", "reason": "r"}
OTHER_ALARMS: list[Row] = [{"day": "2026-11-01"}, {"event": "f"}, {"reason": "s"}]
PROMISES: dict[str, Promise] = {
    "a job": Found("jobs", JOB, lambda tx, row: tx.jobs.get(row["name"]), by="name", key="name", order=("name",),
                   told=lambda found: found and found.name),
    "all jobs": Listed("jobs", JOB, lambda tx: tx.jobs.all(), also=[{"name": "z"}, {"name": "a"}], order=("name",),
                       told=lambda found: [each.name for each in found], key="name"),
    "a finished job": Written(
        "jobs", JOB, lambda tx, row: tx.jobs.finish(row["name"], "me", 90, "fine", "", 95),
        {"claimed_until": 95, "finished_at": 90, "runs": 5, "last_result": "fine"}, wrong=[{"owner": "other"}],
        key="name",
        tells=False,
    ),
    "a failed job": Written(
        "jobs", JOB, lambda tx, row: tx.jobs.finish(row["name"], "me", 90, "", "why", 95),
        {"claimed_until": 95, "finished_at": 90, "runs": 5, "failures": 3, "last_error": "why"},
        wrong=[{"owner": "other"}], key="name", tells=False,
    ),
    "a job held longer": Written(
        "jobs", JOB, lambda tx, row: tx.jobs.extend(row["name"], "me", 200), {"claimed_until": 200},
        wrong=[{"owner": "other"}], key="name",
    ),
    "a job let go": Written(
        "jobs", JOB, lambda tx, row: tx.jobs.release(row["name"], "me", 99), {"claimed_until": 99},
        wrong=[{"owner": "other"}, {"claimed_until": 99}], key="name", tells=False,
    ),
    "jobs removed": Swept(
        "jobs", JOB, lambda tx: tx.jobs.remove(["j", "k"]), GONE, wrong=[{"name": "l"}], also=[{"name": "k"}],
        told=lambda rows: None,
    ),
    "a message": Added(
        "outbox", lambda tx: tx.outbox.add("k", "r", 1, "{}", 7, 5),
        {"kind": "k", "reference": "r", "user_id": 1, "payload": "{}", "state": "pending", "tries": 0, "next_at": 7,
         "claimed_until": 0, "last_error": "", "created_at": 7, "order_id": 5}, told=lambda row: True,
    ),
    "a message that was sent": Written(
        "outbox", {"state": "pending", "next_at": 5, "claimed_until": 6, "tries": 1},
        lambda tx, row: tx.outbox.finish(row["id"], "sent", 9, None),
        {"state": "sent", "next_at": None, "tries": 2, "claimed_until": 0, "sent_at": 9}, tells=False,
    ),
    "a message to be sent again": Written(
        "outbox", {"state": "pending", "next_at": 5, "claimed_until": 6, "tries": 1},
        lambda tx, row: tx.outbox.finish(row["id"], "pending", 9, 12, "e" * 130),
        {"next_at": 12, "tries": 2, "claimed_until": 0, "last_error": "e" * 127}, tells=False,
    ),
    "a message that was taken": Written(
        "outbox", {}, lambda tx, row: tx.outbox.taken(row["id"], "m"), {"message_id": "m"}, tells=False
    ),
    "a message by WeChat's number": Found(
        "outbox", {"message_id": "m"}, lambda tx, row: tx.outbox.by_message_id(row["message_id"]), also=[{}],
        order=("-id",), by="message_id",
    ),
    "a message not delivered": Written(
        "outbox", {"state": "sent"}, lambda tx, row: tx.outbox.not_delivered(row["id"], "e" * 130),
        {"state": "undelivered", "last_error": "e" * 127}, wrong=[{"state": "undelivered"}],
    ),
    "how many messages wait": Counted(
        "outbox", {"next_at": 5}, lambda tx: tx.outbox.count_waiting(), wrong=[{"next_at": None}]
    ),
    "messages of an order": Listed(
        "outbox", {"order_id": 5}, lambda tx: tx.outbox.of_order(5), wrong=[{"order_id": 6}, {"order_id": None}]
    ),
    "messages of a user": Listed("outbox", MINE, lambda tx: tx.outbox.of_user(1), wrong=[THEIRS]),
    "newest messages of a user": Listed(
        "outbox", MINE, limited=lambda tx, _, limit: tx.outbox.newest_of_user(1, limit), wrong=[THEIRS], order=("-id",)
    ),
    "messages erased": Swept("outbox", MINE, lambda tx: tx.outbox.erase_of_user(1), GONE, wrong=[THEIRS]),
    "alarms since": Listed(
        "alarms", ALARM, lambda tx: tx.alarms.since("2026-11-02"), wrong=[{"day": "2026-11-01"}],
        also=[{"day": "2026-11-03"}, {"event": "a"}, {"reason": "q"}], order=("-day", "event", "reason"),
        told=lambda found: [(each.event) for each in found], key="event",
    ),
    "unseen alarms": Counted(
        "alarms", {**ALARM, "count": 5, "seen_count": 2}, lambda tx: tx.alarms.count_unseen("2026-11-02"),
        wrong=[{"day": "2026-11-01"}], also=[{"day": "2026-11-03"}], total=lambda rows: 3 * len(rows),
    ),
    "seen alarms": Written(
        "alarms", {**ALARM, "count": 5, "seen_count": 2}, lambda tx, row: tx.alarms.mark_seen(row["day"], "e", "r", 5),
        {"seen_count": 5}, wrong=[{"event": "f"}, {"reason": "s"}, {"seen_count": 5}, {"count": 4}], key="day",
    ),
    "alarms forgotten": Swept(
        "alarms", ALARM, lambda tx: tx.alarms.forget("2026-11-03"), GONE, wrong=[{"day": "2026-11-03"}],
        also=[{"day": "2026-11-01"}],
    ),
    "a download": Stored(
        "downloads", {"session_id": 3, "ticket": "t", "total": 9, "sent": 1, "state": "sending", "updated_at": 5},
        lambda tx, row: tx.downloads.put(Download(**row)),
        {"total": 10, "sent": 2, "state": "done", "updated_at": 6}, others=[{"session_id": 4}, {"ticket": "u"}],
    ),
    "a known download": Found(
        "downloads", {"session_id": 3, "ticket": "t"}, lambda tx,
        row: tx.downloads.get(row["session_id"], row["ticket"]),
        [{"session_id": 4}, {"ticket": "u"}], by="ticket", key="ticket", order=("ticket",),
        told=lambda found: found and found.ticket,
    ),
    "old downloads": Swept(
        "downloads", {"updated_at": 99}, lambda tx: tx.downloads.sweep(100), GONE, wrong=[{"updated_at": 100}]
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


@pytest.mark.parametrize(
    ("known", "taken"),
    [
        ({"claimed_until": 100}, True),
        ({"claimed_until": 101}, False),
        ({"claimed_until": 101, "owner": "me"}, True),
        ({"claimed_until": NEVER, "started_at": FUTURE}, False),
        ({"claimed_until": NEVER, "started_at": FUTURE + 1}, True),
        ({"claimed_until": NEVER + 1}, True),
    ],
)
async def test_a_job_is_taken_when_nobody_holds_it(storage: Storage, known: Row, taken: bool) -> None:
    async with storage.transaction() as tx:
        before = await fill(tx, "jobs", {**JOB, "owner": "other", **known})
        await fill(tx, "jobs", {**JOB, "name": "another"})
        assert await tx.jobs.claim("j", "me", 100, 200) is taken
        another, job = await all_rows(tx, "jobs")
        assert (another["owner"], another["claimed_until"]) == ("me", 100)
        expected = {"owner": "me", "claimed_until": 200, "started_at": 100} if taken else {}
        assert job == {**before, **expected}


async def test_a_job_that_nobody_knows_begins_with_nothing(storage: Storage) -> None:
    async with storage.transaction() as tx:
        assert await tx.jobs.claim("j", "me", 100, 200)
        await tx.jobs.lock("k", 300)
        await tx.jobs.lock("k", 400)
        rows = await all_rows(tx, "jobs")
    nothing = {"finished_at": None, "runs": 0, "failures": 0, "last_error": "", "last_result": ""}
    assert rows == [
        {"name": "j", "owner": "me", "claimed_until": 200, "started_at": 100, **nothing},
        {"name": "k", "owner": "", "claimed_until": 0, "started_at": 300, **nothing},
    ]


async def test_an_alarm_is_counted_by_day_event_and_reason(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for other in OTHER_ALARMS:
            await fill(tx, "alarms", {**ALARM, **other, "count": 40})
        await tx.alarms.count(**ALARM, times=2, address="a" * 70, at=7)
        await tx.alarms.count(**ALARM, times=3, address="b", at=9)
        rows = await all_rows(tx, "alarms")
    assert sorted(row["count"] for row in rows) == [5, 40, 40, 40]
    mine = next(row for row in rows if row["count"] == 5)
    assert mine == {**ALARM, "count": 5, "seen_count": 0, "last_address": "b", "last_at": 9}


async def test_the_mode_of_an_installation_is_marked_once(storage: Storage) -> None:
    async with storage.transaction() as tx:
        assert await tx.installation.mode() == ""
        await tx.installation.mark("staging", 7)
        assert await tx.installation.mode() == "staging"
        assert await all_rows(tx, "installation") == [{"id": 1, "mode": "staging", "since": 7}]


@pytest.mark.parametrize("table", ["users", "orders", "administrators"])
async def test_a_database_with_any_row_of_business_is_used(storage: Storage, table: str) -> None:
    async with storage.transaction() as tx:
        assert not await tx.installation.is_used()
        await fill(tx, table, {})
        assert await tx.installation.is_used()


@pytest.mark.parametrize("engine", ["mysql"])
async def test_the_first_alarm_of_two_processes_at_once_is_counted_for_both(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Alarms._insert
    made: list[str] = []

    async def overtaken(repository: Alarms, table: str, values: Row) -> int:
        if not made:
            made.append(table)
            await storage.run(lambda tx: tx.alarms.count(**ALARM, times=2, address="first", at=7))
        return await real(repository, table, values)

    monkeypatch.setattr(Alarms, "_insert", overtaken)
    await storage.run(lambda tx: tx.alarms.count(**ALARM, times=3, address="second", at=8))
    async with storage.transaction() as tx:
        (row,) = await all_rows(tx, "alarms")
    assert row == {**ALARM, "count": 5, "seen_count": 0, "last_address": "second", "last_at": 8}
