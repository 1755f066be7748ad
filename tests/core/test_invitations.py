"""An order is offered to escorts, and the first who accepts has it."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from clock import MINUTE
from orders.escorts import invitations, leaves
from orders.escorts.invitations import (
    CannotAccept,
    InvitationAccepted,
    InvitationDeclined,
    InvitationExpired,
    InvitationNotFound,
    NobodyInvited,
)
from orders.escorts.leaves import HalfDays
from refusals import Refused
from storage import Storage, Transaction
from storage.models import EscortState, Order, OrderState
from tests.core.escorts import (
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


async def _accept(invitation_id: int, escort_id: int, clock: Clock, tx: Transaction) -> Order:
    return await invitations.accept(tx, invitation_id, escort_id, clock, 4)


async def _decline(invitation_id: int, escort_id: int, clock: Clock, tx: Transaction) -> None:
    await invitations.decline(tx, invitation_id, escort_id, "有事", clock)


async def decline(
    storage: Storage, clock: Clock, order_id: int, escort_id: int, reason: str = "有事"
) -> None:
    invitation = (await invitations_of(storage, order_id))[escort_id]
    await storage.run(lambda tx: invitations.decline(tx, invitation.id, escort_id, reason, clock))


@pytest.mark.promise(31)
async def test_of_twenty_escorts_who_accept_at_once_exactly_one_has_the_order(storage: Storage) -> None:
    clock, escorts, order_id = Clock(), await add_escorts(storage, 20), await paid_order(storage)
    await offer(storage, clock, order_id, None)
    answers = await asyncio.gather(*(accept(storage, clock, order_id, escort) for escort in escorts))
    assert sorted(answers) == ["invitation_taken"] * 19 + ["yes"]
    winner = escorts[answers.index("yes")]
    order = await order_of(storage, order_id)
    assert (order.state, order.escort_id) == (OrderState.SERVING, winner)
    assert sorted(await states(storage, order_id)) == ["accepted"] + ["taken"] * 19
    async with storage.reading() as reader:
        assert [booking.escort_id for booking in await reader.escorts.bookings(DAY, DAY)] == [winner]
        step = (await reader.orders.history(order_id))[-1]
    assert (step.to_state, step.actor_kind, step.actor_id) == (OrderState.SERVING, "escort", winner)
    told = await messages(storage)
    assert [message for message in told if message[1] == "escort"] == [(1, "escort", "")]
    assert len([message for message in told if message[2] == "taken"]) == 19


@pytest.mark.promise(31)
async def test_one_escort_who_accepts_twenty_orders_of_one_half_day_gets_one(storage: Storage) -> None:
    clock, escort = Clock(), await add_escort(storage, "王芳", 900)
    orders = [await paid_order(storage, user) for user in range(1, 21)]
    for order_id in orders:
        await offer(storage, clock, order_id, [escort])
    answers = await asyncio.gather(*(accept(storage, clock, order_id, escort) for order_id in orders))
    assert sorted(answers) == ["escort_unavailable"] * 19 + ["yes"]
    assert await count(storage, "escort_bookings") == 1


@pytest.mark.promise(31)
async def test_an_invitation_expires_at_its_second_whether_or_not_the_job_has_been_round(
    storage: Storage,
) -> None:
    clock, (first, second) = Clock(), await add_escorts(storage, 2)
    order_id = await paid_order(storage)
    await offer(storage, clock, order_id, [first, second])
    until = (await invitations_of(storage, order_id))[first].expires_at
    assert until == clock.at + 30 * MINUTE
    clock.at = until
    assert await accept(storage, clock, order_id, first) == "invitation_expired"
    with pytest.raises(InvitationExpired):
        await decline(storage, clock, order_id, first)
    assert await states(storage, order_id) == ["offered", "offered"]
    clock.at = until - 1
    assert await accept(storage, clock, order_id, second) == "yes"


@pytest.mark.promise(31)
async def test_acceptance_and_expiry_in_the_same_second_leave_one_truth(storage: Storage) -> None:
    clock, escorts, order_id = Clock(), await add_escorts(storage, 10), await paid_order(storage)
    await offer(storage, clock, order_id, None)
    until = (await invitations_of(storage, order_id))[escorts[0]].expires_at
    late = Clock(until)
    clock.at = until - 1
    *answers, run = await asyncio.gather(
        *(accept(storage, clock, order_id, escort) for escort in escorts),
        invitations.expire_due(storage, late, "test"),
    )
    order, found = await order_of(storage, order_id), await states(storage, order_id)
    if "yes" in answers:
        assert answers.count("yes") == found.count("accepted") == 1
        assert order.state == OrderState.SERVING
    else:
        assert set(answers) == {"invitation_expired"}
        assert set(found) == {"expired"}
        assert order.state == OrderState.PAID
    assert await count(storage, "escort_bookings") == answers.count("yes")
    assert run is not None


async def test_the_job_ends_what_is_over_and_leaves_what_is_not(storage: Storage) -> None:
    clock, (first, second) = Clock(), await add_escorts(storage, 2)
    one, two = await paid_order(storage), await paid_order(storage, 2)
    await offer(storage, clock, one, [first])
    clock.at += MINUTE
    await offer(storage, clock, two, [second])
    clock.at += 29 * MINUTE
    run = await invitations.expire_due(storage, clock, "test")
    assert run is not None
    assert run.result == {"expired": 1}
    assert (await states(storage, one), await states(storage, two)) == (["expired"], ["offered"])
    async with storage.reading() as reader:
        job = await reader.jobs.get(invitations.JOB)
    assert job is not None
    assert (job.runs, job.last_error) == (1, "")


async def test_the_same_tap_again_is_the_same_acceptance(storage: Storage) -> None:
    clock, escort, order_id = Clock(), await add_escort(storage, "王芳", 900), await paid_order(storage)
    await offer(storage, clock, order_id, [escort])
    assert await accept(storage, clock, order_id, escort) == "yes"
    told = await messages(storage)
    clock.at += 90 * MINUTE
    assert await accept(storage, clock, order_id, escort) == "yes"
    assert await messages(storage) == told
    with pytest.raises(InvitationAccepted):
        await decline(storage, clock, order_id, escort)


async def test_a_declined_invitation_keeps_its_reason_and_can_be_made_again(storage: Storage) -> None:
    clock, escort, order_id = Clock(), await add_escort(storage, "王芳", 900), await paid_order(storage)
    await offer(storage, clock, order_id, [escort])
    await decline(storage, clock, order_id, escort, "那天孩子开家长会")
    await decline(storage, clock, order_id, escort, "again")
    invitation = (await invitations_of(storage, order_id))[escort]
    assert (invitation.state, invitation.reason) == ("declined", "那天孩子开家长会")
    assert (invitation.open_order_id, invitation.answered_at) == (None, clock.at)
    assert await accept(storage, clock, order_id, escort) == InvitationDeclined.slug
    await offer(storage, clock, order_id, [escort])
    assert await accept(storage, clock, order_id, escort) == "yes"


async def test_another_escorts_invitation_does_not_exist(storage: Storage) -> None:
    clock, (invited, other) = Clock(), await add_escorts(storage, 2)
    order_id = await paid_order(storage)
    await offer(storage, clock, order_id, [invited])
    invitation = (await invitations_of(storage, order_id))[invited]
    for work in (
        partial(_accept, invitation.id, other, clock),
        partial(_decline, invitation.id, other, clock),
        partial(_accept, 99_999, other, clock),
        partial(withdraw, invitation.id, order_id + 1, clock),
    ):
        with pytest.raises((InvitationNotFound, Refused)) as refused:
            await storage.run(work)
        assert refused.value.slug in ("invitation_not_found", "order_not_found")
    assert await states(storage, order_id) == ["offered"]


async def test_only_who_is_free_and_not_asked_yet_is_invited(storage: Storage) -> None:
    clock, (free, asked, booked, away) = Clock(), await add_escorts(storage, 4)
    pending = await add_escort(storage, "赵六", 980, EscortState.PENDING)
    other = await paid_order(storage, 2)
    await assign(storage, other, booked, "am")
    await storage.run(lambda tx: leaves.take(tx, away, HalfDays(DAY, "day"), "", clock))
    order_id = await paid_order(storage)
    await offer(storage, clock, order_id, [asked])
    told = await offer(storage, clock, order_id, [free, asked, booked, away, pending])
    assert [candidate.id for candidate in told.invited] == [free]
    assert sorted(told.left_out) == [
        "陪诊员1 已经派过，还没有答复",
        "陪诊员2 上午已有订单",
        "陪诊员3 全天请假",
    ]
    with pytest.raises(NobodyInvited) as refused:
        await offer(storage, clock, order_id, [booked])
    assert refused.value.message == "陪诊员2 上午已有订单"
    with pytest.raises(NobodyInvited):
        await offer(storage, clock, order_id, None)
    assert set(await invitations_of(storage, order_id)) == {free, asked}


async def test_all_who_are_free_are_those_with_the_half_days_that_the_order_takes(storage: Storage) -> None:
    clock, (morning, both) = Clock(), await add_escorts(storage, 2)
    other = await paid_order(storage, 2)
    await assign(storage, other, morning, "pm")
    whole_day = await paid_order(storage, 3, takes="day")
    assert [each.id for each in (await offer(storage, clock, whole_day, None)).invited] == [both]
    assert (await invitations_of(storage, whole_day))[both].half == "day"
    settled = await paid_order(storage, 4, visit_time="09:30")
    await offer(storage, clock, settled, None, half="pm")
    assert {each.half for each in (await invitations_of(storage, settled)).values()} == {"am"}
    assert set(await invitations_of(storage, settled)) == {morning, both}


async def test_acceptance_on_leave_or_booked_by_now_says_why_and_changes_nothing(storage: Storage) -> None:
    clock, (away, booked) = Clock(), await add_escorts(storage, 2)
    order_id, other = await paid_order(storage), await paid_order(storage, 2)
    await offer(storage, clock, order_id, [away, booked])
    await assign(storage, other, booked, "am")
    async with storage.transaction() as tx:  # leave by hand: taking it would have declined the invitation
        await tx.connection.execute(
            "INSERT INTO escort_leaves (escort_id, visit_date, half, reason, created_at) "
            "VALUES (:escort, :day, 'am', '', 1)",
            {"escort": away, "day": DAY},
        )
        await tx.commit()
    before = await messages(storage)
    for escort, why in ((away, "您这天上午请假"), (booked, f"您这天上午已有订单 #{other}")):
        invitation = (await invitations_of(storage, order_id))[escort]
        with pytest.raises(CannotAccept) as refused:
            await storage.run(partial(_accept, invitation.id, escort, clock))
        assert refused.value.message == f"{why}，不能接这个订单"
    assert (await order_of(storage, order_id)).state == OrderState.PAID
    assert await states(storage, order_id) == ["offered", "offered"]
    assert await messages(storage) == before
