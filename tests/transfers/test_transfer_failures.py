"""A request or a query that fails: what is noted, when it is repeated, and when a human is told."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment.wechatpay.errors import (
    GatewayError,
    Misconfigured,
    NotEnoughMoney,
    NotFound,
    Refused,
    Unknown,
    Unreachable,
)
from tests.transfers.desk import PAY_FEN
from tests.transfers.memory import MemoryDesk

pytestmark = pytest.mark.promise(40)

UNVERIFIED = Refused(code="PARAM_ERROR", status=400)
NOT_ENOUGH = NotEnoughMoney(code="NOT_ENOUGH", status=403, verified=True)
REFUSED = Refused(code="PARAM_ERROR", status=400, verified=True)
NO_AUTH = Misconfigured(code="NO_AUTH", status=403, verified=True)
NOT_FOUND = NotFound(code="NOT_FOUND", status=404, verified=True)


@pytest.mark.parametrize(
    ("error", "case", "pause", "doubtful"),
    [
        (Unknown("no answer"), "", 15 * SECOND, True),
        (Unreachable("not reached"), "", 15 * SECOND, False),
        (UNVERIFIED, "", 15 * SECOND, True),
        (REFUSED, "transfer_refused", DAY, False),
        (NO_AUTH, "transfer_refused", 10 * MINUTE, False),
        (NOT_ENOUGH, "transfer_not_enough", 2 * MINUTE, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, GatewayError) else None,
)
async def test_a_request_that_fails_is_noted_with_when_it_is_repeated_and_whether_wechat_may_have_it(
    memory: MemoryDesk, error: GatewayError, case: str, pause: int, doubtful: bool
) -> None:
    at = memory.shop.at
    transfer = await memory.sent(error)
    assert (transfer.state, transfer.sent_at, transfer.last_error) == ("created", at, str(error))
    assert transfer.unanswered_at == (at if doubtful else None)
    assert (transfer.next_query_at, transfer.claimed_until) == (at + pause, 0)
    about = {"statement": transfer.statement_id, "amount_fen": PAY_FEN, "state": "created"}
    detail = {**about, "code": error.code, "error": str(error)}
    assert await memory.cases() == ([(case, transfer.out_bill_no, detail)] if case else [])


@pytest.mark.parametrize(
    ("error", "case", "pause"),
    [
        (Unknown("no answer"), "", 30 * SECOND),
        (UNVERIFIED, "", 30 * SECOND),
        (REFUSED, "transfer_refused", 10 * MINUTE),
        (NO_AUTH, "transfer_refused", 10 * MINUTE),
        (NOT_FOUND, "", 30 * SECOND),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, GatewayError) else None,
)
async def test_a_query_that_fails_changes_nothing_but_when_the_next_one_is(
    memory: MemoryDesk, error: GatewayError, case: str, pause: int
) -> None:
    transfer = await memory.sent()
    memory.shop.pass_time(MINUTE)
    after = await memory.asked(transfer, error)
    assert (after.state, after.last_error) == ("waiting", str(error))
    assert after.next_query_at == memory.shop.at + pause
    assert [kind for kind, _, _ in await memory.cases()] == ([case] if case else [])
    assert memory.wechat.calls == ["create", "query"], "what WeChat has accepted is not sent again"
    healed = await memory.asked(transfer)
    assert (healed.last_error, healed.next_query_at) == ("", memory.shop.at + MINUTE)


async def test_the_pause_after_too_low_a_balance_grows_to_ten_minutes(memory: MemoryDesk) -> None:
    transfer = await memory.sent(NOT_ENOUGH)
    pauses = []
    for _ in range(8):
        memory.wechat.refused["create"] = NOT_ENOUGH
        memory.wechat.requests.clear()
        transfer = await memory.asked(transfer)
        assert transfer.next_query_at is not None
        pauses.append((transfer.next_query_at - memory.shop.at) // SECOND)
    assert pauses == [120, 120, 120, 240, 480, 600, 600, 600]


async def test_what_wechat_does_not_know_is_sent_again_for_three_days_and_then_a_case(
    memory: MemoryDesk,
) -> None:
    transfer = await memory.sent(Unknown("no answer"))
    for _ in memory.later(3 * DAY - 1):
        memory.wechat.refused["create"] = Unknown("no answer")
        transfer = await memory.asked(transfer)
    assert memory.wechat.calls == ["create", "query", "create"]
    assert [kind for kind, _, _ in await memory.cases()] == ["transfer_stuck"]
    memory.shop.pass_time(1)
    transfer = await memory.asked(transfer)
    assert memory.wechat.calls[3:] == ["query"], "a number might count as a new one by now"
    assert [kind for kind, _, _ in await memory.cases()] == ["transfer_lost", "transfer_stuck"]
    assert transfer.next_query_at == memory.shop.at + MINUTE
    memory.shop.pass_time(30 * DAY - 2)
    assert (await memory.asked(transfer)).next_query_at < memory.shop.at + HOUR  # type: ignore[operator]
    memory.shop.pass_time(1)  # thirty days after it was sent last
    assert (await memory.asked(transfer)).next_query_at == memory.shop.at + DAY


async def test_not_found_without_a_signature_lets_nothing_be_sent_again(memory: MemoryDesk) -> None:
    transfer = await memory.sent(Unknown("no answer"))
    await memory.asked(transfer, NotFound(code="NOT_FOUND", status=404))
    assert memory.wechat.calls == ["create", "query"]


async def test_a_lost_package_is_asked_for_by_the_same_request_until_the_day_is_over(
    memory: MemoryDesk,
) -> None:
    memory.wechat.more = {"package_info": ""}
    transfer = await memory.sent()
    assert (transfer.state, transfer.package_sealed) == ("waiting", "")
    assert memory.wechat.calls == ["create", "create"]
    assert await memory.messages("to_receive") == 0
    memory.shop.pass_time(DAY)
    transfer = await memory.asked(transfer)
    assert memory.wechat.calls[2:] == ["query"], "nothing can be received any more"
    assert transfer.expires_at == memory.shop.at
    memory.shop.pass_time(3 * HOUR)
    await memory.asked(transfer)
    (case,) = await memory.cases()
    about = {"statement": transfer.statement_id, "amount_fen": PAY_FEN, "state": "waiting"}
    assert case == ("transfer_stuck", transfer.out_bill_no, about)


@pytest.mark.parametrize("state", ["succeeded", "cancelled", "failed", "created"])
async def test_a_failure_about_what_has_ended_meanwhile_is_no_case(memory: MemoryDesk, state: str) -> None:
    transfer = await memory.sent()
    async with memory.storage.transaction() as tx:
        await tx.connection.execute("UPDATE pay_transfers SET state = :state", {"state": state})
        await tx.commit()
    await memory.transfers._sender._reschedule_after(transfer, NO_AUTH)
    assert [kind for kind, *_ in await memory.cases()] == (["transfer_refused"] if state == "created" else [])
