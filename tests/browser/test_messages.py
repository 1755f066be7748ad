"""NotificationInbox to the person after paying, as the stand-in received them; and the picture of oneself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.clients import Administrator, ApiUser, day, wait_for
from tests.browser.flows import answer_messages, close_thanks
from tests.browser.phone import Phone

PAID, ESCORT, REFUND = (f"sandbox-template-{name}" for name in ("paid", "escort", "refund"))


def openid_of(person: ApiUser) -> str:
    people = person.http.get("sandbox/people/", params={"limit": 10_000}).json()["people"]
    return next(one["openid"] for one in people if one["name"] == person.name)


def messages(person: ApiUser) -> dict[str, dict[str, Any]]:
    """What WeChat was asked to tell this person, by template."""
    answer = person.http.get("sandbox/messages/", params={"openid": openid_of(person)})
    return {one["template_id"]: one for one in answer.json()["messages"]}


def until_message(person: ApiUser, template: str) -> dict[str, Any]:
    return wait_for(lambda: messages(person).get(template, {}))


@pytest.fixture
def paid(phone: Phone, person: ApiUser) -> int:
    """An order that was paid on the phone, and the person allowed notices."""
    placed = person.order(wantTime=day(12))
    phone.open(f"pages/order/order?id={placed['id']}", pay="success").tap("付款")
    phone.see("在服务通知里发送一次下列 3 类消息")
    answer_messages(phone)
    close_thanks(phone)
    return int(placed["id"])


def test_the_person_is_told_of_payment_escort_and_refund(
    paid: int, phone: Phone, person: ApiUser, office: Administrator, persons: Callable[..., ApiUser]
) -> None:
    asked = phone.page.evaluate(
        "__mp.calls.filter((call) => call.api === 'requestSubscribeMessage').map((call) => call.options.tmplIds)"
    )
    assert asked == [[PAID, ESCORT, REFUND]]
    told = until_message(person, PAID)
    assert told["errcode"] == 0
    assert "198" in str(told["data"])
    assert told["page"] == f"pages/order/order?id={paid}"
    office.assign(paid, office.approve_escort(persons(), "赵大勇", "13733334444"))
    assert "赵大勇" in str(until_message(person, ESCORT)["data"])
    person.post("user/refund1order/", id=paid, reason="行程有变", amount="￥198")
    office.reject_refund(paid, "陪诊员已经出发")
    assert until_message(person, REFUND)["errcode"] == 0
    # The card of a notice opens the order.
    phone.open(told["page"]).see("赵大勇")


def test_a_refusal_is_normal(phone: Phone, person: ApiUser) -> None:
    placed = person.order()
    fault = {
        "fault": "message_refused",
        "scope": openid_of(person),
        "times": None,
    }
    assert person.http.post("sandbox/faults/", json=fault).status_code == 200
    phone.open(f"pages/order/order?id={placed['id']}", pay="success").tap("付款")
    answer_messages(phone, allow=False)
    close_thanks(phone)
    assert until_message(person, PAID)["errcode"] == 43101
    phone.see("正在为您安排陪诊员")
    person.http.delete("sandbox/faults/", params={"scope": openid_of(person)})


def test_a_new_picture_of_oneself_is_shown(phone: Phone, person: ApiUser) -> None:
    phone.open("pages/me/me").tap("修改头像和昵称")
    phone.until_path("pages/profile/profile")
    phone.tap("更换头像")
    phone.tap_sheet(".mp-choose .mp-samples button")
    phone.see("头像已提交")
    path = person.get("user/me/")["user"]["avatar"]
    assert re.search(r"avatar", path)
    shown = phone.screen.locator(f"img[src*='{path.partition('?')[0]}']")
    shown.wait_for()
    assert shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") >= 100
    phone.back()
    phone.screen.locator(f"img[src*='{path.partition('?')[0]}']").wait_for()


def test_a_nickname_that_is_filled_in_without_typing_is_saved(phone: Phone, person: ApiUser) -> None:
    """As WeChat does it above the keyboard: the field changes, and no input event tells the page."""
    phone.open("pages/profile/profile").see("保存")
    phone.page.locator("input[placeholder='请填写昵称']").evaluate(
        "field => { field.value = '微信里的名字' }"
    )
    phone.tap("保存")
    phone.see("已保存")
    assert person.get("user/me/")["user"]["nickname"] == "微信里的名字"


def test_an_empty_nickname_is_refused_beside_its_field(phone: Phone, person: ApiUser) -> None:
    phone.open("pages/profile/profile")
    phone.write("昵称", "  ")
    phone.tap("保存")
    phone.see("请填写昵称")
    assert person.get("user/me/")["user"]["nickname"] == ""


def test_a_picture_that_is_too_large_is_told_the_limit(phone: Phone, person: ApiUser) -> None:
    phone.open("pages/profile/profile").tap("更换头像")
    with phone.page.expect_file_chooser() as choosing:
        phone.tap("从电脑选择图片")
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 1_100_000}
    choosing.value.set_files(photo)  # type: ignore[arg-type]  # a dict of these three is a file
    phone.see("图片不能超过 1 MB，请换一张小一点的图片")
    assert person.get("user/me/")["user"]["avatar"] == ""


def test_a_nickname_that_wechat_refuses_stays_in_its_field(phone: Phone, person: ApiUser) -> None:
    phone.open("pages/profile/profile")
    phone.write("昵称", "一起赌博")
    phone.tap("保存")
    phone.see("这个昵称里可能有不适合公开的内容")
    assert phone.page.locator("input[placeholder='请填写昵称']").input_value() == "一起赌博"
    assert person.get("user/me/")["user"]["nickname"] == ""


def test_a_nickname_that_waits_is_marked_for_who_chose_it(phone: Phone, person: ApiUser) -> None:
    phone.open("pages/profile/profile")
    phone.write("昵称", "疑似老李")
    phone.tap("保存")
    phone.see("昵称已提交，审核通过后别人才看得到")
    phone.open("pages/me/me").see("疑似老李", "头像或昵称审核中")
    phone.open("pages/profile/profile").see("新昵称审核中，通过后别人才看得到")
