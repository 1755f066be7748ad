"""Many at once, reports that contradict each other, and ceilings of the day: a statement is never paid twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clock import shanghai_date
from orders.escort_pay.statements import BankPayment, StatementChanged, mark_paid
from payment.evidence import Source
from payment.transfers.outcome import apply_transfer
from payment.transfers.problems import TransferNotPossible
from payment.transfers.starting import Start
from payment.wechatpay.transfers import parse_transfer
from tests.escort_pay.paying import ADMIN_ID, confirm, finished, issue, mark_of, set_state
from tests.transfers.desk import Desk, pay_by_bank

pytestmark = pytest.mark.promise(40)
DAY = 86_400_000


async def report(desk: Desk, statement_id: int, state: str, **changes: Any) -> str | None:
    """What WeChat is made to say of the statement's newest transfer, applied as a notification."""
    transfer = await desk.transfer(statement_id)
    told = {
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.wechat_bill_no,
        "mch_id": transfer.mchid,
        "openid": transfer.openid,
        "transfer_amount": transfer.amount_fen,
        "state": state,
        **changes,
    }
    result = parse_transfer(told)
    return await desk.storage.run(lambda tx: apply_transfer(tx, result, Source.NOTIFICATION, desk.shop.at))


@pytest.mark.parametrize("first", ["wechat", "bank"])
async def test_of_many_who_pay_at_once_by_wechat_and_by_bank_one_wins(desk: Desk, first: str) -> None:
    number = await desk.confirmed()
    seen, at = await mark_of(desk.storage, number), desk.shop.at
    bank = BankPayment(shanghai_date(at), "2026120300001", ADMIN_ID)

    async def by_bank() -> None:
        await desk.storage.run(lambda tx: mark_paid(tx, number, bank, seen, at))

    async def by_wechat() -> None:
        await desk.another().start(Start(number, seen, ADMIN_ID))

    acts = (by_wechat, by_bank) if first == "wechat" else (by_bank, by_wechat)
    results = await asyncio.gather(*(act() for _ in range(6) for act in acts), return_exceptions=True)
    won = [each for each in results if not isinstance(each, BaseException)]
    assert len(won) == 1
    lost = {type(each).__name__ for each in results if isinstance(each, BaseException)}
    assert lost == {"StatementChanged"}
    statement = await desk.statement(number)
    assert statement.state in ("paying", "paid")
    assert len(await desk.at_wechat()) == (1 if statement.state == "paying" else 0)
    await desk.adds_up()


async def test_of_many_sweeps_and_reports_at_once_the_statement_is_paid_once(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    await desk.payee(number)
    processes = [desk.another() for _ in range(4)]

    async def ended() -> bool:
        await asyncio.gather(
            *(each.sweep(f"p{n}") for n, each in enumerate(processes)),
            *(each.look(number, desk.escort_id) for each in processes),
        )
        return (await desk.transfer(number)).state == "succeeded"

    await desk.shop.until(ended)
    await asyncio.gather(*(report(desk, number, "SUCCESS") for _ in range(10)))
    await desk.assert_paid_once(number)
    assert await desk.shop.cases() == []


async def test_money_that_moved_after_a_failure_was_reported_is_recorded(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    assert await report(desk, number, "FAIL", fail_reason="TRANSFER_RISK") == "failed"
    assert await desk.state(number) == "confirmed"
    assert await report(desk, number, "SUCCESS") == "succeeded"
    assert await desk.state(number) == "paid"
    assert await desk.shop.cases() == ["transfer_contradicted"]
    assert await report(desk, number, "FAIL") == "succeeded"
    assert await desk.state(number) == "paid"
    assert await desk.messages("paid") == 1
    await desk.adds_up()


async def test_money_that_moved_although_the_bank_has_paid_is_a_case(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    await report(desk, number, "FAIL")
    await pay_by_bank(desk, number)
    await report(desk, number, "SUCCESS")
    assert (await desk.statement(number)).paid_reference == "2026120300001"
    assert await desk.shop.cases() == ["transfer_contradicted", "transfer_twice"]
    assert await desk.messages("paid") == 1
    await desk.adds_up()


async def test_money_that_moved_while_another_transfer_is_under_way_is_a_case(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    first = await desk.transfer(number)
    await report(desk, number, "CANCELLED")
    await desk.start(number)
    again = {"out_bill_no": first.out_bill_no, "transfer_bill_no": first.wechat_bill_no}
    await report(desk, number, "SUCCESS", **again)
    assert await desk.state(number) == "paying"
    assert "transfer_twice" in await desk.shop.cases()
    await desk.adds_up()


@pytest.mark.parametrize(
    "changes",
    [
        {"transfer_amount": 7_999},
        {"openid": "oSomebodyElse"},
        {"mch_id": "1900000000"},
        {"transfer_bill_no": "1330000000"},
    ],
)
async def test_a_report_that_does_not_agree_changes_nothing_and_is_a_case(
    desk: Desk, changes: dict[str, Any]
) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    assert await report(desk, number, "SUCCESS", **changes) == "waiting"
    assert await desk.state(number) == "paying"
    assert await desk.shop.cases() == ["transfer_mismatch"]


async def test_a_report_about_a_number_that_is_not_ours_is_a_case(desk: Desk) -> None:
    number = await desk.confirmed()
    await desk.start(number)
    assert await report(desk, number, "SUCCESS", out_bill_no="T0") is None
    assert await desk.state(number) == "paying"
    assert await desk.shop.cases() == ["transfer_unknown"]


async def test_a_statement_above_the_ceiling_of_one_transfer_is_refused_and_not_split(desk: Desk) -> None:
    number = await desk.confirmed(20_001)
    with pytest.raises(TransferNotPossible) as refused:
        await desk.start(number)
    assert "超过微信单笔上限 ￥200" in refused.value.message
    assert await desk.at_wechat() == []
    assert await desk.state(number) == "confirmed"
    await pay_by_bank(desk, number)


async def another_month(desk: Desk, escort_id: int, at: int, month: str) -> int:
    """One more statement of the escort, of another month."""
    await finished(desk.storage, escort_id, at)
    issued = await issue(desk.storage, escort_id, month, at)
    await confirm(desk.storage, issued.id, escort_id, at)
    return issued.id


async def test_what_an_escort_gets_on_a_day_has_a_ceiling_and_the_next_day_is_another(desk: Desk) -> None:
    desk.settings = desk.settings.replace("transfers", escort_day_max_yuan=100)
    desk.transfers = desk.another()
    first = await desk.confirmed()
    await desk.start(first)
    await set_state(
        desk.storage, "pay_statements", first, "withdrawn"
    )  # so that the month has room for one more
    second = await another_month(desk, desk.escort_id, desk.shop.at, (await desk.statement(first)).month)
    with pytest.raises(TransferNotPossible) as refused:
        await desk.start(second)
    assert "今天已经给这位陪诊员转了 ￥80" in refused.value.message
    assert await desk.state(second) == "confirmed"
    desk.shop.pass_time(DAY)
    assert await desk.start(second) == "waiting"


async def test_all_escorts_together_have_a_ceiling_on_a_day_however_many_are_paid_at_once(desk: Desk) -> None:
    desk.settings = desk.settings.replace("transfers", day_max_yuan=200)
    others = [await desk.hire(person, f"陪诊员{person}") for person in ("li", "zhao", "qian", "sun")]
    numbers = [await desk.confirmed(escort_id=escort_id) for escort_id in (desk.escort_id, *others)]
    results = await asyncio.gather(
        *(desk.start(each, desk.another()) for each in numbers), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == [
        *["TransferNotPossible"] * 3,
        *["TransferState"] * 2,
    ]
    assert len(await desk.at_wechat()) == 2
    await desk.adds_up()


async def test_an_escort_who_cannot_log_in_is_paid_by_bank(desk: Desk) -> None:
    number = await desk.confirmed()
    await set_state(desk.storage, "escorts", desk.escort_id, "suspended")
    with pytest.raises(TransferNotPossible):
        await desk.start(number)
    assert await desk.state(number) == "confirmed"


async def test_nothing_is_started_where_it_is_not_configured(desk: Desk) -> None:
    desk.settings = desk.settings.replace("transfers", scene_id="")
    off = desk.another()
    number = await desk.confirmed()
    with pytest.raises(TransferNotPossible):
        await desk.start(number, off)
    await desk.start(number)
    await desk.payee(number)
    desk.transfers = off  # what is under way is followed all the same
    await desk.until(number, "succeeded")
    await desk.assert_paid_once(number)


async def test_a_page_that_showed_something_older_starts_nothing(desk: Desk) -> None:
    number = await desk.confirmed()
    with pytest.raises(StatementChanged):
        await desk.transfers.start(Start(number, "issued.1.0", ADMIN_ID))
    assert await desk.at_wechat() == []
