"""A statement that is paid through WeChat: what is sent, what its escort does, and how it may end."""

from __future__ import annotations

import json

import pytest

from orders.escort_pay import statements
from orders.escort_pay.statements import StatementChanged
from payment.evidence import Source
from payment.transfers.outcome import apply_transfer
from payment.transfers.problems import (
    NothingToReceive,
    TransferChanged,
    TransferExpired,
    TransferNotPossible,
)
from payment.wechatpay.transfers import parse_transfer
from privacy import TRANSFER_PACKAGE
from storage.models import TransferState
from tests.escort_pay.paying import ADMIN_ID, mark_of
from tests.transfers.desk import NAME, Desk, pay_by_bank

pytestmark = pytest.mark.promise(40)
DAY = 86_400_000


async def test_a_confirmed_statement_is_paid_once_when_its_escort_has_received_it(desk: Desk) -> None:
    await desk.post("settings/", {"transfer_seconds": 60})
    number = await desk.confirmed()
    assert await desk.start(number) == TransferState.WAITING
    assert await desk.state(number) == "paying"
    assert await desk.messages("to_receive") == 1
    assert (await desk.payee(number))["state"] == "TRANSFERING"
    await desk.until_told(number, "succeeded")
    await desk.assert_paid_once(number)
    await desk.sweep()
    await desk.assert_paid_once(number)
    done = await desk.transfer(number)
    assert (done.request, done.package_sealed, done.next_query_at) == ("", "", None)
    assert (await desk.statement(number)).paid_by == ADMIN_ID
    with pytest.raises(NothingToReceive):
        await desk.transfers.receive(number, desk.escort_id)


async def test_what_is_sent_is_frozen_with_its_number_and_holds_no_name_in_the_clear(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    transfer = await desk.transfer(number)
    request = json.loads(transfer.request)
    assert len(request["out_bill_no"]) == 32
    assert request["out_bill_no"].isalnum()
    assert request["transfer_amount"] == 8_000
    assert request["transfer_scene_report_infos"] == [
        {"info_type": "岗位类型", "info_content": "陪诊员"},
        {"info_type": "报酬说明", "info_content": "陪诊服务报酬"},
    ]
    assert NAME not in transfer.request
    (known,) = await desk.at_wechat()
    assert (known["user_name"], known["perception"]) == (NAME, "劳务报酬")
    assert desk.vault.open(transfer.package_sealed, TRANSFER_PACKAGE) == known["package_info"]
    assert known["package_info"] not in transfer.package_sealed


async def test_less_than_thirty_fen_go_without_a_name_and_less_than_ten_not_at_all(desk: Desk) -> None:
    small = await desk.confirmed(29)
    assert await desk.start(small) == TransferState.WAITING
    assert "user_name" not in (await desk.transfer(small)).request
    other = await desk.hire("li", "李娜")
    tiny = await desk.confirmed(9, other)
    with pytest.raises(TransferNotPossible, match="transfer_not_possible") as refused:
        await desk.start(tiny)
    assert "最少" in refused.value.message
    assert await desk.state(tiny) == "confirmed"


async def test_only_a_confirmed_statement_is_paid_so_and_none_twice_or_by_bank_too(desk: Desk) -> None:
    number = await desk.confirmed()
    seen = await mark_of(desk.storage, number)
    await desk.start(number)
    with pytest.raises(StatementChanged):
        await desk.start(number)
    with pytest.raises(StatementChanged):
        await pay_by_bank(desk, number)
    with pytest.raises(StatementChanged):
        await desk.storage.run(lambda tx: statements.withdraw(tx, number, seen, desk.shop.at))
    assert len(await desk.at_wechat()) == 1
    await desk.payee(number)
    await desk.until(number, "succeeded")
    with pytest.raises(StatementChanged):
        await desk.start(number)
    await desk.assert_paid_once(number)


async def test_a_refused_one_gives_the_statement_back_and_the_next_has_another_number(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    assert (await desk.payee(number, "refuse"))["state"] == "FAIL"
    await desk.until_told(number, "failed")
    assert await desk.state(number) == "confirmed"
    first = await desk.transfer(number)
    assert (first.fail_reason, first.live_statement_id) == ("PAYEE_REJECT", None)
    await desk.adds_up()
    await desk.start(number)
    second = await desk.transfer(number)
    assert second.out_bill_no != first.out_bill_no
    await desk.payee(number)
    await desk.until(number, "succeeded")
    await desk.assert_paid_once(number)


async def test_after_a_failure_the_bank_may_pay(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    await desk.payee(number, "refuse")
    await desk.until(number, "failed")
    await pay_by_bank(desk, number)
    assert (await desk.statement(number)).paid_reference == "2026120300001"
    assert await desk.moved_fen() == 0
    await desk.adds_up()


async def test_another_wechat_account_cannot_take_the_money(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    other = await desk.log_in("li")
    assert (await desk.payee(number, openid=other))["error"] == "wrong_payee"
    with pytest.raises(NothingToReceive):
        await desk.transfers.receive(number, desk.escort_id + 1)
    assert await desk.state(number) == "paying"


async def test_the_name_that_wechat_knows_decides(desk: Desk) -> None:
    await desk.post("transfers/names/", {"openid": desk.openid, "real_name": "王方"})
    number = await desk.confirmed()
    await desk.start(number)
    await desk.payee(number)
    await desk.until(number, "failed")
    assert (await desk.transfer(number)).fail_reason == "NAME_NOT_CORRECT"
    assert await desk.state(number) == "confirmed"


async def test_after_a_day_without_confirmation_the_statement_waits_again(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    desk.shop.pass_time(DAY)
    with pytest.raises(TransferExpired):
        await desk.transfers.receive(number, desk.escort_id)
    assert (await desk.transfer(number)).fail_reason == "OVERDUE_CLOSE"
    assert await desk.state(number) == "confirmed"
    await desk.adds_up()


async def test_the_office_cancels_a_transfer_that_waits_and_no_other(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.post("settings/", {"transfer_cancel_seconds": 60})
    await desk.start(number)
    transfer = await desk.transfer(number)
    assert await desk.transfers.cancel(transfer.id, ADMIN_ID) == TransferState.CANCELLING
    with pytest.raises(NothingToReceive):
        await desk.transfers.receive(number, desk.escort_id)
    with pytest.raises(TransferChanged):
        await desk.transfers.cancel(transfer.id, ADMIN_ID)
    await desk.until(number, "cancelled")
    ended = await desk.transfer(number)
    assert (ended.cancel_by, ended.fail_reason) == (ADMIN_ID, "MCH_CANCEL")
    assert await desk.state(number) == "confirmed"
    assert await desk.moved_fen() == 0
    await desk.adds_up()


async def test_a_case_keeps_neither_the_name_nor_the_package(desk: Desk) -> None:
    """Cases stay when the data of an escort are erased."""
    told = {"out_bill_no": "T1", "transfer_bill_no": "B1", "state": "SUCCESS", "transfer_amount": 8_000}
    result = parse_transfer({**told, "user_name": "SEALEDNAME", "package_info": "PACKAGE"})
    await desk.storage.run(lambda tx: apply_transfer(tx, result, Source.QUERY, desk.shop.at))
    async with desk.storage.reading() as reader:
        case = await reader.finance.case_about("transfer_unknown", "T1")
    assert case is not None
    assert json.loads(case.detail)["wechat"] == told
