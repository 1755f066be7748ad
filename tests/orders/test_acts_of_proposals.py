"""What proposing a supplement and its receipt changes."""

from __future__ import annotations

from dataclasses import replace

from orders import serving
from orders.supplements import deciding, proposing
from orders.supplements.proposing import Receipt
from orders.supplements.refusals import SupplementAmount, TooManySupplements
from storage.models import Ending, OrderState, SupplementKind
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, Scene
from tests.orders.supplements import (
    LIMITS,
    OVER,
    propose,
    proposed_by_each,
    seen_of,
    wanted_of,
)


async def proposed(scene: Scene):
    await scene.served()
    yield
    yield await propose(scene)
    yield await propose(scene, at=scene.at + 1)


async def proposed_with_the_action_of_another(scene: Scene):
    await proposed_by_each(scene)
    yield
    yield await propose(scene, amount_fen=3_851)


async def proposed_after_being_taken_off(scene: Scene):
    await scene.served()
    await scene.run(lambda tx: serving.unassign(tx, scene.order, ADMIN, scene.at))
    yield
    yield await propose(scene, at=scene.at + 1)


async def proposed_on_the_last_day(scene: Scene):
    await scene.finished()
    yield
    yield await propose(scene, at=OVER - 1)
    yield proposing.may_propose(await scene.read(), LIMITS, OVER - 1)


async def proposed_too_late(scene: Scene):
    await scene.finished()
    yield
    yield proposing.may_propose(await scene.read(), LIMITS, OVER)
    yield await propose(scene, at=OVER)


async def proposed_the_most_there_may_be(scene: Scene):
    await scene.served()
    yield
    yield await propose(scene, amount_fen=LIMITS.max_fen, action_id="most")
    yield await propose(scene, amount_fen=1, action_id="least")
    for amount_fen in (LIMITS.max_fen + 1, 0):
        try:
            await propose(scene, amount_fen=amount_fen)
        except SupplementAmount as refusal:
            yield refusal.message


async def proposed_the_last_and_one_more(scene: Scene):
    await scene.served()
    for number in range(proposing.MAX_PER_ORDER - 1):
        await propose(scene, action_id=f"propose-{number}")
    yield
    yield await propose(scene, action_id="the last")
    try:
        await propose(scene, action_id="one more")
    except TooManySupplements as refusal:
        yield refusal.message


async def proposed_for_who_is_erased(scene: Scene):
    await scene.served()
    await scene.set("users", scene.own.owner, deleted_at=scene.at)
    yield
    yield await propose(scene)


async def a_receipt_added(scene: Scene):
    await proposed_by_each(scene)
    receipt = Receipt(scene.order, "propose-0")
    yield
    for file, at in (("receipt.bin", scene.at + 1), ("another.bin", scene.at + 2)):
        yield await scene.run(
            lambda tx, file=file, at=at: proposing.add_receipt(tx, receipt, file, scene.escorts[0], at)
        )


async def a_receipt_of_no_supplement(scene: Scene):
    await proposed_by_each(scene)
    receipt = Receipt(scene.order, "propose-1")
    yield
    yield await scene.run(
        lambda tx: proposing.add_receipt(tx, receipt, "receipt.bin", scene.escorts[0], scene.at)
    )


async def a_receipt_for_what_was_withdrawn(scene: Scene):
    supplement, seen = await proposed_by_each(scene), await seen_of(scene, 1)
    order = await scene.read()
    await scene.run(lambda tx: deciding.withdraw(tx, order, supplement, seen, "", scene.at))
    yield
    yield await scene.run(
        lambda tx: proposing.add_receipt(
            tx, Receipt(scene.order, "propose-0"), "receipt.bin", scene.escorts[0], scene.at
        )
    )


async def made_by_the_office(scene: Scene):
    await scene.served()
    wanted = wanted_of(scene, kind=SupplementKind.OVERTIME, action_id="form-1")
    yield
    for at in (scene.at, scene.at + 1):
        yield await scene.run(lambda tx, at=at: deciding.make(tx, wanted, 2, LIMITS, at))


async def orders_that_take_supplements(scene: Scene):
    await scene.served()
    order = await scene.read()
    yield
    for state in OrderState:
        yield state, proposing.takes_supplements(replace(order, state=state))
    for ending in Ending:
        yield ending, proposing.takes_supplements(replace(order, state=OrderState.FINISHED, ending=ending))


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
