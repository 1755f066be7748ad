"""An act of which no reply came is not taken for another one, and not sent by two processes."""

from __future__ import annotations

import pytest

from clock import MINUTE, SECOND
from payment.wechatpay.errors import Refused
from storage.models.wechat_complaints import ComplaintAct, ComplaintActKind, ComplaintActState
from tests.wechat_complaints.acting import ANSWER, complained, plan, settled
from tests.wechat_complaints.complaining import Desk, Tell

pytestmark = pytest.mark.promise(43)


@pytest.mark.parametrize(("second", "fault"), [("另外", "drop_after_commit"), (ANSWER, "drop_before_commit")])
def test_of_two_answers_within_a_minute_each_is_read_once(tell: Tell, second: str, fault: str) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk, problem_type="OTHERS")
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER, "a" * 20))
        desk.shop.pass_time(30 * SECOND)
        await desk.shop.fault(fault, endpoint="complaint_response")
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, second, "b" * 20))
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER, second]

    tell(story)


def test_a_process_that_was_held_up_until_its_claim_was_over_sends_nothing(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        act_id = await plan(desk, ComplaintActKind.ANSWER, ANSWER)
        slow, quick = desk.complaints.sender, desk.another().sender
        upload = slow._upload

        async def held_up(act: ComplaintAct) -> list[str]:
            desk.shop.pass_time(3 * MINUTE)
            await quick.perform(act_id)
            return await upload(act)

        monkeypatch.setattr(slow, "_upload", held_up)
        await slow.perform(act_id)
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER]

    tell(story)


def test_an_answer_without_a_reply_is_not_refused_because_wechat_may_not_be_asked(tell: Tell) -> None:
    """Whoever read that it was refused would write it once more."""

    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.shop.fault("drop_after_commit", endpoint="complaint_response")
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER))
        await desk.shop.fault("error", endpoint="complaint_history", status=403, code="NO_AUTH", times=None)
        desk.shop.pass_time(2 * MINUTE)
        await desk.round()
        (act,) = await desk.acts((await desk.one()).id)
        assert (act.state, act.ended_at) == (ComplaintActState.UNKNOWN, None)
        await desk.shop.http.delete(f"{desk.shop.base}/faults/")
        await settled(desk)
        (act,) = await desk.acts((await desk.one()).id)
        assert act.state == ComplaintActState.DONE
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER]

    tell(story)


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_no_that_wechat_has_not_signed_is_believed_when_it_comes_again(
    tell: Tell, monkeypatch: pytest.MonkeyPatch, carried_out: bool
) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        calls = desk.complaints.calls
        answer = calls.answer

        async def refused(complaint_id: str, text: str, media_ids: list[str]) -> None:
            if carried_out:
                await answer(complaint_id, text, media_ids)
            raise Refused(code="PARAM_ERROR", message="拒绝", status=400)

        monkeypatch.setattr(calls, "answer", refused)
        act = await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER))
        assert act is not None
        assert act.state == ComplaintActState.UNKNOWN
        await settled(desk)
        (act,) = await desk.acts((await desk.one()).id)
        assert act.state == (ComplaintActState.DONE if carried_out else ComplaintActState.REFUSED)
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER] * carried_out

    tell(story)
