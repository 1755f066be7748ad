"""What orders wait for: of each kind rows that make an order wait, and rows that differ in one thing and do not."""

from __future__ import annotations

import pytest

from clock import DAY, shanghai_date
from storage import Storage
from storage.filters import OrderFilter
from tests.storage.rows import Row, fill

NOW = 1_793_600_000_000
UNTIL = NOW + 1_000
TODAY, YESTERDAY, TOMORROW = shanghai_date(NOW), shanghai_date(NOW - DAY), shanghai_date(NOW + DAY)
LONG_AGO, BEFORE = shanghai_date(NOW - 31 * DAY), shanghai_date(NOW - 32 * DAY)
Table = tuple[str, Row]
ORDER: Row = {"id": 5, "state": "paid", "visit_date": TODAY, "paid_at": 70, "user_id": 1}
TROUBLE: Row = {"order_id": 5, "open": 1, "at": 40}
OFFER: Row = {"order_id": 5, "state": "declined", "offered_at": 30, "expires_at": NOW}
OPEN: Row = {**OFFER, "state": "offered", "expires_at": NOW + 1}
SHIPMENT: Row = {"order_id": 5, "state": "pending", "paid_at": UNTIL}
DONE: Row = {**ORDER, "state": "finished", "started_at": 3}
AGREED: Table = ("consents", {"user_id": 1, "kind": "visit_record"})
FINISHED: Table = ("order_history", {"order_id": 5, "to_state": "finished", "at": UNTIL})
WAITS: dict[str, list[tuple[Row, list[Table], int | None]]] = {
    "hour_to_settle": [
        (ORDER, [], 70),
        ({**ORDER, "state": "serving", "visit_date": TOMORROW}, [], 70),
        ({**ORDER, "visit_time": "08:30"}, [], None),
        ({**ORDER, "visit_date": YESTERDAY}, [], None),
        ({**ORDER, "state": "finished"}, [], None),
    ],
    "nobody_accepted": [
        (ORDER, [("invitations", {**OFFER, "offered_at": 35}), ("invitations", OFFER)], 30),
        (ORDER, [("invitations", {**OFFER, "state": "expired"})], 30),
        (ORDER, [("invitations", {**OFFER, "state": "offered"})], 30),
        (ORDER, [("invitations", OFFER), ("invitations", OPEN)], None),
        (ORDER, [("invitations", {**OFFER, "state": "withdrawn"})], None),
        (ORDER, [("invitations", {**OFFER, "order_id": 6})], None),
        ({**ORDER, "escort_id": 3}, [("invitations", OFFER)], None),
        ({**ORDER, "state": "serving"}, [("invitations", OFFER)], None),
        ({**ORDER, "visit_date": YESTERDAY}, [("invitations", OFFER)], None),
    ],
    "invitations_expiring": [
        (ORDER, [("invitations", OPEN)], 30),
        (ORDER, [("invitations", {**OPEN, "expires_at": UNTIL})], 30),
        (ORDER, [("invitations", {**OPEN, "expires_at": UNTIL + 1})], None),
        (ORDER, [("invitations", {**OPEN, "expires_at": NOW})], None),
        (ORDER, [("invitations", {**OPEN, "state": "declined"})], None),
        ({**ORDER, "state": "serving"}, [("invitations", OPEN)], None),
    ],
    "cannot_come": [
        *((ORDER, [("visit_troubles", {**TROUBLE, "kind": kind})], 40) for kind in ("cannot_come", "leave")),
        (ORDER, [("visit_troubles", {**TROUBLE, "kind": "leave", "open": 0})], None),
        (ORDER, [("visit_troubles", {**TROUBLE, "kind": "late"})], None),
    ],
    "absent": [
        *((ORDER, [("visit_troubles", {**TROUBLE, "kind": kind})], 40) for kind in ("absent", "cannot_reach", "late")),
        (ORDER, [("visit_troubles", {**TROUBLE, "kind": "leave"})], None),
    ],
    "unwell": [
        (ORDER, [("visit_troubles", {**TROUBLE, "kind": "unwell", "at": 45}),
                 ("visit_troubles", {**TROUBLE, "kind": "unwell"})], 40),
        (ORDER, [("visit_troubles", {**TROUBLE, "kind": "absent"})], None),
    ],
    "overbooked": [
        ({**ORDER, "overbooked_open": 1}, [], 70),
        ({**ORDER, "overbooked_open": 1, "state": "serving"}, [], 70),
        ({**ORDER, "overbooked_open": 1, "state": "refunding"}, [], None),
        (ORDER, [], None),
    ],
    "report_missing": [
        (DONE, [AGREED, FINISHED], UNTIL),
        ({**DONE, "visit_date": LONG_AGO}, [AGREED, FINISHED], UNTIL),
        ({**DONE, "visit_date": BEFORE}, [AGREED, FINISHED], None),
        ({**DONE, "visit_date": TOMORROW}, [AGREED, FINISHED], None),
        ({**DONE, "started_at": None}, [AGREED, FINISHED], None),
        ({**DONE, "state": "serving"}, [AGREED, FINISHED], None),
        (DONE, [FINISHED], None),
        (DONE, [FINISHED, ("consents", {"user_id": 1, "kind": "visit_record", "withdrawn_at": 5})], None),
        (DONE, [FINISHED, ("consents", {"user_id": 1, "kind": "other"})], None),
        (DONE, [FINISHED, ("consents", {"user_id": 2, "kind": "visit_record"})], None),
        (DONE, [AGREED, FINISHED, ("visit_reports", {"order_id": 5, "sent_at": 5})], None),
        (DONE, [AGREED, FINISHED, ("visit_reports", {"order_id": 5})], UNTIL),
        (DONE, [AGREED, ("order_history", {"order_id": 5, "to_state": "finished", "at": UNTIL + 1})], None),
        (DONE, [AGREED, ("order_history", {"order_id": 5, "to_state": "serving", "at": 9})], None),
        (DONE, [AGREED, ("order_history", {"order_id": 5, "to_state": "finished", "at": 9}), FINISHED], UNTIL),
    ],
    "questions": [
        (ORDER, [("report_entries", {"order_id": 5, "open": 1, "at": 40})], 40),
        (ORDER, [("report_entries", {"order_id": 5, "open": 0, "at": 40})], None),
    ],
    "moves": [
        (ORDER, [("order_changes", {"order_id": 5, "state": "asked", "asked_at": 40})], 40),
        ({**ORDER, "state": "serving"}, [("order_changes", {"order_id": 5, "state": "asked", "asked_at": 40})], 40),
        ({**ORDER, "state": "finished"}, [("order_changes", {"order_id": 5, "state": "asked", "asked_at": 40})], None),
        (ORDER, [("order_changes", {"order_id": 5, "state": "done", "asked_at": 40})], None),
    ],
    "supplements": [
        (ORDER, [("supplements", {"order_id": 5, "state": "proposed", "created_at": 40})], 40),
        (ORDER, [("supplements", {"order_id": 5, "state": "disputed", "created_at": 40, "disputed_at": 45})], 45),
        (ORDER, [("supplements", {"order_id": 5, "state": "open", "created_at": 40})], None),
    ],
    "unshipped": [
        *((ORDER, [("shipments", {**SHIPMENT, "state": state})], UNTIL) for state in ("waiting", "pending")),
        (ORDER, [("shipments", {**SHIPMENT, "paid_at": 50}), ("shipments", {**SHIPMENT, "paid_at": 40})], 40),
        (ORDER, [("shipments", {**SHIPMENT, "paid_at": UNTIL + 1})], None),
        (ORDER, [("shipments", {**SHIPMENT, "state": "shipped"})], None),
        (ORDER, [("shipments", {**SHIPMENT, "state": "waiting", "declaration_code": 0, "declared_date": TODAY})], None),
        (ORDER, [("shipments", {**SHIPMENT, "state": "waiting", "declaration_code": 7, "declared_date": TODAY})],
        UNTIL),
        (ORDER, [("shipments", {**SHIPMENT, "state": "waiting", "declaration_code": 0, "declared_date": TOMORROW})],
        UNTIL),
        (ORDER, [("shipments", {**SHIPMENT, "state": "pending", "declaration_code": 0, "declared_date": TODAY})],
        UNTIL),
    ],
}  # fmt: skip
CASES = [(kind, number) for kind, cases in WAITS.items() for number in range(len(cases))]


@pytest.mark.parametrize(("kind", "number"), CASES)
async def test_an_order_waits_for_this_since_then(storage: Storage, kind: str, number: int) -> None:
    order, beside, since = WAITS[kind][number]
    wanted = OrderFilter(waits_for=kind, waits_at=NOW, waits_until=UNTIL)
    async with storage.transaction() as tx:
        await fill(tx, "orders", order)
        for table, row in beside:
            await fill(tx, table, row)
        assert [each.id for each in await tx.order_lists.page(wanted, None, 9)] == (
            [] if since is None else [5]
        )
        assert await tx.order_lists.longest_wait(wanted) == since
        assert await tx.order_lists.count(wanted) == (0 if since is None else 1)


async def test_what_waits_longest_is_shown_first_page_by_page(storage: Storage) -> None:
    wanted = OrderFilter(waits_for="questions", waits_at=NOW)
    async with storage.transaction() as tx:
        for number, at in ((11, 50), (12, 40), (13, 50), (14, 60), (15, 40)):
            await fill(tx, "orders", {**ORDER, "id": number})
            await fill(tx, "report_entries", {"order_id": number, "open": 1, "at": at})
        assert await tx.order_lists.longest_wait(wanted) == 40
        read, place = list[int](), None
        for _ in range(3):
            found = await tx.order_lists.page(wanted, place, 2)
            read += [order.id for order in found]
            place = tx.order_lists.place(wanted, found[-1])
        assert read == [12, 15, 11, 13, 14]
        assert await tx.order_lists.page(wanted, place, 2) == []


@pytest.mark.parametrize(
    ("offer", "shown"), [(OFFER, False), (OPEN, False), ({**OFFER, "state": "accepted"}, True), (None, True)]
)
async def test_orders_that_were_offered_in_vain_are_left_out_where_that_is_asked_for(
    storage: Storage, offer: Row | None, shown: bool
) -> None:
    wanted = OrderFilter(state="paid", not_offered=True, waits_at=NOW, waits_until=UNTIL)
    async with storage.transaction() as tx:
        await fill(tx, "orders", ORDER)
        if offer is not None:
            await fill(tx, "invitations", offer)
        assert [each.id for each in await tx.order_lists.page(wanted, None, 9)] == ([5] if shown else [])
