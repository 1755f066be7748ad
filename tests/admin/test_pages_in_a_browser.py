"""Every page in a real browser: on a desk and on a phone, with three hundred orders and with nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.admin.business import Open, business
from tests.admin.pictures import (
    ORDERS,
    PAGES,
    WIDTHS,
    WITHOUT_PICTURE,
    ask_for_the_password,
    log_in,
    waiting_order,
)
from tests.browser.packages import package

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = """async () => (await axe.run(document)).violations
  .filter(({ impact }) => ["serious", "critical"].includes(impact))
  .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target.join(" ")}: ${failureSummary}`))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
REFUSED = re.compile("status of 40[34]")
"""What the browser writes about the page that asks for the password, and about the one that is not there."""
OF_ONE_THING = {
    *("order", "visit", "members", "messages", "escort", "refund", "case", "expert", "user"),
    *("complaint", "invoice", "pay-escort", "statement"),
    *("complaint-at-wechat", "statement-print", "transfer", "supplement-refund", "next-order"),
}
"""Pages that an empty business has not."""
EVERY_PAGE = {**PAGES, **WITHOUT_PICTURE}
ROUTES = Path(__file__).parents[1] / "http" / "callers.txt"
NO_PAGE = re.compile(
    "export/|/file/|progress/|/news/|last-change/|portrait/|receipt/|picture/|template/|example/|/notes/|summary/|"
    "unearned/|/lines/"
)
"""Files, pictures, JSON, and parts of a page."""


@pytest.fixture(scope="module")
def busy() -> Iterator[Open]:
    with business(ORDERS) as shown:
        yield shown


@pytest.fixture(scope="module")
def long() -> Iterator[Open]:
    with business(20, long_names=True) as shown:
        yield shown


@pytest.fixture(scope="module")
def empty() -> Iterator[Open]:
    with business(0) as shown:
        yield shown


@pytest.fixture(scope="module")
def axe() -> str:
    return (package("axe-core") / "axe.min.js").read_text("utf-8")


@contextmanager
def desk(browser: Browser, root: str, width: int) -> Iterator[Page]:
    """The owner's browser; any script error or blocked resource fails the test."""
    context = browser.new_context(viewport={"width": width, "height": 860}, locale="zh-CN")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    try:
        log_in(page, root)
        yield page
    finally:
        context.close()
    assert [each for each in problems if not REFUSED.search(each)] == []


def complaints(page: Page, axe: str, name: str) -> list[str]:
    page.evaluate(axe)
    found = [f"{name}: {text}" for text in page.evaluate(AXE)]
    if (wider := page.evaluate(WIDER)) > 0:
        found.append(f"{name}: {wider} px wider than the window")
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_has_a_serious_fault(browser: Browser, busy: Open, axe: str, width: int):
    found: list[str] = []
    with desk(browser, busy.root, width) as page:
        order = waiting_order(page, busy.root)
        for name, path in EVERY_PAGE.items():
            answer = page.goto(
                busy.root + "admin/" + path.format(order=order, shared=busy.shared).partition("#")[0]
            )
            assert answer is not None
            assert answer.status == (404 if name == "error" else 200), name
            closed = page.locator("main details:not([open]) > summary:visible")
            for _ in range(min(3, closed.count())):
                closed.first.click()  # which is then no longer among them
            found += complaints(page, axe, name)
        ask_for_the_password(page, busy, order)
        found += complaints(page, axe, "password")
    assert found == []


def test_every_page_that_can_be_opened_is_looked_at() -> None:
    lines = [line.split() for line in ROUTES.read_text("utf-8").splitlines()]
    routes = {line[-1] for line in lines if "GET" in line and line[-1].startswith("/admin/")}
    shown = [
        "/admin/" + path.partition("?")[0].format(order=1, shared=1).partition("#")[0]
        for path in EVERY_PAGE.values()
    ]
    missing = {
        route
        for route in routes - {"/admin/login/"}
        if not NO_PAGE.search(route) and not any(re.fullmatch(route, path) for path in shown)
    }
    assert missing == set()


@pytest.mark.parametrize("width", WIDTHS)
def test_very_long_names_make_no_page_wider_than_the_window(
    browser: Browser, long: Open, axe: str, width: int
):
    found: list[str] = []
    with desk(browser, long.root, width) as page:
        order = waiting_order(page, long.root)
        for name, path in EVERY_PAGE.items():
            page.goto(long.root + "admin/" + path.format(order=order, shared=long.shared).partition("#")[0])
            found += complaints(page, axe, name)
    assert found == []


def test_the_menu_of_a_phone_shows_every_entry(browser: Browser, busy: Open):
    with desk(browser, busy.root, 390) as page:
        page.goto(busy.root + "admin/runners/")
        entries = page.locator(".side nav a").all()
        assert len(entries) == 11
        for entry in entries:
            box = entry.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390, entry.inner_text()
        tabs = [box["y"] for box in (tab.bounding_box() for tab in page.locator(".tabs a").all()) if box]
        assert len(tabs) == 5
        assert len(set(tabs)) == 1, "on one line"


def test_no_empty_page_has_a_serious_fault_or_is_blank(browser: Browser, empty: Open, axe: str):
    found: list[str] = []
    with desk(browser, empty.root, WIDTHS[0]) as page:
        for name, path in EVERY_PAGE.items():
            if name in OF_ONE_THING:
                continue
            page.goto(empty.root + "admin/" + path)
            found += complaints(page, axe, name)
        for path in ("orders/", "money/", "refunds/", "users/?q=nobody", "runners/?state=rejected"):
            page.goto(empty.root + "admin/" + path)
            expect(page.locator(".empty strong, .empty p").first).not_to_be_empty()
    assert found == []


def test_the_measure_finds_what_is_wrong(browser: Browser, busy: Open, axe: str):
    with desk(browser, busy.root, WIDTHS[0]) as page:
        page.goto(busy.root + "admin/orders/")
        page.evaluate("""() => {
            document.querySelector('h1').style.color = '#ccc';
            const field = document.querySelector('.filters [name=q]');
            field.closest('label').replaceWith(field);
        }""")
        page.evaluate("document.querySelector('.filters [name=q]').removeAttribute('title')")
        page.evaluate("document.querySelector('.filters [name=q]').removeAttribute('placeholder')")
        page.evaluate("document.querySelector('main').style.width = '3000px'")
        said = " ".join(complaints(page, axe, "orders"))
    for fault in ("color-contrast", "label", "wider than the window"):
        assert fault in said


def test_the_chart_shows_the_table_and_says_the_numbers_of_a_day(browser: Browser, busy: Open):
    with desk(browser, busy.root, WIDTHS[0]) as page:
        page.goto(busy.root + "admin/")
        canvas = page.locator("#chart canvas")
        expect(canvas).to_be_visible()
        box = page.locator("#chart .u-over").bounding_box()
        assert box is not None
        legend = page.locator("#chart .u-legend")
        expect(legend).to_contain_text("–")
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(legend).not_to_contain_text("–")
        date, income, _ = legend.locator(".u-value").all_inner_texts()
        page.get_by_text("以表格查看").click()
        row = page.locator("#daily tbody tr", has_text=date)
        assert row.locator("td").nth(2).inner_text() == income


def test_without_javascript_the_overview_is_a_table(browser: Browser, busy: Open):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    log_in(page, busy.root)
    expect(page.locator("#chart")).to_be_hidden()
    page.get_by_text("以表格查看").click()
    assert page.locator("#daily tbody tr").count() == 30
    context.close()


def test_several_orders_are_offered_to_everybody_as_the_form_comes(browser: Browser, busy: Open):
    with desk(browser, busy.root, WIDTHS[0]) as page:
        page.goto(busy.root + "admin/orders/?state=paid&escort=none")
        page.locator("input[form=several]").first.check()
        page.get_by_text("一次安排几单").click()
        one = page.locator("#several [name=escort_id]")
        expect(one).to_be_disabled()
        page.select_option("#several [name=do]", label="直接安排给一位")
        expect(one).to_be_enabled()
        assert one.get_attribute("required") is not None
        one.select_option(index=1)
        page.select_option("#several [name=do]", label="派给所有有空的")
        expect(one).to_have_value("")
        expect(one).to_be_disabled()
        page.get_by_role("button", name="安排勾选的订单").click()
        expect(page.get_by_role("heading")).to_have_text("批量安排的结果")
