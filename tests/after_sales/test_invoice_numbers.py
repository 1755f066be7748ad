"""A number is that of one invoice, however many are written down at once. On both engines."""

from __future__ import annotations

import asyncio

import pytest

from payment.invoicing import issuing
from payment.invoicing.issuing import NumberTaken
from payment.invoicing.unmarked_numbers import mark_numbers_of_new_invoices
from storage.models import InvoiceState
from tests.after_sales.invoicing import ask, finished, issue, reverse, seen, stored
from tests.http.product import Product

NUMBER = "24617000000099999999"
OTHER = "24617000000077777777"


async def two_requests(product: Product) -> tuple[int, int]:
    """Of two users' orders."""
    made = []
    for person in ("li", "wang"):
        user = await product.login(person)
        made.append(int((await ask(user, await finished(product, user)))["id"]))
    return made[0], made[1]


async def replace(product: Product, invoice_id: int, number: str) -> None:
    shown, at = await seen(product, invoice_id), product.clock()
    await product.storage.run(
        lambda tx: issuing.replace_file(tx, invoice_id, (number, "other.pdf"), shown, at)
    )


async def test_a_second_invoice_with_a_number_is_refused_with_who_has_it(product: Product) -> None:
    first, second = await two_requests(product)
    await issue(product, first, NUMBER)
    with pytest.raises(NumberTaken) as refused:
        await issue(product, second, NUMBER)
    assert f"订单 #{(await stored(product, first)).order_id} 的发票" in refused.value.message
    assert (await stored(product, second)).state == InvoiceState.REQUESTED
    await issue(product, second)
    with pytest.raises(NumberTaken):
        await replace(product, second, NUMBER)
    await replace(product, first, NUMBER)  # its own, with another file
    await replace(product, first, "24617000000088888888")
    await replace(product, second, NUMBER)
    assert (await stored(product, second)).taken_number == NUMBER


async def test_of_many_who_write_one_number_down_at_once_one_has_it(product: Product) -> None:
    pair = await two_requests(product)
    results = await asyncio.gather(*(issue(product, each, NUMBER) for each in pair), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["NumberTaken", "str"]
    states = {(await stored(product, each)).state for each in pair}
    assert states == {InvoiceState.REQUESTED, InvoiceState.ISSUED}


async def test_the_number_of_a_reversal_is_none_that_is_known(product: Product) -> None:
    first, second = await two_requests(product)
    await issue(product, first, NUMBER)
    await issue(product, second)
    for each in (first, second):
        shown, at = await seen(product, each), product.clock()
        await product.storage.run(
            lambda tx, each=each, shown=shown, at=at: issuing.demand_reversal(tx, each, "抬头错了", shown, at)  # type: ignore[misc]
        )
    with pytest.raises(NumberTaken):
        await reverse(product, first, NUMBER)
    await reverse(product, first)
    with pytest.raises(NumberTaken):
        await reverse(product, second)
    assert (await stored(product, second)).state == InvoiceState.TO_REVERSE


async def test_a_number_that_an_older_process_wrote_down_is_known_as_taken_after_a_round(
    product: Product,
) -> None:
    first, second = await two_requests(product)
    await issue(product, first, NUMBER)
    await issue(product, second)
    other = (await stored(product, second)).number
    for invoice_id, number in ((first, OTHER), (second, NUMBER)):  # version 1.0.0 marks none as taken
        await written(product, "UPDATE invoices SET number = :number WHERE id = :id", invoice_id, number)
    await written(product, "UPDATE invoices SET taken_number = NULL WHERE id = :id", second)
    assert await mark_numbers_of_new_invoices(product.storage) == 1
    assert await mark_numbers_of_new_invoices(product.storage) == 1, "the first one's own was still marked"
    assert await mark_numbers_of_new_invoices(product.storage) == 0
    assert [(await stored(product, each)).taken_number for each in (first, second)] == [OTHER, NUMBER]
    assert other not in (OTHER, NUMBER)


async def test_a_number_that_an_older_process_gave_a_second_time_stays_the_first_ones(
    product: Product,
) -> None:
    first, second = await two_requests(product)
    await issue(product, first, NUMBER)
    await issue(product, second)
    await written(
        product, "UPDATE invoices SET number = :number, taken_number = NULL WHERE id = :id", second, NUMBER
    )
    assert await mark_numbers_of_new_invoices(product.storage) == 0
    assert [(await stored(product, each)).taken_number for each in (first, second)] == [NUMBER, None]


async def written(product: Product, sql: str, invoice_id: int, number: str = "") -> None:
    marks = {"id": invoice_id, "number": number} if number else {"id": invoice_id}
    async with product.storage.transaction() as tx:
        await tx.connection.execute(sql, marks)
        await tx.commit()
