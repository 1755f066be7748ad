"""What the office and the escort may do with a transfer, at which moment, and how often WeChat is asked for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from clock import DAY, MINUTE, SECOND
from payment.context import InTransaction
from payment.transfers.problems import (
    NothingToReceive,
    TransferBusy,
    TransferChanged,
    TransferExpired,
    TransferMayArrive,
    TransferNotFound,
    TransferNotPossible,
)
from payment.transfers.starting import Start, Starting
from payment.wechatpay.errors import GatewayError, Misconfigured, NotFound, Refused, Unknown
from storage.models import PayTransfer, TransferState
from storage.writes import TransferMove
from tests.escort_pay.paying import ADMIN_ID, mark_of
from tests.transfers.memory import MemoryDesk

pytestmark = pytest.mark.promise(40)

NO_ANSWER = Unknown("no answer")
REFUSED = Refused(code="PARAM_ERROR", status=400, verified=True)


class Stopped(Exception):
    """A hook that takes everything back."""


async def stop(*_: object) -> None:
    raise Stopped


async def claimed(desk: MemoryDesk, transfer: PayTransfer) -> None:
    """Another process has it for two minutes."""
    until = desk.shop.at + 2 * MINUTE
    assert await desk.storage.run(lambda tx: tx.transfers.claim(transfer, desk.shop.at, until))


async def test_nobody_else_acts_while_a_process_has_the_transfer(memory: MemoryDesk) -> None:
    transfer = await memory.sent(REFUSED)
    memory.shop.pass_time(DAY)
    await claimed(memory, transfer)
    calls = list(memory.wechat.calls)
    with pytest.raises(TransferBusy):
        await memory.transfers.ask(transfer.id)
    with pytest.raises(TransferBusy):
        await memory.transfers.give_up(transfer.id)
    await memory.transfers.look(transfer.statement_id, memory.escort_id)
    await memory.transfers.sweep("test")
    assert memory.wechat.calls == calls
    memory.shop.pass_time(2 * MINUTE)
    await memory.transfers.ask(transfer.id)
    assert memory.wechat.calls == [*calls, "query", "create"], "the claim has ended by itself"


async def test_a_transfer_that_does_not_exist_is_not_found(memory: MemoryDesk) -> None:
    for act in (
        memory.transfers.ask(99),
        memory.transfers.give_up(99),
        memory.transfers.cancel(99, ADMIN_ID),
    ):
        with pytest.raises(TransferNotFound):
            await act


async def test_an_act_whose_hook_fails_has_not_happened(memory: MemoryDesk) -> None:
    number = await memory.confirmed()
    seen = await mark_of(memory.storage, number)
    with pytest.raises(Stopped):
        await memory.transfers.start(Start(number, seen, ADMIN_ID), stop)
    assert (await memory.state(number), memory.wechat.calls) == ("confirmed", [])
    await memory.start(number)
    transfer = await memory.transfer(number)

    async def cancel(transfer_id: int, hook: InTransaction) -> TransferState:
        return await memory.transfers.cancel(transfer_id, ADMIN_ID, hook)

    for act in (memory.transfers.ask, cancel):
        with pytest.raises(Stopped):
            await act(transfer.id, stop)
    assert await memory.again(transfer) == transfer
    assert memory.wechat.calls == ["create"]


@pytest.mark.parametrize("quicker", [False, True])
async def test_the_office_cancels_once_and_a_query_says_what_came_of_it(
    memory: MemoryDesk, quicker: bool
) -> None:
    """Whoever is too late is refused by WeChat, which is no failure: the escort was quicker."""
    transfer = await memory.sent()
    memory.shop.pass_time(MINUTE)
    if quicker:
        memory.wechat.refused["cancel"] = REFUSED
        memory.wechat.states[transfer.out_bill_no] = "TRANSFERING"
    else:
        memory.wechat.cancelled_as = "CANCELLED"
    state = await memory.transfers.cancel(transfer.id, ADMIN_ID)
    after = await memory.again(transfer)
    assert (state, after.state) == (("transferring",) * 2 if quicker else ("cancelled",) * 2)
    assert (after.cancel_by, after.cancel_at) == (ADMIN_ID, memory.shop.at)
    with pytest.raises(TransferChanged):
        await memory.transfers.cancel(transfer.id, ADMIN_ID)


async def test_a_cancellation_that_wechat_has_not_taken_is_asked_for_again_and_not_twice_by_the_office(
    memory: MemoryDesk,
) -> None:
    transfer = await memory.sent()
    memory.wechat.refused["cancel"] = NO_ANSWER
    assert await memory.transfers.cancel(transfer.id, ADMIN_ID) == TransferState.WAITING
    assert memory.wechat.calls == ["create", "query", "cancel"]
    with pytest.raises(TransferChanged):
        await memory.transfers.cancel(transfer.id, ADMIN_ID)
    with pytest.raises(NothingToReceive):
        await memory.transfers.receive(transfer.statement_id, memory.escort_id)
    memory.wechat.refused["cancel"] = Misconfigured(code="NO_AUTH", status=403, verified=True)
    after = await memory.asked(transfer)
    assert "NO_AUTH" in after.last_error, "our own fault is not taken for a refusal"
    assert (await memory.asked(transfer)).state == "cancelling"
    assert memory.wechat.calls[3:] == ["query", "cancel", "query", "cancel", "query"]


@pytest.mark.parametrize(
    ("error", "pause", "answer", "ends"),
    [
        (REFUSED, 0, NotFound(code="NOT_FOUND", status=404, verified=True), True),
        (REFUSED, 0, NotFound(code="NOT_FOUND", status=404), False),
        (REFUSED, 0, NO_ANSWER, False),
        (NO_ANSWER, DAY - 1, NotFound(code="NOT_FOUND", status=404, verified=True), False),
        (NO_ANSWER, DAY, NotFound(code="NOT_FOUND", status=404, verified=True), True),
    ],
    ids=["refused", "unsigned", "no answer", "doubtful", "not doubtful any more"],
)
async def test_a_transfer_is_given_up_only_when_wechat_says_that_it_never_got_it(
    memory: MemoryDesk, error: GatewayError, pause: int, answer: GatewayError, ends: bool
) -> None:
    transfer = await memory.sent(error)
    memory.shop.pass_time(pause)
    memory.wechat.refused["query"] = answer
    if ends:
        await memory.transfers.give_up(transfer.id)
    else:
        with pytest.raises(TransferMayArrive):
            await memory.transfers.give_up(transfer.id)
    after = await memory.again(transfer)
    if ends:
        assert (after.state, after.finished_at, after.next_query_at) == ("cancelled", memory.shop.at, None)
        assert after.last_error == "", "what it ended with is no failure"
        assert await memory.state(transfer.statement_id) == "confirmed"
    else:
        assert replace(after, query_count=transfer.query_count) == transfer, (
            "not even its next query has moved"
        )
    assert after.claimed_until == 0


async def test_a_transfer_that_wechat_has_after_all_is_not_given_up(memory: MemoryDesk) -> None:
    transfer = await memory.sent(REFUSED)
    memory.wechat.requests[transfer.out_bill_no] = {"openid": "owang", "transfer_amount": 8_000}
    memory.wechat.states[transfer.out_bill_no] = "PROCESSING"
    with pytest.raises(TransferMayArrive):
        await memory.transfers.give_up(transfer.id)
    assert (await memory.again(transfer)).state == "processing"
    with pytest.raises(TransferChanged):
        await memory.transfers.give_up(transfer.id)


async def test_one_that_is_sent_again_while_wechat_is_asked_is_not_given_up(
    memory: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a process that had it before, and was held up until its claim was over."""
    transfer = await memory.sent(REFUSED)
    query = memory.wechat.query

    async def meanwhile(out_bill_no: str) -> Any:
        move = TransferMove(sent_at=memory.shop.at + 1)
        await memory.storage.run(lambda tx: tx.transfers.move(transfer, transfer.state, memory.shop.at, move))
        return await query(out_bill_no)

    monkeypatch.setattr(memory.wechat, "query", meanwhile)
    with pytest.raises(TransferChanged):
        await memory.transfers.give_up(transfer.id)
    after = await memory.again(transfer)
    assert (after.state, after.claimed_until) == ("created", 0)
    assert await memory.state(transfer.statement_id) == "paying"


async def test_one_that_was_never_sent_is_given_up_without_asking(memory: MemoryDesk) -> None:
    number = await memory.confirmed()
    seen = await mark_of(memory.storage, number)
    starting = Starting(cast(Any, memory.wechat), memory.settings.transfers, "https://example.test/t/")
    transfer = await memory.storage.run(
        lambda tx: starting.start(tx, Start(number, seen, ADMIN_ID), memory.shop.at)
    )
    with pytest.raises(Stopped):
        await memory.transfers.give_up(transfer.id, stop)
    assert (await memory.again(transfer)).state == "created"
    await memory.transfers.give_up(transfer.id)
    assert (await memory.state(number), memory.wechat.calls) == ("confirmed", [])


async def test_an_escort_who_looks_again_and_again_asks_wechat_once_in_three_seconds(
    memory: MemoryDesk,
) -> None:
    transfer = await memory.sent()
    for pause in (0, 0, 3 * SECOND - 1, 1):
        memory.shop.pass_time(pause)
        await memory.transfers.look(transfer.statement_id, memory.escort_id)
    assert memory.wechat.calls == ["create", "query", "query"]
    memory.shop.pass_time(MINUTE)
    await memory.transfers.look(transfer.statement_id, memory.escort_id + 1)
    await memory.transfers.look(transfer.statement_id + 1, memory.escort_id)
    assert memory.wechat.calls == ["create", "query", "query"], "another escort, another statement"
    memory.wechat.states[transfer.out_bill_no] = "SUCCESS"
    for _ in range(2):
        await memory.transfers.look(transfer.statement_id, memory.escort_id)
    assert memory.wechat.calls == ["create", "query", "query", "query"], "then it is final"
    assert await memory.state(transfer.statement_id) == "paid"


async def test_what_is_expired_is_asked_about_before_the_escort_is_told(memory: MemoryDesk) -> None:
    transfer = await memory.sent()
    memory.shop.pass_time(DAY - 1)
    assert (await memory.transfers.receive(transfer.statement_id, memory.escort_id)).package
    with pytest.raises(NothingToReceive):
        await memory.transfers.receive(transfer.statement_id, memory.escort_id + 1)
    memory.shop.pass_time(1)
    memory.wechat.states[transfer.out_bill_no] = "FAIL"
    memory.wechat.reasons[transfer.out_bill_no] = "OVERDUE_CLOSE"
    with pytest.raises(TransferExpired):
        await memory.transfers.receive(transfer.statement_id, memory.escort_id)
    assert (await memory.again(transfer)).fail_reason == "OVERDUE_CLOSE"


async def test_a_round_takes_what_is_due_and_tells_what_failed(memory: MemoryDesk) -> None:
    first = await memory.sent()
    other = await memory.hire("li", "李娜")
    second_number = await memory.confirmed(escort_id=other)
    await memory.start(second_number)
    run = await memory.transfers.sweep("test")
    assert run is not None
    assert (run.result, run.problem) == ({"asked": 0, "failures": 0, "backlog": 0}, "")
    memory.shop.pass_time(MINUTE)
    memory.wechat.more = {"transfer_amount": "no number"}
    run = await memory.transfers.sweep("test")
    assert run is not None
    assert run.result == {"asked": 2, "failures": 2, "backlog": 0}
    assert run.problem == "2 failed: Malformed"
    after = await memory.again(first)
    assert after.next_query_at == memory.shop.at + 30 * SECOND
    assert "Malformed at " in after.last_error, "what was not foreseen is seen in the row, too"


async def test_a_statement_can_be_paid_so_only_when_it_is_confirmed(memory: MemoryDesk) -> None:
    number = await memory.confirmed()
    async with memory.storage.reading() as reader:
        assert await memory.transfers.why_not(reader, await memory.statement(number)) == ""
    await memory.start(number)
    async with memory.storage.reading() as reader:
        why_not = await memory.transfers.why_not(reader, await memory.statement(number))
    assert "本人确认以后" in why_not


@pytest.mark.parametrize(
    ("fen", "possible"), [(9, False), (10, True), (29, True), (30, True), (20_000, True), (20_001, False)]
)
async def test_what_one_transfer_may_be_worth_and_from_when_on_it_carries_the_name(
    memory: MemoryDesk, fen: int, possible: bool
) -> None:
    number = await memory.confirmed(fen)
    if not possible:
        with pytest.raises(TransferNotPossible):
            await memory.start(number)
        return
    await memory.start(number)
    transfer = await memory.transfer(number)
    assert ("user_name" in transfer.request) == (fen >= 30)
    assert transfer.key_serial == ("PUB_KEY_ID_1" if fen >= 30 else "")
