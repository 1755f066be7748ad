"""A refusal because something has changed since the page was opened names who changed it, and when."""

from __future__ import annotations

import re

import pytest

from clock import MINUTE
from handlers.admin.desk.last_change import page_of
from handlers.admin.formats import minute_text
from orders import serving
from storage.models import Actor, Cause
from tests.admin.catalog.test_catalog import HOSPITAL
from tests.admin.clients import Client, form_of
from tests.admin.desk.test_desk import text_of
from tests.admin.scenario import Scenario

LINK = re.compile(r'hx-get="[./]*(admin/last-change/[a-z]+/[0-9]+/)"')


async def told(client: Client, page: str) -> str:
    """What the page loads about the last change."""
    found = LINK.search(page)
    assert found, "the page asks who it was"
    return text_of(await client.get(found[1], **{"HX-Request": "true"}))


async def test_a_second_tab_of_an_order_names_the_colleague(owner: Client, clerk: Client, scenario: Scenario):
    order, escort = await scenario.order(visit_time="09:00"), await scenario.escort()
    fresh = await owner.page(f"admin/orders/{order}/")
    assert not LINK.search(fresh), "nothing was refused"
    await clerk.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
    late = await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
    assert late.code == 409
    said = await told(owner, late.body.decode())
    assert re.fullmatch(r"最近一次改动：clerk \d\d-\d\d \d\d:\d\d 安排陪诊员。", said)
    plain = await owner.get(f"admin/last-change/orders/{order}/")
    assert "clerk" in text_of(plain)


async def test_an_escort_who_took_the_order_is_named_by_what_it_became(owner: Client, scenario: Scenario):
    order, escort = await scenario.order(visit_time="09:00"), await scenario.escort()
    cause = Cause(Actor("escort", escort), scenario.clock())
    await scenario.storage.run(lambda tx: serving.assign(tx, order, escort, "am", cause))
    late = await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
    assert "陪诊员" in await told(owner, late.body.decode())


async def test_what_a_colleague_did_is_told_by_the_log_alone_and_by_others_when_it_is_newer(
    owner: Client, clerk: Client, scenario: Scenario
):
    order, escort = await scenario.order(visit_time="09:00"), await scenario.escort()
    path = f"admin/last-change/orders/{order}/"

    async def said() -> str:
        return text_of(await owner.get(path, **{"HX-Request": "true"}))

    cause = Cause(Actor("admin", 1), scenario.clock())
    await scenario.storage.run(lambda tx: serving.assign(tx, order, escort, "am", cause))
    assert await said() == "没有查到是谁改的，请刷新后再看。", (
        "the newest step is a colleague's, of which the log has nothing"
    )
    scenario.clock.at += MINUTE
    assert (
        await clerk.submit(f"admin/orders/{order}/", f"orders/{order}/unassign/", {"reason": "换人"})
    ).code == 302
    assert (await said()).endswith(f"clerk {minute_text(scenario.clock())[5:]} 取消安排。")
    scenario.clock.at += MINUTE
    cause = Cause(Actor("escort", escort), scenario.clock())
    await scenario.storage.run(lambda tx: serving.assign(tx, order, escort, "am", cause))
    assert (await said()).endswith(f"陪诊员 {minute_text(scenario.clock())[5:]} 让它变成「在服务」。")


@pytest.mark.parametrize("kind", ["users", "hospitals"])
async def test_pages_of_every_kind_name_who_it_was(
    owner: Client, clerk: Client, scenario: Scenario, kind: str
):
    if kind == "users":
        user = await scenario.user()
        path, act = f"users/{user}/", f"users/{user}/disable/"
        form = form_of(await owner.page(f"admin/{path}"), act)
        assert (await owner.submit(f"admin/{path}", act)).code == 302
        late = await owner.post(f"admin/{act}", form)
        expected = "您自己在另一个页面"
    else:
        await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
        page = await owner.page("admin/catalog/hospitals/")
        form = form_of(page, "catalog/hospitals/1/archive/")
        assert (await clerk.submit("admin/catalog/hospitals/", "catalog/hospitals/1/archive/")).code == 302
        late = await owner.post("admin/catalog/hospitals/1/archive/", form)
        expected = "clerk"
    assert late.code == 409
    assert expected in await told(owner, late.body.decode())


async def test_a_clerk_reads_nothing_about_accounts(clerk: Client, owner: Client):
    await owner.post("admin/accounts/2/end-sessions/")
    await clerk.log_in("clerk")
    assert (await clerk.get("admin/last-change/accounts/2/")).code == 404
    assert "您自己" in text_of(await owner.get("admin/last-change/accounts/2/"))


async def test_without_a_script_it_is_a_page_of_its_own_and_with_one_a_line(
    owner: Client, scenario: Scenario
):
    order, escort = await scenario.order(visit_time="09:00"), await scenario.escort()
    path = f"admin/last-change/orders/{order}/"
    script = {"HX-Request": "true"}
    await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
    line = (await owner.get(path, **script)).body.decode()
    assert "<html" not in line
    assert "您自己在另一个页面" in line
    page = (await owner.get(path)).body.decode()
    assert "<html" in page
    assert "您自己在另一个页面" in page
    assert f'href="../../../../admin/orders/{order}/"' in page, "it leads back"
    other = f"admin/last-change/orders/{await scenario.order()}/"
    assert "最近一次改动" not in (await owner.get("admin/last-change/orders/99/", **script)).body.decode()
    assert (await owner.get("admin/last-change/orders/99/")).code == 404
    assert "您自己" not in (await owner.get(other, **script)).body.decode()


async def test_of_accounts_a_clerk_is_told_nothing_by_a_script_either(clerk: Client, owner: Client):
    await owner.post("admin/accounts/2/end-sessions/")
    await clerk.log_in("clerk")
    answer = await clerk.get("admin/last-change/accounts/2/", **{"HX-Request": "true"})
    assert answer.code == 200
    assert "owner" not in text_of(answer)
    assert "您自己" in text_of(await owner.get("admin/last-change/accounts/2/", **{"HX-Request": "true"}))


def test_the_page_leads_to_the_thing_that_was_changed() -> None:
    assert page_of("orders", "7") == "orders/7/"
    assert page_of("runners", "7") == "runners/7/"
    assert page_of("experts", "7") == "catalog/experts/7/"
    assert page_of("accounts", "7") == "accounts/", "an account has no page of its own"
