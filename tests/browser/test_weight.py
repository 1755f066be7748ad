"""How much the mini-program weighs: what a visit transfers, how large the package is, how many taps an order takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.clients import ApiUser
from tests.browser.flows import accept_terms, choose_day, close_thanks
from tests.browser.phone import Phone, new_page
from tests.browser.weight import FIRST_VISIT, PACKAGE_KIB, SECOND_VISIT, package_kib, weigh_visits
from tests.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MAX_TAPS = 12


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


def test_from_home_to_paid_in_a_dozen_taps(phone: Phone, person: ApiUser) -> None:
    """A user who has been here before and has a patient."""
    person.add_patient()
    phone.open().page.evaluate(
        "() => { window.taps = 0; addEventListener('touchend', (event) => { window.taps += event.isTrusted }, true) }"
    )
    phone.tap("西京医院")
    phone.tap("预约这家医院的陪诊")
    phone.tap(phone.screen.locator("#field-serviceId .field-value"))
    phone.tap("￥198/半天")
    choose_day(phone, "明天")
    accept_terms(phone)
    phone.tap("提交并付款")
    phone.tap_sheet(".mp-subscribe button.ok")
    phone.tap_sheet(".mp-cashier [data-outcome=success]")
    close_thanks(phone)
    assert phone.page.evaluate("taps") <= MAX_TAPS
    assert [order["progress"] for order in person.orders()] == ["已付款"]
