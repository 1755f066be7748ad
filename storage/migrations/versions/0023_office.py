"""the office: supplements, offline money, orders by phone, escorts' pay, invoices, complaints, qualifications"""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

logger = logging.getLogger("hospital.migrations")
BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
AT = sa.BigInteger
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
APPEND_ONLY = ("offline_entries", "earnings")
_NO_RIGHT_TO_TRIGGERS = (1419, 1142, 1227)
"""MySQL's codes: binary logging without SUPER, no TRIGGER privilege, access denied for the operation."""


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
        "orders": (_column("origin", _token(8), "app"), _column("ordered_by", BIG, null=True)),
        "payment_attempts": (
            _column("supplement_id", BIG, null=True),
            _column("open_supplement_id", BIG, null=True),
            _column("channel", _token(16), "wechat"),
        ),
    }


def _tables() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "office_customers": (
            _key("user_id"),
            _column("name", sa.String(64)),
            _column("name_key", sa.String(64)),
            _column("phone_sealed", _token(255)),
            _column("phone_tail", _token(8)),
            _column("phone_hash", _token(32)),
            _column("created_by", BIG),
            _column("created_at", AT),
        ),
        "order_claims": (
            _id(),
            _column("order_id", BIG),
            _column("token_hash", _token(64)),
            _column("code_hash", _token(64)),
            _column("created_by", BIG),
            _column("created_at", AT),
            _column("expires_at", AT),
            _column("used_at", AT, null=True),
            _column("used_by", BIG, null=True),
            _column("revoked_at", AT, null=True),
        ),
        "supplements": (
            _id(),
            _column("order_id", BIG),
            _column("kind", _token(16)),
            _column("amount_fen", AT),
            _column("reason", sa.String(255)),
            _column("state", _token(16)),
            _column("proposed_by_kind", _token(8)),
            _column("proposed_by", BIG),
            _column("action_id", _token(40)),
            _column("receipt_file", _token(80)),
            _column("paid_fen", AT),
            _column("paid_at", AT, null=True),
            _column("paid_attempt_id", BIG, null=True),
            _column("refunded_fen", AT),
            _column("created_at", AT),
            _column("opened_at", AT, null=True),
            _column("opened_by", BIG, null=True),
            _column("dispute", sa.String(255)),
            _column("disputed_at", AT, null=True),
            _column("disputed_by", BIG, null=True),
            _column("closed_at", AT, null=True),
            _column("closing_note", sa.String(255)),
            _column("updated_at", AT),
        ),
        "offline_entries": (
            _id(),
            _column("entry_key", _token(48)),
            _column("kind", _token(16)),
            _column("order_id", BIG),
            _column("attempt_id", BIG),
            _column("refund_id", BIG, null=True),
            _column("amount_fen", AT),
            _column("method", _token(16)),
            _column("reference", sa.String(127)),
            _column("handled_by", sa.String(64)),
            _column("occurred_at", AT),
            _column("recorded_by", BIG),
            _column("recorded_at", AT),
            _column("note", sa.String(255)),
        ),
        "pay_rules": (
            _id(),
            _column("service_id", BIG),
            _column("escort_id", BIG),
            _column("kind", _token(8)),
            _column("value", AT),
            _column("valid_from", sa.String(10)),
            _column("created_by", BIG),
            _column("created_at", AT),
        ),
        "earnings": (
            _id(),
            _column("escort_id", BIG),
            _column("order_id", BIG, null=True),
            _column("kind", _token(16)),
            _column("reference", _token(80)),
            _column("amount_fen", AT),
            _column("base_fen", AT),
            _column("rule_id", BIG, null=True),
            _column("reason", sa.String(255)),
            _column("earned_date", sa.String(10)),
            _column("created_by", BIG, null=True),
            _column("created_at", AT),
        ),
        "pay_statements": (
            _id(),
            _column("escort_id", BIG),
            _column("month", sa.String(7)),
            _column("number", sa.Integer),
            _column("state", _token(16)),
            _column("orders_fen", AT),
            _column("corrections_fen", AT),
            _column("total_fen", AT),
            _column("line_count", sa.Integer),
            _column("issued_by", BIG),
            _column("issued_at", AT),
            _column("question", sa.String(500)),
            _column("answer", sa.String(500)),
            _column("answered_at", AT, null=True),
            _column("confirmed_at", AT, null=True),
            _column("paid_at", AT, null=True),
            _column("paid_by", BIG, null=True),
            _column("paid_reference", sa.String(127)),
            _column("withdrawn_at", AT, null=True),
            _column("updated_at", AT),
        ),
        "pay_statement_lines": (
            _key("statement_id"),
            _key("earning_id"),
            _column("live_earning_id", BIG, null=True),
        ),
        "closed_months": (
            _key("month", sa.String(7)),
            _column("closed_by", BIG),
            _column("closed_at", AT),
            _column("last_ledger_id", BIG),
            _column("totals_json", sa.Text),
        ),
        "invoices": (
            _id(),
            _column("order_id", BIG),
            _column("open_order_id", BIG, null=True),
            _column("user_id", BIG),
            _column("kind", _token(8)),
            _column("title", sa.String(127)),
            _column("tax_number", _token(32)),
            _column("email_sealed", _token(512)),
            _column("amount_fen", AT),
            _column("state", _token(16)),
            _column("number", sa.String(64)),
            _column("file", _token(80)),
            _column("note", sa.String(255)),
            _column("requested_at", AT),
            _column("decided_at", AT, null=True),
            _column("decided_by", BIG, null=True),
            _column("reversed_at", AT, null=True),
            _column("reversed_by", BIG, null=True),
            _column("reversal_number", sa.String(64)),
            _column("updated_at", AT),
        ),
        "complaints": (
            _id(),
            _column("order_id", BIG, null=True),
            _column("user_id", BIG, null=True),
            _column("source", _token(8)),
            _column("external_id", _token(64), null=True),
            _column("kind", _token(16)),
            _column("action_id", _token(40)),
            _column("text_sealed", sa.Text),
            _column("state", _token(16)),
            _column("assigned_to", BIG, null=True),
            _column("answer_due_at", AT),
            _column("settle_due_at", AT),
            _column("answered_at", AT, null=True),
            _column("closed_at", AT, null=True),
            _column("closed_by", BIG, null=True),
            _column("refund_id", BIG, null=True),
            _column("created_at", AT),
            _column("updated_at", AT),
        ),
        "complaint_entries": (
            _id(),
            _column("complaint_id", BIG),
            _column("kind", _token(16)),
            _column("author_kind", _token(8)),
            _column("author_id", BIG, null=True),
            _column("action_id", _token(40)),
            _column("text_sealed", sa.Text),
            _column("at", AT),
        ),
        "complaint_photos": (
            _id(),
            _column("complaint_id", BIG, null=True),
            _column("user_id", BIG),
            _column("action_id", _token(40)),
            _column("file", _token(80)),
            _column("size", sa.Integer),
            _column("at", AT),
        ),
        "escort_qualifications": (
            _id(),
            _column("escort_id", BIG),
            _column("kind", _token(16)),
            _column("file", _token(80)),
            _column("size", sa.Integer),
            _column("state", _token(16)),
            _column("expires_date", sa.String(10)),
            _column("reason", sa.String(255)),
            _column("uploaded_at", AT),
            _column("decided_at", AT, null=True),
            _column("decided_by", BIG, null=True),
            _column("reminded_at", AT, null=True),
        ),
        "service_prices": (
            _id(),
            _column("service_id", BIG),
            _column("price_fen", AT),
            _column("valid_from", sa.String(10)),
            _column("created_by", BIG),
            _column("created_at", AT),
            _column("applied_at", AT, null=True),
            _column("withdrawn_at", AT, null=True),
        ),
    }


INDEXES = (
    ("payment_attempts", ("open_supplement_id",), True),
    ("payment_attempts", ("supplement_id",), False),
    ("office_customers", ("name_key", "user_id"), False),
    ("office_customers", ("phone_hash",), False),
    ("office_customers", ("phone_tail",), False),
    ("order_claims", ("code_hash",), True),
    ("order_claims", ("order_id", "id"), False),
    ("order_claims", ("token_hash",), True),
    ("order_claims", ("used_by",), False),
    ("supplements", ("order_id", "id"), False),
    ("supplements", ("paid_attempt_id",), False),
    ("supplements", ("proposed_by_kind", "proposed_by", "action_id"), True),
    ("supplements", ("state", "id"), False),
    ("offline_entries", ("attempt_id",), False),
    ("offline_entries", ("entry_key",), True),
    ("offline_entries", ("occurred_at", "id"), False),
    ("offline_entries", ("order_id",), False),
    ("pay_rules", ("service_id", "escort_id", "valid_from", "id"), False),
    ("earnings", ("earned_date", "id"), False),
    ("earnings", ("escort_id", "earned_date", "id"), False),
    ("earnings", ("order_id",), False),
    ("earnings", ("reference",), True),
    ("pay_statements", ("escort_id", "month", "number"), True),
    ("pay_statements", ("month", "id"), False),
    ("pay_statements", ("state", "id"), False),
    ("pay_statement_lines", ("earning_id",), False),
    ("pay_statement_lines", ("live_earning_id",), True),
    ("invoices", ("open_order_id",), True),
    ("invoices", ("order_id", "id"), False),
    ("invoices", ("state", "id"), False),
    ("invoices", ("user_id", "id"), False),
    ("complaints", ("external_id",), True),
    ("complaints", ("order_id", "id"), False),
    ("complaints", ("state", "answer_due_at"), False),
    ("complaints", ("state", "id"), False),
    ("complaints", ("user_id", "action_id"), True),
    ("complaint_entries", ("author_kind", "author_id", "action_id"), False),
    ("complaint_entries", ("complaint_id", "id"), False),
    ("complaint_photos", ("complaint_id", "id"), False),
    ("complaint_photos", ("file",), True),
    ("complaint_photos", ("user_id", "action_id"), True),
    ("escort_qualifications", ("escort_id", "kind", "id"), False),
    ("escort_qualifications", ("state", "expires_date", "id"), False),
    ("escort_qualifications", ("state", "id"), False),
    ("service_prices", ("applied_at", "valid_from"), False),
    ("service_prices", ("service_id", "valid_from", "id"), False),
)


def upgrade() -> None:
    for table, columns in _added_columns().items():
        for column in columns:
            op.add_column(table, column)
    for table, columns in _tables().items():
        op.create_table(table, *columns, **TABLE)
    for table, names, unique in INDEXES:
        op.create_index(_index_name(table, names), table, list(names), unique=unique)
    for table in APPEND_ONLY:
        _append_only(table)


def _index_name(table: str, names: tuple[str, ...]) -> str:
    return f"ix_{table}_{'_'.join(names)}"


def _append_only(table: str) -> None:
    """Triggers that refuse to change or delete a row. TRUNCATE, which needs the right to drop, is not stopped."""
    sentence = f"{table} is append-only"
    for act in ("update", "delete"):
        head = f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}"
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{sentence}'); END")
            continue
        try:
            op.execute(f"{head} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{sentence}'")
        except sa.exc.DBAPIError as error:
            code = error.orig.args[0] if error.orig and error.orig.args else None
            if code not in _NO_RIGHT_TO_TRIGGERS:
                raise
            logger.warning(
                "%s is not protected by triggers: the database refused to make them (%s)", table, code
            )
            return


def downgrade() -> None:
    for table in reversed(_tables()):
        op.drop_table(table)
    for table, columns in _added_columns().items():
        for table_of_index, names, _ in INDEXES:
            if table_of_index == table:
                op.drop_index(_index_name(table, names), table)
        for column in columns:
            op.drop_column(table, column.name)
