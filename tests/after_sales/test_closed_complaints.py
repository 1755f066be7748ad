"""When a complaint was closed, also by a process that keeps less of it than this version."""

from __future__ import annotations

from tests.after_sales.complaining import MORE, action, close, complain, stored
from tests.http.product import Product


async def test_one_that_an_older_process_has_closed_keeps_its_moment_when_it_is_opened_again(
    product: Product,
) -> None:
    """It did not know the columns."""
    owner = await product.login("li")
    sent = await complain(owner, await product.paid_order(owner))
    await close(product, sent["id"])
    closed_at = (await stored(product, sent["id"])).closed_at
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE complaints SET first_closed_at = NULL, last_closed_at = NULL")
        await tx.commit()
    await owner.post("user/addToComplaint/", id=sent["id"], actionId=action(), text=MORE)
    opened = await stored(product, sent["id"])
    assert (opened.closed_at, opened.first_closed_at, opened.last_closed_at) == (None, closed_at, closed_at)
