"""permissions for messages are counted from WeChat's word, too, in any order; what WeChat wants erased is noted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def _token(name: str, length: int, null: bool = False) -> sa.Column[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.Column(name, sa.String(length).with_variant(ascii_text, "mysql", "mariadb"), nullable=null)


def upgrade() -> None:
    for name in ("answered_at", "voided_at"):
        op.add_column(
            "message_permissions", sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
        )
    op.create_table(
        "message_answers",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("user_id", BIG, nullable=False),
        _token("kind", 32),
        _token("source", 8),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("paired", sa.SmallInteger, nullable=False),
        sa.Column("counted", sa.SmallInteger, nullable=False),
        **TABLE,
    )
    op.create_index("ix_message_answers_user_id_kind_id", "message_answers", ["user_id", "kind", "id"])
    op.add_column("outbox", _token("message_id", 32, null=True))
    op.create_index("ix_outbox_message_id", "outbox", ["message_id"])
    op.add_column("users", sa.Column("profile_at", sa.BigInteger, nullable=True))
    op.create_table(
        "erasure_requests",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("user_id", BIG, nullable=False),
        _token("what", 16),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger, nullable=True),
        **TABLE,
    )
    op.create_index("ix_erasure_requests_user_id_what", "erasure_requests", ["user_id", "what"], unique=True)
    op.create_index("ix_erasure_requests_done_at_id", "erasure_requests", ["done_at", "id"])


def downgrade() -> None:
    op.drop_table("erasure_requests")
    op.drop_column("users", "profile_at")
    op.drop_index("ix_outbox_message_id", "outbox")
    op.drop_column("outbox", "message_id")
    op.drop_table("message_answers")
    for name in ("voided_at", "answered_at"):
        op.drop_column("message_permissions", name)
