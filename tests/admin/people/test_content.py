"""What WeChat did not let through, as the office decides about it."""

from __future__ import annotations

import asyncio
import re

import pytest

from privacy import CONTENT_TEXT
from storage.models import ContentKind, ContentState, User
from storage.writes import NewContentCheck
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.visits.scenario import picture

TEXT = "想要的加微信 <b>"


async def content(scenario: Scenario, kind: ContentKind = ContentKind.NICKNAME, text: str = TEXT) -> int:
    """Something of a new user that waits for the office."""
    user_id = await scenario.user()
    file = ""
    if kind == ContentKind.AVATAR:
        text, file = "", "a" * 32 + ".webp"
        folder = scenario.services.folders.unchecked
        folder.mkdir(exist_ok=True)
        (folder / file).write_bytes(picture((256, 256), "WEBP"))
    new = NewContentCheck(
        user_id,
        kind,
        user_id,
        ContentState.REVIEW,
        scenario.clock(),
        action_id="action-of-a-question" if kind == ContentKind.QUESTION else "",
        text_sealed=scenario.services.vault.seal(text, CONTENT_TEXT) if text else "",
        file=file,
        reason="review",
        label=10001,
    )
    return int(await scenario.storage.run(lambda tx: tx.content.add(new)))


async def form_of(client: Client, act: str = "approve") -> dict[str, str]:
    page = await client.page("admin/content/")
    found = re.search(rf'content/\d+/{act}/.*?name="fingerprint" value="([^"]+)"', page, re.DOTALL)
    assert found, act
    return {"fingerprint": found[1]}


async def user_of(scenario: Scenario, check_id: int) -> User:
    async with scenario.storage.reading() as reader:
        check = await reader.content.get(check_id)
        assert check is not None
        user = await reader.users.get(check.user_id)
    assert user is not None
    return user


@pytest.mark.promise(25)
@pytest.mark.promise(27)
async def test_what_waits_is_listed_and_published_by_the_office(clerk: Client, scenario: Scenario):
    assert "没有等待审核的内容" in await clerk.page("admin/content/")
    check_id = await content(scenario)
    assert "条昵称、评价或头像待审核" in await clerk.page("admin/")
    page = await clerk.page("admin/content/")
    assert "想要的加微信 &lt;b&gt;" in page
    assert "微信建议人工看一下：可能是广告" in page
    answer = await clerk.post(f"admin/content/{check_id}/approve/", await form_of(clerk))
    assert answer.code == 302
    assert (await user_of(scenario, check_id)).nickname == TEXT
    assert (await scenario.audited())[-1] == "content.approve"
    assert "没有等待审核的内容" in await clerk.page("admin/content/")


async def test_what_is_rejected_is_never_published(clerk: Client, scenario: Scenario):
    check_id = await content(scenario)
    before = (await user_of(scenario, check_id)).nickname
    answer = await clerk.post(f"admin/content/{check_id}/reject/", await form_of(clerk, "reject"))
    assert answer.code == 302
    assert (await user_of(scenario, check_id)).nickname == before
    assert (await scenario.audited())[-1] == "content.reject"


async def test_of_two_clerks_at_once_one_decides(clerk: Client, owner: Client, scenario: Scenario):
    check_id = await content(scenario)
    form = await form_of(clerk)
    answers = await asyncio.gather(
        clerk.post(f"admin/content/{check_id}/approve/", form),
        owner.post(f"admin/content/{check_id}/reject/", await form_of(owner, "reject")),
    )
    assert sorted(answer.code for answer in answers) == [302, 409]
    late = next(answer for answer in answers if answer.code == 409)
    assert "同事已经处理了" in late.body.decode()


async def test_what_the_user_has_replaced_is_not_approved_unseen(clerk: Client, scenario: Scenario):
    check_id = await content(scenario)
    form = await form_of(clerk)
    user = await user_of(scenario, check_id)
    await scenario.storage.run(lambda tx: tx.content.replace(user.id, ContentKind.NICKNAME))
    answer = await clerk.post(f"admin/content/{check_id}/approve/", form)
    assert answer.code == 409
    assert (await user_of(scenario, check_id)).nickname == user.nickname
    assert (await clerk.post(f"admin/content/{check_id}/approve/", {})).code == 400


async def test_a_question_is_opened_by_an_audited_act(clerk: Client, scenario: Scenario):
    check_id = await content(scenario, ContentKind.QUESTION, "疑似胃炎怎么办")
    assert "疑似胃炎" not in await clerk.page("admin/content/")
    answer = await clerk.post(f"admin/content/{check_id}/reveal/")
    assert "疑似胃炎怎么办" in answer.body.decode()
    assert f"content/{check_id}/approve/" in answer.body.decode()
    assert (await scenario.audited())[-1] == "content.reveal"


async def test_an_avatar_is_seen_by_the_office_and_shown_to_others_once_it_is_approved(
    clerk: Client, scenario: Scenario
):
    check_id = await content(scenario, ContentKind.AVATAR)
    folders = scenario.services.folders
    picture = await clerk.get(f"admin/content/{check_id}/picture/")
    assert (picture.body[:4], picture.headers["Content-Type"]) == (b"RIFF", "image/webp")
    assert picture.headers["Cache-Control"] == "no-store"
    answer = await clerk.post(f"admin/content/{check_id}/approve/", await form_of(clerk))
    assert answer.code == 302
    file = (await user_of(scenario, check_id)).avatar_file
    assert (folders.avatars / file).is_file()
    assert list(folders.unchecked.iterdir()) == []
    assert (await clerk.get(f"admin/content/{check_id}/picture/")).code == 404


async def test_a_rejected_avatar_leaves_no_file(clerk: Client, scenario: Scenario):
    check_id = await content(scenario, ContentKind.AVATAR)
    await clerk.post(f"admin/content/{check_id}/reject/", await form_of(clerk, "reject"))
    folders = scenario.services.folders
    assert (await user_of(scenario, check_id)).avatar_file == ""
    assert list(folders.unchecked.iterdir()) == []
    assert not folders.avatars.exists() or list(folders.avatars.iterdir()) == []
