"""Complaints, what was said about them, their photos: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage
from storage.filters import ComplaintFilter
from storage.writes import ComplaintMove, NewComplaint, NewComplaintEntry, NewComplaintPhoto, columns
from tests.storage.contract import GONE, Added, Counted, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, all_rows, fill, made

MINE: Row = {"user_id": 1}
THEIRS: Row = {"user_id": 2}
ORDER: Row = {"order_id": 5}
OTHER: Row = {"order_id": 6}
OWN: Row = {"user_id": 1, "source": "own", "state": "open"}
UNSENT: Row = {"user_id": 1, "complaint_id": None, "at": 9, "file": "f"}
NEW_COMPLAINT = made(NewComplaint)
NEW_ENTRY = made(NewComplaintEntry)
NEW_PHOTO = made(NewComplaintPhoto)


def complaint_numbers(found: Any) -> list[Any]:
    return [each.complaint.id for each in found]


def behind_id(number: int | None) -> tuple[int, int] | None:
    return None if number is None else (0, number)


PROMISES: dict[str, Promise] = {
    "a complaint": Found("complaints", {}, lambda tx, row: tx.complaints.get(row["id"])),
    "a locked complaint": Found("complaints", {}, lambda tx, row: tx.complaints.lock(row["id"])),
    "a complaint by its number at WeChat": Found(
        "complaints", {"external_id": "w"}, lambda tx, row: tx.complaints.of_external(row["external_id"]),
        by="external_id"
    ),
    "a complaint by its action": Found(
        "complaints", {**MINE, "action_id": "a"},
        lambda tx, row: tx.complaints.of_action(row["user_id"], row["action_id"]), [THEIRS, {"action_id": "b"}],
        by="action_id",
    ),
    "the newest complaints": Listed(
        "complaints", MINE, limited=lambda tx, _, limit: tx.complaints.newest_of_user(1, limit), wrong=[THEIRS],
        order=("-id",),
    ),
    "complaints of an order": Listed("complaints", ORDER, lambda tx: tx.complaints.of_order(5), wrong=[OTHER]),
    "complaints of a user": Listed("complaints", MINE, lambda tx: tx.complaints.of_user(1), wrong=[THEIRS]),
    "unsettled complaints of an order": Listed(
        "complaints", {**ORDER, "state": "open"}, lambda tx: tx.complaints.unsettled_of_order(5),
        wrong=[OTHER, {"state": "closed"}], also=[{"state": "answered"}],
    ),
    "unsettled complaints without an order": Counted(
        "complaints", OWN, lambda tx: tx.complaints.count_unsettled_without_order(1),
        wrong=[THEIRS, ORDER, {"source": "wechat"}, {"state": "closed"}], also=[{"state": "answered"}],
    ),
    "complaints of a user page by page": Listed(
        "complaints", OWN, page=lambda tx, behind, limit: tx.complaints.page_of_user(1, None, behind, limit),
        wrong=[THEIRS, {"source": "wechat"}], also=[ORDER, {"state": "closed"}], order=("-id",),
    ),
    "complaints of a user's order": Listed(
        "complaints", {**OWN, **ORDER}, page=lambda tx, behind, limit: tx.complaints.page_of_user(1, 5, behind, limit),
        wrong=[THEIRS, {"source": "wechat"}, OTHER], order=("-id",),
    ),
    "a new complaint": Added(
        "complaints", lambda tx: tx.complaints.add(NEW_COMPLAINT, 7),
        {**columns(NEW_COMPLAINT), "state": "open", "created_at": 7, "updated_at": 7},
    ),
    "a moved complaint": Written(
        "complaints", {"state": "open"},
        lambda tx, row: tx.complaints.move(row["id"], ("open", "answered"), "closed", 9, ComplaintMove(closed_at=8)),
        {"state": "closed", "closed_at": 8, "first_closed_at": 8, "last_closed_at": 8, "updated_at": 9},
        wrong=[{"state": "closed"}], also=[{"state": "answered"}],
    ),
    "who looks after a complaint": Written(
        "complaints", {"state": "open"}, lambda tx, row: tx.complaints.assign(row["id"], 3, 9),
        {"assigned_to": 3, "updated_at": 9}, wrong=[{"state": "closed"}], also=[{"state": "answered"}],
    ),
    "a refund because of a complaint": Written(
        "complaints", {**ORDER, "state": "open"}, lambda tx, row: tx.complaints.link_refund(row["id"], 5, 3, 9),
        {"refund_id": 3, "updated_at": 9}, wrong=[{"state": "closed"}, OTHER], also=[{"state": "answered"}],
    ),
    "all complaints page by page": Listed(
        "complaints", {"kind": "service"},
        page=lambda tx, behind, limit: tx.complaints.page(ComplaintFilter(), behind_id(behind), limit),
        also=[{"kind": "fee"}, ORDER], told=complaint_numbers, order=("-id",),
    ),
    "complaints of a kind, a clerk and a source": Listed(
        "complaints", {"kind": "fee", "assigned_to": 3, "source": "own"},
        page=lambda tx, behind, limit: tx.complaints.page(
            ComplaintFilter(kind="fee", assigned_to=3, source="own"), behind_id(behind), limit
        ),
        wrong=[{"kind": "service"}, {"assigned_to": 4}, {"assigned_to": None}, {"source": "wechat"}],
        told=complaint_numbers, order=("-id",),
    ),
    "open complaints by their deadline": Listed(
        "complaints", {"state": "open", "answer_due_at": 7},
        limited=lambda tx, _, limit: tx.complaints.page(ComplaintFilter(state="open"), None, limit),
        wrong=[{"state": "answered"}], also=[{"answer_due_at": 5}, {"answer_due_at": 6}, {"answer_due_at": 5}],
        told=complaint_numbers, order=("answer_due_at", "id"),
    ),
    "answered complaints by their deadline": Listed(
        "complaints", {"state": "answered", "settle_due_at": 7, "answer_due_at": 1},
        limited=lambda tx, _, limit: tx.complaints.page(ComplaintFilter(state="answered"), None, limit),
        wrong=[{"state": "open"}], also=[{"settle_due_at": 5, "answer_due_at": 3}, {"settle_due_at": 6}],
        told=complaint_numbers, order=("settle_due_at", "id"),
    ),
    "what was said": Listed(
        "complaint_entries", {"complaint_id": 5}, lambda tx: tx.complaints.entries([5, 7]), wrong=[{"complaint_id": 6}],
        also=[{"complaint_id": 7}, {}],
    ),
    "what was said by an action": Found(
        "complaint_entries", {"author_kind": "user", "author_id": 1, "action_id": "a"},
        lambda tx, row: tx.complaints.entry_of_action(row["author_kind"], row["author_id"], row["action_id"]),
        wrong=[{"author_kind": "admin"}, {"author_id": 2}, {"action_id": "b"}], by="action_id",
    ),
    "a new entry": Added(
        "complaint_entries", lambda tx: tx.complaints.add_entry(NEW_ENTRY), columns(NEW_ENTRY)
    ),
    "complaints to forget": Listed(
        "complaints", {"state": "closed", "closed_at": 99, "text_sealed": "t"},
        page=lambda tx, behind, limit: tx.complaints.to_forget(100, behind or 0, limit),
        wrong=[{"state": "open"}, {"closed_at": 100}, {"text_sealed": ""}], told=list,
    ),
    "a photo": Found("complaint_photos", {}, lambda tx, row: tx.complaints.photo(row["file"]), by="file"),
    "a photo by its action": Found(
        "complaint_photos", {**MINE, "action_id": "a"},
        lambda tx, row: tx.complaints.photo_of_action(row["user_id"], row["action_id"]), [THEIRS, {"action_id": "b"}],
        by="action_id",
    ),
    "photos": Listed(
        "complaint_photos", {"complaint_id": 5}, lambda tx: tx.complaints.photos([5, 7]),
        wrong=[{"complaint_id": 6}, {"complaint_id": None}], also=[{"complaint_id": 7}, {}],
    ),
    "how many unsent photos": Counted(
        "complaint_photos", {**UNSENT, "file": "1"}, lambda tx: tx.complaints.count_unsent_photos(1),
        wrong=[{**THEIRS, "file": "2"}, {"complaint_id": 3, "file": "3"}], also=[{"file": "4"}],
    ),
    "a new photo": Added("complaint_photos", lambda tx: tx.complaints.add_photo(NEW_PHOTO), columns(NEW_PHOTO)),
    "a sent photo": Written(
        "complaint_photos", MINE, lambda tx, row: tx.complaints.send_photo(row["id"], 5), {"complaint_id": 5},
        wrong=[{"complaint_id": 3}],
    ),
    "unsent photos": Listed(
        "complaint_photos", {"complaint_id": None, "at": 99},
        page=lambda tx, behind, limit: tx.complaints.unsent_photos(100, behind or 0, limit),
        wrong=[{"complaint_id": 3}, {"at": 100}],
    ),
    "unsent photos deleted": Swept(
        "complaint_photos", MINE, lambda tx: tx.complaints.delete_unsent_photos(1), GONE,
        wrong=[THEIRS, {"complaint_id": 3}], told=lambda rows: [row["file"] for row in rows],
    ),
    "an unsent photo deleted": Written(
        "complaint_photos", MINE, lambda tx, row: tx.complaints.delete_unsent_photo(row["id"]), GONE,
        wrong=[{"complaint_id": 3}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_complaints_of_one_deadline_are_read_page_by_page(storage: Storage) -> None:
    async with storage.transaction() as tx:
        rows = [
            await fill(tx, "complaints", {"state": "open", "answer_due_at": due}) for due in (7, 5, 7, 7, 9)
        ]
        expected = [rows[at]["id"] for at in (1, 0, 2, 3, 4)]
        read, place = list[int](), None
        for _ in range(3):
            found = await tx.complaints.page(ComplaintFilter(state="open"), place, 2)
            read += [each.complaint.id for each in found]
            last = found[-1].complaint
            place = (last.answer_due_at, last.id)
        assert read == expected


async def test_how_many_complaints_wait_and_which_is_most_urgent(storage: Storage) -> None:
    async with storage.transaction() as tx:
        assert await tx.complaints.most_urgent() == {}
        for state, answer, settle in (
            ("open", 99, 5), ("open", 100, 5), ("answered", 5, 99), ("answered", 5, 98), ("answered", 5, 100),
            ("closed", 1, 1),
        ):  # fmt: skip
            await fill(tx, "complaints", {"state": state, "answer_due_at": answer, "settle_due_at": settle})
        assert await tx.complaints.most_urgent() == {"open": 99, "answered": 98}
        waiting = await tx.complaints.waiting(100)
    assert list(vars(waiting).values()) == [2, 1, 3, 2]


async def test_an_erased_complaint_keeps_its_row_and_loses_words_and_photos(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number in (5, 6):
            await fill(tx, "complaints", {"id": number, "text_sealed": "t"})
            await fill(tx, "complaint_entries", {"complaint_id": number, "text_sealed": "e"})
            await fill(tx, "complaint_photos", {"complaint_id": number, "file": f"f{number}"})
        assert await tx.complaints.erase([]) == []
        assert await tx.complaints.erase([5]) == ["f5"]
        assert [row["text_sealed"] for row in await all_rows(tx, "complaints")] == ["", "t"]
        assert [row["text_sealed"] for row in await all_rows(tx, "complaint_entries")] == ["", "e"]
        assert [row["file"] for row in await all_rows(tx, "complaint_photos")] == ["f6"]
