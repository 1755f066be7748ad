"""Customers without the mini-program: found again by phone, never logged in, forgotten when they ask for it."""

from __future__ import annotations

import asyncio

import pytest

from accounts import office_customers, personal_data, user_sessions
from accounts.office_customers import CustomerClosed, CustomerContact
from accounts.user_sessions import UserDisabled
from clock import HOUR
from payment.payables import PayableKey
from privacy import CUSTOMER_PHONE, Vault, new_key
from tests.offline.conftest import handling, receipt
from tests.offline.phone import VAULT, customer, phone_order
from tests.payment.conftest import ADMIN, Shop


async def test_the_same_phone_is_the_same_customer_however_it_is_called(shop: Shop) -> None:
    first = await customer(shop, name="王大明")
    assert await customer(shop, name="王 大明先生") == first
    assert await customer(shop, phone="13912345679") != first
    async with shop.storage.reading() as reader:
        found = await reader.customers.get(first)
        user = await reader.users.get(first)
    assert found is not None
    assert found.name == "王 大明先生"
    assert VAULT.open(found.phone_sealed, CUSTOMER_PHONE) == "13912345678"
    assert "13912345678" not in repr(found)
    assert user is not None
    assert user.openid.startswith("office:")
    assert len(user.openid) == len("office:") + 32


async def test_of_several_colleagues_at_once_all_get_the_same_customer(shop: Shop) -> None:
    found = await asyncio.gather(*(customer(shop) for _ in range(5)))
    assert len(set(found)) == 1


async def test_a_customer_is_found_while_the_key_is_being_renewed(shop: Shop) -> None:
    first = await customer(shop)
    newer = Vault(new_key(), [])
    assert await shop.storage.run(lambda tx: office_customers.find(tx, newer, "13912345678")) is None
    async with shop.storage.reading() as reader:
        found = await office_customers.find(reader, VAULT, "13912345678")
    assert found is not None
    assert found.user_id == first


async def test_nobody_logs_in_with_the_openid_of_a_customer(shop: Shop) -> None:
    async with shop.storage.reading() as reader:
        user = await reader.users.get(await customer(shop))
    assert user is not None
    with pytest.raises(UserDisabled):
        await shop.storage.run(lambda tx: user_sessions.log_in(tx, shop.settings, user.openid, "", shop.at))
    with pytest.raises(UserDisabled):  # not one that does not exist either
        await shop.storage.run(
            lambda tx: user_sessions.log_in(tx, shop.settings, "office:" + "0" * 32, "", shop.at)
        )


async def test_for_a_disabled_customer_nothing_is_ordered(shop: Shop) -> None:
    user_id = await customer(shop)
    await shop.storage.run(lambda tx: tx.users.set_disabled(user_id, shop.at))
    with pytest.raises(CustomerClosed):
        await customer(shop)


async def test_an_erased_customer_leaves_no_name_and_no_phone_and_can_call_again(shop: Shop) -> None:
    order_id = await phone_order(shop)
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 58_800, "不去了")
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    user_id = (await shop.order(order_id)).user_id
    async with shop.storage.transaction() as tx:
        user = await tx.users.get(user_id)
        assert user is not None
        await personal_data.erase(tx, user, shop.at)
        await tx.commit()
    async with shop.storage.reading() as reader:
        erased = await reader.customers.get(user_id)
        assert erased is not None
        assert (erased.name, erased.name_key, erased.phone_sealed, erased.phone_tail, erased.phone_hash) == (
            "",
        ) * 5
        assert await office_customers.find(reader, VAULT, "13912345678") is None
    shop.pass_time(HOUR)
    assert await customer(shop) != user_id


async def test_a_contact_is_what_was_read_from_the_form(shop: Shop) -> None:
    contact = CustomerContact("李雷", "029-85321234转801")
    found = await shop.storage.run(lambda tx: office_customers.find_or_add(tx, VAULT, contact, 1, shop.at))
    assert (found.created_by, found.phone_tail) == (1, "1234")
