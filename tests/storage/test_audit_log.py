"""The audit log, erasures that are asked for, and what waits of invoices: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import AuditEntry, ErasureSubject
from storage.writes import PatientColumns
from tests.storage.contract import Added, Listed, Promise
from tests.storage.rows import Row, all_rows, fill

ENTRY: Row = {"admin_id": 3, "act": "a", "subject": "order", "subject_id": "5", "at": 100}
WRONG: dict[str, Row] = {
    "admin_id": {"admin_id": 4}, "act": {"act": "b"}, "subject": {"subject": "user"}, "subject_id": {"subject_id": "6"},
}  # fmt: skip


def page_of(*names: str) -> Listed:
    """Those that have all of these."""
    given: dict[str, Any] = {name: ENTRY[name] for name in names}
    others = [WRONG[name] for name in WRONG if name not in names]
    return Listed(
        "audit_log", ENTRY, page=lambda tx, behind, limit: tx.audit.page(behind, limit, **given),
        wrong=[WRONG[name] for name in names], also=[*others, {}], order=("-id",),
    )  # fmt: skip


PROMISES: dict[str, Promise] = {
    "everything": page_of(),
    "of an act": page_of("act"),
    "of an administrator": page_of("admin_id"),
    "of an administrator's acts": page_of("admin_id", "act"),
    "about a kind of thing": page_of("subject"),
    "about one thing": page_of("subject", "subject_id"),
    "between two moments": Listed(
        "audit_log", ENTRY, page=lambda tx, behind, limit: tx.audit.page(behind, limit, since=100, until=200),
        wrong=[{"at": 99}, {"at": 200}], also=[{"at": 199}, {"at": 150}], order=("-id",),
    ),
    "from a moment on": Listed(
        "audit_log", ENTRY, page=lambda tx, behind, limit: tx.audit.page(behind, limit, since=100), wrong=[{"at": 99}],
        also=[{"at": 100}, {"at": 10**9}], order=("-id",),
    ),
    "an entry of nobody": Added(
        "audit_log", lambda tx: tx.audit.add(None, "1.2.3.4", "act", "order", "5" * 70, 9, "b", "a"),
        {"admin_id": None, "admin_name": "", "address": "1.2.3.4", "act": "act", "subject": "order",
         "subject_id": "5" * 64, "before_json": "b", "after_json": "a", "at": 9},
        told=lambda row: None,
    ),
    "an entry of an administrator": Added(
        "audit_log", lambda tx: _by_admin(tx), {"admin_id": 3, "admin_name": "li", "subject_id": "5"},
        told=lambda row: None
    ),
}  # fmt: skip


async def _by_admin(tx: Transaction) -> None:
    await fill(tx, "administrators", {"id": 3, "name": "li"})
    admin = await tx.administrators.get(3)
    await tx.audit.add(admin, "", "act", "order", 5, 9)


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_a_day_of_long_ago_is_found_although_years_of_entries_follow(storage: Storage) -> None:
    """Ids and moments rise together but for the time that a transaction takes."""
    async with storage.transaction() as tx:
        moments = [50_000, 120_000, 100_000, 160_000, 10_000_000]
        for number, at in enumerate(moments, 1):
            await fill(tx, "audit_log", {"id": number, "at": at})

        async def found(**given: Any) -> list[int]:
            page: list[AuditEntry] = await tx.audit.page(**given)
            return [entry.id for entry in page]

        assert await found(since=100_000, until=160_000) == [3, 2]
        assert await found(since=100_000, until=160_001) == [4, 3, 2]
        assert await found(until=120_001) == [3, 2, 1]
        assert await found(until=50_000) == []
        assert await found(since=10_000_001) == []
        assert await found(since=10_000_000) == [5]


async def test_what_is_to_be_erased_is_asked_once_and_again_only_by_something_newer(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for other in ({"user_id": 2, "what": "phone"}, {"user_id": 1, "what": "account"}):
            await fill(tx, "erasure_requests", {**other, "asked_at": 5, "done_at": 6})
        others = await all_rows(tx, "erasure_requests")

        async def asked(at: int) -> tuple[int, int | None]:
            await tx.erasure_requests.ask(1, ErasureSubject.PHONE, at)
            (mine,) = [row for row in await all_rows(tx, "erasure_requests") if row not in others]
            assert (mine["user_id"], mine["what"]) == (1, "phone")
            return mine["asked_at"], mine["done_at"]

        assert await asked(50) == (50, None)
        await tx.connection.execute("UPDATE erasure_requests SET done_at = 60 WHERE asked_at = 50")
        assert await asked(49) == (50, 60)
        assert await asked(50) == (50, 60)
        assert await asked(51) == (51, None)


async def test_invoices_wait_to_be_issued_and_to_be_reversed(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for state in ("requested", "requested", "to_reverse", "issued"):
            await fill(tx, "invoices", {"state": state})
        waiting = await tx.invoices.waiting()
    assert list(vars(waiting).values()) == [2, 1]


async def test_an_edit_without_a_name_leaves_the_name(storage: Storage) -> None:
    async with storage.transaction() as tx:
        row = await fill(tx, "patients", {"name": "Wu", "name_key": "wu"})
        assert await tx.patients.edit(row["id"], PatientColumns(relation="父亲")) == 1
        assert await all_rows(tx, "patients") == [{**row, "relation": "父亲"}]
