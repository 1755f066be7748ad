"""A user who shares an order and its patient too: one line of the list, one message, and the role that may more."""

from __future__ import annotations

import pytest

from clock import DAY, shanghai_date
from orders.sharing import members
from orders.sharing.access import Act, OrderRole, find
from storage import Storage, Transaction
from storage.models import MemberRole, MemberScope, OrderState
from tests.core.rows import add_order, order_of

ROLES = [(MemberRole.FAMILY, MemberRole.PAYER), (MemberRole.PAYER, MemberRole.FAMILY)]


async def people(tx: Transaction) -> tuple[int, int]:
    owner, user = [await tx.users.find_or_add(name, 1_000) for name in ("oOwner1", "oUser1")]
    return owner, user


async def whole_list(storage: Storage, user: int) -> list[tuple[int, str]]:
    """Page by page, as a client reads it."""
    seen: list[tuple[int, str]] = []
    before: int | None = None
    while before != 0:
        async with storage.reading() as reader:
            page, before = await members.shared_with(reader, user, before)
        seen += [(one.order.id, one.role) for one in page]
    return seen


@pytest.mark.parametrize(("of_patient", "of_order"), ROLES)
async def test_who_is_member_twice_is_told_once_and_as_the_payer(
    storage: Storage, of_patient: MemberRole, of_order: MemberRole
) -> None:
    async with storage.transaction() as tx:
        owner, user = await people(tx)
        order_id = await add_order(tx, owner, OrderState.PAID, patient_id=7)
        await tx.members.add(owner, user, MemberScope.PATIENT, 7, of_patient, 1_000)
        await tx.members.add(owner, user, MemberScope.ORDER, order_id, of_order, 1_000)
        await tx.commit()
    order = await order_of(storage, order_id)
    async with storage.reading() as reader:
        assert await members.recipients(reader, order) == {user: MemberRole.PAYER}
    assert await whole_list(storage, user) == [(order_id, OrderRole.PAYER)]


@pytest.mark.parametrize("more", range(3))
@pytest.mark.parametrize(("of_patient", "of_order"), ROLES)
async def test_an_order_on_the_edge_of_a_page_is_there_once_and_as_the_payers(
    storage: Storage, of_patient: MemberRole, of_order: MemberRole, more: int
) -> None:
    """Where the first page ends between the two memberships of one order, as well as before and behind them."""
    async with storage.transaction() as tx:
        owner, user = await people(tx)
        ids = [await add_order(tx, owner, OrderState.PAID, patient_id=7) for _ in range(members.PAGE + more)]
        twice = ids[more : more + 3]
        await tx.members.add(owner, user, MemberScope.PATIENT, 7, of_patient, 1_000)
        for order_id in twice:
            await tx.members.add(owner, user, MemberScope.ORDER, order_id, of_order, 1_000)
        await tx.commit()
    seen = await whole_list(storage, user)
    assert [order_id for order_id, _ in seen] == sorted(ids, reverse=True)
    assert {order_id for order_id, role in seen if role == OrderRole.PAYER} == (
        set(ids) if of_patient == MemberRole.PAYER else set(twice)
    )


async def test_a_visit_from_before_the_user_joined_is_on_the_list_where_it_alone_is_shared(
    storage: Storage,
) -> None:
    """The membership of the patient does not cover it, the one of the order does: where the page ends between them."""
    joined = 1_800_000_000_000 + 400 * DAY
    async with storage.transaction() as tx:
        owner, user = await people(tx)
        ids = [await add_order(tx, owner, OrderState.PAID, patient_id=7) for _ in range(members.PAGE + 2)]
        coming = await add_order(tx, owner, OrderState.PAID, patient_id=7, visit_date=shanghai_date(joined))
        await tx.members.add(owner, user, MemberScope.PATIENT, 7, MemberRole.FAMILY, joined)
        for order_id in ids:
            await tx.members.add(owner, user, MemberScope.ORDER, order_id, MemberRole.FAMILY, joined)
        await tx.commit()
    assert [order_id for order_id, _ in await whole_list(storage, user)] == [coming, *reversed(ids)]


async def test_news_of_an_order_that_its_owner_took_off_the_list_are_for_no_member(storage: Storage) -> None:
    async with storage.transaction() as tx:
        owner, user = await people(tx)
        order_id = await add_order(tx, owner, OrderState.CANCELLED)
        await tx.members.add(owner, user, MemberScope.ORDER, order_id, MemberRole.PAYER, 1_000)
        await tx.own_orders.set_hidden(order_id, 2_000)
        await tx.commit()
    async with storage.reading() as reader:
        assert await members.recipients(reader, await order_of(storage, order_id)) == {}


async def test_an_escort_of_other_orders_is_no_escort_of_this_one(storage: Storage) -> None:
    async with storage.transaction() as tx:
        owner, user = await people(tx)
        order_id = await add_order(tx, owner, OrderState.PAID)
        await tx.members.add(owner, user, MemberScope.ORDER, order_id, MemberRole.FAMILY, 1_000)
        await tx.escorts.apply(user, "王芳", "", "2222", 1_000)
        await tx.commit()
    async with storage.reading() as reader:
        found = await find(reader, order_id, user, Act.READ)
    assert found.roles == {OrderRole.FAMILY}
    assert found.escort_id is None
