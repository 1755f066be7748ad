"""The end of every run: WeChat is well again, time passes, people do their work, and then the books must be equal."""

from __future__ import annotations

from clock import DAY, HOUR, MINUTE, SECOND
from orders.supplements import deciding
from payment.offline.receipts import Handling
from payment.problems import PaymentError
from payment.reconciliation.bill_comparison import Difference
from payment.settlement import Settled
from refusals import Refused
from sandbox.movements import fee
from storage import Transaction
from storage.models import UNSETTLED_SUPPLEMENTS, Actor, Attempt, OfflineMethod, Order, Refund, Supplement
from tests.model.books import Books, read_books
from tests.model.expecting import expect
from tests.model.invariants import Invariants
from tests.model.system import System

ADMIN = Actor("admin", 1)
ROUNDS = 40
PAUSES = (70 * SECOND, 11 * MINUTE, 2 * HOUR + 10 * MINUTE, DAY)
UNDER_WAY = ("approved", "processing", "abnormal")


async def settle_everything(system: System, invariants: Invariants) -> None:
    """Raises Violated when something is left over, or when the sums differ by a fen."""
    system.sandbox.context.faults.switch_off()
    await system.restart()
    await _until_quiet(system, invariants)
    if (
        system.paid_after_close
    ):  # on attempts that are closed: where the notification was lost, the bill alone tells of it
        await _reconcile(system)
        await _until_quiet(system, invariants)
    for day, found in await _reconcile(system):
        differences = [each for each in found if each.reference not in system.mismatched_amounts]
        expect(not differences, "a clean bill differs", day, *differences)
    books = await invariants.check()
    expect(not _restless(books), "left over", *_restless(books))
    _sums_are_equal(books, system.mismatched_amounts)
    _nobody_paid_for_nothing(books)
    system.counts["settled to the fen"] += 1


async def _until_quiet(system: System, invariants: Invariants) -> None:
    for round_number in range(ROUNDS):
        await _people_do_their_work(system)
        while (await system.process.sweeper.run_once()).work:
            await system.calm()
        await system.pass_time(PAUSES[round_number % len(PAUSES)])
        books = await invariants.check()
        if not _restless(books):
            return
    expect(False, "does not come to rest", *_restless(await read_books(system)))


def _restless(books: Books) -> list[object]:
    found: list[object] = [order for order in books.orders if order.state == "unpaid"]
    found += [a for a in books.attempts if a.state in ("created", "unknown", "prepaid")]
    found += [a for a in books.attempts if a.state == "mismatch" and _holds(a)]
    found += [r for r in books.refunds if r.state in (*UNDER_WAY, "requested")]
    return [*found, *_owed_surplus(books)]


def _holds(attempt: Attempt) -> bool:
    return attempt.open_order_id is not None or attempt.open_supplement_id is not None


def _owed_surplus(books: Books) -> list[Refund]:
    """Closed refunds of money that nothing needs: an administrator renews them until one succeeds."""
    holders = books.holders
    owed: list[Refund] = []
    for attempt in books.attempts:
        if attempt.state != "paid" or attempt.id in holders:
            continue
        if books.refunds_of(attempt, ("succeeded", *UNDER_WAY)) < attempt.amount_fen:
            closed = [r for r in books.refunds if r.attempt_id == attempt.id and r.state == "closed"]
            expect(closed, "surplus money with no refund", attempt)
            owed.append(closed[-1])
    return owed


async def _people_do_their_work(system: System) -> None:
    """At WeChat's merchant platform, and here at the administrators' pages."""
    for payback in system.sandbox.context.state.refunds.values():
        if payback.status == "ABNORMAL" or (payback.status == "PROCESSING" and payback.outcome is None):
            system.sandbox.refunds.settle(payback, "SUCCESS")
    await system.calm()
    books, payments = await read_books(system), system.process.payments
    for refund in books.refunds:
        if refund.state == "requested":
            await payments.approve_refund(refund.id, ADMIN)
        elif refund.state == "abnormal":
            await payments.retry_refund(refund.id)
    await _pay_cash_back(system)
    for attempt in books.attempts:
        if attempt.state == "mismatch":
            settled = await payments.review_mismatch(attempt.out_trade_no)
            # the sum is wrong indeed: handled outside, and the order is free again
            if settled == Settled.MISMATCH and _holds(attempt):
                await payments.release_mismatch(attempt.out_trade_no)
    for each in books.supplements:
        if each.state in UNSETTLED_SUPPLEMENTS:
            await _withdraw(system, each)
    for owed in _owed_surplus(await read_books(system)):
        await payments.renew_refund(owed.id, ADMIN)
    for case in (await read_books(system)).cases:
        if case.state == "open":
            try:
                await payments.close_case(case.id, 1, "已核对")
            except PaymentError:
                system.counts["a case that cannot be closed yet"] += 1


async def _pay_cash_back(system: System) -> None:
    """What was received outside of WeChat and is to go back is paid back by hand."""
    books = await read_books(system)
    offline = {attempt.id for attempt in books.attempts if attempt.channel == "offline"}
    for refund in books.refunds:
        if refund.state == "approved" and refund.attempt_id in offline:
            given = Handling(OfflineMethod.CASH, "", "前台", system.at)
            await system.process.payments.offline.confirm_refund(refund.id, given, ADMIN)


async def _withdraw(system: System, known: Supplement) -> None:
    """What was not paid by now is given up by the office, unless its money is on its way."""
    seen = deciding.Seen(known.order_id, known.id, deciding.supplement_fingerprint(known))

    async def decide(tx: Transaction, order: Order, supplement: Supplement) -> None:
        await deciding.withdraw(tx, order, supplement, seen, "不用付了", system.at)

    try:
        await system.process.payments.release_supplement(known.id, decide)
    except (PaymentError, Refused):
        system.counts["a supplement that cannot be withdrawn yet"] += 1


async def _reconcile(system: System) -> list[tuple[str, list[Difference]]]:
    """Every day on which money moved, with clean bills; the differences found."""
    await system.pass_time(2 * DAY)  # until the bill of the last one is ready
    found = []
    for day in system.billed_days():
        result = await system.process.payments.reconcile(day)
        await system.calm()
        found.append((day, result.differences))
    return found


def _sums_are_equal(books: Books, mismatched_amounts: set[str]) -> None:
    for number, charge in books.charges.items():
        if number in mismatched_amounts:
            expect(("payment", number) not in books.booked, "a wrong sum was booked", charge)
            expect(books.case("payment_mismatch", reference=number), "a wrong sum nobody knows of", charge)
            continue
        booked = books.booked.get(("payment", number), 0)
        expect(booked == (charge.amount_fen if charge.paid else 0), "money is missing", charge, booked)
        fees = books.booked.get(("fee", number), 0)
        expect(fees == (-fee(charge.amount_fen) if charge.paid else 0), "a fee is missing", charge, fees)
    for number, payback in books.paybacks.items():
        booked = books.booked.get(("refund", number), 0)
        made = payback.amount_fen if payback.status == "SUCCESS" else 0
        expect(-booked == made, "a refund is missing", payback, booked)


def _nobody_paid_for_nothing(books: Books) -> None:
    """Each payment pays its order or supplement, or has gone back in full."""
    holders = books.holders
    for attempt in books.attempts:
        if attempt.state == "paid" and attempt.id not in holders:
            back = books.refunds_of(attempt, ("succeeded",))
            expect(back == attempt.amount_fen, "surplus money has not gone back", attempt, back)
