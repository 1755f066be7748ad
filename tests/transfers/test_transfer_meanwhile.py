"""What happens to a transfer while the office or the escort acts on it, and what they may not do at that moment."""

from __future__ import annotations

from typing import Any

import pytest

from clock import MINUTE, SECOND
from payment.transfers.deciding import Decision, mark_of
from payment.transfers.problems import NothingToReceive, TransferBusy, TransferChanged
from payment.wechatpay.errors import Unknown
from refusals import Refused
from storage.models import PayTransfer
from tests.transfers.memory import MemoryDesk
from tests.transfers.test_transfer_acts import REFUSED, claimed

pytestmark = pytest.mark.promise(40)


async def _put(memory: MemoryDesk, transfer: PayTransfer, state: str) -> None:
    sql = "UPDATE pay_transfers SET state = :state WHERE id = :id"
    await memory.storage.run(lambda tx: tx.connection.execute(sql, {"state": state, "id": transfer.id}))


async def test_nothing_is_decided_while_a_process_has_the_transfer(memory: MemoryDesk) -> None:
    transfer = await memory.sent()
    await claimed(memory, transfer)
    calls = list(memory.wechat.calls)
    with pytest.raises(TransferBusy):
        await memory.transfers.decide(Decision(transfer.id, mark_of(transfer), 77, "", "reason"))
    assert memory.wechat.calls == calls
    assert (await memory.again(transfer)).claimed_until == memory.shop.at + 2 * MINUTE, "the claim stays"


async def test_a_cancellation_amid_another_step_is_due_at_once_behind_it(memory: MemoryDesk) -> None:
    transfer = await memory.sent()
    await claimed(memory, transfer)
    assert transfer.next_query_at == memory.shop.at + MINUTE
    memory.shop.pass_time(SECOND)
    await memory.transfers.cancel(transfer.id, 77)
    after = await memory.again(transfer)
    assert (after.state, after.cancel_by, after.cancel_at) == ("waiting", 77, memory.shop.at)
    assert after.next_query_at == memory.shop.at
    assert "cancel" not in memory.wechat.calls


@pytest.mark.parametrize(
    "state", ["created", "accepted", "processing", "transferring", "cancelling", "succeeded"]
)
async def test_only_a_transfer_that_waits_is_cancelled(memory: MemoryDesk, state: str) -> None:
    transfer = await memory.sent()
    await _put(memory, transfer, state)
    before = await memory.again(transfer)
    with pytest.raises(TransferChanged):
        await memory.transfers.cancel(transfer.id, 77)
    assert await memory.again(transfer) == before


async def test_one_that_has_moved_on_while_wechat_is_asked_is_not_given_up(
    memory: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a notification: it was sent no second time."""
    transfer = await memory.sent(REFUSED)
    query = memory.wechat.query

    async def meanwhile(out_bill_no: str) -> Any:
        await _put(memory, transfer, "processing")
        return await query(out_bill_no)

    monkeypatch.setattr(memory.wechat, "query", meanwhile)
    with pytest.raises(TransferChanged):
        await memory.transfers.give_up(transfer.id)
    after = await memory.again(transfer)
    assert (after.state, after.live_statement_id, after.claimed_until) == (
        "processing",
        transfer.statement_id,
        0,
    )


async def test_where_no_transfer_is_under_way_there_is_nothing_to_receive_or_to_look_at(
    memory: MemoryDesk, caplog: pytest.LogCaptureFixture
) -> None:
    number = await memory.confirmed()
    with pytest.raises(NothingToReceive):
        await memory.transfers.receive(number, memory.escort_id)
    await memory.transfers.look(number, memory.escort_id)
    assert (memory.wechat.calls, caplog.records) == ([], [])


async def test_a_cancellation_while_another_colleague_decides_in_vain_is_due_at_once_behind_it(
    memory: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    transfer = await memory.sent()
    planned, query = transfer.next_query_at, memory.wechat.query

    async def meanwhile(out_bill_no: str) -> Any:
        told = await query(out_bill_no)
        await memory.transfers.cancel(transfer.id, 77)
        return told

    monkeypatch.setattr(memory.wechat, "query", meanwhile)
    memory.shop.pass_time(SECOND)
    with pytest.raises(Refused):
        await memory.transfers.decide(Decision(transfer.id, mark_of(transfer), 78, "", "reason"))
    after = await memory.again(transfer)
    assert planned is not None
    assert planned > memory.shop.at
    assert (after.cancel_by, after.claimed_until) == (77, 0)
    assert after.next_query_at == memory.shop.at


@pytest.mark.parametrize("error", [None, Unknown("no answer before the deadline")])
async def test_a_cancellation_while_wechat_is_asked_is_due_at_once_behind_it(
    memory: MemoryDesk, monkeypatch: pytest.MonkeyPatch, error: Unknown | None
) -> None:
    """The step in between was about the transfer as it was before."""
    transfer = await memory.sent()
    memory.shop.pass_time(MINUTE)
    query = memory.wechat.query

    async def fails(out_bill_no: str) -> Any:
        if error is None:
            return await query(out_bill_no)
        await memory.transfers.cancel(transfer.id, 77)
        raise error

    async def sends_again(*_: Any) -> None:
        """What a step does last, for a transfer whose package is not known."""
        await memory.transfers.cancel(transfer.id, 77)

    monkeypatch.setattr(memory.wechat, "query", fails)
    monkeypatch.setattr(memory.transfers._sender, "_send", sends_again)
    sql = "UPDATE pay_transfers SET package_sealed = '' WHERE id = :id"
    await memory.storage.run(lambda tx: tx.connection.execute(sql, {"id": transfer.id}))
    await memory.transfers.ask(transfer.id)
    after = await memory.again(transfer)
    assert (after.state, after.cancel_by, after.claimed_until) == ("waiting", 77, 0)
    assert after.next_query_at == memory.shop.at
