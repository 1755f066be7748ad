"""The phone number of one's WeChat by one tap, and every way on when WeChat gives none."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.browser.clients import ApiUser
from tests.browser.phone import Phone
from tests.served import Served

TAP = "填上我的微信手机号"
PAGE = "pages/patient-edit/patient-edit"
FIELD = "联系电话"


def sandbox(product: Served, path: str, **body: Any) -> Any:
    return httpx.post(f"{product.root}sandbox/{path}", json=body, trust_env=False).json()


def typed(phone: Phone) -> str:
    return str(phone.field(FIELD).input_value())


def test_a_tap_fills_the_number_in_and_the_form_is_saved_with_it(phone: Phone, person: ApiUser) -> None:
    phone.open(PAGE).see(TAP)
    phone.tap(TAP)
    phone.tap_sheet(".mp-modal .ok")
    phone.page.wait_for_function("() => /^190\\d{8}$/.test(__mp.page.data.fields.phone)")
    number = typed(phone)
    phone.write("姓名", "李建国")
    phone.tap("本人")
    phone.write("证件号码", "610102195001011233")
    phone.tap("我单独同意处理上面的敏感个人信息", exact=False)
    phone.tap("保存")
    phone.until_path("pages/patients/patients")
    [patient] = person.get("user/export/")["data"]["patients"]
    assert patient["phone"] == number


def test_who_does_not_want_to_types(phone: Phone) -> None:
    phone.open(PAGE).see(TAP)
    phone.tap(TAP)
    phone.tap_sheet(".mp-modal .cancel")
    phone.see("没有取号，可以直接填写", TAP)
    phone.write(FIELD, "13800138000")
    assert typed(phone) == "13800138000"
    assert phone.requests("user/readPhone/") == []


@pytest.mark.parametrize(
    ("fault", "wish", "said", "again"),
    [
        ("phone_blocked", {}, "现在取不到微信手机号，请直接填写", False),
        ("phone_error", {"errcode": 40029}, "这次授权已经过期，请再点一次，或直接填写手机号", True),
        ("drop_after_commit", {"endpoint": "getuserphonenumber"}, "没有等到微信的回音", True),
        ("phone_wrong_appid", {}, "没有取到微信里的手机号，请直接填写", True),
    ],
)
def test_what_goes_wrong_is_said_in_place_and_what_was_typed_stays(
    phone: Phone, product: Served, fault: str, wish: dict[str, Any], said: str, again: bool
) -> None:
    phone.open("pages/escort-apply/escort-apply").see(TAP)
    phone.write("电话", "13800138000")
    sandbox(product, "faults/", fault=fault, **wish)
    phone.tap(TAP)
    phone.tap_sheet(".mp-modal .ok")
    phone.see(said)
    assert phone.field("电话").input_value() == "13800138000"
    (phone.see if again else phone.not_see)(TAP)
