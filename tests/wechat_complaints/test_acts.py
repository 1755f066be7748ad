"""What the office sends to WeChat arrives once, whatever becomes of the reply, and two clerks do not cross."""

from __future__ import annotations

import asyncio

import pytest

from orders.complaints.handling import ComplaintChanged, mark
from payment.complaints.acts import NotAnsweredYet, PlannedAct
from payment.wechatpay.complaints import MAX_ANSWER, _limited
from privacy import COMPLAINT_ENTRY
from sealed_files import new_name
from storage.models import ComplaintState
from storage.models.wechat_complaints import ComplaintActKind, ComplaintActState
from tests.http.uploading import picture
from tests.wechat_complaints.acting import ANSWER, CLERK, OTHER, complained, plan, settled
from tests.wechat_complaints.complaining import Desk, Tell

pytestmark = pytest.mark.promise(43)


def test_an_answer_with_pictures_is_read_in_wechat_and_the_complaint_is_answered(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        file, content = new_name(), picture(kind="JPEG")
        desk.files.write(file, content)
        act_id = await plan(desk, ComplaintActKind.ANSWER, ANSWER, pictures=((file, len(content)),))
        act = await desk.complaints.send_now(act_id)
        assert act is not None
        assert act.state == ComplaintActState.DONE
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER]
        assert len((await desk.at_wechat(number))["history"][-1]["images"]) == 1
        complaint = await desk.one()
        assert (complaint.state, complaint.assigned_to) == (ComplaintState.ANSWERED, CLERK)
        assert complaint.answered_at is not None
        assert desk.files.read(file) is None, "it is at WeChat now"
        async with desk.storage.reading() as reader:
            (entry,) = await reader.complaints.entries([complaint.id])
        assert desk.vault.open(entry.text_sealed, COMPLAINT_ENTRY) == ANSWER

    tell(story)


@pytest.mark.parametrize(
    ("fault", "endpoint"),
    [
        ("drop_after_commit", "complaint_response"),
        ("drop_before_commit", "complaint_response"),
        ("garbage", "complaint_response"),
        ("bad_signature", "complaint_response"),
        ("system_error", "complaint_response"),
        ("rate_limited", "complaint_response"),
        ("drop_after_commit", "complaint_upload"),
        ("rate_limited", "complaint_upload"),
    ],
)
def test_an_answer_is_read_once_whatever_becomes_of_the_reply(tell: Tell, fault: str, endpoint: str) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        file, content = new_name(), picture(kind="JPEG")
        desk.files.write(file, content)
        await desk.shop.fault(fault, endpoint=endpoint)
        act_id = await plan(desk, ComplaintActKind.ANSWER, ANSWER, pictures=((file, len(content)),))
        first = await desk.complaints.send_now(act_id)
        assert first is not None
        assert first.state in (ComplaintActState.UNKNOWN, ComplaintActState.PLANNED, ComplaintActState.DONE)
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER]
        assert [act.state for act in await desk.acts((await desk.one()).id)] == [ComplaintActState.DONE]

    tell(story)


def test_the_same_words_again_are_a_second_answer(tell: Tell) -> None:
    """A lost reply to the second is not taken for the first."""

    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER, "a" * 20))
        await desk.payer(number, "reply")
        await desk.poll()
        await desk.shop.fault("drop_before_commit", endpoint="complaint_response")
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER, "b" * 20))
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER, ANSWER]

    tell(story)


def test_a_process_that_dies_while_it_sends_leaves_one_answer(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        act_id = await plan(desk, ComplaintActKind.ANSWER, ANSWER)
        await desk.shop.fault("slow", endpoint="complaint_response", seconds=0.4, committed=True)
        sending = asyncio.ensure_future(desk.complaints.sender.perform(act_id))
        await asyncio.sleep(0.2)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        (act,) = await desk.acts((await desk.one()).id)
        assert act.state == ComplaintActState.SENDING
        await desk.round(desk.another())
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER]

    tell(story)


def test_many_processes_send_an_act_once(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        act_id = await plan(desk, ComplaintActKind.ANSWER, ANSWER)
        await asyncio.gather(*[desk.another().sender.perform(act_id) for _ in range(6)])
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER]

    tell(story)


def test_of_two_clerks_at_once_one_is_told_to_look_again(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        complaint = await desk.one()
        seen = mark(complaint)

        async def send(admin: int) -> int:
            wanted = PlannedAct(ComplaintActKind.ANSWER, f"{admin}" * 20, f"{ANSWER}{admin}", seen)
            return (
                await desk.storage.run(
                    lambda tx: desk.complaints.plan(tx, complaint.id, wanted, admin, desk.shop.at)
                )
            )[0]

        done = await asyncio.gather(send(CLERK), send(OTHER), return_exceptions=True)
        assert sum(isinstance(each, int) for each in done) == 1
        assert sum(isinstance(each, ComplaintChanged) for each in done) == 1
        await settled(desk)
        assert len(await desk.said_at_wechat(number, "MERCHANT_RESPONSE")) == 1

    tell(story)


def test_the_same_form_twice_is_one_act(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        await complained(desk)
        complaint = await desk.one()
        wanted = PlannedAct(ComplaintActKind.ANSWER, "a" * 20, ANSWER, mark(complaint))

        async def send() -> tuple[int, bool]:
            return await desk.storage.run(
                lambda tx: desk.complaints.plan(tx, complaint.id, wanted, CLERK, desk.shop.at)
            )

        first, second = await asyncio.gather(send(), send())
        assert first[0] == second[0]
        assert sorted((first[1], second[1])) == [False, True]

    tell(story)


def test_nothing_is_completed_that_was_not_answered(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        await complained(desk)
        with pytest.raises(NotAnsweredYet):
            await plan(desk, ComplaintActKind.COMPLETE, "已解决")

    tell(story)


@pytest.mark.parametrize("fault", ["", "drop_after_commit", "drop_before_commit"])
@pytest.mark.parametrize("repeated", ["INVALID_REQUEST", "204"])
def test_a_completed_complaint_is_settled_once(tell: Tell, fault: str, repeated: str) -> None:
    async def story(desk: Desk) -> None:
        await desk.shop.http.post(f"{desk.shop.base}/settings/", json={"repeated_complete": repeated})
        number = await complained(desk, problem_type="OTHERS")
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER))
        if fault:
            await desk.shop.fault(fault, endpoint="complaint_complete")
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.COMPLETE, "用户同意", "c" * 20))
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_CONFIRM_COMPLETE") == [""]
        complaint = await desk.one()
        assert (complaint.state, complaint.closed_by) == (ComplaintState.CLOSED, CLERK)

    tell(story)


def test_what_a_payer_writes_after_the_end_can_be_settled_here(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk, problem_type="OTHERS")
        await desk.payer(number, "withdraw")
        await desk.payer(number, "reply", "谢谢")
        await desk.poll()
        assert (await desk.one()).state == ComplaintState.OPEN
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.COMPLETE, "只是道谢"))
        await desk.poll()
        assert (await desk.one()).state == ComplaintState.CLOSED
        await desk.payer(number, "continue", "又出问题了")
        await desk.poll()
        assert (await desk.one()).state == ComplaintState.OPEN

    tell(story)


def test_a_refund_that_is_refused_is_told_once_with_its_reason(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.shop.fault("drop_after_commit", endpoint="complaint_refund")
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.REJECT, "服务已经完成"))
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_REFUSE_RERUND") == ["服务已经完成"]
        assert (await desk.one()).state == ComplaintState.ANSWERED

    tell(story)


def test_what_wechat_refuses_is_shown_and_another_try_is_possible(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.shop.fault(
            "error", endpoint="complaint_response", status=400, code="PARAM_ERROR", message="内容含有违规信息"
        )
        act = await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER))
        assert act is not None
        assert (act.state, act.problem) == (ComplaintActState.REFUSED, "内容含有违规信息")
        async with desk.storage.reading() as reader:
            assert await reader.wechat_complaints.count_refused() == 1
            assert [each.id for each in await reader.wechat_complaints.refused()] == [act.id]
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, "换一种说法", "b" * 20))
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == ["换一种说法"]
        async with desk.storage.reading() as reader:
            assert await reader.wechat_complaints.count_refused() == 0

    tell(story)


def test_an_answer_longer_than_wechat_takes_is_never_sent() -> None:
    assert _limited("长" * MAX_ANSWER)
    with pytest.raises(ValueError, match="characters"):
        _limited("长" * (MAX_ANSWER + 1))
