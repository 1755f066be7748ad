"""What a page that stays open is told: tiles of the overview, the bar of new orders, the switch of the sound; and the
boxes that are ticked for the desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.admin.business import Open, business
from tests.admin.pictures import log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

NEWS = "**/admin/desk/news/*"


@pytest.fixture(scope="module")
def busy() -> Iterator[Open]:
    with business(30) as shown:
        yield shown


@pytest.fixture
def page(browser: Browser, busy: Open) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    log_in(page, busy.root)
    yield page
    page.unroute_all(behavior="ignoreErrors")
    context.close()
    assert problems == []


def answer(page: Page, **changed: Any) -> None:
    """The next questions get the server's own answer with these values in it, and one is asked at once."""

    def change(route: Route) -> None:
        told = route.fetch()
        route.fulfill(json=told.json() | changed)

    page.unroute(NEWS)
    page.route(NEWS, change)
    with page.expect_response(NEWS):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_tile_of_which_nothing_is_left_goes_and_comes_again(page: Page):
    page.wait_for_selector("#tiles a.tile")
    tiles = page.locator("#tiles a.tile")
    count = tiles.count()
    assert count > 1
    paths = [(tile.get_attribute("href") or "").partition("admin/")[2] for tile in tiles.all()]
    left = dict.fromkeys(paths[1:], 1234)
    answer(page, tiles=left)
    expect(page.locator("#tiles a.tile:visible")).to_have_count(count - 1)
    expect(tiles.first).to_be_hidden()
    expect(tiles.nth(1).locator(".value")).to_have_text("1,234")
    expect(page.locator("#nothing-waits")).to_be_hidden()
    answer(page, tiles={})
    expect(page.locator("#tiles a.tile:visible")).to_have_count(0)
    expect(page.locator("#nothing-waits")).to_be_visible()
    answer(page, tiles={paths[0]: 2})
    expect(tiles.first).to_be_visible()
    expect(page.locator("#nothing-waits")).to_be_hidden()
    expect(page.locator("#news")).to_be_hidden()
    answer(page, tiles={paths[0]: 2, "cases/?kind=of-a-new-kind": 1})
    expect(page.locator("#news")).to_have_text("有新的事情等您处理，点此显示")


def test_the_bar_of_new_orders_renews_the_list_and_keeps_its_ticks(page: Page, busy: Open):
    page.goto(busy.root + "admin/orders/?state=paid")
    box = page.locator("[name^=order_]").first
    box.check()
    name = box.get_attribute("name")
    answer(page, paid=3)
    bar = page.locator("#news")
    expect(bar).to_have_text("3 个新订单，点此显示")
    assert page.title().startswith("(3) ")
    with page.expect_response("**/admin/orders/?state=paid*"):
        bar.click()
    expect(bar).to_be_hidden()
    assert not page.title().startswith("(")
    expect(page.locator(f"[name={name}]")).to_be_checked()
    expect(page.locator("[data-ticked]")).to_have_text("已勾选 1 单")


def test_after_the_bar_the_question_begins_at_the_servers_time_whatever_the_computers_clock_says(
    page: Page, busy: Open
):
    page.add_init_script("Date.now = () => 4102444800000")
    page.goto(busy.root + "admin/orders/?state=paid")
    printed = int(page.locator("body").get_attribute("data-since") or 0)
    answer(page, paid=1)
    page.locator("#news").click()
    with page.expect_request(NEWS) as asked:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    since = int(asked.value.url.partition("since=")[2])
    assert printed <= since < printed + 600_000


def test_the_sound_is_kept_switched_on_from_page_to_page(page: Page, busy: Open):
    switch = page.locator("[data-sound]")
    expect(switch).to_have_text("提示音：关")
    switch.click()
    expect(switch).to_have_text("提示音：开")
    page.goto(busy.root + "admin/orders/")
    expect(switch).to_have_text("提示音：开")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_text("提示音：关")


def test_all_ticks_every_order_but_those_whose_day_is_over(page: Page, busy: Open):
    page.goto(busy.root + "admin/desk/")
    page.wait_for_load_state("load")
    boxes, every = page.locator("[name^=order_]"), page.locator("[data-all]")
    page.locator("ul.jobs").first.evaluate("list => list.setAttribute('data-overdue', '')")
    late = page.locator("[data-overdue] [name^=order_]")
    assert 0 < late.count() < boxes.count()
    every.check()
    expect(page.locator("[name^=order_]:checked")).to_have_count(boxes.count() - late.count())
    expect(page.locator("[data-overdue] [name^=order_]:checked")).to_have_count(0)
    late.first.check()
    every.uncheck()
    expect(page.locator("[name^=order_]:checked")).to_have_count(0)
