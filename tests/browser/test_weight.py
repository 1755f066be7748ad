"""How much the mini-program weighs: what a visit transfers, how large the package is, how many taps an order takes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from config import ROOT
from sandbox.client.node import find_node
from tests.browser.flows import accept_terms, choose_day, close_thanks
from tests.browser.phone import Phone, new_page
from tests.browser.traffic import Traffic
from tests.browser.world import Person
from tests.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FIRST_VISIT = 300 * 1024
SECOND_VISIT = 10 * 1024
PACKAGE_KIB = 1024
MOST_TAPS = 12


@pytest.fixture
def fresh(browser: Browser, product: Served) -> Iterator[Phone]:
    """A phone that has never been here: its cache is empty."""
    phone = Phone(new_page(browser), product.root, "fresh")
    yield phone
    phone.check()
    phone.page.context.close()


def test_the_home_page_is_light(fresh: Phone) -> None:
    """First visit with all pictures down to the end of the list, and the second. In a browser the program itself is
    transferred too, which on a phone comes as a package from WeChat: it is counted all the same."""
    traffic = Traffic(fresh.page)
    fresh.open().see("可陪诊的医院")
    fresh.until_loaded()
    fresh.screen.locator(".mp-scroll").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    fresh.page.wait_for_load_state("networkidle")
    first = traffic.take()
    assert sum("static/pic" in url for url in first) > 10, "the pictures were not transferred"
    assert sum(first.values()) <= FIRST_VISIT, first

    fresh.open().see("可陪诊的医院")
    fresh.page.wait_for_load_state("networkidle")
    second = traffic.take()
    assert any(url.endswith("catalog/") for url in second), "the server was not asked again"
    assert sum(second.values()) <= SECOND_VISIT, second


def test_the_package_is_small() -> None:
    """The folder as WeChat packs it, with the components that it uses."""
    node = find_node()
    assert node is not None
    command = [*node.node, str(ROOT / "Front" / "tools" / "package-size.mjs")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    together = re.search(r"together (\d+) KiB", done.stdout)
    assert together, done.stdout + done.stderr
    assert int(together[1]) <= PACKAGE_KIB


def test_from_home_to_paid_in_a_dozen_taps(phone: Phone, person: Person) -> None:
    """Somebody who has been here before and has a patient."""
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
    phone.page.locator(".mp-cashier [data-outcome=success]").tap()
    phone.page.locator(".mp-subscribe button.ok").tap()
    close_thanks(phone)
    assert phone.page.evaluate("taps") <= MOST_TAPS
    assert [order["progress"] for order in person.orders()] == ["已付款"]
