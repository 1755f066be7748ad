"""Rows of the tables that the kept business has none of: each about people and orders that it has."""

from __future__ import annotations

from typing import Any

AT = 1_796_000_000_000
LATER = AT + 1_000_000
NOTHING = (
    '{"received_fen":0,"refunded_fen":0,"fees_fen":0,"offline_received_fen":0,"offline_refunded_fen":0,'
    '"supplements_fen":0,"late_fen":0,"entries":0,"unearned_fen":0,"unearned_orders":0}'
)
"""The totals of a month without any money."""
MOVED = '{{"visit_date": "{}", "visit_time": "08:30"}}'
TODAY, TOMORROW = "2026-11-30", "2026-12-01"


def added_rows(table: str, kept: dict[str, Any]) -> list[dict[str, Any]]:
    """At least one row of a table. Columns that are not named are blank."""
    if table in ("pay_statements", "pay_statement_lines"):
        return _statement(table, kept)
    order = next(
        row for row in records(kept, "orders") if row["state"] == "paid" and row["escort_id"] is None
    )
    done = next(row for row in records(kept, "orders") if row["state"] == "finished")
    users = [
        row["id"] for row in records(kept, "users") if row["id"] not in (order["user_id"], done["user_id"])
    ]
    return _about(order, done, users)[table]


def records(kept: dict[str, Any], table: str) -> list[dict[str, Any]]:
    columns, *rows = kept[table]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _about(order: dict[str, Any], done: dict[str, Any], users: list[int]) -> dict[str, list[dict[str, Any]]]:
    mine, visit = {"order_id": order["id"]}, {"order_id": done["id"], "escort_id": done["escort_id"]}
    scope = {"owner_id": order["user_id"], "scope": "order", "scope_id": order["id"], "role": "family"}
    offered = {
        **mine,
        "offered_by": 1,
        "offered_at": AT,
        "expires_at": LATER,
        "pay_fen": 10_000,
        "half": "am",
    }
    change = {
        **mine,
        "kind": "request",
        "actor_kind": "user",
        "actor_id": order["user_id"],
        "reason": "改天",
        "asked_at": AT,
    }
    seen = {"last_address": "127.0.0.1", "last_at": AT}
    return {
        "alarms": [
            {"day": TODAY, "event": "notification_refused", "reason": "bad_signature", "count": 3, **seen}
        ],
        "blocked_days": [
            {"visit_date": "2027-02-06", "half": "day", "reason": "春节", "blocked_by": 1, "blocked_at": AT}
        ],
        "closed_months": [{"month": "2026-10", "closed_by": 1, "closed_at": AT, "totals_json": NOTHING}],
        "complaint_photos": [
            {
                "user_id": order["user_id"],
                "action_id": "a" * 20,
                "file": "1" * 32 + ".jpg",
                "size": 9,
                "at": AT,
            }
        ],
        "escort_applications": [
            {"escort_id": done["escort_id"], "name": "王芳芳", "phone_tail": "0000", "applied_at": AT}
        ],
        "escort_leaves": [
            {
                "escort_id": done["escort_id"],
                "visit_date": TOMORROW,
                "half": "am",
                "reason": "家里有事",
                "created_at": AT,
            }
        ],
        "finance_cases": [
            {
                "kind": "payment_mismatch",
                "reference": "4200000000",
                "order_id": order["id"],
                "detail": "{}",
                "state": "open",
                "opened_at": AT,
            },
            {
                "kind": "bill_missing",
                "reference": TODAY,
                "detail": "{}",
                "state": "closed",
                "note": "已核对",
                "opened_at": AT,
                "closed_at": LATER,
                "closed_by": 1,
            },
        ],
        "invitations": [
            {**offered, "escort_id": 1, "open_order_id": order["id"], "state": "offered"},
            {**offered, "escort_id": 2, "state": "declined", "reason": "太远", "answered_at": LATER},
        ],
        "member_links": [
            {
                **scope,
                "token_hash": "c" * 64,
                "created_at": AT,
                "expires_at": LATER,
                "used_at": AT + 9,
                "used_by": users[0],
            }
        ],
        "members": [{**scope, "user_id": users[0], "joined_at": AT + 9, "live_user_id": users[0]}],
        "message_permissions": [
            {"user_id": order["user_id"], "kind": "paid", "remaining": 2, "refused": 0, "updated_at": AT}
        ],
        "order_changes": [
            {
                **change,
                "open_order_id": order["id"],
                "state": "asked",
                "before_json": MOVED.format(TODAY),
                "after_json": MOVED.format(TOMORROW),
                "max_refund_percent": 100,
            },
            {
                **change,
                "state": "refused",
                "before_json": MOVED.format(TODAY),
                "after_json": MOVED.format(TOMORROW),
                "decided_at": LATER,
                "decided_by": 1,
                "decision_note": "约满",
            },
        ],
        "order_claims": [
            {
                **mine,
                "token_hash": "f" * 64,
                "code_hash": "0" * 64,
                "created_by": 1,
                "created_at": AT,
                "expires_at": LATER,
            }
        ],
        "password_failures": [
            {"admin_id": 1, "kind": "password", "network": "127.0.0.1", "failures": 2, "last_at": AT}
        ],
        "rate_limits": [{"name": "login", "subject": "127.0.0.1", "full_at": AT}],
        "report_entries": [
            {
                "order_id": done["id"],
                "kind": "question",
                "author_kind": "user",
                "author_id": done["user_id"],
                "action_id": "b" * 20,
                "open": 0,
                "at": AT,
            }
        ],
        "service_prices": [
            {
                "service_id": 4,
                "price_fen": 20_800,
                "valid_from": "2027-01-01",
                "created_by": 1,
                "created_at": AT,
            }
        ],
        "showcases": [
            {
                "hospital_id": 1,
                "title": "一位老人的检查",
                "body": "从挂号到取药",
                "service_name": "全程陪诊",
                "visit_date": TODAY,
            }
        ],
        "visit_photos": [{**visit, "action_id": "d" * 20, "file": "2" * 32 + ".jpg", "size": 9, "at": AT}],
        "visit_troubles": [
            {
                **visit,
                "kind": "late",
                "action_id": "e" * 20,
                "at": AT,
                "open": 0,
                "closed_at": LATER,
                "closed_by": 1,
                "resolution": "已电话联系",
            }
        ],
    }


def _statement(table: str, kept: dict[str, Any]) -> list[dict[str, Any]]:
    """A month's statement of one escort, with all that they earned."""
    escort_id = records(kept, "earnings")[0]["escort_id"]
    earned = [row for row in records(kept, "earnings") if row["escort_id"] == escort_id]
    if table == "pay_statement_lines":
        return [{"statement_id": 1, "earning_id": row["id"], "live_earning_id": row["id"]} for row in earned]
    total = sum(row["amount_fen"] for row in earned)
    sums = {"orders_fen": total, "total_fen": total, "line_count": len(earned)}
    told = {
        "escort_id": escort_id,
        "month": "2026-11",
        "number": 1,
        "state": "issued",
        "issued_by": 1,
        "issued_at": AT,
    }
    return [{"id": 1, **told, **sums, "updated_at": AT}]
