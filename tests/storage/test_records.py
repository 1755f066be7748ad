"""What is recorded of visits, reminders, blocked days: which rows each statement is about."""

from __future__ import annotations

import pytest

from storage import Storage
from storage.models import StepKind
from storage.writes import NewReportEntry, NewVisitPhoto, NewVisitStep, NewVisitTrouble, columns
from tests.storage.contract import GONE, Added, Counted, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, made

HERS: Row = {"escort_id": 3}
ANOTHERS: Row = {"escort_id": 4}
ORDER: Row = {"order_id": 5}
OTHER: Row = {"order_id": 6}
FIRST, MIDDLE, LAST = "2026-11-02", "2026-11-03", "2026-11-04"
OUTSIDE: list[Row] = [{"visit_date": "2026-11-01"}, {"visit_date": "2026-11-05"}]
ON: Row = {"visit_date": FIRST}
ESCORTS = [("escorts", {"id": 3, "state": "approved"}), ("escorts", {"id": 4, "state": "suspended"})]
NEW_STEP, NEW_PHOTO, NEW_TROUBLE, NEW_ENTRY = (
    made(NewVisitStep), made(NewVisitPhoto), made(NewVisitTrouble), made(NewReportEntry),
)  # fmt: skip
DRAFT: Row = {**ORDER, "version": 2, "sent_at": None, "confirmed_at": None}
PROMISES: dict[str, Promise] = {
    "steps": Listed("visit_steps", ORDER, lambda tx: tx.visits.steps(5), wrong=[OTHER]),
    "steps of an escort": Listed(
        "visit_steps", HERS, page=lambda tx, behind, limit: tx.visits.steps_of_escort(3, behind or 0, limit),
        wrong=[ANOTHERS]
    ),
    "a step by its action": Found(
        "visit_steps", {**HERS, "action_id": "a"},
        lambda tx, row: tx.visits.step_of_action(row["escort_id"], row["action_id"]), [ANOTHERS, {"action_id": "b"}],
        by="action_id",
    ),
    "the first step": Found(
        "visit_steps", {**HERS, **ORDER, "kind": "met"},
        lambda tx, row: tx.visits.first_step(row["order_id"], row["escort_id"], StepKind.MET),
        [ANOTHERS, OTHER, {"kind": "done"}], also=[{}, {}], by="order_id",
    ),
    "a new step": Added("visit_steps", lambda tx: tx.visits.add_step(NEW_STEP), columns(NEW_STEP)),
    "photos": Listed("visit_photos", ORDER, lambda tx: tx.visits.photos(5), wrong=[OTHER]),
    "a photo": Found("visit_photos", {}, lambda tx, row: tx.visits.photo(row["file"]), by="file"),
    "a photo by its action": Found(
        "visit_photos", {**HERS, "action_id": "a"},
        lambda tx, row: tx.visits.photo_of_action(row["escort_id"], row["action_id"]), [ANOTHERS, {"action_id": "b"}],
        by="action_id",
    ),
    "a new photo": Added("visit_photos", lambda tx: tx.visits.add_photo(NEW_PHOTO), columns(NEW_PHOTO)),
    "all photos": Listed(
        "visit_photos", {}, page=lambda tx, behind, limit: tx.visits.photo_files(behind or 0, limit),
        told=lambda found: [each[0] for each in found],
    ),
    "the first and the last photo": Counted(
        "visit_photos", {"file": "a"}, lambda tx: tx.visits.photo_samples(), also=[{"file": "b"}, {"file": "c"}],
        total=lambda rows: ["a", "c"] if rows else [],
    ),
    "troubles": Listed("visit_troubles", ORDER, lambda tx: tx.visits.troubles(5), wrong=[OTHER]),
    "a trouble by its action": Found(
        "visit_troubles", {**HERS, "action_id": "a"},
        lambda tx, row: tx.visits.trouble_of_action(row["escort_id"], row["action_id"]), [ANOTHERS, {"action_id": "b"}],
        by="action_id",
    ),
    "a new trouble": Added(
        "visit_troubles", lambda tx: tx.visits.add_trouble(NEW_TROUBLE),
        {**columns(NEW_TROUBLE), "open": 1, "resolution": ""}
    ),
    "a closed trouble": Written(
        "visit_troubles", {**ORDER, "open": 1}, lambda tx, row: tx.visits.close_trouble(row["id"], 5, "so", 2, 9),
        {"open": 0, "closed_at": 9, "closed_by": 2, "resolution": "so"}, wrong=[OTHER, {"open": 0}],
    ),
    "closed troubles": Swept(
        "visit_troubles", {**ORDER, "open": 1, "kind": "late"},
        lambda tx: tx.visits.close_troubles(5, ("late", "absent"), None, "so", 9),
        {"open": 0, "closed_at": 9, "closed_by": None, "resolution": "so"},
        wrong=[OTHER, {"open": 0}, {"kind": "leave"}],
        also=[{"kind": "absent"}, HERS],
    ),
    "closed troubles of an escort": Swept(
        "visit_troubles", {**ORDER, **HERS, "open": 1, "kind": "late"},
        lambda tx: tx.visits.close_troubles(5, ("late",), 3, "so", 9),
        {"open": 0, "closed_at": 9, "closed_by": None, "resolution": "so"},
        wrong=[OTHER, {"open": 0}, {"kind": "leave"}, ANOTHERS],
    ),
    "a visit that has begun": Written(
        "orders", {}, lambda tx, row: tx.visits.set_started(row["id"], 8, 9), {"started_at": 8, "updated_at": 9},
        wrong=[{"started_at": 4}],
    ),
    "something recorded": Written(
        "orders", {}, lambda tx, row: tx.visits.note_record(row["id"]), {"visit_record": 1}, tells=False
    ),
    "recorded orders": Listed(
        "orders", {"visit_record": 1, **ON},
        page=lambda tx, behind, limit: tx.visits.recorded_orders(MIDDLE, behind or 0, limit),
        wrong=[{"visit_record": 0}, {"visit_date": MIDDLE}], told=list,
    ),
    "orders of a user with a record": Listed(
        "orders", {"user_id": 1, "visit_record": 1},
        page=lambda tx, behind, limit: tx.visits.orders_of_user(1, behind or 0, limit),
        wrong=[{"user_id": 2}, {"visit_record": 0}], also=[{"id": 70, "visit_record": 0}, {"id": 71}],
        beside=[("visit_steps", {"order_id": 70})],
    ),
    "recorded orders of a user": Listed(
        "orders", {"user_id": 1, "visit_record": 1}, lambda tx: tx.visits.recorded_orders_of_user(1),
        wrong=[{"user_id": 2}, {"visit_record": 0}], told=list,
    ),
    "places erased": Swept(
        "visit_steps", {**HERS, "place_sealed": "p"}, lambda tx: tx.visits.erase_places_of_escort(3),
        {"place_sealed": ""},
        wrong=[ANOTHERS, {"place_sealed": ""}],
    ),
    "places erased up to a moment": Swept(
        "visit_steps", {**HERS, "place_sealed": "p", "at": 100}, lambda tx: tx.visits.erase_places_of_escort(3, 100),
        {"place_sealed": ""}, wrong=[ANOTHERS, {"place_sealed": ""}, {"at": 101}], also=[{"at": 99}],
    ),
    "a report": Found(
        "visit_reports", {}, lambda tx, row: tx.reports.get(row["order_id"]), by="order_id", key="order_id",
        order=("order_id",), told=lambda found: found and found.order_id,
    ),
    "a first draft": Added(
        "visit_reports", lambda tx: tx.reports.add_draft(5, 3, "b", 9),
        {**ORDER, **HERS, "body_sealed": "b", "version": 1, "drafted_at": 9, "sent_at": None, "confirmed_by": ""},
        told=lambda row: None,
    ),
    "a newer draft": Written(
        "visit_reports", DRAFT, lambda tx, row: tx.reports.replace_draft(row["order_id"], 3, "b", 2, 9),
        {**HERS, "body_sealed": "b", "version": 3, "drafted_at": 9},
        wrong=[{"version": 3}, {"version": 1}, {"sent_at": 1}],
        key="order_id",
    ),
    "a sent report": Written(
        "visit_reports", DRAFT, lambda tx, row: tx.reports.send(row["order_id"], 3, 9), {**HERS, "sent_at": 9},
        wrong=[{"sent_at": 1}], key="order_id",
    ),
    "a confirmed report": Written(
        "visit_reports", {**DRAFT, "sent_at": 1}, lambda tx, row: tx.reports.confirm(row["order_id"], "user", 9),
        {"confirmed_at": 9, "confirmed_by": "user"}, wrong=[{"sent_at": None}, {"confirmed_at": 2}], key="order_id",
    ),
    "reports nobody confirmed": Listed(
        "visit_reports", {"sent_at": 100}, limited=lambda tx, _, limit: tx.reports.unconfirmed(100, limit),
        wrong=[{"sent_at": 101}, {"sent_at": None}, {"confirmed_at": 1}], also=[{"sent_at": 98}, {"sent_at": 99}],
        order=("sent_at",), told=list, key="order_id",
    ),
    "entries": Listed("report_entries", ORDER, lambda tx: tx.reports.entries(5), wrong=[OTHER]),
    "entries of a user": Listed(
        "report_entries", {"author_kind": "user", "author_id": 1}, lambda tx: tx.reports.entries_by_user(1),
        wrong=[{"author_kind": "escort"}, {"author_id": 2}],
    ),
    "an entry": Found("report_entries", {}, lambda tx, row: tx.reports.entry(row["id"])),
    "an entry by its action": Found(
        "report_entries", {"author_kind": "user", "author_id": 1, "action_id": "a"},
        lambda tx, row: tx.reports.entry_of_action(row["author_kind"], row["author_id"], row["action_id"]),
        [{"author_kind": "escort"}, {"author_id": 2}, {"action_id": "b"}], by="action_id",
    ),
    "a new entry": Added("report_entries", lambda tx: tx.reports.add_entry(NEW_ENTRY), columns(NEW_ENTRY)),
    "entries erased": Swept(
        "report_entries", {"author_kind": "user", "author_id": 1, "text_sealed": "t", "open": 1},
        lambda tx: tx.reports.erase_by_user(1), {"text_sealed": "", "open": 0},
        wrong=[{"author_kind": "escort"}, {"author_id": 2}],
    ),
    "an answered question": Written(
        "report_entries", {"open": 1}, lambda tx, row: tx.reports.close_question(row["id"]), {"open": 0},
        wrong=[{"open": 0}]
    ),
    "reminders of an order": Listed("reminders", ORDER, lambda tx: tx.reminders.of_order(5), wrong=[OTHER]),
    "an answered reminder": Swept(
        "reminders", {**ORDER, "user_id": 1}, lambda tx: tx.reminders.answer(5, 1, 9), {"answered_at": 9},
        wrong=[OTHER, {"user_id": 2}, {"cancelled_at": 3}, {"answered_at": 4}], told=lambda rows: None,
    ),
    "reminders cancelled": Swept(
        "reminders", ORDER, lambda tx: tx.reminders.cancel(5, 9), {"cancelled_at": 9},
        wrong=[OTHER, {"cancelled_at": 3}],
        told=lambda rows: None,
    ),
    "reminders of a user cancelled": Swept(
        "reminders", {**ORDER, "user_id": 1}, lambda tx: tx.reminders.cancel(5, 9, 1), {"cancelled_at": 9},
        wrong=[OTHER, {"cancelled_at": 3}, {"user_id": 2}], told=lambda rows: None,
    ),
    "messages about a visit that are not sent": Swept(
        "outbox", {"kind": "reminder", "reference": "5-1", "next_at": 1}, lambda tx: tx.reminders.cancel(5, 9), GONE,
        wrong=[{"kind": "paid"}, {"reference": "55-1"}, {"reference": "15-1"}, {"next_at": None, "reference": "5-2"}],
        also=[{"reference": "5-3", "user_id": 2}], told=lambda rows: None,
    ),
    "answers forgotten": Written(
        "orders", {"user_confirmed_at": 1, "escort_confirmed_at": 2}, lambda tx,
        row: tx.reminders.reset_answers(row["id"]),
        {"user_confirmed_at": None, "escort_confirmed_at": None}, tells=False,
    ),
    "a visit confirmed by the user": Written(
        "orders", {}, lambda tx, row: tx.reminders.confirm_by_user(row["id"], 9),
        {"user_confirmed_at": 9, "updated_at": 9},
        tells=False,
    ),
    "a visit confirmed by the escort": Written(
        "orders", {}, lambda tx, row: tx.reminders.confirm_by_escort(row["id"], 9),
        {"escort_confirmed_at": 9, "updated_at": 9}, tells=False,
    ),
    "reminders erased": Swept(
        "reminders", {"user_id": 1}, lambda tx: tx.reminders.erase_of_user(1), GONE, wrong=[{"user_id": 2}]
    ),
    "a blocked day": Found("blocked_days", {}, lambda tx, row: tx.visit_days.get(row["id"])),
    "blocked days": Listed(
        "blocked_days", {**ON, "half": "am"}, lambda tx: tx.visit_days.blocked(FIRST, LAST), wrong=OUTSIDE,
        also=[{"visit_date": LAST}, {"half": "pm"}, {"visit_date": MIDDLE, "half": "day"}],
        order=("visit_date", "half", "id"),
    ),
    "a day free again": Written("blocked_days", {}, lambda tx, row: tx.visit_days.unblock(row["id"]), GONE),
    "a place that is held": Written(
        "orders", {"state": "unpaid"}, lambda tx, row: tx.visit_days.hold(row["id"], 9), {"place_held_until": 9},
        wrong=[{"state": "paid"}], tells=False,
    ),
    "an order beyond the places": Written(
        "orders", {}, lambda tx, row: tx.visit_days.mark_overbooked(row["id"]), {"overbooked_open": 1}, tells=False
    ),
    "an order beyond the places that is seen to": Written(
        "orders", {"overbooked_open": 1}, lambda tx, row: tx.visit_days.close_overbooked(row["id"], 9),
        {"overbooked_open": 0, "updated_at": 9}, wrong=[{"overbooked_open": 0}],
    ),
    "how many escorts": Counted(
        "escorts", {"state": "approved"}, lambda tx: tx.visit_days.count_escorts("approved"),
        wrong=[{"state": "pending"}]
    ),
    "escorts on leave": Counted(
        "escort_leaves", {**HERS, **ON, "half": "am"}, lambda tx: tx.visit_days.on_leave(FIRST, LAST, "approved"),
        wrong=[*OUTSIDE, ANOTHERS], also=[{"visit_date": LAST}, {"escort_id": 5}],
        beside=[*ESCORTS, ("escorts", {"id": 5, "state": "approved"})],
        total=lambda rows: {(FIRST, "am"): 2, (LAST, "am"): 1} if rows else {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)
