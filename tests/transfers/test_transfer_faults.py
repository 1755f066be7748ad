"""What may go wrong at WeChat with a transfer: in every case one number, one payment, and a statement that says so."""

from __future__ import annotations

from typing import Any

import pytest

from payment.transfers.problems import TransferExpired, TransferMayArrive
from storage.models import TransferState
from tests.escort_pay.paying import ADMIN_ID
from tests.payment.telling import REPLY_FAULTS
from tests.transfers.desk import Desk

pytestmark = pytest.mark.promise(40)
DAY = 86_400_000
HOUR = 3_600_000


async def receive_and_check(desk: Desk, number: int) -> None:
    """The escort receives what waits, and everything says so once, with the one number."""
    await desk.until(number, "waiting")
    assert len(await desk.all_of(number)) == 1
    await desk.payee(number)
    await desk.until(number, "succeeded")
    (known,) = await desk.at_wechat()
    assert known["out_bill_no"] == (await desk.transfer(number)).out_bill_no
    await desk.assert_paid_once(number)


@pytest.mark.parametrize(("fault", "parameters"), REPLY_FAULTS)
async def test_a_request_without_a_usable_reply_is_asked_about_and_repeated_with_its_number(
    desk: Desk, fault: str, parameters: dict[str, Any]
) -> None:
    number = await desk.confirmed()
    await desk.shop.fault(fault, endpoint="transfer", **parameters)
    await desk.start(number)
    assert await desk.state(number) == "paying"
    transfer = await desk.transfer(number)
    assert transfer.state == TransferState.CREATED
    assert transfer.last_error
    await receive_and_check(desk, number)


@pytest.mark.parametrize("fault", ["drop_after_commit", "system_error", "garbage", "bad_signature"])
async def test_queries_without_a_usable_reply_change_nothing(desk: Desk, fault: str) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    before = (await desk.transfer(number)).state
    await desk.shop.fault(fault, endpoint="transfer_query")
    await desk.sweep()
    assert (await desk.transfer(number)).state == before
    await receive_and_check(desk, number)


async def test_a_transfer_that_a_query_does_not_find_for_a_while_is_sent_again_with_its_number(
    desk: Desk,
) -> None:
    number = await desk.confirmed()
    await desk.shop.fault("drop_after_commit", endpoint="transfer")
    await desk.shop.fault("transfer_not_found", times=3)
    await desk.start(number)
    await receive_and_check(desk, number)


async def test_one_that_wechat_had_accepted_and_does_not_find_is_not_sent_again_and_becomes_a_case(
    desk: Desk,
) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    sent_at = (await desk.transfer(number)).sent_at
    for _ in range(7):
        await desk.sweep()
    await desk.shop.fault("lose_notification", times=None)
    await desk.shop.fault("transfer_not_found", times=None)
    for _ in range(7):
        await desk.sweep()
    desk.shop.pass_time(27 * HOUR - 300_000)  # its day, and what an expiry may be late
    await desk.sweep()
    assert await desk.shop.cases() == []
    desk.shop.pass_time(300_000)
    await desk.sweep()
    transfer = await desk.transfer(number)
    assert (transfer.sent_at, transfer.state) == (sent_at, "waiting")
    assert await desk.shop.cases() == ["transfer_lost"]


@pytest.mark.parametrize("state", ["ACCEPTED", "PROCESSING"])
async def test_a_transfer_that_is_stuck_waits_and_gets_its_package_by_the_same_request(
    desk: Desk, state: str
) -> None:
    number = await desk.confirmed()
    await desk.shop.fault("transfer_stuck", state=state)
    assert await desk.start(number) == state.lower()
    for _ in range(3):
        await desk.sweep()
    transfer = await desk.transfer(number)
    assert (transfer.state, transfer.package_sealed) == (state.lower(), "")
    await desk.post("transfers/", {"out_bill_no": transfer.out_bill_no})
    await desk.sweep()
    waiting = await desk.transfer(number)
    assert (waiting.state, waiting.request) == ("waiting", transfer.request)
    assert waiting.package_sealed
    await receive_and_check(desk, number)


@pytest.mark.parametrize("state", ["ACCEPTED", "PROCESSING"])
async def test_a_transfer_that_is_stuck_for_an_hour_is_a_case(desk: Desk, state: str) -> None:
    number = await desk.confirmed()
    await desk.shop.fault("transfer_stuck", state=state)
    await desk.start(number)
    desk.shop.pass_time(3_500_000)
    await desk.sweep()
    assert await desk.shop.cases() == []
    desk.shop.pass_time(100_000)
    await desk.sweep()
    assert await desk.shop.cases() == ["transfer_stuck"]
    assert await desk.state(number) == "paying"


@pytest.mark.parametrize("fault", ["system_error", "drop_before_commit"])
async def test_a_transfer_about_which_wechat_says_nothing_for_an_hour_is_a_case(
    desk: Desk, fault: str
) -> None:
    number = await desk.confirmed()
    for endpoint in ("transfer", "transfer_query"):
        await desk.shop.fault(fault, endpoint=endpoint, times=None)
    await desk.start(number)
    desk.shop.pass_time(3_500_000)
    await desk.sweep()
    assert await desk.shop.cases() == []
    desk.shop.pass_time(100_000)
    await desk.sweep()
    assert await desk.shop.cases() == ["transfer_stuck"]
    await desk.shop.http.delete(f"{desk.shop.base}/faults/")
    await receive_and_check(desk, number)


async def test_one_that_waited_for_its_escort_and_about_which_wechat_says_nothing_is_a_case(
    desk: Desk,
) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    await desk.shop.fault("lose_notification", times=None)
    await desk.shop.fault("bad_signature", endpoint="transfer_query", times=None)
    for hours in (26, 2):
        assert await desk.shop.cases() == []
        desk.shop.pass_time(hours * 3_600_000)
        await desk.sweep()
    assert await desk.shop.cases() == ["transfer_stuck"]
    assert await desk.state(number) == "paying"


async def test_a_cancellation_that_is_stuck_ends_when_wechat_says_so(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    transfer = await desk.transfer(number)
    await desk.shop.fault("transfer_stuck", state="CANCELING")
    await desk.transfers.cancel(transfer.id, ADMIN_ID)
    for _ in range(3):
        await desk.sweep()
    assert (await desk.transfer(number)).state == "cancelling"
    assert await desk.state(number) == "paying"
    desk.shop.pass_time(3_600_000)
    await desk.sweep()
    assert await desk.shop.cases() == ["transfer_stuck"]
    await desk.post("transfers/", {"out_bill_no": transfer.out_bill_no})
    await desk.sweep()
    assert (await desk.transfer(number)).state == "cancelled"
    assert await desk.state(number) == "confirmed"


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "system_error"])
async def test_a_cancellation_without_a_reply_is_asked_about_and_repeated(desk: Desk, fault: str) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    await desk.shop.fault(fault, endpoint="transfer_cancel")
    await desk.transfers.cancel((await desk.transfer(number)).id, ADMIN_ID)
    await desk.until(number, "cancelled")
    assert await desk.state(number) == "confirmed"
    assert await desk.moved_fen() == 0


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_confirmation_that_races_with_a_cancellation_is_decided_by_the_query(
    desk: Desk, accepted: bool
) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    await desk.shop.fault("transfer_confirmed_while_cancelling", accepted=accepted)
    await desk.transfers.cancel((await desk.transfer(number)).id, ADMIN_ID)
    await desk.until(number, "succeeded")
    await desk.assert_paid_once(number)


async def test_an_expiry_that_comes_late_leaves_a_page_that_is_not_opened(desk: Desk) -> None:
    number = await desk.confirmed()
    late = (DAY + 47 * 60_000) / 1000 * 100 - DAY / 1000  # the stand-in's clock runs a hundred times faster
    await desk.shop.fault("transfer_late_expiry", seconds=late)
    await desk.start(number)
    desk.shop.pass_time(DAY + 60_000)
    with pytest.raises(TransferExpired):
        await desk.transfers.receive(number, desk.escort_id)
    assert (await desk.transfer(number)).state == "waiting"
    assert await desk.state(number) == "paying"
    desk.shop.pass_time(48 * 60_000)
    await desk.sweep()
    assert (await desk.transfer(number)).fail_reason == "OVERDUE_CLOSE"
    assert await desk.state(number) == "confirmed"


async def test_too_low_a_balance_is_an_alarm_and_the_same_number_goes_out_once_it_is_topped_up(
    desk: Desk,
) -> None:
    await desk.post("settings/", {"transfer_topped_up_yuan": 10})
    number = await desk.confirmed()
    await desk.start(number)
    for _ in range(3):
        await desk.sweep()
    transfer = await desk.transfer(number)
    assert (transfer.state, await desk.at_wechat()) == ("created", [])
    assert "NOT_ENOUGH" in transfer.last_error
    assert await desk.shop.cases() == ["transfer_not_enough"]
    assert await desk.state(number) == "paying"
    await desk.post("transfers/account/", {"yuan": 1_000})
    await receive_and_check(desk, number)


async def test_a_notification_that_is_lost_is_made_up_for_by_a_query(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.shop.fault("lose_notification")
    await desk.start(number)
    await receive_and_check(desk, number)


async def test_a_notification_that_comes_twice_or_after_the_query_changes_nothing_more(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.shop.fault("duplicate_notification", copies=5)
    await desk.shop.fault("delay_notification", seconds=1.0)
    await desk.start(number)
    await receive_and_check(desk, number)

    async def delivered() -> bool:
        reply = await desk.shop.http.get(f"{desk.shop.base}/notifications/?state=accepted")
        return bool(reply.json()["total"] == 1)

    await desk.shop.until(delivered)
    await desk.assert_paid_once(number)
    assert await desk.shop.cases() == []


@pytest.mark.parametrize("fault", ["bad_notification_signature", "stale_timestamp"])
async def test_a_notification_that_is_not_wechats_is_not_believed(desk: Desk, fault: str) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    await desk.shop.fault(fault)
    await desk.payee(number)
    await desk.shop.until(lambda: _refused(desk))
    await desk.until(number, "succeeded")
    await desk.assert_paid_once(number)


async def _refused(desk: Desk) -> bool:
    return bool(desk.shop.refused)


async def test_a_refused_request_is_a_case_and_can_be_given_up_as_wechat_never_had_it(desk: Desk) -> None:
    await desk.post("settings/", {"transfer_max_yuan": 50})
    number = await desk.confirmed()
    await desk.start(number)
    transfer = await desk.transfer(number)
    assert "INVALID_REQUEST" in transfer.last_error
    assert await desk.shop.cases() == ["transfer_refused"]
    await desk.transfers.give_up(transfer.id)
    given_up = await desk.transfer(number)
    assert (given_up.state, given_up.fail_reason) == ("cancelled", "NOT_ACCEPTED")
    assert await desk.state(number) == "confirmed"
    await desk.adds_up()


async def test_a_request_without_an_answer_is_not_given_up(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.shop.fault("drop_after_commit", endpoint="transfer")
    await desk.shop.fault("transfer_not_found", times=None)
    await desk.start(number)
    transfer = await desk.transfer(number)
    with pytest.raises(TransferMayArrive):
        await desk.transfers.give_up(transfer.id)
    assert await desk.state(number) == "paying"
    await desk.shop.http.delete(f"{desk.shop.base}/faults/")
    await receive_and_check(desk, number)
