"""The developer's panel: a phone in a frame, and what can be seen and chosen beside it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.client import ClientBuild
from tests.client.conftest import FIXTURE, NewContext
from tests.client.server import ServerState, serving
from tests.page_errors import PageErrors

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Page


@pytest.fixture
def desk(new_context: NewContext, address: str) -> Page:
    page = new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    ready(page)
    return page


def ready(page: Page) -> None:
    page.wait_for_function("window.__mp?.ready")


def phone_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def restarted(page: Page, act: str) -> None:
    """Presses a button that reloads the phone, and waits for it."""
    page.evaluate("__mp.marked = true")
    page.get_by_role("radio", name=act, exact=True).or_(
        page.get_by_role("button", name=act, exact=True)
    ).click()
    page.wait_for_function("window.__mp?.ready && !__mp.marked")


def test_a_wide_window_shows_a_phone_of_375_by_812(desk: Page) -> None:
    desk.set_viewport_size({"width": 1440, "height": 1000})
    size = phone_of(desk).locator("#phone").bounding_box()
    assert size is not None
    assert (size["width"], size["height"]) == (375, 812)
    assert desk.get_by_text("浏览器里的近似模拟，不是微信").is_visible()


def test_a_narrow_window_is_the_phone(new_context: NewContext, address: str) -> None:
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(address)
    ready(page)
    assert page.locator("iframe").count() == 0
    assert page.locator("#phone").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}


def test_requests_are_listed_with_their_answers(desk: Page) -> None:
    row = desk.locator(".entry", has_text="/some/prefix/things/?limit=3")
    row.get_by_text("200 ·").wait_for()
    row.locator("summary").click()
    assert "第二个" in row.locator("pre").inner_text()
    assert "very-secret" not in desk.content()


def test_the_next_payment_can_be_chosen(desk: Page, server_state: ServerState) -> None:
    desk.get_by_role("radio", name="成功但丢失通知").click()
    phone_of(desk).get_by_role("button", name="表单").click()
    phone_of(desk).locator("wx-button", has_text="付款").last.click()
    desk.wait_for_function("__mp.data.result === 'requestPayment:ok'")
    assert server_state.cashier[0]["outcome"] == "success_without_notify"
    desk.locator(".entry", has_text="成功但丢失通知").wait_for()


def test_another_person_and_a_new_one_can_take_the_phone(desk: Page) -> None:
    login = "__mp.wx.login().then(({ code }) => code.split(':')[1])"
    assert desk.evaluate(login) == "zhangsan"
    restarted(desk, "王五")
    assert desk.evaluate(login) == "wangwu"
    desk.get_by_placeholder("新的人：名字").fill("赵奶奶")
    restarted(desk, "加入")
    assert desk.evaluate(login).startswith("p")
    assert desk.get_by_role("radio", name="赵奶奶").get_attribute("aria-checked") == "true"


def test_clearing_forgets_what_the_person_kept(desk: Page) -> None:
    phone_of(desk).get_by_role("button", name="我的").click()
    phone_of(desk).locator("wx-button", has_text="记住").click()
    desk.wait_for_function("__mp.data.stored?.since === 1")
    restarted(desk, "清除此人数据")
    assert desk.evaluate("__mp.wx.getStorageSync('note')") == ""
    assert desk.evaluate("__mp.path") == "pages/list/list"


def test_large_text_is_switched_on_in_the_programs_own_storage(desk: Page) -> None:
    restarted(desk, "大字")
    assert desk.evaluate("__mp.wx.getStorageSync('largeText')") is True


def test_the_network_can_be_cut(desk: Page) -> None:
    desk.get_by_role("radio", name="断网").click()
    failure = desk.evaluate("""() => new Promise(fail =>
        __mp.wx.request({ url: __mp.wx.sandboxServerUrl + 'things/', fail }))""")
    assert failure["errMsg"] == "request:fail net::ERR_CONNECTION_FAILED"
    assert desk.evaluate("__mp.wx.getNetworkType().then(({ networkType }) => networkType)") == "none"
    desk.locator(".entry", has_text="失败 ·").wait_for()


def test_messages_and_errors_are_shown(desk: Page, errors: list[PageErrors]) -> None:
    desk.locator(".message", has_text="样例服务").wait_for()
    phone_of(desk).get_by_role("button", name="表单").click()
    phone_of(desk).locator("wx-button", has_text="出错").click()
    desk.locator(".entry", has_text="rejected on purpose").wait_for()
    errors[0].texts.clear()


def test_the_screen_can_be_narrower_and_wider(desk: Page) -> None:
    for name, width in (("320×568", 320), ("430×932", 430)):
        desk.get_by_role("radio", name=name).click()
        desk.wait_for_function("width => document.querySelector('iframe').clientWidth === width", arg=width)


def test_the_waiting_page_says_what_is_wrong_and_opens_the_program_when_it_is_ready(
    new_context: NewContext, node: object, tmp_path: Path
) -> None:
    program = Path(shutil.copytree(FIXTURE, tmp_path / "program"))
    good = (program / "app.js").read_text("utf-8")
    (program / "app.js").write_text("App({", "utf-8")
    build = ClientBuild(program, tmp_path / "out", lambda line: None)
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    with serving(build, ServerState()) as address:
        page.goto(address)
        page.get_by_text("app.js:1:6: ").wait_for()
        (program / "app.js").write_text(good, "utf-8")
        page.get_by_role("link", name="再试一次").click()
        page.wait_for_function("window.__mp?.ready")


def test_the_sandbox_is_one_click_away(desk: Page) -> None:
    assert (
        desk.get_by_role("link", name="沙箱").evaluate("link => new URL(link.href).pathname")
        == "/some/prefix/sandbox/"
    )
