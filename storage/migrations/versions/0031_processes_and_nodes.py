"""several processes and nodes: what is written by who locks a row, so that the nodes of a cluster notice when two do at
once; how far downloads are, for whichever process is asked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    op.create_table(
        "cluster_locks",
        sa.Column("name", _ascii(64), primary_key=True),
        sa.Column("turns", sa.BigInteger, nullable=False),
        **TABLE,
    )
    op.create_table(
        "downloads",
        sa.Column("session_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("ticket", _ascii(64), primary_key=True),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("state", _ascii(16), nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        **TABLE,
    )
    op.create_index("ix_downloads_updated_at", "downloads", ["updated_at"])


def _ascii(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def downgrade() -> None:
    op.drop_table("downloads")
    op.drop_table("cluster_locks")
