"""A user sees the devices that are logged in, and ends them."""

from __future__ import annotations

import pytest

from accounts.user_sessions import OTHER_DEVICE, OwnRows, device_of, find_with
from clock import DAY
from storage.models import SentIn
from tests.http.product import Product

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 MicroMessenger/8.0.50 Language/zh_CN"


async def test_devices_are_listed_last_used_first_and_ended_one_by_one(product: Product) -> None:
    phone = await product.client()
    code = f"as:li:{id(phone)}"
    answer = await phone.send("GET", "login/", params={"code": code}, headers={"User-Agent": IPHONE})
    phone.warrant = answer.json()["warrant"]
    product.clock.move(DAY)
    tablet, stranger = await product.login("li"), await product.login("wang")
    rows = (await tablet.get("user/getDevices/"))["data"]
    assert [(row["device"], row["current"]) for row in rows] == [(OTHER_DEVICE, True), ("iPhone", False)]
    assert rows[0]["createdTime"] > rows[1]["createdTime"]
    product.clock.move(DAY)
    rows = (await phone.get("user/getDevices/"))["data"]
    assert [row["current"] for row in rows] == [True, False]
    await stranger.post("user/endDevice/", 404, id=rows[1]["id"])
    await tablet.get("user/me/")
    await phone.post("user/endDevice/", id=rows[1]["id"])
    await tablet.get("user/me/", 401)
    await phone.post("user/endDevice/", 404, id=rows[1]["id"])
    assert len((await phone.get("user/getDevices/"))["data"]) == 1
    await stranger.get("user/me/")


async def test_all_other_devices_are_ended_at_once(product: Product) -> None:
    devices = [await product.login("li") for _ in range(4)]
    stranger = await product.login("wang")
    await devices[2].post("user/endDevice/", 400)
    await devices[2].post("user/endDevice/", id=0)
    for number, device in enumerate(devices):
        await device.get("user/me/", 200 if number == 2 else 401)
    await stranger.get("user/me/")


async def test_a_device_whose_session_has_ended_is_not_listed(product: Product) -> None:
    old, released = await product.login("li"), await product.login("li")
    await old.get("user/me/")
    warrant, released.warrant = released.warrant, ""
    await released.get("user/me/", warrant=warrant)
    product.clock.move(200 * DAY)
    now = await product.login("li")
    assert len((await now.get("user/getDevices/"))["data"]) == 2, "this one, and that of a released client"


async def test_of_a_session_that_is_over_no_rows_are_handed_on(product: Product) -> None:
    own = OwnRows(lambda reader, session: reader.patients.listed(session))
    client, settings = await product.login("li"), product.settings
    async with product.storage.reading() as reader:
        for later, is_alive in ((0, True), (400 * DAY, False)):
            at = product.clock() + later
            found = await find_with(own, reader, settings, client.warrant, SentIn.HEADER, at)
            assert (found is not None) == is_alive
        assert await find_with(own, reader, settings, "a" * 43, SentIn.HEADER, product.clock()) is None


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; PJD110) MicroMessenger/8.0.50", "安卓手机"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1", "鸿蒙手机"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)", "iPad"),
        ("Mozilla/5.0 (Windows NT 10.0) MicroMessenger", "Windows 电脑"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "Mac 电脑"),
        ("Mozilla/5.0 (iPhone) wechatdevtools/1.06", "开发者工具"),
        ("", OTHER_DEVICE),
        ("x" * 5000, OTHER_DEVICE),
    ],
)
def test_what_a_device_is_called(agent: str, name: str) -> None:
    assert device_of(agent) == name
