"""A complaint arrives once, whatever becomes of WeChat's news about it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, shanghai_date
from privacy import COMPLAINT
from storage.models import ComplaintSource, ComplaintState
from tests.wechat_complaints.complaining import Desk, Tell

pytestmark = pytest.mark.promise(43)


def test_a_complaint_of_which_no_news_comes_is_found_in_the_list(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        order_id = await desk.paid()
        number = await desk.file(order_id, detail="等了一个小时没有人来")
        await desk.round()
        complaint, row = await desk.one(), await desk.row(number)
        assert (complaint.order_id, complaint.external_id) == (order_id, number)
        assert (complaint.source, complaint.state) == (ComplaintSource.WECHAT, ComplaintState.OPEN)
        assert complaint.user_id == (await desk.shop.user()).id
        assert desk.vault.open(complaint.text_sealed, COMPLAINT) == "申请退款\n等了一个小时没有人来"
        filed_at = (await desk.at_wechat(number))["created_at"] // 1000 * 1000
        assert complaint.answer_due_at == filed_at + 24 * HOUR
        assert complaint.settle_due_at == filed_at + 72 * HOUR
        assert (row.state, row.problem_type, row.times) == ("PENDING", "REFUND", 1)

    tell(story)


def test_news_makes_it_known_at_once_and_three_of_them_make_one_complaint(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        await desk.round()  # the list is read, and not due again for minutes
        await desk.register()
        order_id = await desk.paid()
        await desk.shop.fault("duplicate_notification", copies=3)
        number = await desk.file(order_id)
        await desk.shop.until(lambda: _heard(desk, number))
        await desk.round()
        await desk.round(desk.another())
        await desk.shop.http.post(f"{desk.shop.base}/notifications/resend/", json={"complaint_id": number})
        await desk.poll()
        assert (await desk.one()).external_id == number
        assert desk.shop.refused == []

    tell(story)


async def _heard(desk: Desk, number: str) -> bool:
    async with desk.storage.reading() as reader:
        return await reader.wechat_complaints.find(number) is not None


@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        ("lose_notification", {}),
        ("complaint_unknown_action", {"value": "SOMETHING_NEW"}),
        ("reorder_notifications", {"seconds": 1}),
        ("bad_notification_signature", {}),
    ],
)
def test_whatever_becomes_of_its_news_it_arrives_once(
    tell: Tell, fault: str, parameters: dict[str, Any]
) -> None:
    async def story(desk: Desk) -> None:
        await desk.register()
        order_id = await desk.paid()
        await desk.shop.fault(fault, **parameters)
        number = await desk.file(order_id)
        await desk.poll()
        await desk.payer(number, "reply", "还没有人联系我")
        await desk.poll()
        assert (await desk.one()).external_id == number

    tell(story)


def test_news_that_comes_before_the_list_and_the_detail_know_it_is_not_forgotten(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        await desk.register()
        order_id = await desk.paid()
        await desk.shop.fault("complaint_list_lags", seconds=3600, times=2)
        await desk.shop.fault(
            "error", endpoint="complaint_detail", status=404, code="RESOURCE_NOT_EXISTS", times=2
        )
        number = await desk.file(order_id)
        await desk.shop.until(lambda: _heard(desk, number))
        await desk.round()
        assert (await desk.rows(), (await desk.row(number)).failures) == ([], 1)
        async with desk.storage.reading() as reader:
            count_unread = reader.wechat_complaints.count_unread
            assert await count_unread(desk.shop.at + 1) == 1, "an alarm, after some minutes"
        for _ in range(3):
            desk.shop.pass_time(MINUTE)
            await desk.round()
        assert (await desk.one()).external_id == number
        assert (await desk.row(number)).failures == 0

    tell(story)


def test_a_list_that_lags_changes_nothing_back(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await desk.file(await desk.paid())
        await desk.poll()
        await desk.payer(number, "withdraw")
        await desk.poll()
        assert (await desk.one()).state == ComplaintState.CLOSED
        await desk.shop.fault("complaint_list_lags", seconds=7 * 60, times=3)
        await desk.poll()
        assert (await desk.one()).state == ComplaintState.CLOSED, "the detail decides"

    tell(story)


def test_of_two_readings_the_one_that_was_asked_for_last_counts(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await desk.file(await desk.paid())
        await desk.poll()
        await desk.shop.fault("slow", endpoint="complaint_detail", seconds=0.35, committed=True)
        early = desk.complaints.follower.read(number)
        reading = asyncio.ensure_future(early)
        await asyncio.sleep(0.1)  # it has been asked, and WeChat's answer is under way
        await desk.payer(number, "withdraw")
        await desk.another().follower.read(number)
        assert (await desk.one()).state == ComplaintState.CLOSED
        _, complaint_id = await reading
        assert complaint_id is None
        assert (await desk.one()).state == ComplaintState.CLOSED

    tell(story)


@pytest.mark.parametrize(
    "fault", ["rate_limited", "system_error", "garbage", "bad_signature", "drop_before_commit"]
)
def test_a_list_that_cannot_be_had_is_read_again_and_hides_nothing_that_is_known(
    tell: Tell, fault: str
) -> None:
    async def story(desk: Desk) -> None:
        await desk.register()
        order_id = await desk.paid()
        await desk.shop.fault(fault, endpoint="complaint_list", times=1)
        number = await desk.file(order_id)
        await desk.shop.until(lambda: _heard(desk, number))
        with pytest.raises(Exception, match="wechat_"):
            await desk.poll()
        assert (await desk.one()).external_id == number, "it was heard of"
        async with desk.storage.reading() as reader:
            (job,) = [each for each in await reader.jobs.all() if each.name == "complaint_list"]
        assert job.last_error
        await desk.poll()

    tell(story)


def test_more_complaints_than_a_page_holds_are_all_found_once(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        order_id = await desk.paid()
        numbers = {await desk.file(order_id, images=0) for _ in range(103)}
        for _ in range(5):
            await desk.poll()
        found = [complaint.external_id for complaint in await desk.rows()]
        assert set(found) == numbers
        assert len(found) == len(numbers)

    tell(story)


def test_two_processes_read_each_complaint_once(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        order_id = await desk.paid()
        numbers = [await desk.file(order_id, images=0) for _ in range(8)]
        await asyncio.gather(*[desk.round(desk.another()) for _ in range(4)])
        await desk.round()
        assert sorted(str(each.external_id) for each in await desk.rows()) == sorted(numbers)

    tell(story)


def test_without_the_setting_nothing_is_asked_and_news_is_evidence_alone(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        await desk.register()
        order_id = await desk.paid()
        desk.shop.settings = desk.shop.settings.replace("pay", complaints=False)
        desk.shop.payments = desk.shop.another()
        off = desk.another()
        number = await desk.file(order_id)
        await desk.shop.until(lambda: _delivered(desk))
        await desk.round(off)
        assert (await desk.rows(), await _heard(desk, number)) == ([], False)
        assert (await off.look(number)).problem

    tell(story)


async def _delivered(desk: Desk) -> bool:
    found = (await desk.shop.http.get(f"{desk.shop.base}/notifications/?state=accepted")).json()
    return any(each["original_type"] == "complaint" for each in found["notifications"])


def test_where_complaints_are_switched_off_nothing_is_late(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        await desk.round()
        await desk.complaints.remove_jobs()
        async with desk.storage.reading() as reader:
            assert [job.name for job in await reader.jobs.all() if "complaint" in job.name] == []

    tell(story)


def test_a_reading_by_a_clock_that_was_wrong_hides_no_later_one(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await desk.file(await desk.paid())
        await desk.poll()
        desk.shop.pass_time(3 * DAY)
        await desk.complaints.follower.read(number)
        desk.shop.pass_time(-3 * DAY)  # somebody has set it right
        await desk.payer(number, "withdraw")
        await desk.complaints.follower.read(number)
        assert (await desk.one()).state == ComplaintState.CLOSED

    tell(story)


@pytest.mark.parametrize("ahead", [10 * HOUR, 3 * DAY])
def test_what_a_process_heard_whose_clock_was_wrong_is_read_by_the_others(tell: Tell, ahead: int) -> None:
    async def story(desk: Desk) -> None:
        number, wrong = await desk.file(await desk.paid()), desk.shop.at + ahead
        (listed,) = await desk.complaints.calls.page(*days(desk), 0)
        assert listed is not None
        await desk.storage.run(lambda tx: tx.wechat_complaints.hear(number, wrong, listed.mark))
        await desk.poll()
        complaint = await desk.one()
        assert complaint.answer_due_at < desk.shop.at + DAY
        assert (await desk.row(number)).failures == 0

    tell(story)


def days(desk: Desk) -> tuple[str, str]:
    today = shanghai_date(desk.shop.at)
    return today, today
