"""payments are reported as shipped to WeChat: what it was told and what it answered, and whether the account is under
trade management"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def _token(name: str, length: int) -> sa.Column[str]:
    kind = sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    return sa.Column(name, kind, nullable=False)


def _at(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "shipments",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("attempt_id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        _token("state", 16),
        _at("paid_at"),
        sa.Column("declare_after_date", sa.String(10), nullable=False),
        sa.Column("declared_date", sa.String(10), nullable=False),
        sa.Column("declaration_code", sa.Integer(), nullable=True),
        _flag("by_hand"),
        sa.Column("uploads", sa.Integer(), nullable=False),
        _at("upload_time", null=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        _at("next_at", null=True),
        _at("claimed_until"),
        sa.Column("last_code", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(127), nullable=False),
        sa.Column("wechat_state", sa.Integer(), nullable=False),
        _flag("in_complaint"),
        _at("reminded_at", null=True),
        _at("shipped_at", null=True),
        _at("estimated_settlement_at", null=True),
        sa.Column("confirm_method", sa.Integer(), nullable=True),
        _at("confirmed_at", null=True),
        _at("settled_at", null=True),
        _at("created_at"),
        _at("updated_at"),
        **TABLE,
    )
    op.create_index("ix_shipments_attempt_id", "shipments", ["attempt_id"], unique=True)
    op.create_index("ix_shipments_order_id", "shipments", ["order_id"])
    op.create_index("ix_shipments_next_at", "shipments", ["next_at"])
    op.create_index("ix_shipments_state_paid_at", "shipments", ["state", "paid_at"])
    management = op.create_table(
        "trade_management",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        _flag("managed"),
        _flag("completed"),
        _at("managed_since", null=True),
        _at("answered_at", null=True),
        _at("due_at"),
        _at("failed_at", null=True),
        sa.Column("last_error", sa.String(127), nullable=False),
        _at("access_reminded_at", null=True),
        _at("controlled_at", null=True),
        **TABLE,
    )
    if not op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM trade_management")):
        op.bulk_insert(management, [{"id": 1, "managed": 0, "completed": 0, "due_at": 0, "last_error": ""}])


def downgrade() -> None:
    op.drop_table("trade_management")
    op.drop_table("shipments")
