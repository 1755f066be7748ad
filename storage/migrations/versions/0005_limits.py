"""limits that all processes share, failures per account and network, how a warrant is sent, passwords to be changed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def token(length: int) -> sa.types.TypeEngine[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(ascii_text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "rate_limits",
        sa.Column("name", token(16), primary_key=True),
        sa.Column("subject", token(64), primary_key=True),
        sa.Column("full_at", sa.BigInteger, nullable=False),
        **TABLE,
    )
    op.create_index("ix_rate_limits_full_at", "rate_limits", ["full_at"])
    op.create_table(
        "password_failures",
        sa.Column("admin_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("kind", token(16), primary_key=True),
        sa.Column("network", token(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        **TABLE,
    )
    op.create_index("ix_password_failures_last_at", "password_failures", ["last_at"])
    op.add_column("sessions", sa.Column("sent_in", token(8), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("device", sa.String(32), nullable=False, server_default=""))
    must_change = sa.Column("must_change_password", sa.SmallInteger, nullable=False, server_default="0")
    op.add_column("administrators", must_change)


def downgrade() -> None:
    op.drop_column("administrators", "must_change_password")
    op.drop_column("sessions", "device")
    op.drop_column("sessions", "sent_in")
    op.drop_table("password_failures")
    op.drop_table("rate_limits")
