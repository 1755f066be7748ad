"""How much the mini-program weighs: what a visit transfers, how large the package is, how many taps an order takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from config import ROOT
from tests.browser.clients import PATIENT, ApiUser, day
from tests.browser.flows import ACCEPT_AND_PAY, NEXT, PAY_BUTTON
from tests.browser.phone import Phone, new_page
from tests.browser.weight import FIRST_VISIT, PACKAGE_KIB, SECOND_VISIT, package_kib, weigh_visits
from tests.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MAX_TAPS = 10
MAX_TAPS_NEW = 16


@pytest.fixture
def fresh(browser: Browser, product: Served) -> Iterator[Phone]:
    """A phone that has never been here: its cache is empty."""
    phone = Phone(new_page(browser), product.root, "fresh")
    yield phone
    phone.check()
    phone.page.context.close()


def test_the_home_page_is_light(fresh: Phone) -> None:
    first, second = weigh_visits(fresh)
    assert sum("static/pic" in url for url in first) > 10, "the pictures were not transferred"
    assert sum(first.values()) <= FIRST_VISIT, first
    assert any(url.endswith("catalog/") for url in second), "the server was not asked again"
    assert sum(second.values()) <= SECOND_VISIT, second


def test_the_package_is_small() -> None:
    assert package_kib() <= PACKAGE_KIB


def test_wechats_compiler_finds_where_to_begin_leaving_unused_files_out() -> None:
    """Below "./" it finds no app.json, and packs every file of every component: more than WeChat takes."""
    project = json.loads((ROOT / "Front" / "project.config.json").read_text("utf-8"))
    assert project["miniprogramRoot"] == ""
    assert project["setting"]["ignoreUploadUnusedFiles"] is True


def count_taps(phone: Phone) -> None:
    """From now on every touch counts: on buttons, on fields to be typed into, on WeChat's own sheets."""
    phone.page.evaluate(
        "() => { window.taps = 0; addEventListener('touchend', (event) => { window.taps += event.isTrusted }, true) }"
    )


def taps(phone: Phone) -> int:
    return int(phone.page.evaluate("taps"))


def pay(phone: Phone) -> None:
    """On the third step, the terms not yet read on this phone: accepting them goes on to the payment."""
    phone.tap(NEXT)
    phone.take_clock()
    phone.tap(PAY_BUTTON)
    phone.see("请先阅读")
    phone.pass_time(5)
    phone.tap(ACCEPT_AND_PAY, exact=False)
    phone.tap_sheet(".mp-subscribe button.ok")
    phone.tap_sheet(".mp-cashier [data-outcome=success]")
    phone.see("付款成功")


def type_into(phone: Phone, label: str, text: str) -> None:
    """As with a finger: the field is touched first, unless the cursor is in it."""
    field = phone.field(label)
    if not field.evaluate("one => one === document.activeElement"):
        phone.tap(field)
    phone.write(label, text)


def test_a_user_with_a_patient_goes_from_home_to_paid_in_ten_taps(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open().see("预约陪诊")
    count_taps(phone)
    phone.tap("预约陪诊")
    phone.tap(phone.screen.locator("#field-hospitalId [role=radio]", has_text="西京医院"))
    phone.tap(NEXT)
    phone.tap(phone.screen.locator("#field-wantTime [role=radio]", has_text="明天"))
    phone.tap("上午 8:30")
    pay(phone)
    assert taps(phone) <= MAX_TAPS
    [order] = person.orders()
    assert (order["progress"], order["hospital"], order["wantTime"]) == ("已付款", "西京医院", day(1))


def test_the_next_order_takes_one_tap_fewer(phone: Phone, person: ApiUser) -> None:
    """The hospital is that of the last one."""
    person.paid_order(hospitalId=2)
    phone.open().see("预约陪诊")
    count_taps(phone)
    phone.tap("预约陪诊")
    phone.see("唐都医院")
    phone.tap(NEXT)
    phone.tap(phone.screen.locator("#field-wantTime [role=radio]", has_text="明天"))
    phone.tap("上午 8:30")
    pay(phone)
    assert taps(phone) <= MAX_TAPS - 1
    assert [order["hospital"] for order in person.orders()] == ["唐都医院"] * 2


def test_a_new_user_adds_a_patient_and_pays_in_sixteen_taps(phone: Phone, person: ApiUser) -> None:
    phone.open().see("预约陪诊")
    count_taps(phone)
    phone.tap("预约陪诊")
    phone.tap(phone.screen.locator("#field-hospitalId [role=radio]", has_text="西京医院"))
    phone.tap(NEXT)
    phone.tap("添加就诊人")
    phone.until_path("pages/patient-edit/patient-edit")
    type_into(phone, "姓名", PATIENT["name"])
    phone.tap("父母")
    if phone.field("证件号码").count():
        type_into(phone, "证件号码", PATIENT["idcard"])
    type_into(phone, "联系电话", PATIENT["phone"])
    phone.tap("我单独同意处理", exact=False)
    phone.tap("保存")
    phone.until_path("pages/order/order")
    phone.tap(phone.screen.locator("#field-wantTime [role=radio]", has_text="明天"))
    phone.tap("上午 8:30")
    pay(phone)
    assert taps(phone) <= MAX_TAPS_NEW
    assert [order["progress"] for order in person.orders()] == ["已付款"]
