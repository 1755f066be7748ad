"""A supplement is paid like an order: one open attempt, settled by WeChat's word alone; its order stays as it is."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR, MINUTE
from payment import payables, problems
from payment.settlement import Settled
from payment.wechatpay import errors
from refusals import SupplementNotFound
from storage import Duplicate
from storage.models import AttemptState, MemberRole, OrderState, SupplementState
from tests.payment.conftest import PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.test_bookable_days import block_day
from tests.payment.test_payers import share

pytestmark = pytest.mark.promise(38)


async def test_a_supplement_is_paid_and_its_order_stays_where_it_was(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.opened()
    order_id = await desk.order_id(supplement_id)
    before = await shop.order(order_id)
    history = await shop.states(order_id)
    given = await shop.payments.pay_supplement(supplement_id, await shop.user())
    attempt = await desk.attempt(supplement_id)
    assert given == {"package": f"prepay_id={attempt.prepay_id}"}
    assert (attempt.open_supplement_id, attempt.open_order_id) == (supplement_id, None)
    asked = shop.wechat.charges[attempt.out_trade_no].parameters
    assert asked["total_fen"] == EXTRA
    assert "补款（加时）" in asked["description"]
    assert "多陪了" not in asked["description"]
    await desk.pay_newest(supplement_id)
    paid = await desk.get(supplement_id)
    assert (paid.state, paid.paid_fen, paid.paid_attempt_id) == (SupplementState.PAID, EXTRA, attempt.id)
    assert paid.paid_at is not None
    assert await shop.order(order_id) == before
    assert await shop.states(order_id) == history
    assert (await shop.balance())["payment"] == PRICE + EXTRA
    await shop.assert_books_agree()


@pytest.mark.parametrize("state", [SupplementState.PAID, SupplementState.DISPUTED, SupplementState.WITHDRAWN])
async def test_only_an_open_supplement_can_be_paid(shop: Shop, desk: Desk, state: SupplementState) -> None:
    supplement_id = await (desk.paid() if state == SupplementState.PAID else desk.opened(state=state))
    calls = shop.wechat.calls["create"]
    refusal = (
        problems.SupplementAlreadyPaid if state == SupplementState.PAID else problems.SupplementNotPayable
    )
    with pytest.raises(refusal):
        await shop.payments.pay_supplement(supplement_id, await shop.user())
    assert shop.wechat.calls["create"] == calls


async def test_a_supplement_that_is_not_there_or_was_never_opened_is_not_found(
    shop: Shop, desk: Desk
) -> None:
    proposed = await desk.opened(state=SupplementState.PROPOSED, opened_at=None)
    for supplement_id in (999, proposed):
        with pytest.raises(SupplementNotFound):
            await shop.payments.pay_supplement(supplement_id, await shop.user())


@pytest.mark.promise(18)
@pytest.mark.parametrize("role", ["", MemberRole.FAMILY])
async def test_strangers_and_family_pay_no_supplement(shop: Shop, desk: Desk, role: str) -> None:
    supplement_id = await desk.opened()
    user = await shop.user("oStranger")
    if role:
        user = await share(shop, await desk.order_id(supplement_id), role=role)
    with pytest.raises(SupplementNotFound):
        await shop.payments.pay_supplement(supplement_id, user)
    assert await desk.attempts(supplement_id) == []


@pytest.mark.promise(9)
async def test_taps_of_owner_and_payer_leave_one_open_attempt_beside_that_of_the_order(
    shop: Shop, desk: Desk
) -> None:
    owner = await shop.user()
    order_id = await shop.placed(owner)  # the order itself waits for its money, too
    supplement_id = await desk.opened(order_id)
    payer = await share(shop, order_id)
    taps = [
        shop.payments.pay_supplement(supplement_id, owner if number % 2 else payer) for number in range(10)
    ]
    given = await asyncio.gather(*taps)
    open_ones = [one for one in await desk.attempts(supplement_id) if one.open_supplement_id is not None]
    assert len(open_ones) == 1
    assert {"package": f"prepay_id={open_ones[0].prepay_id}"} in given
    payable = {charge.number for charge in shop.wechat.charges.values() if charge.state == "NOTPAY"}
    order_attempt = next(one for one in await shop.attempts(order_id) if one.supplement_id is None)
    assert payable == {open_ones[0].out_trade_no, order_attempt.out_trade_no}


async def test_at_most_one_open_attempt_per_supplement_is_kept_by_the_database(
    shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.begun()
    order = await shop.order(await desk.order_id(supplement_id))
    user = await shop.user()
    async with shop.storage.transaction() as tx:
        payable = await payables.load(tx, order, supplement_id)
        with pytest.raises(Duplicate):
            await shop.payments.attempts.add(tx, payable, user, shop.at)


@pytest.mark.promise(9)
async def test_a_young_prepay_id_is_signed_again_and_an_old_one_renewed_under_the_same_number(
    shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.begun()
    user = await shop.user()
    first = await desk.attempt(supplement_id)
    shop.pass_time(HOUR)
    await shop.payments.pay_supplement(supplement_id, user)
    shop.pass_time(HOUR)
    await shop.payments.pay_supplement(supplement_id, user)
    (second,) = await desk.attempts(supplement_id)
    assert second.out_trade_no == first.out_trade_no
    assert second.prepay_id != first.prepay_id


async def test_an_attempt_lives_six_days_and_the_next_tap_begins_another(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.begun()
    first = await desk.attempt(supplement_id)
    assert first.expires_at == shop.at // 1_000 * 1_000 + 6 * DAY
    shop.pass_time(6 * DAY + 11 * MINUTE)
    await shop.sweep()
    assert (await desk.attempt(supplement_id)).state == AttemptState.CLOSED
    assert (await desk.get(supplement_id)).state == SupplementState.OPEN
    await shop.payments.pay_supplement(supplement_id, await shop.user())
    await desk.pay_newest(supplement_id)
    assert (await desk.get(supplement_id)).paid_attempt_id != first.id
    await shop.assert_books_agree()


@pytest.mark.promise(11)
async def test_a_create_whose_answer_is_lost_is_repeated_with_the_same_number(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.opened()
    shop.wechat.after["create"].append(errors.Unknown("cut"))
    await shop.payments.pay_supplement(supplement_id, await shop.user())
    (attempt,) = await desk.attempts(supplement_id)
    assert shop.wechat.numbers["create"][-2:] == [attempt.out_trade_no] * 2


@pytest.mark.promise(8)
@pytest.mark.parametrize("road", ["sweeper", "opening", "office"])
async def test_a_lost_notification_heals_by_query(shop: Shop, desk: Desk, road: str) -> None:
    supplement_id = await desk.begun()
    order_id = await desk.order_id(supplement_id)
    shop.wechat.pay((await desk.attempt(supplement_id)).out_trade_no)
    if road == "sweeper":
        shop.pass_time(2 * MINUTE)
        await shop.sweep()
    elif road == "opening":
        await shop.payments.refresh(order_id)
    else:
        assert await shop.payments.query_payment(order_id) is None, "the order itself was paid before"
        assert await shop.payments.query_payment(order_id, supplement_id=supplement_id) == Settled.PAID
    assert (await desk.get(supplement_id)).state == SupplementState.PAID


@pytest.mark.promise(5)
async def test_the_same_notification_many_times_at_once_pays_once(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.begun()
    number = (await desk.attempt(supplement_id)).out_trade_no
    shop.wechat.pay(number)
    notice = shop.wechat.paid_notice(number)
    await asyncio.gather(*(shop.another().notify({}, notice) for _ in range(8)))
    assert (await shop.balance())["payment"] == PRICE + EXTRA
    assert await desk.refunds(supplement_id) == []
    await shop.assert_books_agree()


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"total": EXTRA + 1, "currency": "CNY"}},
        {"amount": {"total": PRICE, "currency": "CNY"}},
        {"amount": {"total": EXTRA, "currency": "USD"}},
        {"appid": "wx0000000000000002"},
        {"mchid": "1900000002"},
        {"payer": {"openid": "oSomebody"}},
        {"trade_type": "NATIVE"},
    ],
)
async def test_money_that_differs_pays_nothing_and_is_a_case(shop: Shop, desk: Desk, changes: dict) -> None:
    supplement_id = await desk.begun()
    number = (await desk.attempt(supplement_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, **changes))
    assert (await desk.get(supplement_id)).state == SupplementState.OPEN
    assert (await desk.attempt(supplement_id)).state == AttemptState.MISMATCH
    assert await shop.cases() == ["payment_mismatch"]
    assert (await shop.order(await desk.order_id(supplement_id))).state == OrderState.PAID
    with pytest.raises(problems.PaymentPending):
        await shop.payments.pay_supplement(supplement_id, await shop.user())


async def test_a_supplement_takes_no_place_of_a_day_and_needs_none(shop: Shop, desk: Desk) -> None:
    """The visit's day may be blocked by now: what is paid more for it changes nothing about days."""
    supplement_id = await desk.opened()
    await block_day(shop)
    await shop.payments.pay_supplement(supplement_id, await shop.user())
    await desk.pay_newest(supplement_id)
    assert (await desk.get(supplement_id)).state == SupplementState.PAID
    assert not (await shop.order(await desk.order_id(supplement_id))).overbooked_open
