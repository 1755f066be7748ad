"""One unpaid order per user and patient, kept by the database; a released client goes on knowing one per user."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clock import DAY, MINUTE
from payment import problems
from refusals import OrderNotFound
from storage import Duplicate
from storage.models import Actor, OrderState, User
from tests.payment.conftest import Shop

FATHER, MOTHER, CHILD = 1, 2, 3


async def place(shop: Shop, user: User, patient: int, *, per_patient: bool = True, **more: Any) -> int:
    believed = more.pop("unpaid_id", None)
    content = shop.content(patient_id=patient, **more)
    order_id, _ = await shop.payments.place(user, content, shop.at, believed, per_patient)
    return order_id


async def unpaid(shop: Shop, user: User) -> dict[int, int]:
    """Patient to order."""
    async with shop.storage.transaction() as tx:
        return {order.patient_id: order.id for order in await tx.orders.unpaid_of_user(user.id)}


@pytest.mark.promise(9)
async def test_each_patient_of_a_user_may_have_an_unpaid_order_and_no_patient_two(shop: Shop) -> None:
    user = await shop.user()
    father, mother = await place(shop, user, FATHER), await place(shop, user, MOTHER)
    assert father != mother
    assert await place(shop, user, FATHER, wishes="轮椅") == father
    assert await unpaid(shop, user) == {FATHER: father, MOTHER: mother}
    assert (await shop.order(mother)).wishes == ""
    order_of_another = await place(shop, await shop.user("oUser2"), FATHER)
    assert order_of_another not in (father, mother)


@pytest.mark.promise(9)
async def test_the_database_refuses_a_second_one_and_an_edit_into_one(shop: Shop) -> None:
    user = await shop.user()
    await place(shop, user, FATHER)
    mother = await place(shop, user, MOTHER)
    actor = Actor("user", user.id)
    with pytest.raises(Duplicate):
        async with shop.storage.transaction() as tx:
            await tx.orders.add(user.id, shop.content(patient_id=FATHER), actor, shop.at, shop.at + DAY)
    with pytest.raises(Duplicate):
        async with shop.storage.transaction() as tx:
            await tx.orders.edit(mother, shop.content(patient_id=FATHER), shop.at, shop.at + DAY)


@pytest.mark.promise(9)
async def test_twenty_taps_for_two_patients_on_as_many_processes_give_two_orders(shop: Shop) -> None:
    user = await shop.user()
    taps = [
        shop.another().place(user, shop.content(patient_id=FATHER + count % 2), shop.at, None, True)
        for count in range(20)
    ]
    placed = await asyncio.gather(*taps)
    assert set(await unpaid(shop, user)) == {FATHER, MOTHER}
    assert len({order_id for order_id, _ in placed}) == 2
    assert len(set(shop.wechat.numbers["create"])) == 2


@pytest.mark.promise(9)
async def test_a_released_client_changes_the_newest_one_as_before(shop: Shop) -> None:
    user = await shop.user()
    first = await place(shop, user, FATHER, per_patient=False)
    assert await place(shop, user, MOTHER, per_patient=False) == first
    assert await unpaid(shop, user) == {MOTHER: first}
    second = await place(shop, user, FATHER)
    assert await place(shop, user, CHILD, per_patient=False) == second
    assert await unpaid(shop, user) == {MOTHER: first, CHILD: second}


@pytest.mark.promise(9)
async def test_a_released_client_is_given_the_patients_own_one_before_the_newest(shop: Shop) -> None:
    user = await shop.user()
    father, mother = await place(shop, user, FATHER), await place(shop, user, MOTHER)
    assert await place(shop, user, FATHER, per_patient=False, wishes="轮椅") == father
    assert await unpaid(shop, user) == {FATHER: father, MOTHER: mother}
    assert (await shop.order(father)).wishes == "轮椅"


async def test_an_order_cannot_be_changed_into_its_patients_second_one(shop: Shop) -> None:
    user = await shop.user()
    father, mother = await place(shop, user, FATHER), await place(shop, user, MOTHER)
    changes: list[dict[str, Any]] = [{}, {"price_fen": 1}]
    for price in changes:
        with pytest.raises(problems.PatientHasUnpaidOrder):
            await place(shop, user, FATHER, unpaid_id=mother, **price)
    assert await unpaid(shop, user) == {FATHER: father, MOTHER: mother}
    assert shop.wechat.calls["close"] == 0
    assert await place(shop, user, CHILD, unpaid_id=mother) == mother
    assert await unpaid(shop, user) == {FATHER: father, CHILD: mother}


async def test_paying_deleting_or_expiring_one_frees_that_patient_alone(shop: Shop) -> None:
    user = await shop.user()
    orders = {patient: await place(shop, user, patient) for patient in (FATHER, MOTHER, CHILD)}
    number = (await shop.attempt(orders[FATHER])).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    await shop.payments.cancel(orders[MOTHER], user)
    assert await unpaid(shop, user) == {CHILD: orders[CHILD]}
    again = [await place(shop, user, patient) for patient in (FATHER, MOTHER)]
    assert set(again).isdisjoint(orders.values())
    shop.pass_time(DAY + MINUTE)
    await shop.sweep()
    assert await unpaid(shop, user) == {}


async def test_an_expired_order_that_the_form_names_is_told_as_expired(shop: Shop) -> None:
    user = await shop.user()
    order_id = await place(shop, user, FATHER)
    shop.pass_time(DAY + MINUTE)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    with pytest.raises(OrderNotFound) as refused:
        await place(shop, user, FATHER, unpaid_id=order_id)
    assert "已取消或已过期" in refused.value.message


# The list


@pytest.mark.promise(10)
async def test_money_that_comes_for_a_deleted_order_puts_it_back_on_the_list(shop: Shop) -> None:
    user = await shop.user()
    deleted = await place(shop, user, FATHER)
    number = (await shop.attempt(deleted)).out_trade_no
    await shop.payments.cancel(deleted, user)
    async with shop.storage.reading() as reader:
        assert await reader.orders.of_user(user.id) == []
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    async with shop.storage.reading() as reader:
        (shown,) = await reader.orders.of_user(user.id)
    assert (shown.id, shown.state) == (deleted, OrderState.CANCELLED)
    await shop.assert_books_agree()
