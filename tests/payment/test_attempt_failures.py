"""What is kept of a payment that did not come about, and how one ends that WeChat does not know or knows better."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from clock import MINUTE
from payment import problems
from payment.attempts import ARRIVAL_MARGIN
from payment.query_schedule import first_query_at
from payment.settlement import Settled
from payment.wechatpay import errors
from storage.models import Attempt, AttemptState, OrderState, User
from tests.payment.conftest import PRICE, Shop
from tests.payment.fake_wechat import lost
from tests.payment.test_margins import not_found


def refused(code: str = "PARAM_ERROR") -> errors.Refused:
    return errors.Refused(code=code, status=400, verified=True)


async def arrived_unheard(shop: Shop) -> tuple[User, int, Attempt]:
    """WeChat has made the payment, and no answer about it has reached us."""
    user = await shop.user()
    shop.wechat.after["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order = await shop.unpaid(user)
    return user, order.id, await shop.attempt(order.id)


async def test_why_wechat_made_no_payment_is_kept_until_it_makes_one(shop: Shop) -> None:
    user = await shop.user()
    shop.wechat.before["create"].append(refused("NO_AUTH"))
    with pytest.raises(problems.WeChatRefused):
        await shop.placed(user)
    order = await shop.unpaid(user)
    failed = await shop.attempt(order.id)
    assert failed.state == AttemptState.CREATED
    assert shop.wechat.calls == {"create": 1}, "what says nothing of the number needs no question"
    assert "NO_AUTH" in failed.last_error
    shop.pass_time(5 * MINUTE)
    await shop.payments.resume(order.id, user)
    made = await shop.attempt(order.id)
    assert (made.id, made.state, made.last_error) == (failed.id, AttemptState.PREPAID, "")
    assert made.next_query_at == first_query_at(shop.at)


async def test_a_failure_of_many_words_is_cut_to_its_column(shop: Shop) -> None:
    shop.wechat.before["create"] += [lost("x" * 300), lost("x" * 300)]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed()
    attempt = await shop.attempt((await shop.unpaid(await shop.user())).id)
    assert (attempt.state, len(attempt.last_error)) == (AttemptState.UNKNOWN, 127)


@pytest.mark.promise(10)
async def test_money_for_a_cancelled_order_that_a_query_finds_wakes_the_sweeper(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.payments.cancel(order_id, user)
    attempt = await shop.attempt(order_id)
    shop.wechat.charges[attempt.out_trade_no].state = "NOTPAY"
    shop.wechat.pay(attempt.out_trade_no)
    shop.payments.context.wake.clear()
    assert await shop.payments.attempts.query(attempt) == Settled.SURPLUS
    assert shop.payments.context.wake.is_set()


@pytest.mark.promise(4)
async def test_an_order_is_not_deleted_when_the_query_before_finds_money_that_does_not_agree(
    shop: Shop,
) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.charges[number].parameters["total_fen"] = PRICE - 1
    shop.wechat.pay(number)
    for _ in range(2):  # found by the query, and then known
        with pytest.raises(problems.PaymentPending):
            await shop.payments.cancel(order_id, user)
    assert (await shop.attempt(order_id)).state == AttemptState.MISMATCH
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert shop.wechat.calls["close"] == 0


async def test_a_payment_that_wechat_no_longer_finds_when_it_is_closed_frees_nothing(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.wechat.before["close"].append(not_found(verified=True))
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.cancel(order_id, user)
    assert (await shop.attempt(order_id)).state == AttemptState.PREPAID
    assert (await shop.order(order_id)).state == OrderState.UNPAID


async def test_money_that_the_close_tells_of_and_no_query_yet_is_asked_about_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The query is answered by a server at WeChat that lags behind."""
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    told = shop.wechat.transaction
    lagging = told(number)

    async def pays() -> None:
        shop.wechat.pay(number)
        monkeypatch.setattr(shop.wechat, "transaction", lambda _number, **_changes: lagging)

    shop.wechat.before["close"].append(pays)
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.cancel(order_id, user)
    assert (await shop.attempt(order_id)).next_query_at == shop.at
    monkeypatch.setattr(shop.wechat, "transaction", told)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.PAID


@pytest.mark.promise(11)
async def test_a_payment_that_had_arrived_after_all_is_closed_at_wechat_whatever_the_second_try_hears(
    shop: Shop,
) -> None:
    """The query does not find it yet; the create is refused because the number is known with another text."""
    user, order_id, attempt = await arrived_unheard(shop)
    shop.wechat.before["query"].append(not_found(verified=True))
    shop.wechat.before["create"].append(
        errors.InvalidRequest(code="INVALID_REQUEST", status=400, verified=True)
    )
    await shop.payments.cancel(order_id, user)
    assert shop.wechat.charges[attempt.out_trade_no].state == "CLOSED"
    assert (await shop.attempt(order_id)).state == AttemptState.CLOSED


@pytest.mark.promise(10, 11)
async def test_a_payment_that_was_paid_unheard_of_pays_the_order_instead_of_ending_it(shop: Shop) -> None:
    user, order_id, attempt = await arrived_unheard(shop)
    shop.wechat.pay(attempt.out_trade_no)
    shop.wechat.before["query"].append(not_found(verified=True))
    with pytest.raises(problems.OrderNotDeletable):
        await shop.payments.cancel(order_id, user)
    assert (await shop.order(order_id)).state == OrderState.PAID


async def test_a_refusal_that_says_nothing_of_the_number_is_believed_without_another_question(
    shop: Shop,
) -> None:
    user = await shop.user()
    shop.wechat.before["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order_id = (await shop.unpaid(user)).id
    shop.wechat.before["create"].append(refused())
    await shop.payments.cancel(order_id, user)
    assert shop.wechat.calls["query"] == 1
    ended = await shop.attempt(order_id)
    assert ended.state == AttemptState.CLOSED
    assert ended.last_error.startswith("refused by WeChat: ")
    assert (await shop.order(order_id)).state == OrderState.CANCELLED


async def test_a_payment_that_never_arrived_says_so(shop: Shop) -> None:
    user = await shop.user()
    shop.wechat.before["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order_id = (await shop.unpaid(user)).id
    shop.at = (await shop.attempt(order_id)).expires_at + ARRIVAL_MARGIN + 1
    await shop.payments.cancel(order_id, user)
    assert (await shop.attempt(order_id)).last_error == "never arrived at WeChat"


async def test_a_payment_that_was_landed_to_be_closed_is_known_when_the_close_fails(shop: Shop) -> None:
    user = await shop.user()
    shop.wechat.before["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order_id = (await shop.unpaid(user)).id
    shop.wechat.before["close"].append(lost())
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.cancel(order_id, user)
    attempt = await shop.attempt(order_id)
    assert attempt.state == AttemptState.PREPAID
    assert attempt.prepay_id == shop.wechat.charges[attempt.out_trade_no].prepay_ids[-1]


async def test_a_refused_number_about_which_wechat_says_nothing_is_no_payment_and_no_end(shop: Shop) -> None:
    """The query that has to tell gets no answer: that is what the user hears, and nothing is decided."""
    user = await shop.user()
    shop.wechat.before["create"].append(
        errors.InvalidRequest(code="INVALID_REQUEST", status=400, verified=True)
    )
    shop.wechat.before["query"].append(lost())
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order = await shop.unpaid(user)
    assert (await shop.attempt(order.id)).state == AttemptState.CREATED


async def test_a_refused_number_that_wechat_does_not_know_is_a_refusal(shop: Shop) -> None:
    user = await shop.user()
    shop.wechat.before["create"].append(
        errors.InvalidRequest(code="INVALID_REQUEST", status=400, verified=True)
    )
    with pytest.raises(problems.WeChatRefused):
        await shop.placed(user)
    assert (await shop.attempt((await shop.unpaid(user)).id)).state == AttemptState.CREATED


async def test_a_payment_that_does_not_agree_and_is_not_found_stays_one(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, amount={"total": 1, "currency": "CNY"}))
    attempt = await shop.attempt(order_id)
    assert attempt.state == AttemptState.MISMATCH
    shop.wechat.before["query"].append(not_found(verified=True))
    assert await shop.payments.attempts.follow_up(attempt, wanted=True) == Settled.MISMATCH


@pytest.mark.promise(10)
async def test_money_that_a_changed_configuration_meets_on_the_old_payment_pays_the_order(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    changed = vars(shop.wechat.merchant) | {"notify_url": "https://other.test/notify/"}
    shop.wechat.merchant = type(shop.wechat.merchant)(**changed)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.payments.resume(order_id, user)
    assert (await shop.order(order_id)).state == OrderState.PAID


@pytest.mark.parametrize("act", ["place", "resume", "cancel"])
async def test_an_order_that_changes_again_and_again_is_given_up_for_now(
    shop: Shop, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is closed is open again: that ends in "busy" and not in a loop."""
    user = await shop.user()
    order_id = await shop.placed(user)
    closed = []

    async def close(attempt: Any) -> Settled:
        closed.append(attempt.id)
        return Settled.CLOSED

    monkeypatch.setattr(shop.payments.attempts, "close", close)
    changed = vars(shop.wechat.merchant) | {"notify_url": "https://other.test/notify/"}
    shop.wechat.merchant = type(shop.wechat.merchant)(**changed)
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "place": lambda: shop.placed(user, price_fen=PRICE + 1),
        "resume": lambda: shop.payments.resume(order_id, user),
        "cancel": lambda: shop.payments.cancel(order_id, user),
    }
    with pytest.raises(problems.WeChatBusy):
        await acts[act]()
    assert len(closed) == 4
    assert (await shop.order(order_id)).state == OrderState.UNPAID
