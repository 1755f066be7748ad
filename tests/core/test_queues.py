"""Attempts and refunds as queues: what is due, who has it, and what is planned; on both engines, to the millisecond."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import AttemptState, OrderState, Refund, RefundKind, RefundState
from storage.writes import AttemptMove, NewAttempt, NewRefund, RefundMove
from tests.core.rows import add_order

AT = 1_000_000


def payment(number: int, **changes: Any) -> NewAttempt:
    values: dict[str, Any] = {
        "out_trade_no": f"N{number:031d}",
        "amount_fen": 100 * number,
        "currency": "CNY",
        "openid": f"o{number}",
        "payer_user_id": number,
        "appid": "wx1",
        "mchid": "19",
        "description": "陪诊",
        "notify_url": "https://example.test/",
        "expires_at": AT + 10_000,
        **changes,
    }
    return NewAttempt(**values)


async def attempts_due_at(storage: Storage, *moments: int) -> list[int]:
    """One attempt for each moment, in this order; their ids."""
    async with storage.transaction() as tx:
        ids = []
        for number, moment in enumerate(moments, 1):
            await tx.attempts.add(number, payment(number), AT, moment)
            found = await tx.attempts.by_number(f"N{number:031d}")
            assert found is not None
            ids.append(found.id)
        await tx.commit()
    return ids


async def due(storage: Storage, at: int, limit: int = 10) -> list[int]:
    async with storage.reading() as reader:
        return [each.id for each in await reader.attempts.due(at, limit)]


async def planned(storage: Storage, attempt_id: int) -> int | None:
    async with storage.reading() as reader:
        found = await reader.attempts.get(attempt_id)
    assert found is not None
    return found.next_query_at


async def test_what_became_due_first_comes_first_and_nothing_before_its_moment(storage: Storage) -> None:
    late, early, middle = await attempts_due_at(storage, AT + 30, AT + 10, AT + 20)
    assert await due(storage, AT + 9) == []
    assert await due(storage, AT + 10) == [early]
    assert await due(storage, AT + 30) == [early, middle, late]
    assert await due(storage, AT + 30, limit=2) == [early, middle]
    async with storage.reading() as reader:
        assert [await reader.attempts.backlog(at) for at in (AT + 9, AT + 10, AT + 20)] == [0, 1, 2]


async def test_a_claim_holds_to_its_last_millisecond_and_is_given_once(storage: Storage) -> None:
    (attempt_id,) = await attempts_due_at(storage, AT)
    async with storage.reading() as reader:
        seen = await reader.attempts.get(attempt_id)
    assert seen is not None
    assert seen.claimed_until == 0
    assert await storage.run(lambda tx: tx.attempts.claim(seen, AT, AT + 50))
    assert not await storage.run(lambda tx: tx.attempts.claim(seen, AT, AT + 50)), "another was quicker"
    assert await due(storage, AT + 49) == []
    assert await due(storage, AT + 50) == [attempt_id]
    async with storage.reading() as reader:
        assert await reader.attempts.backlog(AT) == 1, "claimed or not"
        held = await reader.attempts.get(attempt_id)
    assert held is not None
    assert not await storage.run(lambda tx: tx.attempts.claim(held, AT + 49, AT + 99))
    assert await storage.run(lambda tx: tx.attempts.claim(held, AT + 50, AT + 99))


async def test_who_has_read_another_plan_claims_nothing(storage: Storage) -> None:
    (attempt_id,) = await attempts_due_at(storage, AT)
    async with storage.reading() as reader:
        seen = await reader.attempts.get(attempt_id)
    assert seen is not None
    await storage.run(lambda tx: tx.attempts.reschedule(attempt_id, AT + 5))
    assert not await storage.run(lambda tx: tx.attempts.claim(seen, AT + 9, AT + 99))


async def test_making_one_due_brings_it_forward_and_touches_no_other(storage: Storage) -> None:
    one, two, past = await attempts_due_at(storage, AT + 30, AT + 40, AT + 10)
    await storage.run(lambda tx: tx.attempts.make_due(one, AT + 20))
    assert [await planned(storage, each) for each in (one, two, past)] == [AT + 20, AT + 40, AT + 10]
    await storage.run(lambda tx: tx.attempts.make_due(past, AT + 20))
    assert await planned(storage, past) == AT + 10, "it is not put off"
    await storage.run(lambda tx: tx.attempts.move(two, (AttemptState.CREATED,), AttemptState.CLOSED, AT))
    await storage.run(lambda tx: tx.attempts.make_due(two, AT + 20))
    assert await planned(storage, two) is None, "what is final stays final"


async def test_planning_anew_counts_gives_back_the_claim_and_touches_no_other(storage: Storage) -> None:
    one, two = await attempts_due_at(storage, AT, AT)
    async with storage.reading() as reader:
        seen = await reader.attempts.get(one)
    assert seen is not None
    await storage.run(lambda tx: tx.attempts.claim(seen, AT, AT + 50))
    await storage.run(lambda tx: tx.attempts.reschedule(one, AT + 60, "x" * 200))
    async with storage.reading() as reader:
        after, other = await reader.attempts.get(one), await reader.attempts.get(two)
    assert after is not None
    assert other is not None
    assert (after.claimed_until, after.query_count, after.next_query_at) == (0, 1, AT + 60)
    assert after.last_error == "x" * 127
    assert (other.query_count, other.next_query_at, other.last_error) == (0, AT, "")


@pytest.mark.parametrize("final", [AttemptState.PAID, AttemptState.CLOSED])
async def test_a_final_payment_is_asked_about_no_more_and_frees_its_order(
    storage: Storage, final: AttemptState
) -> None:
    (attempt_id,) = await attempts_due_at(storage, AT)
    move = AttemptMove(next_query_at=AT + 5)
    assert await storage.run(
        lambda tx: tx.attempts.move(attempt_id, (AttemptState.CREATED,), final, AT, move)
    )
    async with storage.reading() as reader:
        found = await reader.attempts.get(attempt_id)
        assert await reader.attempts.open_of_order(1) is None
    assert found is not None
    assert (found.state, found.next_query_at, found.open_order_id) == (final, None, None)
    again = storage.run(lambda tx: tx.attempts.move(attempt_id, (AttemptState.CREATED,), final, AT))
    assert not await again, "it is no longer in that state"
    await storage.run(lambda tx: tx.attempts.reschedule(attempt_id, AT + 9))
    assert await planned(storage, attempt_id) is None


async def test_payments_of_a_time_begin_with_it_and_end_before_its_end(storage: Storage) -> None:
    ids = await attempts_due_at(storage, AT, AT, AT, AT)
    async with storage.transaction() as tx:
        for number, paid_at in ((1, AT + 19), (2, AT + 10), (3, AT + 20), (4, AT + 9)):
            await pay(tx, number, paid_at)
        await tx.commit()
    async with storage.reading() as reader:
        assert [each.id for each in await reader.attempts.paid_between(AT + 10, AT + 20)] == ids[:2]
        assert await reader.attempts.by_transaction("423") == await reader.attempts.get(ids[2])


async def test_the_payments_of_a_user_are_told_oldest_first(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number in (1, 2, 3):
            await tx.attempts.add(number, payment(number, payer_user_id=5), AT, AT)
        await tx.attempts.add(4, payment(4), AT, AT)
        for number in (4, 3, 1):
            await pay(tx, number)
        await tx.commit()
    async with storage.reading() as reader:
        assert [each.amount_fen for each in await reader.attempts.paid_by(5)] == [100, 300]


async def pay(tx: Transaction, number: int, paid_at: int = AT) -> None:
    attempt = await tx.attempts.by_number(f"N{number:031d}")
    assert attempt is not None
    move = AttemptMove(paid_at=paid_at, transaction_id=f"42{number}")
    await tx.attempts.move(attempt.id, (AttemptState.CREATED,), AttemptState.PAID, AT, move)


@pytest.mark.parametrize(("notify_url", "first_at"), [("https://example.test/", AT), ("", AT + 7)])
async def test_the_books_begin_with_the_first_payment_here_or_with_its_import(
    storage: Storage, notify_url: str, first_at: int
) -> None:
    async with storage.reading() as reader:
        assert await reader.attempts.first_at() is None
    async with storage.transaction() as tx:
        for number, made_at in ((1, AT), (2, AT + 100)):
            await tx.attempts.add(number, payment(number, notify_url=notify_url), made_at, made_at)
        first = await tx.attempts.by_number(f"N{1:031d}")
        assert first is not None
        await tx.attempts.move(first.id, (AttemptState.CREATED,), AttemptState.CLOSED, AT + 7)
        await tx.commit()
    async with storage.reading() as reader:
        assert await reader.attempts.first_at() == first_at


async def test_notifications_about_a_number_are_told_oldest_first(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for name, reference in (("E2", "N1"), ("E1", "N1"), ("E3", "N2")):
            await tx.payment_events.add(name, "TRANSACTION.SUCCESS", reference, "{}", "paid", AT)
        await tx.commit()
    async with storage.reading() as reader:
        assert [each.event_id for each in await reader.payment_events.of_reference("N1")] == ["E2", "E1"]
        assert await reader.payment_events.seen("E3")
        assert not await reader.payment_events.seen("E4")


# Refunds


async def refund(tx: Transaction, number: int, state: RefundState, **changes: Any) -> Refund:
    values: dict[str, Any] = {
        "order_id": 1,
        "attempt_id": 7,
        "out_refund_no": f"R{number}",
        "state": state,
        "kind": RefundKind.MONEY_BACK,
        "amount_fen": 10**number,
        "policy_fen": 0,
        "reason": "",
        "source": "admin",
        "next_query_at": AT,
        **changes,
    }
    await tx.refunds.add(NewRefund(**values), AT)
    found = await tx.refunds.by_number(f"R{number}")
    assert found is not None
    return found


@pytest.mark.promise(12)
async def test_of_a_payment_is_reserved_what_is_promised_or_gone_and_nothing_else(storage: Storage) -> None:
    states = [
        RefundState.APPROVED,
        RefundState.PROCESSING,
        RefundState.ABNORMAL,
        RefundState.SUCCEEDED,
        RefundState.REQUESTED,
        RefundState.CLOSED,
    ]
    async with storage.transaction() as tx:
        for number, state in enumerate(states):
            await refund(tx, number, state)
        await refund(tx, 6, RefundState.SUCCEEDED, attempt_id=8)
        assert await tx.refunds.reserved_fen(7) == 1_111
        assert await tx.refunds.reserved_fen(8) == 10**6
        assert await tx.refunds.reserved_fen(9) == 0
        await tx.commit()


async def test_requests_that_wait_are_told_by_order(storage: Storage) -> None:
    """Those about what paid the order itself: a request about a supplement is none of the order."""
    async with storage.transaction() as tx:
        for number in (1, 2, 3):
            assert await add_order(tx, number, OrderState.PAID) == number
            await tx.connection.execute("UPDATE orders SET paid_attempt_id = 7")
        await refund(tx, 4, RefundState.REQUESTED, order_id=3, attempt_id=8)
        await refund(tx, 1, RefundState.REQUESTED, order_id=1, kind=RefundKind.CANCEL)
        await refund(tx, 2, RefundState.REQUESTED, order_id=2)
        await refund(tx, 3, RefundState.APPROVED, order_id=3)
        assert await tx.refunds.waiting_kinds({1, 2, 3}) == {1: RefundKind.CANCEL, 2: RefundKind.MONEY_BACK}
        assert await tx.refunds.waiting_kinds({1}) == {1: RefundKind.CANCEL}
        assert await tx.refunds.waiting_kinds(set()) == {}
        assert [each.order_id for each in await tx.refunds.of_orders([3, 1])] == [3, 1, 3]
        assert await tx.refunds.of_orders([]) == []
        await tx.commit()


async def test_a_new_refund_belongs_to_no_process_and_is_claimed_by_one(storage: Storage) -> None:
    async with storage.transaction() as tx:
        made = await refund(tx, 1, RefundState.APPROVED)
        await tx.commit()
    assert (made.claimed_until, made.query_count, made.last_error, made.requested_at) == (0, 0, "", AT)
    assert await storage.run(lambda tx: tx.refunds.claim(made, AT, AT + 5))
    assert not await storage.run(lambda tx: tx.refunds.claim(made, AT, AT + 5))


async def test_refunds_of_a_time_begin_with_it_and_end_before_its_end(storage: Storage) -> None:
    async with storage.transaction() as tx:
        made = [await refund(tx, number, RefundState.APPROVED) for number in range(4)]
        for each, at in zip(made, (AT + 19, AT + 20, AT + 10, AT + 9), strict=True):
            move = RefundMove(submitted_at=at)
            assert await tx.refunds.move(each.id, (RefundState.APPROVED,), RefundState.PROCESSING, AT, move)
        assert not await tx.refunds.move(made[0].id, (RefundState.APPROVED,), RefundState.CLOSED, AT)
        found = await tx.refunds.submitted_between(AT + 10, AT + 20)
        await tx.commit()
    assert [each.id for each in found] == [made[0].id, made[2].id]
