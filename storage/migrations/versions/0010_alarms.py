"""alarms (refused notifications, counted by day and reason); the heartbeat that shows when nothing can be written"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPTIONS = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def _token(name: str) -> sa.Column[str]:
    text = mysql.VARCHAR(32, charset="ascii", collation="ascii_bin")
    return sa.Column(name, sa.String(32).with_variant(text, "mysql", "mariadb"), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("day", sa.String(10), primary_key=True),
        _token("event"),
        _token("reason"),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("seen_count", sa.Integer, nullable=False),
        sa.Column("last_address", sa.String(64), nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        **_OPTIONS,
    )
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        **_OPTIONS,
    )
    op.execute("INSERT INTO heartbeat (id, at) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("heartbeat")
    op.drop_table("alarms")
