"""How memberships end, and who sees what is shared."""

from __future__ import annotations

from orders.sharing import access, members, payment_numbers
from orders.sharing.access import Act as May
from refusals import OrderNotFound
from storage.models import MemberScope
from storage.writes import NewAttempt
from tests.orders.acts import Act
from tests.orders.scene import EARLIER, NOON, Scene


async def a_member_removed_by_the_owner(scene: Scene):
    await scene.ordered()
    yield
    yield await scene.run(lambda tx: members.end(tx, scene.own.owner, 1, scene.at))


async def a_member_of_another_owner_removed(scene: Scene):
    await scene.ordered()
    yield
    yield await scene.run(lambda tx: members.end(tx, scene.own.owner, 3, scene.at))


async def a_member_removed_twice(scene: Scene):
    await scene.ordered()
    await scene.run(lambda tx: members.end(tx, scene.own.owner, 1, scene.at))
    yield
    yield await scene.run(lambda tx: members.end(tx, scene.own.owner, 1, scene.at + 1))


async def a_member_removed_by_the_office(scene: Scene):
    await scene.ordered()
    yield
    yield await scene.run(lambda tx: members.end_for_owner(tx, scene.own.owner, 2, scene.at))
    try:
        await scene.run(lambda tx: members.end_for_owner(tx, scene.own.owner, 2, scene.at))
    except members.MembershipEnded as refusal:
        yield refusal.message


async def a_member_leaves(scene: Scene):
    """Order and patient, and not another order that they share."""
    await scene.ordered()
    more = await scene.add_order(scene.own, patient_id=77)
    await scene.run(
        lambda tx: tx.members.add(
            scene.own.owner, scene.own.family, MemberScope.PATIENT, scene.own.patient, "family", EARLIER
        )
    )
    yield
    yield more
    yield await scene.run(lambda tx: members.leave(tx, scene.own.family, scene.order, scene.at))


async def a_stranger_leaves(scene: Scene):
    await scene.ordered()
    yield
    yield await scene.run(lambda tx: members.leave(tx, scene.stranger, scene.order, scene.at))


async def who_reads_along(scene: Scene):
    """A patient's member reads the visits from the day on which they joined."""
    await scene.served()
    for user, role, joined in ((scene.stranger, "payer", NOON), (scene.own.family, "payer", EARLIER)):
        await scene.run(
            lambda tx, user=user, role=role, joined=joined: tx.members.add(
                scene.own.owner, user, MemberScope.PATIENT, scene.own.patient, role, joined
            )
        )
    today = await scene.add_order(scene.own, visit_date="2026-11-19")
    before = await scene.add_order(scene.own, visit_date="2026-11-18")
    hidden = await scene.add_order(scene.own)
    await scene.set("orders", hidden, hidden_at=NOON)
    yield
    async with scene.storage.reading() as reader:
        for order_id in (scene.order, today, before, hidden):
            yield await members.recipients(reader, await scene.read(order_id))
            found = await members.of_order(reader, await scene.read(order_id), scene.at)
            yield [(each.member.user_id, each.member.role) for each in found.members]
        for user in (scene.stranger, scene.own.family, scene.own.payer, scene.own.owner, scene.other.owner):
            rows, following = await members.shared_with(reader, user)
            yield [(each.order.id, each.role, each.owner_nickname) for each in rows], following
        for user in (scene.own.owner, scene.stranger, scene.carers[0], scene.carers[1]):
            for order_id in (scene.order, before, hidden):
                relation = await reader.members.relation(order_id, user)
                assert relation is not None
                seen = access.access_of(relation, user)
                yield (user, order_id, seen.roles, seen.role, seen.escort_id, seen.may(May.PAY))


async def orders_by_the_numbers_of_their_payments(scene: Scene):
    """To who may read them as users; not to their escort, nor to strangers."""
    await scene.served()
    new = NewAttempt(
        "T1", 19_800, "CNY", "oUser", "wx1", "1900000109", "陪诊", "https://example.test", EARLIER
    )
    await scene.run(lambda tx: tx.attempts.add(scene.order, new, EARLIER, EARLIER))
    await scene.set("payment_attempts", 1, transaction_id="4200000001")
    yield
    async with scene.storage.reading() as reader:
        for user in (scene.own.owner, scene.own.family, scene.stranger, scene.carers[0]):
            for number in ("T1", "4200000001", "T2"):
                try:
                    yield user, number, await payment_numbers.order_of(reader, number, user)
                except OrderNotFound:
                    yield user, number, "not found"


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
