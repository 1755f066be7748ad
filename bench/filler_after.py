"""What follows an order in the database of ``bench.filler``: shipments, messages, earnings and statements, supplements,
invoices, complaints, cash, pushed events, content to look at."""

from __future__ import annotations

from dataclasses import dataclass

from bench.bulk import Bulk, named
from clock import DAY, HOUR, MINUTE, shanghai_date
from privacy import COMPLAINT, COMPLAINT_ENTRY, CONTENT_TEXT, INVOICE_EMAIL, Vault
from storage.models import (
    ComplaintKind,
    ComplaintState,
    ContentKind,
    ContentState,
    InvoiceState,
    OrderState,
    PushedState,
    ShipmentState,
    StatementState,
    SupplementState,
    TransferState,
)

WAITING = 120
"""So many rows of each kind wait for the office, however many orders there are: spread over all of them."""


@dataclass
class Statement:
    """Of an escort's month, while its lines are counted."""

    number: int
    escort: int
    month: str
    fen: int = 0
    lines: int = 0


@dataclass(frozen=True)
class Made:
    """An order that was written. ``regular``: of the user whose own lists are long."""

    order: int
    user: int
    state: OrderState
    escort: int | None
    attempt: int
    price_fen: int
    visit_date: str
    at: int
    paid: bool
    regular: bool


class AfterSales:
    """``orders``: how many there will be; ``begin``: when the first was made (ms)."""

    def __init__(self, into: Bulk, orders: int, begin: int, now: int, vault: Vault) -> None:
        self._into, self._now, self._this_month = into, now, shanghai_date(now)[:7]
        self._every = max(orders // WAITING, 1)
        self._statements: dict[tuple[int, str], Statement] = {}
        self._counts: dict[str, int] = {}
        self._complaint, self._entry = (
            vault.seal("等了很久没有人来", COMPLAINT),
            vault.seal("已联系", COMPLAINT_ENTRY),
        )
        self._text, self._email = (
            vault.seal("很细心", CONTENT_TEXT),
            vault.seal("a@example.com", INVOICE_EMAIL),
        )
        into.add("pay_rules", (1, 0, 0, "percent", 6_000, shanghai_date(begin - DAY), 1, begin))

    def waits(self, order: int, kind: int = 0) -> bool:
        """Is it one of those that wait? ``kind``: for what; each has orders of its own."""
        return order % self._every == kind

    def past_state(self, order: int, state: OrderState) -> OrderState:
        """Of an order whose day is over: as many are overdue in a small database as in a large one."""
        if self.waits(order, 1):
            return OrderState.PAID
        return OrderState.FINISHED if state == OrderState.PAID else state

    def _next(self, table: str) -> int:
        self._counts[table] = self._counts.get(table, 0) + 1
        return self._counts[table]

    def add(self, made: Made) -> None:
        """Everything that follows this order."""
        waits = self.waits(made.order)
        if made.paid and (waits or made.order % 2):
            self._shipment(made, waits)
        if made.state == OrderState.FINISHED:
            if waits:
                self._into.add("orders_without_pay", (made.order, made.visit_date))
            else:
                self._earning(made)
        if made.regular or made.order % 2:
            self._message(made)
        if made.paid and (waits or made.order % 20 == 3):
            self._supplement(made, waits)
        if made.regular or waits or made.order % 10 == 4:
            self._invoice(made, waits)
        if made.regular or waits or made.order % 50 == 5:
            self._complain(made, waits)
        if waits or made.order % 50 == 6:
            self._cash(made, waits)
        if waits or made.order % 5 == 2:
            self._push(made, waits)
        if waits or made.order % 20 == 7:
            self._content(made, waits)

    def _shipment(self, made: Made, waits: bool) -> None:
        at, id_ = made.at + MINUTE, self._next("shipments")
        state = ShipmentState.PENDING if waits else ShipmentState.SETTLED
        ended = None if waits else at + 10 * DAY
        tries = (
            0,
            0 if waits else 1,
            ended,
            0,
            None,
            0,
            None,
            "",
            0,
            0,
            None,
            ended,
            None,
            None,
            ended,
            ended,
        )
        self._into.add(
            "shipments", (id_, made.attempt, made.order, state, at, "", "", None, *tries, made.at, made.at)
        )

    def _earning(self, made: Made) -> None:
        id_, escort, fen = self._next("earnings"), made.escort or 0, made.price_fen * 6 // 10
        about = (escort, made.order, "order", f"order:{made.order}:1", fen, made.price_fen, 1, "")
        self._into.add("earnings", (id_, *about, made.visit_date, None, made.at + DAY))
        month = made.visit_date[:7]
        if month >= self._this_month:
            self._into.add("open_earnings", (id_, escort, made.visit_date))
            return
        found = self._statements.get((escort, month))
        if found is None:
            found = self._statements[escort, month] = Statement(len(self._statements) + 1, escort, month)
        found.fen, found.lines = found.fen + fen, found.lines + 1
        self._into.add("pay_statement_lines", (found.number, id_, id_))

    def _message(self, made: Made) -> None:
        id_ = self._next("outbox")
        sent = ("sent", 1, None, 0, "", made.at, made.at + MINUTE, made.order)
        self._into.add("outbox", (id_, "paid", f"order:{made.order}", made.user, "{}", *sent))

    def _supplement(self, made: Made, waits: bool) -> None:
        id_, at = self._next("supplements"), made.at + DAY
        about: dict[str, object] = {"state": SupplementState.PROPOSED}
        if not waits:
            about = {"state": SupplementState.WITHDRAWN, "closed_at": at + HOUR, "closing_note": "不收了"}
        self._into.add(
            "supplements",
            named(
                "supplements",
                id=id_,
                order_id=made.order,
                kind="overtime",
                amount_fen=5_000,
                reason="多等了一小时",
                proposed_by_kind="escort",
                proposed_by=made.escort or 1,
                action_id=f"a{id_}",
                created_at=at,
                updated_at=at,
                **about,
            ),
        )

    def _invoice(self, made: Made, waits: bool) -> None:
        id_, at = self._next("invoices"), made.at + 2 * DAY
        about: dict[str, object] = {"state": InvoiceState.REQUESTED, "open_order_id": made.order}
        if not waits:
            done = {
                "number": f"{id_:020d}",
                "file": f"{id_:032x}.pdf",
                "decided_at": at + HOUR,
                "decided_by": 1,
            }
            about = {"state": InvoiceState.ISSUED, **done}
        about |= {
            "id": id_,
            "order_id": made.order,
            "user_id": made.user,
            "kind": "person",
            "title": "王小明",
        }
        about |= {
            "email_sealed": self._email,
            "amount_fen": made.price_fen,
            "requested_at": at,
            "updated_at": at,
        }
        self._into.add("invoices", named("invoices", **about))

    def _complain(self, made: Made, waits: bool) -> None:
        id_, at = self._next("complaints"), made.at + DAY
        state = ComplaintState.OPEN if waits else ComplaintState.CLOSED
        kind = (ComplaintKind.SERVICE, ComplaintKind.ESCORT, ComplaintKind.FEE)[id_ % 3]
        due = (at + DAY, at + 3 * DAY)
        ends = (None,) * 5 if waits else (at + HOUR, at + 2 * DAY, 1, at + 2 * DAY, at + 2 * DAY)
        about = (made.order, made.user, "own", None, kind, f"a{id_}", self._complaint, state, id_ % 3 + 1)
        self._into.add("complaints", (id_, *about, *due, *ends, None, at, at))
        if not waits:
            row = (id_, id_, "answer", "admin", 1, f"e{id_}", self._entry, at + HOUR)
            self._into.add("complaint_entries", row)

    def _cash(self, made: Made, waits: bool) -> None:
        """Those of today are as many in a small database as in a large one."""
        id_ = self._next("offline_entries")
        at = self._now - MINUTE if waits else made.at
        paid = (made.price_fen, "cash", "", "前台", at, 1, at, "")
        row = (id_, f"receipt:{id_}", "receipt", made.order, made.attempt, None, *paid)
        self._into.add("offline_entries", row)

    def _push(self, made: Made, waits: bool) -> None:
        id_ = self._next("pushed_events")
        state = PushedState.FAILED if waits else PushedState.DONE
        row = (id_, f"k{id_}", "wxa_media_check", "", made.at, "{}", state, 1, None, 0, "", made.at)
        self._into.add("pushed_events", row)

    def _content(self, made: Made, waits: bool) -> None:
        id_ = self._next("content_checks")
        state = ContentState.REVIEW if waits else ContentState.APPROVED
        about = (
            made.user,
            ContentKind.COMMENT,
            made.order,
            f"a{id_}",
            self._text,
            "",
            state,
            "",
            100,
            None,
            1,
            None,
        )
        self._into.add("content_checks", (id_, *about, made.at, None if waits else made.at + MINUTE))

    def finish(self) -> int:
        """The statements of all months that are over, and the transfers that paid them; the newest one of the first
        escort, 0 if there is none."""
        at = self._now - DAY
        for each in self._statements.values():
            sums = (each.fen, 0, each.fen, each.lines, 1, at)
            paid = ("", "", None, at, at, 1, "", None, at)
            self._into.add(
                "pay_statements",
                (each.number, each.escort, each.month, 1, StatementState.PAID, *sums, *paid),
            )
            self._into.add(
                "pay_transfers",
                named(
                    "pay_transfers",
                    id=each.number,
                    statement_id=each.number,
                    live_statement_id=each.number,
                    escort_id=each.escort,
                    out_bill_no=f"T{each.number:031d}",
                    state=TransferState.SUCCEEDED,
                    amount_fen=each.fen,
                    openid="o" + "x" * 27,
                    started_by=1,
                    sent_at=at,
                    accepted_at=at,
                    finished_at=at,
                    created_at=at,
                    updated_at=at,
                ),
            )
        return max((each.number for (escort, _), each in self._statements.items() if escort == 1), default=0)
