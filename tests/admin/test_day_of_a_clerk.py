"""A clerk's day in a real browser: from the login to the export, on the whole product as its own process."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.admin.placing_orders import place_order
from tests.served import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.served import Served


NO_LIMIT = {"HA_LIMITS_ADMIN_LOGIN_PER_MINUTE": "0"}
"""Each of these tests logs in by itself, from one address."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("clerk"), settings=NO_LIMIT) as served:
        yield served


@pytest.fixture(scope="module")
def password(product: Served) -> str:
    assert product.password
    return product.password


@pytest.fixture
def page(browser: Browser, product: Served, password: str) -> Iterator[Page]:
    """A browser that is logged in; it fails the test on any script error or blocked resource."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 850}, locale="zh-CN", accept_downloads=True
    )
    context.set_default_timeout(30_000)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    opened.on("dialog", lambda dialog: dialog.accept())
    opened.goto(product.root + "admin/")
    opened.fill("[name=username]", "admin")
    opened.fill("[name=password]", password)
    opened.click("text=登录 >> nth=-1")
    opened.wait_for_url("**/admin/")
    yield opened
    context.close()
    assert [each for each in problems if "401" not in each] == []


def page_amount(yuan: float) -> str:
    """As a person types it."""
    return f"{yuan:.2f}".removesuffix(".00")


def test_a_day_from_login_to_export(page: Page, product: Served):
    first = place_order(product.root, "day-a", "王秀英")
    second = place_order(product.root, "day-b", "李建国")

    page.goto(product.root + "admin/")
    page.click("text=陪诊员的申请或资料待审核")
    page.locator("tr", has_text="陪诊day-a").get_by_role("button", name="通过").click()
    expect(page.locator("[role=status]", has_text="已通过")).to_be_visible()

    page.goto(product.root + f"admin/orders/{first}/")
    page.select_option("[name=escort_id]", label="陪诊day-a（当天空闲）")
    page.check("#arranging [value=am]")
    page.get_by_role("button", name="安排陪诊员").click()
    expect(page.locator("h1")).to_contain_text("在服务")

    page.fill("[name=notes]", "家属在门诊楼大厅等")
    page.click("text=保存备注")
    with page.expect_event("dialog") as asked:
        page.click("text=标为已完成")
    assert "还没有到。仍要标为已完成？" in asked.value.message
    expect(page.locator("h1")).to_contain_text("已完成")

    page.goto(product.root + f"admin/orders/{second}/")
    page.click("summary:has-text('仅退款')")
    refunding = page.locator("#refunding")  # not the form that cancels the order, which has an amount, too
    amount = float(refunding.locator("[name=amount]").input_value())
    refunding.get_by_role("button", name=re.compile("^一半 ")).click()
    assert refunding.locator("[name=amount]").input_value() == page_amount(amount / 2)
    refunding.locator("[name=reason]").fill("只服务了半天")
    with page.expect_event("dialog") as asked:
        page.locator("button", has_text=re.compile("^退款$")).click()
    assert f"退款 {page_amount(amount / 2)} 元（实付" in asked.value.message
    assert f"给 李建国，订单 #{second}？" in asked.value.message
    expect(page.locator("[role=status]", has_text="退款已提交")).to_be_visible()
    page.fill("[name=notes]", "这些字不能丢")
    page.locator("#money li .badge", has_text="已退款").wait_for(timeout=30_000)
    assert page.input_value("[name=notes]") == "这些字不能丢"
    expect(page.locator("h1")).to_contain_text("已付款")
    expect(page.locator("#refunding summary")).to_be_visible()

    page.goto(product.root + "admin/orders/")
    page.locator("tr", has_text="李建国").locator("td[data-label=服务]").click()
    page.wait_for_url(f"**/admin/orders/{second}/")
    assert "done=" not in page.url
    page.go_back()
    page.select_option("[name=state]", "paid")
    page.wait_for_url("**state=paid**")
    page.locator("tr", has_text="李建国").locator("td[data-label=服务]").click()
    page.fill("[name=notes]", "已退一半")
    page.click("text=保存备注")
    expect(page.locator("[role=status]", has_text="已保存")).to_be_visible()
    page.get_by_role("link", name="回到列表").click()
    page.wait_for_url("**/admin/orders/?**state=paid**")
    page.goto(product.root + "admin/orders/")
    page.fill("form.filters [name=q]", "王秀英")
    page.press("form.filters [name=q]", "Enter")
    expect(page.locator("#list")).not_to_contain_text("李建国")
    assert "q=" in page.url
    row = page.locator("tr", has_text="王秀英")
    row.get_by_text("修改").click()
    row.locator("textarea").fill("家属已经接到")
    row.get_by_role("button", name="保存").click()
    row.get_by_text("家属已经接到").wait_for()
    with page.expect_download() as download:
        page.click("text=导出 CSV")
    page.wait_for_selector("text=导出完成，共 1 行")
    assert re.fullmatch(r"订单-\d{4}-\d{2}-\d{2}\.csv", download.value.suggested_filename)
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    patient = rows[0].index("就诊人")
    assert [row[patient] for row in rows[1:]] == ["王秀英"]


def test_going_back_shows_the_whole_page_again(page: Page, product: Served):
    page.goto(product.root + "admin/orders/")
    page.select_option("[name=state]", "finished")
    page.wait_for_url("**state=finished**")
    page.goto(product.root + "admin/users/")
    page.go_back()
    page.go_back()
    expect(page).not_to_have_url(re.compile(r"\?.*finished"))
    page.wait_for_timeout(300)
    expect(page.locator("nav[aria-label=主菜单]")).to_be_visible()
    expect(page.locator("form.filters")).to_have_count(1)


def test_a_note_is_not_lost_when_the_session_has_ended(page: Page, product: Served, password: str):
    order = place_order(product.root, "day-c", "周海燕")
    page.goto(product.root + "admin/orders/")
    row = page.locator("tr", has_text="周海燕")
    row.get_by_text("写备注").click()
    row.locator("textarea").fill("下午两点在大厅等")
    page.context.clear_cookies(name="ha_admin")
    row.get_by_role("button", name="保存").click()
    notice = page.locator("#trouble")
    expect(notice).to_contain_text("登录已超时，还没有保存")
    assert row.locator("textarea").input_value() == "下午两点在大厅等"
    with page.context.expect_page() as opened:
        notice.get_by_text("去登录").click()
    second = opened.value
    second.fill("[name=username]", "admin")
    second.fill("[name=password]", password)
    second.get_by_role("button", name="登录").click()
    second.wait_for_url("**/admin/")
    row.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("下午两点在大厅等")
    expect(row.locator("textarea")).to_have_count(0)
    page.goto(product.root + f"admin/orders/{order}/")
    expect(page.locator("[name=notes]")).to_have_value("下午两点在大厅等")


def test_a_price_is_corrected_and_the_mini_program_shows_it(page: Page, product: Served):
    page.goto(product.root + "admin/catalog/services/")
    page.locator("tbody tr a").first.click()
    page.fill("[name=price_fen]", "599.50")
    page.click("button:has-text('保存')")
    expect(page.locator("[role=status]", has_text="已保存")).to_be_visible()
    services = httpx.get(product.root + "catalog/", trust_env=False).json()["services"]
    assert services[0]["price"] == "￥599.50"


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_its_window_and_runs_nothing_of_the_users(page: Page, product: Served, width: int):
    order = place_order(product.root, f"wide-{width}", "一个很长很长的名字叫阿卜杜拉")
    page.set_viewport_size({"width": width, "height": 850})
    for path in (
        "",
        "orders/",
        f"orders/{order}/",
        "runners/",
        "runners/1/",
        "runners/calendar/",
        "money/",
        "refunds/?tab=all",
        "cases/",
        "reconcile/",
        "catalog/",
        "catalog/services/1/",
        "catalog/experts/",
        "catalog/experts/import/",
        "users/",
        "users/1/",
        "me/",
        "accounts/",
        "audit/",
    ):
        answer = page.goto(product.root + "admin/" + path)
        assert answer is not None
        assert answer.status == 200, path
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} is {wider} px wider than the window"
        assert page.title().endswith("管理后台"), path
        if folder := os.environ.get("ADMIN_PICTURES"):
            name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "overview"
            page.screenshot(path=f"{folder}/{name}-{width}.png")


def test_the_list_reads_without_javascript(browser: Browser, product: Served, password: str):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    opened = context.new_page()
    opened.goto(product.root + "admin/orders/?state=paid")
    opened.fill("[name=username]", "admin")
    opened.fill("[name=password]", password)
    opened.click("button")
    assert "state=paid" in opened.url
    opened.select_option("[name=state]", "finished")
    opened.click("text=筛选")
    assert "state=finished" in opened.url
    expect(opened.locator("table, .empty").first).to_be_visible()
    context.close()
