"""What users change about the time of a visit, or ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clock import HOUR, MINUTE, day_bounds
from orders.booking.bookable_days import DayRules
from orders.changing import moves
from orders.changing.moves import Move
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from tests.orders.acts import Act
from tests.orders.scene import NOON, VISIT_DAY, Scene

ANOTHER_DAY = "2026-12-23"
BEGIN = day_bounds(VISIT_DAY)[0] + 9 * HOUR + 30 * MINUTE


async def _move(
    scene: Scene, day: str = ANOTHER_DAY, hour: str = "14:30", at: int = NOON, **more: Any
) -> Any:
    order = await scene.read()
    seen = more.get("seen", (order.visit_date, order.visit_time))
    wanted, user = Move(day, hour, seen, more.get("reason", "孩子考试")), more.get("user", scene.own.owner)
    terms = scene.terms(more.get("percent", 100))
    return await scene.run(lambda tx: moves.move_by_user(tx, scene.order, user, wanted, terms, at))


async def moved_by_the_user(scene: Scene):
    await scene.served()
    yield
    yield await _move(scene, percent=80)


async def an_hour_settled_by_the_user(scene: Scene):
    await scene.ordered(visit_time="")
    yield
    yield await _move(scene, VISIT_DAY, "14:30", reason="")


async def moved_at_the_last_moment(scene: Scene):
    await scene.ordered()
    yield
    yield await _move(scene, at=BEGIN - scene.settings.visits.user_move_hours * HOUR)


async def asked_to_move_a_moment_later(scene: Scene):
    await scene.ordered()
    yield
    yield await _move(
        scene, "2026-12-25", at=BEGIN - scene.settings.visits.user_move_hours * HOUR + 1, percent=80
    )


async def asked_to_move_more_often_than_may_be(scene: Scene):
    await scene.ordered()
    await scene.set("orders", scene.order, user_moves=scene.settings.visits.user_moves)
    yield
    yield await _move(scene, reason="")


async def asked_to_move_where_the_escort_is_taken(scene: Scene):
    await scene.served()
    when = HalfDays(ANOTHER_DAY, "pm")
    await scene.run(lambda tx: leaves.take(tx, scene.escorts[0], when, "", scene.clock))
    yield
    yield await _move(scene)


async def moves_that_cannot_be(scene: Scene):
    await scene.ordered()
    yield
    wrong: list[dict[str, Any]] = [
        {"user": scene.own.payer},
        {"user": scene.stranger},
        {"seen": (ANOTHER_DAY, "09:30")},
        {"day": VISIT_DAY, "hour": "09:30"},
        {"at": BEGIN},
        {"day": "2026-11-19", "hour": "12:00"},
        {"day": "2026-11-18", "hour": ""},
    ]
    for given in wrong:
        try:
            await _move(scene, **given)
        except Exception as refusal:
            yield type(refusal).__name__, getattr(refusal, "message", "")


async def _asked(scene: Scene, **content: Any) -> None:
    """Both users have asked the office."""
    await scene.served(**content)
    for each in scene.households:
        await scene.set("orders", each.order, user_moves=scene.settings.visits.user_moves)
        seen = (VISIT_DAY, "09:30")
        wanted = Move(ANOTHER_DAY, "14:30", seen, "孩子考试")
        await scene.run(
            lambda tx, each=each, wanted=wanted: moves.move_by_user(
                tx, each.order, each.owner, wanted, scene.terms(70), NOON
            )
        )


async def asked_twice(scene: Scene):
    await _asked(scene)
    yield
    yield await _move(scene)


async def a_request_withdrawn(scene: Scene):
    await _asked(scene)
    yield
    yield await scene.run(lambda tx: moves.withdraw_request(tx, scene.order, scene.own.owner, NOON + 1))
    try:
        await scene.run(lambda tx: moves.withdraw_request(tx, scene.order, scene.own.owner, NOON + 2))
    except moves.NoMoveRequested as refusal:
        yield refusal.message


async def a_request_accepted(scene: Scene):
    await _asked(scene)
    yield
    yield await scene.run(
        lambda tx: moves.decide_request(tx, scene.order, 1, scene.cause("可以"), scene.terms())
    )


async def a_request_refused(scene: Scene):
    await _asked(scene)
    yield
    yield await scene.run(
        lambda tx: moves.decide_request(tx, scene.order, 1, scene.cause("那天约满了"), None)
    )


async def another_request_decided(scene: Scene):
    await _asked(scene)
    yield
    yield await scene.run(lambda tx: moves.decide_request(tx, scene.order, 2, scene.cause(), None))


async def moves_as_they_are_offered(scene: Scene):
    await _asked(scene)
    yield
    rules, order = DayRules.of(scene.settings), await scene.read()
    fresh = replace(order, user_moves=0)
    last = BEGIN - scene.settings.visits.user_move_hours * HOUR
    async with scene.storage.reading() as reader:
        changes = await reader.order_changes.of_order(scene.order)
    for each, at in ((order, NOON), (fresh, last), (fresh, last + 1), (fresh, BEGIN - 1), (fresh, BEGIN)):
        yield moves.move_state(each, changes, rules, at)
    for state in ("unpaid", "paid", "serving", "finished", "refunding", "cancelled"):
        yield moves.move_state(replace(fresh, state=state), [], rules, NOON) is None
    unsettled = replace(fresh, visit_time="")
    over = day_bounds(VISIT_DAY)[1]
    for at in (over - 1, over):
        yield moves.move_state(unsettled, [], rules, at) is None


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
