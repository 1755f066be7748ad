"""Something more to pay for an order (补款): made by the office, paid on the phone, and sometimes given back."""

from __future__ import annotations

import asyncio
import time

from bench.cash import pay_back, receive
from bench.people import (
    FINGERPRINT,
    Desk,
    Extra,
    OutOfTime,
    Phone,
    Purchase,
    Surprise,
    Town,
    expect,
    prepay_id_of,
)
from clock import now_ms
from money import exact_yuan
from orders.supplements import deciding
from orders.supplements.proposing import SupplementLimits, Wanted
from storage import Contention, Duplicate, Storage, StorageError, open_storage
from storage.models import SupplementKind

AMOUNTS = (100, 12_000, 58_800)
GIVEN_BACK = 0.4
CASH = 0.3
"""So many are paid at the office."""
PARTIAL = 0.5
LIMITS = SupplementLimits(max_fen=1_000_000, days=30)


async def buy_supplement(phone: Phone, desk: Desk, purchase: Purchase) -> None:
    """The office asks for more, the user pays it, and some of it may go back while the order stays."""
    town, chance = phone.town, phone.town.random
    amount_fen = chance.choice(AMOUNTS)
    supplement_id = await _make(town, purchase.order_id, amount_fen)
    in_cash = chance.random() < CASH
    if in_cash:
        await receive(town, desk, purchase.order_id, amount_fen, supplement_id)
    else:
        await _pay(phone, supplement_id)
    purchase.extra = Extra(supplement_id, amount_fen, in_cash=in_cash)
    town.counts["supplements paid"] += 1
    await _until_paid(phone, purchase)
    if chance.random() < GIVEN_BACK:
        purchase.extra.refund_fen = amount_fen // 2 if chance.random() < PARTIAL else amount_fen
        await _give_back(town, desk, supplement_id, purchase.extra.refund_fen)
        if in_cash:
            await pay_back(town, desk, purchase)


async def _make(town: Town, order_id: int, amount_fen: int) -> int:
    """By the owner of the rule, beside the server and on its database, as often as it takes; its id. The same action
    makes it once."""
    wanted = Wanted(order_id, SupplementKind.OVERTIME, amount_fen, "加时", f"crash-{order_id}")
    settings = town.site.settings()
    while time.monotonic() < town.deadline:
        storage = open_storage(settings.database, settings.data)
        try:
            return await _make_once(storage, wanted)
        except (StorageError, Contention, Duplicate, OSError):
            await asyncio.sleep(town.random.uniform(0.1, 0.4))
        finally:
            await storage.close()
    raise OutOfTime("making a supplement")


async def _make_once(storage: Storage, wanted: Wanted) -> int:
    await storage.open()
    made = await storage.run(lambda tx: deciding.make(tx, wanted, 1, LIMITS, now_ms()))
    return made.supplement_id


async def _pay(phone: Phone, supplement_id: int) -> None:
    """Ask for what to pay with, and pay."""
    status, body = await phone.call("POST", "user/paySupplement/", id=supplement_id)
    expect(status, body, "paySupplement")
    lost = phone.town.random.random() < 0.2
    await phone.cashier(prepay_id_of(body), "success_without_notify" if lost else "success")


async def _until_paid(phone: Phone, purchase: Purchase) -> None:
    """Look at the order until its supplement is paid."""
    while True:
        status, body = await phone.call("GET", "user/getOrder/", id=purchase.order_id)
        expect(status, body, "getOrder")
        if [row["state"] for row in body["supplements"]] == ["paid"]:
            return
        phone.town.counts["looks"] += 1
        await asyncio.sleep(phone.town.random.uniform(0.1, 0.4))


async def _give_back(town: Town, desk: Desk, supplement_id: int, amount_fen: int) -> None:
    """From the page of the office. A 409 after a try that was not answered: that try has arrived."""
    page = f"admin/supplements/{supplement_id}/refund/"
    shown = FINGERPRINT.search((await desk.send("GET", page)).text)
    if shown is None:
        raise Surprise(f"supplement {supplement_id}: no form to refund it")
    fields = {"amount": exact_yuan(amount_fen), "reason": "核对后退还", "fingerprint": shown.group(1)}
    before = town.counts["retries"]
    answer = await desk.send("POST", page, **fields)
    if answer.status_code == 403:  # the password is asked for again
        answer = await desk.send("POST", page, **fields, confirm_password=town.site.admin_password)
    arrived = answer.status_code == 409 and town.counts["retries"] > before
    if answer.status_code != 302 and not arrived:
        raise Surprise(f"refunding supplement {supplement_id}: {answer.status_code}")
    town.counts["supplements refunded"] += 1
