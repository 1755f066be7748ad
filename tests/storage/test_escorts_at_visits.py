"""Escorts, their visits and what of a visit is forgotten: statements that join several tables."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import BlockedDay, EscortBooking
from storage.views import OfferedVisit
from tests.storage.contract import Counted, Listed, Promise, Written
from tests.storage.rows import Row, all_rows, fill, made

FIRST, MIDDLE, LAST = "2026-11-02", "2026-11-03", "2026-11-04"
ORDER: Row = {"visit_date": FIRST, "state": "paid"}
PLACE: Row = {"visit_date": FIRST, "state": "paid", "takes": "half"}


async def _reseal(tx: Transaction, row: Row) -> Any:
    escort = await tx.escorts.get(row["id"])
    if escort is None:
        return 0
    meanwhile = row["remark"] == "meanwhile"
    if meanwhile:
        await tx.connection.execute("UPDATE escorts SET phone_sealed = 'x' WHERE id = :id", {"id": row["id"]})
    told = await tx.escorts.reseal(escort, "new", "9999")
    if meanwhile:
        await tx.connection.execute("UPDATE escorts SET phone_sealed = 'p' WHERE id = :id", {"id": row["id"]})
    return told


async def _reseal_application(tx: Transaction, row: Row) -> Any:
    found = await tx.escorts.application(row["escort_id"])
    if found is None:
        return 0
    meanwhile = row["name"] == "meanwhile"
    if meanwhile:
        await tx.connection.execute(
            "UPDATE escort_applications SET phone_sealed = 'x' WHERE name = 'meanwhile'"
        )
    told = await tx.escorts.reseal_application(found, "new", "9999")
    if meanwhile:
        await tx.connection.execute(
            "UPDATE escort_applications SET phone_sealed = 'p' WHERE name = 'meanwhile'"
        )
    return told


PROMISES: dict[str, Promise] = {
    "a phone sealed anew": Written(
        "escorts", {"phone_sealed": "p", "phone_tail": "1234"}, _reseal, {"phone_sealed": "new", "phone_tail": "9999"},
        wrong=[{"remark": "meanwhile"}],
    ),
    "the phone of an application sealed anew": Written(
        "escort_applications", {"escort_id": 3, "phone_sealed": "p"}, _reseal_application,
        {"phone_sealed": "new", "phone_tail": "9999"}, wrong=[{"name": "meanwhile"}], key="escort_id",
    ),
    "names of users who are escorts": Counted(
        "escorts", {"user_id": 1, "name": "n"}, lambda tx: tx.escorts.names_of_users({1, 3}), wrong=[{"user_id": 2}],
        also=[], total=lambda rows: {1: "n"} if rows else {},
    ),
    "some escorts": Listed(
        "escorts", {"id": 9}, lambda tx: tx.escorts.some({9, 7, 5}), wrong=[{"id": 6}], also=[{"id": 5}, {"id": 7}]
    ),
    "what can be accepted": Listed(
        "invitations", {"state": "offered", "expires_at": 101, "order_id": 5, "half": "am"},
        lambda tx: tx.invitations.offered_between(FIRST, LAST, 100),
        wrong=[{"state": "declined"}, {"expires_at": 100}, {"order_id": 6}, {"order_id": 7}],
        also=[{"half": "pm", "order_id": 8}, {"order_id": 9}], order=("half", "-order_id"), key="order_id",
        told=lambda found: [each.order_id for each in found],
        beside=[("orders", {"id": 5, "visit_date": FIRST, "visit_time": "14:00"}),
                ("orders", {"id": 6, "visit_date": "2026-11-01"}), ("orders", {"id": 7, "visit_date": "2026-11-05"}),
                ("orders", {"id": 8, "visit_date": LAST}), ("orders", {"id": 9, "visit_date": MIDDLE})],
    ),
    "places taken": Counted(
        "orders", PLACE, lambda tx: _taken(tx),
        wrong=[{"visit_date": "2026-11-01"}, {"visit_date": "2026-11-05"}, {"id": 44}, {"state": "cancelled"},
               {"state": "refunding", "ending": "served"}, {"state": "unpaid", "place_held_until": 100}],
        also=[{"state": "serving"}, {"state": "finished"}, {"state": "refunding"},
        {"state": "unpaid", "place_held_until": 101},
              {"visit_time": "11:59"}, {"visit_time": "12:00"}, {"visit_date": LAST, "takes": "day"}],
        total=lambda rows: [
            (FIRST, "half", "", 5), (FIRST, "half", "am", 1), (FIRST, "half", "pm", 1), (LAST, "day", "", 1),
        ] if rows else [],
    ),
}  # fmt: skip


async def _taken(tx: Transaction) -> list[tuple[str, str, str, int]]:
    found = await tx.visit_days.taken(FIRST, LAST, 100, without_order=44)
    return sorted((each.visit_date, each.takes, each.half, each.count) for each in found)


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_an_offer_tells_of_its_visit(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(
            tx,
            "orders",
            {"id": 5, "visit_date": FIRST, "visit_time": "08:30", "hospital_name": "h", "state": "paid"},
        )
        await fill(
            tx,
            "invitations",
            {"order_id": 5, "escort_id": 3, "half": "am", "state": "offered", "expires_at": 9},
        )
        assert await tx.invitations.offered_between(FIRST, FIRST, 8) == [
            OfferedVisit(3, FIRST, "am", 5, "08:30", "h")
        ]


async def test_an_adopted_application_comes_into_force_and_is_gone(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number in (3, 4):
            await fill(tx, "escorts", {"id": number, "name": "old", "applied_at": 1})
            await fill(
                tx, "escort_applications",
                {"escort_id": number, "name": "Wu", "phone_sealed": "p", "phone_tail": "1234", "applied_at": 7},
            )  # fmt: skip
        waiting = await tx.escorts.applications({3, 9})
        assert list(waiting) == [3]
        assert await tx.escorts.applications(set()) == {}
        await tx.escorts.adopt(waiting[3])
        adopted, other = await all_rows(tx, "escorts")
        assert [adopted[name] for name in ("name", "name_key", "phone_sealed", "phone_tail", "applied_at")] == [
            "Wu", "wu", "p", "1234", 7,
        ]  # fmt: skip
        assert other["name"] == "old"
        assert await tx.escorts.application(3) is None
        assert await tx.escorts.application(4) is not None


async def test_of_an_erased_escort_the_name_is_nowhere(storage: Storage) -> None:
    async with storage.transaction() as tx:
        assert await tx.escorts.erase_of_user(9) == 0
        for number in (3, 4):
            await fill(
                tx, "escorts",
                {"id": number, "user_id": 10 + number, "name": "n", "name_key": "n", "phone_sealed": "p",
                "phone_tail": "t",
                 "remark": "r", "state": "approved"},
            )  # fmt: skip
            await fill(tx, "escort_applications", {"escort_id": number})
            for table in ("orders", "order_history"):
                await fill(tx, table, {"escort_id": number, "escort_name": "n"})
        assert await tx.escorts.erase_of_user(13) == 1
        erased, other = await all_rows(tx, "escorts")
        assert [erased[name] for name in ("name", "name_key", "phone_sealed", "phone_tail", "remark", "state")] == [
            "", "", "", "", "", "suspended",
        ]  # fmt: skip
        assert other["name"] == "n"
        assert [row["escort_id"] for row in await all_rows(tx, "escort_applications")] == [4]
        for table in ("orders", "order_history"):
            assert [row["escort_name"] for row in await all_rows(tx, table)] == ["", "n"]


async def test_who_is_or_was_where_between_two_days(storage: Storage) -> None:
    async with storage.transaction() as tx:
        days = ("2026-11-01", FIRST, LAST, "2026-11-05")
        for number, day in enumerate(days):
            await fill(
                tx,
                "orders",
                {"id": 10 + number, "visit_date": day, "patient_name": "p", "hospital_name": "h"},
            )
            await tx.escorts.book(
                made(EscortBooking, escort_id=3, visit_date=day, half="pm", order_id=10 + number, slot=1)
            )
            await fill(
                tx, "orders",
                {"id": 20 + number, "visit_date": day, "half": "am", "state": "finished", "escort_id": 4,
                "visit_time": "08:30"},
            )  # fmt: skip
        await fill(tx, "orders", {"id": 30, "visit_date": FIRST, "state": "finished"})
        await fill(tx, "orders", {"id": 31, "visit_date": FIRST, "state": "refunded", "escort_id": 4})
        found = await tx.escorts.visits(FIRST, LAST)
    assert [(each.order_id, each.escort_id, each.half, each.finished, each.visit_time) for each in found] == [
        (21, 4, "am", True, "08:30"), (22, 4, "am", True, "08:30"), (11, 3, "pm", False, ""), (12, 3, "pm", False, ""),
    ]  # fmt: skip
    assert (found[2].patient_name, found[2].hospital_name, found[2].visit_date) == ("p", "h", FIRST)


async def test_shown_escorts_are_approved_and_agreed_first_come_first(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, (state, shown_at) in enumerate(
            [("approved", 7), ("approved", 5), ("suspended", 4), ("approved", None), ("approved", 6)], 1
        ):
            await fill(tx, "escorts", {"id": number, "state": state})
            await fill(
                tx, "escort_profiles",
                {"escort_id": number, "shown_at": shown_at, "portrait_file": f"a{number}", "new_portrait_file": ""},
            )  # fmt: skip
        shown = await tx.escort_profiles.shown()
        assert [(escort.id, profile.escort_id) for escort, profile in shown] == [(2, 2), (5, 5), (1, 1)]
        assert len(await tx.escort_profiles.shown(2)) == 2
        assert await tx.escort_profiles.portrait_files() == {f"a{number}" for number in range(1, 6)}


async def test_of_a_forgotten_visit_only_that_it_was_stays(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number in (5, 6):
            await fill(tx, "orders", {"id": number, "visit_record": 1})
            await fill(tx, "visit_steps", {"order_id": number, "note_sealed": "n", "place_sealed": "p"})
            await fill(tx, "visit_photos", {"order_id": number, "file": f"f{number}"})
            await fill(tx, "visit_reports", {"order_id": number, "body_sealed": "b"})
            await fill(tx, "report_entries", {"order_id": number, "text_sealed": "t", "open": 1})
            await fill(
                tx, "visit_troubles", {"order_id": number, "note_sealed": "n", "resolution": "r", "open": 1}
            )
        assert await tx.visits.erase_record(5) == ["f5"]
        emptied: dict[str, Row] = {
            "orders": {"visit_record": 0},
            "visit_steps": {"note_sealed": "", "place_sealed": ""},
            "visit_reports": {"body_sealed": ""},
            "report_entries": {"text_sealed": "", "open": 0},
            "visit_troubles": {"note_sealed": "", "resolution": ""},
        }
        for table, nothing in emptied.items():
            erased, kept = await all_rows(tx, table)
            assert {name: erased[name] for name in nothing} == nothing
            assert all(kept[name] for name in nothing)
        assert [row["file"] for row in await all_rows(tx, "visit_photos")] == ["f6"]


async def test_paid_orders_on_blocked_days_are_counted_of_their_hospital_or_of_all(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for day, hospital, state in (
            (FIRST, 8, "paid"), (FIRST, 8, "serving"), (FIRST, 9, "paid"), (FIRST, 8, "finished"), (MIDDLE, 8, "paid"),
        ):  # fmt: skip
            await fill(tx, "orders", {"visit_date": day, "hospital_id": hospital, "state": state})
        blocks = [
            made(BlockedDay, id=0, visit_date=FIRST, half="day", hospital_id=hospital) for hospital in (0, 8)
        ]
        numbers = [await tx.visit_days.block(day) for day in blocks]
        known = await tx.visit_days.blocked(FIRST, FIRST)
        assert sorted(each.id for each in known) == sorted(numbers)
        assert await tx.visit_days.orders_on(known) == dict(zip(numbers, (3, 2), strict=True))


async def test_a_reminder_is_put_once_and_renewed_after_it_was_cancelled(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "orders", {"id": 5})
        order = await tx.orders.get(5)
        assert order is not None
        for user_id, moment in ((1, 100), (2, 100), (1, 200)):
            await tx.reminders.put(order, user_id, "user", "evening", (moment, 50, 60))
        first, second, third = await all_rows(tx, "reminders")
        assert [first[name] for name in ("order_id", "user_id", "audience", "kind", "visit_at", "due_at",
        "queued_at")] == [
            5, 1, "user", "evening", 100, 50, 60,
        ]  # fmt: skip
        await tx.connection.execute("UPDATE reminders SET cancelled_at = 7, answered_at = 8")
        await tx.reminders.put(order, 1, "escort", "evening", (100, 51, 61))
        again, *others = await all_rows(tx, "reminders")
        assert again == {**first, "audience": "escort", "due_at": 51, "queued_at": 61}
        assert others == [{**each, "cancelled_at": 7, "answered_at": 8} for each in (second, third)]


async def test_who_is_concerned_with_a_visit_to_come(storage: Storage) -> None:
    async with storage.transaction() as tx:
        serving: Row = {"state": "serving", "user_id": 1, "patient_id": 7, "escort_id": 3}
        changes: list[Row] = [
            {"visit_date": LAST}, {"visit_date": FIRST, "escort_id": 4, "hidden_at": 9}, {"visit_date": "2026-11-01"},
            {"visit_date": "2026-11-05"}, {"visit_date": FIRST, "state": "paid"},
            {"visit_date": FIRST, "started_at": 5},
        ]  # fmt: skip
        for number, change in enumerate(changes, 11):
            await fill(tx, "orders", {**serving, "id": number, **change})
        await fill(tx, "escorts", {"id": 3, "user_id": 30, "state": "approved"})
        await fill(tx, "escorts", {"id": 4, "user_id": 40, "state": "suspended"})
        for user_id, scope, scope_id, owner_id, live in (
            (51, "order", 11, 1, True), (52, "patient", 7, 1, True), (53, "order", 12, 1, True),
            (54, "order", 11, 1, False),
            (55, "patient", 7, 2, True), (56, "patient", 11, 1, True), (57, "order", 99, 1, True),
        ):  # fmt: skip
            await fill(
                tx, "members",
                {"user_id": user_id, "scope": scope, "scope_id": scope_id, "owner_id": owner_id,
                 "live_user_id": user_id if live else None},
            )  # fmt: skip
        for order_id, user_id, cancelled in ((11, 1, None), (11, 30, 5), (13, 1, None)):
            await fill(
                tx, "reminders",
                {"order_id": order_id, "user_id": user_id, "kind": "evening", "visit_at": 100,
                "cancelled_at": cancelled},
            )  # fmt: skip
        hidden, shared = await tx.reminders.upcoming(FIRST, LAST)
        assert (hidden.order.id, set(hidden.concerned), set(hidden.reminded)) == (12, {1}, set())
        assert (shared.order.id, set(shared.concerned), set(shared.reminded)) == (
            11,
            {1, 30, 51, 52},
            {(1, "evening", 100)},
        )
        assert await tx.reminders.upcoming("2026-12-01", "2026-12-02") == []
