"""The lists beside escorts' pay are put right: earnings on no statement, finished orders without pay.

Every act keeps them in its own transaction. Version 1.0.0 did not know them: a process of it that still runs after the
migration, during an upgrade, books beside them. So what was booked since the last round is compared with the lists
again and again, and what is wrong is put right under the lock of its escort or order, which every act about it holds.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from functools import partial

from clock import HOUR, MINUTE, Clock
from storage import Storage, Transaction
from storage.job_run import JobRun, run_job
from storage.pay_views import MislistedEarning, PayIds

logger = logging.getLogger("hospital.escort_pay")

JOB = "pay_lists"
CLAIM = 5 * MINUTE
PAUSE = MINUTE
SLICE = 5_000
"""So many ids are looked at in one statement."""
AT_ONCE = 500
"""So many earnings of an escort are put right in one transaction."""
SLICES_AT_ONCE = 40
"""Of each table in one round: the first rounds go through all that was ever paid."""
SEEN_AGAIN = 500
"""So many of the ids of the last round are looked at again: ids are given before the commit."""
NEWEST_STATEMENTS = 5_000
OVERLAP = HOUR
"""Statements that were changed so long before the last round are looked at again: clocks differ."""


async def repair_all(storage: Storage) -> list[str]:
    """Compare everything with the lists, in slices, and put it right; what was, in words. May be interrupted and run
    again, also beside servers. Raises StorageError."""
    async with storage.reading() as reader:
        newest = await reader.pay_lists.newest()
    mended: list[str] = []
    for after in range(0, newest.earnings, SLICE):
        mended += await _earnings_between(storage, after, after + SLICE)
    for after in range(0, newest.orders, SLICE):
        mended += await _orders_between(storage, after, after + SLICE)
    return mended


async def repair_due(storage: Storage, clock: Clock, owner: str) -> int:
    """One process at a time (the job row): compare what was booked since the last round. How much was put right.
    Raises StorageError."""
    mended: list[str] = []

    async def work(run: JobRun) -> None:
        at = clock()
        async with storage.reading() as reader:
            job = await reader.jobs.get(JOB)
            newest = await reader.pay_lists.newest()
        run.pause = PAUSE
        run.result = known = _known(job.last_result if job is not None else "")
        mended.extend(await _statements_since(storage, newest, min(known.get("at", at), at) - OVERLAP))
        reached = {}
        for name, compare, first in (
            ("earnings", _earnings_between, 0),
            ("steps", _steps_between, newest.steps),  # those of before are of orders that are compared, too
            ("orders", _orders_between, 0),
        ):
            after = max(0, min(known.get(name, first), getattr(newest, name)) - SEEN_AGAIN)
            slices = _slices(after, getattr(newest, name))
            reached[name] = slices[-1][1] if slices else after
            for position, (start, end) in enumerate(slices):
                if position and not await run.keep_claim():
                    return
                mended.extend(await compare(storage, start, end))
        run.result = {**reached, "at": at, "mended": len(mended)}

    await run_job(storage, clock, JOB, owner, CLAIM, work)
    if mended:
        logger.warning("escorts' pay: put right in the lists beside it: %d", len(mended))
    return len(mended)


def _known(result: str) -> dict[str, int]:
    """What the last round has written; nothing where it is not readable: then all is compared again."""
    try:
        found = json.loads(result or "{}")
        return {str(name): int(value) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _slices(after: int, newest: int) -> list[tuple[int, int]]:
    starts = range(after, newest, SLICE)[:SLICES_AT_ONCE]
    return [(start, min(start + SLICE, newest)) for start in starts]


async def _earnings_between(storage: Storage, after: int, until: int) -> list[str]:
    async with storage.reading() as reader:
        wrong = await reader.pay_lists.mislisted_earnings(after, until)
        orders = await reader.pay_lists.mislisted_of_earnings(after, until)
    return [*await _relist_earnings(storage, wrong), *await _relist_orders(storage, orders)]


async def _statements_since(storage: Storage, newest: PayIds, since: int) -> list[str]:
    async with storage.reading() as reader:
        wrong = await reader.pay_lists.mislisted_of_statements(newest.statements - NEWEST_STATEMENTS, since)
    return await _relist_earnings(storage, wrong)


async def _orders_between(storage: Storage, after: int, until: int) -> list[str]:
    async with storage.reading() as reader:
        wrong = await reader.pay_lists.mislisted_orders(after, until)
    return await _relist_orders(storage, wrong)


async def _steps_between(storage: Storage, after: int, until: int) -> list[str]:
    async with storage.reading() as reader:
        wrong = await reader.pay_lists.mislisted_of_steps(after, until)
    return await _relist_orders(storage, wrong)


async def _relist_earnings(storage: Storage, wrong: Sequence[MislistedEarning]) -> list[str]:
    """A transaction for each escort, under the lock that every entry and every statement of theirs holds."""
    of_escorts: dict[int, list[int]] = {}
    for each in wrong:
        of_escorts.setdefault(each.escort_id, []).append(each.earning_id)
    mended: list[str] = []
    for escort_id, ids in of_escorts.items():
        for start in range(0, len(ids), AT_ONCE):
            work = partial(_relist_of_escort, escort_id=escort_id, ids=ids[start : start + AT_ONCE])
            mended += await storage.run(work)
    return mended


async def _relist_of_escort(tx: Transaction, escort_id: int, ids: Sequence[int]) -> list[str]:
    await tx.escorts.lock(escort_id)
    return [
        f"earning {each.earning_id}: {'on the list of open ones' if each.is_open else 'on a statement, no longer open'}"
        for each in await tx.pay_lists.relist_earnings(escort_id, ids)
    ]


async def _relist_orders(storage: Storage, wrong: Sequence[int]) -> list[str]:
    return [
        line for order_id in wrong for line in await storage.run(partial(_relist_order, order_id=order_id))
    ]


async def _relist_order(tx: Transaction, order_id: int) -> list[str]:
    await tx.orders.lock(order_id)
    if not await tx.pay_lists.mislisted_orders(order_id - 1, order_id):
        return []
    is_listed = await tx.escort_pay.expect_pay(order_id)
    return [
        f"order {order_id}: {'on the list of those without pay' if is_listed else 'has earned, no longer listed'}"
    ]
