"""The database fails before each statement of an act about money in turn: nothing of the act is there, and done again
it works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from clock import MINUTE
from orders import serving
from orders.sharing.claims import Secret
from orders.supplements import deciding
from orders.supplements.deciding import Seen, supplement_fingerprint
from payment.payables import PayableKey
from storage import Storage, StorageUnavailable, Transaction
from storage.models import Order, Supplement
from storage.schema import metadata
from tests.offline.conftest import handling, paid_offline, receipt
from tests.offline.phone import claim, given, phone_order
from tests.offline.racing import assert_sound, invoice_asked, invoice_mark, issue
from tests.payment.conftest import ADMIN, Shop
from tests.payment.flaky_storage import FlakyStorage
from tests.payment.supplements.desk import EXTRA, Desk

pytestmark = pytest.mark.promise(39)

Act = Callable[[Shop], Awaitable[Any]]
"""Done by a shop whose database fails."""


async def record(shop: Shop, desk: Desk) -> tuple[int, Act]:
    order_id = await phone_order(shop)
    return order_id, lambda failing: failing.payments.offline.record(
        PayableKey(order_id), receipt(shop), ADMIN
    )


async def record_supplement(shop: Shop, desk: Desk) -> tuple[int, Act]:
    order_id = await shop.paid()
    key = PayableKey(order_id, await desk.opened(order_id))
    return order_id, lambda failing: failing.payments.offline.record(key, receipt(shop, EXTRA), ADMIN)


async def reverse(shop: Shop, desk: Desk) -> tuple[int, Act]:
    order_id = await paid_offline(shop)
    await desk.opened(order_id)
    return order_id, lambda failing: failing.payments.offline.reverse(PayableKey(order_id), "没收到", ADMIN)


async def reverse_supplement(shop: Shop, desk: Desk) -> tuple[int, Act]:
    """With an invoice about it."""
    order_id = await paid_offline(shop)
    key = PayableKey(order_id, await desk.opened(order_id))
    await shop.payments.offline.record(key, receipt(shop, EXTRA), ADMIN)
    await shop.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, shop.at))
    invoice_id = await invoice_asked(shop, order_id)
    await issue(shop, invoice_id, await invoice_mark(shop, invoice_id))
    return order_id, lambda failing: failing.payments.offline.reverse(key, "没收到", ADMIN)


async def correct(shop: Shop, desk: Desk) -> tuple[int, Act]:
    order_id = await paid_offline(shop)
    right = receipt(shop, handled_by="李")
    return order_id, lambda failing: failing.payments.offline.correct(
        PayableKey(order_id), right, "是李收的", ADMIN
    )


async def pay_back(shop: Shop, desk: Desk) -> tuple[int, Act]:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商")
    return order_id, lambda failing: failing.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)


async def issue_invoice(shop: Shop, desk: Desk) -> tuple[int, Act]:
    order_id = await paid_offline(shop)
    await shop.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, shop.at))
    invoice_id = await invoice_asked(shop, order_id)
    seen = await invoice_mark(shop, invoice_id)
    return order_id, lambda failing: issue(failing, invoice_id, seen)


async def claim_order(shop: Shop, desk: Desk) -> tuple[int, Act]:
    order_id = await phone_order(shop)
    secret, user = Secret(code=(await given(shop, order_id)).code), await shop.user()
    return order_id, lambda failing: claim(failing, secret, user.id)


async def withdraw_supplement(shop: Shop, desk: Desk) -> tuple[int, Act]:
    order_id = await shop.paid()
    supplement_id = await desk.opened(order_id)
    seen = Seen(order_id, supplement_id, supplement_fingerprint(await desk.get(supplement_id)))

    async def decide(tx: Transaction, order: Order, supplement: Supplement) -> None:
        await deciding.withdraw(tx, order, supplement, seen, "不用付", shop.at)

    return order_id, lambda failing: failing.payments.release_supplement(supplement_id, decide)


ACTS = (
    record,
    record_supplement,
    reverse,
    reverse_supplement,
    correct,
    pay_back,
    issue_invoice,
    claim_order,
    withdraw_supplement,
)


async def stored(storage: Storage) -> dict[str, list[str]]:
    async with storage.reading() as reader:
        return {
            table: sorted(map(repr, await reader.connection.fetch_all(f"SELECT * FROM {table}", {})))
            for table in metadata.tables
        }


@pytest.mark.parametrize("prepare", ACTS, ids=lambda prepare: prepare.__name__)
async def test_a_database_that_fails_during_an_act_about_money_saves_nothing_of_it(
    shop: Shop, prepare: Callable[[Shop, Desk], Awaitable[tuple[int, Act]]]
) -> None:
    order_id, act = await prepare(shop, Desk(shop))
    shop.pass_time(MINUTE)
    before, failures = await stored(shop.storage), 0
    while True:
        failing = Shop(FlakyStorage(shop.storage, failures), shop.settings)
        failing.at, failing.wechat = shop.at, shop.wechat
        failing.payments = failing.another()
        try:
            await act(failing)
        except StorageUnavailable:
            failures += 1
            assert await stored(shop.storage) == before
        else:
            break
    assert failures >= 4
    assert await stored(shop.storage) != before
    await assert_sound(shop, order_id)
