"""What a process of version 1.0.0 books beside the lists of pay, during an upgrade, is put on them by itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from clock import HOUR, MINUTE
from config import DatabaseSettings
from orders.escort_pay import lists
from orders.escort_pay.statements import PayChanged
from storage import Storage
from storage.errors import StorageUnavailable
from tests.core.backups import variables
from tests.escort_pay import version_1_0_0 as old
from tests.escort_pay.paying import (
    IN_DECEMBER,
    add_escort,
    adds_up,
    an_escort,
    correct,
    finish,
    finished,
    issue,
    preview,
    reopen,
    served,
    withdraw,
)
from tests.escort_pay.test_open_pay import listed
from tests.served import command

pytestmark = pytest.mark.promise(40)
BEFORE_THE_RULE = "2025-11-10"
Act = Callable[[Storage, int], Awaitable[None]]


class Rounds:
    """The job of a server, called by hand; ``at`` moves on by more than its pause each time."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.at = IN_DECEMBER + 10

    async def once(self) -> int:
        self.at += 2 * MINUTE
        return await lists.repair_due(self._storage, lambda: self.at, "test")


async def finishes(storage: Storage, escort: int) -> None:
    await old.finish(storage, await served(storage, escort))


async def finishes_without_a_rule(storage: Storage, escort: int) -> None:
    await old.finish(storage, await served(storage, escort, visit_date=BEFORE_THE_RULE))


async def finishes_again(storage: Storage, escort: int) -> None:
    order = await finished(storage, escort)
    await old.reopen(storage, order)
    await old.finish(storage, order)


async def corrects(storage: Storage, escort: int) -> None:
    await old.correct(storage, escort, None, 700)


async def decides_an_order_without_pay(storage: Storage, escort: int) -> None:
    order = await finished(storage, escort, visit_date=BEFORE_THE_RULE)
    assert order in (await listed(storage))[1]
    await old.correct(storage, escort, order, 0)


async def issues(storage: Storage, escort: int) -> None:
    await finished(storage, escort)
    await old.issue(storage, escort)


async def withdraws(storage: Storage, escort: int) -> None:
    await finished(storage, escort)
    await old.withdraw(storage, (await issue(storage, escort)).id)


ACTS: tuple[Act, ...] = (
    finishes,
    finishes_without_a_rule,
    finishes_again,
    corrects,
    decides_an_order_without_pay,
    issues,
    withdraws,
)


async def problems(storage: Storage) -> list[str]:
    async with storage.reading() as reader:
        return await reader.pay_statements.unbalanced()


@pytest.mark.parametrize("act", ACTS)
async def test_all_that_an_old_process_books_is_listed_by_one_repair_and_the_next_changes_nothing(
    storage: Storage, act: Act
) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    await act(storage, escort)
    told = await problems(storage)
    assert told, "the ledger names it"
    mended = await lists.repair_all(storage)
    assert len(mended) == len(told)
    await adds_up(storage)
    before = await listed(storage)
    assert await lists.repair_all(storage) == []
    assert await listed(storage) == before


@pytest.mark.parametrize("act", ACTS)
async def test_a_server_lists_what_an_old_process_booked_since_its_last_round(
    storage: Storage, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "SEEN_AGAIN", 0)
    escort = await an_escort(storage)
    await finished(storage, escort)
    rounds = Rounds(storage)
    assert await rounds.once() == 0
    await act(storage, escort)
    assert await rounds.once() == await noted(storage) > 0
    await adds_up(storage)
    assert await rounds.once() == 0


async def noted(storage: Storage) -> int:
    """How much the last round has put right, as its row says."""
    async with storage.reading() as reader:
        job = await reader.jobs.get(lists.JOB)
    assert job is not None
    return int(json.loads(job.last_result)["mended"])


async def test_the_statement_has_what_was_earned_beside_the_lists(storage: Storage) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    await finishes(storage, escort)
    assert (await preview(storage, escort)).total_fen == 8_000
    await Rounds(storage).once()
    made = await issue(storage, escort)
    assert (made.total_fen, made.line_count) == (16_000, 2)
    await adds_up(storage)


async def test_an_old_processes_statement_is_no_obstacle(storage: Storage) -> None:
    """Until the lists are put right nothing is on two statements; and this version withdraws it at once."""
    escort = await an_escort(storage)
    await finished(storage, escort)
    made = await old.issue(storage, escort)
    with pytest.raises(PayChanged):
        await issue(storage, escort, "2026-12", IN_DECEMBER + 1)
    await withdraw(storage, made.id)
    await adds_up(storage)
    assert (await issue(storage, escort)).total_fen == 8_000


async def test_new_and_old_processes_finish_orders_while_the_lists_are_put_right(storage: Storage) -> None:
    escorts = [await an_escort(storage), await add_escort(storage, "李强", 901)]
    orders = [await served(storage, escort) for escort in escorts for _ in range(8)]
    rounds = Rounds(storage)

    async def repeat() -> None:
        for _ in range(6):
            await rounds.once()
            await lists.repair_all(storage)

    by_either = (finish if number % 2 else old.finish for number in range(len(orders)))
    await asyncio.gather(
        repeat(), *(act(storage, order) for act, order in zip(by_either, orders, strict=True))
    )
    await asyncio.gather(*(old.reopen(storage, order) for order in orders[:4]), rounds.once())
    await asyncio.gather(*(reopen(storage, order) for order in orders[4:6]), rounds.once())
    await rounds.once()
    await adds_up(storage)
    for escort, total in zip(escorts, (2, 8), strict=True):
        assert (await preview(storage, escort)).total_fen == total * 8_000


async def test_a_repair_that_is_cut_short_keeps_what_it_did_and_is_done_again(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await an_escort(storage)
    second = await add_escort(storage, "李强", 901)
    for escort in (first, second):
        await finishes(storage, escort)
    rounds, run = Rounds(storage), storage.run

    async def lost(work: Callable[..., Awaitable[object]]) -> object:
        keywords = getattr(work, "keywords", {})
        if keywords.get("escort_id") == second:
            raise StorageUnavailable("the server was killed")
        return await run(work)

    monkeypatch.setattr(storage, "run", lost)
    for repair in (rounds.once, lambda: lists.repair_all(storage)):
        with pytest.raises(StorageUnavailable):
            await repair()
        assert len(await problems(storage)) == 1
    monkeypatch.undo()
    assert await rounds.once() == 1
    await adds_up(storage)


async def test_the_first_rounds_go_through_everything_a_bounded_part_at_a_time(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "SLICE", 2)
    monkeypatch.setattr(lists, "SLICES_AT_ONCE", 1)
    monkeypatch.setattr(lists, "SEEN_AGAIN", 0)
    escort = await an_escort(storage)
    for _ in range(5):
        await correct(storage, escort, None, 500)
    async with storage.transaction() as tx:
        await tx.connection.execute("DELETE FROM open_earnings")
        await tx.commit()
    rounds = Rounds(storage)
    assert [await rounds.once() for _ in range(4)] == [2, 2, 1, 0]
    async with storage.transaction() as tx:
        await tx.connection.execute("DELETE FROM open_earnings")
        await tx.commit()
    assert await rounds.once() == 0, "what was compared long ago is not read for ever"
    assert len(await lists.repair_all(storage)) == 5


async def test_two_servers_take_turns_and_a_spoilt_note_means_to_begin_anew(storage: Storage) -> None:
    escort = await an_escort(storage)
    await finishes(storage, escort)
    rounds = Rounds(storage)
    assert await rounds.once() == 1
    await finishes(storage, escort)
    assert await lists.repair_due(storage, lambda: rounds.at, "another") == 0, "the pause is not over"
    for note in ("no JSON", "[]", '{"earnings": 99999, "steps": 99999, "at": 4102444800000}'):
        async with storage.transaction() as tx:
            await tx.connection.execute("UPDATE jobs SET last_result = :note", {"note": note})
            await tx.commit()
        rounds.at += HOUR
        assert await rounds.once() == 1
        await finishes(storage, escort)


async def test_the_command_says_what_it_put_right(
    storage: Storage, database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    escort = await an_escort(storage)
    await finishes(storage, escort)
    await finishes_without_a_rule(storage, escort)
    settings = variables(database_settings)
    beside = ("neither on a statement nor open", "finished without pay and not listed", "stars are kept")
    named = command(tmp_path, "ledger", settings=settings).stdout
    assert [words in named for words in beside] == [True, True, True]
    mended = command(tmp_path, "ledger", "--repair", settings=settings).stdout
    assert [words in mended.split("\n\n", 1)[1] for words in beside] == [False, False, False]
    said = mended.split("\n\n")[0].splitlines()
    assert said[0].endswith("put right: 3")
    assert [line.partition(": ")[2] for line in said[1:]] == [
        "on the list of open ones",
        "on the list of those without pay",
        "0 finished visits, 0 ratings with 0 stars are kept, the orders have 2, 0 with 0",
    ]
    assert "put right: 0" in command(tmp_path, "ledger", "--repair", settings=settings).stdout
