"""Whoever refuses WeChat a permission, in the privacy dialog or in its own, can do what they came for all the same."""

from __future__ import annotations

import pytest

from tests.browser.clients import ApiUser
from tests.browser.flows import answer_messages
from tests.browser.phone import Phone
from tests.browser.test_after_sales import COMPLAINTS, write_complaint

REFUSALS = ("undeclared", "disagree", "deny")


def refuse(phone: Phone, choice: str) -> None:
    """From now on this phone refuses all that WeChat guards."""
    phone.open("pages/me/me")
    names = ("chooseAvatar", "getPhoneNumber", "chooseMedia", "getLocation", "setClipboardData")
    phone.page.evaluate(
        "wish => sessionStorage.setItem('sandbox:permissions', JSON.stringify(wish))",
        dict.fromkeys(names, choice),
    )


@pytest.mark.parametrize("choice", REFUSALS)
def test_a_nickname_is_saved_without_an_avatar(phone: Phone, person: ApiUser, choice: str) -> None:
    refuse(phone, choice)
    phone.open("pages/profile/profile").tap("更换头像")
    phone.see("没有换头像，原来的还在，昵称可以照常修改")
    phone.tap("知道了")
    phone.write("昵称", "小李")
    phone.tap("保存")
    phone.until_path("pages/me/me")
    assert person.get("user/me/")["user"]["nickname"] == "小李"


@pytest.mark.parametrize("choice", REFUSALS)
def test_a_patient_is_added_with_a_typed_number(phone: Phone, person: ApiUser, choice: str) -> None:
    refuse(phone, choice)
    phone.open("pages/patient-edit/patient-edit").tap("填上我的微信手机号")
    phone.see("直接填写")
    phone.write("姓名", "李建国")
    phone.tap("本人")
    phone.write("证件号码", "610102195001011233")
    phone.write("联系电话", "13800138000")
    phone.tap("我单独同意处理上面的敏感个人信息", exact=False)
    phone.tap("保存")
    phone.until_path("pages/patients/patients")
    assert len(person.get("user/getFriends/")["data"]) == 1


@pytest.mark.parametrize("choice", REFUSALS)
def test_a_complaint_is_sent_without_a_photo(phone: Phone, person: ApiUser, choice: str) -> None:
    order = person.paid_order()
    refuse(phone, choice)
    phone.open(f"{COMPLAINTS}?id={order}")
    write_complaint(phone)
    phone.tap("加照片")
    phone.see("不附照片也可以发送")
    if choice != "undeclared":  # a longer sentence waits for the reader
        phone.tap("知道了")
    phone.tap("提交")
    answer_messages(phone)
    phone.see("等待答复")
    assert [row["photos"] for row in person.get("user/getComplaints/", id=order)["data"]] == [[]]


@pytest.mark.parametrize("choice", REFUSALS)
def test_a_number_that_cannot_be_copied_is_dialled(phone: Phone, choice: str) -> None:
    refuse(phone, choice)
    phone.open("pages/contact/contact").tap("复制号码")
    phone.see("点上面的号码可以直接拨打")
    phone.tap("知道了")
    phone.tap("打电话给客服")
    phone.see("在手机上，这里会直接拨号。")
