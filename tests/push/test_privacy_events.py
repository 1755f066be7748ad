"""What WeChat wants erased is erased: permissions taken back, accounts that were closed, profiles that it cleared.

What an order under way needs waits for its end; what the user has given again since stays.
"""

from __future__ import annotations

from typing import Any

import pytest

from accounts import wechat_privacy
from clock import DAY, HOUR, MINUTE, SECOND
from storage.models import ContentKind, ContentState, EscortState, User
from storage.writes import NewContentCheck
from tests.escort.escorts import apply_as_escort
from tests.http.client import PATIENT, Client
from tests.http.product import Product
from tests.http.test_refused_notifications import administrator
from tests.push.sealing import event, push, request_of

pytestmark = pytest.mark.promise(24)


async def openid_of(product: Product, user_id: int = 1) -> str:
    return (await user_of(product, user_id)).openid


async def user_of(product: Product, user_id: int = 1) -> User:
    async with product.storage.reading() as reader:
        user = await reader.users.get(user_id)
    assert user is not None
    return user


async def tell(product: Product, name: str, openid: str, ago: int = 0, **fields: Any) -> None:
    """WeChat tells of what happened ``ago`` ms before, and it is worked on."""
    client = await product.client()
    at = (product.clock() - ago) // 1000
    said = event(name, FromUserName="gh_platform", CreateTime=at, OpenID=openid, **fields)
    assert await push(client, request_of(product, said)) == (200, "success")
    await product.services.pushes.run_once("test")
    async with product.storage.reading() as reader:
        assert await reader.pushed_events.count_waiting() == 0


async def revoke(product: Product, info: str, openid: str = "", ago: int = 0) -> None:
    """As in WeChat's own sample, with a blank before the key."""
    openid = openid or await openid_of(product)
    await tell(product, "user_authorization_revoke", openid, ago, **{" RevokeInfo": info, "AppID": "wx1"})


async def erase_due(product: Product) -> int:
    services = product.services
    return await wechat_privacy.erase_due(product.storage, product.clock, services.remove_erased, "test")


async def with_profile(product: Product) -> Client:
    """A user with a nickname and an avatar, both set a minute ago."""
    user = await product.login("li")
    product.clock.move(HOUR)
    async with product.storage.transaction() as tx:
        at = product.clock() - MINUTE
        await tx.users.set_profile(1, "李姐姐", "wxfile://x", at)
        await tx.users.set_avatar_file(1, "0" * 32 + ".webp", at)
        await tx.commit()
    product.services.avatars.mkdir(exist_ok=True)
    (product.services.avatars / ("0" * 32 + ".webp")).write_bytes(b"x")
    return user


@pytest.mark.parametrize(
    ("info", "nickname", "avatar"),
    [
        ("6", "", ""),
        ("19", "", "0" * 32 + ".webp"),
        ("20", "李姐姐", ""),
        ("19,20", "", ""),
        ("1", "李姐姐", "0" * 32 + ".webp"),
        ("301", "李姐姐", "0" * 32 + ".webp"),
        ("", "李姐姐", "0" * 32 + ".webp"),
    ],
)
async def test_nickname_and_avatar_go_when_their_permission_is_taken_back(
    product: Product, info: str, nickname: str, avatar: str
) -> None:
    await with_profile(product)
    await revoke(product, info)
    user = await user_of(product)
    assert (user.nickname, user.nickname_key, user.avatar_file) == (nickname, nickname, avatar)
    assert (product.services.avatars / ("0" * 32 + ".webp")).exists() == bool(avatar)


@pytest.mark.promise(42)
async def test_what_was_set_since_stays(product: Product) -> None:
    await with_profile(product)
    await revoke(product, "6", ago=2 * MINUTE)
    await tell(product, "user_info_modified", await openid_of(product), ago=2 * MINUTE)
    assert (await user_of(product)).nickname == "李姐姐"
    await tell(product, "user_info_modified", await openid_of(product))
    user = await user_of(product)
    assert (user.nickname, user.avatar_path, user.avatar_file) == ("", "", "")


async def test_setting_a_profile_says_when(product: Product) -> None:
    client = await product.login("li")
    product.clock.move(HOUR)
    await client.post("user/setAvatarAndNickname/", nickname="李姐姐", avatarURL="wxfile://x")
    assert abs(((await user_of(product)).profile_at or 0) - product.clock()) < 10 * SECOND
    await revoke(product, "19", ago=MINUTE)
    assert (await user_of(product)).nickname == "李姐姐"


async def test_what_waits_for_approval_goes_too_unless_it_was_handed_in_since(product: Product) -> None:
    await with_profile(product)
    at = product.clock()
    async with product.storage.transaction() as tx:
        for kind, ago in ((ContentKind.NICKNAME, HOUR // 2), (ContentKind.AVATAR, 0)):
            new = NewContentCheck(1, kind, 1, ContentState.REVIEW, at - ago, text_sealed="sealed")
            await tx.content.add(new)
        await tx.commit()
    await revoke(product, "6", ago=MINUTE // 2)
    async with product.storage.reading() as reader:
        waiting = await reader.content.shown_to(1, (ContentKind.NICKNAME, ContentKind.AVATAR))
    assert [each.kind for each in waiting] == [ContentKind.AVATAR]
    assert (await user_of(product)).nickname == ""


async def phones(product: Product) -> list[str]:
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT phone_tail, phone_sealed, phone_hash FROM patients")
        assert all(bool(tail) == bool(sealed) == bool(hashed) for tail, sealed, hashed in rows)
        return [str(row[0]) for row in rows]


async def end_orders(product: Product, state: str = "finished") -> None:
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET state = :state, unpaid_user_id = NULL", {"state": state}
        )
        await tx.commit()


async def test_phones_go_when_their_permission_is_taken_back_those_of_orders_under_way_at_their_end(
    product: Product,
) -> None:
    user = await product.login("li")
    await product.paid_order(user, contactPhone="13900000001")
    await user.post("user/add1friend/", **{**PATIENT, "name": "王芳", "idcard": "610102195001015678"})
    assert await phones(product) == ["3333", "3333"]
    await revoke(product, "8")
    assert await phones(product) == ["3333", ""]
    product.clock.move(2 * HOUR)
    assert await erase_due(product) == 1
    assert await phones(product) == ["3333", ""]
    await end_orders(product)
    product.clock.move(2 * HOUR)
    assert await erase_due(product) == 1
    assert await phones(product) == ["", ""]
    async with product.storage.reading() as reader:
        (order,) = await reader.connection.fetch_all("SELECT contact_phone_sealed, patient_name FROM orders")
    assert tuple(order) == ("", PATIENT["name"])
    product.clock.move(2 * HOUR)
    assert await erase_due(product) == 0, "done"
    rows = (await user.get("user/getFriends/"))["data"]
    assert [row["phone"] for row in rows] == ["", ""]


@pytest.mark.promise(42)
async def test_a_phone_that_is_given_again_stays(product: Product) -> None:
    user = await product.login("li")
    await product.paid_order(user)
    await revoke(product, "8")
    (row,) = (await user.get("user/getFriends/"))["data"]
    await user.post("user/edit1friend/", **PATIENT, id=row["id"])
    await end_orders(product)
    product.clock.move(2 * HOUR)
    assert await erase_due(product) == 0
    assert await phones(product) == ["3333"]


async def test_after_that_nobody_is_booked_for_who_could_not_be_called(product: Product) -> None:
    user = await product.login("li")
    patient = await user.add_patient()
    await revoke(product, "8")
    for fields in ({}, {"visitTime": "", "contactPhone": ""}):
        refused = await user.order(patient, product.day(), 400, **fields)
        assert "电话已经删除" in refused["msg"]
        assert refused["fields"] == {"friendid": [refused["msg"]]}
    assert await product.count("orders") == 0
    other = {"contactPhone": "13900000001", "visitTime": ""}
    order = await user.order(patient, product.day(), **other)
    changed = await user.order(patient, product.day(2), unpaidId=order["id"])
    assert changed["id"] == order["id"], "a form without the field keeps the order's own"
    await user.order(patient, product.day(), 400, **{**other, "contactPhone": ""}, unpaidId=order["id"])
    await user.post("user/edit1friend/", **PATIENT, id=patient)
    await user.order(patient, product.day(), **{**other, "contactPhone": ""}, unpaidId=order["id"])


async def test_places_of_an_escort_and_addresses_of_mail_go(product: Product) -> None:
    await apply_as_escort(product, "wang", EscortState.APPROVED)
    product.clock.move(2 * HOUR)
    async with product.storage.transaction() as tx:
        for number, ago in enumerate((HOUR, 0)):
            await tx.connection.execute(
                "INSERT INTO visit_steps (order_id, escort_id, action_id, kind, node, note_sealed, place_sealed, at) "
                "VALUES (1, 1, :action, 'met', '', '', 'sealed', :at)",
                {"action": str(number), "at": product.clock() - ago},
            )
        await tx.commit()
    await revoke(product, "13", ago=MINUTE)
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT place_sealed FROM visit_steps ORDER BY id")
    assert [row[0] for row in rows] == ["", "sealed"], "where they were later was permitted again"
    await revoke(product, "16")
    await revoke(product, "18")


@pytest.mark.promise(42)
async def test_a_closed_account_is_erased_once(product: Product) -> None:
    client = await with_profile(product)
    await client.post("user/add1friend/", **PATIENT)
    product.clock.move(MINUTE)
    openid = await openid_of(product)
    await tell(product, "user_authorization_cancellation", openid, AppID="wx1")
    user = await user_of(product)
    assert (user.deleted_at is not None, user.openid, user.nickname) == (True, "deleted-1", "")
    assert await phones(product) == [""]
    await client.get("user/me/", 401)
    assert not (product.services.avatars / ("0" * 32 + ".webp")).exists()
    again = await product.login("li")  # a new account of the same person
    assert (await user_of(product, 2)).openid == openid
    await tell(product, "user_authorization_cancellation", openid, ago=MINUTE)
    assert (await user_of(product, 2)).deleted_at is None, "an older event does not end a newer account"
    await again.get("user/me/")


async def test_an_account_with_an_order_under_way_is_erased_when_that_is_over(product: Product) -> None:
    client = await product.login("li")
    await product.paid_order(client)
    office = await administrator(product)
    product.clock.move(MINUTE)
    await tell(product, "user_authorization_cancellation", await openid_of(product))
    await client.get("user/me/", 401)
    assert (await user_of(product)).deleted_at is None
    assert "位用户注销了微信账号" in (await office.send("GET", "admin/")).text
    assert "users/1/" in (await office.send("GET", "admin/users/?show=closing")).text
    assert "在微信里注销了账号" in (await office.send("GET", "admin/users/1/")).text
    assert await erase_due(product) == 1
    assert (await user_of(product)).deleted_at is None
    await end_orders(product)
    product.clock.move(HOUR + MINUTE)
    await erase_due(product)
    assert (await user_of(product)).deleted_at is not None
    assert "位用户注销了微信账号" not in (await office.send("GET", "admin/")).text
    assert "资料都已经删除" in (await office.send("GET", "admin/users/?show=closing")).text
    async with product.storage.reading() as reader:
        assert await reader.attempts.of_order(1), "the books stay"


async def test_whoever_logs_in_again_before_the_order_is_over_keeps_the_account(product: Product) -> None:
    await product.paid_order(await product.login("li"))
    product.clock.move(MINUTE)
    await tell(product, "user_authorization_cancellation", await openid_of(product))
    product.clock.move(DAY)
    await product.login("li")
    await end_orders(product)
    product.clock.move(DAY)
    await erase_due(product)
    assert (await user_of(product)).deleted_at is None
    product.clock.move(HOUR)
    assert await erase_due(product) == 0


@pytest.mark.parametrize("openid", ["stranger", "", "a b", ["x"], None])
async def test_an_event_about_nobody_changes_nothing(product: Product, openid: Any) -> None:
    await product.login("li")
    before = await product.contents()
    for name in ("user_authorization_revoke", "user_authorization_cancellation", "user_info_modified"):
        await tell(product, name, openid, RevokeInfo="6")
    after = await product.contents()
    assert {name for name in after if after[name] != before[name]} == {"pushed_events"}
