"""Which acts are possible when, what an end and a refund leave, and when an act is dropped."""

from __future__ import annotations

from functools import partial

import pytest

from clock import HOUR, MINUTE, SECOND
from orders.complaints.locking import ComplaintClosed, ComplaintNotFound
from payment.complaints.acts import ActOpen, NoRefundWanted, NotAnsweredYet, PlannedAct
from payment.complaints.service import ComplaintsOff
from payment.wechatpay.errors import Refused, Unknown
from privacy import COMPLAINT_ENTRY
from refusals import InvalidInput
from storage.models import ComplaintState, RefundState
from storage.models.wechat_complaints import ComplaintAct, ComplaintActKind, ComplaintActState
from tests.payment.conftest import ADMIN
from tests.wechat_complaints.acting import ANSWER, CLERK
from tests.wechat_complaints.memory import NUMBER, MemoryDesk
from tests.wechat_complaints.test_act_values import entries

pytestmark = pytest.mark.promise(43)


async def about_an_order(desk: MemoryDesk, **wish: object) -> int:
    """A complaint about a paid order, whose payer wants a refund; the order."""
    order_id = await desk.shop.paid()
    attempt = await desk.shop.attempt(order_id)
    numbers = [{"transaction_id": attempt.transaction_id}]
    await desk.complained(complaint_order_info=numbers, **{"problem_type": "REFUND", **wish})
    return order_id


async def refunded(desk: MemoryDesk, order_id: int, sent: bool = True) -> int:
    refund_id = await desk.shop.payments.start_refund(order_id, ADMIN, 10_000)
    if sent:
        await desk.shop.sweep()
    return refund_id


async def possible(desk: MemoryDesk) -> list[str]:
    """The kinds of acts that could be planned now, one instead of the other."""
    found = []
    for kind in ComplaintActKind:
        complaint = await desk.one()
        try:
            act = await desk.planned(kind, ANSWER, f"try-{kind}")
        except (NotAnsweredYet, NoRefundWanted):
            continue
        found.append(act.kind)
        async with desk.storage.transaction() as tx:
            await tx.connection.execute("DELETE FROM complaint_acts", {})
            await tx.commit()
        assert (await desk.one()).state == complaint.state, "nothing has happened yet"
    return found


@pytest.mark.parametrize(
    ("state", "problem", "kinds"),
    [
        ("PENDING", "OTHERS", ["answer"]),
        ("PENDING", "REFUND", ["answer", "reject", "approve"]),
        ("PROCESSING", "OTHERS", ["answer", "complete"]),
        ("PROCESSING", "REFUND", ["answer", "reject", "approve", "complete"]),
    ],
)
async def test_what_can_be_done_depends_on_the_answer_and_on_what_the_payer_wants(
    memory: MemoryDesk, state: str, problem: str, kinds: list[str]
) -> None:
    await memory.complained(complaint_state=state, problem_type=problem)
    assert await possible(memory) == kinds


async def test_one_that_its_payer_takes_up_after_the_end_can_be_answered_and_ended_here(
    memory: MemoryDesk,
) -> None:
    await memory.complained(complaint_state="PROCESSED", problem_type="REFUND", incoming_user_response=True)
    assert await possible(memory) == ["answer", "complete"], "no refund is decided any more"


async def test_nothing_is_planned_about_what_is_closed_or_unknown_or_while_it_is_switched_off(
    memory: MemoryDesk,
) -> None:
    complaint_id = await memory.complained(complaint_state="PROCESSED")
    with pytest.raises(ComplaintClosed):
        await memory.planned(ComplaintActKind.ANSWER, ANSWER)
    wanted = PlannedAct(ComplaintActKind.ANSWER, "a" * 20, ANSWER, "")
    with pytest.raises(ComplaintNotFound):
        await memory.storage.run(
            lambda tx: memory.complaints.plan(tx, complaint_id + 1, wanted, CLERK, memory.shop.at)
        )
    async with memory.storage.transaction() as tx:
        await tx.connection.execute("UPDATE complaints SET source = 'own', state = 'open'", {})
        await tx.commit()
    with pytest.raises(ComplaintNotFound):  # its user reads the answers here
        await memory.planned(ComplaintActKind.ANSWER, ANSWER)
    memory.complaints.enabled = False
    with pytest.raises(ComplaintsOff):
        await memory.planned(ComplaintActKind.ANSWER, ANSWER)


async def test_one_act_at_a_time_but_an_answer_does_not_wait_for_a_refund(memory: MemoryDesk) -> None:
    order_id = await about_an_order(memory)
    refund_id = await refunded(memory, order_id, sent=False)
    approval = await memory.planned(ComplaintActKind.APPROVE, refund_id=refund_id)
    with pytest.raises(ActOpen):
        await memory.planned(ComplaintActKind.ANSWER, ANSWER, "b" * 20)
    waiting = await memory.performed(approval)
    assert (waiting.state, waiting.open_complaint_id) == (ComplaintActState.PLANNED, None)
    assert (waiting.due_at, waiting.claimed_until, waiting.tries) == (memory.shop.at + 15 * SECOND, 0, 0)
    with pytest.raises(ActOpen):
        await memory.planned(ComplaintActKind.REJECT, ANSWER, "b" * 20)
    answer = await memory.planned(ComplaintActKind.ANSWER, ANSWER, "b" * 20)
    memory.shop.pass_time(15 * SECOND)
    await memory.shop.sweep()
    held = await memory.performed(approval)
    assert (held.state, held.due_at, held.tries) == (
        ComplaintActState.PLANNED,
        memory.shop.at + 15 * SECOND,
        0,
    )
    assert (await memory.performed(answer)).state == ComplaintActState.DONE
    memory.shop.pass_time(15 * SECOND)
    assert (await memory.performed(approval)).state == ComplaintActState.DONE
    assert memory.wechat.said == [("answer", NUMBER, ANSWER, []), ("approve", NUMBER)]
    assert len(await entries(memory)) == 1, "an approval has no words"


async def test_a_second_action_of_a_form_is_the_first_one(memory: MemoryDesk) -> None:
    complaint_id = await memory.complained()
    first = await memory.planned(ComplaintActKind.ANSWER, ANSWER)
    wanted = PlannedAct(ComplaintActKind.ANSWER, first.action_id, "别的话", "an older page")
    planned = await memory.storage.run(
        lambda tx: memory.complaints.plan(tx, complaint_id, wanted, CLERK, memory.shop.at)
    )
    assert planned == (first.id, False)


@pytest.mark.parametrize("state", list(RefundState))
async def test_an_approval_names_a_refund_of_the_order_that_is_on_its_way_or_done(
    memory: MemoryDesk, state: RefundState
) -> None:
    order_id = await about_an_order(memory)
    refund_id = await refunded(memory, order_id)
    async with memory.storage.transaction() as tx:
        await tx.connection.execute("UPDATE refunds SET state = :state", {"state": state})
        await tx.commit()
    on_its_way = (RefundState.APPROVED, RefundState.PROCESSING, RefundState.SUCCEEDED)
    if state in on_its_way:
        act = await memory.planned(ComplaintActKind.APPROVE, refund_id=refund_id)
        assert act.refund_id == refund_id
        assert (await memory.one()).refund_id == refund_id
    else:
        with pytest.raises(InvalidInput):
            await memory.planned(ComplaintActKind.APPROVE, refund_id=refund_id)


async def test_a_refund_of_another_order_or_of_none_is_not_named(memory: MemoryDesk) -> None:
    await about_an_order(memory)
    other = await memory.shop.paid(await memory.shop.user("oOther"))
    refund_id = await refunded(memory, other)
    for wrong in (refund_id, refund_id + 1):
        with pytest.raises(InvalidInput):
            await memory.planned(ComplaintActKind.APPROVE, refund_id=wrong)
    assert (await memory.one()).refund_id is None


async def told(desk: MemoryDesk, refund_id: int) -> list[ComplaintAct]:
    """A refund was started because of the complaint; its acts."""
    complaint, at = await desk.one(), desk.shop.at
    await desk.storage.run(lambda tx: desk.complaints.tell_of_refund(tx, complaint.id, refund_id, CLERK, at))
    return await desk.acts(complaint.id)


async def test_a_refund_is_told_once_and_only_to_who_waits_for_it(memory: MemoryDesk) -> None:
    order_id = await about_an_order(memory)
    refund_id = await refunded(memory, order_id)
    memory.complaints.enabled = False
    assert await told(memory, refund_id) == []
    memory.complaints.enabled = True
    (act,) = await told(memory, refund_id)
    assert (act.kind, act.refund_id, act.admin_id, act.text_sealed) == ("approve", refund_id, CLERK, "")
    done = await memory.performed(act)
    assert done.state == ComplaintActState.DONE
    assert [each.id for each in await told(memory, refund_id)] == [act.id], "the same refund again"


@pytest.mark.parametrize("wish", [{"problem_type": "OTHERS"}, {"complaint_state": "PROCESSED"}])
async def test_a_refund_is_not_told_where_none_is_wanted_or_all_is_over(
    memory: MemoryDesk, wish: dict[str, str]
) -> None:
    order_id = await about_an_order(memory, **wish)
    assert await told(memory, await refunded(memory, order_id)) == []


async def test_what_has_lost_its_reason_is_dropped_with_words_for_the_office(memory: MemoryDesk) -> None:
    order_id = await about_an_order(memory)
    refund_id = await refunded(memory, order_id, sent=False)
    approval = await memory.performed(await memory.planned(ComplaintActKind.APPROVE, refund_id=refund_id))
    answer = await memory.planned(ComplaintActKind.ANSWER, ANSWER, "b" * 20)
    await memory.shop.payments.withdraw_refund(refund_id, ADMIN, "先不退")
    memory.wechat.change(complaint_state="PROCESSED")
    await memory.read()
    memory.shop.pass_time(15 * SECOND)
    words = {}
    for act in (approval, answer):
        dropped = await memory.performed(act)
        assert (dropped.state, dropped.ended_at) == (ComplaintActState.DROPPED, memory.shop.at)
        words[act.kind] = dropped.problem
    assert words == {"approve": "这笔退款没有进行下去", "answer": "投诉在这之前已经处理完成"}
    assert memory.wechat.said == []


async def test_who_ends_a_complaint_is_known_and_a_note_stays_for_the_office(memory: MemoryDesk) -> None:
    await memory.complained(complaint_state="PROCESSING")
    memory.shop.pass_time(HOUR)
    act = await memory.performed(await memory.planned(ComplaintActKind.COMPLETE, "已电话沟通"))
    assert (act.state, memory.wechat.said) == (ComplaintActState.DONE, [("complete", NUMBER)])
    complaint = await memory.one()
    assert (complaint.state, complaint.closed_by) == (ComplaintState.CLOSED, CLERK)
    assert complaint.closed_at == memory.shop.at
    (note,) = await entries(memory)
    assert note.kind == "note"
    assert memory.vault.open(note.text_sealed, COMPLAINT_ENTRY) == "已电话沟通"


async def test_what_a_payer_writes_after_the_end_is_settled_here_until_they_write_again(
    memory: MemoryDesk,
) -> None:
    await memory.complained(complaint_state="PROCESSED", incoming_user_response=True)
    memory.shop.pass_time(HOUR)
    await memory.performed(await memory.planned(ComplaintActKind.COMPLETE, "已处理"))
    assert memory.wechat.said == [], "at WeChat it had ended before"
    closed = await memory.one()
    assert (closed.state, closed.closed_at, closed.closed_by) == (
        ComplaintState.CLOSED,
        memory.shop.at,
        CLERK,
    )
    assert (await memory.row(NUMBER)).settled_mark == (await memory.row(NUMBER)).mark
    memory.shop.pass_time(HOUR)
    await memory.read()
    assert (await memory.one()).state == ComplaintState.CLOSED
    memory.wechat.change(user_complaint_times=2)
    await memory.read()
    assert (await memory.one()).state == ComplaintState.OPEN


@pytest.mark.parametrize(
    ("state", "ends"), [("PROCESSED", ComplaintActState.DONE), ("PROCESSING", ComplaintActState.REFUSED)]
)
async def test_an_end_that_wechat_refuses_is_done_where_the_detail_says_so(
    memory: MemoryDesk, state: str, ends: ComplaintActState
) -> None:
    await memory.complained(complaint_state="PROCESSING")
    act = await memory.planned(ComplaintActKind.COMPLETE)
    memory.wechat.change(complaint_state=state)
    no = Refused(code="PARAM_ERROR", message="状态不对", status=400, verified=True)
    act = await memory.performed(act, no)
    assert (act.state, act.problem) == (ends, "" if ends == ComplaintActState.DONE else "状态不对")


async def test_an_end_without_a_reply_is_looked_for_in_the_detail(memory: MemoryDesk) -> None:
    await memory.complained(complaint_state="PROCESSING")
    act = await memory.performed(await memory.planned(ComplaintActKind.COMPLETE), Unknown("no answer"))
    memory.shop.pass_time(MINUTE)
    memory.wechat.failing["detail"] = [Unknown("no answer")]
    assert (await memory.performed(act)).state == ComplaintActState.UNKNOWN
    memory.shop.pass_time(MINUTE)
    memory.wechat.change(complaint_state="PROCESSED")
    assert (await memory.performed(act)).state == ComplaintActState.DONE
    assert memory.wechat.calls.count("complete") == 1


async def test_one_act_that_fails_unforeseen_holds_up_no_other(memory: MemoryDesk) -> None:
    acts = []
    for number in (1, 2):
        external = f"{NUMBER[:-1]}{number}"
        memory.wechat.complain(external)
        complaint_id = await memory.read(external)
        assert complaint_id is not None
        complaint = (await memory.rows())[-1]
        seen = f"{complaint.id}-{complaint.state}-0-{complaint.updated_at}"
        wanted = PlannedAct(ComplaintActKind.ANSWER, f"{number}" * 20, ANSWER, seen)
        planned = partial(
            memory.complaints.plan,
            complaint_id=complaint_id,
            wanted=wanted,
            admin_id=CLERK,
            at=memory.shop.at,
        )
        act_id, _ = await memory.storage.run(planned)
        acts.append(act_id)
    memory.wechat.failing["answer"] = [RuntimeError("a bug")]
    assert await memory.complaints.sender.send_due() == 2
    first, second = [await memory.act(act_id) for act_id in acts]
    assert (first.state, second.state) == (ComplaintActState.SENDING, ComplaintActState.DONE)
    assert (first.claimed_until, first.due_at) == (memory.shop.at + 2 * MINUTE, memory.shop.at + 2 * MINUTE)
    assert await memory.complaints.sender.send_due() == 0
