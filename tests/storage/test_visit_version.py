"""The version of a visit: everything that a page about it shows is in it, and nothing of another order."""

from __future__ import annotations

import dataclasses

from storage import Storage
from tests.storage.rows import Row, fill

MINE: Row = {"order_id": 5}
THEIRS: Row = {"order_id": 6}


async def test_the_version_of_a_visit_is_made_of_what_is_there_about_it(storage: Storage) -> None:
    order: Row = {
        "id": 5,
        "user_id": 7,
        "state": "serving",
        "updated_at": 11,
        "started_at": 12,
        "visit_date": "2027-01-04",
        "escort_id": 3,
        "visit_record": 1,
    }
    async with storage.transaction() as tx:
        assert await tx.visits.version(5) is None
        await fill(tx, "orders", order)
        await fill(tx, "orders", {**order, "id": 6, "user_id": 8, "state": "paid"})
        bare = await tx.visits.version(5)
        assert bare is not None
        (told,) = dataclasses.astuple(bare)
        assert told == (
            *("serving", 11, 12, "2027-01-04", 3),
            *(None, 0, None, None, 0, None, 0),
            *(None, None, None, 1),
            *(None, 0),
        )
        made: dict[str, list[int]] = {}
        for table in ("visit_steps", "visit_photos", "report_entries", "visit_troubles"):
            opened: Row = {"open": 1} if table in ("report_entries", "visit_troubles") else {}
            closed: Row = {"open": 0} if opened else {}
            rows = [await fill(tx, table, {**whose, **opened}) for whose in (MINE, THEIRS, MINE)]
            rows += [await fill(tx, table, {**whose, **closed}) for whose in (MINE, THEIRS)]
            made[table] = [row["id"] for row in rows if row["order_id"] == 5]
        await fill(tx, "visit_reports", {**MINE, "version": 4, "sent_at": 13, "confirmed_at": 14})
        await fill(tx, "visit_reports", {**THEIRS, "version": 9})
        kept = await fill(tx, "consents", {"user_id": 7, "withdrawn_at": None})
        taken_back = await fill(tx, "consents", {"user_id": 7, "withdrawn_at": 15})
        await fill(tx, "consents", {"user_id": 8, "withdrawn_at": None})
        assert kept["id"] < taken_back["id"]
        full = await tx.visits.version(5)
        assert full is not None
        (told,) = dataclasses.astuple(full)
        assert told == (
            *("serving", 11, 12, "2027-01-04", 3),
            made["visit_steps"][-1],
            *(3, made["visit_photos"][-1]),
            *(made["report_entries"][-1], 2),
            *(made["visit_troubles"][-1], 2),
            *(4, 13, 14, 1),
            *(taken_back["id"], 1),
        )
