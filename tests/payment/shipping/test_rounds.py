"""Late visits that are declared, the account that is asked about, and what a round takes up and notes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, SECOND, day_bounds, shanghai_date
from payment.shipping import service
from payment.shipping.context import UNKNOWN_PAUSES
from payment.shipping.decisions import to_declare
from storage.models import Shipment, ShipmentState, TradeManagement
from tests.payment.shipping.memory import MemoryYard
from wechat.api import Forbidden, Rejected, Unanswered, WeChatApiError
from wechat.shipping import PaymentKey

pytestmark = pytest.mark.promise(41)


async def management(yard: MemoryYard) -> TradeManagement:
    async with yard.shop.storage.reading() as reader:
        return await reader.trade_management.get()


async def late(yard: MemoryYard) -> tuple[int, str]:
    """A paid order whose visit is in twenty days, taken up; and the day."""
    order_id = await yard.paid(days=20)
    assert await yard.rounds() == []
    return order_id, shanghai_date(yard.shop.at + 20 * DAY)


async def visit(yard: MemoryYard, order_id: int, days: int) -> None:
    async with yard.shop.storage.transaction() as tx:
        day = shanghai_date(yard.shop.at + days * DAY)
        await tx.connection.execute(
            "UPDATE orders SET visit_date = :day WHERE id = :id", {"day": day, "id": order_id}
        )
        await tx.commit()


# ---------------------------------------------------------------- declared


async def test_a_late_visit_is_declared_to_the_end_of_the_day_after_it(memory: MemoryYard) -> None:
    order_id, day = await late(memory)
    assert await memory.rounds(3) == ["declared"]
    attempt = await memory.attempt(order_id)
    key = PaymentKey(attempt.mchid, attempt.out_trade_no, attempt.transaction_id)
    assert memory.wechat.declared == [(key, day_bounds(day)[1] + DAY)]
    row = await memory.shipment(order_id)
    assert (row.state, row.declared_date, row.declaration_code) == (ShipmentState.WAITING, day, 0)
    assert (row.tries, row.next_at, row.claimed_until) == (0, None, 0)
    assert (row.last_code, row.last_error, row.uploads) == (None, "", 0)


@pytest.mark.parametrize(("days", "declared"), [(15, []), (16, ["declared"])])
async def test_a_visit_is_late_from_the_sixteenth_day_on(
    memory: MemoryYard, days: int, declared: list[str]
) -> None:
    await memory.paid(days=days)
    assert await memory.rounds(3) == declared


async def test_a_visit_that_moves_near_is_not_declared_and_a_day_is_declared_once(memory: MemoryYard) -> None:
    order_id, _ = await late(memory)
    await memory.rounds(2)
    row = await memory.shipment(order_id)
    order = await memory.shop.order(order_id)
    assert not to_declare(row, order)
    await visit(memory, order_id, 10)
    assert await memory.rounds(2) == []
    await visit(memory, order_id, 30)
    assert await memory.rounds(2) == ["declared"]
    assert len(memory.wechat.declared) == 2


@pytest.mark.parametrize(
    ("error", "pause", "counted"),
    [
        (Unanswered("no answer"), UNKNOWN_PAUSES[0], 1),
        (Rejected(code=268546002), UNKNOWN_PAUSES[0], 1),
        (Forbidden(code=48001), HOUR, 0),
    ],
    ids=type,
)
async def test_a_declaration_that_fails_is_repeated(
    memory: MemoryYard, error: WeChatApiError, pause: int, counted: int
) -> None:
    order_id, _ = await late(memory)
    done, row = await memory.after(order_id, error, "declare")
    assert (done, row.state, row.tries, row.declared_date) == (["later"], ShipmentState.WAITING, counted, "")
    assert (row.next_at, row.claimed_until) == (memory.shop.at + pause, 0)
    assert (row.last_code, row.last_error) == (error.code, str(error))
    memory.shop.pass_time(pause)
    assert await memory.rounds() == ["declared"]
    assert (await memory.shipment(order_id)).last_error == ""


@pytest.mark.parametrize("code", [268546002, None])
async def test_after_the_last_pause_a_person_is_told_that_a_visit_is_not_declared(
    memory: MemoryYard, code: int | None
) -> None:
    order_id, day = await late(memory)
    error = Unanswered("no answer") if code is None else Rejected(code=code)
    await memory.due(order_id, tries=len(UNKNOWN_PAUSES) - 1)
    done, row = await memory.after(order_id, error, "declare")
    assert (done, row.next_at) == (["later"], memory.shop.at + UNKNOWN_PAUSES[-1])
    await memory.due(order_id, last_error="", last_code=None)
    done, row = await memory.after(order_id, error, "declare")
    assert (done, row.state, row.next_at) == (["failed"], ShipmentState.WAITING, None)
    assert (row.declared_date, row.declaration_code) == (day, -1 if code is None else code)
    assert (row.last_code, row.last_error, row.claimed_until) == (code, str(error), 0)
    assert await memory.told_people() == [
        ("presale_refused", {"code": code, "why": "微信不接受推迟发货的报备"})
    ]
    assert await memory.rounds(2) == [], "not before the visit is moved again"


async def test_what_the_account_may_not_declare_is_tried_as_long_as_it_takes(memory: MemoryYard) -> None:
    order_id, _ = await late(memory)
    await memory.due(order_id, tries=len(UNKNOWN_PAUSES))
    done, row = await memory.after(order_id, Forbidden(code=48001), "declare")
    assert (done, row.tries) == (["later"], len(UNKNOWN_PAUSES))


# ---------------------------------------------------------------- the account


async def test_the_account_is_asked_about_at_the_start_and_daily(memory: MemoryYard) -> None:
    at = memory.shop.at
    await memory.rounds()
    known = await management(memory)
    assert (known.managed, known.completed, known.managed_since) == (True, True, at)
    assert (known.answered_at, known.due_at, known.failed_at, known.last_error) == (at, at + DAY, None, "")
    memory.wechat.completed = False
    memory.shop.pass_time(DAY - 1)
    await memory.rounds()
    assert memory.wechat.calls == ["managed", "completed"]
    memory.shop.pass_time(1)
    await memory.rounds()
    known = await management(memory)
    assert (known.managed, known.completed, known.managed_since) == (True, False, at)
    assert known.due_at == memory.shop.at + DAY
    memory.shipping = memory.another()
    await memory.rounds()
    assert memory.wechat.calls == ["managed", "completed"] * 3, "whatever another process has asked"


async def test_the_management_begins_anew_after_it_was_lifted(memory: MemoryYard) -> None:
    await memory.rounds()
    memory.wechat.managed = False
    memory.shop.pass_time(DAY)
    await memory.rounds()
    known = await management(memory)
    assert (known.managed, known.completed, known.managed_since) == (False, False, None)
    assert memory.wechat.calls == ["managed", "completed", "managed"]
    memory.wechat.managed = True
    memory.shop.pass_time(DAY)
    await memory.rounds()
    assert (await management(memory)).managed_since == memory.shop.at


@pytest.mark.parametrize("call", ["managed", "completed"])
async def test_a_question_about_the_account_that_fails_is_asked_again_in_ten_minutes(
    memory: MemoryYard, call: str
) -> None:
    await memory.rounds()
    before = await management(memory)
    memory.shop.pass_time(DAY)
    error = Unanswered("no answer")
    memory.wechat.failing[call].append(error)
    await memory.rounds()
    known = await management(memory)
    assert (known.failed_at, known.last_error) == (memory.shop.at, str(error))
    assert known.due_at == memory.shop.at + 10 * MINUTE
    assert (known.managed, known.answered_at) == (True, before.answered_at), "what was known holds"
    memory.shop.pass_time(10 * MINUTE)
    await memory.rounds()
    known = await management(memory)
    assert (known.failed_at, known.last_error) == (None, "")


# ---------------------------------------------------------------- a round


async def noted(yard: MemoryYard) -> tuple[int, dict[str, Any], str]:
    async with yard.shop.storage.reading() as reader:
        job = await reader.jobs.get("shipping")
    assert job is not None
    assert job.finished_at is not None
    return job.finished_at, json.loads(job.last_result), job.last_error


async def test_a_round_is_noted_with_what_it_did_and_an_idle_one_every_half_minute(
    memory: MemoryYard,
) -> None:
    await memory.served()
    await memory.rounds()
    idle = {"done": {}, "waiting": 0, "enabled": True}
    first_at = memory.shop.at
    assert await noted(memory) == (first_at, idle, "")
    assert await memory.rounds() == ["shipped"]
    assert await noted(memory) == (memory.shop.at, {**idle, "done": {"shipped": 1}}, "")
    memory.shop.pass_time(30 * SECOND - 1)
    await memory.rounds()
    assert (await noted(memory))[0] == first_at
    memory.shop.pass_time(1)
    await memory.rounds()
    assert await noted(memory) == (memory.shop.at, idle, "")


async def test_an_error_of_a_round_is_told(memory: MemoryYard) -> None:
    order_id = await memory.served()
    await memory.rounds()
    await memory.after(order_id, RuntimeError("a bug"), "upload")
    _, result, error = await noted(memory)
    assert (result["done"], result["waiting"], error) == ({"error": 1}, 1, "1 failed")


@pytest.mark.parametrize(("age", "found"), [(60 * DAY, 1), (60 * DAY + 1, 0)])
async def test_the_first_rounds_look_sixty_days_back(memory: MemoryYard, age: int, found: int) -> None:
    order_id = await memory.served()
    paid_at = (await memory.attempt(order_id)).paid_at
    assert paid_at is not None
    memory.shop.pass_time(paid_at + age - memory.shop.at)
    await memory.rounds()
    assert len(await memory.shipments(order_id)) == found


@pytest.mark.parametrize(("age", "found"), [(3 * DAY, 1), (3 * DAY + 1, 0)])
async def test_further_rounds_look_three_days_back_and_each_hour_further(
    memory: MemoryYard, age: int, found: int
) -> None:
    await memory.rounds()
    order_id = await memory.served()
    paid_at = (await memory.attempt(order_id)).paid_at
    assert paid_at is not None
    memory.shop.pass_time(paid_at + age - memory.shop.at)
    memory.shipping._looked_far_at = memory.shop.at - HOUR + 1
    await memory.rounds()
    assert len(await memory.shipments(order_id)) == found
    memory.shop.pass_time(1)
    await memory.rounds()
    assert len(await memory.shipments(order_id)) == 1


async def test_a_service_that_is_still_to_come_is_taken_up_however_old_its_payment(
    memory: MemoryYard,
) -> None:
    order_id = await memory.paid(days=100)
    memory.shop.pass_time(70 * DAY)
    await memory.rounds()
    assert (await memory.shipment(order_id)).state == ShipmentState.WAITING


async def test_more_payments_than_a_round_takes_up_are_taken_up_by_the_next_ones(
    memory: MemoryYard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TAKEN_AT_ONCE", 2)
    monkeypatch.setattr(service, "AT_A_TIME", 1)
    orders = [await memory.served(await memory.shop.user(f"oUser{number}")) for number in range(3)]
    memory.shop.pass_time(10 * DAY)
    rows: list[Shipment] = []
    for _ in range(2):
        await memory.rounds()
        rows = [row for order_id in orders for row in await memory.shipments(order_id)]
    assert len(rows) == 3
    assert "error" not in await memory.rounds(4)
    assert len(memory.wechat.reports) == 3, "one at a time"


async def test_a_payment_of_another_mini_program_is_none_of_ours(memory: MemoryYard) -> None:
    order_id = await memory.served()
    memory.shop.settings = memory.shop.settings.replace("wechat", appid="wx0000000000000009")
    memory.shipping = memory.another()
    await memory.rounds(2)
    assert await memory.shipments(order_id) == []


async def test_what_was_reported_stays_known_when_shipping_is_switched_off(memory: MemoryYard) -> None:
    reported = await memory.shipped()
    waiting = await memory.paid(await memory.shop.user("oOther"))
    await memory.rounds()
    memory.shop.settings = memory.shop.settings.replace("shipping", enabled=False)
    memory.shipping = memory.another()
    calls = list(memory.wechat.calls)
    memory.shop.pass_time(DAY)
    assert await memory.rounds(2) == []
    assert (len(await memory.shipments(reported)), await memory.shipments(waiting)) == (1, [])
    assert memory.wechat.calls == calls
    assert (await noted(memory))[1]["enabled"] is False
