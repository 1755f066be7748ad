"""An escort whom the office gives an order is told, as who is invited is; who accepts one knows."""

from __future__ import annotations

from orders import serving
from orders.escorts import invitations
from orders.serving import NewEscort
from storage import Storage
from storage.models import Actor, Cause
from tests.core.escorts import NOON, Clock, add_escort, assign, invitations_of, messages, offer, paid_order
from wechat.message_facts import EXAMPLE, MessageFacts, MessageKind, MessageOutcome, fill
from wechat.outbox import page_of

OFFICE = Actor("admin", 1)
FIRST, SECOND, THIRD = 900, 901, 902


async def told(storage: Storage) -> list[tuple[int, str, str]]:
    """What escorts were told: user, kind and outcome."""
    return [each for each in await messages(storage) if each[0] >= FIRST]


async def test_who_is_assigned_directly_is_told_and_whose_invitation_was_open_too(storage: Storage) -> None:
    escorts = [await add_escort(storage, f"陪诊员{user}", user) for user in (FIRST, SECOND, THIRD)]
    order_id = await paid_order(storage)
    await offer(storage, Clock(), order_id, escorts[:2])
    await assign(storage, order_id, escorts[0])
    assert await told(storage) == [
        (FIRST, "invitation", "offered"),
        (SECOND, "invitation", "offered"),
        (SECOND, "invitation", "withdrawn"),
        (FIRST, "invitation", "given"),
    ], "nobody reads that what they have been given was taken back"


async def test_who_takes_an_order_over_is_told_that_it_is_theirs(storage: Storage) -> None:
    first, second = [await add_escort(storage, f"陪诊员{user}", user) for user in (FIRST, SECOND)]
    order_id = await paid_order(storage)
    await assign(storage, order_id, first)
    cause = Cause(OFFICE, NOON + 1)
    await storage.run(lambda tx: serving.reassign(tx, order_id, NewEscort(second), cause))
    back = Cause(OFFICE, NOON + 2)
    await storage.run(lambda tx: serving.reassign(tx, order_id, NewEscort(first), back))
    assert await told(storage) == [
        (FIRST, "invitation", "given"),
        (FIRST, "cancelled", "unassigned"),
        (SECOND, "invitation", "given"),
        (SECOND, "cancelled", "unassigned"),
        (FIRST, "invitation", "given"),
    ]


async def test_who_accepts_an_order_is_not_told_that_it_is_theirs(storage: Storage) -> None:
    escort, order_id = await add_escort(storage, "王芳", FIRST), await paid_order(storage)
    await offer(storage, Clock(), order_id, [escort])
    invitation = (await invitations_of(storage, order_id))[escort]
    await storage.run(lambda tx: invitations.accept(tx, invitation.id, escort, Clock(), 4))
    assert await told(storage) == [(FIRST, "invitation", "offered")]


async def test_a_tap_on_the_message_opens_the_job(storage: Storage) -> None:
    escort, order_id = await add_escort(storage, "王芳", FIRST), await paid_order(storage)
    await assign(storage, order_id, escort)
    async with storage.reading() as reader:
        (message,) = [each for each in await reader.outbox.of_user(FIRST) if each.kind == "invitation"]
    facts = MessageFacts.from_json(message.payload)
    assert page_of(MessageKind.INVITATION, facts) == f"packages/escort/job/job?id={order_id}"
    assert fill(["phrase1=outcome"], facts) == {"phrase1": "安排给您"}
    offered = page_of(MessageKind.INVITATION, EXAMPLE)
    assert offered == "packages/escort/workbench/workbench"
    assert facts.outcome == MessageOutcome.GIVEN
