"""Rows that wait for a moment, limits, and a few statements about orders and payments: which rows each is about."""

from __future__ import annotations

from typing import Any

import pytest

from clock import HOUR, MINUTE
from storage import Storage, Transaction
from tests.storage.contract import Counted, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, all_rows, fill

DUE: Row = {"next_query_at": 100, "claimed_until": 100}
VOID = 100 + 15 * MINUTE
TAKEN: list[Row] = [{"claimed_until": 101}, {"claimed_until": VOID}]
FREE: list[Row] = [{"claimed_until": 0}, {"claimed_until": VOID + 1}]
PHONES: Row = {"user_id": 1, "phone_sealed": "p", "phone_tail": "1234", "phone_hash": "h"}
CONTACT: Row = {"user_id": 1, "state": "finished", "contact_phone_sealed": "p", "contact_phone_tail": "1234"}
WORDS: Row = {"reason": "r", "dispute": "d", "closing_note": "c", "amount_reason": "a", "receipt_file": "f"}
OWNED: list[tuple[str, Row]] = [("orders", {"id": 5, "user_id": 1}), ("orders", {"id": 6, "user_id": 2})]


async def _claim(tx: Transaction, row: Row) -> Any:
    """With the row as it was read: ``description`` says what changed since then."""
    attempt = await tx.attempts.get(row["id"])
    if attempt is None:
        return False
    column = row["description"]
    if column:
        await tx.connection.execute(
            f"UPDATE payment_attempts SET {column} = 99 WHERE id = :id", {"id": row["id"]}
        )
    told = await tx.attempts.claim(attempt, 100, 150)
    if column:
        await tx.connection.execute(
            f"UPDATE payment_attempts SET {column} = :was WHERE id = :id",
            {"id": row["id"], "was": row[column]},
        )
    return told


PROMISES: dict[str, Promise] = {
    "what is due": Listed(
        "payment_attempts", DUE, limited=lambda tx, _, limit: tx.attempts.due(100, limit),
        wrong=[{"next_query_at": 101}, {"next_query_at": None}, *TAKEN],
        also=[{"next_query_at": 97}, {"next_query_at": 98, **FREE[0]}, {"next_query_at": 99, **FREE[1]}],
        order=("next_query_at",),
    ),
    "how much is due": Counted(
        "payment_attempts", DUE, lambda tx: tx.attempts.backlog(100),
        wrong=[{"next_query_at": 101}, {"next_query_at": None}], also=[*TAKEN, {"next_query_at": 99}],
    ),
    "a claim": Written(
        "payment_attempts", DUE, _claim, {"claimed_until": 150},
        wrong=[*TAKEN, {"description": "claimed_until"}, {"description": "next_query_at"}], also=FREE,
    ),
    "asked again later": Written(
        "payment_attempts", {**DUE, "query_count": 4, "last_error": "old"},
        lambda tx, row: tx.attempts.reschedule(row["id"], 200, "e" * 130),
        {"claimed_until": 0, "query_count": 5, "next_query_at": 200, "last_error": "e" * 127}, tells=False,
    ),
    "asked again without an error": Written(
        "payment_attempts", {**DUE, "query_count": 4, "last_error": "old"},
        lambda tx, row: tx.attempts.reschedule(row["id"], 200),
        {"claimed_until": 0, "query_count": 5, "next_query_at": 200, "last_error": ""}, tells=False,
    ),
    "what is final is not asked again": Written(
        "payment_attempts", {**DUE, "next_query_at": None}, lambda tx, row: tx.attempts.reschedule(row["id"], 200),
        {"claimed_until": 0, "query_count": 1}, tells=False,
    ),
    "a failure seen while somebody else ended it is not noted": Written(
        "payment_attempts", {**DUE, "next_query_at": None, "last_error": ""},
        lambda tx, row: tx.attempts.reschedule(row["id"], 200, "late"),
        {"claimed_until": 0, "query_count": 1}, tells=False,
    ),
    "what ends well keeps no error of before": Written(
        "payment_attempts", {**DUE, "next_query_at": None, "last_error": "old"},
        lambda tx, row: tx.attempts.reschedule(row["id"], 200),
        {"claimed_until": 0, "query_count": 1, "last_error": ""}, tells=False,
    ),
    "the last failure before nobody asks again is noted": Written(
        "payment_attempts", {**DUE, "last_error": "old"},
        lambda tx, row: tx.attempts.reschedule(row["id"], None, "new"),
        {"claimed_until": 0, "query_count": 1, "next_query_at": None, "last_error": "new"}, tells=False,
    ),
    "the error of money that does not agree stays": Written(
        "payment_attempts", {**DUE, "state": "mismatch", "last_error": "why"},
        lambda tx, row: tx.attempts.reschedule(row["id"], 200),
        {"claimed_until": 0, "query_count": 1, "next_query_at": 200}, tells=False,
    ),
    "made due": Written(
        "payment_attempts", {"next_query_at": 101}, lambda tx, row: tx.attempts.make_due(row["id"], 100),
        {"next_query_at": 100}, wrong=[{"next_query_at": None}, {"next_query_at": 99}], tells=False,
    ),
    "the open attempt of a supplement": Found(
        "payment_attempts", {"open_supplement_id": 8},
        lambda tx, row: tx.attempts.open_of_supplement(row["open_supplement_id"]), [{"open_supplement_id": None}],
        by="open_supplement_id",
    ),
    "open attempts of an order": Listed(
        "payment_attempts", {"order_id": 5, "open_order_id": 5}, lambda tx: tx.attempts.all_open_of_order(5),
        wrong=[{"open_order_id": None}, {"order_id": 6, "open_order_id": 6},
               {"order_id": 6, "open_order_id": None, "open_supplement_id": 9}],
        also=[{"open_order_id": None, "open_supplement_id": 8}],
    ),
    "a seen notification": Counted(
        "payment_events", {"event_id": "e"}, lambda tx: tx.payment_events.seen("e"), wrong=[{"event_id": "f"}], also=[],
        total=bool,
    ),
    "kinds of requests that wait": Counted(
        "refunds", {"order_id": 5, "attempt_id": 1, "state": "requested", "kind": "cancel"},
        lambda tx: tx.refunds.waiting_kinds({5, 7}),
        wrong=[{"order_id": 6, "attempt_id": 2}, {"attempt_id": 2}, {"state": "approved"}], also=[],
        beside=[("orders", {"id": 5, "paid_attempt_id": 1}), ("orders", {"id": 6, "paid_attempt_id": 2})],
        total=lambda rows: {5: "cancel"} if rows else {},
    ),
    "phones not needed any more": Swept(
        "patients", PHONES, lambda tx: tx.erasure_requests.erase_phones_not_needed(1),
        {"phone_sealed": "", "phone_tail": "", "phone_hash": ""},
        wrong=[{"user_id": 2}, {"phone_sealed": "", "phone_tail": "", "phone_hash": ""}, {"id": 61}],
        also=[{"id": 62}, {"id": 63}], told=lambda rows: None,
        beside=[("orders", {"user_id": 1, "patient_id": 61, "state": "serving"}),
                ("orders", {"user_id": 1, "patient_id": 62, "state": "finished"}),
                ("orders", {"user_id": 2, "patient_id": 63, "state": "serving"})],
    ),
    "phones on orders not needed any more": Swept(
        "orders", CONTACT, lambda tx: tx.erasure_requests.erase_phones_not_needed(1),
        {"contact_phone_sealed": "", "contact_phone_tail": ""},
        wrong=[{"user_id": 2}, {"state": "serving"}, {"state": "paid"}, {"contact_phone_sealed": ""}],
        also=[{"state": "cancelled"}], told=lambda rows: None,
    ),
    "phones of patients": Counted(
        "patients", PHONES, lambda tx: tx.erasure_requests.count_phones(1),
        wrong=[{"user_id": 2}, {"phone_sealed": ""}], total=lambda rows: len(rows) + 1,
        beside=[("orders", CONTACT), ("orders", {**CONTACT, "user_id": 2}),
        ("orders", {**CONTACT, "contact_phone_sealed": ""})],
    ),
    "supplements by an entry's key": Found(
        "offline_entries", {}, lambda tx, row: tx.offline.by_key(row["entry_key"]), by="entry_key"
    ),
    "entries between": Listed(
        "offline_entries", {"occurred_at": 100}, lambda tx: tx.offline.between(100, 200),
        wrong=[{"occurred_at": 99}, {"occurred_at": 200}], also=[{"occurred_at": 199}, {"occurred_at": 150}, {}],
        order=("occurred_at", "id"),
    ),
    "words about supplements erased": Swept(
        "supplements", {"order_id": 5, **WORDS}, lambda tx: tx.supplements.erase_of_user(1), dict.fromkeys(WORDS, ""),
        wrong=[{"order_id": 6}, {"order_id": 6, "disputed_by": 2}], beside=OWNED,
        told=lambda rows: [row["receipt_file"] for row in rows],
    ),
    "a user's dispute erased": Swept(
        "supplements", {"order_id": 6, "disputed_by": 1, **WORDS}, lambda tx: tx.supplements.erase_of_user(1),
        {"dispute": ""},
        wrong=[{"disputed_by": 2}], beside=OWNED, told=lambda rows: [],
    ),
    "orders of a user on the list": Listed(
        "orders", {"user_id": 1}, limited=lambda tx, _, limit: tx.own_orders.listed("t", limit),
        wrong=[{"user_id": 2}, {"hidden_at": 1}], order=("-id",),
        beside=[("sessions", {"user_id": 1, "token_hash": "t"}), ("sessions", {"user_id": 2, "token_hash": "u"})],
    ),
    "an order off the list": Written(
        "orders", {}, lambda tx, row: tx.own_orders.set_hidden(row["id"], 9), {"hidden_at": 9}, tells=False
    ),
    "an order handed over": Written(
        "orders", {"user_id": 1}, lambda tx, row: tx.own_orders.hand_over(row["id"], 7, 8),
        {"user_id": 7, "patient_id": 8},
        tells=False,
    ),
    "nicknames": Counted(
        "users", {"id": 5, "nickname": "n"}, lambda tx: tx.users.nicknames({5, 7}), wrong=[{"id": 6}], also=[],
        total=lambda rows: {5: "n"} if rows else {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_of_a_cancelled_order_the_last_such_step_is_told_and_when_orders_changed_last(
    storage: Storage,
) -> None:
    async with storage.transaction() as tx:
        for number, (order_id, state, at) in enumerate(
            [(5, "unpaid", 1), (5, "cancelled", 2), (6, "cancelled", 3), (7, "paid", 4), (5, "cancelled", 9)],
            1,
        ):
            await fill(tx, "order_history", {"id": number, "order_id": order_id, "to_state": state, "at": at})
        for order_id in (5, 7):
            await fill(tx, "orders", {"id": order_id, "patient_id": 3, "state": "cancelled"})
        found = await tx.own_orders.cancellations([5, 7])
        assert {order_id: step.id for order_id, step in found.items()} == {5: 5}
        assert await tx.own_orders.cancellations([]) == {}
        assert sorted(await tx.patients.orders_of(3)) == [("cancelled", 4), ("cancelled", 9)]


async def test_an_unpaid_order_that_is_handed_over_is_the_other_users_unpaid_one(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "orders", {"id": 5, "user_id": 1, "unpaid_user_id": 1})
        await tx.own_orders.hand_over(5, 7, 8)
        (row,) = await all_rows(tx, "orders")
    assert (row["user_id"], row["patient_id"], row["unpaid_user_id"]) == (7, 8, 7)


LIMIT: Row = {"name": "n", "subject": "s"}
AT = 10_000_000
BUCKETS: dict[str, tuple[int | None, int, int]] = {
    "nobody has taken any": (None, 0, AT + 6_000),
    "it was full long ago": (AT - 5, 0, AT + 6_000),
    "it is full now": (AT, 0, AT + 6_000),
    "it has some": (AT + 7, 0, AT + 6_007),
    "it has just one": (AT + MINUTE - 6_000, 0, AT + MINUTE),
    "it has none for a moment": (AT + MINUTE - 5_999, 1, AT + MINUTE - 5_999),
    "it is empty": (AT + MINUTE, 6_000, AT + MINUTE),
    "it is empty for long": (AT + HOUR, HOUR - MINUTE + 6_000, AT + HOUR),
    "a clock was wrong": (AT + HOUR + 1, 0, AT + 6_000),
}


@pytest.mark.parametrize("bucket", BUCKETS)
async def test_ten_tokens_a_minute_are_given(storage: Storage, bucket: str) -> None:
    full_at, wait, after = BUCKETS[bucket]
    async with storage.transaction() as tx:
        for other in ({"name": "m"}, {"subject": "t"}):
            await fill(tx, "rate_limits", {**LIMIT, **other, "full_at": 1})
        if full_at is not None:
            await fill(tx, "rate_limits", {**LIMIT, "full_at": full_at})
        assert await tx.limits.take("n", "s", AT, 10) == wait
        rows = {(row["name"], row["subject"]): row["full_at"] for row in await all_rows(tx, "rate_limits")}
        assert rows == {("m", "s"): 1, ("n", "t"): 1, ("n", "s"): after}
        assert await tx.limits.sweep(after - 1) == 2
        assert await tx.limits.sweep(after) == 1


async def test_which_numbers_are_of_supplements(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, supplement in ((1, 8), (2, None), (3, 9)):
            await fill(
                tx, "payment_attempts",
                {"id": number, "supplement_id": supplement, "out_trade_no": f"O{number}",
                "transaction_id": f"T{number}"},
            )  # fmt: skip
            await fill(tx, "refunds", {"attempt_id": number, "out_refund_no": f"R{number}"})
        found = await tx.supplements.of_numbers({"O1", "O2", "T3", "R1", "R2", "X"})
        assert found == {"O1": 8, "T3": 9, "R1": 8}
        assert await tx.supplements.of_numbers(set()) == {}


async def test_who_logs_in_is_found_or_added_once(storage: Storage) -> None:
    async with storage.transaction() as tx:
        other = await fill(tx, "users", {"openid": "other", "last_login_at": 1})
        first = await tx.users.find_or_add("me", 5)
        assert await tx.users.find_or_add("me", 9) == first
        rows = {row["openid"]: row for row in await all_rows(tx, "users")}
    assert rows["other"] == other
    assert (rows["me"]["created_at"], rows["me"]["last_login_at"]) == (5, 9)


@pytest.mark.parametrize(
    ("user", "living"), [({}, True), ({"deleted_at": 1}, False), ({"disabled_at": 1}, False)]
)
async def test_who_is_deleted_or_shut_out_does_not_act(storage: Storage, user: Row, living: bool) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "users", {"id": 5, **user})
        await fill(tx, "users", {"id": 6})
        assert await tx.users.lock_living(5) is living
        assert await tx.users.lock_living(7) is False
