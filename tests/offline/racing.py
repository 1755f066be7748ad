"""Orders of which several people do something with the money at once, and what must hold afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from clock import day_bounds, shanghai_date
from payment.books.closing import read_books
from payment.books.months import month_at
from payment.invoicing import issuing, requests
from payment.invoicing.amounts import read_sum
from payment.invoicing.requests import Wanted
from payment.offline.cash_sheet import cash_sheet
from payment.problems import PaymentError
from refusals import Refused, Unknown
from storage.models import AttemptState, Invoice, InvoiceKind
from tests.offline.conftest import assert_books_balance
from tests.offline.phone import VAULT
from tests.payment.conftest import Shop

REFUSALS = (PaymentError, Refused, Unknown)
NUMBER, FILE = "24312000000000000001", "a" * 32 + ".pdf"


async def race(*acts: Awaitable[Any]) -> list[Any]:
    """What came of each; a refusal in words is an outcome, anything else a fault of ours."""
    results = await asyncio.gather(*acts, return_exceptions=True)
    faults = [each for each in results if isinstance(each, BaseException) and not isinstance(each, REFUSALS)]
    assert not faults, faults
    return results


def done(results: Sequence[Any]) -> int:
    return sum(not isinstance(each, BaseException) for each in results)


async def assert_sound(shop: Shop, *orders: int) -> None:
    """Books balance; each payable is paid once and open once at most; cash sheet, month and ledger are the same."""
    await assert_books_balance(shop)
    for order_id in orders:
        attempts = await shop.attempts(order_id)
        refunds = await shop.refunds(order_id)
        async with shop.storage.reading() as reader:
            supplements = await reader.supplements.of_order(order_id)
        order = await shop.order(order_id)
        for supplement_id, paying in (
            (None, order.paid_attempt_id),
            *((each.id, each.paid_attempt_id) for each in supplements),
        ):
            own = [each for each in attempts if each.supplement_id == supplement_id]
            surplus = [each.id for each in own if each.state == AttemptState.PAID and each.id != paying]
            assert set(surplus) <= {each.attempt_id for each in refunds}, "money that pays nothing goes back"
            assert sum(each.open_order_id is not None for each in own) <= 1
            assert sum(each.open_supplement_id is not None for each in own) <= 1
    day = shanghai_date(shop.at)
    month = month_at(shop.at)
    assert day_bounds(day)[0] <= shop.at
    async with shop.storage.reading() as reader:
        sheet = await cash_sheet(reader, day)
        books = await read_books(reader, month, shop.at, "")
    balance = await shop.balance()
    offline = balance.get("offline_payment", 0) + balance.get("offline_refund", 0)
    assert sheet.agrees
    assert sheet.all.total_fen == offline, "all of it happened today"
    assert books.totals.net_fen == sum(balance.values())


async def invoice_asked(shop: Shop, order_id: int) -> int:
    wanted = Wanted(InvoiceKind.PERSON, "个人", "", "")
    user_id = (await shop.order(order_id)).user_id
    return await shop.storage.run(
        lambda tx: requests.request(tx, VAULT, order_id, user_id, wanted, (365, shop.at))
    )


async def invoice(shop: Shop, invoice_id: int) -> Invoice:
    async with shop.storage.reading() as reader:
        found = await reader.invoices.get(invoice_id)
    assert found is not None
    return found


async def invoice_mark(shop: Shop, invoice_id: int) -> str:
    found = await invoice(shop, invoice_id)
    async with shop.storage.reading() as reader:
        return issuing.mark(found, await read_sum(reader, await shop.order(found.order_id)))


async def issue(shop: Shop, invoice_id: int, seen: str) -> Invoice:
    return await shop.storage.run(lambda tx: issuing.issue(tx, invoice_id, (NUMBER, FILE), 1, seen, shop.at))
