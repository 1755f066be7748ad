"""What WeChat pushes, and the messages that users permit: which rows each statement is about."""

from __future__ import annotations

import pytest

from storage import Storage
from storage.models import AnswerSource, MessagePermission, PushedState
from storage.writes import NewContentCheck, NewInboxEvent, NewShipment, columns
from tests.storage.contract import GONE, Added, Counted, Found, Listed, Promise, Stored, Swept, Written
from tests.storage.rows import Row, all_rows, fill, made

MINE: Row = {"user_id": 1}
THEIRS: Row = {"user_id": 2}
NEW_CHECK, NEW_EVENT, NEW_SHIPMENT = made(NewContentCheck), made(NewInboxEvent), made(NewShipment)
PERMISSION: Row = {
    "user_id": 1,
    "kind": "k",
    "remaining": 2,
    "refused": 0,
    "updated_at": 3,
    "answered_at": 4,
    "voided_at": 5,
}
ANSWER: Row = {"user_id": 1, "kind": "k", "source": "push", "paired": 0, "at": 10}
EVENT: Row = {"state": "pending", "next_at": 5, "claimed_until": 7, "openid": "o", "fields": "f", "tries": 2}
GIVEN_UP: Row = {"state": "failed", "openid": "o", "fields": "f", "tries": 9}
PROMISES: dict[str, Promise] = {
    "a pushed event": Found("pushed_events", {}, lambda tx, row: tx.pushed_events.get(row["id"])),
    "a new event": Added(
        "pushed_events", lambda tx: tx.pushed_events.add(NEW_EVENT),
        {**columns(NEW_EVENT), "state": "pending", "tries": 0, "claimed_until": 0, "last_error": "",
         "next_at": min(NEW_EVENT.happened_at, NEW_EVENT.received_at)}, told=lambda row: True,
    ),
    "a settled event": Written(
        "pushed_events", {**EVENT, "last_error": "e"}, lambda tx,
        row: tx.pushed_events.settle(row["id"], PushedState.DONE, 7),
        {"state": "done", "openid": "", "fields": "", "next_at": None, "last_error": ""},
        wrong=[{"claimed_until": 8}, {"next_at": None}],
    ),
    "an event that failed": Written(
        "pushed_events", EVENT, lambda tx, row: tx.pushed_events.failed(row["id"], 20, "e" * 130, 7),
        {"next_at": 20, "tries": 3, "claimed_until": 0, "last_error": "e" * 127},
        wrong=[{"claimed_until": 8}, {"next_at": None}], tells=False,
    ),
    "an event that is given up": Written(
        "pushed_events", EVENT, lambda tx, row: tx.pushed_events.failed(row["id"], None, "e", 7),
        {"state": "failed", "next_at": None, "tries": 3, "claimed_until": 0, "last_error": "e"}, tells=False,
    ),
    "an event tried again": Written(
        "pushed_events", {**GIVEN_UP, "claimed_until": 7}, lambda tx, row: tx.pushed_events.retry(row["id"], 20),
        {"state": "pending", "next_at": 20, "tries": 0, "claimed_until": 0}, wrong=[{"state": "pending"}],
    ),
    "an event seen to": Written(
        "pushed_events", GIVEN_UP, lambda tx, row: tx.pushed_events.discard(row["id"]),
        {"state": "discarded", "openid": "", "fields": ""}, wrong=[{"state": "pending"}],
    ),
    "events given up": Listed(
        "pushed_events", GIVEN_UP, page=lambda tx, behind, limit: tx.pushed_events.given_up(behind, limit),
        wrong=[{"state": "discarded"}], order=("-id",),
    ),
    "how many events are given up": Counted(
        "pushed_events", GIVEN_UP, lambda tx: tx.pushed_events.count_given_up(), wrong=[{"state": "discarded"}]
    ),
    "how many events wait": Counted(
        "pushed_events", EVENT, lambda tx: tx.pushed_events.count_waiting(), wrong=[{"next_at": None}]
    ),
    "events about a user erased": Swept(
        "pushed_events", GIVEN_UP, lambda tx: tx.pushed_events.erase_of_user("o"),
        {"state": "discarded", "openid": "", "fields": ""}, wrong=[{"openid": "p"}, {"next_at": 5}],
    ),
    "permissions": Listed(
        "message_permissions", PERMISSION, lambda tx: tx.permissions.of_user(1), wrong=[THEIRS],
        also=[{"kind": "z"}, {"kind": "a"}], order=("kind",), told=lambda found: [each.kind for each in found],
        key="kind",
    ),
    "a permission": Found(
        "message_permissions", PERMISSION, lambda tx, row: tx.permissions.get(row["user_id"], row["kind"]),
        [THEIRS, {"kind": "l"}], by="kind", key="kind", order=("kind",), told=lambda found: found and found.kind,
    ),
    "a kept permission": Stored(
        "message_permissions", PERMISSION,
        lambda tx, row: tx.permissions.put(MessagePermission(**{**row, "refused": bool(row["refused"])})),
        {"remaining": 7, "refused": 1, "updated_at": 8, "answered_at": 9, "voided_at": 10},
        others=[THEIRS, {"kind": "l"}],
    ),
    "a permission that is used": Written(
        "message_permissions", {**PERMISSION, "remaining": 1}, lambda tx,
        row: tx.permissions.take(row["user_id"], "k", 9),
        {"remaining": 0, "updated_at": 9}, wrong=[{"remaining": 0}, {"kind": "l"}], key="user_id",
    ),
    "permissions that are gone": Written(
        "message_permissions", PERMISSION, lambda tx, row: tx.permissions.clear(row["user_id"], "k", 9),
        {"remaining": 0, "updated_at": 9, "voided_at": 9}, wrong=[{"kind": "l"}], key="user_id", tells=False,
    ),
    "permissions erased": Swept(
        "message_permissions", MINE, lambda tx: tx.permissions.erase_of_user(1), GONE, wrong=[THEIRS]
    ),
    "an answer": Added(
        "message_answers", lambda tx: tx.message_answers.add((1, "k", AnswerSource.PUSH, 7), counted=True),
        {**MINE, "kind": "k", "source": "push", "at": 7, "paired": 0, "counted": 1}, told=lambda row: None,
    ),
    "a paired answer": Written(
        "message_answers", ANSWER, lambda tx,
        row: tx.message_answers.pair(row["user_id"], "k", AnswerSource.PUSH, (10, 20)),
        {"paired": 1}, wrong=[{"kind": "l"}, {"source": "sent"}, {"paired": 1}, {"at": 9}, {"at": 21}],
        also=[{"at": 20}],
        key="user_id",
    ),
    "counted answers": Counted(
        "message_answers", {**ANSWER, "counted": 1}, lambda tx: tx.message_answers.counted_after(1, "k", 9),
        wrong=[THEIRS, {"kind": "l"}, {"counted": 0}, {"at": 9}],
    ),
    "answers erased": Swept("message_answers", MINE, lambda tx: tx.message_answers.erase_of_user(1), GONE,
    wrong=[THEIRS]),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_the_earliest_answer_is_paired_first(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for at in (14, 12, 13):
            await fill(tx, "message_answers", {**ANSWER, "at": at})
        for _ in range(2):
            assert await tx.message_answers.pair(1, "k", AnswerSource.PUSH, (10, 20))
        assert [row["at"] for row in await all_rows(tx, "message_answers") if row["paired"]] == [12, 13]
