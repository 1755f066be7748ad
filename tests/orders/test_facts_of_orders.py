"""What the office's page of an order is told of its visit, its invitations and money outside of WeChat."""

from __future__ import annotations

from typing import Any

from clock import HOUR, MINUTE
from handlers.admin.offline.order_facts import offline_facts
from handlers.admin.orders.invitation_rows import open_of, shown_invitations, time_left
from handlers.admin.orders.visit_facts import visit_facts
from orders import serving
from orders.escorts import invitations
from orders.escorts.invitations import Office, Terms
from orders.visits import troubles
from storage import Transaction
from storage.models import OrderState, StepKind, TroubleKind
from storage.writes import NewOfflineAttempt, NewOfflineEntry
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, NOON, Scene
from tests.orders.supplements import opened_of_each, proposed_by_each
from tests.orders.visits import ask, photo, press, sent_reports, trouble, visit_of_each


async def _visit(scene: Scene) -> dict[str, Any]:
    """Without the visit itself, whose parts are told."""
    order = await scene.read()
    async with scene.storage.reading() as reader:
        found = await visit_facts(reader, order)
    return {name: value for name, value in found.items() if name != "visit"}


async def a_visit_that_has_not_begun(scene: Scene):
    await visit_of_each(scene)
    yield
    yield await _visit(scene)


async def a_visit_with_all_that_can_be_noted(scene: Scene):
    visit = await sent_reports(scene)
    await press(visit, StepKind.DEPARTED)
    await press(visit.later(1), StepKind.MET, note="血压偏高", place=(34.2, 108.9))
    for number in (1, 2):
        await photo(visit, "met-0", f"photo-{number}")
    await photo(visit, "", "photo-of-the-report")
    await trouble(visit, TroubleKind.LATE, note="堵车")
    await ask(visit)
    yield
    yield await _visit(scene)


async def a_visit_whose_trouble_is_closed(scene: Scene):
    visit = await visit_of_each(scene)
    await trouble(visit, TroubleKind.LATE)
    await trouble(visit, TroubleKind.UNWELL)
    yield
    yield (await _visit(scene))["open_troubles"]
    await scene.run(lambda tx: troubles.close(tx, scene.order, 1, "已联系", 1, visit.at))
    yield (await _visit(scene))["open_troubles"]
    yield (await _visit(scene))["visit_troubles"]


async def a_visit_that_another_escort_goes_on_with(scene: Scene):
    """What the first one has done is not hers: it is not done and unfinished."""
    visit = await visit_of_each(scene)
    await press(visit, StepKind.DEPARTED)
    await scene.set("orders", scene.order, escort_id=scene.escorts[2])
    yield
    yield await _visit(scene)


async def a_visit_that_is_done_and_not_finished(scene: Scene):
    visit = await visit_of_each(scene)
    await press(visit, StepKind.DONE)
    yield
    for state in ("serving", "refunding", "finished"):
        await scene.set("orders", scene.order, state=state)
        found = await _visit(scene)
        yield {name: found[name] for name in ("done_unfinished", "several_escorts", "open_questions")}
    await scene.set("orders", scene.order, state="serving", escort_id=scene.escorts[2])
    yield (await _visit(scene))["done_unfinished"]


async def _offered(scene: Scene) -> list[int]:
    await scene.ordered()
    for each, minutes in ((scene.own, 0), (scene.other, 5)):
        later = scene.later(minutes)
        office = Office(1, later.clock, scene.settings.visits)
        terms = Terms("am", 12_000 if each is scene.own else None)
        await scene.run(
            lambda tx, each=each, terms=terms, office=office: invitations.offer(
                tx, each.order, scene.escorts[:2], terms, office
            )
        )
    async with scene.storage.reading() as reader:
        return [each.id for each in await reader.invitations.of_order(scene.order)]


async def _shown(scene: Scene, minutes: float = 10) -> list[Any]:
    order = await scene.read()
    async with scene.storage.reading() as reader:
        return await shown_invitations(reader, order, scene.at + int(minutes * MINUTE))


async def invitations_that_wait(scene: Scene):
    await _offered(scene)
    yield
    for minutes in (0, 29, 30, 31):
        yield minutes
        yield await _shown(scene, minutes)
        async with scene.storage.reading() as reader:
            orders = [await scene.read(), await scene.read(scene.other.order)]
            yield await open_of(reader, orders, scene.at + minutes * MINUTE)


async def invitations_that_were_answered(scene: Scene):
    first, second = await _offered(scene)
    await scene.run(lambda tx: invitations.decline(tx, first, scene.escorts[0], "太远", scene.clock))
    yield
    yield await _shown(scene)
    await scene.run(lambda tx: invitations.accept(tx, second, scene.escorts[1], scene.clock, 2))
    yield await _shown(scene)
    await scene.run(lambda tx: serving.unassign(tx, scene.order, ADMIN, scene.at + 1))
    yield await _shown(scene)
    await scene.set("escorts", scene.escorts[0], name="")
    yield await _shown(scene)


async def _offline(scene: Scene) -> dict[str, Any]:
    order = await scene.read()
    async with scene.storage.reading() as reader:
        attempts = await reader.attempts.of_order(order.id)
        found = await offline_facts(reader, order, attempts)
    parts = [
        {
            "name": part.name,
            "supplement": part.supplement_id,
            "reversible": part.reversible,
            "marked": bool(part.mark),
            "receipt": part.receipt.entry_key if part.receipt else "",
            "amount": part.payable.amount_fen,
        }
        for part in found["parts"]
    ]
    entries = [entry.entry_key for entry in found["offline_entries"]]
    return {"parts": parts, "entries": entries, "by hand": found["by_hand"]}


async def _received(scene: Scene, state: str = "paid") -> None:
    """Each order was paid in cash."""
    for place, each in enumerate(scene.households):
        new = NewOfflineAttempt(each.order, f"C{place}", 19_800, "CNY", "陪诊", NOON)

        async def receive(tx: Transaction, order: int = each.order, new: NewOfflineAttempt = new) -> None:
            attempt = await tx.attempts.add_offline(new, NOON)
            for kind in ("receipt", "correction"):
                await tx.offline.add(
                    NewOfflineEntry(
                        f"{kind}:{attempt}",
                        kind,
                        order,
                        attempt,
                        19_800,
                        "cash",
                        "",
                        "小陈",
                        NOON,
                        1,
                        NOON,
                        "",
                    )
                )
            await tx.connection.execute(
                "UPDATE orders SET paid_attempt_id = :attempt, state = :state WHERE id = :id",
                {"attempt": attempt, "state": state, "id": order},
            )

        await scene.run(receive)


async def money_of_an_order_that_waits(scene: Scene):
    await scene.ordered(OrderState.UNPAID)
    yield
    yield await _offline(scene)


async def money_that_was_received(scene: Scene):
    await scene.ordered()
    await _received(scene)
    yield
    yield await _offline(scene)
    for state in ("serving", "finished"):
        await scene.set("orders", scene.order, state=state)
        yield await _offline(scene)
    async with scene.storage.reading() as reader:
        [attempt] = await reader.attempts.of_order(scene.order)
    for columns in ({"channel": "wechat"}, {"channel": "offline", "state": "closed"}):
        await scene.set("payment_attempts", attempt.id, **columns)
        yield await _offline(scene)


async def money_of_an_order_that_does_not_count_as_paid(scene: Scene):
    """The money is there, and the order does not name it."""
    await scene.ordered()
    await _received(scene)
    await scene.set("orders", scene.order, paid_attempt_id=None, state="unpaid")
    yield
    yield await _offline(scene)


async def money_of_supplements(scene: Scene):
    await proposed_by_each(scene)
    yield
    yield await _offline(scene)


async def money_of_open_supplements(scene: Scene):
    await opened_of_each(scene)
    yield
    yield await _offline(scene)
    for kind in ("overtime", "other"):
        await scene.set("supplements", 1, kind=kind)
        yield await _offline(scene)


async def time_that_is_left(scene: Scene):
    yield
    for left in (
        -1,
        0,
        1,
        MINUTE,
        MINUTE + 1,
        2 * MINUTE,
        59 * MINUTE,
        59 * MINUTE + 1,
        HOUR,
        13 * HOUR + MINUTE,
    ):
        yield {left: time_left(NOON + left, NOON)}


async def test_a_page_is_told_just_this(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
