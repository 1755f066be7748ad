"""The sweeper: thinning questions, claims, one bad item among good ones, and what its job row shows."""

from __future__ import annotations

import asyncio
import dataclasses
import json

import pytest

from clock import DAY, HOUR, MINUTE
from payment import sweeper
from payment.query_schedule import next_query_at
from storage import StorageError
from storage.models import AttemptState, OrderState, PasswordFailures, SentIn
from tests.payment.conftest import Shop
from tests.payment.fake_wechat import lost


async def test_questions_thin_out(shop: Shop) -> None:
    order_id = await shop.placed()
    attempt = await shop.attempt(order_id)
    assert attempt.prepay_at is not None
    assert attempt.next_query_at == attempt.prepay_at + MINUTE
    ages = (MINUTE, 6 * MINUTE, HOUR, 7 * HOUR, 8 * DAY)
    pauses = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 2 * HOUR]
    for age, pause in zip(ages, pauses, strict=True):
        at = attempt.prepay_at + age
        assert next_query_at(attempt, at) == at + pause
    at = attempt.prepay_at + 8 * DAY
    differing = dataclasses.replace(attempt, state=AttemptState.MISMATCH)
    assert next_query_at(differing, at) == at + DAY
    assert next_query_at(differing, attempt.prepay_at + 366 * DAY) is None


async def test_an_open_payment_costs_few_questions_in_a_day(shop: Shop) -> None:
    await shop.placed()
    for _ in range(24 * 60 - 10):
        shop.pass_time(MINUTE)
        if shop.at % (5 * MINUTE) < MINUTE or shop.wechat.calls["query"] < 6:
            await shop.sweep()
    assert 20 <= shop.wechat.calls["query"] <= 40


async def test_one_failing_item_does_not_stop_the_others(shop: Shop) -> None:
    orders = [await shop.placed(await shop.user(f"oUser{count}")) for count in range(6)]
    for order_id in orders:
        shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    shop.wechat.before["query"] += [lost(), RuntimeError("a bug"), TimeoutError()]
    shop.pass_time(2 * MINUTE)
    result = await shop.sweep()
    assert (result.queried, result.settled, result.failures) == (6, 3, 3)
    shop.pass_time(2 * MINUTE)
    assert (await shop.sweep()).settled == 3
    await shop.assert_books_agree()


@pytest.mark.promise(8)
@pytest.mark.parametrize("failure", [lost(), RuntimeError("of 13900001111"), TimeoutError(), None])
async def test_after_every_question_the_next_one_is_planned_and_the_claim_given_back(
    shop: Shop, failure: Exception | None
) -> None:
    order_id = await shop.placed()
    shop.pass_time(7 * MINUTE)
    if failure is not None:
        shop.wechat.before["query"].append(failure)
    await shop.sweep()
    attempt = await shop.attempt(order_id)
    assert (attempt.next_query_at, attempt.claimed_until) == (next_query_at(attempt, shop.at), 0)
    assert attempt.next_query_at == shop.at + 5 * MINUTE
    assert attempt.query_count == 1
    assert attempt.last_error.split(":")[0] == (type(failure).__name__ if failure else "")
    await shop.sweep()
    assert shop.wechat.calls["query"] == 1, "not again before its time"


async def test_a_round_is_noted_even_when_the_sessions_cannot_be_swept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: object, at: int) -> int:
        raise StorageError("a row that cannot be read")

    monkeypatch.setattr("storage.repositories.users.Sessions.sweep", broken)
    await shop.sweep()
    async with shop.storage.reading() as reader:
        job = await reader.jobs.get(sweeper.JOB)
    assert job is not None
    assert (job.finished_at, job.last_error) == (shop.at, "1 failed: StorageError")


async def test_a_frozen_wechat_does_not_hold_up_the_round_for_ever(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "ITEM_SECONDS", 0.2)
    orders = [await shop.placed(await shop.user(f"oUser{count}")) for count in range(10)]
    for order_id in orders:
        shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    frozen = asyncio.Event()
    shop.wechat.before["query"] += [frozen.wait] * 3  # type: ignore[list-item]
    shop.pass_time(2 * MINUTE)
    result = await asyncio.wait_for(shop.sweep(), 10)
    assert (result.queried, result.settled, result.failures) == (10, 7, 3)
    states = [(await shop.order(order_id)).state for order_id in orders]
    assert sorted(states) == ["paid"] * 7 + ["unpaid"] * 3


@pytest.mark.promise(8)
async def test_several_processes_never_ask_about_the_same_payment(shop: Shop) -> None:
    for count in range(10):
        await shop.placed(await shop.user(f"oUser{count}"))
    shop.pass_time(2 * MINUTE)
    sweepers = [shop.another().sweeper(f"p{count}") for count in range(5)]
    results = await asyncio.gather(*(each.run_once() for each in sweepers))
    assert sum(result.queried for result in results) == shop.wechat.calls["query"] == 10


@pytest.mark.promise(8)
async def test_who_read_a_list_of_work_before_it_was_done_does_not_do_it_again(shop: Shop) -> None:
    await shop.placed()
    shop.pass_time(2 * MINUTE)
    async with shop.storage.reading() as reader:
        (seen,) = await reader.attempts.due(shop.at, 10)
    await shop.sweep()
    at = shop.at
    assert not await shop.storage.run(lambda tx: tx.attempts.claim(seen, at, at + MINUTE))


async def test_several_processes_expire_an_order_once(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.pass_time(DAY + MINUTE)
    sweepers = [shop.another().sweeper(f"p{count}") for count in range(5)]
    results = await asyncio.gather(*(each.run_once() for each in sweepers))
    assert sum(result.expired for result in results) == 1
    assert await shop.states(order_id) == ["unpaid", "cancelled"]


async def test_a_claim_of_a_process_that_died_ends_by_itself(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.pass_time(2 * MINUTE)
    attempt = await shop.attempt(order_id)
    await shop.storage.run(lambda tx: tx.attempts.claim(attempt, shop.at, shop.at + sweeper.CLAIM))
    assert (await shop.sweep()).queried == 0
    shop.pass_time(sweeper.CLAIM)
    assert (await shop.sweep()).queried == 1


async def test_what_another_process_has_claimed_takes_no_place_in_the_list_of_work(shop: Shop) -> None:
    orders = [await shop.placed(await shop.user(f"oUser{count}")) for count in range(2)]
    shop.pass_time(2 * MINUTE)
    async with shop.storage.reading() as reader:
        claimed, free = await reader.attempts.due(shop.at, 10)
    assert await shop.storage.run(lambda tx: tx.attempts.claim(claimed, shop.at, shop.at + sweeper.CLAIM))
    async with shop.storage.reading() as reader:
        assert [attempt.id for attempt in await reader.attempts.due(shop.at, 1)] == [free.id]
    assert {claimed.order_id, free.order_id} == set(orders)


async def test_the_last_round_the_backlog_and_the_failures_can_be_seen(shop: Shop) -> None:
    await shop.placed()
    shop.pass_time(2 * MINUTE)
    shop.wechat.before["query"].append(lost())
    await shop.sweep()
    async with shop.storage.reading() as reader:
        job = await reader.jobs.get(sweeper.JOB)
    assert job is not None
    assert (job.runs, job.failures, job.finished_at) == (1, 1, shop.at)
    assert "Unknown" in job.last_error
    assert json.loads(job.last_result)["queried"] == 1


async def test_expired_sessions_are_swept_away(shop: Shop) -> None:
    user = await shop.user()
    until = shop.at + HOUR
    await shop.storage.run(lambda tx: tx.sessions.add(user.id, "hash", shop.at, until, SentIn.HEADER))
    await shop.storage.run(lambda tx: tx.limits.take("order", "1", shop.at, 5))
    await shop.storage.run(lambda tx: tx.failures.put(PasswordFailures(1, "login", "x", 3, 0, shop.at)))
    shop.pass_time(2 * HOUR)
    assert (await shop.sweep()).sessions == 1
    shop.pass_time(2 * DAY)
    await shop.sweep()
    async with shop.storage.reading() as reader:
        for table in ("sessions", "rate_limits", "password_failures"):
            assert await reader.connection.fetch_one(f"SELECT COUNT(*) FROM {table}") == (0,), table


async def test_a_payment_that_nobody_made_ends_closed_at_wechat(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.pass_time(12 * HOUR)
    await shop.placed(user, wishes="晚一点")  # the order lives on, the payment's own time does not
    shop.pass_time(13 * HOUR)
    await shop.sweep()
    assert shop.wechat.charges[number].state == "CLOSED"
    assert (await shop.attempt(order_id)).state == AttemptState.CLOSED
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert await shop.payments.resume(order_id, user)


async def test_the_background_task_wakes_at_once_when_it_is_needed(shop: Shop) -> None:
    from tests.payment.conftest import ADMIN

    async def first_round_is_over() -> bool:
        async with shop.storage.reading() as reader:
            row = await reader.jobs.get(sweeper.JOB)
        return row is not None and row.runs == 1

    order_id = await shop.paid()
    background = shop.payments.sweeper("background", interval=60)
    background.start()
    try:
        async with asyncio.timeout(5):
            while not await first_round_is_over():
                await asyncio.sleep(0.01)
        await shop.payments.start_refund(order_id, ADMIN, 1_000)
        async with asyncio.timeout(5):
            while not shop.wechat.refunds:
                await asyncio.sleep(0.01)
    finally:
        await background.stop()


async def test_a_wake_up_is_one_more_round_and_one_amid_a_round_is_not_lost(shop: Shop) -> None:
    background = shop.payments.sweeper("background", interval=60)
    wake = shop.payments.context.wake
    rounds, over = 0, asyncio.Semaphore(0)

    async def run_once() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 2:
            wake.set()
        over.release()

    async def begun() -> None:
        async with asyncio.timeout(5):
            await over.acquire()

    background.run_once = run_once  # type: ignore[method-assign,assignment]
    wake.set()
    background.start()
    try:
        await begun()
        await asyncio.sleep(0.05)
        assert rounds == 1, "what was asked for before the round is done in it"
        wake.set()
        for _ in (2, 3):
            await begun()
        await asyncio.sleep(0.05)
        assert rounds == 3, "and then it waits again"
    finally:
        await background.stop()
