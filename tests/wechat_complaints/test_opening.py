"""A complaint is opened as WeChat shows it: what is missing there hides nothing else."""

from __future__ import annotations

import pytest

from tests.wechat_complaints.complaining import Desk, Tell

pytestmark = pytest.mark.promise(43)


@pytest.mark.parametrize(("fault", "phone"), [("complaint_no_phone", None), ("complaint_garbled_phone", "")])
def test_a_phone_that_is_missing_or_cannot_be_opened_hides_nothing_else(
    tell: Tell, fault: str, phone: str | None
) -> None:
    async def story(desk: Desk) -> None:
        order_id = await desk.paid()
        await desk.shop.fault(fault)
        number = await desk.file(order_id, detail="态度不好")
        await desk.poll()
        opened = await desk.complaints.look(number)
        assert opened.detail is not None
        assert (opened.detail.phone, opened.detail.text, opened.problem) == (phone, "态度不好", "")

    tell(story)


def test_an_opened_complaint_shows_phone_history_and_pictures_as_they_are_at_wechat(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await desk.file(await desk.paid(), images=2)
        await desk.poll()
        await desk.payer(number, "platform")
        opened = await desk.complaints.look(number)
        assert opened.detail is not None
        assert opened.detail.phone == "13800138000"
        assert [entry.kind for entry in opened.history] == [
            "USER_CREATE_COMPLAINT",
            "USER_APPLY_PLATFORM_SERVICE",
        ]
        assert (await desk.row(number)).platform
        await desk.shop.fault("complaint_image_gone")
        pictures = await desk.complaints.pictures(list(opened.detail.images))
        assert [content[:4] for content in pictures.values()] == [b"\x89PNG"], "the other one is gone"
        assert "13800138000" not in str(await desk.rows())

    tell(story)
