"""An approved escort applies again under another name and phone: what was approved stays in force until the
office approves the new application, which is what they have looked at."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from accounts.data_export import json_chunks
from accounts.personal_data import erase
from accounts.personal_numbers import normalize_old_escorts
from orders import serving
from orders.escorts import review as escort_review
from privacy import ESCORT_PHONE as PHONE
from privacy import Vault
from refusals import AccountClosed
from storage.models import SYSTEM, Cause, Escort, EscortState, Order, Reapplication
from tests.admin.clients import Client, form_of
from tests.admin.conftest import KEY
from tests.admin.scenario import Scenario

NOTHING = 'id="nothing-waits"><p>没有等待处理的事情'

OLD, NEW = "13900005678", "13811114321"


async def apply(scenario: Scenario, user_id: int, name: str = "李娜", phone: str = NEW) -> None:
    await escort_review.apply(
        scenario.storage, scenario.services.vault, user_id, name, phone, scenario.clock()
    )


async def known(scenario: Scenario, escort_id: int) -> tuple[Escort, Reapplication | None]:
    async with scenario.storage.reading() as reader:
        found = await reader.escorts.get(escort_id)
        assert found is not None
        return found, await reader.escorts.application(escort_id)


async def served(scenario: Scenario, escort_id: int, days: int = 2, *, over: bool = False) -> int:
    order_id = await scenario.order(visit_date=scenario.day(days), visit_time="09:00")

    async def work(tx: Any) -> None:
        await serving.assign(tx, order_id, escort_id, "am", Cause(SYSTEM, scenario.clock()))
        if over:
            await serving.finish(tx, order_id, SYSTEM, scenario.clock())

    await scenario.storage.run(work)
    return order_id


async def order_of(scenario: Scenario, order_id: int) -> tuple[Order, list[str]]:
    """An order, and the names in its history."""
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
        assert order is not None
        return order, [step.escort_name for step in await reader.orders.history(order_id) if step.escort_id]


@pytest.mark.parametrize("state", ["approved", "suspended"])
async def test_what_was_reviewed_stays_in_force_until_the_new_application_is_approved(
    owner: Client, scenario: Scenario, state: str
):
    escort_id = await scenario.escort("王芳", phone=OLD)
    over, coming = await served(scenario, escort_id, over=True), await served(scenario, escort_id, 3)
    if state == "suspended":
        await owner.submit(f"admin/runners/{escort_id}/", f"runners/{escort_id}/suspend/")
    before, _ = await known(scenario, escort_id)
    await apply(scenario, before.user_id)
    escort, application = await known(scenario, escort_id)
    assert escort == before, "nothing that was reviewed has changed"
    assert application is not None
    assert (application.name, application.phone_tail) == ("李娜", NEW[-4:])
    for order_id in (over, coming):
        order, names = await order_of(scenario, order_id)
        assert (order.escort_name, names) == ("王芳", ["王芳"])
        page = await owner.page(f"admin/orders/{order_id}/")
        assert "王芳" in page
        assert "李娜" not in page
        assert "新的申请待审核" in page or order_id == over
    for path in ("orders/", "runners/calendar/", "orders/export/?format=csv"):
        assert "李娜" not in await owner.page(f"admin/{path}"), path
    assert "陪诊员的申请或资料待审核" in await owner.page("admin/")
    pending = await owner.page("admin/runners/?state=pending")
    assert "王芳" in pending
    assert "新申请：李娜" in pending

    answer = await owner.submit("admin/runners/?state=pending", f"runners/{escort_id}/approve/")
    assert answer.code == 302
    escort, application = await known(scenario, escort_id)
    assert (escort.name, escort.phone_tail, escort.state, application) == ("李娜", NEW[-4:], "approved", None)
    assert scenario.services.vault.open(escort.phone_sealed, PHONE) == NEW
    order, names = await order_of(scenario, over)
    assert (order.escort_name, names) == ("王芳", ["王芳"]), "an old order keeps the name that it had"
    order, names = await order_of(scenario, coming)
    assert (order.escort_name, names) == ("李娜", ["王芳"]), "who comes has the name that is approved now"
    assert NOTHING in await owner.page("admin/")
    (act, was, now), *_ = await scenario.log()
    assert (act, was, now) == (
        "escort.approve",
        {"state": state, "application": "new"},
        {"state": "approved"},
    )


async def test_a_rejected_new_application_leaves_everything_as_it_was(owner: Client, scenario: Scenario):
    escort_id = await scenario.escort("王芳", phone=OLD)
    order_id = await served(scenario, escort_id)
    before, _ = await known(scenario, escort_id)
    await apply(scenario, before.user_id)
    answer = await owner.submit(f"admin/runners/{escort_id}/", f"runners/{escort_id}/reject/")
    assert answer.code == 302
    after, application = await known(scenario, escort_id)
    assert application is None
    assert (after.name, after.state, after.phone_sealed) == ("王芳", "approved", before.phone_sealed)
    assert (await order_of(scenario, order_id))[0].escort_name == "王芳"
    assert NOTHING in await owner.page("admin/")


@pytest.mark.parametrize("act", ["approve", "reject"])
async def test_nobody_decides_about_an_application_that_has_changed_since_the_page_was_opened(
    owner: Client, scenario: Scenario, act: str
):
    """A first application, and a new one of an approved escort; from the list, and from the escort's page."""
    for state in ("pending", "approved"):
        for opened in ("runners/?state=pending", "runners/{}/"):
            escort_id = await scenario.escort("王芳", state, phone=OLD)
            user_id = (await known(scenario, escort_id))[0].user_id
            if state == "approved":
                await apply(scenario, user_id, "王方方", OLD)
            path = f"admin/{opened.format(escort_id)}"
            form = form_of(await owner.page(path), f"runners/{escort_id}/{act}/")
            scenario.clock.at += 1_000
            await apply(scenario, user_id, "李娜", NEW)
            seen = await known(scenario, escort_id)
            answer = await owner.post(f"admin/runners/{escort_id}/{act}/", form)
            assert answer.code == 409, (state, opened)
            page = answer.body.decode()
            assert "您打开页面以后" in page
            assert ("姓名、电话变了" if state == "pending" else "新申请的姓名、新申请的电话变了") in page
            assert "李娜" in page, "as it is now"
            assert await known(scenario, escort_id) == seen
            unsaid = await owner.post(f"admin/runners/{escort_id}/{act}/", {"fingerprint": ""})
            assert unsaid.code == 400, "without having looked"
            assert await known(scenario, escort_id) == seen
            answer = await owner.submit(f"admin/runners/{escort_id}/", f"runners/{escort_id}/{act}/")
            assert answer.code == 302, "having looked"


async def test_the_same_application_sent_again_is_another_one(owner: Client, scenario: Scenario):
    escort_id = await scenario.escort("王芳", "pending", phone=OLD)
    form = form_of(await owner.page(f"admin/runners/{escort_id}/"), f"runners/{escort_id}/approve/")
    scenario.clock.at += 1_000
    await apply(
        scenario, (await known(scenario, escort_id))[0].user_id, "王芳", "13800005678"
    )  # the same end
    answer = await owner.post(f"admin/runners/{escort_id}/approve/", form)
    assert answer.code == 409
    assert "本人又重新提交了申请" in answer.body.decode()


async def test_a_suspension_after_a_colleagues_decision_is_refused(
    owner: Client, clerk: Client, scenario: Scenario
):
    escort_id = await scenario.escort()
    form = form_of(await clerk.page(f"admin/runners/{escort_id}/"), f"runners/{escort_id}/suspend/")
    await owner.submit(f"admin/runners/{escort_id}/", f"runners/{escort_id}/suspend/")
    answer = await clerk.post(f"admin/runners/{escort_id}/suspend/", form)
    assert answer.code == 409
    assert "状态变了" in answer.body.decode()


async def test_an_application_that_was_never_approved_is_simply_replaced(owner: Client, scenario: Scenario):
    for state in ("pending", "rejected"):
        escort_id = await scenario.escort("王芳", state, phone=OLD)
        await apply(scenario, (await known(scenario, escort_id))[0].user_id)
        escort, application = await known(scenario, escort_id)
        assert (escort.name, escort.state, application) == ("李娜", "pending", None)


@pytest.mark.promise(24)
async def test_an_erasure_takes_every_name_along_the_one_of_the_new_application_too(
    owner: Client, scenario: Scenario
):
    escort_id = await scenario.escort("王芳", phone=OLD)
    order_id = await served(scenario, escort_id, over=True)
    user_id = (await known(scenario, escort_id))[0].user_id
    await apply(scenario, user_id)
    async with scenario.storage.reading() as reader:
        user = await reader.users.get(user_id)
    assert user is not None
    data = orjson.loads(
        b"".join(
            [
                piece
                async for piece in json_chunks(
                    scenario.storage,
                    scenario.services.vault,
                    scenario.services.visit_photos,
                    scenario.services.documents,
                    user,
                )
            ]
        )
    )
    assert data["caregiver"] | {"appliedTime": ""} == {
        "name": "李娜",
        "phone": NEW,
        "status": "待联系",
        "appliedTime": "",
        "approvedName": "王芳",
        "approvedPhone": OLD,
    }
    await scenario.storage.run(lambda tx: erase(tx, user, scenario.clock()))
    escort, application = await known(scenario, escort_id)
    assert (escort.name, escort.phone_sealed, escort.state, application) == ("", "", "suspended", None)
    order, names = await order_of(scenario, order_id)
    assert (order.escort_name, names) == ("", [""])
    page = await owner.page(f"admin/orders/{order_id}/")
    assert "陪诊员已删除资料" in page
    with pytest.raises(AccountClosed):
        await apply(scenario, user_id)
    assert (await known(scenario, escort_id))[0].state == EscortState.SUSPENDED, (
        "who comes back is a new user"
    )


async def test_a_new_key_seals_the_phone_of_a_new_application_too(scenario: Scenario):
    escort_id = await scenario.escort("王芳", phone=OLD)
    await apply(scenario, (await known(scenario, escort_id))[0].user_id, phone=f"+86 {NEW}")
    new = Vault("cd" * 32, [KEY])
    assert await normalize_old_escorts(scenario.storage, new) == 2
    escort, application = await known(scenario, escort_id)
    assert application is not None
    only_new = Vault("cd" * 32)
    assert only_new.open(escort.phone_sealed, PHONE) == OLD
    assert only_new.open(application.phone_sealed, PHONE) == NEW
    assert application.phone_tail == NEW[-4:]
    assert await normalize_old_escorts(scenario.storage, new) == 0


async def test_an_order_that_is_opened_again_says_who_comes_by_the_name_that_is_approved_now(
    owner: Client, scenario: Scenario
):
    escort_id = await scenario.escort("王芳", phone=OLD)
    order_id = await served(scenario, escort_id, over=True)
    await apply(scenario, (await known(scenario, escort_id))[0].user_id)
    await owner.submit(f"admin/runners/{escort_id}/", f"runners/{escort_id}/approve/")
    assert "王芳" in await owner.page(f"admin/orders/{order_id}/")
    assert (await owner.submit(f"admin/orders/{order_id}/", f"orders/{order_id}/reopen/")).code == 302
    order, names = await order_of(scenario, order_id)
    assert (order.state, order.escort_name, names) == ("serving", "李娜", ["王芳"])
