"""Complaints of WeChat's second channel: an alarm with a deadline, once, whatever comes twice or in any order."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY, HOUR
from orders.complaints import handling
from orders.complaints.handling import AnsweredAtWeChat, mark
from orders.complaints.trade_events import TradeComplaintEvents
from privacy import COMPLAINT, Vault
from storage import Storage
from storage.models import Actor, Complaint, ComplaintSource, ComplaintState
from wechat.push.events import PushedEvent

AT = 1_796_000_000_000
ADMIN = Actor("admin", 1)
VAULT = Vault("cd" * 32)

pytestmark = pytest.mark.promise(43)


async def tell(storage: Storage, at: int = AT, **info: Any) -> None:
    said = {"complaint_order_id": "202611300001", "status": "1", "out_trade_no": "unknown", **info}
    event = PushedEvent("complaint_callback", "", at, {"BussiCallBackInfo": said})
    await storage.run(lambda tx: TradeComplaintEvents(VAULT).told(tx, event))


async def rows(storage: Storage) -> list[Complaint]:
    async with storage.reading() as reader:
        ids = await reader.connection.fetch_all("SELECT id FROM complaints ORDER BY id")
        found = [await reader.complaints.get(int(row[0])) for row in ids]
    return [each for each in found if each]


async def test_it_is_one_complaint_with_wechats_deadline(storage: Storage) -> None:
    until = AT + 30 * HOUR
    await tell(storage, expire_time=str(until // 1000))
    await tell(storage, expire_time=str(until // 1000))
    await tell(storage, at=AT - 1_000, status="0", expire_time=str(until))
    (complaint,) = await rows(storage)
    assert (complaint.source, complaint.state) == (ComplaintSource.TRADE, ComplaintState.OPEN)
    assert complaint.answer_due_at == until
    assert "202611300001" in VAULT.open(complaint.text_sealed, COMPLAINT)
    async with storage.reading() as reader:
        assert (await reader.complaints.waiting(until + 1)).unanswered_overdue == 1


@pytest.mark.parametrize("given", ["", "soon", "1", "9" * 13, "1" * 10])
async def test_without_a_usable_time_it_is_due_in_48_hours(storage: Storage, given: str) -> None:
    await tell(storage, expire_time=given)
    assert [each.answer_due_at for each in await rows(storage)] == [AT + 48 * HOUR]


@pytest.mark.parametrize("number", ["", "x" * 57, "a b", "<script>"])
async def test_without_a_usable_number_nothing_is_kept(storage: Storage, number: str) -> None:
    await tell(storage, complaint_order_id=number)
    assert await rows(storage) == []


async def test_it_is_closed_by_hand_never_answered_here_and_opened_by_a_later_deadline(
    storage: Storage,
) -> None:
    await tell(storage, expire_time=str(AT + DAY))
    (complaint,) = await rows(storage)
    said = ("a" * 20, "已在小程序后台处理", mark(complaint))
    with pytest.raises(AnsweredAtWeChat):
        await storage.run(lambda tx: handling.answer(tx, VAULT, complaint.id, said, ADMIN, AT))
    await storage.run(lambda tx: handling.close(tx, VAULT, complaint.id, said, ADMIN, AT))
    await tell(storage, status="3", expire_time=str(AT + DAY))
    (complaint,) = await rows(storage)
    assert complaint.state == ComplaintState.CLOSED
    await tell(storage, status="1", expire_time=str(AT + 3 * DAY))
    (complaint,) = await rows(storage)
    assert (complaint.state, complaint.closed_at) == (ComplaintState.OPEN, None)
    assert complaint.answer_due_at == AT + 3 * DAY
