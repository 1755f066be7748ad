"""What the ten most frequent acts of the office cost, in clicks and page loads, as a clerk does them in a browser.

Each begins on the overview. A press of a key that sends a form, a choice from a list and a dialog that is confirmed
count as clicks, too; typing does not. The table in docs/admin.md is what these tests measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.admin.business import Open, business
from tests.admin.pictures import log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Locator, Page


@dataclass
class Counted:
    """A clerk at a page: counts what the hand does, and what the browser loads."""

    page: Page
    clicks: int = 0
    loads: int = 0

    def __post_init__(self) -> None:
        self.page.on("dialog", self._confirm)
        self.page.on("domcontentloaded", self._loaded)

    def _confirm(self, dialog: Dialog) -> None:
        self.clicks += 1
        dialog.accept()

    def _loaded(self, _: object) -> None:
        self.loads += 1

    def begin(self, root: str) -> None:
        self.page.goto(root + "admin/")
        self.page.wait_for_load_state("load")
        self.clicks = self.loads = 0

    def click(self, one: Locator) -> None:
        self.clicks += 1
        one.click()

    def enter(self, one: Locator, text: str) -> None:
        self.clicks += 1
        one.fill(text)
        one.press("Enter")

    def menu(self, label: str) -> None:
        self.click(self.page.locator("nav[aria-label=主菜单] a", has_text=label))

    def cost(self, name: str) -> tuple[int, int]:
        """Clicks and page loads; a page that has only begun to come is waited for and counted."""
        self.page.wait_for_load_state()
        print(f"{name}: {self.clicks} clicks, {self.loads} page loads")
        return self.clicks, self.loads


@pytest.fixture(scope="module")
def busy() -> Iterator[Open]:
    with business(300, more_escorts=16) as shown:
        yield shown


@pytest.fixture
def hand(browser: Browser, busy: Open) -> Iterator[Counted]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    log_in(page, busy.root)
    counted = Counted(page)
    counted.begin(busy.root)
    yield counted
    context.close()
    assert problems == []


def test_twenty_paid_orders_are_assigned_in_at_most_thirty_clicks(hand: Counted):
    page = hand.page
    hand.menu("派单台")
    hand.click(page.locator(".chips a").nth(4))  # three days with more than twenty orders
    page.wait_for_url("**from=**")
    boxes = page.locator(".job > [type=checkbox]")
    for place in range(20):
        hand.click(boxes.nth(place))
    hand.click(page.locator("[data-suggest]"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("安排的建议")
    hand.click(page.get_by_role("button", name="安排勾选的订单"))
    expect(page.get_by_role("status").first).to_contain_text("20 单里，20 单安排好了")
    clicks, loads = hand.cost("assign 20 orders")
    assert (clicks <= 30, loads <= 4) == (True, True)


def test_a_whole_day_is_assigned_in_five_clicks(hand: Counted):
    page = hand.page
    hand.menu("派单台")
    hand.click(page.locator(".chips a").nth(5))
    hand.click(page.locator("[data-all-of]").first)
    hand.click(page.locator("[data-suggest]"))
    hand.click(page.get_by_role("button", name="安排勾选的订单"))
    expect(page.get_by_role("status").first).to_contain_text("安排好了")
    assert hand.cost("assign a day")[0] == 5


def test_one_order_is_given_by_two_taps_without_a_page_load(hand: Counted):
    page = hand.page
    hand.menu("派单台")
    page.wait_for_load_state("load")
    loads = hand.loads
    hand.click(page.locator(".job .pick").first)
    hand.click(page.locator(".fits button.cell").first)
    expect(page.locator("#result")).to_contain_text("已安排给")
    assert (hand.cost("assign one")[0], hand.loads) == (3, loads)


def test_an_order_is_dragged_to_a_half_day_and_then_to_another_escort(hand: Counted):
    page = hand.page
    page.set_default_timeout(8_000)
    hand.menu("派单台")
    card = page.locator(".job", has=page.locator("[data-halves='am'], [data-halves='pm']")).first
    order = str(card.get_attribute("data-pick")).partition("-")[0]
    half = str(card.locator("[name=pick]").get_attribute("data-halves"))
    day = str(card.locator("[name=pick]").get_attribute("data-day"))
    free = f"td[data-room=all][data-day='{day}'][data-half={half}]"
    card.drag_to(page.locator(free).first)
    expect(page.locator("#result")).to_contain_text("已安排给")
    hand.begin(page.url.partition("admin/")[0])
    hand.menu("派单台")
    hand.click(page.locator(f"label.slot:has([value^='{order}-'])"))
    hand.click(page.locator(f".fits{free[2:]} button.cell").first)
    expect(page.locator("#result")).to_contain_text("已换成")
    assert hand.cost("another escort")[0] <= 4


def test_a_card_is_given_by_the_keyboard_alone(hand: Counted):
    page = hand.page
    hand.menu("派单台")
    card = page.locator(".job [name=pick]").first
    card.focus()
    card.press("Space")
    card.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("已安排给")


def test_a_customer_is_found_by_the_end_of_a_phone(hand: Counted):
    page = hand.page
    hand.menu("订单")
    tail = page.locator("button.call").first.inner_text()[-4:]
    hand.begin(page.url.partition("admin/")[0])
    hand.enter(page.locator("#find"), tail)
    expect(page.locator("main")).to_contain_text(tail)
    assert hand.cost("find a customer")[0] == 1


def test_a_call_is_one_tap_in_the_list(hand: Counted):
    page = hand.page
    hand.menu("订单")
    hand.click(page.locator("button.call").first)
    expect(page.locator("a.called").first).to_have_attribute("href", re.compile("^tel:1"))
    assert hand.cost("call") == (2, 1)


def test_a_visit_is_changed(hand: Counted):
    page = hand.page
    hand.menu("订单")
    hand.click(page.locator("tr[data-href] .c-who").first)
    hand.click(page.locator("#change summary"))
    page.locator("#change [name=visit_time]").fill("13:30")
    hand.click(page.locator("#change [value=user]"))
    page.locator("#change [name=reason]").fill("医生改了时间")
    hand.click(page.get_by_role("button", name="保存修改"))
    expect(page.get_by_role("status").first).to_contain_text("已保存")
    assert hand.cost("change a visit")[0] <= 6


def test_a_note_is_written_in_the_list(hand: Counted):
    page = hand.page
    hand.menu("订单")
    cell = page.locator("td.c-note", has_text="写备注").first
    hand.click(cell.get_by_text("写备注"))
    page.locator("td.c-note textarea").fill("家属在大厅等")
    hand.click(page.locator("td.c-note").get_by_role("button", name="保存"))
    expect(page.locator("td.c-note", has_text="家属在大厅等").first).to_be_visible()
    assert hand.cost("note") == (3, 1)


def test_ticked_orders_are_offered_to_everyone_free(hand: Counted):
    page = hand.page
    hand.menu("订单")
    rows = page.locator("tr[data-href]", has_text="未安排").locator("[form=several]")
    for place in (10, 11, 12):
        hand.click(rows.nth(place))
    hand.click(page.get_by_text("一次安排几单"))
    hand.click(page.get_by_role("button", name="安排勾选的订单"))
    expect(page.get_by_role("heading", level=1)).to_have_text("批量安排的结果")
    assert hand.cost("offer three orders")[0] <= 6


def test_a_day_is_exported(hand: Counted):
    page = hand.page
    hand.menu("订单")
    hand.click(page.locator(".chips a", has_text="今天就诊"))
    page.wait_for_url("**from=**")
    with page.expect_download() as download:
        hand.click(page.get_by_text("导出 Excel"))
    assert download.value.suggested_filename.endswith(".xlsx")
    assert hand.cost("export a day")[0] == 3


def test_the_plan_of_a_day_is_printed(hand: Counted):
    page = hand.page
    page.add_init_script("window.print = () => { document.body.dataset.printed = 'y'; }")
    hand.menu("陪诊员")
    hand.click(page.get_by_role("link", name="排班日历"))
    hand.click(page.get_by_role("link", name="明天的安排"))
    hand.click(page.get_by_role("button", name="显示完整号码"))
    hand.click(page.locator("[data-print]").first)
    expect(page.locator("body")).to_have_attribute("data-printed", "y")
    assert hand.cost("print the plan")[0] <= 5


def test_a_refund_request_is_looked_at_and_decided(hand: Counted):
    page = hand.page
    hand.click(page.locator("a.tile", has_text="退款申请待审核"))
    hand.click(page.get_by_role("link", name="去审核").first)
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.locator("form[action*=reject] [name=note]").fill("已经服务")
    hand.click(page.get_by_role("button", name="拒绝申请"))
    expect(page.get_by_role("status").first).to_contain_text("已拒绝")
    assert re.search(r"拒绝 .+的.+申请（[0-9.]+ 元）？", asked[0])
    assert hand.cost("decide about a refund") == (4, 3)
