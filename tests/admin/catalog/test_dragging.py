"""Ordering the catalog by dragging, and files that are too large, in a real browser on the whole product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from handlers.admin.catalog.uploads import MAX_UPLOAD_BYTES, MAX_UPLOAD_MB
from tests.served import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page

    from tests.served import Served


NO_LIMIT = {"HA_LIMITS_ADMIN_LOGIN_PER_MINUTE": "0"}
"""Each of these tests logs in by itself, from one address."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("dragging"), settings=NO_LIMIT) as served:
        yield served


def logged_in(context: BrowserContext, product: Served) -> Page:
    context.set_default_timeout(30_000)
    opened = context.new_page()
    opened.goto(product.root + "admin/")
    opened.fill("[name=username]", "admin")
    opened.fill("[name=password]", product.password)
    opened.click("text=登录 >> nth=-1")
    opened.wait_for_url("**/admin/")
    return opened


@pytest.fixture(params=[1280, 390])
def page(request: pytest.FixtureRequest, browser: Browser, product: Served) -> Iterator[Page]:
    """A browser that is logged in; it fails the test on any script error or anything that the policy blocks."""
    context = browser.new_context(viewport={"width": request.param, "height": 850}, locale="zh-CN")
    opened = logged_in(context, product)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "console", lambda line: problems.append(line.text) if line.type in ("error", "warning") else None
    )
    yield opened
    context.close()
    assert not [problem for problem in problems if "Failed to load resource" not in problem], (
        "refusals are asked for"
    )


def shown(page: Page) -> list[str]:
    """The names as they stand there. A page that answers a form is read when all of it has come: a click waits
    for its beginning only."""
    page.wait_for_load_state()
    return page.locator("#entries tr[data-id] td a.clip").all_inner_texts()


def in_the_mini_program(product: Served, what: str = "hospitals") -> list[str]:
    return [each["name"] for each in httpx.get(product.root + "catalog/", trust_env=False).json()[what]]


def drag(page: Page, row: Locator, onto: Locator) -> None:
    """With the mouse, as a hand does it: press, move in steps, let go in the upper part of the other row once the
    dragged one has made room for itself."""
    row.scroll_into_view_if_needed()
    before = shown(page)
    grip, target = row.locator(".grip").bounding_box(), onto.bounding_box()
    assert grip
    assert target
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2 - 8, steps=3)
    page.mouse.move(grip["x"] + grip["width"] / 2, target["y"] + 6, steps=12)
    for nudge in range(50):  # a busy browser swaps the rows a little later
        if shown(page) != before:
            break
        page.mouse.move(grip["x"] + grip["width"] / 2, target["y"] + 6 + nudge % 3)
    page.mouse.up()


def test_a_row_that_is_dragged_is_saved_and_stands_there_in_the_mini_program(page: Page, product: Served):
    page.goto(product.root + "admin/catalog/hospitals/")
    before = shown(page)
    rows = page.locator("#entries tr[data-id]")
    drag(page, rows.nth(2), rows.nth(1))
    expect(page.locator("#ordering")).to_have_text("顺序已保存")
    after = [before[0], before[2], before[1], *before[3:]]
    assert shown(page) == after
    assert in_the_mini_program(product) == after
    numbers = [each.input_value() for each in page.locator("input.position").all()]
    assert numbers == [str(number * 10) for number in range(1, len(after) + 1)]
    drag(page, rows.nth(1), rows.nth(0))
    expect(page.locator("#ordering")).to_have_text("顺序已保存")
    page.reload()
    assert shown(page) == in_the_mini_program(product) == [after[1], after[0], *after[2:]]


def test_numbers_and_keyboard_go_on_working_after_a_drag(page: Page, product: Served):
    page.goto(product.root + "admin/catalog/hospitals/")
    rows = page.locator("#entries tr[data-id]")
    drag(page, rows.nth(1), rows.nth(0))
    expect(page.locator("#ordering")).to_have_text("顺序已保存")
    now = shown(page)
    number = page.locator("input.position").first
    number.focus()
    number.fill("25")
    number.press("Enter")
    expect(page.locator("[role=status]", has_text="顺序已保存").first).to_be_visible()
    assert shown(page) == in_the_mini_program(product) == [now[1], now[0], *now[2:]]


def test_what_a_colleague_has_ordered_meanwhile_is_not_undone(page: Page, product: Served, browser: Browser):
    page.goto(product.root + "admin/catalog/hospitals/")
    before = shown(page)
    colleague = logged_in(browser.new_context(viewport={"width": 1280, "height": 850}), product)
    colleague.goto(product.root + "admin/catalog/hospitals/")
    colleague.locator("input.position").first.fill("999")
    colleague.click("text=保存顺序")
    colleague.locator("[role=status]", has_text="顺序已保存").first.wait_for()
    stored = shown(colleague)
    colleague.context.close()

    rows = page.locator("#entries tr[data-id]")
    drag(page, rows.nth(2), rows.nth(1))
    expect(page.locator("#ordering")).to_contain_text("同事刚刚调整过顺序，请刷新页面后再排")
    assert shown(page) == before, "put back"
    assert in_the_mini_program(product) == stored


def test_without_a_connection_the_row_goes_back_and_says_so(page: Page, product: Served):
    page.goto(product.root + "admin/catalog/banners/")
    before = shown(page)
    page.route("**/order/", lambda route: route.fulfill(status=503))
    rows = page.locator("#entries tr[data-id]")
    drag(page, rows.nth(1), rows.nth(0))
    expect(page.locator("#ordering")).to_contain_text("没有保存，已放回原处")
    assert shown(page) == before
    page.unroute("**/order/")
    page.locator("input.position").first.fill("77")
    expect(page.locator("#ordering")).to_contain_text(
        "有没保存的顺序"
    )  # it moves the rows: look where they are then
    page.wait_for_function("() => !document.getAnimations().some((one) => one.playState === 'running')")
    drag(page, rows.nth(1), rows.nth(0))
    expect(page.locator("#ordering")).to_contain_text("请先按「保存顺序」")
    assert shown(page) == before
    assert page.locator("input.position").first.input_value() == "77"


def test_a_finger_drags_too(browser: Browser, product: Served):
    context = browser.new_context(viewport={"width": 390, "height": 850}, has_touch=True, is_mobile=True)
    page = logged_in(context, product)
    page.goto(product.root + "admin/catalog/banners/")
    before = shown(page)
    grip, target = (
        page.locator("#entries tr[data-id]").nth(number).locator(".grip").bounding_box() for number in (1, 0)
    )
    assert grip
    assert target
    assert min(grip["width"], grip["height"]) >= 44
    touch = context.new_cdp_session(page)
    x, y = grip["x"] + 20, grip["y"] + 20

    def send(kind: str, *points: float) -> None:
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": each} for each in points]},
        )

    send("touchStart", y)
    for step in range(1, 16):
        send("touchMove", y + (target["y"] - 20 - y) * step / 15)
    send("touchEnd")
    expect(page.locator("#ordering")).to_have_text("顺序已保存")
    assert shown(page) == [before[1], before[0], *before[2:]]
    context.close()


def test_unsaved_numbers_are_told_and_not_forgotten(page: Page, product: Served):
    page.goto(product.root + "admin/catalog/hospitals/")
    bar, first = page.locator("#ordering"), page.locator("input.position").first
    stored = first.input_value()
    first.fill("31")
    expect(bar).to_have_text("有没保存的顺序")
    first.fill(stored)
    expect(bar).to_have_text("数字小的排在前面")
    page.mouse.wheel(0, 4_000)
    page.locator("input.position").last.fill("32")
    expect(bar).to_have_text("有没保存的顺序")
    expect(page.get_by_role("button", name="保存顺序")).to_be_in_viewport()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="总览").evaluate("link => link.click()")
    expect(page).to_have_url(re.compile("catalog/hospitals"))
    page.wait_for_load_state()
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="保存顺序").click()
    expect(page.locator(".notice[role=status]:visible")).to_have_text("顺序已保存")
    assert asked == ["beforeunload"], "saving is not leaving"


def test_the_bar_of_a_saved_drag_makes_way(page: Page, product: Served):
    page.clock.install()
    page.goto(product.root + "admin/catalog/hospitals/")
    rows = page.locator("#entries tr[data-id]")
    ids = [each.get_attribute("data-id") for each in rows.all()]
    drag(page, rows.nth(1), rows.nth(0))
    expect(page.locator("#ordering")).to_have_text("顺序已保存")
    assert rows.nth(0).get_attribute("data-id") == ids[1]
    page.locator("input.position").first.fill("500")
    expect(page.locator("#ordering")).to_have_text("有没保存的顺序")
    page.locator("input.position").first.fill("10")
    page.clock.fast_forward(6_000)
    expect(page.locator("#ordering")).to_have_text("数字小的排在前面")


def test_a_row_opens_its_form_and_its_grip_does_not(page: Page, product: Served):
    page.goto(product.root + "admin/catalog/services/")
    row = page.locator("#entries tr[data-id]").first
    row.locator(".grip").click()
    expect(page).to_have_url(re.compile("catalog/services/$"))
    row.locator("td[data-label=价格（元）], td.number").first.click()
    page.wait_for_url(re.compile(r"catalog/services/\d+/$"))
    page.go_back()
    row.get_by_role("link", name="编辑").click()
    page.wait_for_url(re.compile(r"catalog/services/\d+/$"))


def test_a_new_password_can_be_looked_at(page: Page, product: Served):
    page.goto(product.root + "admin/accounts/")
    field = page.locator("#new [name=password]")
    field.fill("a long Passphrase 7")
    assert field.get_attribute("type") == "password"
    switch = page.locator("#new").get_by_label("显示密码")
    switch.check()
    assert field.get_attribute("type") == "text"
    switch.uncheck()
    assert field.get_attribute("type") == "password"
    assert field.input_value() == "a long Passphrase 7"


def test_without_javascript_the_numbers_alone(browser: Browser, product: Served):
    context = browser.new_context(java_script_enabled=False)
    page = logged_in(context, product)
    page.goto(product.root + "admin/catalog/hospitals/")
    assert page.locator(".grip:visible").count() == 0
    assert not page.get_by_text("拖动").first.is_visible()
    before = shown(page)
    page.locator("input.position").first.fill("9999")
    page.click("text=保存顺序")
    expect(page.locator("[role=status]", has_text="顺序已保存").first).to_be_visible()
    assert shown(page) == in_the_mini_program(product) == [*before[1:], before[0]]
    context.close()


def test_a_file_that_is_too_large_is_refused_beside_its_field_before_it_is_sent(
    page: Page, product: Served, tmp_path: Path
):
    large, small = tmp_path / "large.jpg", tmp_path / "small.jpg"
    large.write_bytes(b"\0" * (MAX_UPLOAD_BYTES + 1))
    small.write_bytes(b"\0")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto(product.root + "admin/catalog/hospitals/1/")
    page.set_input_files("[name=picture_file]", str(large))
    said = page.locator("[name=picture_file] + .problem")
    expect(said).to_have_text(re.compile(f"不能超过 {MAX_UPLOAD_MB} MB"))
    page.click("button.primary")
    assert "POST" not in sent
    page.set_input_files("[name=picture_file]", str(small))
    expect(said).to_have_text("")
    page.click("button.primary")
    expect(page.locator(".problem", has_text="不是可用的图片")).to_be_visible()
