"""Complaints at WeChat and what is sent there: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models.wechat_complaints import ComplaintActState
from storage.writes import columns
from storage.writes.wechat_complaints import ComplaintActMove, NewComplaintAct, WeChatComplaintReading
from tests.storage.contract import Added, Counted, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, all_rows, fill, made

DUE_ACT: Row = {"state": "planned", "due_at": 100, "claimed_until": 0, "tries": 1}
CLAIMED: list[Row] = [{"claimed_until": 101}, {"claimed_until": 100 + 900_000}]
VOID: list[Row] = [{"claimed_until": 100}, {"claimed_until": 100 + 900_001}]
NEW_ACT = made(NewComplaintAct)
READING = made(WeChatComplaintReading)


async def _claim_act(tx: Transaction, row: Row) -> Any:
    act = await tx.wechat_complaints.act(row["id"])
    return act is not None and await tx.wechat_complaints.claim_act(act, 100, 150)


async def _begin_act(tx: Transaction, row: Row) -> Any:
    act = await tx.wechat_complaints.act(row["id"])
    if act is None:
        return False
    if row["problem"] == "tried":
        await tx.connection.execute("UPDATE complaint_acts SET tries = 2 WHERE id = :id", {"id": row["id"]})
    told = await tx.wechat_complaints.begin_act(act, ("planned", "unknown"), ComplaintActMove(tries=4))
    await tx.connection.execute(
        "UPDATE complaint_acts SET tries = 1 WHERE id = :id AND tries = 2", {"id": row["id"]}
    )
    return told


PROMISES: dict[str, Promise] = {
    "a complaint at WeChat": Found(
        "wechat_complaints", {}, lambda tx, row: tx.wechat_complaints.find(row["external_id"]), by="external_id"
    ),
    "a locked complaint at WeChat": Found(
        "wechat_complaints", {}, lambda tx, row: tx.wechat_complaints.lock(row["external_id"]), by="external_id"
    ),
    "a complaint at WeChat by the one here": Found(
        "wechat_complaints", {"complaint_id": 5}, lambda tx,
        row: tx.wechat_complaints.of_complaint(row["complaint_id"]),
        [{"complaint_id": None}], by="complaint_id",
    ),
    "complaints to be read": Listed(
        "wechat_complaints", {"read_due_at": 100}, limited=lambda tx, _, limit: tx.wechat_complaints.due(100, limit),
        wrong=[{"read_due_at": 101}, {"read_due_at": None}], also=[{"read_due_at": 98}, {"read_due_at": 99}, {}],
        order=("read_due_at", "id"),
    ),
    "a reading": Written(
        "wechat_complaints", {}, lambda tx, row: tx.wechat_complaints.write_reading(row["id"], READING),
        columns(READING),
        tells=False,
    ),
    "a reading that failed": Written(
        "wechat_complaints", {"external_id": "w", "failures": 2, "news_at": 50, "read_due_at": 60},
        lambda tx, row: tx.wechat_complaints.write_failure(row["external_id"], 50, 99, "why"),
        {"failures": 3, "problem": "why", "read_due_at": 99}, key="external_id", tells=False,
    ),
    "a reading that failed after news": Written(
        "wechat_complaints", {"external_id": "w", "failures": 2, "news_at": 51, "read_due_at": 60},
        lambda tx, row: tx.wechat_complaints.write_failure(row["external_id"], 50, 99, "why"),
        {"failures": 3, "problem": "why"}, key="external_id", tells=False,
    ),
    "a complaint that is settled": Written(
        "wechat_complaints", {}, lambda tx, row: tx.wechat_complaints.settle(row["id"], "m"), {"settled_mark": "m"},
        tells=False,
    ),
    "complaints nobody could read": Listed(
        "wechat_complaints", {"complaint_id": None, "heard_at": 99}, lambda tx: tx.wechat_complaints.unread(100),
        wrong=[{"complaint_id": 3}, {"heard_at": 100}],
    ),
    "how many nobody could read": Counted(
        "wechat_complaints", {"complaint_id": None, "heard_at": 99}, lambda tx: tx.wechat_complaints.count_unread(100),
        wrong=[{"complaint_id": 3}, {"heard_at": 100}],
    ),
    "an act": Found("complaint_acts", {}, lambda tx, row: tx.wechat_complaints.act(row["id"])),
    "an act by its action": Found(
        "complaint_acts", {"admin_id": 3, "action_id": "a"},
        lambda tx, row: tx.wechat_complaints.act_of_action(row["admin_id"], row["action_id"]),
        [{"admin_id": 4}, {"action_id": "b"}], by="action_id",
    ),
    "acts": Listed(
        "complaint_acts", {"complaint_id": 5}, lambda tx: tx.wechat_complaints.acts(5), wrong=[{"complaint_id": 6}]
    ),
    "a new act": Added(
        "complaint_acts", lambda tx: tx.wechat_complaints.add_act(NEW_ACT),
        {**columns(NEW_ACT), "open_complaint_id": NEW_ACT.complaint_id, "state": "planned", "claimed_until": 0,
         "tries": 0, "problem": ""},
    ),
    "acts that are due": Listed(
        "complaint_acts", DUE_ACT, limited=lambda tx, _, limit: tx.wechat_complaints.due_acts(100, limit),
        wrong=[{"state": "done"}, {"state": "refused"}, {"due_at": 101}, *CLAIMED],
        also=[{"due_at": 98}, {"state": "sending", "due_at": 99}, {"state": "unknown"}, *VOID], order=("due_at", "id"),
    ),
    "a claimed act": Written(
        "complaint_acts", DUE_ACT, _claim_act, {"claimed_until": 150}, wrong=CLAIMED, also=VOID,
    ),
    "a moved act": Written(
        "complaint_acts", {"state": "sending"},
        lambda tx, row: tx.wechat_complaints.move_act(
            row["id"], ("sending", "unknown"), ComplaintActState.DONE, ComplaintActMove(ended_at=8)
        ),
        {"state": "done", "ended_at": 8}, wrong=[{"state": "planned"}], also=[{"state": "unknown"}],
    ),
    "an act that is begun": Written(
        "complaint_acts", DUE_ACT, _begin_act, {"state": "sending", "tries": 4},
        wrong=[{"state": "done"}, {"problem": "tried"}], also=[{"state": "unknown"}],
    ),
    "a picture of an act": Listed(
        "complaint_act_pictures", {"act_id": 5}, lambda tx: tx.wechat_complaints.pictures(5), wrong=[{"act_id": 6}]
    ),
    "a picture's name at WeChat": Written(
        "complaint_act_pictures", {}, lambda tx, row: tx.wechat_complaints.name_picture(row["id"], "m"),
        {"media_id": "m"}, tells=False,
    ),
    "pictures let go": Swept(
        "complaint_act_pictures", {"act_id": 5, "file": "f"}, lambda tx: tx.wechat_complaints.release_pictures(5),
        {"file": ""}, wrong=[{"act_id": 6}], told=lambda rows: [row["file"] for row in rows],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_what_was_heard_of_is_kept_once_and_due_at_once(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "wechat_complaints", {"external_id": "other", "news_at": 1, "read_due_at": 2})
        await tx.wechat_complaints.hear("w", 50)
        await tx.wechat_complaints.hear("w", 60, "m")
        other, row = await all_rows(tx, "wechat_complaints")
    assert (other["news_at"], other["read_due_at"], other["list_mark"]) == (1, 2, "")
    assert (row["news_at"], row["read_due_at"], row["list_mark"]) == (60, 60, "m")
    told = {
        name: row[name]
        for name in row
        if name not in ("id", "external_id", "news_at", "read_due_at", "list_mark")
    }
    assert {name: value for name, value in told.items() if value not in (0, "", None)} == {"heard_at": 50}


async def test_of_an_act_that_has_ended_text_and_pictures_go(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, (complaint_id, ended_at) in enumerate([(5, 9), (5, None), (6, 9)], 1):
            await fill(
                tx, "complaint_acts",
                {"id": number, "complaint_id": complaint_id, "ended_at": ended_at, "text_sealed": "t"},
            )  # fmt: skip
            await fill(tx, "complaint_act_pictures", {"act_id": number, "file": f"f{number}"})
        assert await tx.wechat_complaints.erase_acts([5]) == ["f1"]
        assert [row["text_sealed"] for row in await all_rows(tx, "complaint_acts")] == ["", "t", "t"]
        assert [row["file"] for row in await all_rows(tx, "complaint_act_pictures")] == ["", "f2", "f3"]


REFUSED = {"source": "wechat", "state": "open"}


@pytest.mark.parametrize(
    ("complaint", "acts", "shown"),
    [
        (REFUSED, ["refused"], True),
        ({**REFUSED, "state": "answered"}, ["done", "refused"], True),
        ({**REFUSED, "state": "closed"}, ["refused"], False),
        ({**REFUSED, "source": "own"}, ["refused"], False),
        (REFUSED, ["refused", "done"], False),
        (REFUSED, ["done"], False),
    ],
)
async def test_what_wechat_refused_is_shown_while_it_is_the_last_word(
    storage: Storage, complaint: Row, acts: list[str], shown: bool
) -> None:
    async with storage.transaction() as tx:
        made_row = await fill(tx, "complaints", complaint)
        for state in acts:
            act = await fill(tx, "complaint_acts", {"complaint_id": made_row["id"], "state": state})
        found = [each.id for each in await tx.wechat_complaints.refused()]
        assert found == ([act["id"]] if shown else [])
        assert await tx.wechat_complaints.count_refused() == len(found)


async def test_something_is_due_to_be_read_or_to_be_sent(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "wechat_complaints", {"read_due_at": 100})
        assert not await tx.wechat_complaints.anything_due(99)
        assert await tx.wechat_complaints.anything_due(100)
        await fill(tx, "complaint_acts", {**DUE_ACT, "due_at": 50})
        assert not await tx.wechat_complaints.anything_due(49)
        assert await tx.wechat_complaints.anything_due(50)


async def test_what_wechat_refused_last_is_shown_last(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number in (1, 2, 3):
            await fill(tx, "complaints", {"id": number, **REFUSED})
        for act, complaint in ((11, 2), (12, 3), (13, 1)):
            await fill(tx, "complaint_acts", {"id": act, "complaint_id": complaint, "state": "refused"})
        assert [each.id for each in await tx.wechat_complaints.refused()] == [11, 12, 13]
