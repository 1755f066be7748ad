"""Sessions: one per device, sliding, ended by logout and by time."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR
from storage.models import User
from tests.http.product import Product


@pytest.mark.promise(19)
async def test_a_warrant_dies_on_logout_and_the_other_device_stays(product: Product) -> None:
    phone, tablet = await product.login("li"), await product.login("li")
    assert phone.warrant != tablet.warrant
    await phone.post("user/logout/")
    await phone.get("user/me/", 401)
    await phone.post("user/logout/", 401)
    await tablet.get("user/me/")
    assert await product.count("sessions") == 1


@pytest.mark.promise(19)
async def test_a_warrant_that_nobody_uses_ends_after_180_days(product: Product) -> None:
    user = await product.login("li")
    product.clock.move(180 * DAY - HOUR)
    assert (await user.get("user/me/"))["code"] == 0
    used = await product.login("li")
    product.clock.move(180 * DAY + HOUR)
    await used.get("user/me/", 401)
    await user.get("user/me/", 401)


async def test_using_a_warrant_keeps_it_alive_and_does_not_write_every_time(product: Product) -> None:
    user = await product.login("li")
    for _ in range(5):
        product.clock.move(150 * DAY)
        await user.get("user/me/")
    async with product.storage.reading() as reader:
        first = await reader.connection.fetch_one("SELECT last_seen_at, expires_at FROM sessions")
    product.clock.move(HOUR // 2)
    await user.get("user/me/")
    async with product.storage.reading() as reader:
        assert await reader.connection.fetch_one("SELECT last_seen_at, expires_at FROM sessions") == first
    product.clock.move(HOUR)
    await user.get("user/me/")
    async with product.storage.reading() as reader:
        assert await reader.connection.fetch_one("SELECT last_seen_at, expires_at FROM sessions") != first


async def test_a_disabled_user_can_neither_go_on_nor_log_in_again(product: Product) -> None:
    user = await product.login("li")
    async with product.storage.transaction() as tx:
        await tx.users.set_disabled(1, product.clock())
        await tx.commit()
    await user.get("user/me/", 401)
    client = await product.client()
    refused = await client.get("login/", 403, code="as:li:again")
    assert refused["error"] == "user_disabled"
    async with product.storage.transaction() as tx:
        await tx.users.set_disabled(1, None)
        await tx.commit()
    await user.get("user/me/")


async def test_the_same_person_is_the_same_user_on_every_device(product: Product) -> None:
    phone, tablet = await product.login("li"), await product.login("li")
    await phone.post("user/setAvatarAndNickname/", avatarURL="wxfile://tmp", nickname="小李")
    assert (await tablet.get("user/me/"))["user"]["nickname"] == "小李"
    async with product.storage.reading() as reader:
        found = await reader.users.get(1)
    assert isinstance(found, User)
    assert found.avatar_path == "wxfile://tmp"


async def test_expired_sessions_are_swept_from_the_database(product: Product) -> None:
    await product.login("li")
    product.clock.move(200 * DAY)
    fresh = await product.login("li")
    async with product.storage.transaction() as tx:
        assert await tx.sessions.sweep(product.clock()) == 1
        await tx.commit()
    await fresh.get("user/me/")
