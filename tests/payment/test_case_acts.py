"""What a human does about a case: each act once, on what the page showed, and only where it helps."""

from __future__ import annotations

import json

import pytest

from payment import cases, problems
from payment.refunds.fingerprints import case_fingerprint
from payment.wechatpay.errors import Busy, Refused
from storage.models import AttemptState, FinanceCase
from tests.payment.conftest import Shop
from tests.payment.test_mismatch import mismatched, the_case

pytestmark = pytest.mark.promise(4)


async def seen_now(shop: Shop, case: FinanceCase, number: str) -> str:
    async with shop.storage.reading() as reader:
        return case_fingerprint(case, await reader.attempts.by_number(number))


async def opened(shop: Shop, kind: str = "refund_unknown", reference: str = "R0NOBODY") -> FinanceCase:
    """A case that holds nothing."""
    at = shop.at
    await shop.storage.run(lambda tx: tx.finance.open_case(kind, reference, json.dumps({}), at))
    return await the_case(shop)


async def kept(shop: Shop, case: FinanceCase) -> FinanceCase:
    async with shop.storage.reading() as reader:
        found = await reader.finance.case(case.id)
    assert found is not None
    return found


async def test_a_case_is_closed_once_with_who_when_and_why(shop: Shop) -> None:
    case = await opened(shop)
    shop.pass_time(1_000)
    await shop.payments.close_case(case.id, 7, "已核实")
    closed = await kept(shop, case)
    assert (closed.state, closed.note, closed.closed_by, closed.closed_at) == ("closed", "已核实", 7, shop.at)
    for case_id in (case.id, case.id + 99):
        with pytest.raises(problems.CaseNotOpen):
            await shop.payments.close_case(case_id, 8, "again")
    assert await kept(shop, case) == closed


async def test_a_case_that_changed_since_it_was_shown_is_not_closed(shop: Shop) -> None:
    case = await opened(shop)
    seen = await seen_now(shop, case, case.reference)
    await shop.storage.run(lambda tx: tx.finance.update_open(case, '{"more": 1}'))
    with pytest.raises(problems.ChangedSinceSeen, match="这项异常"):
        await shop.payments.close_case(case.id, 7, "已核实", seen=seen)
    fresh = await the_case(shop)
    await shop.payments.close_case(case.id, 7, "已核实", seen=await seen_now(shop, fresh, fresh.reference))


async def test_a_case_whose_money_holds_an_order_is_closed_once_that_is_free(shop: Shop) -> None:
    order_id, number = await mismatched(shop)
    case = await the_case(shop)
    attempt = await shop.attempt(order_id)
    assert cases.holds_payable(attempt)
    assert not cases.holds_payable(None)
    with pytest.raises(problems.CaseHoldsOrder):
        await shop.payments.close_case(case.id, 7, "已核实")
    await shop.payments.release_mismatch(number)
    freed = await shop.attempt(order_id)
    assert (freed.state, freed.open_order_id, freed.next_query_at) == (AttemptState.MISMATCH, None, None)
    assert not cases.holds_payable(freed)
    with pytest.raises(problems.CaseNotOpen):
        await shop.payments.release_mismatch(number)
    await shop.payments.close_case(case.id, 7, "已核实")


async def test_an_order_is_not_freed_by_a_page_that_showed_something_else(shop: Shop) -> None:
    order_id, number = await mismatched(shop)
    case = await the_case(shop)
    seen = await seen_now(shop, case, number)
    await shop.storage.run(lambda tx: tx.finance.update_open(case, '{"more": 1}'))
    with pytest.raises(problems.ChangedSinceSeen):
        await shop.payments.release_mismatch(number, seen=(case.id, seen))
    assert (await shop.attempt(order_id)).open_order_id == order_id
    await shop.payments.release_mismatch(
        number, seen=(case.id, await seen_now(shop, await the_case(shop), number))
    )
    assert (await shop.attempt(order_id)).open_order_id is None


@pytest.mark.parametrize("known", [True, False])
async def test_only_money_that_does_not_agree_is_freed_or_reviewed(shop: Shop, known: bool) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no if known else "20260101000000AAAAAAAAAAAAAAAAAA"
    for act in (shop.payments.release_mismatch, shop.payments.review_mismatch):
        with pytest.raises(problems.CaseNotOpen):
            await act(number)
    assert shop.wechat.calls["query"] == 0
    assert (await shop.attempt(order_id)).open_order_id == order_id


async def test_a_review_that_wechat_does_not_answer_changes_nothing(shop: Shop) -> None:
    order_id, number = await mismatched(shop)
    before = await shop.attempt(order_id)
    shop.wechat.before["query"] += [Busy("not reached"), Refused(code="NO_AUTH", status=403, verified=True)]
    with pytest.raises(problems.WeChatBusy):
        await shop.payments.review_mismatch(number)
    with pytest.raises(problems.WeChatRefused) as refused:
        await shop.payments.review_mismatch(number)
    assert "NO_AUTH" in refused.value.for_staff
    assert await shop.attempt(order_id) == before
    shop.payments.context.wake.clear()
    assert await shop.payments.review_mismatch(number) == "paid"
    assert shop.payments.context.wake.is_set(), "surplus may have to go back at once"
