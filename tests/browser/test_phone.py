"""The phone that these tests use fails them for whatever went wrong in it, however long ago."""

from __future__ import annotations

import pytest

from tests.browser.phone import Phone

THROWS = "wx.getSystemInfo({ success() { throw new Error('on purpose') } })"


def test_an_error_on_a_page_that_was_left_is_not_forgotten(phone: Phone) -> None:
    phone.open("pages/more/more").page.evaluate(THROWS)
    phone.page.wait_for_function("__mp.errors.length === 1")
    phone.open("pages/contact/contact").see("复制号码")
    with pytest.raises(AssertionError, match="on purpose"):
        phone.check()
    phone.errors.texts.clear()


def test_an_asset_that_did_not_come_is_not_forgotten(phone: Phone) -> None:
    phone.open("pages/more/more")
    with phone.page.expect_event("requestfinished"):
        phone.page.evaluate("void (new Image().src = 'assets/nothing.svg')")
    phone.open("pages/contact/contact").see("复制号码")
    with pytest.raises(AssertionError, match=r"404 .*assets/nothing\.svg"):
        phone.check()
    phone.forgive("assets/nothing")
