"""What a detail of WeChat's writes down: states, deadlines, and when it is read again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment.complaints.following import is_continuation
from payment.complaints.reading import read_again_after, state_of, was_continued
from payment.wechatpay.complaint_replies import Negotiated, mark_of, read_detail
from payment.wechatpay.errors import Busy, Unknown
from privacy import COMPLAINT
from storage.models import ComplaintKind, ComplaintSource, ComplaintState
from storage.models.wechat_complaints import ComplaintActKind
from tests.payment.conftest import PRICE
from tests.wechat_complaints.acting import CLERK
from tests.wechat_complaints.memory import AT, NUMBER, MemoryDesk, ToldCalls

pytestmark = pytest.mark.promise(43)


def entry(at: int, kind: str = "USER_CONTINUE_COMPLAINT") -> Negotiated:
    return Negotiated(at, "payer", kind, "还是没有解决", ())


async def test_a_complaint_is_written_down_with_order_payer_words_and_deadlines(memory: MemoryDesk) -> None:
    user = await memory.shop.user("oPayer")
    order_id = await memory.shop.paid(user)
    attempt = await memory.shop.attempt(order_id)
    memory.shop.pass_time(HOUR)
    told = {"transaction_id": attempt.transaction_id, "out_trade_no": attempt.out_trade_no}
    await memory.complained(
        complaint_order_info=[told], payer_openid="oPayer", problem_type="REFUND", problem_description="服务态度",
        incoming_user_response=True, in_platform_service=True, apply_refund_amount=PRICE, complaint_full_refunded=True,
    )  # fmt: skip
    complaint, row, at = await memory.one(), await memory.row(NUMBER), memory.shop.at
    assert (complaint.order_id, complaint.user_id, complaint.kind) == (
        order_id,
        user.id,
        ComplaintKind.REFUND,
    )
    assert memory.vault.open(complaint.text_sealed, COMPLAINT) == "服务态度\n等了一个小时"
    assert (complaint.answer_due_at, complaint.settle_due_at) == (AT + 24 * HOUR, AT + 72 * HOUR)
    assert (complaint.source, complaint.external_id) == (ComplaintSource.WECHAT, NUMBER)
    assert (complaint.state, complaint.created_at, complaint.assigned_to) == (ComplaintState.OPEN, AT, None)
    assert (complaint.answered_at, complaint.closed_at, complaint.closed_by) == (None, None, None)
    assert (row.complaint_id, row.heard_at, row.read_at, row.failures) == (complaint.id, at, at, 0)
    assert row.read_due_at == at + 30 * MINUTE
    assert (row.state, row.problem_type, row.times) == ("PENDING", "REFUND", 1)
    assert (row.user_waits, row.full_refunded, row.platform) == (True, True, True)
    assert (row.refund_wanted_fen, row.mark) == (PRICE, mark_of(memory.wechat.details[NUMBER]))
    assert {"transaction_id": row.transaction_id, "out_trade_no": row.out_trade_no} == told


@pytest.mark.parametrize("known", ["transaction_id", "out_trade_no"])
async def test_a_payment_is_found_by_either_number(memory: MemoryDesk, known: str) -> None:
    order_id = await memory.shop.paid()
    value = getattr(await memory.shop.attempt(order_id), known)
    other = {"transaction_id": "4200000000", "out_trade_no": "NOTOURS00001"}
    await memory.complained(complaint_order_info=[{**other, known: value}])
    assert (await memory.one()).order_id == order_id


@pytest.mark.parametrize("numbers", [[], [{"transaction_id": "4200000000", "out_trade_no": "NOTOURS00001"}]])
async def test_a_complaint_about_nothing_of_ours_is_written_down_all_the_same(
    memory: MemoryDesk, numbers: list[Any]
) -> None:
    await memory.complained(complaint_order_info=numbers, payer_openid="oNobody", complaint_detail="")
    complaint = await memory.one()
    assert (complaint.order_id, complaint.user_id, complaint.kind) == (None, None, ComplaintKind.OTHER)
    assert memory.vault.open(complaint.text_sealed, COMPLAINT) == "（没有写内容）"


async def test_a_complaint_of_a_clock_that_is_ahead_was_made_now(memory: MemoryDesk) -> None:
    await memory.complained(at=memory.shop.at + HOUR)
    assert (await memory.one()).created_at == memory.shop.at


@pytest.mark.parametrize(
    ("state", "waits", "settled", "here"),
    [
        ("PENDING", False, False, ComplaintState.OPEN),
        ("PENDING", True, False, ComplaintState.OPEN),
        ("PROCESSING", False, False, ComplaintState.ANSWERED),
        ("PROCESSING", True, False, ComplaintState.OPEN),
        ("PROCESSING", True, True, ComplaintState.OPEN),
        ("PROCESSED", False, False, ComplaintState.CLOSED),
        ("PROCESSED", True, False, ComplaintState.OPEN),
        ("PROCESSED", True, True, ComplaintState.CLOSED),
        ("SOMETHING_NEW", False, False, ComplaintState.OPEN),
    ],
)
def test_whoever_waits_for_an_answer_keeps_a_complaint_open(
    state: str, waits: bool, settled: bool, here: ComplaintState
) -> None:
    wechat = ToldCalls()
    wechat.complain(complaint_state=state, incoming_user_response=waits)
    detail = read_detail(wechat.details[NUMBER], lambda sealed: sealed)
    assert state_of(detail, detail.mark if settled else "another") == here


async def test_an_answer_an_end_and_a_reply_move_state_and_deadlines(memory: MemoryDesk) -> None:
    await memory.complained()
    first = await memory.one()
    memory.shop.pass_time(HOUR)
    await memory.read()
    assert await memory.one() == first, "nothing has changed"
    memory.wechat.change(complaint_state="PROCESSING")
    await memory.read()
    answered, answered_at = await memory.one(), memory.shop.at
    assert (answered.state, answered.answered_at) == (ComplaintState.ANSWERED, answered_at)
    assert answered.settle_due_at == first.settle_due_at
    memory.shop.pass_time(30 * HOUR)
    memory.wechat.change(incoming_user_response=True)
    await memory.read()
    written = await memory.one()
    assert (written.state, written.answer_due_at) == (ComplaintState.OPEN, memory.shop.at + 24 * HOUR)
    assert (written.settle_due_at, written.answered_at) == (first.settle_due_at, answered_at)
    memory.wechat.change(complaint_state="PROCESSED", incoming_user_response=False)
    await memory.read()
    closed = await memory.one()
    assert (closed.state, closed.closed_at, closed.closed_by) == (ComplaintState.CLOSED, memory.shop.at, None)
    memory.shop.pass_time(HOUR)
    memory.wechat.change(problem_type="REFUND")
    await memory.read()
    assert (await memory.one()).closed_at == closed.closed_at, "it stays closed since then"
    memory.wechat.change(incoming_user_response=True)
    await memory.read()
    again = await memory.one()
    assert (again.state, again.closed_at) == (ComplaintState.OPEN, None)
    assert (again.answer_due_at, again.settle_due_at) == (
        memory.shop.at + 24 * HOUR,
        memory.shop.at + 72 * HOUR,
    )


async def test_an_end_after_an_answer_moves_no_deadline_and_who_has_ended_it_is_forgotten_when_it_goes_on(
    memory: MemoryDesk,
) -> None:
    await memory.complained(complaint_state="PROCESSING")
    answered = await memory.one()
    memory.shop.pass_time(HOUR)
    await memory.performed(await memory.planned(ComplaintActKind.COMPLETE, "已处理"))
    closed = await memory.one()
    assert (closed.state, closed.closed_by) == (ComplaintState.CLOSED, CLERK)
    assert (closed.answer_due_at, closed.settle_due_at) == (answered.answer_due_at, answered.settle_due_at)
    memory.wechat.change(incoming_user_response=True)
    await memory.read()
    again = await memory.one()
    assert (again.state, again.closed_by, again.closed_at) == (ComplaintState.OPEN, None, None)


async def test_a_settled_complaint_is_read_once_a_day_for_ninety_days(memory: MemoryDesk) -> None:
    await memory.complained(complaint_state="PROCESSED")
    assert (await memory.row(NUMBER)).read_due_at == memory.shop.at + DAY
    memory.shop.pass_time(90 * DAY - 1)
    await memory.read()
    assert (await memory.row(NUMBER)).read_due_at == memory.shop.at + DAY
    memory.shop.pass_time(1)
    await memory.read()
    assert (await memory.row(NUMBER)).read_due_at is None


@pytest.mark.parametrize("later", [0, 1])
async def test_what_is_heard_while_wechat_is_asked_is_read_once_more(memory: MemoryDesk, later: int) -> None:
    await memory.complained()
    asked_at = memory.shop.at

    async def news() -> None:
        memory.shop.pass_time(later)
        at = memory.shop.at
        await memory.storage.run(lambda tx: tx.wechat_complaints.hear(NUMBER, at))

    memory.wechat.meanwhile.append(news)
    await memory.read()
    due_at = asked_at + 1 if later else asked_at + 30 * MINUTE
    assert (await memory.row(NUMBER)).read_due_at == due_at


@pytest.mark.parametrize(
    ("ahead", "counts"), [(0, True), (1, False), (2 * MINUTE, False), (2 * MINUTE + 1, True)]
)
async def test_a_reading_counts_unless_a_newer_one_was_quicker(
    memory: MemoryDesk, ahead: int, counts: bool
) -> None:
    """More than two minutes ahead of now, the newer one was dated by a clock that was wrong."""
    await memory.complained()
    async with memory.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE wechat_complaints SET read_at = :at", {"at": memory.shop.at + ahead}
        )
        await tx.commit()
    memory.wechat.change(complaint_state="PROCESSING")
    assert (await memory.read() is not None) == counts
    assert (await memory.one()).state == (ComplaintState.ANSWERED if counts else ComplaintState.OPEN)


@pytest.mark.parametrize(
    ("history", "begun"),
    [
        ([], 0),
        ([entry(AT + HOUR), entry(AT + 3 * HOUR), entry(AT + 2 * HOUR)], 3 * HOUR),
        ([entry(AT + HOUR), entry(AT + 3 * HOUR, "USER_RESPONSE")], HOUR),
        ([entry(AT + 99 * HOUR)], 0),
        ([entry(AT - HOUR)], -1),
    ],
    ids=["unknown", "the newest", "a reply is none", "ahead of now", "older than it"],
)
async def test_the_deadlines_of_a_continuation_run_from_when_the_history_says(
    memory: MemoryDesk, history: list[Negotiated], begun: int
) -> None:
    """From when it was heard of, where the history does not tell; never from the future, never from before it."""
    await memory.complained()
    memory.shop.pass_time(5 * HOUR)
    heard_at = memory.shop.at
    await memory.storage.run(lambda tx: tx.wechat_complaints.hear(NUMBER, heard_at))
    memory.shop.pass_time(2 * HOUR)
    memory.wechat.change(user_complaint_times=2)
    memory.wechat.histories[NUMBER] = history
    await memory.read()
    from_at = {0: heard_at if not history else memory.shop.at, -1: AT}.get(begun, AT + begun)
    complaint = await memory.one()
    assert (complaint.answer_due_at, complaint.settle_due_at) == (from_at + 24 * HOUR, from_at + 72 * HOUR)
    calls = memory.wechat.calls.count("history")
    await memory.read()
    assert memory.wechat.calls.count("history") == calls, "the deadlines know of it now"


async def test_a_continuation_that_is_the_first_thing_heard_runs_from_its_history_or_from_now(
    memory: MemoryDesk,
) -> None:
    memory.wechat.failing["history"].append(Unknown("no answer"))
    await memory.complained(user_complaint_times=2)
    assert (await memory.one()).answer_due_at == memory.shop.at + 24 * HOUR
    memory.shop.pass_time(HOUR)
    memory.wechat.change(user_complaint_times=3)
    memory.wechat.failing["history"].append(Busy("too many"))
    with pytest.raises(Busy):
        await memory.read()
    assert (await memory.row(NUMBER)).times == 2, "it is read when WeChat may be asked again"
    assert (await memory.row(NUMBER)).failures == 0


async def test_a_continuation_is_one_of_which_the_last_reading_did_not_know(memory: MemoryDesk) -> None:
    await memory.complained(user_complaint_times=2)
    row = await memory.row(NUMBER)
    detail = read_detail(memory.wechat.details[NUMBER], lambda sealed: sealed)
    times = [replace(detail, times=times) for times in (1, 2, 3)]
    assert [was_continued(row, each) for each in times] == [False, False, True]
    assert [was_continued(replace(row, read_at=None), each) for each in times] == [False, True, True]
    assert [was_continued(None, each) for each in times] == [False, True, True]
    kinds = ["USER_CONTINUE_COMPLAINT", "user_continue", "USER_RESPONSE"]
    assert [is_continuation(entry(AT, kind)) for kind in kinds] == [True, True, False]


def test_the_pause_after_failed_readings_grows_to_half_an_hour() -> None:
    seconds = [read_again_after(failures) // SECOND for failures in range(9)]
    assert seconds == [15, 30, 60, 120, 300, 900, 1_800, 1_800, 1_800]
