"""The files of avatars that wait: who reaches them, and that none is left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.content import deciding
from catalog.picture_decoder import MAX_COPIES, JpegCopies
from catalog.picture_refusals import NotAPicture
from clock import HOUR
from storage import Transaction
from storage.models import ContentKind, ContentState
from tests.content.avatars import GREEN, YELLOW, files, published, wechat_of
from tests.content.writing import me, waiting
from tests.http.client import Client
from tests.http.product import Product
from tests.http.uploading import upload


async def test_only_a_signed_address_that_still_holds_leads_to_a_picture_that_waits(product: Product) -> None:
    user = await product.login("li")
    own = (await upload(user, GREEN))["avatar"]
    path, _, query = own.partition("?")
    stranger = await product.client()
    for wrong in (
        path,
        f"{path}?{query[:-1]}",
        f"{path}?{query}".replace("until=1", "until=9"),
        f"content/avatars/{'0' * 32}.jpg?{query}",
        path.replace("content/", "").replace(".jpg", ".webp"),
        f"{path}?until=&sign=",
        f"{path}?until=１&sign=é",
    ):
        assert (await stranger.send("GET", wrong)).status_code == 404, wrong
    assert (await stranger.send("GET", own)).status_code == 200
    assert (await stranger.http.head(own)).status_code == 200
    product.clock.move(3 * HOUR + 1000)
    assert (await stranger.send("GET", own)).status_code == 404


async def test_a_picture_that_waits_is_erased_with_its_user(product: Product) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    await upload(user, GREEN)
    exported = (await user.get("user/export/"))["data"]["notPublished"]
    assert [(row["kind"], row["state"]) for row in exported] == [("avatar", "pending")]
    await wechat.round(told=False)
    await user.post("user/deleteMe/", confirm="删除")
    await wechat.round()
    assert await product.count("content_checks") == 0
    assert files(product.services.folders.unchecked) == files(product.services.avatars) == 0


async def test_many_uploads_at_once_leave_one_picture_that_waits(product: Product) -> None:
    user = await product.login("li")
    answers = await asyncio.gather(
        *(
            user.http.post("user/avatar/", files={"avatar": ("a.png", GREEN)}, headers=bearer(user))
            for _ in range(5)
        ),
    )
    assert {answer.status_code for answer in answers} == {200}
    assert files(product.services.folders.unchecked) == 1
    async with product.storage.reading() as reader:
        assert len(await reader.content.due(ContentState.UNSENT, product.clock(), 10)) == 1


def bearer(user: Client) -> httpx.Headers:
    return httpx.Headers({"Authorization": f"Bearer {user.warrant}"})


async def test_two_processes_ask_about_a_picture_once(product: Product) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    other = await wechat_of(product)
    await upload(user, GREEN)
    await asyncio.gather(wechat.rounds.run_once("one"), other.rounds.run_once("two"))
    traces = product.sandbox.context.state.content_traces
    assert len(traces) == 1


async def test_when_the_checks_are_switched_off_what_waits_goes_to_the_office(product: Product) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    await upload(user, GREEN)
    product.services.content.enabled = False
    await wechat.round(told=False)
    assert [check.reason for check in await waiting(product)] == ["off"]


async def test_a_picture_that_is_uploaded_without_checks_takes_the_place_of_one_that_waits(
    product: Product,
) -> None:
    user = await product.login("li")
    await upload(user, YELLOW)
    product.services.content.enabled = False
    shown = (await upload(user, GREEN))["avatar"]
    assert shown.startswith("avatars/")
    assert ((await me(user))["avatar"], (await me(user))["avatarState"]) == (shown, "")
    assert files(product.services.folders.unchecked) == 0


async def test_a_copy_for_others_is_taken_back_when_it_is_not_published(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    await upload(user, GREEN)
    decide_really = deciding.decide

    async def replaced_meanwhile(tx: Transaction, *arguments: Any) -> Any:
        async with product.storage.reading() as reader:
            known = await reader.users.by_openid(product.sandbox.login.openid_for("li"))
        assert known is not None
        await tx.content.replace(known.id, ContentKind.AVATAR)
        return await decide_really(tx, *arguments)

    monkeypatch.setattr(deciding, "decide", replaced_meanwhile)
    await wechat.round()
    assert await published(product, "li") == ""
    assert files(product.services.avatars) == 0


async def test_whoever_asks_for_a_waiting_picture_again_and_again_holds_up_nobody(product: Product) -> None:
    impatient, other = await product.login("li"), await product.login("wang")
    own = (await upload(impatient, GREEN))["avatar"]
    asking = [asyncio.create_task(impatient.send("GET", own)) for _ in range(40)]
    await asyncio.sleep(0.05)
    assert (await upload(other, YELLOW))["avatar"]
    answers = await asyncio.gather(*asking)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


async def test_copies_are_made_once_kept_in_bounds_and_tried_again_after_a_failure(tmp_path: Path) -> None:
    copies, file = JpegCopies(), tmp_path / "a.webp"
    with pytest.raises(FileNotFoundError):
        await copies.of(file)
    file.write_bytes(GREEN)
    first = await copies.of(file)
    file.write_bytes(b"no picture")
    assert first.startswith(b"\xff\xd8\xff")
    assert await copies.of(file) is first
    for number in range(MAX_COPIES + 1):
        with pytest.raises(FileNotFoundError):
            await copies.of(tmp_path / f"{number}.webp")
    assert len(copies._made) == MAX_COPIES
    with pytest.raises(NotAPicture):
        await copies.of(file)
