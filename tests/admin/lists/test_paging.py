"""Going from page to page one meets every row of every list exactly once, however the rows divide into pages."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin

import orjson
import pytest

from accounts import data_export, personal_numbers
from handlers.admin import paging
from handlers.admin.orders import export
from handlers.admin.pay import exports as pay_exports
from handlers.admin.pay import statements
from privacy import ESCORT_PHONE, Vault
from tests.admin.clients import Client
from tests.admin.conftest import KEY
from tests.admin.lists.listed import LISTS, PAGE, of_every_state
from tests.admin.scenario import Scenario
from tests.escort_pay import paying

NEXT = re.compile(r'href="([^"]*)" rel="next"')


def rows(page: str, shape: str) -> list[str]:
    """Each row once, however many links it has and under however many headings of days the rows are."""
    return list(dict.fromkeys(re.findall(shape, page.partition("<tbody")[2].rpartition("</tbody>")[0])))


@pytest.mark.parametrize("count", [0, PAGE, PAGE + 1, 2 * PAGE + 1])
@pytest.mark.parametrize("name", LISTS)
async def test_every_row_is_on_exactly_one_page(
    owner: Client, scenario: Scenario, name: str, count: int, monkeypatch: pytest.MonkeyPatch
):
    found = LISTS[name]
    monkeypatch.setattr(found.module, "PAGE", PAGE)
    expected = await found.make(scenario, owner, count)
    assert len(expected) == count
    pages, path = [], f"admin/{found.path}"
    for _ in range(count + 2):
        page = await owner.page(path)
        pages.append(rows(page, found.row))
        following = NEXT.search(page)
        if not following:
            break
        path = urljoin(owner.base + path, unescape(following[1])).removeprefix(owner.base)
    assert [row for page_rows in pages for row in page_rows] == expected
    assert [len(page_rows) for page_rows in pages] == [
        min(PAGE, count - start) for start in range(0, max(count, 1), PAGE)
    ]


@pytest.mark.parametrize("count", [0, PAGE, PAGE + 1, 2 * PAGE + 1])
async def test_an_export_has_every_order_whatever_its_pages(
    owner: Client, scenario: Scenario, count: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(export, "PAGE", PAGE)
    expected = await of_every_state(scenario, owner, count)
    text = (await owner.get("admin/orders/export/?format=csv")).body.decode("utf-8-sig")
    numbers = [re.sub(r"\D", "", line.partition(",")[0]) for line in text.splitlines()[1:]]
    assert numbers == expected


@pytest.mark.parametrize("count", [1, PAGE, PAGE + 1, 2 * PAGE + 1])
async def test_a_pay_statement_has_every_line_once_on_its_pages_and_in_its_file(
    owner: Client, scenario: Scenario, count: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(statements.StatementPage, "page_size", PAGE)
    monkeypatch.setattr(pay_exports, "PAGE", PAGE)
    await paying.rule(scenario.storage, 8_000)
    escort = await scenario.escort()
    expected = [str(await paying.finished(scenario.storage, escort)) for _ in range(count)]
    statement = await paying.issue(scenario.storage, escort, at=scenario.clock())
    path = f"admin/pay/statements/{statement.id}/"
    text = (await owner.get(f"{path}file/?format=csv")).body.decode("utf-8-sig")
    assert [line.split(",")[2].strip('"=') for line in text.splitlines()[1:-3]] == expected
    found: list[str] = []
    for _ in range(count + 2):
        page = await owner.page(path)
        found += rows(page, r'href="[^"]*orders/([0-9]+)/"')
        following = re.search(r'href="(\?after=[0-9]+)">下一页', page)
        if not following:
            break
        path = path.partition("?")[0] + following[1]
    assert found == expected


@pytest.mark.parametrize("count", [0, PAGE, PAGE + 1, 2 * PAGE + 1])
async def test_an_export_of_own_data_has_every_patient_and_every_order_once(
    scenario: Scenario, count: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(data_export, "PAGE", PAGE)
    user_id = await scenario.user()
    names, hospitals = (
        [f"病人{number}" for number in range(count)],
        [f"第{number}医院" for number in range(count)],
    )
    for name, hospital in zip(names, hospitals, strict=True):
        patient = await scenario.patient(user_id, name)
        await scenario.order("finished", user_id=user_id, patient_id=patient, hospital_name=hospital)
    async with scenario.storage.reading() as reader:
        user = await reader.users.get(user_id)
    assert user is not None
    data = orjson.loads(
        b"".join(
            [
                piece
                async for piece in data_export.json_chunks(
                    scenario.storage,
                    scenario.services.vault,
                    scenario.services.visit_photos,
                    scenario.services.documents,
                    user,
                )
            ]
        )
    )
    assert sorted(each["name"] for each in data["patients"]) == names
    assert sorted(each["hospital"] for each in data["orders"]) == hospitals


@pytest.mark.parametrize("count", [0, PAGE, PAGE + 1, 2 * PAGE + 1])
async def test_a_new_key_reaches_every_number_once(
    scenario: Scenario, count: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(personal_numbers, "PAGE", PAGE)
    for number in range(count):
        await scenario.escort(f"陪{number}")
    new = Vault("cd" * 32, [KEY])
    assert await personal_numbers.normalize_old_escorts(scenario.storage, new) == count
    only_new = Vault("cd" * 32)
    async with scenario.storage.reading() as reader:
        escorts_now = await reader.escorts.page(limit=100)
    assert len(escorts_now) == count
    for each in escorts_now:
        assert only_new.open(each.phone_sealed, ESCORT_PHONE)
    assert await personal_numbers.normalize_old_escorts(scenario.storage, new) == 0


def test_every_list_is_cut_by_the_one_rule_and_is_walked_here():
    """A new list with a page of its own has to be added to LISTS."""
    from handlers import admin

    paged = {module for module in admin.MODULES if getattr(module, "cut", None) is paging.cut}
    assert paged == {each.module for each in LISTS.values()}
    others = {module for module in admin.MODULES if hasattr(module, "PAGE")} - paged
    assert others == {export, statements, pay_exports}, "each has a test of its own here"


def test_a_page_is_followed_by_another_only_when_there_is_a_row_for_it():
    values: list[Any] = [1, 2, 3, 4]
    assert paging.cut(values[:2], 3) == ([1, 2], None)
    assert paging.cut(values[:3], 3) == ([1, 2, 3], None)
    assert paging.cut(values, 3) == ([1, 2, 3], 3)
    assert paging.cut([], 3) == ([], None)


@pytest.mark.parametrize("unreadable", [0, 2])
async def test_old_numbers_that_no_key_opens_are_counted_and_hold_up_no_others(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, unreadable: int
):
    monkeypatch.setattr(personal_numbers, "PAGE", PAGE)
    user_id = await scenario.user("李明")
    for number in range(PAGE + 1):
        await scenario.patient(user_id, f"王{number}")
    foreign = Vault("ef" * 32).seal("13800001234", "patients.phone")
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE patients SET phone_hash = ''", {})
        await tx.connection.execute(
            "UPDATE patients SET phone_sealed = :foreign WHERE id <= :last",
            {"foreign": foreign, "last": unreadable},
        )
        await tx.commit()
    caplog.set_level("WARNING")
    vault = scenario.services.vault
    assert await personal_numbers.normalize_old_patients(scenario.storage, vault) == PAGE + 1 - unreadable
    told = ["numbers of 2 patients do not open with the configured keys"]
    assert caplog.messages == (told if unreadable else [])
