"""The catalog, prices, content that waits for consent: which rows each statement is about."""

from __future__ import annotations

import pytest

from storage import Storage
from storage.filters import CatalogFilter
from storage.models import ContentKind, ContentState, ContentVerdict
from storage.writes import ContentMove, NewContentCheck, NewInboxEvent, NewShipment, columns
from tests.storage.contract import GONE, Added, Counted, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, fill, made

MINE: Row = {"user_id": 1}
THEIRS: Row = {"user_id": 2}
WAITING_PRICE: Row = {"service_id": 3, "valid_from": "2026-11-02"}
KNOWN_PRICES: list[Row] = [{"applied_at": 1}, {"withdrawn_at": 1}]
TEXT: Row = {"user_id": 1, "kind": "nickname", "state": "review"}
NEW_CHECK, NEW_EVENT, NEW_SHIPMENT = made(NewContentCheck), made(NewInboxEvent), made(NewShipment)
PROMISES: dict[str, Promise] = {
    "an entry": Found("hospitals", {}, lambda tx, row: tx.catalog.entry("hospitals", row["id"])),
    "a locked entry": Found("hospitals", {}, lambda tx, row: tx.catalog.lock("hospitals", row["id"])),
    "entries in their order": Listed(
        "banners", {"position": 5}, lambda tx: tx.catalog.banners(), wrong=[{"archived_at": 1}],
        also=[{"position": 3}, {"position": 4}, {}], order=("position", "id"),
    ),
    "entries and archived ones": Listed(
        "banners", {"position": 5}, lambda tx: tx.catalog.banners(archived=True),
        also=[{"position": 3, "archived_at": 1}, {}],
        order=("position", "id"),
    ),
    "all entries locked": Listed(
        "banners", {"position": 5}, lambda tx: tx.catalog.lock_all("banners"),
        also=[{"position": 3, "archived_at": 1}, {}],
        order=("position", "id"),
    ),
    "all positions": Listed(
        "banners", {"position": 5}, lambda tx: tx.catalog.lock_positions("banners"),
        also=[{"position": 3, "archived_at": 1}, {}], order=("position", "id"),
    ),
    "how many entries": Counted(
        "experts", {"hospital_id": 3, "name": "Li Na"},
        lambda tx: tx.catalog.count("experts", CatalogFilter(hospital_id=3, words="LI")),
        wrong=[{"archived_at": 1}, {"hospital_id": 4}, {"name": "Wu"}],
    ),
    "archived entries": Counted(
        "experts", {"archived_at": 1}, lambda tx: tx.catalog.count("experts", CatalogFilter(archived=True)),
        wrong=[{"archived_at": None}],
    ),
    "a changed entry": Written(
        "banners", {}, lambda tx, row: tx.catalog.change("banners", row["id"], {"title": "t"}), {"title": "t"}
    ),
    "a moved entry": Written(
        "banners", {"position": 5}, lambda tx, row: tx.catalog.place("banners", {row["id"]: 8}), {"position": 8},
        tells=False
    ),
    "prices of a service": Listed(
        "service_prices", WAITING_PRICE, lambda tx: tx.prices.of_service(3), wrong=[{"service_id": 4}],
        also=[{"valid_from": "2026-11-01"}, {"applied_at": 1}, {"valid_from": "2026-11-01", "withdrawn_at": 1}],
        order=("valid_from", "id"),
    ),
    "prices to come": Listed(
        "service_prices", WAITING_PRICE, lambda tx: tx.prices.pending(), wrong=KNOWN_PRICES,
        also=[{"valid_from": "2026-11-01", "service_id": 4}, {}], order=("valid_from", "id"),
    ),
    "prices to come of a service": Listed(
        "service_prices", WAITING_PRICE, lambda tx: tx.prices.pending_of(3), wrong=[*KNOWN_PRICES, {"service_id": 4}],
        also=[{"valid_from": "2026-11-01"}, {}], order=("valid_from", "id"),
    ),
    "a price": Found("service_prices", {}, lambda tx, row: tx.prices.get(row["id"])),
    "a new price": Added(
        "service_prices", lambda tx: tx.prices.add(3, 700, "2026-11-02", 2, 9, 8),
        {"service_id": 3, "price_fen": 700, "valid_from": "2026-11-02", "created_by": 2, "created_at": 9,
        "applied_at": 8},
    ),
    "a price that is in force": Written(
        "service_prices", {}, lambda tx, row: tx.prices.mark_applied([row["id"], 999], 9), {"applied_at": 9},
        tells=False
    ),
    "a price withdrawn": Written(
        "service_prices", {}, lambda tx, row: tx.prices.withdraw(row["id"], 9), {"withdrawn_at": 9}, tells=False
    ),
    "a check": Found("content_checks", {}, lambda tx, row: tx.content.get(row["id"])),
    "a new check": Added("content_checks", lambda tx: tx.content.add(NEW_CHECK), {**columns(NEW_CHECK), "tries": 0}),
    "content that its user reads": Listed(
        "content_checks", TEXT, lambda tx: tx.content.shown_to(1, (ContentKind.NICKNAME, ContentKind.COMMENT)),
        wrong=[THEIRS, {"kind": "avatar"}, {"state": "approved"}, {"state": "replaced"}],
        also=[{"kind": "comment"}, {"state": "unsent"}, {"state": "asked"}, {"state": "rejected"}],
    ),
    "content about an order": Listed(
        "content_checks", {**TEXT, "kind": "comment", "subject_id": 5},
        lambda tx: tx.content.about_order(1, ContentKind.COMMENT, 5),
        wrong=[THEIRS, {"subject_id": 6}, {"state": "approved"}],
    ),
    "a question by its action": Found(
        "content_checks", {**MINE, "kind": "question", "action_id": "a"},
        lambda tx, row: tx.content.of_action(row["user_id"], row["action_id"]),
        [THEIRS, {"kind": "comment"}, {"action_id": "b"}], also=[{}], order=("-id",), by="action_id",
    ),
    "questions that wait": Counted(
        "content_checks", {"kind": "question", "subject_id": 5, "state": "review"},
        lambda tx: tx.content.questions_waiting(5),
        wrong=[{"kind": "comment"}, {"subject_id": 6}, {"state": "approved"}, {"state": "rejected"}],
        also=[{"state": "asked"}],
    ),
    "content replaced": Swept(
        "content_checks", {**TEXT, "text_sealed": "t", "file": "f", "next_at": 5, "submitted_at": 10},
        lambda tx: tx.content.replace(1, ContentKind.NICKNAME, 10),
        {"state": "replaced", "text_sealed": "", "file": "", "next_at": None},
        wrong=[THEIRS, {"kind": "avatar"}, {"state": "approved"}, {"submitted_at": 11}], also=[{"submitted_at": 9}],
        told=lambda rows: [row["file"] for row in rows],
    ),
    "a moved check": Written(
        "content_checks", {"state": "review"},
        lambda tx, row: tx.content.move(row["id"], "review", "approved", ContentMove(decided_at=9)),
        {"state": "approved", "decided_at": 9}, wrong=[{"state": "asked"}],
    ),
    "a check that is put off": Written(
        "content_checks", {"state": "unsent", "tries": 2}, lambda tx, row: tx.content.put_off(row["id"], 9),
        {"next_at": 9, "tries": 3}, wrong=[{"state": "asked"}], tells=False,
    ),
    "what the office decides": Listed(
        "content_checks", TEXT, page=lambda tx, behind, limit: tx.content.for_office(behind or 0, limit),
        wrong=[{"state": "asked"}],
    ),
    "how much the office decides": Counted(
        "content_checks", TEXT, lambda tx: tx.content.count_for_office(), wrong=[{"state": "asked"}]
    ),
    "checks that are due": Listed(
        "content_checks", {"state": "unsent", "next_at": 100},
        limited=lambda tx, _, limit: tx.content.due(ContentState.UNSENT, 100, limit),
        wrong=[{"state": "asked"}, {"next_at": 101}, {"next_at": None}], also=[{"next_at": 98}, {"next_at": 99}, {}],
        order=("next_at", "id"),
    ),
    "old verdicts": Swept(
        "content_verdicts", {"at": 99}, lambda tx: tx.content.delete_verdicts(100), GONE, wrong=[{"at": 100}]
    ),
    "names of pictures that wait": Counted(
        "content_checks", {"file": "f"}, lambda tx: tx.content.files(), wrong=[{"file": ""}],
        total=lambda rows: {"f"} if rows else set(),
    ),
    "content erased": Swept(
        "content_checks", {**MINE, "file": "f"}, lambda tx: tx.content.erase_of_user(1), GONE, wrong=[THEIRS],
        told=lambda rows: [row["file"] for row in rows],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_judged_pictures_come_with_what_was_said(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, state in enumerate(["asked", "asked", "approved", "asked"], 1):
            await fill(tx, "content_checks", {"id": number, "state": state, "trace_id": f"t{number}"})
        for number in (1, 2, 3, 9):
            await tx.content.add_verdict(ContentVerdict(f"t{number}", "risky", "r", number, 5))
        await tx.content.add_verdict(ContentVerdict("t1", "pass", "again", 99, 6))
        assert [(number, said.label) for number, said in await tx.content.judged(9)] == [(1, 1), (2, 2)]
        assert len(await tx.content.judged(1)) == 1


async def test_pages_of_a_catalog_go_on_behind_a_position(storage: Storage) -> None:
    wanted = CatalogFilter(hospital_id=3)
    async with storage.transaction() as tx:
        rows = [await fill(tx, "experts", {"hospital_id": 3, "position": at}) for at in (5, 3, 5, 5, 9)]
        for wrong in ({"hospital_id": 4}, {"archived_at": 1}):
            await fill(tx, "experts", {"hospital_id": 3, "position": 4, **wrong})
        read, place = list[int](), None
        for _ in range(3):
            found = await tx.catalog.page("experts", wanted, place, 2)
            read += [each.id for each in found]
            place = (found[-1].position, found[-1].id)
        assert read == [rows[at]["id"] for at in (1, 0, 2, 3, 4)]
        assert await tx.catalog.page("experts", wanted, place, 2) == []


async def test_what_entries_are_called_and_which_pictures_they_name(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for table in ("hospitals", "services", "experts", "banners", "showcases"):
            await tx.connection.execute(f"DELETE FROM {table}")
        await fill(tx, "services", {"id": 1, "name": "s", "unit": "u", "picture": "p1"})
        await fill(tx, "services", {"id": 2, "name": "t", "unit": "v"})
        await fill(tx, "banners", {"id": 1, "title": "b", "picture": "p2", "archived_at": 1})
        await fill(tx, "hospitals", {"id": 1, "name": "h", "logo": "p3", "picture": "p4"})
        assert await tx.catalog.names("services", {1, 9}) == {1: "s u"}
        assert await tx.catalog.names("banners", {1}) == {1: "b"}
        assert await tx.catalog.names("hospitals", {1}) == {1: "h"}
        assert await tx.catalog.names("hospitals", set()) == {}
        assert await tx.catalog.picture_names() - {""} == {"p1", "p2", "p3", "p4"}


async def test_every_change_of_the_catalog_raises_its_version(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await tx.connection.execute("DELETE FROM catalog_state")
        assert await tx.catalog.version() == 0
        row = await fill(tx, "banners", {})
        await tx.catalog.touch()
        assert await tx.catalog.version() == 1
        await tx.catalog.change("banners", row["id"], {"title": "t"})
        await tx.catalog.place("banners", {row["id"]: 2})
        await tx.catalog.add("banners", {name: row[name] for name in row if name != "id"})
        assert await tx.catalog.version() == 4
