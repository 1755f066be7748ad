"""Invoices that version 1.0.0 issues do not mark their number as taken: the processes beside it mark them."""

from __future__ import annotations

import logging
from functools import partial

from storage import Duplicate, Storage, Transaction

logger = logging.getLogger("hospital.invoicing")

NEWEST = 500
"""So many invoices are looked at: more are not issued while two versions run side by side."""


async def mark_numbers_of_new_invoices(storage: Storage) -> int:
    """Mark the numbers of the newest issued invoices as taken, where no invoice has taken them; how many.
    Raises StorageError."""
    async with storage.reading() as reader:
        unmarked = await reader.invoices.with_unmarked_number(NEWEST)
    marked = 0
    for invoice_id, number in unmarked:
        try:
            marked += await storage.run(partial(_mark, invoice_id=invoice_id, number=number))
        except Duplicate:
            continue  # another invoice has taken it meanwhile
    if marked:
        logger.warning("invoices of an older version: numbers marked as taken: %d", marked)
    return marked


async def _mark(tx: Transaction, invoice_id: int, number: str) -> int:
    return await tx.invoices.take_number(invoice_id, number)
