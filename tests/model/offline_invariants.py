"""What must hold of money outside of WeChat: each receipt, reversal and refund is there once, with its entry of the
ledger, and WeChat knows nothing of it."""

from __future__ import annotations

from collections import Counter

from storage.models import Attempt, OfflineEntry, OfflineKind
from tests.model.books import Books
from tests.model.expecting import expect

KINDS = {
    OfflineKind.RECEIPT: "offline_payment",
    OfflineKind.REVERSAL: "offline_payment",
    OfflineKind.REFUND: "offline_refund",
}


def check_offline_money(books: Books) -> None:
    """Raises Violated."""
    _ledger_has_exactly_these(books)
    _attempts_have_their_entries(books)
    _refunds_have_their_entries(books)
    _sums_of_each_payable(books)
    _paid_in_cash_is_paid(books)
    _unpaid_orders_have_no_supplements(books)
    _wechat_knows_nothing(books)


def offline_numbers(books: Books) -> set[str]:
    """The numbers of payments and refunds that WeChat must never hear of."""
    offline = {attempt.id for attempt in books.attempts if attempt.channel == "offline"}
    payments = {attempt.out_trade_no for attempt in books.attempts if attempt.id in offline}
    return payments | {refund.out_refund_no for refund in books.refunds if refund.attempt_id in offline}


def _facts(books: Books, entry: OfflineEntry) -> tuple[object, ...]:
    """The entry of the ledger that belongs to this one."""
    attempt = _attempt(books, entry.attempt_id)
    reference = attempt.out_trade_no + ("-reversal" if entry.kind == OfflineKind.REVERSAL else "")
    if entry.refund_id is not None:
        reference = next(r.out_refund_no for r in books.refunds if r.id == entry.refund_id)
    kind = KINDS[OfflineKind(entry.kind)]
    return (
        kind,
        reference,
        entry.amount_fen,
        entry.occurred_at,
        entry.order_id,
        entry.attempt_id,
        entry.refund_id,
    )


def _attempt(books: Books, attempt_id: int) -> Attempt:
    return next(attempt for attempt in books.attempts if attempt.id == attempt_id)


def _ledger_has_exactly_these(books: Books) -> None:
    recorded = Counter(_facts(books, entry) for entry in books.offline)
    booked: Counter[tuple[object, ...]] = Counter(
        (e.kind, e.reference, e.amount_fen, e.occurred_at, e.order_id, e.attempt_id, e.refund_id)
        for e in books.ledger
        if e.kind in KINDS.values()
    )
    expect(recorded == booked, "recorded and booked differ", recorded - booked, booked - recorded)


def _attempts_have_their_entries(books: Books) -> None:
    """A receipt for each, of its amount; a reversal of the same amount for each that is reversed, and for no other."""
    keys = {entry.entry_key: entry.amount_fen for entry in books.offline}
    expect(len(keys) == len(books.offline), "recorded twice", books.offline)
    for attempt in books.attempts:
        receipt, reversal = keys.get(f"receipt:{attempt.id}"), keys.get(f"reversal:{attempt.id}")
        if attempt.channel != "offline":
            expect(receipt is reversal is None, "money at WeChat was recorded as cash", attempt)
            expect(attempt.state != "reversed", "money at WeChat was reversed", attempt)
            continue
        expect(attempt.state in ("paid", "reversed"), "neither paid nor reversed", attempt)
        held = (attempt.open_order_id, attempt.open_supplement_id, attempt.next_query_at)
        expect(held == (None, None, None), "WeChat will be asked about cash", attempt)
        expect(receipt == attempt.amount_fen, "a receipt is missing", attempt, receipt)
        wanted = -attempt.amount_fen if attempt.state == "reversed" else None
        expect(reversal == wanted, "a reversal is missing, or was made up", attempt, reversal)
        holds = attempt.id in books.holders
        expect(holds == (attempt.state == "paid"), "cash that pays nothing, or was reversed", attempt)


def _refunds_have_their_entries(books: Books) -> None:
    keys = {entry.entry_key: entry.amount_fen for entry in books.offline}
    for refund in books.refunds:
        recorded = keys.get(f"refund:{refund.id}")
        offline = _attempt(books, refund.attempt_id).channel == "offline"
        done = offline and refund.state == "succeeded"
        expect(recorded == (-refund.amount_fen if done else None), "paid back, or not", refund, recorded)
        if offline:
            expect(refund.state not in ("processing", "abnormal"), "WeChat was asked for it", refund)
            expect(refund.next_query_at is None, "WeChat will be asked for it", refund)


def _sums_of_each_payable(books: Books) -> None:
    """What is in the drawer for an order or supplement is what it says was paid in cash and not given back."""
    drawer: Counter[tuple[int, int | None]] = Counter()
    for entry in books.offline:
        drawer[entry.order_id, _attempt(books, entry.attempt_id).supplement_id] += entry.amount_fen
    offline = {attempt.id for attempt in books.attempts if attempt.channel == "offline"}
    owed: Counter[tuple[int, int | None]] = Counter()
    for order in books.orders:
        if order.paid_attempt_id in offline:
            owed[order.id, None] += order.paid_fen - order.refunded_fen
    for each in books.supplements:
        if each.paid_attempt_id in offline:
            owed[each.order_id, each.id] += each.paid_fen - each.refunded_fen
    drawer_there, owed_there = ({key: fen for key, fen in each.items() if fen} for each in (drawer, owed))
    expect(drawer_there == owed_there, "the drawer has another sum", drawer_there, owed_there)


def _paid_in_cash_is_paid(books: Books) -> None:
    """What was paid in cash cannot be paid at WeChat any more."""
    offline = {attempt.id for attempt in books.attempts if attempt.channel == "offline"}
    orders = {order.id for order in books.orders if order.paid_attempt_id in offline}
    supplements = {each.id for each in books.supplements if each.paid_attempt_id in offline}
    for attempt in books.attempts:
        still = attempt.open_order_id in orders or attempt.open_supplement_id in supplements
        expect(not still, "paid in cash, and can be paid at WeChat", attempt)


def _unpaid_orders_have_no_supplements(books: Books) -> None:
    """An order whose receipt was reversed keeps no money of a supplement, and asks for none."""
    unpaid = {order.id for order in books.orders if order.paid_attempt_id is None}
    for each in books.supplements:
        if each.order_id in unpaid:
            expect(each.paid_fen == each.refunded_fen, "money of a supplement, the order unpaid", each)
            expect(each.state in ("paid", "withdrawn"), "asks for more, the order unpaid", each)


def _wechat_knows_nothing(books: Books) -> None:
    numbers = offline_numbers(books)
    known = numbers & {*books.charges, *books.paybacks}
    expect(not known, "WeChat was told of money outside of it", known)
    told = numbers & {event.reference for event in books.events}
    expect(not told, "news of WeChat about money outside of it", told)
    cases = [case for case in books.cases if case.reference in numbers]
    expect(not cases, "a case about money that no bill has", *cases)
    at_wechat = [e for e in books.ledger if e.kind not in KINDS.values() and e.reference in numbers]
    expect(not at_wechat, "booked as WeChat's", *at_wechat)
