"""What is kept for a time only: which rows each statement is about."""

from __future__ import annotations

import pytest

from storage import Storage
from tests.storage.contract import GONE, Promise, Swept
from tests.storage.rows import Row, fill

OLD: Row = {"id": 50}
BEYOND: list[Row] = [{"id": 10}, {"id": 61}]
WITHIN: list[Row] = [{"id": 11}, {"id": 60}]
PROMISES: dict[str, Promise] = {
    "old sessions of the office": Swept(
        "admin_sessions", {**OLD, "expires_at": 99}, lambda tx: tx.retention.delete_admin_sessions(10, 60, 100), GONE,
        wrong=[*BEYOND, {"expires_at": 100, "id": 30}, {"expires_at": 100, "ended_at": 100, "id": 31}],
        also=[*WITHIN, {"expires_at": 100, "ended_at": 99, "id": 32}],
    ),
    "old cards": Swept(
        "member_links", {**OLD, "expires_at": 99}, lambda tx: tx.retention.delete_member_links(10, 60, 100), GONE,
        wrong=[*BEYOND, {"expires_at": 100, "id": 30}], also=WITHIN,
    ),
    "old reminders": Swept(
        "reminders", {**OLD, "visit_at": 99}, lambda tx: tx.retention.delete_reminders(10, 60, 100), GONE,
        wrong=[*BEYOND, {"visit_at": 100, "id": 30}],
        also=[{**each, "visit_at": 98 - at} for at, each in enumerate(WITHIN)],
    ),
    "old checks": Swept(
        "content_checks", {**OLD, "decided_at": 99}, lambda tx: tx.retention.delete_content_checks(10, 60, 100), GONE,
        wrong=[*BEYOND, {"decided_at": 100, "id": 30}, {"decided_at": None, "id": 31}],
        also=[*WITHIN, {"decided_at": None, "state": "replaced", "id": 32}],
    ),
    "old messages": Swept(
        "outbox", {**OLD, "created_at": 99}, lambda tx: tx.retention.delete_messages(10, 60, 100), GONE,
        wrong=[*BEYOND, {"created_at": 100, "id": 30}, {"next_at": 5, "id": 31}], also=WITHIN,
    ),
    "old answers": Swept(
        "message_answers", {**OLD, "at": 99}, lambda tx: tx.retention.delete_message_answers(10, 60, 100), GONE,
        wrong=[*BEYOND, {"at": 100, "id": 30}], also=WITHIN,
    ),
    "old pushed events": Swept(
        "pushed_events", {**OLD, "received_at": 99}, lambda tx: tx.retention.delete_pushed_events(10, 60, 100), GONE,
        wrong=[*BEYOND, {"received_at": 100, "id": 30}, {"next_at": 5, "id": 31}], also=WITHIN,
    ),
    "old notifications": Swept(
        "payment_events", {**OLD, "received_at": 99, "reference": "Z"},
        lambda tx: tx.retention.delete_payment_events(10, 60, 100), GONE,
        wrong=[
            *BEYOND, {"received_at": 100, "id": 30}, {"reference": "A1", "id": 31}, {"reference": "A2", "id": 32},
            {"reference": "R1", "id": 33}, {"reference": "R2", "id": 34}, {"reference": "C1", "id": 35},
            {"reference": "D1", "id": 36},
        ],
        also=[*WITHIN, {"reference": "A3", "id": 41}, {"reference": "A4", "id": 42}, {"reference": "R3", "id": 43},
              {"reference": "R4", "id": 44}, {"reference": "R5", "id": 45}, {"reference": "C2", "id": 46}],
        beside=[
            ("payment_attempts", {"out_trade_no": "A1", "state": "prepaid"}),
            ("payment_attempts", {"out_trade_no": "A2", "state": "paid", "order_id": 5}),
            ("payment_attempts", {"out_trade_no": "A3", "state": "paid", "order_id": 6}),
            ("payment_attempts", {"out_trade_no": "A4", "state": "closed", "order_id": 7}),
            ("refunds", {"out_refund_no": "R1", "state": "processing"}),
            ("refunds", {"out_refund_no": "R2", "state": "succeeded", "order_id": 5}),
            ("refunds", {"out_refund_no": "R3", "state": "succeeded", "order_id": 6}),
            ("refunds", {"out_refund_no": "R4", "state": "closed"}),
            ("refunds", {"out_refund_no": "R5", "state": "rejected"}),
            ("finance_cases", {"state": "open", "order_id": 5, "reference": "C1", "detail": '{"n": "D1"}'}),
            ("finance_cases", {"state": "closed", "order_id": 6, "reference": "C2"}),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


TIMES = {
    "admin_sessions": "created_at", "payment_events": "received_at", "outbox": "created_at",
    "member_links": "created_at", "reminders": "queued_at", "pushed_events": "received_at",
    "content_checks": "submitted_at", "message_answers": "at",
}  # fmt: skip


@pytest.mark.parametrize("table", TIMES)
async def test_a_step_ends_before_the_first_row_that_is_recent(storage: Storage, table: str) -> None:
    async with storage.transaction() as tx:
        for number, at in enumerate([98, 99, 99, 100, 50], 1):
            await fill(tx, table, {"id": number, TIMES[table]: at})

        async def step(after: int, limit: int = 10) -> int:
            return await tx.retention.step(table, after, 100, limit)

        assert [await step(0), await step(0, 2), await step(2), await step(3), await step(5)] == [
            3,
            2,
            3,
            0,
            0,
        ]
