"""What stands in the row of an act after each step, and what it leaves in the complaint."""

from __future__ import annotations

import pytest

from clock import MINUTE, SECOND
from payment.complaints.sending import PICTURE_GONE, send_again_after
from payment.wechatpay.complaint_replies import Negotiated
from payment.wechatpay.errors import Busy, GatewayError, Misconfigured, Refused, Unknown
from privacy import COMPLAINT_ENTRY
from sealed_files import new_name
from storage.models import ComplaintEntry, ComplaintState
from storage.models.wechat_complaints import ComplaintActKind, ComplaintActState
from tests.wechat_complaints.acting import ANSWER, CLERK
from tests.wechat_complaints.memory import NUMBER, MemoryDesk

pytestmark = pytest.mark.promise(43)

PLANNED, UNKNOWN = ComplaintActState.PLANNED, ComplaintActState.UNKNOWN
DONE, REFUSED = ComplaintActState.DONE, ComplaintActState.REFUSED
NO = Refused(code="PARAM_ERROR", message="内容不合规", status=400, verified=True)
UNSIGNED = Refused(code="PARAM_ERROR", message="内容不合规", status=400)
NO_AUTH = Misconfigured(code="NO_AUTH", status=403, verified=True)


async def entries(desk: MemoryDesk) -> list[ComplaintEntry]:
    async with desk.storage.reading() as reader:
        return await reader.complaints.entries([(await desk.one()).id])


def ids(value: object) -> str | None:
    return type(value).__name__ if isinstance(value, GatewayError) else None


async def test_an_answer_is_sent_once_and_joins_what_is_shown(memory: MemoryDesk) -> None:
    await memory.complained()
    act = await memory.planned(ComplaintActKind.ANSWER, ANSWER)
    complaint, at = await memory.one(), memory.shop.at
    assert (act.state, act.created_at, act.due_at, act.sent_at, act.tries) == (PLANNED, at, at, None, 0)
    assert (act.admin_id, act.open_complaint_id) == (CLERK, complaint.id)
    assert (complaint.assigned_to, complaint.updated_at) == (CLERK, at)
    memory.shop.pass_time(SECOND)
    done = await memory.performed(act)
    assert memory.wechat.said == [("answer", NUMBER, ANSWER, [])]
    assert (done.state, done.sent_at, done.ended_at, done.due_at) == (DONE, *[memory.shop.at] * 3)
    assert (done.open_complaint_id, done.text_sealed, done.claimed_until) == (None, "", 0)
    assert (done.tries, done.problem) == (1, "")
    (entry,) = await entries(memory)
    assert (entry.kind, entry.author_kind, entry.author_id) == ("answer", "admin", CLERK)
    assert (entry.action_id, entry.at) == (act.action_id, memory.shop.at)
    assert memory.vault.open(entry.text_sealed, COMPLAINT_ENTRY) == ANSWER
    assert (await memory.one()).state == ComplaintState.ANSWERED
    calls = list(memory.wechat.calls)
    await memory.performed(act)
    assert memory.wechat.calls == calls


@pytest.mark.parametrize(
    ("error", "state", "pause", "said"),
    [
        (Busy("not reached"), PLANNED, 15 * SECOND, "wechat_busy"),
        (Unknown("", code="SYSTEM_ERROR"), UNKNOWN, MINUTE, "SYSTEM_ERROR"),
        (UNSIGNED, UNKNOWN, MINUTE, "内容不合规"),
        (NO, REFUSED, 0, "内容不合规"),
        (NO_AUTH, REFUSED, 0, "NO_AUTH"),
    ],
    ids=ids,
)
async def test_a_first_try_that_fails_says_what_happened_and_when_it_goes_on(
    memory: MemoryDesk, error: GatewayError, state: str, pause: int, said: str
) -> None:
    await memory.complained()
    act = await memory.performed(await memory.planned(ComplaintActKind.ANSWER, ANSWER), error)
    assert (act.state, act.problem, act.due_at, act.claimed_until) == (state, said, memory.shop.at + pause, 0)
    assert act.sent_at == memory.shop.at
    ended = state == REFUSED
    assert act.ended_at == (memory.shop.at if ended else None)
    assert (act.open_complaint_id is None) == ended
    assert memory.vault.open(act.text_sealed, COMPLAINT_ENTRY) == ANSWER, "for who wants to try again"
    assert await entries(memory) == []
    assert (await memory.one()).state == ComplaintState.OPEN


@pytest.mark.parametrize(
    ("error", "call", "state", "pause"),
    [
        (Busy("not reached"), "answer", UNKNOWN, 30 * SECOND),
        (Busy("not reached"), "history", UNKNOWN, 30 * SECOND),
        (Unknown("no answer"), "history", UNKNOWN, MINUTE),
        (NO_AUTH, "answer", UNKNOWN, MINUTE),
        (NO, "answer", REFUSED, 0),
        (UNSIGNED, "answer", REFUSED, 0),
    ],
    ids=ids,
)
async def test_a_second_try_that_fails_forgets_nothing_that_may_have_been_carried_out(
    memory: MemoryDesk, error: GatewayError, call: str, state: str, pause: int
) -> None:
    await memory.complained()
    first_at = memory.shop.at
    act = await memory.performed(await memory.planned(ComplaintActKind.ANSWER, ANSWER), Unknown("no answer"))
    memory.shop.pass_time(MINUTE - 1)
    assert (await memory.performed(act)).tries == 1, "not before the history is believed"
    memory.shop.pass_time(1)
    act = await memory.performed(act, error, call)
    assert (act.state, act.sent_at) == (state, first_at)
    assert act.due_at == memory.shop.at + pause
    assert act.tries == (2 if call == "answer" else 1)


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_try_without_a_reply_is_looked_for_before_it_is_sent_again(
    memory: MemoryDesk, carried_out: bool
) -> None:
    await memory.complained()
    act = await memory.performed(await memory.planned(ComplaintActKind.ANSWER, ANSWER), Unknown("no answer"))
    if carried_out:
        entry = Negotiated(memory.shop.at, "商家", "MERCHANT_RESPONSE", f" {ANSWER}\n", ())
        memory.wechat.histories[NUMBER].append(entry)
    memory.shop.pass_time(MINUTE)
    assert (await memory.performed(act)).state == DONE
    assert memory.wechat.calls.count("answer") == (1 if carried_out else 2)
    assert len(await entries(memory)) == 1


@pytest.mark.parametrize(
    ("kind", "told", "found"),
    [
        (ComplaintActKind.ANSWER, "MERCHANT_RESPONSE", True),
        (ComplaintActKind.ANSWER, "merchant_response", True),
        (ComplaintActKind.ANSWER, "USER_RESPONSE", False),
        (ComplaintActKind.ANSWER, "MERCHANT_REJECT_REFUND", False),
        (ComplaintActKind.REJECT, "MERCHANT_REJECT_REFUND", True),
        (ComplaintActKind.REJECT, "MERCHANT_REFUSE_REFUND", True),
        (ComplaintActKind.REJECT, "MERCHANT_RESPONSE", False),
    ],
)
@pytest.mark.parametrize("early", [2 * MINUTE, 2 * MINUTE + 1])
@pytest.mark.parametrize("text", [ANSWER, "别的话"])
async def test_what_counts_as_the_act_in_the_history(
    memory: MemoryDesk, kind: ComplaintActKind, told: str, found: bool, early: int, text: str
) -> None:
    """The same kind with the same words, from two minutes before it was sent on, as clocks differ."""
    await memory.complained(problem_type="REFUND")
    act = await memory.planned(kind, ANSWER)
    entry = Negotiated(memory.shop.at - early, "商家", told, text, ())
    memory.wechat.histories[NUMBER].append(entry)
    row = await memory.row(NUMBER)
    has = await memory.complaints.sender._search.has(act, row)
    assert has == (found and early == 2 * MINUTE and text == ANSWER)


async def test_the_same_words_that_were_carried_out_before_are_not_the_act(memory: MemoryDesk) -> None:
    await memory.complained(problem_type="REFUND")
    await memory.performed(await memory.planned(ComplaintActKind.ANSWER, ANSWER, "a" * 20))
    answer = Negotiated(memory.shop.at, "商家", "MERCHANT_RESPONSE", ANSWER, ())
    memory.wechat.histories[NUMBER].append(answer)
    second = await memory.planned(ComplaintActKind.ANSWER, ANSWER, "b" * 20)
    row, search = await memory.row(NUMBER), memory.complaints.sender._search
    assert not await search.has(second, row)
    memory.wechat.histories[NUMBER].append(answer)
    assert await search.has(second, row)


def test_the_pause_after_failed_tries_grows_to_a_quarter_of_an_hour() -> None:
    seconds = [send_again_after(tries) // SECOND for tries in range(9)]
    assert seconds == [15, 30, 60, 120, 240, 480, 900, 900, 900]


async def test_pictures_go_out_once_and_are_removed_at_the_end(memory: MemoryDesk) -> None:
    await memory.complained()
    file = new_name()
    memory.files.write(file, b"abc")
    act = await memory.planned(ComplaintActKind.ANSWER, ANSWER, pictures=((file, 3),))
    act = await memory.performed(act, Unknown("", code="SYSTEM_ERROR"), "upload")
    assert (act.state, act.problem, act.sent_at) == (PLANNED, "SYSTEM_ERROR", None), (
        "nobody has seen a picture"
    )
    assert act.due_at == memory.shop.at + 15 * SECOND
    memory.shop.pass_time(15 * SECOND)
    act = await memory.performed(act, Busy("not reached"))
    memory.shop.pass_time(MINUTE)
    act = await memory.performed(act)
    assert (act.state, memory.wechat.calls.count("upload")) == (DONE, 2)
    assert memory.wechat.said == [("answer", NUMBER, ANSWER, ["media-3"])]
    assert memory.files.read(file) is None


async def test_a_picture_that_is_gone_stops_the_act(memory: MemoryDesk) -> None:
    await memory.complained()
    act = await memory.planned(ComplaintActKind.ANSWER, ANSWER, pictures=(("gone", 3),))
    act = await memory.performed(act)
    assert (act.state, act.problem, memory.wechat.said) == (REFUSED, PICTURE_GONE, [])
