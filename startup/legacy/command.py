"""``main.py import-legacy``: opens both databases, runs the import, prints what became of every row."""

from __future__ import annotations

import asyncio

from clock import now_ms
from config import Settings
from payment.books.ledger import self_check
from startup import wiring
from startup.legacy.importing import LegacyImport
from startup.legacy.money import Merchant
from startup.legacy.source import LegacyAddress, read_legacy
from startup.seed import seed_catalog
from storage import migrate, open_storage


async def import_legacy(settings: Settings, address: LegacyAddress, *, dry_run: bool) -> int:
    """Import the older system's database; 1 when rows were left out or the ledger does not balance afterwards.

    Raises LegacyDatabaseError, StorageError.
    """
    data = await asyncio.to_thread(read_legacy, address)
    if settings.development:
        await asyncio.to_thread(migrate, settings.database, settings.data)
    storage = open_storage(settings.database, settings.data)
    try:
        await storage.open()
        await seed_catalog(storage)  # or else the older hospitals would be all that a first start finds
        importing = LegacyImport(
            storage,
            wiring.vault(settings),
            Merchant(settings.wechat.appid, settings.pay.mchid),
            settings.orders.unpaid_hours,
            now_ms,
        )
        report = await importing.run(data, dry_run=dry_run, progress=lambda line: print(line, flush=True))
        problems = await self_check(storage)
    finally:
        await storage.close()
    print("\n".join(report.lines()))
    if problems:
        print("账目不平 NOT BALANCED:", *(f"  {problem}" for problem in problems), sep="\n")
    return 1 if report.left_out or problems else 0
