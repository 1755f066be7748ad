"""Limits that all processes count together, and a flood from very many addresses."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from accounts import limits
from accounts.limits import RateLimiter
from clock import DAY, MINUTE
from handlers.application import HospitalApplication
from handlers.routes import all_routes
from storage import Storage
from storage.repositories.limits import RateLimits
from tests.escort.escorts import apply_as_escort
from tests.http.conftest import StartProduct
from tests.http.product import Product


async def second_process(product: Product) -> str:
    """Another process on the same database: its own memory, the same rows."""
    application = HospitalApplication(
        dataclasses.replace(product.services, limiter=RateLimiter(product.clock))
    )
    server = HTTPServer(application)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    product.stack.push_async_callback(server.close_all_connections)
    product.stack.callback(server.stop)
    return f"http://127.0.0.1:{sockets[0].getsockname()[1]}/"


@pytest.mark.promise(22)
async def test_logins_and_payments_are_counted_by_all_processes_together(start_product: StartProduct) -> None:
    product = await start_product(
        limits={
            "login_per_minute": 3,
            "order_per_minute": 4,
            "admin_login_per_minute": 3,
            "write_per_minute": 2,
        }
    )
    other = await second_process(product)
    first = await product.login("li")
    second = await product.client(first.warrant, other)
    here, there = await product.client(), await product.client(root=other)
    statuses = [
        (await client.send("GET", "login/", params={"code": f"as:wang:{number}-{id(client)}"})).status_code
        for number, client in enumerate((here, there, here, there))
    ]
    assert statuses == [200, 200, 429, 429]
    paid = [
        (await client.send("POST", "user/pay1order/", data={"id": 99})).status_code
        for client in (first, second, second, first, first, second, second)
    ]
    assert paid == [404] * 4 + [429] * 3
    tried = []
    for client in (here, there, here, there, here):
        await client.send("GET", "admin/login/")
        form = {"username": "x", "password": "y", "_xsrf": client.http.cookies["_xsrf"]}
        tried.append((await client.send("POST", "admin/login/", data=form)).status_code)
    assert tried == [401] * 3 + [429] * 2
    deleted = [
        (await client.send("POST", "user/delete1friend/", data={"id": 99})).status_code
        for client in (first, first, first, second, second, second)
    ]
    assert deleted == [404, 404, 429] * 2, "what protects neither money nor passwords is counted per process"
    product.clock.move(MINUTE)
    assert (await second.send("POST", "user/pay1order/", data={"id": 99})).status_code == 404


@pytest.mark.promise(22)
async def test_every_change_of_a_user_counts_to_a_limit(start_product: StartProduct) -> None:
    """Of each operation that a user may call with POST, whatever module it stands in."""
    names = {handler.limited_as for _, handler, *_ in all_routes() if hasattr(handler, "limited_as")}
    assert {"write", "order", "avatar", "export"} <= names
    product = await start_product(limits={f"{name}_per_minute": 1 for name in names})
    seen: list[str] = []
    for pattern, handler, *_ in all_routes():
        declared = getattr(handler.post, "operation", None)
        if declared is None or declared.auth != "user" or pattern == "/user/logout/":
            continue
        user = await product.login(f"user{len(seen)}")
        limit = handler.limited_as
        async with asyncio.timeout(10):
            answers = [(await user.send("POST", pattern)).status_code for _ in range(3)]
        assert answers[0] != 429, pattern
        assert answers[1:] == [429, 429], (pattern, limit)
        seen.append(pattern)
        product.clock.move(2 * MINUTE)
    assert len(seen) >= 8
    user = await product.login("reader")
    assert [(await user.send("GET", "user/export/")).status_code for _ in range(2)] == [200, 429]
    for _ in range(3):
        await user.get("user/me/")


@pytest.mark.promise(22)
async def test_every_change_of_an_escort_counts_to_a_limit(start_product: StartProduct) -> None:
    names = {handler.limited_as for _, handler, *_ in all_routes() if hasattr(handler, "limited_as")}
    product = await start_product(limits={f"{name}_per_minute": 1 for name in names})
    escort = await apply_as_escort(product, "wang")
    tried = 0
    for pattern, handler, *_ in all_routes():
        declared = getattr(handler.post, "operation", None)
        if declared is None or declared.auth != "escort":
            continue
        product.clock.move(2 * MINUTE)
        answers = [(await escort.send("POST", pattern)).status_code for _ in range(3)]
        assert answers[0] not in (401, 403, 429), pattern
        assert answers[1:] == [429, 429], (pattern, handler.limited_as)
        tried += 1
    assert tried > 15


async def test_a_shared_bucket_refills_evenly_and_survives_a_clock_that_is_set_back(storage: Storage) -> None:
    at = 1_000_000_000

    async def take(subject: str = "1", per_minute: int = 2) -> int:
        return await storage.run(lambda tx: tx.limits.take("order", subject, at, per_minute))

    assert [await take() for _ in range(3)] == [0, 0, 30_000]
    at += 29_000
    assert await take() == 1_000
    at += 1_000
    assert [await take(), await take()] == [0, 30_000]
    assert await take("2") == 0
    at += DAY
    assert [await take() for _ in range(3)] == [0, 0, 30_000]
    at -= 2 * DAY
    assert [await take() for _ in range(3)] == [0, 0, 30_000]


async def test_twenty_at_once_take_no_more_than_there_is(storage: Storage) -> None:
    waits = await asyncio.gather(
        *(storage.run(lambda tx: tx.limits.take("order", "1", 5_000_000, 6)) for _ in range(20))
    )
    assert sum(wait == 0 for wait in waits) == 6
    assert all(wait == 10_000 for wait in waits if wait)


@pytest.mark.parametrize("engine", ["mysql"])
async def test_a_bucket_that_another_process_makes_meanwhile_is_not_full(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first two requests of a user: one process finds no bucket, and a moment later that of the other."""
    real = RateLimits._take
    taken: list[int] = []

    async def overtaken(repository: RateLimits, given: dict[str, object]) -> int:
        found = await real(repository, given)
        if not taken:
            taken.append(found)
            assert await storage.run(lambda tx: tx.limits.take("order", "1", 5_000_000, 6)) == 0
        return found

    monkeypatch.setattr(RateLimits, "_take", overtaken)
    assert await storage.run(lambda tx: tx.limits.take("order", "1", 5_000_000, 6)) == 0
    waits = [await storage.run(lambda tx: tx.limits.take("order", "1", 5_000_000, 6)) for _ in range(5)]
    assert (taken, waits) == ([0], [0, 0, 0, 0, 10_000])


@pytest.mark.parametrize("engine", ["mysql"])
@pytest.mark.parametrize(("others", "wait"), [(1, 0), (6, 10_000)])
async def test_a_bucket_that_two_processes_make_at_once_is_one(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, others: int, wait: int
) -> None:
    """Neither has found one, and the other's stands there first, with or without a turn left."""
    real = RateLimits._insert
    made: list[str] = []

    async def overtaken(repository: RateLimits, table: str, values: dict[str, object]) -> int:
        if not made:
            made.append(table)
            for _ in range(others):
                assert await storage.run(lambda tx: tx.limits.take("order", "1", 5_000_000, 6)) == 0
        return await real(repository, table, values)

    monkeypatch.setattr(RateLimits, "_insert", overtaken)
    assert await storage.run(lambda tx: tx.limits.take("order", "1", 5_000_000, 6)) == wait
    waits = [await storage.run(lambda tx: tx.limits.take("order", "1", 5_000_000, 6)) for _ in range(6)]
    left = 0 if wait else 4
    assert waits == [0] * left + [10_000] * (6 - left)


def test_a_flood_from_very_many_addresses_takes_bounded_memory_and_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 1_000)
    walks = 0
    real = RateLimiter._make_room

    def counted(self: RateLimiter, now: int) -> None:
        nonlocal walks
        walks += 1
        real(self, now)

    monkeypatch.setattr(RateLimiter, "_make_room", counted)
    limiter = RateLimiter(lambda: 1_000_000)
    for number in range(10_000):
        assert limiter.wait_seconds("login", str(number), 1) == 0
        assert len(limiter._buckets) <= 1_000
    assert walks < 100
    assert limiter.wait_seconds("login", "9999", 1) > 0
