"""Who withdraws, disputes or changes a supplement closes its payment at WeChat first; money that comes all the same
goes back by itself, with the right words."""

from __future__ import annotations

import asyncio

import pytest

from clock import MINUTE
from payment import problems
from payment.wechatpay import errors
from refusals import SupplementNotFound
from storage import Transaction
from storage.models import AttemptState, Order, OrderState, RefundState, Supplement, SupplementState
from tests.payment.conftest import PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk

pytestmark = pytest.mark.promise(38)


async def withdraw(tx: Transaction, order: Order, supplement: Supplement) -> str:
    """A decision as ``orders.supplements`` makes it."""
    await tx.supplements._update(
        "supplements", {"state": SupplementState.WITHDRAWN}, "id = :id", {"id": supplement.id}
    )
    return f"{order.id} {supplement.state}"


async def test_a_supplement_whose_payment_has_begun_is_closed_at_wechat_before_it_is_withdrawn(
    shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.begun()
    number = (await desk.attempt(supplement_id)).out_trade_no
    answer = await shop.payments.release_supplement(supplement_id, withdraw)
    assert answer == f"{await desk.order_id(supplement_id)} open"
    assert shop.wechat.charges[number].state == "CLOSED"
    assert (await desk.attempt(supplement_id)).state == AttemptState.CLOSED
    assert (await desk.get(supplement_id)).state == SupplementState.WITHDRAWN


async def test_without_an_open_payment_wechat_is_not_asked(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.opened()
    calls = dict(shop.wechat.calls)
    await shop.payments.release_supplement(supplement_id, withdraw)
    assert dict(shop.wechat.calls) == calls


@pytest.mark.promise(10)
@pytest.mark.parametrize("known", [True, False])
async def test_a_supplement_whose_money_has_arrived_is_not_withdrawn_and_is_paid(
    shop: Shop, desk: Desk, known: bool
) -> None:
    supplement_id = await desk.begun()
    if known:
        await desk.pay_newest(supplement_id)
    else:
        shop.wechat.pay((await desk.attempt(supplement_id)).out_trade_no)
    with pytest.raises(problems.SupplementNotChangeable):
        await shop.payments.release_supplement(supplement_id, withdraw)
    assert (await desk.get(supplement_id)).state == SupplementState.PAID
    await shop.assert_books_agree()


async def test_while_wechat_does_not_answer_nothing_is_decided(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.begun()
    shop.wechat.before["query"] += [errors.Unknown("cut")] * 4
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.release_supplement(supplement_id, withdraw)
    assert (await desk.get(supplement_id)).state == SupplementState.OPEN
    assert (await desk.attempt(supplement_id)).open_supplement_id == supplement_id


async def test_a_decision_that_refuses_changes_nothing(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.begun()

    async def refuse(tx: Transaction, order: Order, supplement: Supplement) -> None:
        await withdraw(tx, order, supplement)
        raise SupplementNotFound

    with pytest.raises(SupplementNotFound):
        await shop.payments.release_supplement(supplement_id, refuse)
    assert (await desk.get(supplement_id)).state == SupplementState.OPEN


async def test_a_mismatch_keeps_its_supplement_until_a_person_frees_it(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.begun()
    number = (await desk.attempt(supplement_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, payer={"openid": "oOther"}))
    with pytest.raises(problems.PaymentPending):
        await shop.payments.release_supplement(supplement_id, withdraw)
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    with pytest.raises(problems.CaseHoldsOrder):
        await shop.payments.close_case(case.id, 1, "已处理")
    await shop.payments.release_mismatch(number)
    await shop.payments.close_case(case.id, 1, "已处理")
    await shop.payments.release_supplement(supplement_id, withdraw)
    assert (await desk.get(supplement_id)).state == SupplementState.WITHDRAWN


@pytest.mark.promise(10)
@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"state": SupplementState.WITHDRAWN}, "补款已撤回，自动退款"),
        ({"state": SupplementState.DISPUTED}, "补款有异议，自动退款"),
        ({"amount_fen": EXTRA - 1}, "补款金额已变更，自动退款"),
    ],
)
async def test_money_for_a_supplement_that_does_not_want_it_goes_back(
    shop: Shop, desk: Desk, columns: dict, words: str
) -> None:
    supplement_id = await desk.begun()
    order_id = await desk.order_id(supplement_id)
    await desk.set(supplement_id, **columns)
    await desk.pay_newest(supplement_id)
    (refund,) = await desk.refunds(supplement_id)
    assert (refund.state, refund.amount_fen, refund.reason) == (RefundState.APPROVED, EXTRA, words)
    await desk.given_back(supplement_id)
    supplement = await desk.get(supplement_id)
    assert (supplement.paid_fen, supplement.refunded_fen, supplement.paid_attempt_id) == (0, 0, None)
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.PAID, 0)
    assert sum((await shop.balance()).values()) == PRICE
    await shop.assert_books_agree()


@pytest.mark.promise(10)
async def test_a_supplement_paid_twice_keeps_the_first_money_and_the_second_goes_back(
    shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.begun()
    late = (await desk.attempt(supplement_id)).out_trade_no
    await shop.payments.attempts.close(await desk.attempt(supplement_id))
    await shop.payments.pay_supplement(supplement_id, await shop.user())
    await desk.pay_newest(supplement_id)
    shop.wechat.charges[late].state = "NOTPAY"  # WeChat takes it although it had confirmed the close
    shop.wechat.pay(late)
    await shop.payments.notify({}, shop.wechat.paid_notice(late))
    (refund,) = await desk.refunds(supplement_id)
    assert refund.reason == "补款重复支付，自动退款"
    await desk.given_back(supplement_id)
    supplement = await desk.get(supplement_id)
    assert (supplement.paid_fen, supplement.refunded_fen) == (EXTRA, 0)
    await shop.assert_books_agree()


async def test_the_sweeper_closes_the_payment_of_what_is_withdrawn_elsewhere(shop: Shop, desk: Desk) -> None:
    """An order that ends withdraws its supplements in its own transaction, in which WeChat is not asked."""
    supplement_id = await desk.begun()
    number = (await desk.attempt(supplement_id)).out_trade_no
    await desk.set(supplement_id, state=SupplementState.WITHDRAWN)
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    assert shop.wechat.charges[number].state == "CLOSED"
    assert (await desk.attempt(supplement_id)).open_supplement_id is None


@pytest.mark.promise(9, 10)
async def test_withdrawing_and_paying_at_once_end_in_one_of_the_two(shop: Shop, desk: Desk) -> None:
    user = await shop.user()
    for _ in range(4):
        supplement_id = await desk.begun(order_id=await shop.paid(user, patient_id=shop.at % 10_000 + 1))
        number = (await desk.attempt(supplement_id)).out_trade_no

        async def pay(number: str = number) -> None:
            shop.wechat.pay(number)
            await shop.payments.notify({}, shop.wechat.paid_notice(number))

        await asyncio.gather(
            shop.another().release_supplement(supplement_id, withdraw), pay(), return_exceptions=True
        )
        supplement = await desk.get(supplement_id)
        assert supplement.state in (SupplementState.PAID, SupplementState.WITHDRAWN)
        assert (supplement.state == SupplementState.PAID) == (supplement.paid_fen == EXTRA)
        shop.pass_time(2 * MINUTE)
        await shop.assert_books_agree()
