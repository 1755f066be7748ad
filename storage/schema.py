"""The tables, as SQLAlchemy metadata. Only Alembic reads this; the request path uses plain SQL.

Conventions: ``*_at`` is ms since the epoch (UTC), ``*_fen`` an amount in fen, ``*_date`` a Shanghai calendar day.
``open_order_id`` and ``unpaid_user_id`` are set while a row is the one open attempt of its order, the one unpaid
order of its user for its patient, and NULL afterwards: MySQL has no partial indexes, but where a column of a UNIQUE
index is NULL the others may repeat.
``audit_log`` and ``ledger`` are append-only: the migration adds triggers that refuse to change or delete their rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, SmallInteger, String, Table, Text
from sqlalchemy.dialects import mysql

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that is declared INTEGER."""


def _table(name: str, *items: Any) -> Table:
    return Table(
        name, metadata, *items, mysql_charset="utf8mb4", mysql_collate="utf8mb4_bin", mysql_engine="InnoDB"
    )


def _id() -> Column[int]:
    return Column("id", _BIG, primary_key=True, autoincrement=True)


def _ref(name: str, null: bool = False) -> Column[int]:
    return Column(name, _BIG, nullable=null)


def _at(name: str, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


def _fen(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _flag(name: str) -> Column[int]:
    return Column(name, SmallInteger, nullable=False)


def _text(name: str, length: int) -> Column[str]:
    return Column(name, String(length), nullable=False)


def _long(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _lines(name: str) -> Column[str]:
    """A short list, one entry per line; empty in rows from before the column was there."""
    return Column(name, String(2000), nullable=False, server_default="")


def _key_token(name: str, length: int) -> Column[str]:
    """A token that is part of the primary key."""
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return Column(name, String(length).with_variant(ascii_text, "mysql", "mariadb"), primary_key=True)


def _token(name: str, length: int = 64, null: bool = False, default: str | None = None) -> Column[str]:
    """Letters and digits that are compared byte by byte: numbers, hashes, identifiers of WeChat."""
    return Column(name, _ascii(length), nullable=null, server_default=default)


def _token_key(name: str, length: int = 64) -> Column[str]:
    """A token that is part of the primary key."""
    return Column(name, _ascii(length), primary_key=True)


def _ascii(length: int) -> Any:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return String(length).with_variant(ascii_text, "mysql", "mariadb")


_table(
    "users",
    _id(),
    _token("openid", 128),
    _text("nickname", 63),
    _text("avatar_path", 511),
    _token("avatar_file", 80),
    _long("admin_remark"),
    _at("created_at"),
    _at("last_login_at"),
    _at("disabled_at", null=True),
    _at("deleted_at", null=True),
    Column("nickname_key", String(64), nullable=False, server_default=""),
    Index(None, "openid", unique=True),
    Index(None, "nickname_key", "id"),
)
_table(
    "sessions",
    _id(),
    _ref("user_id"),
    _token("token_hash"),
    _at("created_at"),
    _at("last_seen_at"),
    _at("expires_at"),
    _token("sent_in", 8, default=""),
    Column("device", String(32), nullable=False, server_default=""),
    Index(None, "token_hash", unique=True),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)
_table(
    "rate_limits",
    _token_key("name", 16),
    _token_key("subject"),
    _at("full_at"),
    Index(None, "full_at"),
)
_table(
    "patients",
    _id(),
    _ref("user_id"),
    _text("name", 64),
    _flag("adult"),
    _token("sex", 1),
    _long("phone_sealed"),
    _token("phone_tail", 8),
    _long("id_number_sealed"),
    _text("relation", 16),
    _at("created_at"),
    _at("deleted_at", null=True),
    _at("consented_at", null=True),
    _at("guardian_consented_at", null=True),
    _at("forget_at", null=True),
    _token("id_kind", 24, default=""),
    _token("phone_hash", 32, default=""),
    _token("id_number_hash", 32, default=""),
    Index(None, "forget_at"),
    Index(None, "user_id"),
    Index(None, "phone_tail"),
    Index(None, "phone_hash"),
)
_table(
    "escorts",
    _id(),
    _ref("user_id"),
    _text("name", 64),
    _long("phone_sealed"),
    _token("phone_tail", 8),
    _token("state", 16),
    _long("remark"),
    _at("applied_at"),
    _at("decided_at", null=True),
    Index(None, "user_id", unique=True),
    Index(None, "state", "id"),
)
_table(
    "escort_applications",
    Column("escort_id", _BIG, primary_key=True, autoincrement=False),
    _text("name", 64),
    _long("phone_sealed"),
    _token("phone_tail", 8),
    _at("applied_at"),
)
_table(
    "escort_bookings",
    Column("escort_id", _BIG, primary_key=True, autoincrement=False),
    Column("visit_date", String(10), primary_key=True),
    Column("half", String(2), primary_key=True),
    _ref("order_id"),
    Column("slot", SmallInteger, primary_key=True, autoincrement=False),
    Index(None, "order_id"),
    Index(None, "visit_date"),
)

_table("catalog_state", Column("id", Integer, primary_key=True, autoincrement=False), _number("version"))
_table(
    "hospitals",
    _id(),
    _text("name", 64),
    _text("grade", 16),
    _text("kind", 32),
    Column("longitude", String(16), nullable=False),
    Column("latitude", String(16), nullable=False),
    _text("address", 255),
    _text("phone", 32),
    _long("introduction"),
    _text("logo", 255),
    _text("picture", 255),
    _number("position"),
    _at("archived_at", null=True),
    _lines("campuses"),
    _lines("meeting_points"),
    _lines("departments"),
)
_table(
    "services",
    _id(),
    _text("name", 64),
    _text("unit", 16),
    _fen("price_fen"),
    _text("summary", 127),
    _long("introduction"),
    _long("included"),
    _long("notice"),
    _text("picture", 255),
    _number("position"),
    _at("archived_at", null=True),
    _token("takes", 8, default="half"),
    Column("needs_id_number", SmallInteger, nullable=False, server_default="1"),
    Column("questions", String(4000), nullable=False, server_default=""),
    Column("step_nodes", String(1000), nullable=False, server_default=""),
    Column("keywords", String(255), nullable=False, server_default=""),
)
_table(
    "experts",
    _id(),
    _ref("hospital_id"),
    _text("name", 64),
    _text("title", 64),
    _text("department", 64),
    _text("specialty", 255),
    _long("introduction"),
    _text("picture", 255),
    _flag("sample"),
    _number("position"),
    _at("archived_at", null=True),
    Index(None, "hospital_id", "position"),
)
_table(
    "banners",
    _id(),
    _text("picture", 255),
    _text("title", 64),
    _text("link", 255),
    _number("position"),
    _at("archived_at", null=True),
)
_table(
    "showcases",
    _id(),
    _ref("hospital_id"),
    _text("title", 127),
    _long("body"),
    _text("service_name", 64),
    Column("visit_date", String(10), nullable=False),
    _number("position"),
    _at("archived_at", null=True),
    Index(None, "hospital_id", "position"),
)

_table(
    "orders",
    _id(),
    _ref("user_id"),
    _token("state", 16),
    _flag("display_rank"),
    _ref("unpaid_user_id", null=True),
    _ref("hospital_id"),
    _text("hospital_name", 64),
    _text("department", 64),
    Column("visit_date", String(10), nullable=False),
    _ref("service_id"),
    _text("service_name", 64),
    _text("service_unit", 16),
    _fen("price_fen"),
    _ref("patient_id"),
    _text("patient_name", 64),
    _long("wishes"),
    _long("admin_notes"),
    _number("notes_version"),
    _ref("escort_id", null=True),
    _token("state_before_refund", 16),
    _fen("paid_fen"),
    _at("paid_at", null=True),
    _fen("refunded_fen"),
    _flag("stars"),
    _text("comment", 500),
    _at("created_at"),
    _at("updated_at"),
    _at("expires_at"),
    _ref("paid_attempt_id", null=True),
    _token("half", 3, default=""),
    Column("low_rating_open", SmallInteger, nullable=False, server_default="0"),
    Column("escort_name", String(64), nullable=False, server_default=""),
    _token("ending", 24, default=""),
    _at("hidden_at", null=True),
    Column("patient_name_key", String(64), nullable=False, server_default=""),
    Column("expiry_claimed_until", BigInteger, nullable=False, server_default="0"),
    _token("visit_time", 5, default=""),
    Column("campus", String(64), nullable=False, server_default=""),
    Column("meeting_point", String(128), nullable=False, server_default=""),
    _token("contact_phone_sealed", 255, default=""),
    _token("contact_phone_tail", 8, default=""),
    _token("appointment", 16, default=""),
    _token("mobility", 16, default=""),
    _token("hearing", 16, default=""),
    Column("answers", String(2000), nullable=False, server_default=""),
    _token("takes", 8, default="half"),
    _ref("preferred_escort_id", null=True),
    Column("user_moves", SmallInteger, nullable=False, server_default="0"),
    Column("place_held_until", BigInteger, nullable=False, server_default="0"),
    Column("overbooked_open", SmallInteger, nullable=False, server_default="0"),
    _at("started_at", null=True),
    _at("user_confirmed_at", null=True),
    _at("escort_confirmed_at", null=True),
    Column("rating_tags", String(64), nullable=False, server_default=""),
    Column("rating_answer", String(500), nullable=False, server_default=""),
    _at("rating_answered_at", null=True),
    _flag("max_refund_percent"),
    Column("visit_record", SmallInteger, nullable=False, server_default="0"),
    Index(None, "visit_record", "visit_date", "id"),
    Index(None, "overbooked_open", "visit_date", "id"),
    Index(None, "unpaid_user_id", "patient_id", unique=True),
    Index(None, "user_id", "id"),
    Index(None, "display_rank", "id"),
    Index(None, "state", "expires_at"),
    Index(None, "state", "visit_date", "id"),
    Index(None, "visit_date", "id"),
    Index(None, "created_at", "id"),
    Index(None, "state", "created_at", "id"),
    Index(None, "hospital_id", "created_at", "id"),
    Index(None, "hospital_id", "service_id", "created_at", "id"),
    Index(None, "service_id", "created_at", "id"),
    Index(None, "escort_id", "created_at", "id"),
    Index(None, "escort_id", "visit_date", "id"),
    Index(None, "escort_id", "state", "visit_date", "id"),
    Index(None, "hospital_id", "display_rank", "id"),
    Index(None, "hospital_id", "visit_date", "id"),
    Index(None, "hospital_id", "service_id", "display_rank", "id"),
    Index(None, "hospital_id", "service_id", "visit_date", "id"),
    Index(None, "service_id", "display_rank", "id"),
    Index(None, "service_id", "visit_date", "id"),
    Index(None, "patient_id"),
    Index(None, "low_rating_open", "visit_date", "id"),
    Index(None, "patient_name_key", "id"),
    Index(None, "escort_id", "state", "stars"),
    Index(None, "contact_phone_tail", "id"),
)
_table(
    "order_history",
    _id(),
    _ref("order_id"),
    _token("from_state", 16),
    _token("to_state", 16),
    _token("actor_kind", 16),
    _ref("actor_id", null=True),
    _text("reason", 255),
    _at("at"),
    _ref("escort_id", null=True),
    Column("escort_name", String(64), nullable=False, server_default=""),
    Index(None, "order_id", "id"),
    Index(None, "escort_id"),
)

_table(
    "blocked_days",
    _id(),
    Column("visit_date", String(10), nullable=False),
    _token("half", 3),
    _ref("hospital_id"),
    _text("reason", 64),
    _ref("blocked_by"),
    _at("blocked_at"),
    Index(None, "visit_date", "hospital_id", "half", unique=True),
)
_table("visit_days", Column("visit_date", String(10), primary_key=True))
_table(
    "order_changes",
    _id(),
    _ref("order_id"),
    _ref("open_order_id", null=True),
    _token("kind", 16),
    _token("state", 16),
    _token("actor_kind", 16),
    _ref("actor_id", null=True),
    _text("reason", 255),
    _long("before_json"),
    _long("after_json"),
    _at("asked_at"),
    _at("decided_at", null=True),
    _ref("decided_by", null=True),
    _text("decision_note", 255),
    _flag("max_refund_percent"),
    Index(None, "open_order_id", unique=True),
    Index(None, "order_id", "id"),
    Index(None, "state", "id"),
)
_table(
    "invitations",
    _id(),
    _ref("order_id"),
    _ref("escort_id"),
    _ref("open_order_id", null=True),
    _token("state", 16),
    _fen("pay_fen"),
    _text("reason", 255),
    _ref("offered_by"),
    _at("offered_at"),
    _at("expires_at"),
    _at("answered_at", null=True),
    _token("half", 3, default="day"),
    Index(None, "open_order_id", "escort_id", unique=True),
    Index(None, "order_id", "id"),
    Index(None, "escort_id", "state", "id"),
    Index(None, "state", "expires_at"),
)
_table(
    "escort_leaves",
    Column("escort_id", _BIG, primary_key=True, autoincrement=False),
    Column("visit_date", String(10), primary_key=True),
    Column("half", String(2), primary_key=True),
    _text("reason", 64),
    _at("created_at"),
    Index(None, "visit_date"),
)
_table(
    "escort_profiles",
    Column("escort_id", _BIG, primary_key=True, autoincrement=False),
    _token("portrait_file", 80),
    _text("introduction", 500),
    _number("years"),
    _at("shown_at", null=True),
    _at("verified_at", null=True),
    _token("new_portrait_file", 80),
    _text("new_introduction", 500),
    _number("new_years"),
    _at("proposed_at", null=True),
    Index(None, "shown_at"),
    Index(None, "proposed_at"),
)
_table(
    "visit_steps",
    _id(),
    _ref("order_id"),
    _ref("escort_id"),
    _token("action_id", 40),
    _token("kind", 16),
    _text("node", 32),
    _long("note_sealed"),
    _long("place_sealed"),
    _at("at"),
    _at("phone_at", null=True),
    Index(None, "escort_id", "action_id", unique=True),
    Index(None, "order_id", "id"),
    Index(None, "at"),
)
_table(
    "visit_photos",
    _id(),
    _ref("order_id"),
    _ref("escort_id"),
    _ref("step_id", null=True),
    _token("action_id", 40),
    _token("file", 80),
    _number("size"),
    _at("at"),
    Index(None, "escort_id", "action_id", unique=True),
    Index(None, "file", unique=True),
    Index(None, "order_id", "id"),
    Index(None, "at"),
)
_table(
    "visit_reports",
    Column("order_id", _BIG, primary_key=True, autoincrement=False),
    _ref("escort_id"),
    _long("body_sealed"),
    _number("version"),
    _at("drafted_at"),
    _at("sent_at", null=True),
    _at("confirmed_at", null=True),
    _token("confirmed_by", 8),
    Index(None, "sent_at"),
)
_table(
    "report_entries",
    _id(),
    _ref("order_id"),
    _token("kind", 16),
    _ref("question_id", null=True),
    _token("author_kind", 16),
    _ref("author_id"),
    _token("action_id", 40),
    _long("text_sealed"),
    _flag("open"),
    _at("at"),
    Index(None, "author_kind", "author_id", "action_id", unique=True),
    Index(None, "order_id", "id"),
    Index(None, "open", "at"),
)
_table(
    "visit_troubles",
    _id(),
    _ref("order_id"),
    _ref("escort_id"),
    _token("kind", 16),
    _token("action_id", 40),
    _long("note_sealed"),
    _at("at"),
    _at("phone_at", null=True),
    _flag("open"),
    _at("closed_at", null=True),
    _ref("closed_by", null=True),
    _text("resolution", 255),
    Index(None, "escort_id", "action_id", unique=True),
    Index(None, "order_id", "id"),
    Index(None, "open", "kind", "at"),
)
_table(
    "consents",
    _id(),
    _ref("user_id"),
    _token("kind", 16),
    _token("version", 16),
    _at("given_at"),
    _at("withdrawn_at", null=True),
    Index(None, "user_id", "kind", "id"),
)
_table(
    "members",
    _id(),
    _ref("owner_id"),
    _ref("user_id"),
    _token("scope", 8),
    _ref("scope_id"),
    _token("role", 8),
    _at("joined_at"),
    _at("ended_at", null=True),
    _ref("live_user_id", null=True),
    Index(None, "scope", "scope_id", "live_user_id", unique=True),
    Index(None, "live_user_id", "id"),
    Index(None, "owner_id", "id"),
)
_table(
    "member_links",
    _id(),
    _ref("owner_id"),
    _token("scope", 8),
    _ref("scope_id"),
    _token("role", 8),
    _token("token_hash"),
    _at("created_at"),
    _at("expires_at"),
    _at("used_at", null=True),
    _ref("used_by", null=True),
    _at("revoked_at", null=True),
    Index(None, "token_hash", unique=True),
    Index(None, "scope", "scope_id", "id"),
    Index(None, "owner_id"),
)
_table(
    "reminders",
    _id(),
    _ref("order_id"),
    _ref("user_id"),
    _token("audience", 8),
    _token("kind", 16),
    _at("visit_at"),
    _at("due_at"),
    _at("queued_at", null=True),
    _at("cancelled_at", null=True),
    _at("answered_at", null=True),
    Index(None, "order_id", "user_id", "kind", "visit_at", unique=True),
    Index(None, "user_id"),
)
_table(
    "message_permissions",
    Column("user_id", _BIG, primary_key=True, autoincrement=False),
    _token_key("kind", 32),
    _number("remaining"),
    _flag("refused"),
    _at("updated_at"),
)

_table(
    "payment_attempts",
    _id(),
    _ref("order_id"),
    _ref("open_order_id", null=True),
    _token("out_trade_no", 32),
    _token("state", 16),
    _fen("amount_fen"),
    _token("currency", 8),
    _token("openid", 128),
    _token("appid", 32),
    _token("mchid", 32),
    _text("description", 127),
    _text("notify_url", 255),
    _at("expires_at"),
    _token("prepay_id", 64),
    _at("prepay_at", null=True),
    _token("transaction_id", 64, null=True),
    _at("paid_at", null=True),
    _number("query_count"),
    _at("next_query_at", null=True),
    _at("claimed_until"),
    _text("last_error", 127),
    _at("created_at"),
    _at("updated_at"),
    _ref("payer_user_id", null=True),
    Index(None, "open_order_id", unique=True),
    Index(None, "out_trade_no", unique=True),
    Index(None, "transaction_id", unique=True),
    Index(None, "order_id"),
    Index(None, "next_query_at"),
    Index(None, "paid_at", "id", "state", "amount_fen"),
    Index(None, "state", "created_at", "id", "amount_fen"),
    Index(None, "payer_user_id"),
)
_table(
    "payment_events",
    _id(),
    _token("event_id", 64),
    _token("event_type", 64),
    _token("reference", 64),
    _long("resource"),
    _token("outcome", 32),
    _at("received_at"),
    Index(None, "event_id", unique=True),
    Index(None, "reference"),
)
_table(
    "refunds",
    _id(),
    _ref("order_id"),
    _ref("attempt_id"),
    _token("out_refund_no", 64),
    _token("state", 16),
    _fen("amount_fen"),
    _fen("policy_fen"),
    _text("reason", 255),
    _text("decision_note", 255),
    _token("source", 16),
    _ref("actor_id", null=True),
    _token("wechat_refund_id", 64),
    _text("last_error", 127),
    _number("query_count"),
    _at("next_query_at", null=True),
    _at("claimed_until"),
    _at("requested_at"),
    _at("decided_at", null=True),
    _at("submitted_at", null=True),
    _at("finished_at", null=True),
    _at("updated_at"),
    _ref("renews_refund_id", null=True),
    _token("kind", 16, default="money_back"),
    _at("unanswered_at", null=True),
    Index(None, "out_refund_no", unique=True),
    Index(None, "renews_refund_id", unique=True),
    Index(None, "order_id"),
    Index(None, "attempt_id"),
    Index(None, "next_query_at"),
    Index(None, "state", "id"),
)
_table(
    "ledger",
    _id(),
    _token("kind", 16),
    _token("reference", 80),
    _fen("amount_fen"),
    _ref("order_id", null=True),
    _ref("attempt_id", null=True),
    _ref("refund_id", null=True),
    _at("occurred_at"),
    _at("booked_at"),
    Index(None, "kind", "reference", unique=True),
    Index(None, "occurred_at", "kind", "amount_fen"),
    Index(None, "order_id"),
    Index(None, "attempt_id"),
)
_table(
    "finance_cases",
    _id(),
    _token("kind", 32),
    _token("reference", 80),
    _ref("order_id", null=True),
    _long("detail"),
    _token("state", 16),
    _long("note"),
    _at("opened_at"),
    _at("closed_at", null=True),
    _ref("closed_by", null=True),
    Index(None, "kind", "reference", unique=True),
    Index(None, "state", "id"),
    Index(None, "order_id"),
    Index(None, "opened_at"),
)
_table(
    "bills",
    _id(),
    Column("bill_date", String(10), nullable=False),
    _token("kind", 16),
    _token("sha1", 40),
    _text("file", 255),
    _long("summary"),
    _at("fetched_at"),
    Index(None, "bill_date", "kind", unique=True),
)

_table(
    "jobs",
    Column("name", String(32), primary_key=True),
    _token("owner", 64),
    _at("claimed_until"),
    _at("started_at", null=True),
    _at("finished_at", null=True),
    _number("runs"),
    _number("failures"),
    _text("last_error", 255),
    _long("last_result"),
)
_table(
    "alarms",
    Column("day", String(10), primary_key=True),
    _key_token("event", 32),
    _key_token("reason", 32),
    _number("count"),
    _number("seen_count"),
    _text("last_address", 64),
    _at("last_at"),
)
_table("heartbeat", Column("id", Integer, primary_key=True, autoincrement=False), _at("at"))
_table(
    "outbox",
    _id(),
    _token("kind", 32),
    _token("reference", 80),
    _ref("user_id"),
    _long("payload"),
    _token("state", 16),
    _number("tries"),
    _at("next_at", null=True),
    _at("claimed_until"),
    _text("last_error", 127),
    _at("created_at"),
    _at("sent_at", null=True),
    _ref("order_id", null=True),
    Index(None, "kind", "reference", unique=True),
    Index(None, "next_at"),
    Index(None, "user_id"),
    Index(None, "order_id"),
)

_table(
    "administrators",
    _id(),
    _text("name", 32),
    _token("password_hash", 255),
    _token("role", 16),
    _text("totp_sealed", 255),
    _number("totp_used_step"),
    _at("created_at"),
    _at("password_changed_at"),
    _at("disabled_at", null=True),
    Column("must_change_password", SmallInteger, nullable=False, server_default="0"),
    Index(None, "name", unique=True),
)
_table(
    "password_failures",
    Column("admin_id", _BIG, primary_key=True, autoincrement=False),
    _token_key("kind", 16),
    _token_key("network"),
    _number("failures"),
    _at("locked_until"),
    _at("last_at"),
    Index(None, "last_at"),
)
_table(
    "admin_sessions",
    _id(),
    _ref("admin_id"),
    _token("token_hash"),
    _text("address", 64),
    _text("agent", 255),
    _at("created_at"),
    _at("last_seen_at"),
    _at("confirmed_at"),
    _at("expires_at"),
    _at("ended_at", null=True),
    Index(None, "token_hash", unique=True),
    Index(None, "admin_id"),
)
_table(
    "audit_log",
    _id(),
    _ref("admin_id", null=True),
    _text("admin_name", 32),
    _text("address", 64),
    _token("act", 48),
    _token("subject", 32),
    _token("subject_id", 64),
    _long("before_json"),
    _long("after_json"),
    _at("at"),
    Index(None, "at"),
    Index(None, "act", "id"),
    Index(None, "admin_id", "id"),
    Index(None, "admin_id", "act", "id"),
    Index(None, "subject", "id"),
    Index(None, "subject", "subject_id", "id"),
)
