"""What must hold after every step, whatever happened: the books here against the stand-in's own.

The stand-in decides where the money is; nothing below asks the code under test for its opinion, except
``ledger.self_check`` and ``records.problems``, which must agree as well.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict

from clock import DAY, HOUR, MINUTE
from orders.escorts import records
from payment.books.ledger import self_check
from sandbox.movements import fee
from sandbox.state import Order as Charge
from storage.models import Attempt, OrderStep
from tests.model.books import Books, read_books
from tests.model.expecting import expect
from tests.model.offline_invariants import check_offline_money
from tests.model.system import System

ARROWS = {
    "": {"unpaid"},
    "unpaid": {"paid", "cancelled"},
    "paid": {"serving", "finished", "refunding", "unpaid"},
    "serving": {"paid", "finished", "refunding"},
    "finished": {"paid", "serving", "refunding"},
    "refunding": {"paid", "serving", "finished", "refunded", "cancelled"},
    "cancelled": {"refunded"},
}
"""``orders.transitions.ARROWS``, written down a second time: the code's own table may be wrong."""
PAYABLE = ("created", "unknown", "prepaid")
RESERVING = ("approved", "processing", "succeeded", "abnormal")
MAX_PAUSE = 2 * HOUR + 5 * MINUTE
"""No open attempt waits longer for its next query (the thinning schedule ends at two hours, a claim lasts less)."""
MAX_REFUND_PAUSE = DAY + 5 * MINUTE


class Invariants:
    """Remembers what it saw, because some rows may only be added and some states only go up."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._seen: Books | None = None

    async def check(self) -> Books:
        """Raises Violated."""
        storage = self._system.storage
        books, unbalanced, miscounted = await asyncio.gather(
            read_books(self._system), self_check(storage), records.problems(storage)
        )
        expect(not unbalanced, "the ledger does not balance", *unbalanced)
        expect(not miscounted, "an escort's record says something else than the orders", *miscounted)
        expect(not self._system.defects.found, "the server failed", *self._system.defects.found)
        self._nothing_unwritten(books)
        self._money_has_a_place(books)
        self._refunds_have_a_place(books)
        self._orders_have_their_money(books)
        self._supplements_have_their_money(books)
        check_offline_money(books)
        self._one_way_to_pay(books)
        self._payers_may_pay(books)
        self._escorts_go_only_where_they_are_wanted(books)
        self._only_listed_transitions(books)
        self._nothing_false_accepted()
        self._nothing_false_believed(books)
        self._seen = books
        return books

    def _payers_may_pay(self, books: Books) -> None:
        """Each attempt is of the order's user or of the one who may pay for them, and holds that user's openid."""
        owners = {order.id: order.user_id for order in books.orders}
        openids = {user.id: user.openid for user in self._system.users}
        for attempt in books.attempts:
            if attempt.channel == "offline":
                expect(not attempt.openid and attempt.payer_user_id is None, "cash of an account", attempt)
                continue
            owner = owners[attempt.order_id]
            payers = (owner, self._system.payer_for(owner).id)
            expect(attempt.payer_user_id in payers, "another user pays", attempt)
            expect(attempt.openid == openids[attempt.payer_user_id or 0], "another one's openid", attempt)

    def _nothing_unwritten(self, books: Books) -> None:
        """No row of ledger or history changed or vanished; paid stays paid; number and amount stay."""
        seen = self._seen
        if seen is None:
            return
        for name in ("ledger", "steps", "offline"):
            before, now = getattr(seen, name), getattr(books, name)
            expect(now[: len(before)] == before, f"rows of {name} were changed or deleted")
        now_attempts = {attempt.id: attempt for attempt in books.attempts}
        for old in seen.attempts:
            new = now_attempts[old.id]
            same = (old.out_trade_no, old.amount_fen, old.openid, old.expires_at) == (
                new.out_trade_no,
                new.amount_fen,
                new.openid,
                new.expires_at,
            )
            expect(same, "what WeChat was asked for has changed", old, new)
            kept = ("paid", "reversed") if old.channel == "offline" else ("paid",)
            expect(old.state != "paid" or new.state in kept, "a paid attempt is paid no more", old, new)
            expect(old.state != "reversed" or new.state == "reversed", "a reversal was undone", old, new)
            expect(old.state != "closed" or new.state in ("closed", "paid", "mismatch"), "reopened", old, new)
        now_refunds = {refund.id: refund for refund in books.refunds}
        for was in seen.refunds:
            refund = now_refunds[was.id]
            expect(was.out_refund_no == refund.out_refund_no, "a refund has another number", was, refund)
            if was.state not in ("requested", "rejected"):
                expect(was.amount_fen == refund.amount_fen, "a decided amount has changed", was, refund)
            if was.state in ("succeeded", "rejected"):
                expect(was.state == refund.state, "a refund that had ended", was, refund)

    def _money_has_a_place(self, books: Books) -> None:
        """Money at WeChat is booked, or a human knows, or it is on its way; and no other money is booked."""
        for number, charge in books.charges.items():
            attempt = books.attempt_of.get(number)
            expect(attempt is not None, "WeChat was asked for a payment that is not stored", charge)
            assert attempt is not None
            facts = (charge.amount_fen, charge.openid) == (attempt.amount_fen, attempt.openid)
            expect(
                facts or number in self._system.mismatched_amounts,
                "WeChat was asked for another payment than the one stored",
                charge,
                attempt,
            )
            if charge.paid and ("payment", number) not in books.booked:
                self._on_its_way(books, attempt, charge)
            if attempt.state == "closed" and not charge.paid:
                over = charge.time_expire_at is not None and self._system.at >= charge.time_expire_at
                expect(charge.state == "CLOSED" or over, "freed while it can still be paid", attempt, charge)
        for entry in books.ledger:
            if entry.kind == "payment":
                charge = books.charges[entry.reference]
                expect(charge.paid, "money was invented", entry)
                expect(entry.amount_fen == charge.amount_fen, "booked with another amount", entry, charge)
            elif entry.kind == "fee" and entry.reference in books.charges:
                owed = fee(books.charges[entry.reference].amount_fen)
                expect(entry.amount_fen == -owed, "another fee than the bill's", entry)

    def _on_its_way(self, books: Books, attempt: Attempt, charge: Charge) -> None:
        if attempt.state == "mismatch":
            told = books.case("payment_mismatch", reference=attempt.out_trade_no)
            expect(told, "a mismatch that nobody was told of", attempt)
            waits = books.case("payment_mismatch", reference=attempt.out_trade_no, state="open")
            freed = attempt.open_order_id is None and attempt.open_supplement_id is None
            expect(waits or freed, "an order or supplement that nobody will free", attempt)
        elif attempt.state == "closed":
            late = attempt.out_trade_no in self._system.paid_after_close
            expect(late, "money on an attempt that was given up", attempt, charge)
        else:
            due_at = attempt.next_query_at
            soon = due_at is not None and due_at <= self._system.at + MAX_PAUSE
            expect(soon, "money that nobody will ask about soon", attempt, charge)

    def _refunds_have_a_place(self, books: Books) -> None:
        for number, payback in books.paybacks.items():
            refund = books.refund_of.get(number)
            expect(refund is not None, "WeChat was asked for a refund that is not stored", payback)
            assert refund is not None
            expect(refund.amount_fen == payback.amount_fen, "another amount than stored", refund, payback)
            expect(refund.state not in ("requested", "rejected"), "sent without a yes", refund)
            if refund.state == "closed":
                expect(payback.status == "CLOSED", "WeChat may still make a closed refund", refund, payback)
            if payback.status == "SUCCESS" and ("refund", number) not in books.booked:
                due_at = refund.next_query_at
                soon = due_at is not None and due_at <= self._system.at + MAX_REFUND_PAUSE
                expect(soon, "a refund that nobody will ask about", refund, payback)
        for entry in books.ledger:
            if entry.kind == "refund":
                payback = books.paybacks[entry.reference]
                expect(payback.status == "SUCCESS", "a refund was booked that WeChat has not made", entry)
                expect(-entry.amount_fen == payback.amount_fen, "booked with another amount", entry, payback)
        for attempt in books.attempts:
            reserved = books.refunds_of(attempt, RESERVING)
            paid = attempt.amount_fen if attempt.state == "paid" else 0
            expect(reserved <= paid, "more is refunded than was paid", attempt, reserved)

    def _orders_have_their_money(self, books: Books) -> None:
        """From 已付款 on an order has one payment of its price; money beyond that is being refunded."""
        attempts = {attempt.id: attempt for attempt in books.attempts}
        for order in books.orders:
            if order.state in ("unpaid", "cancelled") and not order.ending:
                expect(order.paid_attempt_id is None, "paid, but neither shown nor served", order)
                still_open = [a for a in books.attempts if a.open_order_id == order.id]
                expect(
                    order.state == "unpaid" or not still_open, "cancelled before it was closed", still_open
                )
                continue
            paying = attempts.get(order.paid_attempt_id or 0)
            expect(paying is not None and paying.state == "paid", "an order without money", order, paying)
            assert paying is not None
            expect(order.paid_fen == order.price_fen == paying.amount_fen, "another sum", order, paying)
            back = books.refunds_of(paying, ("succeeded",))
            expect(order.refunded_fen == back, "another sum refunded", order, back)
            if order.state == "refunded":
                expect(back == order.paid_fen, "refunded, but not all of it", order, back)
            ends = order.state in ("finished", "refunded", "cancelled")
            expect(bool(order.ending) or not ends, "ended, but not how", order)
        for attempt in books.attempts:
            if attempt.state == "paid" and attempt.id not in books.holders:
                back = books.refunds_of(attempt, (*RESERVING, "closed"))
                expect(back >= attempt.amount_fen, "paid beyond need, and no refund", attempt)

    def _supplements_have_their_money(self, books: Books) -> None:
        """What is paid has one payment of its amount, made for it; what is not has none."""
        attempts = {attempt.id: attempt for attempt in books.attempts}
        for each in books.supplements:
            paying = attempts.get(each.paid_attempt_id or 0)
            expect((each.state == "paid") == (paying is not None), "paid without money, or not paid", each)
            if paying is None:
                expect((each.paid_fen, each.refunded_fen) == (0, 0), "sums of what was not paid", each)
                continue
            expect(paying.state == "paid" and paying.supplement_id == each.id, "another's money", each)
            expect(each.paid_fen == each.amount_fen == paying.amount_fen, "another sum", each, paying)
            back = books.refunds_of(paying, ("succeeded",))
            expect(each.refunded_fen == back, "another sum refunded", each, back)

    def _escorts_go_only_where_they_are_wanted(self, books: Books) -> None:
        """An approved cancellation frees the escort at once; a request that waits does not."""
        orders = {order.id: order for order in books.orders}
        for booking in books.bookings:
            order = orders[booking.order_id]
            waits = order.state == "refunding" and order.state_before_refund == "serving"
            expect(order.state == "serving" or waits, "an escort for an order that is over", order, booking)
            expect(not order.ending, "an escort for a cancelled order", order, booking)
        booked = {booking.order_id for booking in books.bookings}
        for order in books.orders:
            if order.state == "serving":
                expect(order.id in booked, "a serving order without its escort's time", order)

    def _one_way_to_pay(self, books: Books) -> None:
        unpaid = Counter(
            (order.user_id, order.patient_id) for order in books.orders if order.state == "unpaid"
        )
        expect(not unpaid or max(unpaid.values()) == 1, "a patient with two unpaid orders", unpaid)
        open_attempts = Counter((a.order_id, a.supplement_id) for a in books.attempts if a.state in PAYABLE)
        expect(not open_attempts or max(open_attempts.values()) == 1, "two open attempts", open_attempts)
        payable: Counter[tuple[int, int | None]] = Counter()
        for number, charge in books.charges.items():
            alive = charge.time_expire_at is None or self._system.at < charge.time_expire_at
            if charge.state == "NOTPAY" and alive:
                attempt = books.attempt_of[number]
                payable[attempt.order_id, attempt.supplement_id] += 1
        expect(not payable or max(payable.values()) == 1, "two payments of one thing can be made", payable)

    def _nothing_false_accepted(self) -> None:
        """Notifications that were too old, or whose signature was not WeChat's, were refused."""
        for notification in self._system.sandbox.context.state.notifications.values():
            for delivery in notification.attempts:
                if delivery["how"] in ("stale_timestamp", "bad_notification_signature", "probe"):
                    refused = delivery["status"] is None or delivery["status"] >= 400
                    expect(refused, "a false notification was accepted", delivery)

    def _nothing_false_believed(self, books: Books) -> None:
        """No payment was fulfilled by a notification that tells of another one."""
        for event in books.events[len(self._seen.events) if self._seen else 0 :]:
            if event.outcome not in ("paid", "surplus"):
                continue
            told, asked = json.loads(event.resource), books.attempt_of[event.reference]
            pairs = (
                (told["out_trade_no"], asked.out_trade_no),
                (told["amount"]["total"], asked.amount_fen),
                (told["amount"]["currency"], asked.currency),
                (told["payer"]["openid"], asked.openid),
                (told["appid"], asked.appid),
                (told["mchid"], asked.mchid),
                (told["trade_type"], "JSAPI"),
            )
            expect(all(said == meant for said, meant in pairs), "fulfilled by another payment's news", pairs)

    def _only_listed_transitions(self, books: Books) -> None:
        histories: dict[int, list[OrderStep]] = defaultdict(list)
        for step in books.steps:
            histories[step.order_id].append(step)
        for order in books.orders:
            state, before_refund = "", ""
            for step in histories[order.id]:
                expect(step.from_state == state, "a history with a gap", order.id, step)
                listed = step.to_state in ARROWS.get(step.from_state, set())
                expect(listed, "a transition that is not listed", order.id, step)
                if step.to_state == "refunding":
                    before_refund = state
                elif state == "refunding" and step.to_state not in ("refunded", "cancelled"):
                    expect(step.to_state == before_refund, "returned elsewhere", order.id, step)
                state = step.to_state
            expect(state == order.state, "a state without its history row", order, state)
