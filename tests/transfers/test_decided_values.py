"""What the office's own word about a transfer leaves in its row and statement, and what it may say when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clock import DAY, day_bounds, shanghai_date
from orders.escort_pay.rules import PayInput
from payment.transfers.deciding import Decision, check_decidable, decide, mark_of, may_be_decided
from payment.transfers.problems import TransferChanged, TransferDecidedByWeChat, TransferUndecidable
from payment.transfers.schedule import QUERIED_FOR
from payment.wechatpay.errors import NotFound, Unknown
from payment.wechatpay.transfers import TransferResult, parse_transfer
from refusals import Refused
from storage.models import PayTransfer
from tests.transfers.memory import MemoryDesk
from tests.transfers.test_transfer_schedule import AT, TRANSFER

pytestmark = pytest.mark.promise(40)

SOMEBODY = 77
"""Decides; the transfer was started by another administrator."""
NOTE = "商户平台电子回单 8801"
LONG_AGO = AT + QUERIED_FOR
FORGOTTEN = NotFound(code="NOT_FOUND", status=404, verified=True)


def decision(transfer: PayTransfer, day: str = "", **changes: Any) -> Decision:
    return replace(Decision(transfer.id, mark_of(transfer), SOMEBODY, day, NOTE), **changes)


def told(state: str, **changes: Any) -> TransferResult:
    """What WeChat says of ``TRANSFER``; without changes, what was asked for."""
    same = {"out_bill_no": "T1", "transfer_bill_no": "13", "mch_id": "1", "appid": "wx1", "openid": "o1"}
    return parse_transfer({**same, "transfer_amount": 8_000, "state": state, **changes})


OTHER_AMOUNT, OTHER_PAYEE = {"transfer_amount": 7_999}, {"openid": "o2"}
PAID, NOT_PAID = "2026-01-01", ""
WORDS: list[tuple[str, TransferResult | None, int, type[Refused] | None, str]] = [
    (PAID, None, LONG_AGO, None, ""),
    (NOT_PAID, None, LONG_AGO, None, ""),
    (PAID, None, LONG_AGO - 1, TransferUndecidable, "转账满 30 天以后"),
    (NOT_PAID, None, LONG_AGO - 1, TransferUndecidable, "转账满 30 天以后"),
    (PAID, told("SUCCESS"), LONG_AGO, TransferUndecidable, "微信还查得到"),
    (NOT_PAID, told("FAIL"), LONG_AGO, TransferUndecidable, "微信还查得到"),
    (PAID, told("TRANSFERING", **OTHER_AMOUNT), LONG_AGO, TransferUndecidable, "微信还查得到"),
    (NOT_PAID, told("CANCELING", **OTHER_PAYEE), LONG_AGO, TransferUndecidable, "微信还查得到"),
    (PAID, told("SUCCESS", **OTHER_AMOUNT), AT, None, ""),
    (PAID, told("SUCCESS", **OTHER_PAYEE), AT, None, ""),
    (PAID, told("FAIL", **OTHER_AMOUNT), AT, TransferDecidedByWeChat, "不能记为已付款"),
    (PAID, told("CANCELLED", **OTHER_PAYEE), AT, TransferDecidedByWeChat, "不能记为已付款"),
    (NOT_PAID, told("SUCCESS", **OTHER_AMOUNT), AT, TransferDecidedByWeChat, "不能记为没有付成"),
    (NOT_PAID, told("SUCCESS", **OTHER_PAYEE), AT, None, ""),
    (NOT_PAID, told("FAIL", **OTHER_AMOUNT), AT, None, ""),
    (NOT_PAID, told("CANCELLED", **OTHER_PAYEE), AT, None, ""),
]


@pytest.mark.parametrize(("day", "said", "at", "refused", "words"), WORDS)
def test_the_office_says_what_wechat_does_not_say_or_says_of_another_transfer(
    day: str, said: TransferResult | None, at: int, refused: type[Refused] | None, words: str
) -> None:
    if refused is None:
        check_decidable(TRANSFER, said, decision(TRANSFER, day), at)
        return
    with pytest.raises(refused) as caught:
        check_decidable(TRANSFER, said, decision(TRANSFER, day), at)
    assert words in caught.value.message


def test_a_mark_is_another_one_after_any_change() -> None:
    assert mark_of(TRANSFER) == f"created.{AT}"
    assert mark_of(replace(TRANSFER, state="waiting")) == f"waiting.{AT}"
    assert mark_of(replace(TRANSFER, updated_at=AT + 1)) == f"created.{AT + 1}"


async def decidable(memory: MemoryDesk, transfer: PayTransfer, at: int) -> bool:
    async with memory.storage.reading() as reader:
        return await may_be_decided(reader, transfer, at)


async def test_there_is_something_to_find_out_after_thirty_days_or_where_facts_differ(
    memory: MemoryDesk,
) -> None:
    transfer, at = await memory.sent(), memory.shop.at
    assert [await decidable(memory, transfer, at + QUERIED_FOR - wait) for wait in (1, 0)] == [False, True]
    for state in ("succeeded", "failed", "cancelled"):
        assert not await decidable(memory, replace(transfer, state=state), at + QUERIED_FOR)

    async def open_case(kind: str, reference: str) -> None:
        await memory.storage.run(lambda tx: tx.finance.open_case(kind, reference, "{}", at))

    await open_case("transfer_lost", transfer.out_bill_no)
    await open_case("transfer_mismatch", "T0")
    assert not await decidable(memory, transfer, at)
    await open_case("transfer_mismatch", transfer.out_bill_no)
    assert await decidable(memory, transfer, at)
    assert not await decidable(memory, replace(transfer, state="succeeded"), at)


async def forgotten(memory: MemoryDesk, *, answered: bool) -> PayTransfer:
    """Thirty days after it was sent; WeChat tells nothing of it."""
    transfer = await memory.sent(None if answered else Unknown("no answer"))
    memory.shop.pass_time(QUERIED_FOR)
    memory.wechat.refused["query"] = FORGOTTEN
    return transfer


@pytest.mark.parametrize("answered", [True, False])
async def test_what_was_paid_is_paid_on_that_day_under_a_number_by_who_found_it_out(
    memory: MemoryDesk, answered: bool
) -> None:
    transfer = await forgotten(memory, answered=answered)
    number = transfer.wechat_bill_no if answered else transfer.out_bill_no
    day = shanghai_date(memory.shop.at - DAY)
    seen: list[PayTransfer] = []

    async def hook(_: Any, fresh: PayTransfer) -> None:
        seen.append(fresh)

    await memory.transfers.decide(decision(transfer, day), hook)
    assert [each.id for each in seen] == [transfer.id]
    done, statement = await memory.again(transfer), await memory.statement(transfer.statement_id)
    assert (done.state, done.live_statement_id, done.wechat_bill_no) == (
        "succeeded", transfer.statement_id, number,
    )  # fmt: skip
    assert (done.decided_by, done.decided_note, done.fail_reason) == (SOMEBODY, NOTE, "")
    assert (done.request, done.package_sealed, done.last_error) == ("", "", "")
    assert (done.finished_at, done.next_query_at, done.claimed_until) == (memory.shop.at, None, 0)
    assert done.started_by == transfer.started_by != SOMEBODY
    assert (statement.state, statement.paid_by) == ("paid", SOMEBODY)
    assert statement.paid_reference == f"微信转账 {number}"
    first, last = day_bounds(day)
    assert statement.paid_at is not None
    assert first <= statement.paid_at < last
    assert await memory.messages("paid") == 1


async def test_what_was_not_paid_frees_its_statement_and_says_who_found_it_out(memory: MemoryDesk) -> None:
    transfer = await forgotten(memory, answered=True)
    await memory.transfers.decide(decision(transfer))
    done, statement = await memory.again(transfer), await memory.statement(transfer.statement_id)
    assert (done.state, done.live_statement_id, done.fail_reason) == ("failed", None, "OFFICE_FOUND")
    assert (done.decided_by, done.decided_note) == (SOMEBODY, NOTE)
    assert done.wechat_bill_no == transfer.wechat_bill_no
    assert (done.request, done.package_sealed, done.last_error) == ("", "", "")
    assert (done.finished_at, done.next_query_at, done.claimed_until) == (memory.shop.at, None, 0)
    assert (statement.state, statement.paid_at, statement.paid_by) == ("confirmed", None, None)
    assert await memory.messages("paid") == 0


async def test_a_decision_that_is_not_whole_or_not_about_what_was_shown_changes_nothing(
    memory: MemoryDesk,
) -> None:
    transfer = await forgotten(memory, answered=True)
    today = shanghai_date(memory.shop.at)
    for wrong, refusal in (
        (decision(transfer, today, note=""), PayInput),
        (decision(transfer, note=""), PayInput),
        (decision(transfer, today, seen="waiting.1"), TransferChanged),
        (decision(transfer, note="", seen="waiting.1"), TransferChanged),
        (decision(transfer, shanghai_date(memory.shop.at + DAY)), PayInput),
    ):
        memory.wechat.refused["query"] = FORGOTTEN
        with pytest.raises(refusal) as caught:
            await memory.transfers.decide(wrong)
        if not wrong.note and refusal is PayInput:
            assert (caught.value.field, caught.value.message) == ("note", "请写明凭证或原因")  # type: ignore[attr-defined]
    assert replace(await memory.again(transfer), query_count=transfer.query_count) == transfer
    assert await memory.state(transfer.statement_id) == "paying"


async def test_who_fails_behind_a_decision_takes_it_back(memory: MemoryDesk) -> None:
    transfer = await forgotten(memory, answered=True)

    async def fail(*_: Any) -> None:
        raise ValueError("the audit log is full")

    with pytest.raises(ValueError, match="full"):
        await memory.transfers.decide(decision(transfer), fail)
    assert (await memory.again(transfer)).state == transfer.state
    assert await memory.state(transfer.statement_id) == "paying"


async def test_what_has_ended_meanwhile_is_not_decided_about(memory: MemoryDesk) -> None:
    transfer = await forgotten(memory, answered=True)
    wanted = decision(transfer)
    await memory.transfers.decide(wanted)
    ended = await memory.again(transfer)
    with pytest.raises(TransferChanged):
        await memory.storage.run(
            lambda tx: decide(tx, ended, None, replace(wanted, seen=mark_of(ended)), memory.shop.at)
        )
    calls = list(memory.wechat.calls)
    with pytest.raises(TransferChanged):
        await memory.transfers.decide(replace(wanted, seen=mark_of(ended)))
    assert memory.wechat.calls == calls, "WeChat is not asked about what has ended"
    assert await memory.again(transfer) == ended


@pytest.mark.parametrize("day", [PAID, NOT_PAID])
async def test_before_thirty_days_nothing_is_decided_without_wechats_word(
    memory: MemoryDesk, day: str
) -> None:
    transfer = await memory.sent()
    memory.wechat.refused["query"] = FORGOTTEN
    with pytest.raises(TransferUndecidable):
        await memory.transfers.decide(decision(transfer, day))
    assert (await memory.again(transfer)).state == "waiting"


async def test_a_statement_that_is_not_being_paid_any_more_is_not_paid_by_a_decision(
    memory: MemoryDesk,
) -> None:
    """Its books were changed by hand."""
    transfer = await forgotten(memory, answered=True)
    sql = "UPDATE pay_statements SET state = 'paid' WHERE id = :id"
    await memory.storage.run(lambda tx: tx.connection.execute(sql, {"id": transfer.statement_id}))
    with pytest.raises(TransferChanged):
        await memory.transfers.decide(decision(transfer, shanghai_date(memory.shop.at)))
    assert (await memory.again(transfer)).state == "waiting"
