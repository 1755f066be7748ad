"""Leave that the office enters for an escort who phones."""

from __future__ import annotations

from orders import serving
from storage import Transaction
from storage.models import SYSTEM, Cause
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def open_troubles(scenario: Scenario, order_id: int) -> list[str]:
    async with scenario.storage.reading() as reader:
        return [each.kind for each in await reader.visits.troubles(order_id) if each.open]


async def test_the_office_takes_leave_for_an_escort_and_gives_it_back(
    owner: Client, scenario: Scenario
) -> None:
    escort, day = await scenario.escort(), scenario.day(3)
    order_id = await scenario.order(visit_date=day)

    async def assign(tx: Transaction) -> None:
        await serving.assign(tx, order_id, escort, "am", Cause(SYSTEM, scenario.clock()))

    await scenario.storage.run(assign)
    page = f"admin/runners/{escort}/"
    assert "没有请假" in await owner.page(page)
    taken = await owner.submit(
        page, f"runners/{escort}/leave/take/", {"day": day, "half": "day", "reason": "家里有事"}
    )
    assert taken.headers["Location"].endswith(f"runners/{escort}/?done=leave-with-orders")
    assert await open_troubles(scenario, order_id) == ["leave"]
    shown = await owner.page(f"{page}?done=leave-with-orders")
    assert "请换人或改期" in shown
    card = shown.partition('id="leave"')[2].partition("</section>")[0]
    assert (card.count("家里有事"), f'orders/{order_id}/">#{order_id}</a>' in card) == (3, True)
    back = await owner.post(f"{page}leave/give-back/", {"day": day, "half": "pm"})
    assert back.headers["Location"].endswith("?done=leave-given-back")
    assert await open_troubles(scenario, order_id) == ["leave"], "the morning is still on leave"
    await owner.post(f"{page}leave/give-back/", {"day": day, "half": "am"})
    assert await open_troubles(scenario, order_id) == []
    assert "没有请假" in await owner.page(page)
    free = {"day": scenario.day(5), "half": "pm"}
    assert (await owner.post(f"{page}leave/take/", free)).headers["Location"].endswith("?done=leave-taken")
    assert (await scenario.audited())[-4:] == [
        "escort.leave.take",
        *["escort.leave.give_back"] * 2,
        "escort.leave.take",
    ]


async def test_leave_that_cannot_be_entered_is_refused_with_what_was_typed(
    owner: Client, scenario: Scenario
) -> None:
    escort = await scenario.escort()
    page = f"admin/runners/{escort}/"
    before = await scenario.audited()
    for day, words in (
        (scenario.day(-1), "只能改今天以后一年内的日子"),
        ("", "日期"),
        ("2026-13-40", "日期"),
    ):
        typed = {"day": day, "half": "pm", "reason": "出门办事"}
        answer = await owner.post(f"{page}leave/take/", typed)
        text = answer.body.decode()
        assert answer.code == 400
        card = text.partition('id="leave"')[2].partition("</section>")[0]
        assert words in card
        assert 'value="出门办事"' in card
        assert 'value="pm" required checked' in card
    assert (
        await owner.post("admin/runners/999/leave/take/", {"day": scenario.day(2), "half": "am"})
    ).code == 404
    async with scenario.storage.reading() as reader:
        assert await reader.leaves.of_escort(escort, scenario.day(-2), scenario.day(9)) == []
    assert await scenario.audited() == before


async def test_an_escort_who_has_been_erased_takes_no_leave(owner: Client, scenario: Scenario) -> None:
    escort = await scenario.escort()
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE escorts SET name = '' WHERE id = :id", {"id": escort})
        await tx.commit()
    page = f"admin/runners/{escort}/"
    assert 'id="leave"' not in await owner.page(page)
    answer = await owner.post(f"{page}leave/take/", {"day": scenario.day(2), "half": "am"})
    assert answer.code == 409
    async with scenario.storage.reading() as reader:
        assert await reader.leaves.of_escort(escort, scenario.day(0), scenario.day(9)) == []
