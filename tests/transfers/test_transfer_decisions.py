"""How a transfer has ended of which WeChat does not tell, or of another one than was asked for: the office says."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from clock import DAY, shanghai_date
from orders.escort_pay.rules import PayInput
from payment.transfers.deciding import Decision, mark_of, may_be_decided
from payment.transfers.problems import (
    TransferBusy,
    TransferChanged,
    TransferDecidedByWeChat,
    TransferMayArrive,
    TransferUndecidable,
)
from payment.wechatpay.transfers import parse_transfer
from storage.models import PayTransfer
from tests.escort_pay.paying import ADMIN_ID
from tests.transfers.desk import Desk, pay_by_bank
from tests.transfers.test_transfer_races import report

pytestmark = pytest.mark.promise(40)
PROOF = "商户平台电子回单 8801"


async def paid(desk: Desk, number: int) -> Decision:
    transfer = await desk.transfer(number)
    return Decision(transfer.id, mark_of(transfer), ADMIN_ID, shanghai_date(desk.shop.at), PROOF)


async def unpaid(desk: Desk, number: int) -> Decision:
    return replace(await paid(desk, number), day="", note="平台显示已关闭，钱已退回")


async def decidable(desk: Desk, transfer: PayTransfer) -> bool:
    async with desk.storage.reading() as reader:
        return await may_be_decided(reader, transfer, desk.shop.at)


async def forgotten(desk: Desk) -> int:
    """A statement whose transfer WeChat had accepted, and of which it tells nothing after thirty days."""
    number = await desk.confirmed()
    await desk.shop.fault("lose_notification", times=None)
    await desk.start(number)
    desk.shop.pass_time(30 * DAY)
    return number


async def mismatched(desk: Desk, state: str, **changes: Any) -> int:
    """A statement whose transfer WeChat tells of with other facts than were asked for."""
    number = await desk.confirmed()
    await desk.start(number)
    transfer = await desk.transfer(number)
    real = desk.transfers.wechat.query

    async def query(out_bill_no: str) -> Any:
        result = await real(out_bill_no)
        return replace(result, state=state, **changes) if out_bill_no == transfer.out_bill_no else result

    desk.transfers.wechat.query = query  # type: ignore[method-assign]
    await desk.sweep()
    assert await desk.shop.cases() == ["transfer_mismatch"]
    return number


async def test_a_transfer_of_which_there_is_no_news_for_thirty_days_is_paid_by_a_proof(desk: Desk) -> None:
    number = await forgotten(desk)
    decision = await paid(desk, number)
    assert await decidable(desk, await desk.transfer(number))
    await desk.transfers.decide(decision)
    transfer, statement = await desk.transfer(number), await desk.statement(number)
    assert (transfer.state, transfer.decided_by, transfer.decided_note) == ("succeeded", ADMIN_ID, PROOF)
    assert (transfer.request, transfer.package_sealed, transfer.next_query_at) == ("", "", None)
    assert (statement.state, statement.paid_by) == ("paid", ADMIN_ID)
    assert statement.paid_reference == f"微信转账 {transfer.wechat_bill_no}"
    assert await desk.messages("paid") == 1
    assert transfer.claimed_until == 0
    await desk.adds_up()


async def test_one_that_was_not_paid_gives_its_statement_back_and_another_has_another_number(
    desk: Desk,
) -> None:
    number = await forgotten(desk)
    await desk.transfers.decide(await unpaid(desk, number))
    first = await desk.transfer(number)
    assert (first.state, first.fail_reason, first.live_statement_id) == ("failed", "OFFICE_FOUND", None)
    assert await desk.state(number) == "confirmed"
    await desk.adds_up()
    await desk.start(number)
    second = await desk.transfer(number)
    assert (second.out_bill_no != first.out_bill_no, second.decided_by) == (True, None)
    await desk.adds_up()


@pytest.mark.parametrize("wish", [paid, unpaid])
async def test_nothing_is_decided_while_wechat_may_still_pay(desk: Desk, wish: Any) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    with pytest.raises(TransferUndecidable):
        await desk.transfers.decide(await wish(desk, number))
    await desk.shop.fault("lose_notification", times=None)
    await desk.shop.fault("transfer_not_found", times=None)
    desk.shop.pass_time(30 * DAY - 60_000)
    assert not await decidable(desk, await desk.transfer(number))
    with pytest.raises(TransferUndecidable):
        await desk.transfers.decide(await wish(desk, number))
    transfer = await desk.transfer(number)
    assert (transfer.state, transfer.claimed_until, await desk.state(number)) == ("waiting", 0, "paying")


async def test_wechats_word_comes_first_even_after_thirty_days(desk: Desk) -> None:
    number = await forgotten(desk)
    decision = await unpaid(desk, number)
    transfer = await desk.transfer(number)

    async def query(_: str) -> Any:
        return await asyncio.sleep(0, _told(transfer, "SUCCESS"))

    desk.transfers.wechat.query = query  # type: ignore[method-assign,assignment]
    with pytest.raises(TransferChanged):
        await desk.transfers.decide(decision)
    assert ((await desk.transfer(number)).decided_by, await desk.state(number)) == (None, "paid")
    await desk.adds_up()


def _told(transfer: PayTransfer, state: str) -> Any:
    told = {"out_bill_no": transfer.out_bill_no, "transfer_bill_no": transfer.wechat_bill_no, "state": state}
    return parse_transfer(told)


@pytest.mark.parametrize("state", ["WAIT_USER_CONFIRM", "TRANSFERING", "CANCELING"])
async def test_a_transfer_that_differs_is_not_decided_about_while_it_is_under_way(
    desk: Desk, state: str
) -> None:
    number = await mismatched(desk, state, amount_fen=7_999)
    assert await decidable(desk, await desk.transfer(number))
    for wish in (paid, unpaid):
        with pytest.raises(TransferUndecidable):
            await desk.transfers.decide(await wish(desk, number))
    assert await desk.state(number) == "paying"


async def test_one_that_has_paid_another_amount_is_paid_and_is_not_unpaid(desk: Desk) -> None:
    number = await mismatched(desk, "SUCCESS", amount_fen=7_999)
    with pytest.raises(TransferDecidedByWeChat):
        await desk.transfers.decide(await unpaid(desk, number))
    assert await desk.state(number) == "paying"
    await desk.transfers.decide(await paid(desk, number))
    assert await desk.state(number) == "paid"
    await desk.adds_up()


async def test_one_that_has_paid_somebody_else_may_be_recorded_as_not_paid(desk: Desk) -> None:
    number = await mismatched(desk, "SUCCESS", openid="oSomebodyElse")
    await desk.transfers.decide(await unpaid(desk, number))
    assert await desk.state(number) == "confirmed"
    await desk.adds_up()


async def test_one_that_failed_with_other_facts_is_not_paid_and_cannot_be_recorded_as_paid(
    desk: Desk,
) -> None:
    number = await mismatched(desk, "FAIL", wechat_bill_no="1330000000")
    with pytest.raises(TransferDecidedByWeChat):
        await desk.transfers.decide(await paid(desk, number))
    await desk.transfers.decide(await unpaid(desk, number))
    await pay_by_bank(desk, number)
    await desk.adds_up()


async def test_of_many_who_decide_differently_at_once_one_wins(desk: Desk) -> None:
    number = await forgotten(desk)
    wishes = [await paid(desk, number), await unpaid(desk, number)] * 4
    results = await asyncio.gather(*(desk.another().decide(each) for each in wishes), return_exceptions=True)
    assert results.count(None) == 1
    assert {type(each) for each in results if each is not None} <= {TransferBusy, TransferChanged}
    won = wishes[results.index(None)]
    assert await desk.state(number) == ("paid" if won.day else "confirmed")
    assert (await desk.transfer(number)).decided_note == won.note
    await desk.adds_up()


async def test_a_page_that_showed_something_older_decides_nothing(desk: Desk) -> None:
    number = await forgotten(desk)
    with pytest.raises(TransferChanged):
        await desk.transfers.decide(replace(await unpaid(desk, number), seen="waiting.1"))
    assert await desk.state(number) == "paying"


@pytest.mark.parametrize("day", ["2000-01-01", "2099-01-01"])
async def test_the_day_of_the_payment_lies_between_the_statement_and_today(desk: Desk, day: str) -> None:
    number = await forgotten(desk)
    with pytest.raises(PayInput):
        await desk.transfers.decide(replace(await paid(desk, number), day=day))
    assert await desk.state(number) == "paying"


async def test_money_that_moved_although_the_office_found_none_is_a_case_and_is_recorded(desk: Desk) -> None:
    number = await forgotten(desk)
    await desk.transfers.decide(await unpaid(desk, number))
    before = await desk.shop.cases()
    assert await report(desk, number, "SUCCESS") == "succeeded"
    assert await desk.state(number) == "paid"
    assert await desk.shop.cases() == [*before, "transfer_contradicted"]
    await desk.adds_up()


async def test_one_without_an_answer_is_not_given_up_after_thirty_days_but_decided_about(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.shop.fault("drop_after_commit", endpoint="transfer")
    await desk.shop.fault("lose_notification", times=None)
    await desk.shop.fault("transfer_not_found", times=None)
    await desk.start(number)
    desk.shop.pass_time(31 * DAY)
    transfer = await desk.transfer(number)
    assert transfer.state == "created"
    with pytest.raises(TransferMayArrive):
        await desk.transfers.give_up(transfer.id)
    await desk.transfers.decide(await unpaid(desk, number))
    assert await desk.state(number) == "confirmed"


async def test_the_evidence_of_a_lost_one_says_what_is_known(desk: Desk) -> None:
    number = await forgotten(desk)
    await desk.sweep()
    async with desk.storage.reading() as reader:
        (case,) = await reader.finance.cases("open")
    assert case.kind == "transfer_lost"
    assert json.loads(case.detail)["statement"] == number
