"""An order is offered to escorts, and the first who accepts has it."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from clock import MINUTE, SECOND
from orders import invitations, leaves, serving
from orders.escort_review import decide
from orders.invitations import (
    CannotAccept,
    InvitationAccepted,
    InvitationClosed,
    InvitationDeclined,
    InvitationExpired,
    InvitationNotFound,
    InvitationTaken,
    InvitationWithdrawn,
    NobodyInvited,
    Suspended,
)
from orders.leaves import HalfDays
from orders.office_hours import moment
from orders.open_invitations import withdraw_open
from orders.transitions import TransitionRefused
from refusals import Refused
from storage import Storage, Transaction
from storage.models import Actor, Cause, EscortState, Invitation, InvitationState, Order, OrderState
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
from tests.core.rows import DAY, count, order_of

ADMIN = Actor("admin", ADMIN_ID)


async def _accept(invitation_id: int, escort_id: int, clock: Clock, tx: Transaction) -> Order:
    return await invitations.accept(tx, invitation_id, escort_id, clock, 4)


async def _decline(invitation_id: int, escort_id: int, clock: Clock, tx: Transaction) -> None:
    await invitations.decline(tx, invitation_id, escort_id, "有事", clock)


async def _withdraw(invitation_id: int, order_id: int, clock: Clock, tx: Transaction) -> Invitation:
    return await invitations.withdraw(tx, invitation_id, order_id, "不用了", clock)


async def _reassign(order_id: int, new: serving.NewEscort, cause: Cause, tx: Transaction) -> Order:
    return await serving.reassign(tx, order_id, new, cause)


async def accept(storage: Storage, clock: Clock, order_id: int, escort_id: int) -> str:
    """``yes``, or the slug of the refusal."""
    invitation = (await invitations_of(storage, order_id))[escort_id]
    try:
        await storage.run(lambda tx: invitations.accept(tx, invitation.id, escort_id, clock, 4))
    except Refused as error:
        return error.slug
    return "yes"


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
        partial(_withdraw, invitation.id, order_id + 1, clock),
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
            assert await withdraw_open(tx, order, "改期", clock.at) == 2
            await tx.commit()
    else:
        for invitation in open_ones.values():
            await storage.run(partial(_withdraw, invitation.id, order_id, clock))
        with pytest.raises(InvitationClosed):
            await storage.run(lambda tx: invitations.withdraw(tx, open_ones[first].id, order_id, "", clock))
    assert await states(storage, order_id) == ["withdrawn", "withdrawn"]
    assert await accept(storage, clock, order_id, second) == "invitation_withdrawn"
    told = [message for message in await messages(storage) if message[2] == "withdrawn"]
    assert told == [(900, "invitation", "withdrawn"), (901, "invitation", "withdrawn")]


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
