"""Several server processes behind one address: replaced without a failed request, and never left alone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.processes import Site
from bench.rolling import roll_under_load, workers_of
from config import ConfigError, load_settings
from startup.processes import Processes, _Worker, serve_with_processes
from tests.served import command


def wait_for(what: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def two_processes(folder: Path, **settings: str) -> Iterator[Site]:
    """A server of two processes on SQLite, with WeChat's stand-in beside it."""
    site = Site(folder, {"HA_DATABASE_ENGINE": "sqlite"}, processes=2)
    site.server.environment |= settings
    try:
        asyncio.run(site.start())
        wait_for(lambda: "2 个进程 / processes are ready" in site.server.last_words)
        yield site
    finally:
        site.kill()


def answers(site: Site) -> bool:
    return httpx.get(f"{site.server.root}healthz/", trust_env=False, timeout=10).status_code == 200


@pytest.mark.promise(44)
def test_no_request_fails_while_all_processes_are_replaced(engine: str, tmp_path: Path) -> None:
    report = asyncio.run(roll_under_load(engine, 2, 300, tmp_path))
    assert (report.answered, report.failed) == (300, 0), report.text()
    assert report.rolls >= 1
    assert len(report.workers) >= 4, report.text()


@pytest.mark.promise(44)
def test_sessions_hold_and_logins_are_counted_across_processes(tmp_path: Path) -> None:
    with two_processes(tmp_path, HA_LIMITS_LOGIN_PER_MINUTE="3") as site:

        def ask(path: str) -> httpx.Response:
            return httpx.get(site.server.root + path, headers=header, trust_env=False, timeout=20)

        header: dict[str, str] = {}
        with ThreadPoolExecutor(8) as clients:  # a connection each: both processes accept some
            logins = list(clients.map(ask, [f"login/?code=as:li:{number}" for number in range(40)]))
            assert Counter(answer.status_code for answer in logins) == {200: 3, 429: 37}
            warrant = next(answer.json()["warrant"] for answer in logins if answer.status_code == 200)
            header["Authorization"] = f"Bearer {warrant}"
            assert {answer.status_code for answer in clients.map(ask, ["user/me/"] * 40)} == {200}


def test_a_killed_worker_is_replaced_and_the_other_answers_meanwhile(tmp_path: Path) -> None:
    with two_processes(tmp_path) as site:
        killed = min(workers_of(site.server.pid))
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: killed not in workers_of(site.server.pid))
        assert answers(site)
        wait_for(lambda: len(workers_of(site.server.pid)) == 2)
        assert "another one is started" in site.server.last_words


def test_a_worker_that_is_killed_amid_a_replacement_leaves_neither_more_nor_fewer(tmp_path: Path) -> None:
    with two_processes(tmp_path) as site:
        parent, before = site.server.pid, workers_of(site.server.pid)
        os.kill(parent, signal.SIGHUP)
        wait_for(lambda: workers_of(parent) - before != set())
        os.kill(max(before), signal.SIGKILL)
        wait_for(lambda: not workers_of(parent) & before and "were replaced" in site.server.last_words)
        wait_for(lambda: len(workers_of(parent)) == 2)
        time.sleep(4)  # longer than the pause before another one would be started
        assert len(workers_of(parent)) == 2
        assert answers(site)


SLOW_AT_FIRST = """
import pathlib, socket, sys, time
first = pathlib.Path("begun")
slow = not first.exists()
first.touch()
line = socket.socket(fileno=int(sys.argv[-1]))
time.sleep(1.5 if slow else 0)
line.send(b"r")
line.recv(1)
"""


async def test_a_replacement_asked_for_while_the_first_process_starts_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "main.py").write_text(SLOW_AT_FIRST)
    monkeypatch.setattr("startup.processes.ROOT", tmp_path)
    told: list[int] = []
    processes = Processes(2, [], [], lambda: told.append(len(processes._workers)), 5.0)
    running = asyncio.create_task(processes.run())
    async with asyncio.timeout(20):
        while not processes._workers:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        processes._hang_up()
        while "were replaced" not in caplog.text:
            assert not running.done()
            await asyncio.sleep(0.02)
        assert (told, len(processes._workers)) == ([1], 2)
        processes._stopping.set()
        assert await running == 0


async def test_a_worker_that_does_not_listen_any_more_is_killed_when_it_has_to_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", deaf, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"1\n"
    line, theirs = socket.socketpair()
    processes = Processes(1, [], [], lambda: None, 0.3)
    worker = _Worker(process, line, time.monotonic())
    processes._workers.append(worker)
    with processes._counts:
        async with asyncio.timeout(10):
            await processes._end(worker)
    theirs.close()
    assert process.returncode == -signal.SIGKILL
    assert processes._workers == []
    assert "does not end; it is killed" in caplog.text


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    with two_processes(tmp_path) as site:
        workers = workers_of(site.server.pid)
        site.server.kill()
        wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def test_sigterm_ends_parent_and_workers_in_good_order(tmp_path: Path) -> None:
    with two_processes(tmp_path) as site:
        workers = workers_of(site.server.pid)
        assert asyncio.run(site.server.stop()) == 0
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
        assert "Traceback" not in site.server.last_words


def test_a_configuration_that_stops_a_start_leaves_the_running_workers_alone(tmp_path: Path) -> None:
    with two_processes(tmp_path) as site:
        before = workers_of(site.server.pid)
        (tmp_path / "empty.toml").write_text("[server]\nprot = 1\n")
        os.kill(site.server.pid, signal.SIGHUP)
        wait_for(lambda: "the others stay as they are" in site.server.last_words)
        assert "server.prot" in site.server.last_words
        assert workers_of(site.server.pid) == before
        assert answers(site)


def test_a_first_worker_that_cannot_start_ends_the_whole_with_its_reason(tmp_path: Path) -> None:
    settings = {"HA_SANDBOX_ENABLED": "false"}  # and nobody says who WeChat is
    ended = command(tmp_path, "serve", "--port", "0", "--processes", "2", settings=settings)
    assert ended.returncode == 1
    assert "wechat.appid: expected a value" in ended.stderr
    assert "missing, too: wechat.secret, pay.mchid, pay.serial, pay.apiv3_key" in ended.stderr


async def test_several_processes_are_refused_with_the_stand_in(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, None, {})
    with pytest.raises(ConfigError, match="several of them need"):
        await serve_with_processes(settings, 2, [])


@pytest.mark.parametrize("count", ["0", "-1", "65", "two", "²"])
def test_a_count_that_is_none_is_refused(tmp_path: Path, count: str) -> None:
    ended = command(tmp_path, "serve", "--processes", count)
    assert ended.returncode == 2
    assert "a number from 1 to 64" in ended.stderr


def test_one_answer_of_metrics_adds_up_all_processes_and_those_that_have_ended(tmp_path: Path) -> None:
    token = "a-token-of-the-monitoring"

    def ask(path: str) -> httpx.Response:
        header = {"Authorization": f"Bearer {token}"}
        return httpx.get(site.server.root + path, headers=header, trust_env=False, timeout=20)

    def numbers() -> dict[str, float]:
        families = text_string_to_metric_families(ask("metrics/").text)
        samples = [sample for family in families for sample in family.samples]
        assert not {"job", "instance"} & {label for sample in samples for label in sample.labels}
        found = {
            f"{sample.name} {' '.join(sample.labels.values())}".strip(): sample.value for sample in samples
        }
        assert len(found) == len(samples), "a series twice"
        return found

    def counted() -> float:
        found = numbers()
        return sum(
            value
            for name, value in found.items()
            if name.startswith("hospital_requests_total") and "catalog" in name
        )

    with two_processes(tmp_path, HA_SERVER_METRICS_TOKEN=token) as site:
        with ThreadPoolExecutor(8) as clients:
            assert {answer.status_code for answer in clients.map(ask, ["catalog/"] * 60)} == {200}
            ask("login/?code=as:li:1")
        assert [counted() for _ in range(6)] == [60] * 6, "whichever process answers"
        wait_for(lambda: numbers()["hospital_processes"] == 2)
        found = numbers()
        pids = workers_of(site.server.pid)
        assert {f"process_resident_memory_bytes {pid}" for pid in pids} <= set(found)
        assert found["hospital_wechat_call_seconds_count mini_program login ok"] == 1
        assert found["hospital_database_pool_size writer"] == 2
        assert found["hospital_draining"] == 0
        os.kill(min(pids), signal.SIGKILL)
        wait_for(lambda: workers_of(site.server.pid) not in (pids, {max(pids)}))
        wait_for(lambda: numbers()["hospital_processes"] == 2)
        assert counted() == 60, "what the killed one has counted stays"
        assert f"process_resident_memory_bytes {min(pids)}" not in numbers()
