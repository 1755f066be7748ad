"""When a refund is sent or asked about again: pauses that double up to a cap, claims that end, nothing sent twice."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment.refunds.decisions import MIN_REFUND_INTERVAL
from payment.refunds.sending import ARRIVAL_MARGIN, CLAIM, LOST_AFTER, may_still_arrive, retry_delay
from payment.wechatpay import errors
from storage import StorageUnavailable
from storage.models import Refund, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.fake_wechat import lost

NOT_FOUND = errors.NotFound(code="RESOURCE_NOT_EXISTS", status=404, verified=True)
REFUSED = errors.Refused(code="USER_ACCOUNT_ABNORMAL", status=403, verified=True)
UNSIGNED = errors.Refused(code="USER_ACCOUNT_ABNORMAL", status=403)
NOT_ENOUGH = errors.NotEnoughMoney(code="NOT_ENOUGH", status=403, verified=True)
BUSY = errors.Busy("too many calls")


def test_pauses_double_from_a_minute_up_to_two_hours() -> None:
    assert [retry_delay(tries) // SECOND for tries in range(10)] == [
        30,
        60,
        120,
        240,
        480,
        960,
        1_920,
        3_840,
        7_200,
        7_200,
    ]
    assert retry_delay(1_000) == 2 * HOUR


async def _approved(shop: Shop, amount_fen: int = 1_000) -> Refund:
    order_id = await shop.paid(await shop.user(f"oUser{len(shop.wechat.charges)}"))
    refund_id = await shop.payments.start_refund(order_id, ADMIN, amount_fen)
    return await _get(shop, refund_id)


async def _get(shop: Shop, refund_id: int) -> Refund:
    async with shop.storage.reading() as reader:
        found = await reader.refunds.get(refund_id)
    assert found is not None
    return found


async def _set(shop: Shop, refund: Refund, **values: object) -> None:
    async with shop.storage.transaction() as tx:
        settings = ", ".join(f"{name} = :{name}" for name in values)
        await tx.connection.execute(
            f"UPDATE refunds SET {settings} WHERE id = :refund_id", {**values, "refund_id": refund.id}
        )
        await tx.commit()


@pytest.mark.promise(12)
@pytest.mark.parametrize(
    ("failure", "tries", "wait"),
    [
        (lost(), 0, 30 * SECOND),
        (lost(), 3, 240 * SECOND),
        (lost(), 7, 64 * MINUTE),
        (lost(), 50, 2 * HOUR),
        (BUSY, 0, 30 * SECOND),
        (BUSY, 50, 2 * HOUR),
        (UNSIGNED, 2, 2 * MINUTE),
        (NOT_ENOUGH, 0, 10 * MINUTE),
        (NOT_ENOUGH, 4, 10 * MINUTE),
        (NOT_ENOUGH, 6, 32 * MINUTE),
        (NOT_ENOUGH, 50, 2 * HOUR),
        (REFUSED, 0, DAY),
        (REFUSED, 50, DAY),
    ],
)
async def test_a_refund_that_could_not_be_sent_waits(
    shop: Shop, failure: Exception, tries: int, wait: int
) -> None:
    refund = await _approved(shop)
    await _set(shop, refund, query_count=tries)
    shop.wechat.before["refund"].append(failure)
    await shop.sweep()
    found = await _get(shop, refund.id)
    assert (found.state, found.next_query_at, found.claimed_until) == (
        RefundState.APPROVED,
        shop.at + wait,
        0,
    )
    assert found.query_count == tries + 1
    assert found.last_error
    shop.pass_time(wait - 1)
    await shop.sweep()
    assert shop.wechat.calls["refund"] == 1
    shop.pass_time(1)
    await shop.sweep()
    assert shop.wechat.numbers["refund"] == [refund.out_refund_no] * 2


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    ("state", "tries", "wait"),
    [
        ("PROCESSING", 0, MINUTE),
        ("PROCESSING", 1, MINUTE),
        ("PROCESSING", 2, 2 * MINUTE),
        ("PROCESSING", 40, 2 * HOUR),
        ("ABNORMAL", 0, DAY),
        ("ABNORMAL", 40, DAY),
    ],
)
async def test_a_refund_under_way_is_asked_about_ever_more_rarely(
    shop: Shop, state: str, tries: int, wait: int
) -> None:
    refund = await _approved(shop)
    await shop.sweep()
    shop.wechat.refunds[refund.out_refund_no].status = state
    await _set(shop, refund, query_count=tries, next_query_at=shop.at)
    await shop.sweep()
    found = await _get(shop, refund.id)
    assert (found.state, found.next_query_at) == (state.lower(), shop.at + wait)
    assert (found.query_count, found.claimed_until) == (tries + 1, 0)


async def _ask(shop: Shop, refund: Refund) -> list[str]:
    """The cases after one more question."""
    await _set(shop, refund, next_query_at=shop.at)
    await shop.sweep()
    return await shop.cases()


async def test_a_refund_that_wechat_accepted_and_does_not_find_for_an_hour_is_lost(shop: Shop) -> None:
    refund = await _approved(shop)
    await shop.sweep()
    shop.wechat.refunds.pop(refund.out_refund_no)
    for _ in range(8):
        assert await _ask(shop, refund) == []
    shop.pass_time(LOST_AFTER - 1)
    assert await _ask(shop, refund) == []
    shop.pass_time(1)
    assert await _ask(shop, refund) == ["refund_lost"]


async def test_a_refund_that_is_not_found_once_after_many_good_answers_is_not_lost(shop: Shop) -> None:
    refund = await _approved(shop)
    await shop.sweep()
    shop.pass_time(DAY)
    for _ in range(8):
        assert await _ask(shop, refund) == []
    gone = shop.wechat.refunds.pop(refund.out_refund_no)
    assert await _ask(shop, refund) == []
    shop.wechat.refunds[refund.out_refund_no] = gone
    assert await _ask(shop, refund) == []
    del shop.wechat.refunds[refund.out_refund_no]
    assert await _ask(shop, refund) == []
    assert await _ask(shop, refund) == ["refund_lost"]


@pytest.mark.promise(12)
async def test_two_refunds_of_one_payment_are_a_minute_apart_and_those_of_others_are_not(shop: Shop) -> None:
    order_id = await shop.paid()
    first = await shop.payments.start_refund(order_id, ADMIN, 1_000)
    second = await shop.payments.start_refund(order_id, ADMIN, 2_000)
    other = await _approved(shop)
    due_at = (await _get(shop, first)).next_query_at
    assert due_at is not None
    assert (await _get(shop, second)).next_query_at == due_at + MIN_REFUND_INTERVAL
    await _set(shop, await _get(shop, second), next_query_at=shop.at)  # as after a retry by hand
    await shop.sweep()
    both = [
        await _get(shop, first),
        await _get(shop, second),
    ]  # due at the same moment: either may be sent first
    sent = next(refund for refund in both if refund.submitted_at is not None)
    (found,) = [refund for refund in both if refund is not sent]
    assert set(shop.wechat.numbers["refund"]) == {sent.out_refund_no, other.out_refund_no}
    assert found.submitted_at is None
    assert found.next_query_at is not None
    assert found.next_query_at <= shop.at + MIN_REFUND_INTERVAL
    shop.pass_time(MIN_REFUND_INTERVAL)
    await shop.sweep()
    assert shop.wechat.calls["refund"] == 3


@pytest.mark.promise(12)
async def test_a_refund_that_is_due_too_soon_after_another_waits_for_the_rest_of_the_minute(
    shop: Shop,
) -> None:
    order_id = await shop.paid()
    first = await shop.payments.start_refund(order_id, ADMIN, 1_000)
    await shop.sweep()
    submitted_at = (await _get(shop, first)).submitted_at
    assert submitted_at is not None
    second = await _get(shop, await shop.payments.start_refund(order_id, ADMIN, 2_000))
    shop.pass_time(10 * SECOND)
    await _set(shop, second, next_query_at=shop.at)
    await shop.sweep()
    assert (await _get(shop, second.id)).next_query_at == submitted_at + MIN_REFUND_INTERVAL
    assert shop.wechat.calls["refund"] == 1
    shop.at = submitted_at + MIN_REFUND_INTERVAL
    await shop.sweep()
    assert shop.wechat.calls["refund"] == 2


async def test_what_another_process_has_claimed_takes_no_place_in_the_list_of_work(shop: Shop) -> None:
    claimed, free = await _approved(shop), await _approved(shop)
    await _set(shop, free, next_query_at=shop.at + 1)
    assert await shop.payments.refund_sender.claim(claimed)
    async with shop.storage.reading() as reader:
        assert [refund.id for refund in await reader.refunds.due(shop.at + 1, 1)] == [free.id]


@pytest.mark.promise(12)
async def test_a_claim_of_a_process_that_died_holds_for_its_time_and_no_longer(shop: Shop) -> None:
    refund = await _approved(shop)
    assert await shop.payments.refund_sender.claim(refund)
    for _ in range(2):
        await shop.sweep()
        assert shop.wechat.calls["refund"] == 0
        shop.pass_time(CLAIM // 2 - 1)
    shop.pass_time(2)
    await shop.sweep()
    assert shop.wechat.calls["refund"] == 1


@pytest.mark.promise(12)
async def test_who_read_the_list_before_another_did_the_work_does_not_do_it_again(shop: Shop) -> None:
    seen = await _approved(shop)
    await shop.sweep()
    assert not await shop.payments.refund_sender.claim(seen)
    claimed = await _approved(shop)
    assert await shop.payments.refund_sender.claim(claimed)
    assert not await shop.another().refund_sender.claim(claimed)
    fresh = await _get(shop, claimed.id)
    assert not await shop.another().refund_sender.claim(fresh), "its claim is read, and still stands"


@pytest.mark.promise(12)
async def test_several_processes_send_a_refund_once(shop: Shop) -> None:
    refunds = [await _approved(shop) for _ in range(6)]
    sweepers = [shop.another().sweeper(f"p{count}") for count in range(5)]
    await asyncio.gather(*(each.run_once() for each in sweepers))
    assert sorted(shop.wechat.numbers["refund"]) == sorted(refund.out_refund_no for refund in refunds)


@pytest.mark.promise(12)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_failure_that_nobody_foresaw_is_seen_in_the_row_and_not_tried_again_at_once(
    shop: Shop, when: str
) -> None:
    refund = await _approved(shop)
    getattr(shop.wechat, when)["refund"].append(ValueError("of 13900001111"))
    result = await shop.sweep()
    assert (result.failures, result.last_error) == (1, "ValueError")
    found = await _get(shop, refund.id)
    assert (found.state, found.next_query_at) == (RefundState.APPROVED, shop.at + retry_delay(0))
    assert "ValueError" in found.last_error
    assert "139" not in found.last_error
    assert may_still_arrive(found, shop.at), "it may have reached WeChat"
    shop.pass_time(ARRIVAL_MARGIN + SECOND)
    await shop.sweep()
    assert (await _get(shop, refund.id)).state == RefundState.PROCESSING
    assert set(shop.wechat.numbers["refund"]) == {refund.out_refund_no}
    assert len(shop.wechat.refunds) == 1


async def test_a_database_that_goes_away_leaves_the_claim_which_ends_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = await _approved(shop)

    async def away(*_: object) -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(shop.payments.refund_sender, "_mark_accepted", away)
        await shop.sweep()
    found = await _get(shop, refund.id)
    assert found.claimed_until == shop.at + CLAIM
    assert may_still_arrive(found, shop.at)
    shop.pass_time(CLAIM)
    await shop.sweep()
    assert shop.wechat.numbers["refund"] == [refund.out_refund_no] * 2
    assert (await shop.order(refund.order_id)).paid_fen == PRICE
