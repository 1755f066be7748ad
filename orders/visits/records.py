"""The end of what was recorded about visits: erased on wish, with its user, or forgotten in time.

That there was a step, a report or a question, and when, belongs to the order and stays; what was said does not.
"""

from __future__ import annotations

from storage import Transaction


async def erase(tx: Transaction, order_id: int) -> list[str]:
    """Of one order. The files of its photos: ``PhotoFiles.remove`` removes them once this is committed."""
    await tx.orders.lock(order_id)
    return await tx.visits.erase_record(order_id)


async def erase_of_user(tx: Transaction, user_id: int) -> list[str]:
    """Of all orders of a user, who is locked; the files, as ``erase`` tells them."""
    files: list[str] = []
    for order_id in await tx.visits.recorded_orders_of_user(user_id):
        files += await erase(tx, order_id)
    return files
