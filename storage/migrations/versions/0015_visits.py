"""the visit: hour and place, blocked days, changes, invitations, leave, steps, reports, members, reminders"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
AT = sa.BigInteger


def _token(length: int = 64) -> sa.types.TypeEngine[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(ascii_text, "mysql", "mariadb")


def _column(name: str, kind: Any, default: str | None = None, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, server_default=default)


def _key(name: str, kind: Any = BIG) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _id() -> sa.Column[Any]:
    return sa.Column("id", BIG, primary_key=True, autoincrement=True)


def _added_columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    """Made for each run: a column belongs to one table object."""
    return {
        "hospitals": tuple(
            _column(name, sa.String(2000), "") for name in ("campuses", "meeting_points", "departments")
        ),
        "services": (
            _column("takes", _token(8), "half"),
            _column("needs_id_number", sa.SmallInteger, "1"),
            _column("questions", sa.String(4000), ""),
            _column("step_nodes", sa.String(1000), ""),
            _column("keywords", sa.String(255), ""),
        ),
        "orders": (
            _column("visit_time", _token(5), ""),
            _column("campus", sa.String(64), ""),
            _column("meeting_point", sa.String(128), ""),
            _column("contact_phone_sealed", _token(255), ""),
            _column("contact_phone_tail", _token(8), ""),
            _column("appointment", _token(16), ""),
            _column("mobility", _token(16), ""),
            _column("hearing", _token(16), ""),
            _column("answers", sa.String(2000), ""),
            _column("takes", _token(8), "half"),
            _column("preferred_escort_id", BIG, null=True),
            _column("user_moves", sa.SmallInteger, "0"),
            _column("place_held_until", AT, "0"),
            _column("overbooked_open", sa.SmallInteger, "0"),
            _column("started_at", AT, null=True),
            _column("user_confirmed_at", AT, null=True),
            _column("escort_confirmed_at", AT, null=True),
            _column("rating_tags", sa.String(64), ""),
            _column("rating_answer", sa.String(500), ""),
            _column("rating_answered_at", AT, null=True),
        ),
    }


def _tables() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "blocked_days": (
            _id(),
            _column("visit_date", sa.String(10)),
            _column("half", _token(3)),
            _column("hospital_id", BIG),
            _column("reason", sa.String(64)),
            _column("blocked_by", BIG),
            _column("blocked_at", AT),
        ),
        "visit_days": (_key("visit_date", sa.String(10)),),
        "order_changes": (
            _id(),
            _column("order_id", BIG),
            _column("open_order_id", BIG, null=True),
            _column("kind", _token(16)),
            _column("state", _token(16)),
            _column("actor_kind", _token(16)),
            _column("actor_id", BIG, null=True),
            _column("reason", sa.String(255)),
            _column("before_json", sa.Text),
            _column("after_json", sa.Text),
            _column("asked_at", AT),
            _column("decided_at", AT, null=True),
            _column("decided_by", BIG, null=True),
            _column("decision_note", sa.String(255)),
        ),
        "invitations": (
            _id(),
            _column("order_id", BIG),
            _column("escort_id", BIG),
            _column("open_order_id", BIG, null=True),
            _column("state", _token(16)),
            _column("pay_fen", sa.BigInteger),
            _column("reason", sa.String(255)),
            _column("offered_by", BIG),
            _column("offered_at", AT),
            _column("expires_at", AT),
            _column("answered_at", AT, null=True),
        ),
        "escort_leaves": (
            _key("escort_id"),
            _key("visit_date", sa.String(10)),
            _key("half", sa.String(2)),
            _column("reason", sa.String(64)),
            _column("created_at", AT),
        ),
        "escort_profiles": (
            _key("escort_id"),
            _column("portrait_file", _token(80)),
            _column("introduction", sa.String(500)),
            _column("years", sa.Integer),
            _column("shown_at", AT, null=True),
            _column("verified_at", AT, null=True),
            _column("new_portrait_file", _token(80)),
            _column("new_introduction", sa.String(500)),
            _column("new_years", sa.Integer),
            _column("proposed_at", AT, null=True),
        ),
        "visit_steps": (
            _id(),
            _column("order_id", BIG),
            _column("escort_id", BIG),
            _column("action_id", _token(40)),
            _column("kind", _token(16)),
            _column("node", sa.String(32)),
            _column("note_sealed", sa.Text),
            _column("place_sealed", sa.Text),
            _column("at", AT),
            _column("phone_at", AT, null=True),
        ),
        "visit_photos": (
            _id(),
            _column("order_id", BIG),
            _column("escort_id", BIG),
            _column("step_id", BIG, null=True),
            _column("action_id", _token(40)),
            _column("file", _token(80)),
            _column("size", sa.Integer),
            _column("at", AT),
        ),
        "visit_reports": (
            _key("order_id"),
            _column("escort_id", BIG),
            _column("body_sealed", sa.Text),
            _column("version", sa.Integer),
            _column("drafted_at", AT),
            _column("sent_at", AT, null=True),
            _column("confirmed_at", AT, null=True),
            _column("confirmed_by", _token(8)),
        ),
        "report_entries": (
            _id(),
            _column("order_id", BIG),
            _column("kind", _token(16)),
            _column("question_id", BIG, null=True),
            _column("author_kind", _token(16)),
            _column("author_id", BIG),
            _column("action_id", _token(40)),
            _column("text_sealed", sa.Text),
            _column("open", sa.SmallInteger),
            _column("at", AT),
        ),
        "visit_troubles": (
            _id(),
            _column("order_id", BIG),
            _column("escort_id", BIG),
            _column("kind", _token(16)),
            _column("action_id", _token(40)),
            _column("note_sealed", sa.Text),
            _column("at", AT),
            _column("phone_at", AT, null=True),
            _column("open", sa.SmallInteger),
            _column("closed_at", AT, null=True),
            _column("closed_by", BIG, null=True),
            _column("resolution", sa.String(255)),
        ),
        "consents": (
            _id(),
            _column("user_id", BIG),
            _column("kind", _token(16)),
            _column("version", _token(16)),
            _column("given_at", AT),
            _column("withdrawn_at", AT, null=True),
        ),
        "members": (
            _id(),
            _column("owner_id", BIG),
            _column("user_id", BIG),
            _column("scope", _token(8)),
            _column("scope_id", BIG),
            _column("role", _token(8)),
            _column("joined_at", AT),
            _column("ended_at", AT, null=True),
            _column("live_user_id", BIG, null=True),
        ),
        "member_links": (
            _id(),
            _column("owner_id", BIG),
            _column("scope", _token(8)),
            _column("scope_id", BIG),
            _column("role", _token(8)),
            _column("token_hash", _token()),
            _column("created_at", AT),
            _column("expires_at", AT),
            _column("used_at", AT, null=True),
            _column("used_by", BIG, null=True),
            _column("revoked_at", AT, null=True),
        ),
        "reminders": (
            _id(),
            _column("order_id", BIG),
            _column("user_id", BIG),
            _column("audience", _token(8)),
            _column("kind", _token(16)),
            _column("visit_at", AT),
            _column("due_at", AT),
            _column("next_at", AT, null=True),
            _column("queued_at", AT, null=True),
            _column("cancelled_at", AT, null=True),
            _column("answered_at", AT, null=True),
        ),
        "message_permissions": (
            _key("user_id"),
            _key("kind", _token(32)),
            _column("remaining", sa.Integer),
            _column("refused", sa.SmallInteger),
            _column("updated_at", AT),
        ),
    }


INDEXES: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    (
        "orders",
        (
            "overbooked_open",
            "visit_date",
            "id",
        ),
        False,
    ),
    (
        "blocked_days",
        (
            "visit_date",
            "hospital_id",
            "half",
        ),
        True,
    ),
    ("order_changes", ("open_order_id",), True),
    (
        "order_changes",
        (
            "order_id",
            "id",
        ),
        False,
    ),
    (
        "order_changes",
        (
            "state",
            "id",
        ),
        False,
    ),
    (
        "invitations",
        (
            "escort_id",
            "state",
            "id",
        ),
        False,
    ),
    (
        "invitations",
        (
            "open_order_id",
            "escort_id",
        ),
        True,
    ),
    (
        "invitations",
        (
            "order_id",
            "id",
        ),
        False,
    ),
    (
        "invitations",
        (
            "state",
            "expires_at",
        ),
        False,
    ),
    ("escort_leaves", ("visit_date",), False),
    ("escort_profiles", ("proposed_at",), False),
    ("escort_profiles", ("shown_at",), False),
    ("visit_steps", ("at",), False),
    (
        "visit_steps",
        (
            "escort_id",
            "action_id",
        ),
        True,
    ),
    (
        "visit_steps",
        (
            "order_id",
            "id",
        ),
        False,
    ),
    ("visit_photos", ("at",), False),
    (
        "visit_photos",
        (
            "escort_id",
            "action_id",
        ),
        True,
    ),
    ("visit_photos", ("file",), True),
    (
        "visit_photos",
        (
            "order_id",
            "id",
        ),
        False,
    ),
    ("visit_reports", ("sent_at",), False),
    (
        "report_entries",
        (
            "author_kind",
            "author_id",
            "action_id",
        ),
        True,
    ),
    (
        "report_entries",
        (
            "open",
            "at",
        ),
        False,
    ),
    (
        "report_entries",
        (
            "order_id",
            "id",
        ),
        False,
    ),
    (
        "visit_troubles",
        (
            "escort_id",
            "action_id",
        ),
        True,
    ),
    (
        "visit_troubles",
        (
            "open",
            "kind",
            "at",
        ),
        False,
    ),
    (
        "visit_troubles",
        (
            "order_id",
            "id",
        ),
        False,
    ),
    (
        "consents",
        (
            "user_id",
            "kind",
            "id",
        ),
        False,
    ),
    (
        "members",
        (
            "live_user_id",
            "id",
        ),
        False,
    ),
    (
        "members",
        (
            "owner_id",
            "id",
        ),
        False,
    ),
    (
        "members",
        (
            "scope",
            "scope_id",
            "live_user_id",
        ),
        True,
    ),
    ("member_links", ("owner_id",), False),
    (
        "member_links",
        (
            "scope",
            "scope_id",
            "id",
        ),
        False,
    ),
    ("member_links", ("token_hash",), True),
    ("reminders", ("next_at",), False),
    (
        "reminders",
        (
            "order_id",
            "user_id",
            "kind",
            "visit_at",
        ),
        True,
    ),
    ("reminders", ("user_id",), False),
)


def upgrade() -> None:
    for table, columns in _added_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.add_column("payment_attempts", _column("payer_user_id", BIG, null=True))
    for unit_column, table in (("unit", "services"), ("service_unit", "orders")):
        op.execute(f"UPDATE {table} SET takes = 'day' WHERE {unit_column} = '天'")
    for table, columns in _tables().items():
        op.create_table(
            table,
            *columns,
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_bin",
            mysql_engine="InnoDB",
        )
    for table, names, unique in INDEXES:
        op.create_index(_index_name(table, names, unique), table, list(names), unique=unique)


def _index_name(table: str, names: tuple[str, ...], unique: bool) -> str:
    return f"ix_{table}_{'_'.join(names)}"


def downgrade() -> None:
    op.drop_index("ix_orders_overbooked_open_visit_date_id", "orders")
    for table in reversed(_tables()):
        op.drop_table(table)
    op.drop_column("payment_attempts", "payer_user_id")
    for table, columns in _added_columns().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
