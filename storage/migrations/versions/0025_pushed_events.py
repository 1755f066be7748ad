"""events that WeChat pushes are kept until they have been worked on, each once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def _token(name: str, length: int) -> sa.Column[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.Column(name, sa.String(length).with_variant(ascii_text, "mysql", "mariadb"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "pushed_events",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        _token("event_key", 64),
        _token("event", 64),
        _token("openid", 128),
        sa.Column("happened_at", sa.BigInteger, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        _token("state", 16),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=True),
        sa.Column("claimed_until", sa.BigInteger, nullable=False),
        sa.Column("last_error", sa.String(127), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        **TABLE,
    )
    op.create_index("ix_pushed_events_event_key", "pushed_events", ["event_key"], unique=True)
    op.create_index("ix_pushed_events_next_at", "pushed_events", ["next_at"])
    op.create_index("ix_pushed_events_openid", "pushed_events", ["openid"])
    op.create_index("ix_pushed_events_state_id", "pushed_events", ["state", "id"])


def downgrade() -> None:
    op.drop_table("pushed_events")
