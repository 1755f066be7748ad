"""An erasure leaves no text of the user anywhere: every column of every table is looked at, new ones too.

One row of each table belongs to the user, who books visits and is an escort at once; each of its texts can be told
from all others. What is still there after the erasure has to stand below.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from accounts import personal_data
from storage import Storage
from storage.schema import metadata

USER, AT = 1, 1_000_000
NOT_FILLED = {"escort_bookings"}
"""Who has visits to come is not erased."""
CODES: dict[str, Any] = {
    "orders.state": "finished",
    "orders.ending": "served",
    "orders.unpaid_user_id": None,
    "escorts.state": "approved",
    "refunds.state": "succeeded",
    "refunds.source": "user",
    "order_history.actor_kind": "user",
    "payment_attempts.state": "closed",
    "payment_attempts.open_order_id": None,
    "invitations.state": "accepted",
    "members.ended_at": None,
    "users.deleted_at": None,
    "users.disabled_at": None,
    "report_entries.author_kind": "user",
    "supplements.state": "open",
    "supplements.proposed_by_kind": "escort",
    "supplements.paid_fen": 0,
    "complaints.state": "closed",
    "complaint_acts.open_complaint_id": None,
    "complaint_acts.state": "done",
    "invoices.state": "issued",
    "pay_transfers.state": "succeeded",
    "pushed_events.state": "failed",
    "pushed_events.next_at": None,
}
OF_OTHERS = {
    "admin_sessions", "administrators", "alarms", "audit_log", "banners", "bills", "blocked_days", "catalog_state",
    "case_numbers", "cluster_locks", "downloads", "installation",
    "experts", "finance_cases", "heartbeat", "hospitals", "jobs", "ledger", "password_failures", "rate_limits",
    "services", "showcases", "visit_days", "payment_events", "pay_rules", "closed_months", "service_prices",
    "content_verdicts",
    "offline_entries", "earnings", "pay_statement_lines", "shipments", "trade_management",
    "open_earnings", "orders_without_pay", "escort_records",
    "order_claims",  # hashes of links and codes
    "name_parts",  # names of rows of other tables: tests/admin/people/test_listed_names.py
}  # fmt: skip
"""Tables about the company, its staff and its money: nothing in them is told by the user or named after them."""


def columns() -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    for table in metadata.sorted_tables:
        if table.name not in NOT_FILLED | OF_OTHERS:
            for column in table.columns:
                yield table, column


def marks() -> dict[str, str]:
    """A text of its own for each column that can hold one, by ``table.column``."""
    texts = [
        f"{table.name}.{column.name}"
        for table, column in columns()
        if isinstance(column.type, sa.String | sa.Text) and (column.type.length or 99) >= 4
    ]
    known = {name: f"~{number:03d}" for number, name in enumerate(texts) if name not in CODES}
    return known | {"pushed_events.openid": known["users.openid"]}


def row(table: sa.Table) -> dict[str, Any]:
    known = marks()
    values: dict[str, Any] = {}
    for column in table.columns:
        name = f"{table.name}.{column.name}"
        if name in CODES:
            values[column.name] = CODES[name]
        elif name in known:
            values[column.name] = known[name]
        else:
            values[column.name] = "m" if isinstance(column.type, sa.String) else USER
    return values


async def fill(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for table in {table.name: table for table, _ in columns()}.values():
            values = row(table)
            names = ", ".join(f"{name}" for name in values)
            places = ", ".join(f":{name}" for name in values)
            await tx.connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({places})", values)
        await tx.commit()


async def left(storage: Storage) -> set[str]:
    """The columns that still hold what they were filled with."""
    known = marks()
    found = set()
    async with storage.reading() as reader:
        for table, column in columns():
            name = f"{table.name}.{column.name}"
            if name in known:
                rows = await reader.connection.fetch_all(f"SELECT {column.name} FROM {table.name}")
                found |= {name for (value,) in rows if known[name] in str(value)}
    return found


GONE = {
    "complaint_photos", "content_checks", "escort_applications", "escort_leaves", "escort_profiles",
    "escort_qualifications",
    "member_links", "members", "message_answers", "message_permissions", "outbox", "reminders", "sessions",
    "visit_photos",
}  # fmt: skip
"""Tables in which nothing of the user stays at all."""
KEPT = {
    "the books: what was sold, when, and which payment it was": """
        orders.hospital_name orders.service_name orders.service_unit orders.visit_date orders.visit_time orders.takes
        orders.origin pay_statements.month pay_statements.paid_reference
        pay_transfers.appid pay_transfers.decided_note pay_transfers.fail_reason
        pay_transfers.key_serial pay_transfers.last_error
        pay_transfers.mchid pay_transfers.openid pay_transfers.out_bill_no pay_transfers.wechat_bill_no
        payment_attempts.appid payment_attempts.channel payment_attempts.currency
        payment_attempts.description payment_attempts.last_error
        payment_attempts.mchid payment_attempts.notify_url payment_attempts.openid payment_attempts.out_trade_no
        payment_attempts.prepay_id payment_attempts.transaction_id
        refunds.kind refunds.last_error refunds.out_refund_no refunds.wechat_refund_id""",
    "the books, too: which invoice it was": """
        invoices.kind invoices.number invoices.taken_number invoices.reversal_number""",
    "the proof of a consent": "consents.kind consents.version",
    "words of ours, not of a person: states, kinds, and marks of repeated requests": """
        order_changes.actor_kind order_changes.kind order_changes.state order_history.from_state order_history.to_state
        erasure_requests.what pushed_events.event pushed_events.event_key pushed_events.last_error
        complaint_entries.action_id complaint_entries.author_kind complaint_entries.kind complaints.action_id
        complaints.external_id complaints.kind complaints.source
        complaint_acts.action_id complaint_acts.kind complaint_acts.problem complaint_act_pictures.media_id
        wechat_complaints.external_id wechat_complaints.list_mark wechat_complaints.mark wechat_complaints.out_trade_no
        wechat_complaints.problem wechat_complaints.problem_type wechat_complaints.settled_mark wechat_complaints.state
        wechat_complaints.transaction_id
        orders.rating_tags orders.state_before_refund pay_statements.state
        patients.relation report_entries.action_id report_entries.kind
        visit_reports.confirmed_by visit_steps.action_id visit_steps.kind visit_steps.node visit_troubles.action_id
        visit_troubles.kind supplements.kind supplements.action_id""",
}


@pytest.mark.promise(24)
async def test_of_every_text_column_it_is_decided_whether_an_erasure_takes_it(storage: Storage) -> None:
    await fill(storage)
    assert await left(storage) == set(marks()), "each text is found before"
    async with storage.transaction() as tx:
        user = await tx.users.get(USER)
        assert user is not None
        await personal_data.erase(tx, user, AT)
        await tx.commit()
    async with storage.reading() as reader:
        for table in {table.name: table for table, _ in columns()}:
            found = await reader.connection.fetch_one(f"SELECT COUNT(*) FROM {table}")
            assert found is not None
            assert (found[0] == 0) == (table in GONE), table
    kept = {name for names in KEPT.values() for name in names.split()}
    assert await left(storage) == kept


@pytest.mark.promise(24, 35)
async def test_of_the_visits_of_others_a_users_questions_and_an_escorts_places_go(storage: Storage) -> None:
    """The user asked about a visit that another family booked, and was the escort of it."""
    await fill(storage)
    async with storage.transaction() as tx:
        for table in ("report_entries", "visit_steps"):
            values = row(metadata.tables[table]) | {"id": 2, "order_id": 2, "action_id": "another"}
            names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
            await tx.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values)
        user = await tx.users.get(USER)
        assert user is not None
        await personal_data.erase(tx, user, AT)
        asked = await tx.connection.fetch_one("SELECT text_sealed FROM report_entries WHERE order_id = 2")
        step = await tx.connection.fetch_one(
            "SELECT place_sealed, note_sealed FROM visit_steps WHERE order_id = 2"
        )
        await tx.commit()
    assert asked is not None
    assert step is not None
    assert tuple(asked) == ("",)
    assert step[0] == ""
    assert step[1] == marks()["visit_steps.note_sealed"], "what was noted is the family's"
