"""Money outside of WeChat in the comparison at the end: what people gave and got in cash is recorded and booked once,
and WeChat has never heard of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bench.people import Extra, Purchase
from bench.rows import Books

OFFLINE = "offline"
"""The channel of an attempt, and the beginning of the ledger's kinds."""


def cash_moved(purchases: list[Purchase]) -> tuple[int, int]:
    """Received and paid back, as people did, in fen."""
    cash = _in_cash(purchases)
    return sum(amount for amount, _ in cash.values()), sum(back for _, back in cash.values())


def _in_cash(purchases: list[Purchase]) -> dict[tuple[int, int | None], tuple[int, int]]:
    """Order and supplement (none: the order itself): received and paid back."""
    cash: dict[tuple[int, int | None], tuple[int, int]] = {}
    for each in purchases:
        if each.in_cash:
            cash[each.order_id, None] = (each.price_fen, each.refund_fen)
        extra: Extra | None = each.extra
        if extra is not None and extra.in_cash:
            cash[each.order_id, extra.supplement_id] = (extra.amount_fen, extra.refund_fen)
    return cash


def offline_violations(books: Books, purchases: list[Purchase], money: dict[str, Any]) -> list[str]:
    """In words."""
    attempts = {row["id"]: row for row in books.attempts if row["channel"] == OFFLINE}
    numbers = {row["out_trade_no"] for row in attempts.values()}
    problems = [f"WeChat knows of cash: {number}" for number in sorted(numbers & set(money["by_order"]))]
    problems += [
        f"the receipt {row['out_trade_no']} is {row['state']}"
        for row in attempts.values()
        if row["state"] != "paid"
    ]
    return [*problems, *_against_people(books, attempts, purchases), *_against_ledger(books, attempts)]


def _against_people(
    books: Books, attempts: dict[int, dict[str, Any]], purchases: list[Purchase]
) -> list[str]:
    """For each order and supplement: one entry for what was received, one for what was paid back, and no other."""
    wanted: Counter[tuple[int, int | None, str, int]] = Counter()
    for (order_id, supplement_id), (received_fen, back_fen) in _in_cash(purchases).items():
        wanted[order_id, supplement_id, "receipt", received_fen] += 1
        if back_fen:
            wanted[order_id, supplement_id, "refund", -back_fen] += 1
    found: Counter[tuple[int, int | None, str, int]] = Counter()
    for entry in books.offline:
        of = attempts.get(entry["attempt_id"], {}).get("supplement_id")
        found[entry["order_id"], of, entry["kind"], entry["amount_fen"]] += 1
    return [
        f"cash (order, supplement, kind, fen) {each}: {found[each]} recorded, {wanted[each]} changed hands"
        for each in sorted({*found, *wanted}, key=str)
        if found[each] != wanted[each]
    ]


def _against_ledger(books: Books, attempts: dict[int, dict[str, Any]]) -> list[str]:
    """Each entry is booked once under its number, and nothing else is."""
    refunds = {row["id"]: row["out_refund_no"] for row in books.refunds}
    recorded: Counter[tuple[str, str, int]] = Counter()
    for entry in books.offline:
        kind, reference = "offline_refund", refunds.get(entry["refund_id"], "")
        if entry["kind"] != "refund":
            kind, reference = (
                "offline_payment",
                attempts.get(entry["attempt_id"], {}).get("out_trade_no", ""),
            )
        recorded[kind, reference, entry["amount_fen"]] += 1
    booked = Counter(
        (row["kind"], row["reference"], row["amount_fen"])
        for row in books.ledger
        if row["kind"].startswith(OFFLINE)
    )
    return [
        f"cash (kind, number, fen) {each}: {recorded[each]} recorded, {booked[each]} in the ledger"
        for each in sorted({*recorded, *booked})
        if recorded[each] != booked[each]
    ]
