"""One run of a job, on both engines: claimed once, and its outcome written down whatever happens."""

from __future__ import annotations

import asyncio

import pytest

from clock import HOUR, MINUTE
from handlers.admin.overview.job_words import health
from handlers.monitoring.job_health import LATE_AFTER, is_late
from storage import Storage, StorageUnavailable
from storage.job_run import JobRun, run_job
from storage.models import Job

AT = 1_700_000_000_000
NAME = "sweep up"


class Clock:
    now = AT

    def __call__(self) -> int:
        return self.now


async def row(storage: Storage) -> Job:
    async with storage.reading() as reader:
        found = await reader.jobs.get(NAME)
    assert found is not None
    return found


async def _fine(run: JobRun) -> None:
    run.result["done"] = 3


@pytest.mark.parametrize(
    "failure", [ValueError, OSError, KeyError, ZeroDivisionError, SystemExit, MemoryError]
)
async def test_whatever_fails_is_in_the_row_and_the_claim_is_free(
    storage: Storage, failure: type[BaseException]
) -> None:
    clock = Clock()

    async def work(run: JobRun) -> None:
        run.result["half"] = 1
        raise failure("13900001111")

    with pytest.raises(failure):
        await run_job(storage, clock, NAME, "p1", HOUR, work)
    found = await row(storage)
    assert (found.last_error, found.last_result) == (failure.__name__, '{"half": 1}')
    assert (found.runs, found.failures, found.finished_at, found.claimed_until) == (1, 1, AT, AT)
    assert await run_job(storage, clock, NAME, "p2", HOUR, _fine)
    found = await row(storage)
    assert (found.last_error, found.last_result, found.runs, found.failures) == ("", '{"done": 3}', 2, 1)


async def test_one_of_many_processes_runs_it(storage: Storage) -> None:
    running: list[str] = []

    async def work(run: JobRun) -> None:
        running.append(run.owner)
        await asyncio.sleep(0.05)

    runs = await asyncio.gather(*(run_job(storage, Clock(), NAME, f"p{n}", HOUR, work) for n in range(8)))
    assert len(running) == sum(run is not None for run in runs) == 1


async def test_a_claim_of_a_process_that_died_is_taken_over_when_it_is_over_and_not_before(
    storage: Storage,
) -> None:
    clock = Clock()
    async with storage.transaction() as tx:
        assert await tx.jobs.claim(NAME, "died", AT, AT + HOUR)
        await tx.commit()
    clock.now = AT + HOUR - 1
    assert await run_job(storage, clock, NAME, "p1", HOUR, _fine) is None
    clock.now = AT + HOUR
    assert await run_job(storage, clock, NAME, "p1", HOUR, _fine) is not None
    assert (await row(storage)).runs == 1


async def test_who_was_taken_over_neither_goes_on_nor_overwrites_the_row(storage: Storage) -> None:
    clock = Clock()

    async def slow(run: JobRun) -> None:
        clock.now += HOUR
        assert await run_job(storage, clock, NAME, "p2", HOUR, _fine)
        assert not await run.keep_claim()
        run.problem = "too late"

    assert await run_job(storage, clock, NAME, "p1", HOUR, slow)
    found = await row(storage)
    assert (found.runs, found.last_error, found.last_result) == (1, "", '{"done": 3}')


async def test_a_pause_is_kept_by_every_process(storage: Storage) -> None:
    clock = Clock()

    async def work(run: JobRun) -> None:
        run.problem, run.pause = "not ready", HOUR

    assert await run_job(storage, clock, NAME, "p1", MINUTE, work)
    clock.now += HOUR - 1
    assert await run_job(storage, clock, NAME, "p1", MINUTE, _fine) is None
    assert await run_job(storage, clock, NAME, "p2", MINUTE, _fine) is None
    clock.now += 1
    assert await run_job(storage, clock, NAME, "p2", MINUTE, _fine)


@pytest.mark.parametrize(("ahead", "taken"), [(9 * MINUTE, False), (11 * MINUTE, True), (2160 * HOUR, True)])
async def test_what_a_process_with_a_wrong_clock_has_claimed_keeps_no_other_waiting(
    storage: Storage, ahead: int, taken: bool
) -> None:
    async def pausing(run: JobRun) -> None:
        run.pause = HOUR

    wrong = Clock()
    wrong.now = AT + ahead
    assert await run_job(storage, wrong, NAME, "p1", HOUR, pausing)
    assert bool(await run_job(storage, Clock(), NAME, "p2", HOUR, _fine)) == taken


async def test_a_run_that_is_cancelled_gives_the_claim_back_and_is_no_failure(storage: Storage) -> None:
    begun = asyncio.Event()

    async def work(run: JobRun) -> None:
        begun.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(run_job(storage, Clock(), NAME, "p1", HOUR, work))
    await asyncio.wait_for(begun.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    found = await row(storage)
    assert (found.runs, found.failures, found.claimed_until) == (0, 0, AT)
    assert await run_job(storage, Clock(), NAME, "p2", HOUR, _fine)


async def test_an_outcome_that_cannot_be_written_does_not_hide_what_failed(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(run: JobRun) -> None:
        async def away(_: object) -> None:
            raise StorageUnavailable("away")

        monkeypatch.setattr(storage, "run", away)
        raise KeyError("what happened")

    with pytest.raises(KeyError):
        await run_job(storage, Clock(), NAME, "p1", HOUR, work)


def _job(name: str, finished_at: int | None, error: str = "", started_at: int = 0) -> Job:
    return Job(name, "p1", 0, started_at, finished_at, 1, 0, error, "{}")


def test_each_job_is_late_after_its_own_time() -> None:
    for name, limit in {**LATE_AFTER, "another": 3 * HOUR}.items():
        assert not is_late(_job(name, AT), AT + limit)
        assert is_late(_job(name, AT), AT + limit + 1)
        assert is_late(_job(name, None, started_at=AT), AT + limit + 1), "it began and never ended"


@pytest.mark.parametrize("name", ["outbox", "reconcile", "forget", "sweep"])
def test_the_overview_names_the_job_that_stands_still_or_failed(name: str) -> None:
    jobs = {each: _job(each, AT) for each in LATE_AFTER}
    assert health(jobs.values(), AT)[0] == "green"
    jobs[name] = _job(name, AT, "2026-11-29: BillNotKept")
    colour, words = health(jobs.values(), AT)
    assert (colour, "账单文件存不下来" in words) == ("amber", True)
    jobs[name] = _job(name, AT - 4 * HOUR)
    colour, words = health(jobs.values(), AT)
    assert (colour, "已停 240 分钟" in words) == ("red", True)
