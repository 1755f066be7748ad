"""What the office does with an order, and what becomes of the invitations to it."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from clock import SECOND
from orders import serving
from orders.escorts import invitations
from orders.escorts.invitations import (
    InvitationClosed,
    InvitationTaken,
    InvitationWithdrawn,
    Suspended,
)
from orders.escorts.open_invitations import withdraw_open
from orders.escorts.review import decide
from orders.office_hours import moment
from orders.transitions import TransitionRefused
from storage import Storage, Transaction
from storage.models import Actor, Cause, InvitationState, Order, OrderState
from tests.core.escorts import (
    ADMIN_ID,
    Clock,
    add_escort,
    add_escorts,
    assign,
    invitations_of,
    messages,
    offer,
    paid_order,
    states,
)
from tests.core.inviting import accept, withdraw
from tests.core.rows import DAY, count, order_of

ADMIN = Actor("admin", ADMIN_ID)


async def _reassign(order_id: int, new: serving.NewEscort, cause: Cause, tx: Transaction) -> Order:
    return await serving.reassign(tx, order_id, new, cause)


async def test_a_suspended_escort_loses_every_open_invitation(storage: Storage) -> None:
    clock, escort, order_id = Clock(), await add_escort(storage, "王芳", 900), await paid_order(storage)
    await offer(storage, clock, order_id, [escort])
    async with storage.transaction() as tx:
        locked = await tx.escorts.lock(escort)
        assert locked is not None
        await decide(tx, locked, "suspend", clock.at)
        await tx.commit()
    assert await states(storage, order_id) == ["withdrawn"]
    assert await accept(storage, clock, order_id, escort) == InvitationWithdrawn.slug
    async with storage.transaction() as tx:
        await tx.connection.execute("UPDATE invitations SET state = 'offered', open_order_id = order_id", {})
        await tx.commit()
    assert await accept(storage, clock, order_id, escort) == Suspended.slug


@pytest.mark.parametrize("how", ["assigned", "finished", "changed", "taken back"])
async def test_what_the_office_does_with_the_order_withdraws_what_is_open_and_tells_the_escorts(
    storage: Storage, how: str
) -> None:
    clock, (first, second) = Clock(), await add_escorts(storage, 2)
    order_id = await paid_order(storage)
    await offer(storage, clock, order_id, [first, second])
    open_ones = await invitations_of(storage, order_id)
    if how == "assigned":
        await assign(storage, order_id, first, "am")
    elif how == "finished":
        await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, clock.at))
    elif how == "changed":
        async with storage.transaction() as tx:
            order = await tx.orders.lock(order_id)
            assert order is not None
            await withdraw_open(tx, order, "改期", clock.at)
            await tx.commit()
    else:
        for invitation in open_ones.values():
            await storage.run(partial(withdraw, invitation.id, order_id, clock))
        with pytest.raises(InvitationClosed):
            await storage.run(lambda tx: invitations.withdraw(tx, open_ones[first].id, order_id, "", clock))
    assert await states(storage, order_id) == ["withdrawn", "withdrawn"]
    assert await accept(storage, clock, order_id, second) == "invitation_withdrawn"
    told = [message for message in await messages(storage) if message[2] == "withdrawn"]
    others = [(901, "invitation", "withdrawn")]
    assert told == (others if how == "assigned" else [(900, "invitation", "withdrawn"), *others])


async def test_only_a_paid_order_is_offered(storage: Storage) -> None:
    clock, escort, order_id = Clock(), await add_escort(storage, "王芳", 900), await paid_order(storage)
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, clock.at))
    with pytest.raises(TransitionRefused):
        await offer(storage, clock, order_id, [escort])


async def test_an_accepted_order_that_was_taken_back_is_not_accepted_again(storage: Storage) -> None:
    clock, escort, order_id = Clock(), await add_escort(storage, "王芳", 900), await paid_order(storage)
    await offer(storage, clock, order_id, [escort])
    assert await accept(storage, clock, order_id, escort) == "yes"
    clock.at += SECOND
    await storage.run(lambda tx: serving.unassign(tx, order_id, ADMIN, clock.at, "换人"))
    assert await accept(storage, clock, order_id, escort) == "invitation_withdrawn"
    assert (900, "cancelled", "unassigned") in await messages(storage)
    assert InvitationTaken.slug == "invitation_taken"


@pytest.mark.promise(17)
async def test_reassignment_is_one_act_old_one_out_new_one_in_family_told_once(storage: Storage) -> None:
    clock, (old, new) = Clock(), await add_escorts(storage, 2)
    order_id = await paid_order(storage)
    await assign(storage, order_id, old, "pm")
    async with storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET escort_confirmed_at = 5, started_at = 6", {})
        await tx.commit()
    before = await messages(storage)
    clock.at += SECOND
    cause = Cause(ADMIN, clock.at, "王芳生病")
    order = await storage.run(
        lambda tx: serving.reassign(tx, order_id, serving.NewEscort(new, str(old)), cause)
    )
    assert order.id == order_id
    order = await order_of(storage, order_id)
    assert (order.state, order.escort_id, order.escort_name) == (OrderState.SERVING, new, "陪诊员1")
    assert (order.escort_confirmed_at, order.started_at) == (None, 6)
    async with storage.reading() as reader:
        bookings = await reader.escorts.bookings(DAY, DAY)
        history = await reader.orders.history(order_id)
    assert [(booking.escort_id, booking.half) for booking in bookings] == [(new, "pm")]
    assert [step.reason for step in history[-2:]] == ["王芳生病", "王芳生病"]
    assert (await messages(storage))[len(before) :] == [
        (900, "cancelled", "unassigned"),
        (1, "escort", ""),
        (901, "invitation", "given"),
    ]


async def test_reassignment_to_who_is_taken_or_by_a_stale_page_changes_nothing(storage: Storage) -> None:
    clock, (old, taken) = Clock(), await add_escorts(storage, 2)
    order_id, other = await paid_order(storage), await paid_order(storage, 2)
    await assign(storage, order_id, old, "am")
    await assign(storage, other, taken, "am")
    before = await messages(storage)
    cause = Cause(ADMIN, clock.at, "换人")
    for new, error in (
        (serving.NewEscort(taken, str(old)), serving.EscortUnavailable),
        (serving.NewEscort(taken, str(taken)), serving.EscortChanged),
        (serving.NewEscort(old, str(old)), serving.ServesAlready),
    ):
        with pytest.raises(error):
            await storage.run(partial(_reassign, order_id, new, cause))
    order = await order_of(storage, order_id)
    assert (order.state, order.escort_id) == (OrderState.SERVING, old)
    assert await messages(storage) == before
    assert await count(storage, "escort_bookings") == 2


@pytest.mark.promise(31)
async def test_acceptance_and_direct_assignment_at_once_give_the_order_to_one(storage: Storage) -> None:
    clock, (invited, assigned) = Clock(), await add_escorts(storage, 2)
    order_id = await paid_order(storage)
    await offer(storage, clock, order_id, [invited])

    async def try_to_assign() -> str:
        try:
            await assign(storage, order_id, assigned, "am")
        except TransitionRefused:
            return "no"
        return "yes"

    answers = await asyncio.gather(accept(storage, clock, order_id, invited), try_to_assign())
    assert answers.count("yes") == 1
    order = await order_of(storage, order_id)
    assert order.escort_id == (invited if answers[0] == "yes" else assigned)
    assert await states(storage, order_id) == [
        InvitationState.ACCEPTED if answers[0] == "yes" else InvitationState.WITHDRAWN
    ]


@pytest.mark.parametrize(
    ("offered", "day", "hour", "until"),
    [
        (("2026-11-19", "12:00"), "2026-11-20", "09:00", ("2026-11-19", "12:30")),
        (("2026-11-19", "19:50"), "2026-11-20", "08:10", ("2026-11-20", "08:10")),
        (("2026-11-19", "22:00"), "2026-11-20", "", ("2026-11-20", "08:30")),
        (("2026-11-19", "08:50"), "2026-11-19", "09:00", ("2026-11-19", "09:00")),
        (("2026-11-19", "09:10"), "2026-11-19", "09:00", ("2026-11-19", "09:40")),
        (("2026-11-19", "19:50"), "2026-11-19", "", ("2026-11-20", "00:00")),
    ],
)
async def test_an_invitation_lasts_no_longer_than_until_the_visit_begins(
    storage: Storage, offered: tuple[str, str], day: str, hour: str, until: tuple[str, str]
) -> None:
    escort = await add_escort(storage, "王芳", 900)
    order_id = await paid_order(storage, visit_date=day, visit_time=hour)
    await offer(storage, Clock(moment(*offered)), order_id, [escort])
    assert (await invitations_of(storage, order_id))[escort].expires_at == moment(*until)
