"""Offers, leave, documents of escorts, changes of orders: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import ChangeState, EscortLeave, InvitationState
from storage.writes import NewInvitation, NewOrderChange, NewQualification, QualificationMove, columns
from tests.storage.contract import GONE, Added, Counted, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, fill, made

HERS: Row = {"escort_id": 3}
ANOTHERS: Row = {"escort_id": 4}
ORDER: Row = {"order_id": 5}
OTHER: Row = {"order_id": 6}
FIRST, MIDDLE, LAST = "2026-11-02", "2026-11-03", "2026-11-04"
OUTSIDE: list[Row] = [{"visit_date": "2026-11-01"}, {"visit_date": "2026-11-05"}]
ON: Row = {"visit_date": FIRST}
OFFERED: Row = {**HERS, "state": "offered", "expires_at": 101}
NOT_OPEN: list[Row] = [{"state": "accepted"}, {"expires_at": 100}]
ESCORTS = [("escorts", {"id": 3, "state": "approved"}), ("escorts", {"id": 4, "state": "suspended"})]
APPROVED: Row = {**HERS, "kind": "health", "state": "approved", "expires_date": LAST, "file": "f"}
NEW_OFFER, NEW_CHANGE, NEW_DOCUMENT = made(NewInvitation), made(NewOrderChange), made(NewQualification)


def days(found: Any) -> list[Any]:
    return [each.visit_date for each in found]


async def _replace_others(tx: Transaction, wanted: str) -> list[str]:
    kept = await tx.qualifications.get(44)
    if kept is None:
        row = await fill(tx, "escort_qualifications", {**APPROVED, "id": 44, "file": "kept"})
        kept = await tx.qualifications.get(row["id"])
        assert kept is not None
        found = await tx.qualifications.replace_others(kept, wanted)
        await tx.connection.execute("DELETE FROM escort_qualifications WHERE id = 44")
        return found
    return await tx.qualifications.replace_others(kept, wanted)


PROMISES: dict[str, Promise] = {
    "an offer": Found("invitations", {}, lambda tx, row: tx.invitations.get(row["id"])),
    "offers of an order": Listed("invitations", ORDER, lambda tx: tx.invitations.of_order(5), wrong=[OTHER]),
    "a new offer": Added(
        "invitations", lambda tx: tx.invitations.add(NEW_OFFER),
        {**columns(NEW_OFFER), "open_order_id": NEW_OFFER.order_id, "state": "offered", "reason": "",
        "answered_at": None},
    ),
    "open offers of orders": Listed(
        "invitations", {"state": "offered", "expires_at": 101, "open_order_id": 5},
        lambda tx: tx.invitations.open_of_orders({5, 7}, 100),
        wrong=[*NOT_OPEN, {"open_order_id": 6}, {"open_order_id": None}],
        also=[{"open_order_id": 7}, {}],
    ),
    "open offers of an escort": Listed(
        "invitations", {**OFFERED, "expires_at": 103}, lambda tx: tx.invitations.open_of_escort(3, 100),
        wrong=[*NOT_OPEN, ANOTHERS], also=[{"expires_at": 101}, {"expires_at": 102}, {}], order=("expires_at", "id"),
    ),
    "offers of an escort": Listed(
        "invitations", HERS, limited=lambda tx, _, limit: tx.invitations.of_escort(3, limit), wrong=[ANOTHERS],
        order=("-id",)
    ),
    "an answered offer": Written(
        "invitations", {"state": "offered"},
        lambda tx, row: tx.invitations.end(row["id"], InvitationState.DECLINED, 9, "no"),
        {"state": "declined", "open_order_id": None, "answered_at": 9, "reason": "no"}, wrong=[{"state": "expired"}],
        also=[{"open_order_id": 5}],
    ),
    "offers taken back": Swept(
        "invitations", OFFERED, lambda tx: tx.invitations.withdraw_of_escort(3, 100, "so"),
        {"state": "withdrawn", "open_order_id": None, "answered_at": 100, "reason": "so"}, wrong=[*NOT_OPEN, ANOTHERS],
        also=[{"open_order_id": 5}],
    ),
    "offers that expire": Swept(
        "invitations", {"state": "offered", "expires_at": 100, "open_order_id": None},
        lambda tx: tx.invitations.expire(100),
        {"state": "expired", "open_order_id": None}, wrong=[{"state": "accepted"}, {"expires_at": 101}],
        also=[{"expires_at": 99}],
    ),
    "offers of an order that expire": Swept(
        "invitations", {"state": "offered", "expires_at": 100, "open_order_id": 5},
        lambda tx: tx.invitations.expire_of_order(5, 100), {"state": "expired", "open_order_id": None},
        wrong=[{"open_order_id": 6}, {"expires_at": 101}], also=[{"expires_at": 99}],
    ),
    "leave between": Listed(
        "escort_leaves", {**ON, "half": "am", **HERS}, lambda tx: tx.leaves.between(FIRST, LAST), wrong=OUTSIDE,
        also=[{"visit_date": LAST}, {"half": "pm"}, {"escort_id": 2, "visit_date": MIDDLE}],
        order=("visit_date", "half", "escort_id"), told=days, key="visit_date",
    ),
    "leave of an escort": Listed(
        "escort_leaves", {**ON, "half": "am", **HERS}, lambda tx: tx.leaves.of_escort(3, FIRST, LAST),
        wrong=[*OUTSIDE, ANOTHERS], also=[{"visit_date": LAST}, {"half": "pm"}, {"visit_date": MIDDLE}],
        order=("visit_date", "half"), told=days, key="visit_date",
    ),
    "a new leave": Added(
        "escort_leaves", lambda tx: tx.leaves.add(made(EscortLeave, half="am")),
        {"escort_id": 11, "visit_date": "t12", "half": "am", "reason": "t14", "created_at": 15}, told=lambda row: None,
    ),
    "a leave ended": Written(
        "escort_leaves", {**HERS, **ON, "half": "am"},
        lambda tx, row: tx.leaves.end(row["escort_id"], FIRST, "am"), GONE,
        wrong=[{"visit_date": LAST}, {"half": "pm"}], key="escort_id",
    ),
    "leave erased": Swept(
        "escort_leaves", HERS, lambda tx: tx.leaves.erase_of_escort(3), GONE, wrong=[ANOTHERS]
    ),
    "a document": Found("escort_qualifications", {}, lambda tx, row: tx.qualifications.get(row["id"])),
    "documents of an escort": Listed(
        "escort_qualifications", HERS, lambda tx: tx.qualifications.of_escort(3), wrong=[ANOTHERS], order=("-id",)
    ),
    "a new document": Added(
        "escort_qualifications", lambda tx: tx.qualifications.add(NEW_DOCUMENT),
        {**columns(NEW_DOCUMENT), "state": "pending", "reason": ""},
    ),
    "a moved document": Written(
        "escort_qualifications", {"state": "pending"},
        lambda tx, row: tx.qualifications.move(row["id"], "pending", "approved", QualificationMove(decided_at=9)),
        {"state": "approved", "decided_at": 9}, wrong=[{"state": "rejected"}],
    ),
    "documents replaced": Swept(
        "escort_qualifications", APPROVED, lambda tx: _replace_others(tx, "approved"),
        {"state": "replaced", "file": ""},
        wrong=[ANOTHERS, {"kind": "training"}, {"state": "pending"}], told=lambda rows: [row["file"] for row in rows],
    ),
    "expired documents": Counted(
        "escort_qualifications", {**APPROVED, "expires_date": FIRST},
        lambda tx: tx.qualifications.expired([3, 5], MIDDLE),
        wrong=[ANOTHERS, {"state": "pending"}, {"expires_date": ""}, {"expires_date": MIDDLE}],
        also=[{"kind": "training"}, {"kind": "id_card"}],
        total=lambda rows: {3: ["health", "id_card", "training"]} if rows else {},
    ),
    "documents that wait": Listed(
        "escort_qualifications", {**HERS, "state": "pending"}, lambda tx: tx.qualifications.waiting(),
        wrong=[{"state": "approved"}], told=lambda found: [each.id for each in found.get(3, [])],
    ),
    "documents that end": Listed(
        "escort_qualifications", APPROVED, lambda tx: tx.qualifications.ending(LAST),
        wrong=[ANOTHERS, {"state": "pending"}, {"expires_date": ""}, {"expires_date": "2026-11-05"}],
        also=[{"expires_date": FIRST}, {"expires_date": MIDDLE}, {}], beside=ESCORTS, order=("expires_date", "id"),
        told=lambda found: [each.id for each in found.get(3, [])],
    ),
    "documents to tell of": Listed(
        "escort_qualifications", APPROVED, limited=lambda tx, _, limit: tx.qualifications.to_remind(LAST, limit),
        wrong=[ANOTHERS, {"state": "pending"}, {"expires_date": ""}, {"expires_date": "2026-11-05"},
        {"reminded_at": 1}],
        also=[{"expires_date": FIRST}, {"expires_date": MIDDLE}, {}], beside=ESCORTS, order=("expires_date", "id"),
    ),
    "a document that was told of": Written(
        "escort_qualifications", {}, lambda tx, row: tx.qualifications.mark_reminded(row["id"], 9), {"reminded_at": 9},
        wrong=[{"reminded_at": 4}],
    ),
    "documents erased": Swept(
        "escort_qualifications", {**HERS, "file": "f"}, lambda tx: tx.qualifications.erase_of_escort(3), GONE,
        wrong=[ANOTHERS], told=lambda rows: [row["file"] for row in rows],
    ),
    "changes of an order": Listed("order_changes", ORDER, lambda tx: tx.order_changes.of_order(5), wrong=[OTHER]),
    "changes of orders": Listed(
        "order_changes", ORDER, lambda tx: tx.order_changes.of_orders([5, 7]), wrong=[OTHER], also=[{"order_id": 7}, {}]
    ),
    "the open request": Found(
        "order_changes", {"open_order_id": 5}, lambda tx, row: tx.order_changes.open_of_order(row["open_order_id"]),
        [{"open_order_id": None, **ORDER}], by="open_order_id",
    ),
    "a new change": Added("order_changes", lambda tx: tx.order_changes.add(NEW_CHANGE), columns(NEW_CHANGE)),
    "a decided request": Written(
        "order_changes", {"state": "asked"},
        lambda tx, row: tx.order_changes.close(row["id"], ChangeState.REFUSED, 9, 2, "no"),
        {"state": "refused", "open_order_id": None, "decided_at": 9, "decided_by": 2, "decision_note": "no"},
        wrong=[{"state": "done"}], also=[{"open_order_id": 5}],
    ),
    "a request whose order has ended": Written(
        "order_changes", {"open_order_id": 5, "state": "asked"},
        lambda tx, row: tx.order_changes.end_open(row["open_order_id"] or 5, 9),
        {"state": "withdrawn", "open_order_id": None, "decided_at": 9}, key="open_order_id",
    ),
    "changes erased": Swept(
        "order_changes", {**ORDER, "reason": "r", "decision_note": "n", "before_json": "b", "after_json": "a"},
        lambda tx: tx.order_changes.erase_of_user(1),
        {"reason": "", "decision_note": "", "before_json": "{}", "after_json": "{}"}, wrong=[OTHER],
        beside=[("orders", {"id": 5, "user_id": 1}), ("orders", {"id": 6, "user_id": 2})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)
