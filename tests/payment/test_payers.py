"""An order is paid by its user or by a payer: one open attempt, one charge, and the money goes back to who paid."""

from __future__ import annotations

import asyncio

import pytest

from clock import HOUR
from payment import problems
from payment.payables import of_order, payer_of
from refusals import OrderNotFound
from storage.models import AttemptState, MemberRole, MemberScope, OrderState, RefundState, User
from tests.payment.conftest import ADMIN, PRICE, Shop


async def share(shop: Shop, order_id: int, openid: str = "oPayer1", role: str = MemberRole.PAYER) -> User:
    """Another user with whom the order is shared."""
    user = await shop.user(openid)
    order = await shop.order(order_id)
    await shop.storage.run(
        lambda tx: tx.members.add(order.user_id, user.id, MemberScope.ORDER, order_id, role, shop.at)
    )
    return user


async def paid_by(shop: Shop, order_id: int) -> int | None:
    async with shop.storage.reading() as reader:
        return await payer_of(reader, of_order(await shop.order(order_id)))


async def pay_newest(shop: Shop, order_id: int) -> str:
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    return number


async def test_a_payer_pays_with_their_own_openid_after_the_owners_attempt_was_closed_at_wechat(
    shop: Shop,
) -> None:
    owner = await shop.user()
    order_id = await shop.placed(owner)
    payer = await share(shop, order_id)
    before = await shop.attempt(order_id)
    await shop.payments.resume(order_id, payer)
    assert shop.wechat.charges[before.out_trade_no].state == "CLOSED"
    first, second = await shop.attempts(order_id)
    assert (first.state, first.payer_user_id) == (AttemptState.CLOSED, owner.id)
    assert (second.openid, second.payer_user_id) == (payer.openid, payer.id)
    assert shop.wechat.charges[second.out_trade_no].parameters["openid"] == payer.openid
    await pay_newest(shop, order_id)
    order = await shop.order(order_id)
    assert (order.state, order.user_id, order.paid_fen) == (OrderState.PAID, owner.id, PRICE)
    assert await paid_by(shop, order_id) == payer.id
    await shop.assert_books_agree()


async def test_the_same_payer_gets_the_same_prepay_id_again(shop: Shop) -> None:
    order_id = await shop.placed()
    payer = await share(shop, order_id)
    given = await shop.payments.resume(order_id, payer)
    assert await shop.payments.resume(order_id, payer) == given
    assert shop.wechat.calls["close"] == 1


@pytest.mark.promise(4)
@pytest.mark.parametrize("told", ["oUser1", "oSomebody"])
async def test_money_from_another_than_who_the_attempt_is_of_pays_nothing(shop: Shop, told: str) -> None:
    order_id = await shop.placed()
    await shop.payments.resume(order_id, await share(shop, order_id))
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, payer={"openid": told}))
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert (await shop.attempt(order_id)).state == AttemptState.MISMATCH
    assert await shop.cases() == ["payment_mismatch"]


@pytest.mark.promise(10)
async def test_money_that_had_arrived_from_the_owner_settles_when_a_payer_wants_to_pay(shop: Shop) -> None:
    owner = await shop.user()
    order_id = await shop.placed(owner)
    payer = await share(shop, order_id)
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)  # nobody has told us
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.payments.resume(order_id, payer)
    assert (await shop.order(order_id)).state == OrderState.PAID
    assert await paid_by(shop, order_id) == owner.id
    assert len(await shop.attempts(order_id)) == 1


@pytest.mark.promise(9)
async def test_twenty_taps_of_owner_and_payer_leave_one_open_attempt(shop: Shop) -> None:
    owner = await shop.user()
    order_id = await shop.placed(owner)
    payer = await share(shop, order_id)
    taps = [shop.payments.resume(order_id, owner if number % 2 else payer) for number in range(20)]
    given = await asyncio.gather(*taps)
    attempts = await shop.attempts(order_id)
    open_ones = [attempt for attempt in attempts if attempt.open_order_id is not None]
    assert len(open_ones) == 1
    payable = [charge.number for charge in shop.wechat.charges.values() if charge.state == "NOTPAY"]
    assert payable == [open_ones[0].out_trade_no]
    assert given[-1] == {"package": f"prepay_id={open_ones[0].prepay_id}"}


@pytest.mark.promise(9, 10)
async def test_owner_and_payer_in_two_processes_make_one_charge_or_the_second_goes_back(shop: Shop) -> None:
    owner = await shop.user()
    order_id = await shop.placed(owner)
    payer = await share(shop, order_id)
    other = shop.another()

    async def tap(process, user) -> None:
        try:
            await process.resume(order_id, user)
        except (problems.WeChatBusy, problems.OrderAlreadyPaid, problems.WeChatTimeout):
            return  # the other one was first, again and again

    await asyncio.gather(
        *(tap(shop.payments, owner) for _ in range(4)), *(tap(other, payer) for _ in range(4))
    )
    open_ones = [one for one in await shop.attempts(order_id) if one.open_order_id is not None]
    assert len(open_ones) <= 1
    for charge in [one for one in shop.wechat.charges.values() if one.state == "NOTPAY"]:
        shop.wechat.pay(charge.number)  # everybody who still can pays
        await shop.payments.notify({}, shop.wechat.paid_notice(charge.number))
    shop.pass_time(2 * HOUR)
    for _ in range(3):
        await shop.sweep()
        for refund in await shop.refunds(order_id):
            if refund.state == RefundState.PROCESSING:
                shop.wechat.finish_refund(refund.out_refund_no)
                await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    order = await shop.order(order_id)
    kept = (await shop.balance()).get("payment", 0) + (await shop.balance()).get("refund", 0)
    assert kept == (PRICE if order.state == OrderState.PAID else 0)
    await shop.assert_books_agree()


@pytest.mark.promise(10)
async def test_both_pay_and_the_second_money_goes_back_to_who_sent_it(shop: Shop) -> None:
    """WeChat takes the owner's money although it had confirmed the close."""
    owner = await shop.user()
    order_id = await shop.placed(owner)
    late = (await shop.attempt(order_id)).out_trade_no
    payer = await share(shop, order_id)
    await shop.payments.resume(order_id, payer)
    await pay_newest(shop, order_id)
    shop.wechat.charges[late].state = "NOTPAY"
    shop.wechat.pay(late)
    await shop.payments.notify({}, shop.wechat.paid_notice(late))
    await shop.sweep()
    (refund,) = await shop.refunds(order_id)
    assert shop.wechat.refunds[refund.out_refund_no].trade_number == late
    assert (await shop.order(order_id)).state == OrderState.PAID
    assert await paid_by(shop, order_id) == payer.id


async def test_a_refund_goes_back_to_the_payer(shop: Shop) -> None:
    owner = await shop.user()
    order_id = await shop.placed(owner)
    payer = await share(shop, order_id)
    await shop.payments.resume(order_id, payer)
    number = await pay_newest(shop, order_id)
    with pytest.raises(OrderNotFound):
        await shop.payments.request_refund(order_id, payer, "x", PRICE)
    refund_id = await shop.payments.request_refund(order_id, owner, "行程有变", PRICE)
    await shop.payments.approve_refund(refund_id, ADMIN, note="同意")
    await shop.sweep()
    refund = await shop.refund(order_id)
    back = shop.wechat.refunds[refund.out_refund_no]
    assert (back.trade_number, back.amount_fen) == (number, PRICE)
    assert shop.wechat.charges[number].parameters["openid"] == payer.openid
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


async def test_the_owner_deletes_an_order_whose_payment_a_payer_had_begun(shop: Shop) -> None:
    owner = await shop.user()
    order_id = await shop.placed(owner)
    payer = await share(shop, order_id)
    await shop.payments.resume(order_id, payer)
    await shop.payments.cancel(order_id, owner, shop.at)
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    assert {charge.state for charge in shop.wechat.charges.values()} == {"CLOSED"}
    with pytest.raises(OrderNotFound):
        await shop.payments.resume(order_id, payer)


@pytest.mark.promise(18)
@pytest.mark.parametrize("who", ["family", "ended", "stranger"])
async def test_who_is_no_payer_pays_nothing(shop: Shop, who: str) -> None:
    order_id = await shop.placed()
    if who == "stranger":
        user = await shop.user("oStranger")
    else:
        user = await share(shop, order_id, role=MemberRole.FAMILY if who == "family" else MemberRole.PAYER)
    if who == "ended":
        async with shop.storage.transaction() as tx:
            (member,) = await tx.members.live_of_user(user.id)
            await tx.members.end(member.id, shop.at)
            await tx.commit()
    calls = dict(shop.wechat.calls)
    with pytest.raises(OrderNotFound):
        await shop.payments.resume(order_id, user)
    assert dict(shop.wechat.calls) == calls


@pytest.mark.parametrize("whose", ["owner", "payer"])
async def test_nobody_pays_from_or_for_a_closed_account(shop: Shop, whose: str) -> None:
    owner = await shop.user()
    order_id = await shop.placed(owner)
    payer = await share(shop, order_id)
    closed = owner if whose == "owner" else payer
    await shop.storage.run(lambda tx: tx.users.set_disabled(closed.id, 5))
    with pytest.raises(problems.OrderNotPayable):
        await shop.payments.resume(order_id, payer)
    assert len(await shop.attempts(order_id)) == 1


async def test_the_owner_changes_the_order_while_a_payer_pays(shop: Shop) -> None:
    """The payer's attempt is about another price: it is closed, or its money goes back."""
    owner = await shop.user()
    order_id = await shop.placed(owner)
    payer = await share(shop, order_id)
    await shop.payments.resume(order_id, payer)
    begun = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.place(owner, shop.content(price_fen=PRICE + 1, service_id=2), shop.at)
    assert shop.wechat.charges[begun].state == "CLOSED"
    newest = await shop.attempt(order_id)
    assert (newest.amount_fen, newest.payer_user_id) == (PRICE + 1, owner.id)
