"""initial schema"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


logger = logging.getLogger("hospital.migrations")

_NO_RIGHT_TO_TRIGGERS = (1419, 1142, 1227)
"""MySQL's codes: binary logging without SUPER, no TRIGGER privilege, access denied for the operation."""
BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def token(length: int) -> sa.types.TypeEngine[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(ascii_text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "admin_sessions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("admin_id", BIG, nullable=False),
        sa.Column("token_hash", token(64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_admin_sessions_admin_id", "admin_sessions", ["admin_id"])
    op.create_index("ix_admin_sessions_token_hash", "admin_sessions", ["token_hash"], unique=True)

    op.create_table(
        "administrators",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("password_hash", token(255), nullable=False),
        sa.Column("role", token(16), nullable=False),
        sa.Column("totp_sealed", sa.String(length=255), nullable=False),
        sa.Column("totp_used_step", sa.Integer(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("password_changed_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_administrators_name", "administrators", ["name"], unique=True)

    op.create_table(
        "audit_log",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("admin_id", BIG, nullable=True),
        sa.Column("admin_name", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("act", token(48), nullable=False),
        sa.Column("subject", token(32), nullable=False),
        sa.Column("subject_id", token(64), nullable=False),
        sa.Column("before_json", sa.Text(), nullable=False),
        sa.Column("after_json", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_audit_log_act_id", "audit_log", ["act", "id"])
    op.create_index("ix_audit_log_admin_id_act_id", "audit_log", ["admin_id", "act", "id"])
    op.create_index("ix_audit_log_admin_id_id", "audit_log", ["admin_id", "id"])
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_index("ix_audit_log_subject_id", "audit_log", ["subject", "id"])
    op.create_index("ix_audit_log_subject_subject_id_id", "audit_log", ["subject", "subject_id", "id"])

    op.create_table(
        "banners",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("picture", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("link", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_table(
        "bills",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("bill_date", sa.String(length=10), nullable=False),
        sa.Column("kind", token(16), nullable=False),
        sa.Column("sha1", token(40), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_bills_bill_date_kind", "bills", ["bill_date", "kind"], unique=True)

    op.create_table(
        "catalog_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_table(
        "escort_bookings",
        sa.Column("escort_id", BIG, autoincrement=False, nullable=False),
        sa.Column("visit_date", sa.String(length=10), nullable=False),
        sa.Column("half", sa.String(length=2), nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("escort_id", "visit_date", "half"),
        **TABLE,
    )
    op.create_index("ix_escort_bookings_order_id", "escort_bookings", ["order_id"])
    op.create_index("ix_escort_bookings_visit_date", "escort_bookings", ["visit_date"])

    op.create_table(
        "escorts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=False),
        sa.Column("phone_tail", token(8), nullable=False),
        sa.Column("state", token(16), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_escorts_state_id", "escorts", ["state", "id"])
    op.create_index("ix_escorts_user_id", "escorts", ["user_id"], unique=True)

    op.create_table(
        "experts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("hospital_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("specialty", sa.String(length=255), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("picture", sa.String(length=255), nullable=False),
        sa.Column("sample", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_experts_hospital_id_position", "experts", ["hospital_id", "position"])

    op.create_table(
        "finance_cases",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", token(32), nullable=False),
        sa.Column("reference", token(80), nullable=False),
        sa.Column("order_id", BIG, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("state", token(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_finance_cases_kind_reference", "finance_cases", ["kind", "reference"], unique=True)
    op.create_index("ix_finance_cases_opened_at", "finance_cases", ["opened_at"])
    op.create_index("ix_finance_cases_order_id", "finance_cases", ["order_id"])
    op.create_index("ix_finance_cases_state_id", "finance_cases", ["state", "id"])

    op.create_table(
        "hospitals",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("grade", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("longitude", sa.String(length=16), nullable=False),
        sa.Column("latitude", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("logo", sa.String(length=255), nullable=False),
        sa.Column("picture", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("owner", token(64), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=255), nullable=False),
        sa.Column("last_result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        **TABLE,
    )
    op.create_table(
        "ledger",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", token(16), nullable=False),
        sa.Column("reference", token(80), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("order_id", BIG, nullable=True),
        sa.Column("attempt_id", BIG, nullable=True),
        sa.Column("refund_id", BIG, nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_ledger_attempt_id", "ledger", ["attempt_id"])
    op.create_index("ix_ledger_kind_reference", "ledger", ["kind", "reference"], unique=True)
    op.create_index("ix_ledger_occurred_at_kind_amount_fen", "ledger", ["occurred_at", "kind", "amount_fen"])
    op.create_index("ix_ledger_order_id", "ledger", ["order_id"])

    op.create_table(
        "order_history",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("from_state", token(16), nullable=False),
        sa.Column("to_state", token(16), nullable=False),
        sa.Column("actor_kind", token(16), nullable=False),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_order_history_order_id_id", "order_history", ["order_id", "id"])

    op.create_table(
        "orders",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("state", token(16), nullable=False),
        sa.Column("display_rank", sa.SmallInteger(), nullable=False),
        sa.Column("unpaid_user_id", BIG, nullable=True),
        sa.Column("hospital_id", BIG, nullable=False),
        sa.Column("hospital_name", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("visit_date", sa.String(length=10), nullable=False),
        sa.Column("service_id", BIG, nullable=False),
        sa.Column("service_name", sa.String(length=64), nullable=False),
        sa.Column("service_unit", sa.String(length=16), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", BIG, nullable=False),
        sa.Column("patient_name", sa.String(length=64), nullable=False),
        sa.Column("wishes", sa.Text(), nullable=False),
        sa.Column("admin_notes", sa.Text(), nullable=False),
        sa.Column("notes_version", sa.Integer(), nullable=False),
        sa.Column("escort_id", BIG, nullable=True),
        sa.Column("state_before_refund", token(16), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("stars", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("paid_attempt_id", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_orders_created_at", "orders", ["created_at"])
    op.create_index("ix_orders_display_rank_id", "orders", ["display_rank", "id"])
    op.create_index(
        "ix_orders_escort_id_state_visit_date_id", "orders", ["escort_id", "state", "visit_date", "id"]
    )
    op.create_index("ix_orders_escort_id_visit_date_id", "orders", ["escort_id", "visit_date", "id"])
    op.create_index("ix_orders_hospital_id_display_rank_id", "orders", ["hospital_id", "display_rank", "id"])
    op.create_index(
        "ix_orders_hospital_id_service_id_display_rank_id",
        "orders",
        ["hospital_id", "service_id", "display_rank", "id"],
    )
    op.create_index(
        "ix_orders_hospital_id_service_id_visit_date_id",
        "orders",
        ["hospital_id", "service_id", "visit_date", "id"],
    )
    op.create_index("ix_orders_hospital_id_visit_date_id", "orders", ["hospital_id", "visit_date", "id"])
    op.create_index("ix_orders_patient_id", "orders", ["patient_id"])
    op.create_index("ix_orders_patient_name_id", "orders", ["patient_name", "id"])
    op.create_index("ix_orders_service_id_display_rank_id", "orders", ["service_id", "display_rank", "id"])
    op.create_index("ix_orders_service_id_visit_date_id", "orders", ["service_id", "visit_date", "id"])
    op.create_index("ix_orders_state_expires_at", "orders", ["state", "expires_at"])
    op.create_index("ix_orders_state_visit_date_id", "orders", ["state", "visit_date", "id"])
    op.create_index("ix_orders_unpaid_user_id", "orders", ["unpaid_user_id"], unique=True)
    op.create_index("ix_orders_user_id_id", "orders", ["user_id", "id"])
    op.create_index("ix_orders_visit_date_id", "orders", ["visit_date", "id"])

    op.create_table(
        "outbox",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", token(32), nullable=False),
        sa.Column("reference", token(80), nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", token(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.String(length=127), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_outbox_kind_reference", "outbox", ["kind", "reference"], unique=True)
    op.create_index("ix_outbox_next_at", "outbox", ["next_at"])
    op.create_index("ix_outbox_user_id", "outbox", ["user_id"])

    op.create_table(
        "patients",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("adult", sa.SmallInteger(), nullable=False),
        sa.Column("sex", token(1), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=False),
        sa.Column("phone_tail", token(8), nullable=False),
        sa.Column("id_number_sealed", sa.Text(), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_patients_phone_tail", "patients", ["phone_tail"])
    op.create_index("ix_patients_user_id", "patients", ["user_id"])

    op.create_table(
        "payment_attempts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("open_order_id", BIG, nullable=True),
        sa.Column("out_trade_no", token(32), nullable=False),
        sa.Column("state", token(16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", token(8), nullable=False),
        sa.Column("openid", token(128), nullable=False),
        sa.Column("appid", token(32), nullable=False),
        sa.Column("mchid", token(32), nullable=False),
        sa.Column("description", sa.String(length=127), nullable=False),
        sa.Column("notify_url", sa.String(length=255), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("prepay_id", token(64), nullable=False),
        sa.Column("prepay_at", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", token(64), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("query_count", sa.Integer(), nullable=False),
        sa.Column("next_query_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.String(length=127), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_payment_attempts_next_query_at", "payment_attempts", ["next_query_at"])
    op.create_index("ix_payment_attempts_open_order_id", "payment_attempts", ["open_order_id"], unique=True)
    op.create_index("ix_payment_attempts_order_id", "payment_attempts", ["order_id"])
    op.create_index("ix_payment_attempts_out_trade_no", "payment_attempts", ["out_trade_no"], unique=True)
    op.create_index(
        "ix_payment_attempts_paid_at_id_state_amount_fen",
        "payment_attempts",
        ["paid_at", "id", "state", "amount_fen"],
    )
    op.create_index(
        "ix_payment_attempts_state_created_at_id_amount_fen",
        "payment_attempts",
        ["state", "created_at", "id", "amount_fen"],
    )
    op.create_index("ix_payment_attempts_transaction_id", "payment_attempts", ["transaction_id"], unique=True)

    op.create_table(
        "payment_events",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("event_id", token(64), nullable=False),
        sa.Column("event_type", token(64), nullable=False),
        sa.Column("reference", token(64), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("outcome", token(32), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_payment_events_event_id", "payment_events", ["event_id"], unique=True)
    op.create_index("ix_payment_events_reference", "payment_events", ["reference"])

    op.create_table(
        "refunds",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("attempt_id", BIG, nullable=False),
        sa.Column("out_refund_no", token(64), nullable=False),
        sa.Column("state", token(16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("policy_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("decision_note", sa.String(length=255), nullable=False),
        sa.Column("source", token(16), nullable=False),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("wechat_refund_id", token(64), nullable=False),
        sa.Column("last_error", sa.String(length=127), nullable=False),
        sa.Column("query_count", sa.Integer(), nullable=False),
        sa.Column("next_query_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("renews_refund_id", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_refunds_attempt_id", "refunds", ["attempt_id"])
    op.create_index("ix_refunds_next_query_at", "refunds", ["next_query_at"])
    op.create_index("ix_refunds_order_id", "refunds", ["order_id"])
    op.create_index("ix_refunds_out_refund_no", "refunds", ["out_refund_no"], unique=True)
    op.create_index("ix_refunds_renews_refund_id", "refunds", ["renews_refund_id"], unique=True)
    op.create_index("ix_refunds_state_id", "refunds", ["state", "id"])

    op.create_table(
        "services",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("summary", sa.String(length=127), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("included", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("picture", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_table(
        "sessions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("token_hash", token(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_token_hash", "sessions", ["token_hash"], unique=True)
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])

    op.create_table(
        "showcases",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("hospital_id", BIG, nullable=False),
        sa.Column("title", sa.String(length=127), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("service_name", sa.String(length=64), nullable=False),
        sa.Column("visit_date", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_showcases_hospital_id_position", "showcases", ["hospital_id", "position"])

    op.create_table(
        "users",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("openid", token(128), nullable=False),
        sa.Column("nickname", sa.String(length=63), nullable=False),
        sa.Column("avatar_path", sa.String(length=511), nullable=False),
        sa.Column("avatar_file", token(80), nullable=False),
        sa.Column("admin_remark", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_login_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **TABLE,
    )
    op.create_index("ix_users_nickname_id", "users", ["nickname", "id"])
    op.create_index("ix_users_openid", "users", ["openid"], unique=True)

    for table in ("audit_log", "ledger"):
        _append_only(table)


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
    raise RuntimeError("the initial schema is not taken back: restore a backup instead")
