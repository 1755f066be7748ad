"""What opening, disputing and withdrawing a supplement changes, and what the end of its order does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orders.supplements import deciding, proposing, reading
from orders.supplements.deciding import Dispute, Opening, Seen
from orders.supplements.proposing import Receipt
from tests.orders.acts import Act
from tests.orders.scene import Scene
from tests.orders.supplements import (
    LIMITS,
    open_it,
    opened_of_each,
    propose,
    proposed_by_each,
    seen_of,
    supplement_of,
)


async def opened_with_another_amount(scene: Scene):
    await proposed_by_each(scene)
    yield
    yield await open_it(scene, 1, 3_000, "只认三十元")


async def opened_with_another_amount_and_no_reason(scene: Scene):
    await proposed_by_each(scene)
    yield
    yield await open_it(scene, 1, 3_000)


async def opened_as_it_was_proposed(scene: Scene):
    await proposed_by_each(scene)
    yield
    yield await open_it(scene, 1, reason="没有改")


async def opened_twice(scene: Scene):
    await opened_of_each(scene)
    yield
    yield await open_it(scene, 1)


async def opened_as_it_was_not_shown(scene: Scene):
    supplement = await proposed_by_each(scene)
    opening = Opening(Seen(scene.order, 1, "another"), 3_850, "", 2, scene.at)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: deciding.open_(tx, order, supplement, opening, LIMITS))


async def _dispute(scene: Scene, user: int, reason: str = "没有加时", at: int = 0) -> Any:
    supplement, order = await supplement_of(scene, 1), await scene.read()
    said = Dispute(user, reason, at or scene.at + 5)
    return await scene.run(lambda tx: deciding.dispute(tx, order, supplement, said))


async def disputed_by_the_payer(scene: Scene):
    await opened_of_each(scene)
    yield
    yield await _dispute(scene, scene.own.payer)
    yield await _dispute(scene, scene.own.payer, at=scene.at + 6)


async def disputed_by_the_family(scene: Scene):
    await opened_of_each(scene)
    yield
    yield await _dispute(scene, scene.own.family)


async def disputed_before_it_was_opened(scene: Scene):
    await proposed_by_each(scene)
    yield
    yield await _dispute(scene, scene.own.owner)


async def disputed_once_more_in_other_words(scene: Scene):
    await opened_of_each(scene)
    await _dispute(scene, scene.own.owner)
    yield
    yield await _dispute(scene, scene.own.owner, "没有这回事")


async def opened_again_after_a_dispute(scene: Scene):
    await opened_of_each(scene)
    await _dispute(scene, scene.own.owner)
    yield
    yield await open_it(replace(scene, at=scene.at + 9), 1, 2_000, "减一些")


async def withdrawn_before_it_was_opened(scene: Scene):
    supplement, seen, order = await proposed_by_each(scene), await seen_of(scene, 1), await scene.read()
    yield
    yield await scene.run(lambda tx: deciding.withdraw(tx, order, supplement, seen, "不用付", scene.at + 2))


async def withdrawn_after_it_was_opened(scene: Scene):
    supplement, seen, order = await opened_of_each(scene), await seen_of(scene, 1), await scene.read()
    yield
    yield await scene.run(lambda tx: deciding.withdraw(tx, order, supplement, seen, "不用付", scene.at + 2))


async def withdrawn_as_it_was_not_shown(scene: Scene):
    supplement, order = await opened_of_each(scene), await scene.read()
    yield
    yield await scene.run(
        lambda tx: deciding.withdraw(tx, order, supplement, Seen(order.id, 1, "another"), "", scene.at + 2)
    )


async def withdrawn_twice(scene: Scene):
    supplement, seen, order = await opened_of_each(scene), await seen_of(scene, 1), await scene.read()
    await scene.run(lambda tx: deciding.withdraw(tx, order, supplement, seen, "", scene.at + 2))
    withdrawn, again = await supplement_of(scene, 1), await seen_of(scene, 1)
    yield
    yield await scene.run(lambda tx: deciding.withdraw(tx, order, withdrawn, again, "", scene.at + 3))


async def withdrawn_with_its_order(scene: Scene):
    await opened_of_each(scene)
    await propose(scene, action_id="another")
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: deciding.withdraw_all(tx, order, scene.at + 2))


async def kept_while_its_order_goes_on(scene: Scene):
    await opened_of_each(scene)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: deciding.withdraw_if_unwanted(tx, order, 1, scene.at + 2))


async def withdrawn_as_its_order_has_ended(scene: Scene):
    await opened_of_each(scene)
    await scene.set("orders", scene.order, state="cancelled", ending="customer_absent")
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: deciding.withdraw_if_unwanted(tx, order, 1, scene.at + 2))


async def withdrawn_as_its_user_is_gone(scene: Scene):
    await opened_of_each(scene)
    await scene.set("users", scene.own.owner, deleted_at=scene.at)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: deciding.withdraw_if_unwanted(tx, order, 1, scene.at + 2))


async def erased_with_its_user(scene: Scene):
    await opened_of_each(scene)
    await scene.run(
        lambda tx: proposing.add_receipt(
            tx, Receipt(scene.order, "propose-0"), "receipt.bin", scene.escorts[0], scene.at
        )
    )
    yield
    yield await scene.run(lambda tx: deciding.erase_of_user(tx, scene.own.owner, scene.at + 2))


async def supplements_as_they_are_read(scene: Scene):
    await opened_of_each(scene)
    await scene.run(
        lambda tx: proposing.add_receipt(
            tx, Receipt(scene.order, "propose-0"), "receipt.bin", scene.escorts[0], scene.at
        )
    )
    yield
    async with scene.storage.reading() as reader:
        yield [each.id for each in await reading.proposed_by(reader, scene.order, scene.escorts[0])]
        yield [each.id for each in await reading.proposed_by(reader, scene.order, scene.escorts[1])]
        for user in (
            scene.own.owner,
            scene.own.payer,
            scene.own.family,
            scene.other.owner,
            *scene.carers[:2],
        ):
            yield user, await reading.receipt_for(reader, 1, user)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
