"""the name of an escort as it was approved: in orders and their history; new applications beside it, not over it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TAIL = sa.String(8).with_variant(mysql.VARCHAR(8, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "escort_applications",
        sa.Column("escort_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("phone_sealed", sa.Text, nullable=False),
        sa.Column("phone_tail", TAIL, nullable=False),
        sa.Column("applied_at", sa.BigInteger, nullable=False),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_order_history_escort_id", "order_history", ["escort_id"])
    for table in ("orders", "order_history"):
        op.add_column(table, sa.Column("escort_name", sa.String(64), nullable=False, server_default=""))
        op.execute(
            f"UPDATE {table} SET escort_name = COALESCE((SELECT escorts.name FROM escorts "
            f"WHERE escorts.id = {table}.escort_id), '') WHERE escort_id IS NOT NULL"
        )


def downgrade() -> None:
    for table in ("orders", "order_history"):
        op.drop_column(table, "escort_name")
    op.drop_index("ix_order_history_escort_id", table_name="order_history")
    op.drop_table("escort_applications")
