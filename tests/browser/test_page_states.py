"""Every page that loads shows a skeleton, then its content, or what to do without any, or a failure with a way on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from config import ROOT
from tests.browser.contact_sheets import SHEETS
from tests.browser.old_eyes import complaints_at_worst
from tests.browser.page_cases import CONTENT, PAGE_CASES
from tests.browser.phone import Phone
from tests.browser.scenario import Scenario
from tests.browser.states import EMPTY, LOADING, STILL, Empty, Loading

FAILURE = "没有加载出来"


def name_of(page: Loading | Empty) -> str:
    return page.name


@pytest.mark.parametrize("page", LOADING, ids=name_of)
def test_it_shows_a_skeleton_then_a_failure_and_the_content_after_a_retry(
    page: Loading, scenario: Scenario, phones: Callable[..., Phone]
) -> None:
    phone = phones(scenario.regular)
    with phone.gate(page.asks) as gate:
        gate.hold()
        phone.open(f"pages/{page.path.format(**scenario.orders)}")
        phone.until_state("loading")
        phone.screen.locator("[role=progressbar]").wait_for()
        assert not phone.shows(page.content)
        assert complaints_at_worst(phone) == []

        gate.fail(500, msg="服务器忙，请稍后再试")
        phone.see(FAILURE, "服务器忙，请稍后再试")
        assert complaints_at_worst(phone) == []

        gate.hold()
        phone.tap("重试")
        phone.until_state("loading")
        phone.not_see(FAILURE)
        if page.answer:
            gate.answer(page.answer)
        else:
            gate.open()
        phone.see(page.content)


@pytest.mark.parametrize("page", EMPTY, ids=name_of)
def test_with_nothing_to_show_it_says_what_to_do_next(page: Empty, phone: Phone) -> None:
    with phone.gate(page.asks) as gate:
        gate.answer(page.answer)
        phone.open(f"pages/{page.path}").see(page.text)
        phone.tap(phone.screen.get_by_text(page.offer, exact=True).first)
        if page.leads_to:
            phone.until_path(page.leads_to)
        else:
            phone.page.wait_for_function("__mp.calls.some((call) => call.api === 'makePhoneCall')")


@pytest.mark.parametrize("path", STILL, ids=lambda path: path.partition("/")[0])
def test_a_page_that_needs_nothing_shows_even_without_a_server(path: str, phone: Phone) -> None:
    with phone.gate("catalog/") as catalog, phone.gate("login/") as login:
        catalog.cut()
        login.cut()
        phone.open(f"pages/{path}")
        phone.until_state("content")
        phone.see(STILL[path])


def test_every_page_of_the_program_is_looked_at_and_has_its_pictures() -> None:
    app = json.loads((ROOT / "Front" / "app.json").read_text("utf-8"))
    apart = {f"{part['root']}/{page}" for part in app["subPackages"] for page in part["pages"]}
    looked_at = {page_case.path.partition("?")[0] for page_case in CONTENT}
    assert {path for path in looked_at if path.startswith("packages/")} == apart
    for paths in ([page.path for page in LOADING] + list(STILL), looked_at - apart):
        assert {f"pages/{path.partition('?')[0]}" for path in paths} == set(app["pages"])
    names = {page_case.name for page_case in PAGE_CASES}
    assert len(names) == len(PAGE_CASES)
    assert {part.removesuffix("-large") for parts in SHEETS.values() for part in parts} <= names


def test_a_page_that_fails_offers_a_call_as_well(phone: Phone) -> None:
    with phone.gate("catalog/services/4/") as gate:
        gate.cut()
        phone.open("pages/service/service?id=4").see("网络连接不上")
        phone.tap("打电话给客服")
        phone.page.wait_for_function("__mp.calls.some((call) => call.api === 'makePhoneCall')")
