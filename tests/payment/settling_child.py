"""A server process to be killed: settles payments and refunds for ever, and prints each that it has acknowledged.

python -m tests.payment.settling_child '{"engine": "sqlite", …}' FOLDER
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from pathlib import Path

from clock import MINUTE
from config import DatabaseSettings, load_settings
from storage import open_storage
from tests.payment.conftest import ADMIN, Shop


async def settle_for_ever(database: DatabaseSettings, folder: Path) -> None:
    storage = open_storage(database, folder)
    await storage.open()
    shop = Shop(storage, load_settings(folder, environment={}))
    for count in itertools.count():
        user = await shop.user(f"oUser{os.getpid()}-{count}")
        order_id = await shop.paid(user)
        print("paid", order_id, flush=True)
        await shop.payments.start_refund(order_id, ADMIN, 8_800)
        await shop.sweep()
        number = (await shop.refund(order_id)).out_refund_no
        shop.wechat.finish_refund(number)
        await shop.payments.notify({}, shop.wechat.refund_notice(number))
        print("refunded", order_id, flush=True)
        shop.pass_time(2 * MINUTE)


if __name__ == "__main__":
    asyncio.run(settle_for_ever(DatabaseSettings(**json.loads(sys.argv[1])), Path(sys.argv[2])))
