"""The database fails before each statement of an act about escorts' pay in turn: nothing of the act is there, and done
again it works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from storage import Storage, StorageUnavailable
from tests.escort_pay.paying import (
    adds_up,
    an_escort,
    confirm,
    correct,
    finish,
    finished,
    issue,
    pay,
    preview,
    reopen,
    served,
    withdraw,
)
from tests.offline.racing import done, race
from tests.offline.test_half_finished import stored
from tests.payment.flaky_storage import FlakyStorage

pytestmark = pytest.mark.promise(40)
Act = Callable[[Storage], Awaitable[Any]]


async def finishing(storage: Storage) -> Act:
    order_id = await served(storage, await an_escort(storage))
    return lambda failing: finish(failing, order_id)


async def reopening(storage: Storage) -> Act:
    order_id = await finished(storage, await an_escort(storage))
    return lambda failing: reopen(failing, order_id)


async def correcting(storage: Storage) -> Act:
    escort = await an_escort(storage)
    order_id = await finished(storage, escort)
    return lambda failing: correct(failing, escort, order_id, -500)


async def issuing(storage: Storage) -> Act:
    escort = await an_escort(storage)
    await finished(storage, escort)
    await finished(storage, escort)
    return lambda failing: issue(failing, escort)


def of_a_statement(act: Callable[..., Awaitable[Any]]) -> Callable[[Storage], Awaitable[Act]]:
    async def prepare(storage: Storage) -> Act:
        escort = await an_escort(storage)
        await finished(storage, escort)
        statement_id = (await issue(storage, escort)).id
        more = (escort,) if act is confirm else ()
        return lambda failing: act(failing, statement_id, *more)

    return prepare


ACTS = {
    "finishing": finishing,
    "reopening": reopening,
    "correcting": correcting,
    "issuing": issuing,
    "confirming": of_a_statement(confirm),
    "withdrawing": of_a_statement(withdraw),
    "paying": of_a_statement(pay),
}


@pytest.mark.parametrize("name", ACTS)
async def test_a_database_that_fails_during_an_act_about_pay_saves_nothing_of_it(
    storage: Storage, name: str
) -> None:
    act = await ACTS[name](storage)
    before, failures = await stored(storage), 0
    while True:
        try:
            await act(FlakyStorage(storage, failures))
        except StorageUnavailable:
            failures += 1
            assert await stored(storage) == before
        else:
            break
    assert failures >= 3
    assert await stored(storage) != before
    await adds_up(storage)


async def test_two_owners_issue_while_orders_finish_and_are_reopened(storage: Storage) -> None:
    escort = await an_escort(storage)
    over = [await finished(storage, escort) for _ in range(3)]
    waiting = [await served(storage, escort) for _ in range(3)]
    shown = (await preview(storage, escort)).mark
    results = await race(
        issue(storage, escort, seen=shown),
        issue(storage, escort, seen=shown),
        *(reopen(storage, order_id) for order_id in over),
        *(finish(storage, order_id) for order_id in waiting),
    )
    assert done(results[:2]) <= 1
    assert done(results[2:]) == 6
    await adds_up(storage)
