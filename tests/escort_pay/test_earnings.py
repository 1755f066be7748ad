"""An order earns its escort once, what is taken away is a new entry, and no entry is ever changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from orders import serving
from orders.escort_pay import earnings
from orders.escort_pay.earnings import Correction, EarningsChanged, NothingToEarn
from orders.escort_pay.rules import PayInput
from orders.transitions import TransitionRefused
from refusals import Unknown
from storage import Storage, StorageError
from storage.models import Cause, EarningKind, Ending
from tests.core.rows import count
from tests.escort_pay.paying import (
    ADMIN,
    ADMIN_ID,
    AT,
    add_escort,
    add_row,
    adds_up,
    amounts,
    correct,
    end_unserved,
    entries,
    finish,
    finished,
    order_of,
    preview,
    reopen,
    rule,
    served,
    set_state,
)

pytestmark = pytest.mark.promise(40)


async def test_a_finished_order_earns_its_escort_what_the_rule_gives(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    rule_id = await rule(storage, 3_333, "percent")
    order = await finished(storage, escort)
    (entry,) = await entries(storage, order)
    assert (entry.escort_id, entry.amount_fen, entry.base_fen) == (escort, 6_599, 19_800)
    assert (entry.rule_id, entry.kind, entry.created_by) == (rule_id, EarningKind.ORDER, None)
    assert entry.earned_date == "2026-11-10"
    await adds_up(storage)


async def test_a_finish_at_night_counts_to_the_day_in_shanghai(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    last_ms_of_november = 1_796_054_399_999
    one = await finished(storage, escort, last_ms_of_november)
    two = await finished(storage, escort, last_ms_of_november + 1)
    dates = [(await entries(storage, order))[0].earned_date for order in (one, two)]
    assert dates == ["2026-11-30", "2026-12-01"]


async def test_of_ten_taps_on_finish_at_once_one_earns(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order = await served(storage, escort)
    answers = await asyncio.gather(*(finish(storage, order) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(answer, TransitionRefused) for answer in answers) == 9
    assert await amounts(storage, order) == [8_000]


async def test_the_hook_itself_is_idempotent(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order = await finished(storage, escort)
    now = await order_of(storage, order)
    assert await storage.run(lambda tx: earnings.earn(tx, now, AT)) is None
    assert await storage.run(lambda tx: earnings.take_back(tx, now, AT)) is not None
    assert await storage.run(lambda tx: earnings.take_back(tx, now, AT)) is None
    assert await amounts(storage, order) == [8_000, -8_000]


async def test_without_a_rule_nothing_is_earned_and_the_office_sees_the_order(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    old = await finished(storage, escort, visit_date="2026-10-01")
    order = await finished(storage, escort)
    assert await amounts(storage, order) == []
    await rule(storage, 8_000, day="2026-11-01")
    async with storage.reading() as reader:
        found = await reader.escort_pay.without_pay("2026-11-01", None, 10)
        assert [each.order_id for each in found] == [order]
        assert await reader.escort_pay.count_without_pay("2026-11-01") == 1
        assert await reader.escort_pay.without_pay("2026-11-01", order, 10) == []
    now = await order_of(storage, order)
    earning = await storage.run(lambda tx: earnings.earn_later(tx, now, AT))
    assert earning.amount_fen == 8_000
    with pytest.raises(NothingToEarn):
        await storage.run(lambda tx: earnings.earn_later(tx, now, AT))
    before_the_rules = await order_of(storage, old)
    with pytest.raises(NothingToEarn):
        await storage.run(lambda tx: earnings.earn_later(tx, before_the_rules, AT))
    async with storage.reading() as reader:
        assert await reader.escort_pay.without_pay("2026-11-01", None, 10) == []
    await adds_up(storage)


async def test_an_order_that_is_decided_by_hand_waits_for_no_rule_until_it_is_finished_again(
    storage: Storage,
) -> None:
    escort = await add_escort(storage, "王芳", 900)
    order = await finished(storage, escort)
    await correct(storage, escort, order, 0, "亲戚帮忙，不发")
    async with storage.reading() as reader:
        assert await reader.escort_pay.count_without_pay("2026-01-01") == 0
    await rule(storage, 8_000)
    await reopen(storage, order)
    await finish(storage, order)
    await reopen(storage, order)
    async with storage.reading() as reader:
        assert await reader.escort_pay.count_without_pay("2026-01-01") == 0, "it is not finished"
    assert await amounts(storage, order) == [0, 8_000, -8_000]


async def test_an_order_without_an_escort_earns_nothing(storage: Storage) -> None:
    from tests.core.escorts import paid_order

    await rule(storage, 8_000)
    order = await paid_order(storage)
    await finish(storage, order)
    assert await amounts(storage, order) == []
    async with storage.reading() as reader:
        assert await reader.escort_pay.count_without_pay("2026-01-01") == 0


async def test_who_finishes_a_reassigned_order_earns_it(storage: Storage) -> None:
    first, second = await add_escort(storage, "王芳", 900), await add_escort(storage, "李娜", 901)
    await rule(storage, 8_000)
    await rule(storage, 9_500, escort=second)
    order = await served(storage, first)
    new = serving.NewEscort(second, str(first))
    await storage.run(lambda tx: serving.reassign(tx, order, new, Cause(ADMIN, AT), 1_000))
    await finish(storage, order)
    (entry,) = await entries(storage, order)
    assert (entry.escort_id, entry.amount_fen) == (second, 9_500)


async def test_a_reopened_order_takes_away_exactly_what_was_earned_though_it_is_corrected(
    storage: Storage,
) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order = await finished(storage, escort)
    await correct(storage, escort, order, -1_500)
    await reopen(storage, order)
    assert await amounts(storage, order) == [8_000, -1_500, -8_000]
    await adds_up(storage)


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (Ending.CUSTOMER_ABSENT, 8_000),
        (Ending.ESCORT_ABSENT, None),
        (Ending.CANCELLED_BY_USER, None),
        (Ending.CANCELLED_BY_COMPANY, None),
    ],
)
async def test_a_customer_who_did_not_come_is_proposed_to_be_paid_for(
    storage: Storage, ending: Ending, expected: int | None
) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order = await end_unserved(storage, await served(storage, escort), ending)
    async with storage.reading() as reader:
        assert await earnings.proposed_for_ending(reader, order) == expected
    assert await amounts(storage, order.id) == [], "a person decides"
    with pytest.raises(NothingToEarn):
        await storage.run(lambda tx: earnings.earn_later(tx, order, AT))


@pytest.mark.parametrize("act", ["UPDATE earnings SET amount_fen = 1", "DELETE FROM earnings"])
async def test_the_database_refuses_to_change_an_entry(storage: Storage, act: str) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order = await finished(storage, escort)
    with pytest.raises(StorageError, match=r"append-only|1644"):
        async with storage.transaction() as tx:
            await tx.connection.execute(act)
    assert await amounts(storage, order) == [8_000]


async def test_of_two_corrections_sent_at_once_one_is_recorded(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order = await finished(storage, escort)
    seen = earnings.mark(await entries(storage, order))
    wanted = Correction(escort, order, -500, "迟到")

    async def once() -> Any:
        async def run(tx: Any) -> Any:
            await tx.orders.lock(order)
            return await earnings.correct(tx, wanted, seen, ADMIN_ID, AT)

        return await storage.run(run)

    answers = await asyncio.gather(*(once() for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(answer, EarningsChanged) for answer in answers) == 4, answers
    assert await amounts(storage, order) == [8_000, -500]


@pytest.mark.parametrize(
    ("order", "fen", "reason"),
    [(True, 1_000_001, "多"), (True, -1_000_001, "多"), (False, 0, "零"), (True, 5, "")],
)
async def test_a_correction_that_cannot_be_right_is_refused(
    storage: Storage, order: bool, fen: int, reason: str
) -> None:
    escort = await add_escort(storage, "王芳", 900)
    order_id = await served(storage, escort) if order else None
    with pytest.raises(PayInput):
        await correct(storage, escort, order_id, fen, reason)
    assert await count(storage, "earnings") == 0


async def test_a_correction_for_an_escort_who_does_not_exist_is_refused(storage: Storage) -> None:
    with pytest.raises(Unknown):
        await correct(storage, 77, None, 100)


HELD = {
    "refund": ("refunds", {"state": "requested", "out_refund_no": "R1"}, "succeeded"),
    "refund that failed": ("refunds", {"state": "abnormal", "out_refund_no": "R1"}, "closed"),
    "supplement": ("supplements", {"state": "disputed"}, "withdrawn"),
    "complaint": ("complaints", {"state": "open"}, "closed"),
    "answered complaint": ("complaints", {"state": "answered"}, "closed"),
}


@pytest.mark.parametrize("case", HELD)
async def test_an_earning_is_held_while_something_about_its_order_is_open(
    storage: Storage, case: str
) -> None:
    table, values, settled = HELD[case]
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order, other = await finished(storage, escort), await finished(storage, escort)
    row = await add_row(storage, table, order_id=order, **values)
    found = await preview(storage, escort)
    assert [line.earning.order_id for line in found.held] == [order]
    assert [line.earning.order_id for line in found.included] == [other]
    hold = found.held[0].hold
    assert (hold.refund, hold.supplement, hold.complaint) == (
        table == "refunds",
        table == "supplements",
        table == "complaints",
    )
    async with storage.reading() as reader:
        assert await reader.escort_pay.hold_of_order(order) == hold
        assert not await reader.escort_pay.hold_of_order(other)
        sums = await reader.escort_pay.open_sums("2026-11-31")
    assert {(each.held, each.total_fen, each.count) for each in sums} == {(False, 8_000, 1), (True, 8_000, 1)}
    await set_state(storage, table, row, settled)
    assert not (await preview(storage, escort)).held


@pytest.mark.parametrize(
    ("table", "state"), [("refunds", "rejected"), ("supplements", "open"), ("supplements", "paid")]
)
async def test_what_is_settled_or_only_unpaid_holds_nothing(storage: Storage, table: str, state: str) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order = await finished(storage, escort)
    await add_row(storage, table, order_id=order, state=state)
    assert (await preview(storage, escort)).total_fen == 8_000
