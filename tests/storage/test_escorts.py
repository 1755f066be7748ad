"""Escorts, what takes them, what families see of them: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage
from storage.models import EscortProfile
from storage.views import EscortRecord
from tests.storage.contract import GONE, Counted, Found, Listed, Promise, Stored, Swept, Written
from tests.storage.rows import Row, made

HERS: Row = {"escort_id": 3}
ANOTHERS: Row = {"escort_id": 4}
ORDER: Row = {"order_id": 5}
OTHER: Row = {"order_id": 6}
FIRST, MIDDLE, LAST = "2026-11-02", "2026-11-03", "2026-11-04"
OUTSIDE: list[Row] = [{"visit_date": "2026-11-01"}, {"visit_date": "2026-11-05"}]
ON: Row = {"visit_date": FIRST}
DAYS: list[Row] = [{"visit_date": LAST}, {"visit_date": MIDDLE}]


def taken(found: Any) -> list[Any]:
    return [each.order_id for each in found]


def days(found: Any) -> list[Any]:
    return [each.visit_date for each in found]


PROMISES: dict[str, Promise] = {
    "an escort": Found("escorts", {}, lambda tx, row: tx.escorts.get(row["id"])),
    "a locked escort": Found("escorts", {}, lambda tx, row: tx.escorts.lock(row["id"])),
    "an escort by user": Found("escorts", {}, lambda tx, row: tx.escorts.of_user(row["user_id"]), by="user_id"),
    "escorts page by page": Listed(
        "escorts", {"state": "approved"}, page=lambda tx, behind, limit: tx.escorts.page("", behind, limit),
        also=[{"state": "pending"}, {}], order=("-id",),
    ),
    "escorts of a state": Listed(
        "escorts", {"state": "approved"}, page=lambda tx, behind, limit: tx.escorts.page("approved", behind, limit),
        wrong=[{"state": "pending"}], order=("-id",),
    ),
    "escorts that wait": Listed(
        "escorts", {"state": "pending"}, page=lambda tx, behind, limit: tx.escorts.page("pending", behind, limit),
        wrong=[{"state": "approved", "id": 14}, {"state": "approved"}],
        also=[{"state": "approved", "id": 70}, {"state": "approved", "id": 71}, {"id": 72}], order=("-id",),
        beside=[("escort_applications", {"escort_id": 70}), ("escort_profiles", {"escort_id": 71, "proposed_at": 1}),
                ("escort_profiles", {"escort_id": 14}), ("escort_profiles", {"escort_id": 72, "proposed_at": 1})],
    ),
    "names of escorts": Listed(
        "escorts", {"state": "approved"}, lambda tx: tx.escorts.names("approved"), wrong=[{"state": "pending"}],
        order=("-id",), told=list,
    ),
    "an escort's remark": Written(
        "escorts", {}, lambda tx, row: tx.escorts.set_remark(row["id"], "so"), {"remark": "so"}
    ),
    "a moved escort": Written(
        "escorts", {"state": "pending"}, lambda tx, row: tx.escorts.move(row["id"], "pending", "approved", 9),
        {"state": "approved", "decided_at": 9}, wrong=[{"state": "rejected"}],
    ),
    "an application": Stored(
        "escorts",
        {"user_id": 1, "name": "Li", "name_key": "li", "phone_sealed": "p", "phone_tail": "1234", "applied_at": 7},
        lambda tx,
        row: tx.escorts.apply(row["user_id"], row["name"], row["phone_sealed"], row["phone_tail"], row["applied_at"]),
        {"name": "Wu", "name_key": "wu", "phone_sealed": "q", "phone_tail": "5678", "applied_at": 8},
        others=[{"user_id": 2}],
    ),
    "a new application": Stored(
        "escort_applications", {**HERS, "name": "Li", "phone_sealed": "p", "phone_tail": "1234", "applied_at": 7},
        lambda tx,
        row: tx.escorts.reapply(row["escort_id"], row["name"], row["phone_sealed"], row["phone_tail"],
        row["applied_at"]),
        {"name": "Wu", "phone_sealed": "q", "phone_tail": "5678", "applied_at": 8}, others=[ANOTHERS],
    ),
    "an application dropped": Written(
        "escort_applications", HERS, lambda tx, row: tx.escorts.drop_application(row["escort_id"]), GONE,
        key="escort_id"
    ),
    "what takes an escort on a day": Listed(
        "escort_bookings", {**HERS, **ON, "order_id": 5}, lambda tx: tx.escorts.bookings_on(3, FIRST),
        wrong=[ANOTHERS, {"visit_date": MIDDLE}], also=[{"half": "pm", "order_id": 6}],
        told=lambda found: sorted(taken(found)),
        key="order_id", order=("order_id",),
    ),
    "bookings released": Swept(
        "escort_bookings", ORDER, lambda tx: tx.escorts.release(5), GONE, wrong=[OTHER]
    ),
    "bookings of an order": Listed(
        "escort_bookings", {**ORDER, "half": "am"}, lambda tx: tx.escorts.bookings_of_order(5), wrong=[OTHER],
        also=[], told=lambda found: [each.half for each in found], key="half", order=("half",),
    ),
    "is the escort booked": Counted(
        "escort_bookings", HERS, lambda tx: tx.escorts.is_booked(3), wrong=[ANOTHERS], total=bool
    ),
    "bookings between": Listed(
        "escort_bookings", {**ON, "half": "am"}, lambda tx: tx.escorts.bookings(FIRST, LAST), wrong=OUTSIDE,
        also=[{"visit_date": LAST, "half": "pm"}, {"visit_date": LAST, "half": "am"}, {**ON, "half": "pm"}],
        order=("visit_date", "half"), told=days, key="visit_date",
    ),
    "bookings of an escort between": Listed(
        "escort_bookings", {**HERS, **ON, "half": "am"}, lambda tx: tx.escort_jobs.bookings(3, FIRST, LAST),
        wrong=[*OUTSIDE, ANOTHERS], also=[{"visit_date": LAST, "half": "pm"}, {"half": "pm"}, {"visit_date": MIDDLE}],
        order=("visit_date", "half"), told=days, key="visit_date",
    ),
    "jobs between": Listed(
        "orders", {**HERS, **ON}, lambda tx: tx.escort_jobs.between(3, FIRST, LAST), wrong=[*OUTSIDE, ANOTHERS],
        also=[*DAYS, {"state": "cancelled"}], order=("visit_date", "id"),
    ),
    "visits without a report": Listed(
        "orders", {**HERS, **ON, "state": "finished", "user_id": 1},
        limited=lambda tx, _, limit: tx.escort_jobs.without_report(3, FIRST, limit),
        wrong=[ANOTHERS, {"visit_date": "2026-11-01"}, {"state": "serving"}, {"id": 61}, {"user_id": 2}, {"user_id": 3},
               {"user_id": 4}],
        also=[{"visit_date": LAST, "id": 162}, {"visit_date": MIDDLE}, {}], order=("visit_date", "id"),
        beside=[("visit_reports", {"order_id": 61, "sent_at": 1}), ("visit_reports", {"order_id": 162}),
                ("consents", {"user_id": 1, "kind": "visit_record"}),
                ("consents", {"user_id": 2, "kind": "visit_record", "withdrawn_at": 1}),
                ("consents", {"user_id": 3, "kind": "x"})],
    ),
    "questions about an escort's reports": Counted(
        "report_entries", {**ORDER, "open": 1}, lambda tx: tx.escort_jobs.count_questions(3),
        wrong=[OTHER, {"open": 0}],
        beside=[("visit_reports", {**ORDER, **HERS}), ("visit_reports", {**OTHER, **ANOTHERS})],
    ),
    "orders asked about": Listed(
        "orders", {**HERS, **ON, "id": 5}, limited=lambda tx, _, limit: tx.escort_jobs.asked_about(3, limit),
        wrong=[{"id": 6}, {"id": 7}, {**ANOTHERS, "id": 8}], also=[{"id": 9, "visit_date": "2026-11-01"}],
        order=("visit_date", "id"),
        beside=[*(("visit_reports", {"order_id": number, **HERS}) for number in (5, 6, 8, 9)),
                ("visit_reports", {"order_id": 7, **ANOTHERS}),
                *(("report_entries", {"order_id": number, "open": 1}) for number in (5, 7, 8, 9)),
                ("report_entries", {"order_id": 6, "open": 0})],
    ),
    "rated orders": Listed(
        "orders", {**HERS, "state": "finished", "stars": 5},
        page=lambda tx, behind, limit: tx.escort_jobs.rated(3, behind, limit),
        wrong=[ANOTHERS, {"stars": 0}, {"state": "serving"}],
        also=[{"stars": 1}, {"state": "refunded"}, {"state": "refunding", "stars": 3}, {}], order=("-id",),
    ),
    "a profile": Found(
        "escort_profiles", {}, lambda tx, row: tx.escort_profiles.get(row["escort_id"]), by="escort_id",
        key="escort_id",
        order=("escort_id",), told=lambda found: found and found.escort_id,
    ),
    "a kept profile": Stored(
        "escort_profiles", {**HERS, "portrait_file": "a", "introduction": "i", "years": 2},
        lambda tx, row: tx.escort_profiles.save(made(EscortProfile, **row)),
        {"portrait_file": "b", "introduction": "j", "years": 3}, others=[ANOTHERS],
    ),
    "an erased profile": Swept(
        "escort_profiles", {**HERS, "portrait_file": "a", "new_portrait_file": "b"},
        lambda tx: tx.escort_profiles.erase(3), GONE, wrong=[ANOTHERS], also=[],
        told=lambda rows: ["a", "b"] if rows else [],
    ),
    "is it an approved portrait": Counted(
        "escort_profiles", {"portrait_file": "a"}, lambda tx: tx.escort_profiles.is_approved_portrait("a"),
        wrong=[{"portrait_file": "b", "new_portrait_file": "a"}], total=bool,
    ),
    "proposals that wait": Counted(
        "escort_profiles", {**HERS, "proposed_at": 1}, lambda tx: tx.escort_profiles.waiting({3, 5}),
        wrong=[ANOTHERS, {"escort_id": 5, "proposed_at": None}], also=[], total=lambda rows: {3} if rows else set(),
    ),
    "a served user": Counted(
        "orders", {**HERS, "user_id": 1, "state": "finished"}, lambda tx: tx.escort_profiles.has_served(3, 1),
        wrong=[ANOTHERS, {"user_id": 2}, {"state": "serving"}], total=bool,
    ),
    "how escorts were rated, counted": Counted(
        "orders", {**HERS, "state": "finished", "stars": 5}, lambda tx: tx.escort_records.counted({3, 5}),
        wrong=[ANOTHERS, {"state": "refunded"}], also=[{"stars": 0}, {"stars": 1}],
        total=lambda rows: {3: EscortRecord(3, 2, 6)} if rows else {},
    ),
    "how escorts were rated, kept": Counted(
        "escort_records", {"escort_id": 3, "finished": 4, "ratings": 2, "stars": 9},
        lambda tx: tx.escort_records.of({3, 5}),
        wrong=[{"escort_id": 4}, {"escort_id": 5, "finished": 0}], also=[],
        total=lambda rows: {3: EscortRecord(4, 2, 9)} if rows else {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)
