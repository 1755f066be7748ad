"""Decisions that need no text: each is about what the page has shown, and is refused, saying what has changed, when a
colleague was quicker."""

from __future__ import annotations

import html
import re

import pytest

from handlers.admin.page import FINGERPRINT_MISSING
from tests.admin.acts import ACTS, Act
from tests.admin.catalog.test_catalog import HOSPITAL, SERVICE
from tests.admin.clients import Client, form_of
from tests.admin.forms.test_stale_forms import form_of as entry_form
from tests.admin.scenario import Scenario

OTHER = "another Passphrase 8"
_DECISION = (
    r"orders/\{id\}/(refund|cancel|unassign|reassign|change|answer|pay|receipt(/reverse|/correct)?)/"
    r"|(orders/\{id\}/)?supplements/\{id\}/(open|withdraw|refund)/|desk/commit/"
    r"|refunds/\{id\}/(approve|reject|paid-back)/|cases/\{id\}/(close|release)/"
    r"|runners/\{id\}/((documents/\{id\}/|profile/)?(approve|reject)|suspend|remark)/"
    r"|users/\{id\}/(remark|disable|enable)/|accounts/\{id\}/(disable|enable|owner|clerk|accountant|password)/"
    r"|content/\{id\}/(approve|reject)/|complaints/\{id\}/(assign|(wechat/)?(answer|close|reject|approve|complete))/"
    r"|invoices/\{id\}/(issue|replace|reject|demand-reversal|reverse)/|books/close/"
    r"|pay/(issue|escorts/\{id\}/correct|statements/\{id\}/[a-z]+|transfers/\{id\}/decide/[a-z]+)/"
    r"|catalog/prices/|catalog/[a-z]+/\{id\}/((archive|restore)/)?|catalog/(experts/import|workbook)/"
)
_MARK = re.compile(r"(siblings_)?fingerprint|plan|(mark_|seen_|was-)[0-9]+")
"""Addresses of acts whose form says what its page has shown."""


@pytest.mark.parametrize(
    ("first", "late", "told"),
    [
        ("owner", "disable", "角色"),
        ("disable", "owner", "状态"),
        ("disable", "disable", "状态"),
        ("owner", "password", "角色"),
        ("password", "password", "密码"),
    ],
)
async def test_nobody_decides_about_an_account_that_another_owner_has_changed(
    owner: Client, visitor: Client, scenario: Scenario, first: str, late: str, told: str
):
    await visitor.log_in("owner")
    action = f"accounts/2/{late}/"
    form = form_of(await owner.page("admin/accounts/"), action)
    fields = {"password": OTHER}
    scenario.clock.at += 1_000
    assert (await visitor.submit("admin/accounts/", f"accounts/2/{first}/", fields)).code == 302
    async with scenario.storage.reading() as reader:
        before = await reader.administrators.get(2)
    answer = await owner.post(f"admin/{action}", {**form, **fields})
    assert answer.code == 409
    assert f"账号 clerk 的{told}变了" in answer.body.decode()
    async with scenario.storage.reading() as reader:
        assert await reader.administrators.get(2) == before
    if first != "disable" or late != "disable":
        assert (await owner.submit("admin/accounts/", action, fields)).code == 302, "having looked again"


async def test_nobody_decides_about_a_user_that_another_owner_has_changed(owner: Client, scenario: Scenario):
    user = await scenario.user()
    path, action = f"admin/users/{user}/", f"users/{user}/disable/"
    form = form_of(await owner.page(path), action)
    assert (await owner.submit(path, action)).code == 302
    assert (await owner.submit(path, f"users/{user}/enable/")).code == 302
    assert (await owner.post(f"admin/{action}", form)).code == 302, "as it was shown, all the same"
    answer = await owner.post(f"admin/{action}", form)
    assert answer.code == 409
    assert "这位用户的状态变了" in answer.body.decode()


async def test_an_entry_is_archived_as_it_was_shown(owner: Client, clerk: Client, scenario: Scenario):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    lists, archive, restore = (f"catalog/hospitals/{part}" for part in ("", "1/archive/", "1/restore/"))
    form = form_of(await owner.page(f"admin/{lists}"), archive)
    await clerk.post("admin/catalog/hospitals/1/", {**HOSPITAL, "name": "改名医院"})
    answer = await owner.post(f"admin/{archive}", form)
    assert answer.code == 409
    assert "没有下架：同事刚刚修改了「改名医院」" in answer.body.decode()
    form = form_of(await owner.page(f"admin/{lists}"), archive)
    assert (await clerk.submit(f"admin/{lists}", archive)).code == 302
    answer = await owner.post(f"admin/{archive}", form)
    assert answer.code == 409
    assert "同事刚刚下架了「改名医院」" in answer.body.decode()
    archived = await owner.page(f"admin/{lists}?archived=1")
    assert (await clerk.submit(f"admin/{lists}?archived=1", restore)).code == 302
    answer = await owner.post(f"admin/{restore}", form_of(archived, restore))
    assert answer.code == 409
    assert "没有上架：同事刚刚上架了" in answer.body.decode()
    acts = [act for act in await scenario.audited() if act.startswith("catalog.hospitals.")]
    assert acts[-3:] == ["catalog.hospitals.change", "catalog.hospitals.archive", "catalog.hospitals.restore"]


async def test_an_entry_that_was_archived_while_it_was_edited_is_not_saved_unseen(
    owner: Client, clerk: Client
):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    path = "admin/catalog/hospitals/1/"
    form = entry_form(await owner.page(path))
    assert (await clerk.submit("admin/catalog/hospitals/", "catalog/hospitals/1/archive/")).code == 302
    typed = {**HOSPITAL, "introduction": "新写的介绍"}
    answer = await owner.post(path, {**form, **typed})
    assert answer.code == 409
    page = answer.body.decode()
    assert "同事刚把这一项下架了" in page
    assert "新写的介绍" in page
    assert (await owner.post(path, {**entry_form(page), **typed})).code == 302


async def test_a_text_for_all_variants_does_not_overwrite_what_a_colleague_wrote_at_one_of_them(
    owner: Client, visitor: Client, scenario: Scenario
):
    for unit in ("半天", "天"):
        await owner.post("admin/catalog/services/new/", {**SERVICE, "unit": unit})
    path = "admin/catalog/services/1/"
    form = entry_form(await owner.page(path))
    await visitor.log_in("owner")
    other = {**SERVICE, "unit": "天", "notice": "同事写的须知"}
    assert (await visitor.post("admin/catalog/services/2/", other)).code == 302
    typed = {**SERVICE, "unit": "半天", "notice": "我写的须知", "siblings": "1"}
    answer = await owner.post(path, {**form, **typed})
    assert answer.code == 409
    page = answer.body.decode()
    assert "同事刚改过同名的其他规格（天）" in page
    assert "我写的须知" in page
    async with scenario.storage.reading() as reader:
        notices = [service.notice for service in await reader.catalog.services()]
    assert notices == ["", "同事写的须知"]
    assert (await owner.post(path, {**entry_form(page), **typed})).code == 302, "having read that"
    async with scenario.storage.reading() as reader:
        assert {service.notice for service in await reader.catalog.services()} == {"我写的须知"}


async def test_an_escort_is_taken_off_an_order_only_by_who_has_seen_that_one(
    owner: Client, clerk: Client, scenario: Scenario
):
    order, escort, other = await scenario.order(), await scenario.escort(), await scenario.escort("李娜")
    path, action = f"admin/orders/{order}/", f"orders/{order}/unassign/"
    await owner.post(f"{path}assign/", {"escort_id": escort, "half": "am"})
    form = form_of(await owner.page(path), action)
    await clerk.submit(path, action)
    await clerk.post(f"{path}assign/", {"escort_id": other, "half": "am"})
    answer = await owner.post(f"admin/{action}", form)
    assert answer.code == 409
    assert "换了陪诊员" in answer.body.decode()
    async with scenario.storage.reading() as reader:
        found = await reader.orders.get(order)
    assert found is not None
    assert found.escort_id == other


DECISIONS = [act for act in ACTS if act.method == "POST" and re.fullmatch(_DECISION, act.path)]


@pytest.mark.parametrize("act", DECISIONS, ids=lambda act: f"{act.name} {act.path}")
async def test_nothing_is_decided_by_a_form_that_does_not_say_what_its_page_has_shown(
    act: Act, owner: Client, scenario: Scenario
):
    ready = await act.ready(scenario, owner)
    before = await scenario.audited()
    fields = {**ready.fields, **act.fields}
    unsaid = dict.fromkeys(
        ["fingerprint", "siblings_fingerprint", "plan", *filter(_MARK.fullmatch, fields)], ""
    )
    if act.name in ("order.unassign", "order.reassign"):
        unsaid["escort_id"] = ""
    answer = await (ready.client or owner).post(f"admin/{act.path.format(id=ready.id)}", {**fields, **unsaid})
    assert answer.code == 400
    assert FINGERPRINT_MISSING in html.unescape(answer.body.decode())
    assert await scenario.audited() == before


async def test_no_place_in_a_list_is_changed_by_a_form_that_does_not_say_what_it_was(
    owner: Client, scenario: Scenario
):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    answer = await owner.post("admin/catalog/hospitals/order/", {"position-1": "77"})
    assert answer.code == 400
    assert FINGERPRINT_MISSING in answer.body.decode()
    assert "catalog.hospitals.order" not in await scenario.audited()


async def test_the_other_variants_of_a_service_are_not_changed_by_a_form_that_has_not_shown_them(
    owner: Client, scenario: Scenario
):
    for unit in ("半天", "天"):
        await owner.post("admin/catalog/services/new/", {**SERVICE, "unit": unit})
    form = entry_form(await owner.page("admin/catalog/services/1/"))
    typed = {**SERVICE, "unit": "半天", "notice": "我写的", "siblings": "1", "siblings_fingerprint": ""}
    assert (await owner.post("admin/catalog/services/1/", {**form, **typed})).code == 400
    async with scenario.storage.reading() as reader:
        assert {service.notice for service in await reader.catalog.services()} == {""}
