"""What the cards by which family and payers are invited change."""

from __future__ import annotations

from typing import Any

from orders.sharing import member_links
from orders.sharing.member_links import Shared
from storage.models import MemberRole, MemberScope
from tests.orders.acts import Act
from tests.orders.scene import EARLIER, NOON, Scene

HOURS = 72
EXPIRES = NOON + HOURS * 3_600_000


async def _card(
    scene: Scene, scope: MemberScope, role: MemberRole = MemberRole.FAMILY, place: int = 0
) -> member_links.NewCard:
    each = scene.households[place]
    shared = Shared(scope, each.order if scope == MemberScope.ORDER else each.patient)
    return await scene.run(lambda tx: member_links.create(tx, each.owner, shared, role, scene.at, HOURS))


async def _cards(scene: Scene, scope: MemberScope, role: MemberRole = MemberRole.FAMILY) -> str:
    """A card of each household; the token of the own one."""
    await scene.ordered()
    first = await _card(scene, scope, role)
    await _card(scene, scope, role, 1)
    return first.token


async def a_card_for_an_order(scene: Scene):
    await scene.ordered()
    yield
    yield await _card(scene, MemberScope.ORDER, MemberRole.PAYER)


async def a_card_for_a_patient(scene: Scene):
    await scene.ordered()
    yield
    yield await _card(scene, MemberScope.PATIENT)


async def a_card_for_an_order_of_somebody_else(scene: Scene):
    await scene.ordered()
    shared = Shared(MemberScope.ORDER, scene.other.order)
    yield
    yield await scene.run(
        lambda tx: member_links.create(tx, scene.own.owner, shared, MemberRole.FAMILY, scene.at, HOURS)
    )


async def a_card_for_a_patient_of_somebody_else(scene: Scene):
    shared = Shared(MemberScope.PATIENT, scene.other.patient)
    yield
    yield await scene.run(
        lambda tx: member_links.create(tx, scene.own.owner, shared, MemberRole.FAMILY, scene.at, HOURS)
    )


async def the_last_open_card_and_one_more(scene: Scene):
    await scene.ordered()
    for _ in range(member_links.MAX_OPEN_CARDS - 1):
        await _card(scene, MemberScope.ORDER)
    yield
    yield await _card(scene, MemberScope.ORDER)
    try:
        await _card(scene, MemberScope.ORDER)
    except member_links.TooManyMembers as refusal:
        yield refusal.message
    yield await _card(scene, MemberScope.PATIENT)


async def _accept(scene: Scene, token: str, user: int, at: int = 0) -> Any:
    return await scene.run(lambda tx: member_links.accept(tx, token, user, at or scene.at + 1))


async def a_card_accepted(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    yield
    yield await _accept(scene, token, scene.stranger)
    yield await _accept(scene, token, scene.stranger, scene.at + 2)


async def a_card_for_a_patient_accepted(scene: Scene):
    token = await _cards(scene, MemberScope.PATIENT, MemberRole.PAYER)
    yield
    yield await _accept(scene, token, scene.stranger)


async def a_payers_card_accepted_by_the_family(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER, MemberRole.PAYER)
    yield
    yield await _accept(scene, token, scene.own.family)


async def a_card_for_family_accepted_by_the_payer(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    yield
    yield await _accept(scene, token, scene.own.payer)


async def a_card_accepted_by_its_owner(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    yield
    yield await _accept(scene, token, scene.own.owner)


async def a_card_accepted_by_two(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    await _accept(scene, token, scene.stranger)
    yield
    yield await _accept(scene, token, scene.other.owner)


async def a_card_accepted_a_moment_before_its_end(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    yield
    yield await _accept(scene, token, scene.stranger, EXPIRES - 1)


async def a_card_accepted_at_its_end(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    yield
    yield await _accept(scene, token, scene.stranger, EXPIRES)


async def a_card_of_who_is_disabled(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    await scene.set("users", scene.own.owner, disabled_at=scene.at)
    yield
    yield await _accept(scene, token, scene.stranger)


async def a_card_accepted_by_who_is_disabled(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    await scene.set("users", scene.stranger, disabled_at=scene.at)
    yield
    yield await _accept(scene, token, scene.stranger)


async def a_card_for_an_order_that_was_taken_off_the_list(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    await scene.set("orders", scene.order, hidden_at=scene.at)
    yield
    yield await _accept(scene, token, scene.stranger)


async def the_last_member_and_one_more(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    another = (await _card(scene, MemberScope.ORDER)).token
    for number in range(member_links.MAX_MEMBERS - 3):
        user = await scene.run(lambda tx, number=number: tx.users.find_or_add(f"oMember{number}", EARLIER))
        await scene.run(
            lambda tx, user=user: tx.members.add(
                scene.own.owner, user, MemberScope.ORDER, scene.order, MemberRole.FAMILY, EARLIER
            )
        )
    yield
    yield await _accept(scene, token, scene.stranger)
    try:
        await _accept(scene, another, scene.other.owner)
    except member_links.TooManyMembers as refusal:
        yield refusal.message


async def cards_as_they_are_looked_at(scene: Scene):
    token = await _cards(scene, MemberScope.ORDER)
    patients = (await _card(scene, MemberScope.PATIENT)).token
    await _accept(scene, patients, scene.carers[0])
    yield
    async with scene.storage.reading() as reader:
        for user in (scene.stranger, scene.own.owner, scene.own.payer):
            card = await member_links.look(reader, token, user, EXPIRES - 1)
            yield (card.owner_nickname, card.patient_name, card.order, card.joined, card.order_id)
        card = await member_links.look(reader, patients, scene.carers[0], EXPIRES + 1)
        yield (card.owner_nickname, card.patient_name, card.order, card.joined, card.order_id)
        for user, shown, at in ((scene.stranger, token, EXPIRES), (scene.stranger, patients, scene.at)):
            try:
                yield await member_links.look(reader, shown, user, at)
            except member_links.CardNotValid:
                yield "not valid"


async def a_card_revoked(scene: Scene):
    await _cards(scene, MemberScope.ORDER)
    yield
    yield await scene.run(lambda tx: member_links.revoke(tx, scene.own.owner, 1, scene.at + 1))


async def a_card_of_another_owner_revoked(scene: Scene):
    await _cards(scene, MemberScope.ORDER)
    yield
    yield await scene.run(lambda tx: member_links.revoke(tx, scene.own.owner, 2, scene.at + 1))


async def a_used_card_revoked(scene: Scene):
    await _accept(scene, await _cards(scene, MemberScope.ORDER), scene.stranger)
    yield
    yield await scene.run(lambda tx: member_links.revoke(tx, scene.own.owner, 1, scene.at + 2))


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
