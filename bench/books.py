"""The last word: the stand-in's money, our ledger, the orders, and what people were told, compared in every point."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bench.offline_books import OFFLINE, cash_moved, offline_violations
from bench.people import Purchase
from bench.rows import Books
from clock import MINUTE, now_ms
from config import Settings
from payment.service import Payments
from payment.sweeper import SweepResult
from payment.wechatpay.gateway import Gateway
from payment.wechatpay.notification import NotificationVerifier
from startup import wiring
from storage import Storage, open_storage

SWEEP_STEP = 3 * MINUTE
"""Longer than any claim that a killed server may have left, and than the first pauses between queries."""
MAX_SWEEPS = 40


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Storage]:
    storage = open_storage(settings.database, settings.data)
    try:
        await storage.open()
        yield storage
    finally:
        await storage.close()


async def sweep(settings: Settings, storage: Storage) -> list[SweepResult]:
    """Sweep as a server would in the hours that follow, until nothing is left to do; what each round did.

    Only the product's clock goes on: WeChat's answers are as fresh as they are.
    """
    ahead = 0
    keys = wiring.platform_keys(settings)
    gateway = Gateway(wiring.merchant(settings), keys, base_url=settings.pay.api_base)
    rounds: list[SweepResult] = []
    async with gateway:
        payments = Payments(
            storage,
            gateway,
            NotificationVerifier(keys, settings.pay.apiv3_key, now_ms),
            lambda prepay_id: {},  # nobody pays any more
            settings,
            lambda: now_ms() + ahead,
        )
        sweeper = payments.sweeper()
        while len(rounds) < MAX_SWEEPS:
            rounds.append(await sweeper.run_once(10_000))
            if not rounds[-1].work and not await _moving(storage):
                break
            ahead += SWEEP_STEP
    return rounds


async def _moving(storage: Storage) -> int:
    """How many attempts and refunds are not at their end."""
    async with storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT COUNT(*) FROM payment_attempts WHERE open_order_id IS NOT NULL "
            "OR open_supplement_id IS NOT NULL "
            "UNION ALL SELECT COUNT(*) FROM refunds WHERE state IN ('approved', 'processing')"
        )
    return sum(int(row[0]) for row in rows)


def violations(books: Books, purchases: list[Purchase], money: dict[str, Any]) -> list[str]:
    """What is lost, doubled or invented, in words. ``money``: the stand-in's ``GET money/``."""
    return [
        *_payments_against_wechat(books, money),
        *_refunds_against_wechat(books, money),
        *_sums(books, purchases, money),
        *_purchases(books, purchases),
        *_supplements(books, purchases),
        *offline_violations(books, purchases, money),
        *_histories(books),
        *(f"case {case['kind']} of {case['reference']}" for case in books.cases),
    ]


def _payments_against_wechat(books: Books, money: dict[str, Any]) -> list[str]:
    """Each payment at WeChat is one entry of the ledger, one paid attempt, and the other way round."""
    there = {number: amounts["paid_fen"] for number, amounts in money["by_order"].items()}
    entries = [entry for entry in books.ledger if entry["kind"] == "payment"]
    here = {entry["reference"]: entry["amount_fen"] for entry in entries}
    attempts = {
        row["out_trade_no"]: row["amount_fen"]
        for row in books.attempts
        if row["state"] == "paid" and row["channel"] != OFFLINE
    }
    problems = [f"payment {number} is in the ledger twice" for number in _repeated(entries, "reference")]
    problems += [
        f"payment {number}: {fen} fen at WeChat, not in the ledger" for number, fen in _lacks(there, here)
    ]
    problems += [
        f"payment {number}: {fen} fen in the ledger, not at WeChat" for number, fen in _lacks(here, there)
    ]
    problems += [
        f"payment {number}: {fen} fen in the ledger, no paid attempt"
        for number, fen in _lacks(here, attempts)
    ]
    problems += [f"attempt {number} is paid, but not in the ledger" for number, _ in _lacks(attempts, here)]
    return problems


def _refunds_against_wechat(books: Books, money: dict[str, Any]) -> list[str]:
    there = {number: row["refunded_fen"] for number, row in money["by_order"].items() if row["refunded_fen"]}
    numbers = {row["id"]: row["out_trade_no"] for row in books.attempts}
    attempt_of = {row["out_refund_no"]: numbers[row["attempt_id"]] for row in books.refunds}
    entries = [entry for entry in books.ledger if entry["kind"] == "refund"]
    here: Counter[str] = Counter()
    for entry in entries:
        here[attempt_of[entry["reference"]]] -= entry["amount_fen"]
    problems = [f"refund {number} is in the ledger twice" for number in _repeated(entries, "reference")]
    problems += [
        f"refund of {number}: {fen} fen at WeChat, not in the ledger" for number, fen in _lacks(there, here)
    ]
    problems += [
        f"refund of {number}: {fen} fen in the ledger, not at WeChat" for number, fen in _lacks(here, there)
    ]
    problems += [
        f"refund {row['out_refund_no']} is still {row['state']}"
        for row in books.refunds
        if row["state"] not in ("succeeded", "withdrawn")
    ]
    return problems


def _sums(books: Books, purchases: list[Purchase], money: dict[str, Any]) -> list[str]:
    """The same totals from every side."""
    payables = [*books.orders.values(), *books.supplements.values()]
    extras = [purchase.extra for purchase in purchases if purchase.extra is not None]
    received_fen, paid_back_fen = cash_moved(purchases)
    sums = {
        "at WeChat and in cash": (money["paid_fen"] + received_fen, money["refunded_fen"] + paid_back_fen),
        "in the ledger": (
            sum(entry["amount_fen"] for entry in books.ledger if entry["kind"].endswith("payment")),
            -sum(entry["amount_fen"] for entry in books.ledger if entry["kind"].endswith("refund")),
        ),
        "on orders and supplements": (
            sum(row["paid_fen"] for row in payables),
            sum(row["refunded_fen"] for row in payables),
        ),
        "as people did": (
            sum(each.price_fen for each in purchases) + sum(extra.amount_fen for extra in extras),
            sum(each.refund_fen for each in purchases) + sum(extra.refund_fen for extra in extras),
        ),
    }
    if len(set(sums.values())) == 1:
        return []
    return [
        "sums differ: " + "; ".join(f"{name}: {paid} − {back} fen" for name, (paid, back) in sums.items())
    ]


def _purchases(books: Books, purchases: list[Purchase]) -> list[str]:
    """Every order that was paid is there, paid once, refunded as approved; and there is no other."""
    problems = []
    refunds_of: dict[int, list[dict[str, Any]]] = defaultdict(list)
    of_supplements = {row["paid_attempt_id"] for row in books.supplements.values()}
    for refund in books.refunds:
        if refund["state"] != "withdrawn" and refund["attempt_id"] not in of_supplements:
            refunds_of[refund["order_id"]].append(refund)
    for purchase in purchases:
        order = books.orders.get(purchase.order_id)
        if order is None:
            problems.append(f"order {purchase.order_id} was placed and paid, and is not there")
            continue
        expected = "cancelled" if purchase.refund_fen else "paid"  # what is asked for here is a cancellation
        expected = "refunded" if purchase.refund_fen == purchase.price_fen else expected
        found = (order["state"], order["price_fen"], order["paid_fen"], order["refunded_fen"])
        wanted = (expected, purchase.price_fen, purchase.price_fen, purchase.refund_fen)
        if found != wanted or order["paid_at"] is None or order["paid_attempt_id"] is None:
            problems.append(f"order {purchase.order_id}: expected {wanted}, found {found}")
        refunds = refunds_of.pop(purchase.order_id, [])
        if [refund["amount_fen"] for refund in refunds] != [purchase.refund_fen] * bool(purchase.refund_fen):
            problems.append(
                f"order {purchase.order_id}: {len(refunds)} refunds, asked for {purchase.refund_fen} fen"
            )
        problems += [
            f"refund {refund['id']} was approved {books.approvals.get(str(refund['id']), 0)} times"
            for refund in refunds
            if books.approvals.get(str(refund["id"]), 0) != 1
        ]
    known = {purchase.order_id for purchase in purchases}
    problems += [
        f"order {order['id']} is {order['state']}, and nobody bought it: it was placed twice, or invented"
        for order in books.orders.values()
        if order["id"] not in known
    ]
    return problems + [f"order {order_id} has a refund, and nobody bought it" for order_id in refunds_of]


def _supplements(books: Books, purchases: list[Purchase]) -> list[str]:
    """Every supplement that was paid is there, paid once, given back as the office said; and there is no other."""
    extras = {
        each.extra.supplement_id: (each.order_id, each.extra) for each in purchases if each.extra is not None
    }
    problems = []
    for supplement_id, (order_id, extra) in extras.items():
        row = books.supplements.get(supplement_id, {})
        names = ("order_id", "state", "paid_fen", "refunded_fen")
        found = tuple(row.get(name) for name in names)
        wanted = (order_id, "paid", extra.amount_fen, extra.refund_fen)
        if found != wanted:
            problems.append(f"supplement {supplement_id}: expected {wanted}, found {found}")
        refunds = [
            each["amount_fen"]
            for each in books.refunds
            if each["attempt_id"] == row.get("paid_attempt_id") and each["state"] != "withdrawn"
        ]
        if refunds != [extra.refund_fen] * bool(extra.refund_fen):
            problems.append(f"supplement {supplement_id}: refunds {refunds}, asked for {extra.refund_fen}")
    return problems + [
        f"supplement {known} is there, and nobody paid it"
        for known in books.supplements
        if known not in extras
    ]


def _histories(books: Books) -> list[str]:
    """Each step begins where the last one ended, the last one ends where the order is, and an order is paid once."""
    state: dict[int, str] = {}
    paid: Counter[int] = Counter()
    problems = []
    for row in books.history:
        order_id, before = row["order_id"], state.get(row["order_id"], "")
        if row["from_state"] != before:
            problems.append(f"order {order_id}: from {before} to {row['from_state']} without a step")
        paid[order_id] += (row["from_state"], row["to_state"]) == ("unpaid", "paid")
        state[order_id] = row["to_state"]
    problems += [
        f"order {order_id} is {order['state']}, its history ends with {state[order_id]}"
        for order_id, order in books.orders.items()
        if order_id in state and state[order_id] != order["state"]
    ]
    return problems + [
        f"order {order_id} became paid {times} times" for order_id, times in paid.items() if times > 1
    ]


def _lacks(first: dict[str, int], second: dict[str, int]) -> list[tuple[str, int]]:
    return [(number, amount) for number, amount in first.items() if second.get(number) != amount]


def _repeated(entries: list[dict[str, Any]], name: str) -> list[str]:
    return [value for value, times in Counter(entry[name] for entry in entries).items() if times > 1]
