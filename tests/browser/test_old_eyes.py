"""For old eyes and hands: contrast, text sizes, tap targets, nothing cut off, on every page, on three widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.clients import ApiUser
from tests.browser.old_eyes import AT_ONCE, LEAST_PX, MEASURE, WIDTHS, complaints
from tests.browser.packages import package
from tests.browser.page_case import PageCase
from tests.browser.page_cases import BARE, BROKEN, CONTENT, WAITING
from tests.browser.phone import HEIGHT, WIDTH, Phone
from tests.browser.scenario import Scenario

MEASURED = (*CONTENT, WAITING[0], BROKEN[0], *BARE)
"""Skeletons and failures look alike on all pages; the rest of them are measured where their pages are tried."""
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {
        # There is no keyboard on a phone.
        "scrollable-region-focusable": {"enabled": False},
        # It compares words between blanks, and Chinese has none: 电话 would not be part of 打电话给客服.
        "label-content-name-mismatch": {"enabled": False},
        # TDesign's steps call themselves options of a list box; their texts are read all the same.
        "aria-required-parent": {"enabled": False},
        # TDesign's stars cannot be given a name, nor the wheels that stand in for the system's.
        "aria-input-field-name": {"enabled": False},
    },
}
AXE = """options => axe.run(document.body, options).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
  nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} — ${failureSummary}`)))"""
STILL = """async () => {
  // What fades in or out is paler than it will be: wait until nothing has moved for some frames.
  for (let quiet = 0; quiet < 8; quiet += 1) {
    await new Promise(requestAnimationFrame)
    const moving = document.getAnimations().filter((each) =>
      each.playState === 'running' && each.effect.getComputedTiming().endTime !== Infinity)
    if (moving.length) quiet = -1
    await Promise.all(moving.map((each) => each.finished.catch(() => {})))
  }
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    return (package("axe-core") / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("page_case", MEASURED, ids=lambda page_case: page_case.name)
def test_it_is_made_for_old_eyes(
    page_case: PageCase, scenario: Scenario, phones: Callable[..., Phone], axe: str
) -> None:
    person: ApiUser = getattr(scenario, page_case.who)
    phone = phones(person)
    found: list[str] = []
    with page_case.shown(phone, scenario):
        phone.page.evaluate(STILL)
        phone.page.evaluate(axe)
        found += phone.page.evaluate(AXE, AXE_OPTIONS)
        phone.page.add_style_tag(content=AT_ONCE)
        for width in WIDTHS:
            for large in (False, True):
                found += complaints(phone, width, large)
    assert not found, "\n".join(found)


PLANTED: list[tuple[str, str, dict[str, str]]] = [
    ("small text", ".list-title", {"fontSize": "14px"}),
    ("pale", ".heading", {"color": "#8a9a97"}),
    ("hard to hit", "[role=button]", {"width": "30px", "minWidth": "0"}),
    ("cut off", ".heading", {"width": "20px", "overflow": "hidden", "whiteSpace": "nowrap"}),
    ("beyond the edge", ".heading", {"width": "600px"}),
    ("covered", ".body", {"paddingBottom": "0"}),
]


def test_the_measure_finds_what_is_wrong(phone: Phone) -> None:
    phone.page.set_viewport_size({"width": WIDTH, "height": 500})
    for path in ("more/more", "contact/contact"):
        phone.open(f"pages/{path}").until_loaded()
        assert phone.page.evaluate(MEASURE, {"least": LEAST_PX}) == []
        for complaint, selector, style in PLANTED:
            if (complaint == "covered") != (path == "contact/contact"):
                continue
            row = phone.screen.locator(selector).first
            row.evaluate("(row, style) => Object.assign(row.style, style)", style)
            assert complaint in " ".join(phone.page.evaluate(MEASURE, {"least": LEAST_PX})), complaint
            row.evaluate("row => row.removeAttribute('style')")
    phone.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def test_large_text_is_switched_on_in_me_and_remembered(phone: Phone) -> None:
    size = "getComputedStyle(document.querySelector('main:not([hidden]) .page')).fontSize"
    phone.open("pages/me/me").see("大字模式")
    assert phone.page.evaluate(size) == "17px"
    phone.tap("大字模式")
    phone.page.wait_for_function(f"{size} === '21.25px'")
    phone.tap("陪诊下单")
    phone.until_path("pages/services/services")
    assert phone.page.evaluate(size) == "21.25px"
    phone.open("pages/order/order?serviceId=4").see("下一步")
    assert phone.page.evaluate(size) == "21.25px"
    phone.open("pages/me/me").tap("大字模式")
    phone.page.wait_for_function(f"{size} === '17px'")
