"""Members of orders and patients, and the cards by which they came: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage
from storage.models import MemberScope
from tests.storage.contract import Added, Counted, Found, Listed, Promise, Written
from tests.storage.rows import Row, all_rows, fill

OWNED: Row = {"owner_id": 1}
ANOTHERS: Row = {"owner_id": 2}
LIVE: Row = {"owner_id": 1, "user_id": 3, "live_user_id": 3, "scope": "patient", "scope_id": 7}
CARD: Row = {
    "owner_id": 1,
    "scope": "order",
    "scope_id": 5,
    "expires_at": 101,
    "used_at": None,
    "revoked_at": None,
}
NOT_OPEN: list[Row] = [{"used_at": 1}, {"revoked_at": 1}]
USERS: list[tuple[str, Row]] = [
    ("users", {"id": number, "nickname": f"n{number}"}) for number in (1, 2, 3, 4, 5, 6)
]
ORDER: Row = {"id": 5, "user_id": 1, "patient_id": 7}


def numbers(found: Any) -> list[Any]:
    return [each.member.id for each in found]


PROMISES: dict[str, Promise] = {
    "a membership": Found("members", {}, lambda tx, row: tx.members.get(row["id"])),
    "a new membership": Added(
        "members", lambda tx: tx.members.add(1, 3, "order", 5, "payer", 9),
        {"owner_id": 1, "user_id": 3, "scope": "order", "scope_id": 5, "role": "payer", "joined_at": 9,
         "ended_at": None, "live_user_id": 3},
    ),
    "a living membership": Found(
        "members", LIVE, lambda tx, row: tx.members.live(row["live_user_id"], "patient", 7),
        [{"scope": "order"}, {"scope_id": 8}, {"live_user_id": None}, {"live_user_id": 4}], by="live_user_id",
    ),
    "what is shared with a user": Listed(
        "members", LIVE, lambda tx: tx.members.live_of_user(3), wrong=[{"live_user_id": None}, {"live_user_id": 4}],
        also=[{"scope_id": 8}, {"scope": "order"}],
    ),
    "how many members": Counted(
        "members", LIVE, lambda tx: tx.members.count_live("patient", 7),
        wrong=[{"scope": "order"}, {"scope_id": 8}, {"live_user_id": None}],
        also=[{"live_user_id": 4}, {"live_user_id": 5}],
    ),
    "members of a patient": Listed(
        "members", LIVE, lambda tx: tx.members.of_patient(7, 1),
        wrong=[{"scope": "order"}, {"scope_id": 8}, {"live_user_id": None}, {"owner_id": 2, "live_user_id": 6}],
        also=[{"live_user_id": 4, "user_id": 4}, {"live_user_id": 5, "user_id": 5}], beside=USERS, told=numbers,
    ),
    "all that an owner shares": Listed(
        "members", LIVE, lambda tx: tx.members.given_by(1), wrong=[{**ANOTHERS, "scope_id": 9}],
        also=[{"live_user_id": None, "ended_at": 9}, {"scope_id": 8}], beside=USERS, told=numbers,
    ),
    "all that is shared with a user": Listed(
        "members", LIVE, lambda tx: tx.members.given_to(3), wrong=[{"user_id": 4, "scope_id": 9}],
        also=[{"live_user_id": None, "ended_at": 9}, {"scope_id": 8}], beside=USERS, told=numbers,
    ),
    "a new card": Added(
        "member_links", lambda tx: tx.members.add_link(1, MemberScope.ORDER, 5, "family", "t", 8, 9),
        {"owner_id": 1, "scope": "order", "scope_id": 5, "role": "family", "token_hash": "t", "created_at": 8,
         "expires_at": 9, "used_at": None, "used_by": None, "revoked_at": None},
    ),
    "a card": Found("member_links", {}, lambda tx, row: tx.members.link(row["token_hash"]), by="token_hash"),
    "a used card": Written(
        "member_links", CARD, lambda tx, row: tx.members.use_link(row["id"], 3, 100), {"used_at": 100, "used_by": 3},
        wrong=[*NOT_OPEN, {"expires_at": 100}],
    ),
    "a revoked card": Written(
        "member_links", CARD, lambda tx, row: tx.members.revoke_link(row["id"], 1, 100), {"revoked_at": 100},
        wrong=[*NOT_OPEN, ANOTHERS], also=[{"expires_at": 50}],
    ),
    "open cards": Listed(
        "member_links", CARD, lambda tx: tx.members.open_links(1, [("order", 5), ("patient", 7)], 100),
        wrong=[*NOT_OPEN, ANOTHERS, {"expires_at": 100}, {"scope_id": 6}, {"scope": "patient"}],
        also=[{}, {"scope": "patient", "scope_id": 7}],
    ),
    "all cards of an owner": Listed(
        "member_links", CARD, lambda tx: tx.members.links_of_owner(1), wrong=[ANOTHERS], also=[*NOT_OPEN, {}]
    ),
    "the newest order of a patient": Counted(
        "orders", {"patient_id": 7, "user_id": 1, "visit_date": "2026-11-02"},
        lambda tx: tx.members.newest_order(7, 1, "2026-11-02"),
        wrong=[{"patient_id": 8}, {"user_id": 2}, {"visit_date": "2026-11-01"}, {"hidden_at": 1}],
        total=lambda rows: rows[-1]["id"] if rows else None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_a_membership_ends_once_and_no_other_with_it(storage: Storage) -> None:
    async with storage.transaction() as tx:
        other = await fill(tx, "members", {**LIVE, "user_id": 4, "live_user_id": 4})
        mine = await fill(tx, "members", LIVE)
        assert await tx.members.end(mine["id"], 9)
        assert await all_rows(tx, "members") == [other, {**mine, "ended_at": 9, "live_user_id": None}]
        assert not await tx.members.end(mine["id"], 10)
        assert await all_rows(tx, "members") == [other, {**mine, "ended_at": 9, "live_user_id": None}]


REACHES: dict[str, tuple[Row, bool]] = {
    "the order itself": ({"scope": "order", "scope_id": 5}, True),
    "its patient": ({"scope": "patient", "scope_id": 7}, True),
    "another order": ({"scope": "order", "scope_id": 7}, False),
    "another patient": ({"scope": "patient", "scope_id": 5}, False),
    "one that has ended": ({"scope": "order", "scope_id": 5, "live_user_id": None}, False),
}


@pytest.mark.parametrize("shared", REACHES)
async def test_a_membership_reaches_its_order(storage: Storage, shared: str) -> None:
    values, reaches = REACHES[shared]
    async with storage.transaction() as tx:
        for table, row in USERS:
            await fill(tx, table, row)
        await fill(tx, "orders", ORDER)
        await fill(tx, "orders", {"id": 55, "user_id": 6, "patient_id": 77})
        member = await fill(tx, "members", {**LIVE, **values, "role": "payer", "joined_at": 4})
        order = await tx.orders.get(5)
        assert order is not None
        assert numbers(await tx.members.of_order(order)) == ([member["id"]] if reaches else [])
        relation = await tx.members.relation(5, 3)
        assert relation is not None
        assert [each.scope for each in relation.memberships] == ([values["scope"]] if reaches else [])
        stranger = await tx.members.relation(5, 4)
        assert stranger is not None
        assert (stranger.memberships, stranger.escort, stranger.was_assigned) == ((), None, False)
        assert await tx.members.relation(6, 3) is None
        shown = await tx.members.shared_orders(3, None, 9)
        assert [(each.order.id, each.membership.scope, each.owner_nickname) for each in shown] == (
            [(5, values["scope"], "n1")] if reaches else []
        )
        assert await tx.members.shared_orders(4, None, 9) == []


async def test_a_patient_of_another_owner_is_not_shared_by_this_membership(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for table, row in USERS:
            await fill(tx, table, row)
        await fill(tx, "orders", {**ORDER, "user_id": 2})
        await fill(tx, "members", LIVE)
        order = await tx.orders.get(5)
        assert order is not None
        assert await tx.members.of_order(order) == []
        assert await tx.members.shared_orders(3, None, 9) == []


async def test_shared_orders_are_read_page_by_page_without_hidden_ones(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for table, row in USERS:
            await fill(tx, table, row)
        for number in (11, 12, 13, 14):
            await fill(tx, "orders", {**ORDER, "id": number, "hidden_at": 1 if number == 13 else None})
        await fill(tx, "members", LIVE)
        first = await tx.members.shared_orders(3, None, 2)
        assert [each.order.id for each in first] == [14, 12]
        assert [each.order.id for each in await tx.members.shared_orders(3, 12, 2)] == [11]


@pytest.mark.parametrize(("given_to", "assigned"), [(8, True), (9, False)])
async def test_an_escort_was_assigned_when_the_history_says_so(
    storage: Storage, given_to: int, assigned: bool
) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "orders", ORDER)
        await fill(tx, "escorts", {"id": 8, "user_id": 3})
        await fill(tx, "order_history", {"order_id": 5, "escort_id": given_to})
        await fill(tx, "order_history", {"order_id": 6, "escort_id": 8})
        relation = await tx.members.relation(5, 3)
    assert relation is not None
    assert relation.escort is not None
    assert (relation.escort.id, relation.was_assigned) == (8, assigned)


async def test_of_an_erased_user_no_sharing_is_left(storage: Storage) -> None:
    async with storage.transaction() as tx:
        others = [await fill(tx, "members", {**LIVE, **ANOTHERS, "user_id": 4, "live_user_id": 4})]
        for row in (LIVE, {**LIVE, **ANOTHERS, "user_id": 1, "live_user_id": 1}):
            await fill(tx, "members", row)
        await fill(tx, "member_links", CARD)
        theirs = await fill(tx, "member_links", {**CARD, **ANOTHERS, "used_by": 1})
        another = await fill(tx, "member_links", {**CARD, **ANOTHERS, "used_by": 4})
        await tx.members.erase_of_user(1)
        assert await all_rows(tx, "members") == others
        assert await all_rows(tx, "member_links") == [{**theirs, "used_by": None}, another]
