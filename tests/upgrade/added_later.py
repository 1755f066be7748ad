"""The same for the tables that came after schema 0024, in a business that has them."""

from __future__ import annotations

from typing import Any

from tests.upgrade.added import AT, LATER, records


def later_rows(kept: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """At least one row of each table, by its name. Columns that are not named are blank."""
    complaint = records(kept, "complaints")[0]
    user_id = complaint["user_id"]
    return {
        "cluster_locks": [{"name": "orders/1", "turns": 3}],
        "content_checks": [
            {
                "user_id": user_id,
                "kind": "nickname",
                "action_id": "g" * 20,
                "state": "review",
                "reason": "risky",
                "submitted_at": AT,
            }
        ],
        "content_verdicts": [{"trace_id": "h" * 32, "suggest": "pass", "label": 100, "at": AT}],
        "downloads": [
            {
                "session_id": 1,
                "ticket": "i" * 20,
                "total": 9,
                "sent": 9,
                "state": "done",
                "updated_at": AT,
            }
        ],
        "erasure_requests": [{"user_id": user_id, "what": "phone", "asked_at": AT, "done_at": LATER}],
        "installation": [{"id": 1, "mode": "development", "since": AT}],
        "message_answers": [
            {"user_id": user_id, "kind": "paid", "source": "client", "at": AT, "paired": 1, "counted": 1}
        ],
        **_at_wechat(complaint, records(kept, "pay_statements")[0]),
    }


def _at_wechat(complaint: dict[str, Any], statement: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """A complaint that was made there, and what was answered; a month's pay that WeChat could not transfer."""
    mine = {"complaint_id": complaint["id"]}
    return {
        "complaint_act_pictures": [{"act_id": 1, "file": "3" * 32 + ".jpg", "size": 9}],
        "complaint_acts": [
            {
                "id": 1,
                **mine,
                "kind": "answer",
                "state": "done",
                "admin_id": 1,
                "action_id": "j" * 20,
                "created_at": AT,
                "due_at": AT,
                "sent_at": AT + 9,
                "ended_at": AT + 99,
                "tries": 1,
            }
        ],
        "pay_transfers": [
            {
                "statement_id": statement["id"],
                "escort_id": statement["escort_id"],
                "out_bill_no": "T1",
                "state": "failed",
                "fail_reason": "ACCOUNT_NOT_EXIST",
                "amount_fen": statement["total_fen"],
                "started_by": 1,
                "sent_at": AT,
                "accepted_at": AT + 9,
                "finished_at": AT + 99,
                "created_at": AT,
                "updated_at": AT + 99,
            }
        ],
        "wechat_complaints": [
            {
                **mine,
                "external_id": "200201820200101080076610000",
                "heard_at": AT,
                "news_at": AT,
                "read_at": AT + 9,
                "state": "PROCESSED",
                "times": 1,
            }
        ],
    }
