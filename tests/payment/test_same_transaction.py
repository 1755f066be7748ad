"""What a caller adds to an act, such as a row in the audit log, stands and falls with the act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import ANY

import pytest

from clock import HOUR
from payment.settlement import Settled
from storage import Transaction
from storage.models import AttemptState, OrderState, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop

AMOUNT = {"total": 1, "currency": "CNY"}


class Crash(Exception):
    """The process ends before the commit."""


class Heard:
    """Keeps what it is told, or fails when told so much."""

    def __init__(self, fails_at: object = ...) -> None:
        self.outcomes: list[Any] = []
        self.fails_at = fails_at

    async def __call__(self, tx: Transaction, outcome: Any) -> None:
        self.outcomes.append(outcome)
        if outcome == self.fails_at:
            raise Crash


async def _mismatch(shop: Shop) -> str:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, amount=AMOUNT))
    return number


async def _requested(shop: Shop) -> int:
    user = await shop.user()
    return await shop.payments.request_refund(await shop.paid(user), user, "", PRICE)


async def _case(shop: Shop) -> int:
    async with shop.storage.transaction() as tx:
        await tx.finance.open_case("refund_closed", "R1", "{}", shop.at)
        await tx.commit()
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    return case.id


async def _closed(shop: Shop) -> int:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number, "CLOSED")
    await shop.payments.notify({}, shop.wechat.refund_notice(number))
    shop.pass_time(HOUR)
    return (await shop.refund(order_id)).id


ACTS: dict[str, tuple[Callable[[Shop], Awaitable[Any]], Callable[[Shop, Any, Any], Awaitable[Any]], Any]] = {
    "review": (_mismatch, lambda shop, it, hook: shop.payments.review_mismatch(it, hook), Settled.PAID),
    "release": (_mismatch, lambda shop, it, hook: shop.payments.release_mismatch(it, hook), None),
    "close": (_case, lambda shop, it, hook: shop.payments.close_case(it, 1, "好了", hook=hook), None),
    "approve": (_requested, lambda shop, it, hook: shop.payments.approve_refund(it, ADMIN, hook=hook), None),
    "reject": (_requested, lambda shop, it, hook: shop.payments.reject_refund(it, ADMIN, hook=hook), None),
    "renew": (_closed, lambda shop, it, hook: shop.payments.renew_refund(it, ADMIN, hook=hook), ANY),
}


async def _rows(shop: Shop) -> list[Any]:
    async with shop.storage.reading() as reader:
        fetch = reader.connection.fetch_all
        return [
            list(await fetch(f"SELECT * FROM {table} ORDER BY id"))
            for table in ("orders", "payment_attempts", "refunds", "finance_cases", "ledger")
        ]


@pytest.mark.promise(25)
@pytest.mark.parametrize("act", ACTS)
async def test_an_act_and_what_is_written_with_it_are_one_transaction(shop: Shop, act: str) -> None:
    prepare, do, outcome = ACTS[act]
    subject = await prepare(shop)
    before = await _rows(shop)
    with pytest.raises(Crash):
        await do(shop, subject, Heard(fails_at=outcome))
    assert await _rows(shop) == before
    heard = Heard()
    await do(shop, subject, heard)
    assert heard.outcomes == [outcome]
    assert await _rows(shop) != before


@pytest.mark.promise(25)
async def test_the_question_is_written_before_wechat_is_asked_and_the_answer_with_what_it_changes(
    shop: Shop,
) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    with pytest.raises(Crash):
        await shop.payments.retry_refund(refund_id, Heard(fails_at=None))
    assert shop.wechat.calls["refund"] == 0, "nobody knows who asked"
    with pytest.raises(Crash):
        await shop.payments.retry_refund(refund_id, Heard(fails_at=RefundState.PROCESSING))
    assert (await shop.refund(order_id)).state == RefundState.APPROVED
    shop.pass_time(HOUR)
    heard = Heard()
    assert await shop.payments.retry_refund(refund_id, heard) == RefundState.PROCESSING
    assert heard.outcomes == [None, RefundState.PROCESSING]


@pytest.mark.promise(25)
async def test_asking_about_an_order_is_told_twice_and_settles_it(shop: Shop) -> None:
    order_id = await shop.placed()
    heard = Heard()
    assert await shop.payments.query_payment(order_id, heard) == Settled.PENDING
    assert await shop.payments.query_payment(order_id, heard) is None, "asked a moment ago"
    shop.pass_time(HOUR)
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    with pytest.raises(Crash):
        await shop.payments.query_payment(order_id, Heard(fails_at=Settled.PAID))
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    shop.pass_time(HOUR)
    assert await shop.payments.query_payment(order_id, heard) == Settled.PAID
    assert heard.outcomes == [None, Settled.PENDING, None, Settled.PAID]
    assert (await shop.attempt(order_id)).state == AttemptState.PAID
    await shop.assert_books_agree()
