"""Cases that version 1.0.0 opens know no list of their numbers: the processes beside it list them."""

from __future__ import annotations

import logging
from functools import partial

from storage import Duplicate, Storage, Transaction

logger = logging.getLogger("hospital.reconciliation")

NEWEST = 500
"""So many cases are looked at: more are not opened while two versions run side by side."""


async def list_numbers_of_new_cases(storage: Storage) -> int:
    """List by their numbers those of the newest cases that are not; how many. Raises StorageError."""
    async with storage.reading() as reader:
        unlisted = await reader.finance.unlisted_cases(NEWEST)
    listed = 0
    for case_id in unlisted:
        try:
            listed += await storage.run(partial(_list, case_id=case_id))
        except Duplicate:
            continue  # another process has just listed it
    if listed:
        logger.warning("cases of an older version: listed by their numbers: %d", listed)
    return listed


async def _list(tx: Transaction, case_id: int) -> bool:
    return await tx.finance.list_case(case_id)
