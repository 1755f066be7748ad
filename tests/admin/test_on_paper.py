"""What is printed: a page per escort, facts without buttons, who printed it and when."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from clock import DAY, now_ms, shanghai_date
from tests.admin.business import Open, business
from tests.admin.pictures import waiting_order
from tests.admin.test_pages_in_a_browser import desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def company() -> Iterator[Open]:
    with business(120) as shown:
        yield shown


def pages_of(page: Page) -> int:
    """How many sheets of A4 a printer would use."""
    page.emulate_media(media="print")
    return len(re.findall(rb"/Type\s*/Page[^s]", io.BytesIO(page.pdf(format="A4")).getvalue()))


def test_the_plan_of_a_day_is_one_page_per_escort(company: Open, browser: Browser) -> None:
    day = shanghai_date(now_ms() + DAY)
    with desk(browser, company.root, 1366) as page:
        page.goto(f"{company.root}admin/runners/plan/?day={day}", wait_until="networkidle")
        sheets = page.locator("section.sheet").count()
        assert sheets > 1
        assert pages_of(page) == sheets
        assert page.get_by_text("打印于").is_visible()
        for gone in ("nav", "button", "textarea", "form"):
            shown = [each for each in page.locator(gone).all() if each.is_visible()]
            assert shown == [], gone


def test_an_order_on_paper_has_its_facts_and_nothing_to_click(company: Open, browser: Browser) -> None:
    with desk(browser, company.root, 390) as page:
        order = waiting_order(page, company.root)
        page.goto(f"{company.root}admin/orders/{order}/", wait_until="networkidle")
        page.get_by_role("button", name="打印").wait_for()
        page.emulate_media(media="print")
        assert page.get_by_text("科室", exact=True).first.is_visible()
        assert [each for each in page.locator("button, textarea, nav").all() if each.is_visible()] == []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0


def test_the_plan_is_copied_as_text(company: Open, browser: Browser) -> None:
    day = shanghai_date(now_ms() + DAY)
    with desk(browser, company.root, 1366) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(f"{company.root}admin/runners/plan/?day={day}", wait_until="networkidle")
        page.get_by_text("复制成文字").first.click()
        page.get_by_role("button", name="复制", exact=True).first.click()
        page.get_by_text("已复制").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert re.match(r"\S+，.*，\d+ 单\n1\. ", copied)
        assert re.search(r"1\d\d\*{4}\d{4}", copied), "phones stay masked until they are revealed"
