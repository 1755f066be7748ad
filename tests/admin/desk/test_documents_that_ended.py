"""An escort whose document is over is proposed nowhere, and is given nothing that a page from before still offers."""

from __future__ import annotations

from storage.models import QualificationKind
from tests.admin.clients import Client
from tests.admin.desk.test_desk import escort_of, give, propose, text_of
from tests.admin.people.test_documents import form_of, uploaded
from tests.admin.scenario import Scenario

OVER = "健康证已过期"


async def with_a_document(owner: Client, scenario: Scenario, name: str, days: int) -> int:
    """An escort whose approved health certificate is valid for so many days more."""
    escort_id = await scenario.escort(name)
    document_id = await uploaded(scenario, escort_id, days, QualificationKind.HEALTH)
    form = form_of(await owner.page(f"admin/runners/{escort_id}/"), "approve")
    path = f"admin/runners/{escort_id}/documents/{document_id}/approve/"
    assert (await owner.post(path, {**form, "expires_date": scenario.day(days)})).code == 302
    return escort_id


async def end(scenario: Scenario) -> None:
    """The last day of every document was yesterday."""
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE escort_qualifications SET expires_date = :day", {"day": scenario.day(-1)}
        )
        await tx.commit()


async def test_the_desk_and_its_proposals_leave_the_escort_out_from_the_day_after(
    owner: Client, scenario: Scenario
):
    ending = await with_a_document(owner, scenario, "王芳", 1)
    order = await scenario.order(visit_date=scenario.day(5), visit_time="09:00")
    assert "王芳" in await owner.page("admin/desk/")
    assert (await propose(owner, order))[f"escort_{order}"] == str(ending)
    await end(scenario)
    assert "王芳" not in text_of(await owner.get("admin/desk/"))
    assert (await propose(owner, order)).get(f"escort_{order}", "") == ""
    other = await scenario.escort("孙小美")
    assert (await propose(owner, order))[f"escort_{order}"] == str(other)


async def test_no_page_from_before_gives_the_escort_an_order(owner: Client, scenario: Scenario):
    ending = await with_a_document(owner, scenario, "王芳", 1)
    day = scenario.day(5)
    orders = [await scenario.order(visit_date=day, visit_time=time) for time in ("09:00", "14:00")]
    first, second = orders
    form = await propose(owner, first)
    assert form[f"escort_{first}"] == str(ending)
    await end(scenario)
    committed = await owner.post("admin/desk/commit/", form)
    assert OVER in text_of(committed)
    assert OVER in text_of(await give(owner, f"{second}-0", f"{ending}:{day}:pm"))
    ticked = {f"order_{order}": "y" for order in orders}
    several = await owner.post(
        "admin/orders/several/", {**ticked, "do": "assign", "escort_id": ending, "half": "am"}
    )
    assert OVER in text_of(several)
    alone = await owner.post(f"admin/orders/{first}/assign/", {"escort_id": ending, "half": "am"})
    assert OVER in text_of(alone)
    for order in orders:
        assert await escort_of(scenario, order) == ("paid", None)


async def test_what_the_escort_has_by_then_stays_and_is_in_the_queue_of_those_who_cannot_serve(
    owner: Client, scenario: Scenario
):
    ending = await with_a_document(owner, scenario, "王芳", 1)
    order = await scenario.order(visit_date=scenario.day(5), visit_time="09:00", patient="留下的")
    await owner.post(f"admin/orders/{order}/assign/", {"escort_id": ending, "half": "am"})
    assert await escort_of(scenario, order) == ("serving", ending)
    assert "留下的" in await owner.page("admin/orders/?wait=escort")  # it ends before the visit
    await end(scenario)
    assert await escort_of(scenario, order) == ("serving", ending)
    assert "留下的" in await owner.page("admin/orders/?wait=escort")
