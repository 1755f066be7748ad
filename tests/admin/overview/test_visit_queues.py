"""The queues about visits: each tile opens exactly what it counts, what waits longest first, each thing once."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE
from handlers.admin.labels import WAITING
from orders import serving
from orders.changing import moves
from orders.office_queues import OfficeQueue, orders_in
from storage import Transaction
from storage.models import SYSTEM, Cause
from tests.admin.acts_about_days import ask_to_move
from tests.admin.clients import Client
from tests.admin.overview.test_overview import TILE, listed
from tests.admin.scenario import Scenario
from tests.admin.supplements import put

Put = Callable[[Scenario, int], Awaitable[None]]


async def shown(client: Client) -> dict[str, tuple[int, str]]:
    """The tiles about visits: label without how long it has waited, number, address below ``admin/``."""
    await client.log_in()
    page = await client.page("admin/")
    found = {
        label.partition("，")[0]: (int(count), address.replace("&amp;", "&").partition("admin/")[2])
        for address, count, label in TILE.findall(page)
    }
    return {label: tile for label, tile in found.items() if label in WAITING.values()}


async def write(scenario: Scenario, table: str, **values: Any) -> None:
    async with scenario.storage.transaction() as tx:
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        await tx.connection.insert(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
        await tx.commit()


async def invite(scenario: Scenario, order_id: int, state: str = "offered", minutes: int = 30) -> None:
    at = scenario.clock()
    await write(
        scenario,
        "invitations",
        order_id=order_id,
        escort_id=order_id,
        open_order_id=order_id if state == "offered" else None,
        state=state,
        pay_fen=0,
        reason="",
        offered_by=1,
        offered_at=at,
        expires_at=at + minutes * MINUTE,
        half="am",
    )


def trouble(kind: str) -> Put:
    async def put(scenario: Scenario, order_id: int) -> None:
        for number in range(2):
            await write(
                scenario,
                "visit_troubles",
                order_id=order_id,
                escort_id=1,
                kind=kind,
                action_id=f"{kind}-{order_id}-{number}",
                note_sealed="",
                at=scenario.clock(),
                open=1,
                resolution="",
            )

    return put


async def declined(scenario: Scenario, order_id: int) -> None:
    await invite(scenario, order_id, "declined")


async def expiring(scenario: Scenario, order_id: int) -> None:
    await invite(scenario, order_id, minutes=9)


async def overbooked(scenario: Scenario, order_id: int) -> None:
    async with scenario.storage.transaction() as tx:
        await tx.visit_days.mark_overbooked(order_id)
        await tx.commit()


async def moving(scenario: Scenario, order_id: int) -> None:
    await ask_to_move(scenario, order_id, scenario.day(20))


async def asked(scenario: Scenario, order_id: int) -> None:
    for number in range(2):
        await write(
            scenario,
            "report_entries",
            order_id=order_id,
            kind="question",
            author_kind="user",
            author_id=1,
            action_id=f"question-{order_id}-{number}",
            text_sealed="",
            open=1,
            at=scenario.clock(),
        )


async def proposed(scenario: Scenario, order_id: int) -> None:
    await put(scenario, order_id)
    scenario.clock.at += 1
    await put(scenario, order_id, "disputed")


async def unreported(scenario: Scenario, order_id: int) -> None:
    """Begun, finished more than twelve hours ago, with the consent of its user, and without a report."""
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.get(order_id)
        assert order is not None
        await tx.connection.execute(
            "UPDATE orders SET started_at = :at WHERE id = :id", {"id": order_id, "at": scenario.clock()}
        )
        await serving.finish(tx, order_id, SYSTEM, scenario.clock() - 12 * HOUR)
        await tx.commit()
    await write(
        scenario,
        "consents",
        user_id=order.user_id,
        kind="visit_record",
        version="1",
        given_at=scenario.clock(),
    )


PUT: dict[OfficeQueue, Put] = {
    OfficeQueue.UNWELL: trouble("unwell"),
    OfficeQueue.CANNOT_COME: trouble("cannot_come"),
    OfficeQueue.ABSENT: trouble("absent"),
    OfficeQueue.OVERBOOKED: overbooked,
    OfficeQueue.NOBODY_ACCEPTED: declined,
    OfficeQueue.INVITATIONS_EXPIRING: expiring,
    OfficeQueue.MOVES: moving,
    OfficeQueue.QUESTIONS: asked,
    OfficeQueue.REPORT_MISSING: unreported,
    OfficeQueue.SUPPLEMENTS: proposed,
}


async def order_for(scenario: Scenario, queue: OfficeQueue) -> int:
    """An order of today; one that its user may still move, of tomorrow."""
    day = scenario.day(1 if queue == OfficeQueue.MOVES else 0)
    return await scenario.order(visit_time="09:00", visit_date=day)


@pytest.mark.parametrize("queue", PUT)
async def test_a_tile_opens_exactly_what_it_counts_the_longest_waiting_first(
    owner: Client, scenario: Scenario, queue: OfficeQueue
) -> None:
    other, *ids = [await order_for(scenario, queue) for _ in range(4)]
    waiting = [ids[1], ids[2], ids[0]]
    for order_id in waiting:
        await PUT[queue](scenario, order_id)
        scenario.clock.at += MINUTE
    found = await shown(owner)
    assert list(found) == [WAITING[queue]]
    count, path = found[WAITING[queue]]
    assert count == 3
    listed_ids = await listed(owner, path)
    assert sorted(listed_ids) == sorted(waiting)
    if queue != OfficeQueue.OVERBOOKED:  # these wait since they were paid
        assert listed_ids == waiting
    assert other not in listed_ids
    page = await owner.page(f"admin/{path}")
    assert re.search(rf'name="wait" value="{queue}"', page)


async def test_what_is_dealt_with_leaves_its_queue(owner: Client, scenario: Scenario) -> None:
    ids = {queue: await order_for(scenario, queue) for queue in PUT}
    for queue, order_id in ids.items():
        await PUT[queue](scenario, order_id)
    assert set(await shown(owner)) == {WAITING[queue] for queue in PUT}

    async def settle(tx: Transaction) -> None:
        for table in ("visit_troubles", "report_entries"):
            await tx.connection.execute(f"UPDATE {table} SET open = 0", {})
        at = scenario.clock()
        await tx.visit_days.close_overbooked(ids[OfficeQueue.OVERBOOKED], at)
        request = await tx.order_changes.open_of_order(ids[OfficeQueue.MOVES])
        assert request is not None
        await moves.decide_request(
            tx, ids[OfficeQueue.MOVES], request.id, Cause(SYSTEM, at, "那天没有人"), None
        )
        for queue in (OfficeQueue.NOBODY_ACCEPTED, OfficeQueue.INVITATIONS_EXPIRING):
            await tx.connection.execute("DELETE FROM invitations WHERE order_id = :id", {"id": ids[queue]})
        await tx.connection.execute("UPDATE consents SET withdrawn_at = 1", {})
        await tx.connection.execute("UPDATE supplements SET state = 'withdrawn'", {})

    await scenario.storage.run(settle)
    assert await shown(owner) == {}


async def test_an_order_that_nobody_accepts_is_not_counted_among_those_without_an_escort_too(
    owner: Client, scenario: Scenario
) -> None:
    plain, refused, soon, fresh = [
        await scenario.order(visit_time="09:00", visit_date=scenario.day(0)) for _ in range(4)
    ]
    await declined(scenario, refused)
    await expiring(scenario, soon)
    await invite(scenario, fresh, minutes=60)
    await owner.log_in()
    page = await owner.page("admin/")
    lists = {
        label.partition("，")[0]: await listed(owner, address.replace("&amp;", "&").partition("admin/")[2])
        for address, _, label in TILE.findall(page)
        if "orders/" in address
    }
    assert sorted(lists["今天的订单还没有陪诊员"]) == sorted([plain, fresh])
    assert lists["派单无人接单"] == [refused]
    assert lists["邀请即将过期"] == [soon]
    scenario.clock.at += 10 * MINUTE
    assert (await shown(owner))["派单无人接单"][0] == 2, "what has expired by the clock has, without any job"


async def test_an_hour_that_is_not_settled_waits_until_it_is(owner: Client, scenario: Scenario) -> None:
    open_, settled = await scenario.order(), await scenario.order(visit_time="09:00")
    await scenario.order("finished")
    await scenario.order("unpaid")
    await scenario.order(visit_date=scenario.day(-1))
    count, path = (await shown(owner))["就诊时间待确认"]
    assert (count, await listed(owner, path)) == (1, [open_])
    assert settled not in await listed(owner, path)


async def test_a_list_of_what_waits_goes_on_where_a_page_ended(scenario: Scenario) -> None:
    ids = []
    for _ in range(5):
        ids.append(await scenario.order(visit_date=scenario.day(1)))
        await trouble("unwell")(scenario, ids[-1])
        scenario.clock.at += 0 if len(ids) == 2 else MINUTE
    wanted = orders_in(OfficeQueue.UNWELL, scenario.clock(), scenario.services.settings.visits)
    seen: list[int] = []
    async with scenario.storage.reading() as reader:
        lists, after = reader.order_lists, None
        while page := await lists.page(wanted, after, 2):
            seen += [order.id for order in page]
            after = lists.place(wanted, page[-1])
    assert seen == ids


async def test_a_report_is_missing_only_twelve_hours_after_the_end(owner: Client, scenario: Scenario) -> None:
    order_id = await scenario.order(visit_time="09:00", visit_date=scenario.day(0))
    scenario.clock.at -= 1
    await unreported(scenario, order_id)
    scenario.clock.at -= MINUTE
    assert await shown(owner) == {}
    scenario.clock.at += MINUTE
    assert list(await shown(owner)) == ["陪诊报告还没有写"]
    scenario.clock.at += 40 * DAY
    assert await shown(owner) == {}


async def test_a_reminder_that_nobody_has_confirmed_is_on_the_call_list(
    owner: Client, scenario: Scenario
) -> None:
    order_id, escort = (
        await scenario.order(visit_time="09:00", visit_date=scenario.day(0)),
        await scenario.escort(),
    )
    at = scenario.clock()
    async with scenario.storage.transaction() as tx:
        await serving.assign(tx, order_id, escort, "am", Cause(SYSTEM, at))
        order = await tx.orders.lock(order_id)
        assert order is not None
        await tx.reminders.put(order, order.user_id, "user", "evening", (at + HOUR, at, at))
        await tx.commit()
    await owner.log_in()

    async def call_list() -> list[int]:
        found = {label: path for path, _, label in TILE.findall(await owner.page("admin/"))}
        path = found.get("就诊提醒未确认", "").replace("&amp;", "&").partition("admin/")[2]
        return await listed(owner, path) if path else []

    assert await call_list() == [order_id]
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET user_confirmed_at = 1 WHERE id = :id", {"id": order_id}
        )
        await tx.commit()
    assert await call_list() == []
