"""Avatars: seen by others once WeChat's event or the office says so, whatever comes late, twice, first or never."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from clock import MINUTE
from tests.content.avatars import GREEN, RED, YELLOW, files, published, wechat_of
from tests.content.writing import decide, kinds, me, waiting
from tests.http.product import Product
from tests.http.uploading import upload


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
