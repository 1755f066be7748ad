"""The deadlines of a complaint at WeChat run from when its payer has complained, or written, last."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR, MINUTE
from storage.models import ComplaintState
from tests.wechat_complaints.complaining import Desk, Tell

pytestmark = pytest.mark.promise(43)


@pytest.mark.parametrize("state", ["PENDING", "PROCESSING"])
def test_a_payer_who_continues_begins_the_deadlines_anew(tell: Tell, state: str) -> None:
    async def story(desk: Desk) -> None:
        await desk.shop.http.post(f"{desk.shop.base}/settings/", json={"continued_complaint": state})
        number = await desk.file(await desk.paid())
        await desk.poll()
        await desk.payer(number, "withdraw")
        await desk.poll()
        desk.shop.pass_time(2 * DAY)
        continued_at = desk.shop.at
        await desk.payer(number, "continue", "还是没有解决")
        desk.shop.pass_time(5 * HOUR)  # the server was away
        await desk.poll()
        complaint = await desk.one()
        assert complaint.state == ComplaintState.OPEN
        assert complaint.closed_at is None
        assert abs(complaint.answer_due_at - continued_at - 24 * HOUR) < 5_000
        assert abs(complaint.settle_due_at - continued_at - 72 * HOUR) < 5_000

    tell(story)


def test_one_that_is_continued_after_more_than_a_month_is_found_without_news(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await desk.file(await desk.paid())
        await desk.poll()
        await desk.payer(number, "withdraw")
        await desk.poll()
        desk.shop.pass_time(40 * DAY)
        await desk.poll()
        await desk.payer(number, "continue")
        desk.shop.pass_time(DAY)
        await desk.poll()
        assert (await desk.one()).state == ComplaintState.OPEN

    tell(story)


def test_a_payer_who_writes_again_waits_for_an_answer_within_a_day(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await desk.file(await desk.paid())
        await desk.poll()
        await desk.complaints.calls.answer(number, "已经联系您，请稍等", [])
        await desk.poll()
        assert (await desk.one()).state == ComplaintState.ANSWERED
        desk.shop.pass_time(30 * HOUR)
        settle_due_at = (await desk.one()).settle_due_at
        await desk.payer(number, "reply", "没有人联系我")
        await desk.poll()
        complaint = await desk.one()
        assert complaint.state == ComplaintState.OPEN
        assert abs(complaint.answer_due_at - desk.shop.at - 24 * HOUR) < 10 * MINUTE
        assert complaint.settle_due_at == settle_due_at

    tell(story)


def test_a_continuation_whose_history_cannot_be_had_is_due_from_when_it_was_heard_of(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await desk.file(await desk.paid())
        await desk.poll()
        await desk.payer(number, "continue")
        await desk.shop.fault("system_error", endpoint="complaint_history", times=None)
        await desk.poll()
        complaint = await desk.one()
        assert complaint.state == ComplaintState.OPEN
        assert abs(complaint.answer_due_at - desk.shop.at - 24 * HOUR) < MINUTE
        async with desk.storage.reading() as reader:
            assert await reader.complaints.most_urgent() == {"open": complaint.answer_due_at}

    tell(story)
