"""What WeChat guards can be refused in the browser client, in each of WeChat's ways, and in the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.client.conftest import NewContext, Phone

if TYPE_CHECKING:
    from playwright.sync_api import Page

ME = "pages/me/me"
CALLS = {
    "getLocation": "{}",
    "setClipboardData": "{ data: 'x' }",
    "getClipboardData": "{}",
    "chooseMedia": "{ count: 1 }",
    "chooseImage": "{}",
    "saveImageToPhotosAlbum": "{ filePath: 'x' }",
}
REFUSALS = {
    "undeclared": (112, "fail api scope is not declared in the privacy agreement"),
    "disagree": (104, "fail privacy permission is not authorized"),
    "deny": (103, "fail auth deny"),
}


def call(phone: Phone, name: str, options: str = "{}") -> dict[str, Any]:
    """What the call's callback gets."""
    result: dict[str, Any] = phone.page.evaluate(
        f"new Promise((done) => wx.{name}({{ ...{options}, success: done, fail: done }}))"
    )
    return result


@pytest.mark.parametrize("choice", REFUSALS)
def test_every_guarded_call_fails_as_chosen(phone: Phone, choice: str) -> None:
    errno, words = REFUSALS[choice]
    phone.open(ME, f"bare=1&refuse=all:{choice}")
    for name, options in CALLS.items():
        answer = call(phone, name, options)
        assert (answer["errno"], answer["errMsg"]) == (errno, f"{name}:{words}")
    assert call(phone, "getNetworkType")["errMsg"] == "getNetworkType:ok", "what needs no permission goes on"


def test_one_call_is_refused_and_the_others_are_not(phone: Phone) -> None:
    phone.open(ME, "bare=1&refuse=getLocation")
    assert call(phone, "getLocation")["errno"] == 103
    assert call(phone, "setClipboardData", "{ data: 'x' }")["errMsg"] == "setClipboardData:ok"
    settings = call(phone, "getSetting")["authSetting"]
    assert settings == {"scope.userLocation": False}
    phone.open(ME, "bare=1&refuse=getLocation:allow")
    assert call(phone, "getLocation")["errMsg"] == "getLocation:ok"


def test_the_privacy_dialog_is_asked_once_and_a_refusal_silences_it(phone: Phone) -> None:
    phone.open(ME, "bare=1&refuse=getLocation:ask,setClipboardData:ask")
    assert call(phone, "getPrivacySetting")["needAuthorization"] is True
    begin = "void (window.answer = new Promise((done) => wx.getLocation({ success: done, fail: done })))"
    dialog = phone.page.get_by_role("dialog", name="用户隐私保护提示")
    phone.page.evaluate(begin)
    dialog.get_by_role("button", name="拒绝").tap()
    assert phone.page.evaluate("answer.then(({ errno }) => errno)") == 104
    assert call(phone, "setClipboardData", "{ data: 'x' }")["errno"] == 104, "no dialog so soon"
    phone.open(ME, "bare=1")
    phone.page.evaluate(begin)
    dialog.get_by_role("button", name="同意").tap()
    assert phone.page.evaluate("answer.then(({ errMsg }) => errMsg)") == "getLocation:ok"
    assert call(phone, "setClipboardData", "{ data: 'x' }")["errMsg"] == "setClipboardData:ok"
    assert call(phone, "getPrivacySetting")["needAuthorization"] is False


def test_the_panel_refuses_and_permits_again(new_context: NewContext, address: str) -> None:
    desk: Page = new_context(viewport={"width": 1440, "height": 900}).new_page()
    desk.goto(address)
    desk.wait_for_function("window.__mp?.ready")
    desk.locator("summary", has_text="每一种都可以拒绝").click()
    ask = "() => new Promise((done) => __mp.wx.getLocation({ success: done, fail: done }))"
    for choice, errno in (("undeclared", 112), ("disagree", 104), ("deny", 103)):
        desk.locator("[data-permission=getLocation]").select_option(choice)
        assert desk.evaluate(ask)["errno"] == errno
    desk.locator("[data-permission=getLocation]").select_option("allow")
    assert desk.evaluate(ask)["errMsg"] == "getLocation:ok"
