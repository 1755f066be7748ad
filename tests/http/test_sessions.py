"""Sessions: one per device, sliding, ended by logout and by time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from accounts.tokens import token_hash
from clock import DAY, HOUR, day_bounds, now_ms, shanghai_date
from storage.models import SentIn, User
from tests.http.conftest import StartProduct
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
    for _ in range(2):
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
    await (await product.login("li")).get("user/me/")
    released, unused = await as_released(product, "wang"), await as_released(product, "zhao")
    await released("user/me/")
    product.clock.move(200 * DAY)
    fresh = await product.login("li")
    async with product.storage.transaction() as tx:
        assert await tx.sessions.sweep(product.clock()) == 1
        await tx.commit()
    await fresh.get("user/me/")
    for warrant_as_a_field in (released, unused):
        await warrant_as_a_field("user/me/")


async def as_released(product: Product, name: str) -> Callable[..., Awaitable[Any]]:
    """Logs in as a released client does, which sends its warrant in the query; what asks with that warrant."""
    client = await product.login(name)
    warrant, client.warrant = client.warrant, ""

    async def ask(path: str, status: int = 200) -> Any:
        return await client.get(path, status, warrant=warrant)

    return ask


@pytest.mark.promise(19)
async def test_a_warrant_ends_after_400_days_however_much_it_is_used(product: Product) -> None:
    user = await product.login("li")
    for _ in range(4):
        product.clock.move(99 * DAY)
        await user.get("user/me/")
    product.clock.move(3 * DAY)
    await user.get("user/me/")
    product.clock.move(2 * DAY)
    await user.get("user/me/", 401)


@pytest.mark.parametrize("way", ["query", "form", "json"])
async def test_released_clients_stay_logged_in_for_years(product: Product, way: str) -> None:
    client = await product.login("li")
    warrant, client.warrant = client.warrant, ""

    async def use(status: int = 200) -> None:
        if way == "query":
            await client.get("user/me/", status, warrant=warrant)
        elif way == "form":
            profile = {"avatarURL": "", "nickname": "李", "warrant": warrant}
            await client.post("user/setAvatarAndNickname/", status, **profile)
        else:
            await client.post_json(
                "user/delete1friend/", 404 if status == 200 else status, id=9, warrant=warrant
            )

    await use()
    for days in (181, 500, 3000):
        product.clock.move(days * DAY)
        await use()
    headers = {"warrant": warrant}
    assert (await client.send("GET", "user/me/", headers=headers)).status_code == 200, "it is theirs for good"
    product.clock.move(500 * DAY)
    await use()
    await client.send("POST", "user/logout/", data={"warrant": warrant})
    await use(401)


async def test_a_released_client_that_only_logged_in_is_not_locked_out_a_year_later(product: Product) -> None:
    ask = await as_released(product, "li")
    product.clock.move(365 * DAY)
    await ask("user/me/")


async def test_a_warrant_that_has_ended_in_a_header_is_not_revived_by_a_field(product: Product) -> None:
    user = await product.login("li")
    await user.get("user/me/")
    product.clock.move(181 * DAY)
    await user.get("user/me/", 401)
    warrant, user.warrant = user.warrant, ""
    await user.get("user/me/", 401, warrant=warrant)


async def test_a_fresh_warrant_in_a_header_does_not_outlive_its_time(product: Product) -> None:
    user = await product.login("li")
    product.clock.move(181 * DAY)
    await user.get("user/me/", 401)


async def test_the_operator_sets_the_day_on_which_released_clients_end(start_product: StartProduct) -> None:
    end = shanghai_date(now_ms() + 10 * DAY)
    product = await start_product(users={"released_clients_end": end})
    ask, header = await as_released(product, "li"), await product.login("wang")
    await ask("user/me/")
    await header.get("user/me/")
    product.clock.move(day_bounds(end)[0] - 60_000 - now_ms())
    await ask("user/me/")
    product.clock.move(120_000)
    await ask("user/me/", 401)
    await header.get("user/me/")
    again = await as_released(product, "li")
    await again("user/me/")
    product.clock.move(300 * DAY)
    await again("user/me/")


async def test_a_warrant_of_an_older_system_goes_on_working(product: Product) -> None:
    """As the import makes them: kept by the hash alone, whatever the older system took for a warrant."""
    client = await product.login("li")
    client.warrant = ""
    for number, warrant in enumerate(
        [
            "0123456789abcdef",
            "Zm9v/YmFy+cXV4==Zm9v",
            "{8f14e45f-ceea-467f-a0e6}",
            "汉字也可以作为凭证的一部分吗好吧",
            "w" * 255,
        ]
    ):
        at = product.clock()
        async with product.storage.transaction() as tx:
            await tx.sessions.add(1, token_hash(warrant), at, at, SentIn.FIELD)
            await tx.commit()
        await client.get("user/me/", warrant=warrant)
        await client.post("user/setAvatarAndNickname/", avatarURL="", nickname=f"李{number}", warrant=warrant)


@pytest.mark.parametrize(
    "warrant", ["", "short", "x" * 15, "x" * 256, "a\nb" * 10, "a\x00" * 10, "' OR 1=1 -- " * 3, "%" * 40]
)
async def test_no_other_text_is_a_warrant(product: Product, warrant: str) -> None:
    client = await product.login("li")
    client.warrant = ""
    await client.get("user/me/", 401, warrant=warrant)
    await client.post("user/logout/", 401, warrant=warrant)
    await client.post_json("user/logout/", 401, warrant=[warrant])


async def test_two_first_requests_at_once_one_in_a_field_end_as_a_released_client(product: Product) -> None:
    ask = await as_released(product, "li")
    await asyncio.gather(*(ask("user/me/") for _ in range(8)))
    async with product.storage.reading() as reader:
        assert [session.sent_in for session in await reader.sessions.of_user(1, 9)] == ["field"]
