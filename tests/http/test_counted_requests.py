"""What is counted of requests and told of processes, number by number; and what a script error may say."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.parser import text_string_to_metric_families

import measures
from handlers.monitoring import process_gauges
from handlers.monitoring.client_errors import PER_MINUTE, without_personal_data
from handlers.monitoring.request_metrics import RequestMetrics
from handlers.services import Services
from storage.turns import PoolUse
from tests.http.client import Client
from tests.http.conftest import StartProduct

# Requests


class Order:
    SUPPORTED_METHODS = ("GET", "HEAD")


class Login:
    SUPPORTED_METHODS = ("POST",)


class Elsewhere:
    SUPPORTED_METHODS = ("GET",)


ROUTES: Any = [(r"/orders/([0-9]+)/", Order), (r"/old/", Order), (r"/login/", Login)]


@pytest.fixture
def counted() -> RequestMetrics:
    return RequestMetrics(ROUTES)


def answered(
    metrics: RequestMetrics, kind: type, method: str | None = "GET", status: int = 200, seconds: float = 1.0
) -> None:
    handler = kind()
    handler.request = SimpleNamespace(method=method, request_time=lambda: seconds)
    handler.get_status = lambda: status
    metrics.observe(handler)


def requests_of(metrics: RequestMetrics) -> dict[tuple[str, str, str], float]:
    (family,) = [each for each in metrics.registry.collect() if each.name == "hospital_requests"]
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for sample in family.samples
        if sample.name == "hospital_requests_total"
    }


def test_a_request_counts_for_its_method_its_route_and_its_status(counted: RequestMetrics) -> None:
    for kind, method, status in (
        (Order, "GET", 200),
        (Order, "GET", 200),
        (Order, "HEAD", 200),
        (Order, "GET", 404),
        (Login, "POST", 200),
        (Login, "GET", 405),
        (Order, "ODD", 405),
        (Order, None, 400),
        (Elsewhere, "GET", 404),
        (Elsewhere, "ODD", 404),
    ):
        answered(counted, kind, method, status)
    assert requests_of(counted) == {
        ("GET", "/orders/{id}/", "200"): 2,
        ("HEAD", "/orders/{id}/", "200"): 1,
        ("GET", "/orders/{id}/", "404"): 1,
        ("POST", "/login/", "200"): 1,
        ("other", "/login/", "405"): 1,
        ("other", "/orders/{id}/", "405"): 1,
        ("other", "/orders/{id}/", "400"): 1,
        ("other", "other", "404"): 2,
    }


def test_how_long_requests_take_is_told_by_route(counted: RequestMetrics) -> None:
    for seconds in (0.004, 0.005, 0.006, 10.0, 11.0):
        answered(counted, Order, seconds=seconds)
    answered(counted, Order, "HEAD", 404, seconds=0.3)
    answered(counted, Login, "POST", seconds=7.0)
    found = counted.registry.get_sample_value
    of_order = {"route": "/orders/{id}/"}
    (family,) = [each for each in counted.registry.collect() if each.name == "hospital_request_seconds"]
    buckets = {
        sample.labels["le"]: sample.value
        for sample in family.samples
        if sample.name.endswith("_bucket") and sample.labels["route"] == "/orders/{id}/"
    }
    assert buckets == {
        "0.005": 2, "0.01": 3, "0.025": 3, "0.05": 3, "0.1": 3, "0.25": 3, "0.5": 4, "1.0": 4, "2.5": 4, "5.0": 4,
        "10.0": 5, "+Inf": 6,
    }  # fmt: skip
    assert found("hospital_request_seconds_count", of_order) == 6
    assert found("hospital_request_seconds_sum", of_order) == pytest.approx(21.315)
    assert found("hospital_request_seconds_sum", {"route": "/login/"}) == 7.0


def test_the_process_is_told_beside_its_requests(counted: RequestMetrics) -> None:
    memory = counted.registry.get_sample_value("process_resident_memory_bytes")
    assert memory is not None
    assert memory > 1_000_000


# Processes


def services_with(*pools: PoolUse, draining: bool = False, skew: int | None = None) -> Services:
    told = SimpleNamespace(
        draining=draining,
        storage=SimpleNamespace(pools=lambda: list(pools)),
        payments=SimpleNamespace(clock_skew_ms=skew),
    )
    return cast(Services, told)


def gauge(name: str, **labels: str) -> float | None:
    return measures.REGISTRY.get_sample_value(f"hospital_{name}", labels)


def test_the_gauges_of_a_process_say_what_is_true_now() -> None:
    pools = PoolUse("readers", 4, 3, 2), PoolUse("writer", 1, 0, 5)
    process_gauges.refresh(services_with(*pools, draining=True, skew=-1_500), 7)
    assert (gauge("processes"), gauge("requests_in_flight"), gauge("draining")) == (1, 7, 1)
    for pool in pools:
        found = [gauge(f"database_pool_{name}", pool=pool.name) for name in ("size", "in_use", "waiting")]
        assert found == [pool.size, pool.in_use, pool.waiting]
    assert gauge("clock_skew_seconds") == -1.5
    process_gauges.refresh(services_with(), 0)
    assert (gauge("processes"), gauge("requests_in_flight"), gauge("draining")) == (1, 0, 0)
    assert gauge("clock_skew_seconds") == -1.5, "nothing new is known"
    process_gauges.refresh(services_with(skew=0), 0)
    assert gauge("clock_skew_seconds") == 0


async def test_a_process_among_several_tells_its_gauges_every_five_seconds_until_it_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    services, application = services_with(), SimpleNamespace(in_flight=1)
    told: list[tuple[Any, int]] = []
    pauses: list[float] = []
    twice = asyncio.Event()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        application.in_flight += 1
        if len(pauses) == 2:
            twice.set()
            await asyncio.Event().wait()

    own = SimpleNamespace(create_task=asyncio.create_task, gather=asyncio.gather, sleep=sleep)
    monkeypatch.setattr(process_gauges, "asyncio", own)
    monkeypatch.setattr(process_gauges, "refresh", lambda *given: told.append(given))
    before = asyncio.all_tasks()
    async with process_gauges.refreshing(services, application):
        assert asyncio.all_tasks() == before
    assert told == [], "alone it is asked itself"
    monkeypatch.setattr(measures, "shared_folder", lambda: tmp_path)
    async with process_gauges.refreshing(services, application):
        await asyncio.wait_for(twice.wait(), 5)
        assert told == [(services, 1), (services, 2)]
        assert pauses == [5.0, 5.0]
    assert asyncio.all_tasks() == before


@pytest.fixture
def own_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("hospital_own", "Of the application.", registry=registry).set(3)
    return registry


def test_one_process_tells_what_its_application_and_what_it_itself_has_counted(
    own_registry: CollectorRegistry,
) -> None:
    process_gauges.refresh(services_with(), 9)
    text = process_gauges.all_processes(own_registry).decode()
    assert text.startswith("# HELP hospital_own")
    assert "\nhospital_own 3.0\n" in text
    assert "\nhospital_requests_in_flight 9.0\n" in text


@pytest.fixture
def another_process() -> Any:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        yield process.pid
        process.kill()


DEAD = 0, 2**22 + 7
"""No process can have these numbers."""


def test_several_processes_are_added_up_and_the_living_ones_told_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_registry: CollectorRegistry, another_process: int
) -> None:
    living = sorted((os.getpid(), another_process))
    for kind, pid in (*(("gauge_livesum", pid) for pid in (*living, *DEAD)), ("counter", living[0])):
        file = MmapedDict(str(tmp_path / f"{kind}_{pid}.db"))
        file.write_value(mmap_key(f"hospital_{kind}", f"hospital_{kind}", [], [], "Some."), 2.0, 0.0)
        file.close()
    monkeypatch.setattr(measures, "shared_folder", lambda: tmp_path)
    text = process_gauges.all_processes(own_registry).decode()
    families = {each.name: each for each in text_string_to_metric_families(text)}
    assert [sample.value for sample in families["hospital_gauge_livesum"].samples] == [8.0]
    assert "hospital_own" not in families, "the files hold it as well"
    for name, kind in (("process_resident_memory_bytes", "gauge"), ("process_cpu_seconds", "counter")):
        family = families[name]
        assert family.type == kind
        assert [sample.labels for sample in family.samples] == [{"pid": str(pid)} for pid in living]
        assert family.documentation
    memory = [sample.value for sample in families["process_resident_memory_bytes"].samples]
    assert memory[living.index(another_process)] < memory[living.index(os.getpid())] / 2, "each has its own"


# Script errors


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("order 1234", "order 1234"),
        ("order 12345, 1234567", "order #, #"),
        ("12345a 1234a5", "#a 1234a5"),
        ("'李雷' \"x\" “王芳” said", "'…' \"…\" “…” said"),
        ("'" + "x" * 200 + "'", "'…'"),
        ("'" + "x" * 201 + "'", "'" + "x" * 201 + "'"),
        ("''", "''"),
        ("'12345' is \"not\n", "'…' is \"not ⏎ "),
        ("a\nb", "a ⏎ b"),
    ],
)
def test_of_an_error_long_numbers_and_what_is_quoted_are_left_out(text: str, left: str) -> None:
    assert without_personal_data(text) == left


@asynccontextmanager
async def from_address(client: Client, address: str) -> AsyncIterator[Client]:
    client.http.headers["X-Forwarded-For"] = address
    yield client
    del client.http.headers["X-Forwarded-For"]


async def test_a_script_error_is_one_line_and_counts_for_its_network(
    start_product: StartProduct, caplog: pytest.LogCaptureFixture
) -> None:
    product = await start_product(server={"trusted_proxies": ["127.0.0.0/8"]})
    client = await product.client()
    lines: list[str] = []

    async def told(**fields: str) -> str:
        caplog.clear()
        reply = await client.post("client/errors/", **fields)
        assert reply == {"code": 0, "kept": True}
        (line,) = [each for each in caplog.records if each.name == "hospital.client"]
        lines.append(line.levelname)
        return line.getMessage()

    with caplog.at_level("INFO"):
        async with from_address(client, "203.0.113.9"):
            assert await told(message="x") == "script error on ? (?, ?): x"
            spoken = {"version": "1.2 '张三'", "system": "iOS 17.123456", "message": "tel 13812345678"}
            assert await told(page="pages/a-b/c_1", **spoken) == (
                "script error on pages/a-b/c_1 (1.2 '…', iOS 17.#): tel #"
            )
            longest = {"message": "x" * 500, "page": "p" * 100, "version": "v" * 32, "system": "s" * 64}
            for name, value in longest.items():
                refused = await client.post("client/errors/", 400, **{**longest, name: value + "x"})
                assert list(refused["fields"]) == [name]
            for page in ("pages/a?id=1", "a b", "a.b"):
                refused = await client.post("client/errors/", 400, message="x", page=page)
                assert list(refused["fields"]) == ["page"], page
            assert await told(**longest) == (
                f"script error on {'p' * 100} ({'v' * 32}, {'s' * 64}): {'x' * 500}"
            )
            for _ in range(PER_MINUTE - 3):
                await told(message="again")
            refused = await client.post("client/errors/", 429, message="again")
            assert refused["error"] == "too_many_requests"
        async with from_address(client, "203.0.113.10"):
            await told(message="of another network")
    assert lines == ["WARNING"] * 7
