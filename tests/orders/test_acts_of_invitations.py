"""What invitations and leave of escorts change."""

from __future__ import annotations

from typing import Any

from clock import MINUTE
from orders import serving
from orders.escort_pay import rules
from orders.escorts import invitations, leaves
from orders.escorts.invitations import Office, Terms
from orders.escorts.leaves import HalfDays
from storage.models import PayRuleKind
from storage.writes import NewPayRule
from tests.orders.acts import Act
from tests.orders.scene import VISIT_DAY, Scene

# Invitations


async def _offer(scene: Scene, order_id: int, escorts: list[int] | None, **terms: Any) -> Any:
    office = Office(1, scene.clock, scene.settings.visits)
    given = Terms(terms.get("half", "am"), terms.get("pay_fen", 12_000))
    return await scene.run(lambda tx: invitations.offer(tx, order_id, escorts, given, office))


async def _offered(scene: Scene, **content: Any) -> list[int]:
    """Each household's order is offered to two escorts; the ids of the own order's invitations."""
    await scene.ordered(**content)
    for each in scene.households:
        await _offer(scene.later(-10), each.order, scene.escorts[:2])
    async with scene.storage.reading() as reader:
        return [each.id for each in await reader.invitations.of_order(scene.order)]


async def offered_to_one(scene: Scene):
    await scene.ordered()
    yield
    yield await _offer(scene, scene.order, [scene.escorts[1]])


async def offered_to_all_who_are_free_by_the_rules_of_pay(scene: Scene):
    await scene.served()
    rule = NewPayRule(0, scene.escorts[2], PayRuleKind.FIXED, 9_000, "2026-01-01")
    await scene.run(lambda tx: rules.add_rule(tx, rule, 1, scene.at))
    await scene.run(lambda tx: tx.escorts.move(scene.escorts[3], "pending", "approved", scene.at))
    more = await scene.add_order(scene.own, visit_time="", visit_date=VISIT_DAY)
    yield
    yield await _offer(scene, more, None, half="day", pay_fen=None)


async def offered_again_to_some_who_were_asked(scene: Scene):
    await _offered(scene)
    yield
    yield await _offer(scene, scene.order, scene.escorts[:3])


async def offered_to_nobody_who_could(scene: Scene):
    await _offered(scene)
    yield
    yield await _offer(scene, scene.order, scene.escorts[:1])


async def offered_when_it_is_served(scene: Scene):
    await scene.served()
    yield
    yield await _offer(scene, scene.order, scene.escorts[2:3])


async def accepted(scene: Scene):
    first, _ = await _offered(scene)
    yield
    yield await scene.run(lambda tx: invitations.accept(tx, first, scene.escorts[0], scene.clock, 2))
    yield await scene.run(lambda tx: invitations.accept(tx, first, scene.escorts[0], scene.later(1).clock, 2))


async def accepted_after_another(scene: Scene):
    first, second = await _offered(scene)
    await scene.run(lambda tx: invitations.accept(tx, first, scene.escorts[0], scene.clock, 2))
    yield
    yield await scene.run(lambda tx: invitations.accept(tx, second, scene.escorts[1], scene.clock, 2))


async def accepted_of_another_escort(scene: Scene):
    first, _ = await _offered(scene)
    yield
    yield await scene.run(lambda tx: invitations.accept(tx, first, scene.escorts[1], scene.clock, 2))


async def accepted_when_booked(scene: Scene):
    first, _ = await _offered(scene)
    await scene.run(
        lambda tx: serving.assign(tx, scene.other.order, scene.escorts[0], "am", scene.cause(), 1)
    )
    yield
    yield await scene.run(lambda tx: invitations.accept(tx, first, scene.escorts[0], scene.clock, 2))


async def accepted_at_the_moment_when_it_expires(scene: Scene):
    first, _ = await _offered(scene)
    until = scene.at + (scene.settings.visits.invitation_minutes - 10) * MINUTE
    yield
    yield await scene.run(lambda tx: invitations.accept(tx, first, scene.escorts[0], lambda: until, 2))


async def declined(scene: Scene):
    first, _ = await _offered(scene)
    yield
    yield await scene.run(lambda tx: invitations.decline(tx, first, scene.escorts[0], "太远", scene.clock))
    yield await scene.run(
        lambda tx: invitations.decline(tx, first, scene.escorts[0], "还是太远", scene.later(1).clock)
    )


async def accepted_after_declining(scene: Scene):
    first, _ = await _offered(scene)
    await scene.run(lambda tx: invitations.decline(tx, first, scene.escorts[0], "", scene.clock))
    yield
    yield await scene.run(lambda tx: invitations.accept(tx, first, scene.escorts[0], scene.clock, 2))


async def withdrawn(scene: Scene):
    first, _ = await _offered(scene)
    yield
    yield await scene.run(lambda tx: invitations.withdraw(tx, first, scene.order, "不用了", scene.clock))


async def withdrawn_of_another_order(scene: Scene):
    first, _ = await _offered(scene)
    yield
    yield await scene.run(
        lambda tx: invitations.withdraw(tx, first, scene.other.order, "不用了", scene.clock)
    )


async def withdrawn_twice(scene: Scene):
    first, _ = await _offered(scene)
    await scene.run(lambda tx: invitations.withdraw(tx, first, scene.order, "不用了", scene.clock))
    yield
    yield await scene.run(lambda tx: invitations.withdraw(tx, first, scene.order, "", scene.clock))


async def given_away_while_others_are_invited(scene: Scene):
    await _offered(scene)
    yield
    yield await scene.run(lambda tx: serving.assign(tx, scene.order, scene.escorts[1], "am", scene.cause()))


async def expired_by_the_job(scene: Scene):
    await _offered(scene)
    late = scene.later(scene.settings.visits.invitation_minutes - 10)
    yield
    yield (await invitations.expire_due(late.storage, late.clock, "a process")).result  # type: ignore[union-attr]


async def not_expired_a_moment_before(scene: Scene):
    await _offered(scene)
    until = scene.at + (scene.settings.visits.invitation_minutes - 10) * MINUTE
    yield
    yield (await invitations.expire_due(scene.storage, lambda: until - 1, "a process")).result  # type: ignore[union-attr]


# Leave


async def leave_taken_for_a_day(scene: Scene):
    """With an order on its morning, and an invitation for it."""
    await _offered(scene)
    await scene.served()
    yield
    when = HalfDays(VISIT_DAY, "day")
    yield await scene.run(lambda tx: leaves.take(tx, scene.escorts[0], when, "家里有事", scene.clock))
    yield await scene.run(
        lambda tx: leaves.take(tx, scene.escorts[0], when, "又请一次", scene.later(1).clock)
    )


async def leave_taken_for_the_other_half(scene: Scene):
    await _offered(scene)
    await scene.served()
    yield
    when = HalfDays(VISIT_DAY, "pm")
    yield await scene.run(lambda tx: leaves.take(tx, scene.escorts[0], when, "", scene.clock))


async def leave_for_yesterday(scene: Scene):
    yield
    when = HalfDays("2026-11-18", "am")
    yield await scene.run(lambda tx: leaves.take(tx, scene.escorts[0], when, "", scene.clock))


async def leave_for_the_last_day_that_can_be_named(scene: Scene):
    yield
    when = HalfDays("2027-11-20", "am")
    yield await scene.run(lambda tx: leaves.take(tx, scene.escorts[0], when, "", scene.clock))


async def leave_for_the_day_after_that(scene: Scene):
    yield
    when = HalfDays("2027-11-21", "am")
    yield await scene.run(lambda tx: leaves.take(tx, scene.escorts[0], when, "", scene.clock))


async def _on_leave(scene: Scene) -> None:
    """The first two escorts are on leave on the day of their orders."""
    await scene.served()
    for escort in scene.escorts[:2]:
        when = HalfDays(VISIT_DAY, "day")
        await scene.run(
            lambda tx, escort=escort, when=when: leaves.take(tx, escort, when, "有事", scene.clock)
        )


async def leave_given_back(scene: Scene):
    await _on_leave(scene)
    yield
    when = HalfDays(VISIT_DAY, "day")
    yield await scene.run(lambda tx: leaves.give_back(tx, scene.escorts[0], when, scene.later(1).clock))


async def half_of_leave_given_back(scene: Scene):
    await _on_leave(scene)
    yield
    when = HalfDays(VISIT_DAY, "pm")
    yield await scene.run(lambda tx: leaves.give_back(tx, scene.escorts[0], when, scene.later(1).clock))


async def leave_that_is_coming(scene: Scene):
    await _on_leave(scene)
    yield
    async with scene.storage.reading() as reader:
        yield await leaves.coming(reader, scene.escorts[0], scene.at)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
