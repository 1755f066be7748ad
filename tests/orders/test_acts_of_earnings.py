"""What rules of pay, earnings and corrections change."""

from __future__ import annotations

from typing import Any

from orders import serving
from orders.escort_pay import earnings, rules
from storage.models import Ending, PayRuleKind
from tests.orders.acts import Act
from tests.orders.pay import correct, earned_of_each, rule
from tests.orders.scene import ADMIN, Scene


async def a_rule_added(scene: Scene):
    yield
    yield await rule(scene, 3_000, PayRuleKind.PERCENT, escort_id=scene.escorts[0])
    yield await rule(scene, rules.MAX_FIXED_FEN)
    yield await rule(scene, rules.HUNDREDTHS, PayRuleKind.PERCENT)
    yield await rule(scene, 0)
    yield await rule(scene, 0, PayRuleKind.NONE, escort_id=scene.escorts[0])


async def rules_that_cannot_be(scene: Scene):
    yield
    wrong: list[dict[str, Any]] = [
        {"value": rules.MAX_FIXED_FEN + 1},
        {"value": -1},
        {"value": rules.HUNDREDTHS + 1, "kind": PayRuleKind.PERCENT},
        {"value": -1, "kind": PayRuleKind.PERCENT},
        {"kind": PayRuleKind.NONE},
        {"service_id": 99},
        {"escort_id": 99},
    ]
    for given in wrong:
        try:
            await rule(scene, **given)
        except rules.PayInput as refusal:
            yield refusal.message


async def earned_once_more_after_a_reopening(scene: Scene):
    await earned_of_each(scene)
    await scene.run(lambda tx: serving.reopen(tx, scene.order, ADMIN, scene.at + 1))
    await rule(scene, 5_000, valid_from="2026-12-01")
    yield
    yield await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, scene.at + 2))


async def not_earned_twice(scene: Scene):
    await earned_of_each(scene)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: earnings.earn(tx, order, scene.at + 2))
    yield await scene.run(lambda tx: earnings.earn_later(tx, order, scene.at + 2))


async def earned_later(scene: Scene):
    await scene.finished()
    await rule(scene)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: earnings.earn_later(tx, order, scene.at + 2))


async def nothing_earned_for_what_was_not_served(scene: Scene):
    await scene.finished()
    await rule(scene)
    await scene.set("orders", scene.order, ending=Ending.CUSTOMER_ABSENT)
    order = await scene.read()
    yield
    async with scene.storage.reading() as reader:
        yield await earnings.proposed_for_ending(reader, order)
        yield await earnings.proposed_for_ending(reader, await scene.read(scene.other.order))
    yield await scene.run(lambda tx: earnings.earn_later(tx, order, scene.at + 2))


async def taken_back_twice(scene: Scene):
    await earned_of_each(scene)
    order = await scene.read()
    yield
    for at in (scene.at + 1, scene.at + 2):
        yield await scene.run(lambda tx, at=at: earnings.take_back(tx, order, at))


async def corrected(scene: Scene):
    await earned_of_each(scene)
    yield
    yield await correct(scene, scene.order, -500)
    yield await correct(scene, scene.order, 0)
    yield await correct(scene, None, earnings.MAX_CORRECTION_FEN)
    yield await correct(scene, None, -earnings.MAX_CORRECTION_FEN)


async def corrections_that_cannot_be(scene: Scene):
    await earned_of_each(scene)
    yield
    wrong: list[dict[str, Any]] = [
        {"order_id": None, "fen": earnings.MAX_CORRECTION_FEN + 1},
        {"order_id": None, "fen": 0},
        {"order_id": scene.order, "fen": 1, "reason": ""},
        {"order_id": scene.order, "fen": 1, "seen": "99"},
        {"order_id": None, "fen": 1, "seen": "99"},
    ]
    for given in wrong:
        try:
            await correct(scene, **given)
        except (rules.PayInput, earnings.EarningsChanged) as refusal:
            yield refusal.message


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
