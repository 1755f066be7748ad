"""which mode a database serves, so that a rehearsal and customers never share one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    mode = sa.String(16).with_variant(
        mysql.VARCHAR(16, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("mode", mode, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        **TABLE,
    )


def downgrade() -> None:
    op.drop_table("installation")
