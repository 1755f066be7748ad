"""Avatars: seen by others once WeChat's event or the office says so, whatever comes late, twice, first or never."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from accounts.content.rounds import ContentRounds
from clock import HOUR, MINUTE
from startup.wiring import content_places
from storage.models import ContentState
from tests.content.writing import decide, kinds, me, waiting
from tests.http.client import Client
from tests.http.product import Product, until
from tests.http.uploading import upload
from tests.push.sealing import event, push, request_of


def coloured(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(buffer, "PNG")
    return buffer.getvalue()


GREEN, RED, YELLOW = coloured("teal"), coloured("red"), coloured("yellow")


class WeChat:
    """Pushes what the stand-in tells, to the product."""

    def __init__(self, product: Product, client: Client) -> None:
        self.product, self.client = product, client
        self.tasks: list[asyncio.Task[Any]] = []
        services = product.services
        self.rounds = ContentRounds(
            services.storage, services.clock, services.content, services.vault, content_places(services)
        )
        product.sandbox.pictures.tell = self.tell

    def tell(self, name: str, openid: str, fields: dict[str, Any]) -> None:
        at = self.product.clock() // 1000
        said = event(name, FromUserName=openid, CreateTime=at, **fields)
        self.tasks.append(asyncio.create_task(push(self.client, request_of(self.product, said))))

    async def round(self, *, told: bool = True) -> None:
        """Ask about what waits; with ``told`` until the events that follow have been worked on, too."""
        await self.rounds.run_once("test")
        if not told:
            return
        await until(self._all_judged)
        assert [await task for task in self.tasks] == [(200, "success")] * len(self.tasks)
        await self.product.services.pushes.run_once("test")
        await self.rounds.run_once("test")

    async def _all_judged(self) -> bool:
        traces = self.product.sandbox.context.state.content_traces.values()
        return all(trace.suggest or trace.errcode for trace in traces)


async def wechat_of(product: Product) -> WeChat:
    product.sandbox.settings.content_seconds = 0.01
    return WeChat(product, await product.client())


async def published(product: Product, name: str) -> str:
    """The file that others see."""
    async with product.storage.reading() as reader:
        user = await reader.users.by_openid(product.sandbox.login.openid_for(name))
    assert user is not None
    return user.avatar_file


def files(folder: Path) -> int:
    return len(list(folder.iterdir())) if folder.is_dir() else 0


async def test_an_avatar_is_shown_to_others_once_wechat_lets_it_pass(product: Product) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    own = (await upload(user, GREEN))["avatar"]
    shown = await me(user)
    assert shown["avatarState"] == "pending"
    assert shown["avatar"].partition("?")[0] == own.partition("?")[0]
    seen = await user.send("GET", own)
    assert (seen.headers["content-type"], Image.open(io.BytesIO(seen.content)).format) == (
        "image/jpeg",
        "JPEG",
    )
    assert await published(product, "li") == ""
    await wechat.round()
    file = await published(product, "li")
    assert await me(user) == shown | {"avatar": f"avatars/{file}", "avatarState": ""}
    assert (await user.send("GET", f"avatars/{file}")).status_code == 200
    assert files(product.services.folders.unchecked) == 0
    assert (await user.send("GET", own)).status_code == 200, "the page that is still open goes on showing it"


async def test_the_avatar_of_before_stays_until_a_new_one_is_approved(product: Product) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    await upload(user, GREEN)
    await wechat.round()
    before = await published(product, "li")
    await upload(user, YELLOW)
    await wechat.round()
    assert await published(product, "li") == before
    (check,) = await waiting(product)
    assert (check.kind, check.reason) == ("avatar", "review")
    await decide_picture(product, check.id)
    assert await published(product, "li") == check.file
    assert files(product.services.avatars) == 1, "the one of before is gone"
    assert files(product.services.folders.unchecked) == 0


async def decide_picture(product: Product, check_id: int) -> None:
    """As the page of the administration does it."""
    from accounts.content import pictures

    folders = product.services.folders
    async with product.storage.reading() as reader:
        check = await reader.content.get(check_id)
    assert check is not None
    assert pictures.publish(folders.unchecked, folders.avatars, check.file)
    await decide(product, check_id, approve=True)


async def test_a_risky_avatar_is_never_shown_and_its_user_is_told(product: Product) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    await upload(user, RED)
    await wechat.round()
    shown = await me(user)
    assert (shown["avatar"], shown["avatarState"]) == ("", "rejected")
    assert await published(product, "li") == ""
    assert files(product.services.folders.unchecked) == files(product.services.avatars) == 0


@pytest.mark.parametrize("fault", ["media_event_twice", "media_event_first"])
async def test_an_event_counts_once_and_may_come_before_the_reply(product: Product, fault: str) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    product.sandbox.context.faults.switch_on({"fault": fault}, product.clock())
    await upload(user, GREEN)
    await wechat.round()
    assert (await me(user))["avatarState"] == ""
    assert await published(product, "li")
    assert len(wechat.tasks) == (2 if fault == "media_event_twice" else 1)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"fault": "media_not_fetched"}, "not_fetched"),
        ({"fault": "content_review", "target": "picture"}, "review"),
        ({"fault": "content_not_visited"}, "61010"),
        ({"fault": "error", "endpoint": "media_check_async", "status": 48001}, "forbidden"),
        ({"fault": "error", "endpoint": "media_check_async", "status": 40004}, "40004"),
    ],
)
async def test_what_wechat_cannot_say_of_a_picture_goes_to_the_office(
    product: Product, fault: dict[str, object], reason: str
) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    product.sandbox.context.faults.switch_on(fault, product.clock())
    await upload(user, GREEN)
    await wechat.round()
    assert [(check.kind, check.reason) for check in await waiting(product)] == [("avatar", reason)]
    assert (await me(user))["avatarState"] == "pending"


async def test_without_an_event_in_half_an_hour_the_office_decides(product: Product) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    product.sandbox.context.faults.switch_on({"fault": "media_event_lost"}, product.clock())
    await upload(user, GREEN)
    await wechat.round(told=False)
    product.clock.move(29 * MINUTE)
    await wechat.round(told=False)
    assert await waiting(product) == []
    product.clock.move(2 * MINUTE)
    await wechat.round(told=False)
    (check,) = await waiting(product)
    assert (check.reason, check.file != "") == ("no_event", True)


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "content_busy"},
        {"fault": "drop_after_commit", "endpoint": "media_check_async"},
        {"fault": "error", "endpoint": "media_check_async", "status": 45009},
    ],
)
async def test_a_busy_wechat_is_asked_again_and_given_up_after_half_an_hour(
    product: Product, fault: dict[str, object]
) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    product.sandbox.context.faults.switch_on({**fault, "times": 1}, product.clock())
    await upload(user, GREEN)
    await wechat.round()
    assert await published(product, "li") == ""
    product.clock.move(MINUTE)
    await wechat.round()
    assert await published(product, "li")
    product.sandbox.context.faults.switch_on({**fault, "times": None}, product.clock())
    await upload(user, GREEN)
    for _ in range(8):
        await wechat.round(told=False)
        product.clock.move(5 * MINUTE)
    assert kinds(await waiting(product)) == ["avatar"]


async def test_a_picture_that_was_replaced_is_not_published_by_its_late_event(product: Product) -> None:
    wechat, user = await wechat_of(product), await product.login("li")
    await upload(user, GREEN)
    await wechat.round(told=False)
    await upload(user, RED)
    await wechat.round()
    await wechat.round()
    assert await published(product, "li") == ""
    assert (await me(user))["avatarState"] == "rejected"
    assert files(product.services.folders.unchecked) == files(product.services.avatars) == 0


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
