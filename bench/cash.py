"""Money outside of WeChat: the administrator records that it was received, and that it was paid back."""

from __future__ import annotations

import asyncio
import re

from bench.people import FINGERPRINT, Desk, Purchase, Surprise, Town
from clock import now_ms, shanghai
from money import exact_yuan

PAID_BACK = re.compile(r'action="[^"]*refunds/[0-9]+/paid-back/"')
REFUND = re.compile(r"refunds/([0-9]+)/")


def _handling(town: Town) -> dict[str, str]:
    """How it changed hands: now, as the form proposes."""
    now = shanghai(now_ms())
    method = town.random.choice(("cash", "transfer", "other"))
    day, time = now.strftime("%Y-%m-%d"), now.strftime("%H:%M")
    return {"method": method, "handled_by": "前台", "day": day, "time": time, "reference": "", "note": ""}


async def receive(town: Town, desk: Desk, order_id: int, amount_fen: int, supplement_id: int = 0) -> None:
    """From the order's page, where each part (the order, a supplement) has its own form until it is paid. An open
    payment is closed at WeChat by it; a try that was cut short may have to be repeated, or has arrived."""
    part = str(supplement_id or "")
    form = re.compile(
        rf'orders/{order_id}/receipt/#offline">\s*<input [^>]*name="_xsrf"[^>]*>'
        rf'<input type="hidden" name="fingerprint" value="([^"]+)">'
        rf'<input type="hidden" name="supplement_id" value="{part}">'
    )
    before = town.counts["retries"]
    while True:
        page = await desk.send("GET", f"admin/orders/{order_id}/")
        tried, shown = town.counts["retries"] > before, form.search(page.text)
        if shown is None and tried:
            town.counts["receipts that had arrived"] += 1
            break
        if shown is None:
            raise Surprise(f"order {order_id}: {page.status_code}, no form to receive money by ({part})")
        fields = {"amount": exact_yuan(amount_fen), "fingerprint": shown.group(1), "supplement_id": part}
        answer = await _decide(town, desk, f"admin/orders/{order_id}/receipt/", fields | _handling(town))
        if answer == 302:
            break
        if answer != 409 or town.counts["retries"] == before:
            raise Surprise(f"receiving money for order {order_id} ({part}): {answer}")
        await asyncio.sleep(town.random.uniform(0.1, 0.4))
    town.counts["received in cash"] += 1


async def pay_back(town: Town, desk: Desk, purchase: Purchase) -> None:
    """The refund that waits on the order's page is paid back by hand; confirmed already counts as done."""
    page = await desk.send("GET", f"admin/orders/{purchase.order_id}/")
    for refund_id in sorted(set(REFUND.findall(page.text)), key=int, reverse=True):
        shown = (await desk.send("GET", f"admin/refunds/{refund_id}/")).text
        if not PAID_BACK.search(shown):
            continue
        mark = FINGERPRINT.search(shown)
        assert mark is not None
        before = town.counts["retries"]
        fields = {"fingerprint": mark.group(1), **_handling(town)}
        answer = await _decide(town, desk, f"admin/refunds/{refund_id}/paid-back/", fields)
        if answer == 409 and town.counts["retries"] > before:
            town.counts["confirmations that had arrived"] += 1
        elif answer != 302:
            raise Surprise(f"confirming that refund {refund_id} was paid back: {answer}")
        town.counts["paid back by hand"] += 1
        return
    raise Surprise(f"order {purchase.order_id}: no refund waits to be paid back")


async def _decide(town: Town, desk: Desk, path: str, fields: dict[str, str]) -> int:
    answer = await desk.send("POST", path, **fields)
    if answer.status_code == 403:  # the password is asked for again
        answer = await desk.send("POST", path, **fields, confirm_password=town.site.admin_password)
    return answer.status_code
