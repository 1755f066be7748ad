"""What a deleted account, and the passing of time, leave of a complaint at WeChat: its deadline, and no words."""

from __future__ import annotations

import pytest

from accounts import personal_data
from accounts.forgetting import forget_due
from clock import DAY
from config import PrivacySettings
from orders import serving
from orders.visits.photo_files import PhotoFiles
from storage.models import ComplaintState
from storage.models.wechat_complaints import ComplaintActKind
from tests.payment.conftest import ADMIN
from tests.payment.visit_money import assigned
from tests.wechat_complaints.acting import ANSWER, complained, plan, settled
from tests.wechat_complaints.complaining import Desk, Tell

pytestmark = pytest.mark.promise(24, 43)


async def erase(desk: Desk) -> list[str]:
    """The visit is over, and its user deletes the account; the files."""
    user, complaint = await desk.shop.user(), await desk.one()
    assert complaint.order_id is not None
    order_id = complaint.order_id
    await assigned(desk.shop, order_id)
    await desk.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, desk.shop.at))

    async def work(tx: object) -> list[str]:
        erased = await personal_data.erase(tx, user, desk.shop.at)  # type: ignore[arg-type]
        return erased.documents

    return await desk.storage.run(work)


async def words(desk: Desk) -> set[str]:
    """Everything sealed that is left."""
    async with desk.storage.reading() as reader:
        found: set[str] = set()
        for table in ("complaints", "complaint_entries", "complaint_acts"):
            rows = await reader.connection.fetch_all(f"SELECT text_sealed FROM {table}")
            found |= {str(row[0]) for row in rows}
    return found - {""}


def test_a_deleted_account_takes_the_words_and_leaves_the_deadline(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER))
        before = await desk.one()
        assert await words(desk)
        await erase(desk)
        assert await words(desk) == set()
        complaint = await desk.one()
        assert (complaint.state, complaint.settle_due_at) == (ComplaintState.ANSWERED, before.settle_due_at)
        await desk.payer(number, "reply", "还没有收到钱")
        await desk.poll()
        assert (await desk.one()).state == ComplaintState.OPEN
        assert await words(desk) == set(), "a reading brings nothing back"
        opened = await desk.complaints.look(number)
        assert opened.detail is not None, "who has to answer still reads it at WeChat"
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, "今天到账", "b" * 20))
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER, "今天到账"]
        assert await words(desk) == set()

    tell(story)


def test_what_is_still_to_be_sent_is_sent_and_then_erased(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.shop.fault("rate_limited", endpoint="complaint_response")
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER))
        await erase(desk)
        assert len(await words(desk)) == 1
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER]
        assert await words(desk) == set()

    tell(story)


def test_one_that_was_settled_long_ago_is_forgotten_and_reading_it_brings_nothing_back(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.payer(number, "withdraw")
        await desk.poll()
        keep = PrivacySettings(visit_days=10)
        photos = PhotoFiles(desk.files._folder, desk.vault)
        desk.shop.pass_time(9 * DAY)
        await forget_due(desk.storage, desk.shop.clock, keep, photos, desk.files, "test")
        assert await words(desk)
        desk.shop.pass_time(2 * DAY)
        await forget_due(desk.storage, desk.shop.clock, keep, photos, desk.files, "test")
        assert await words(desk) == set()
        await desk.poll()
        assert await words(desk) == set()
        assert (await desk.one()).state == ComplaintState.CLOSED

    tell(story)
