"""what users want others to read waits until WeChat or the office has let it through"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
INDEXES = (
    (("trace_id",), True),
    (("user_id", "kind", "id"), False),
    (("kind", "subject_id"), False),
    (("state", "id"), False),
    (("state", "next_at"), False),
)


def upgrade() -> None:
    op.create_table(
        "content_checks",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("kind", _token(16), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("action_id", _token(40), nullable=False),
        sa.Column("text_sealed", sa.Text, nullable=False),
        sa.Column("file", _token(80), nullable=False),
        sa.Column("state", _token(16), nullable=False),
        sa.Column("reason", _token(32), nullable=False),
        sa.Column("label", sa.Integer, nullable=False),
        sa.Column("trace_id", _token(64), nullable=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=True),
        sa.Column("submitted_at", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        **TABLE,
    )
    for names, unique in INDEXES:
        name = f"ix_content_checks_{'_'.join(names)}"
        op.create_index(name, "content_checks", list(names), unique=unique)
    op.create_table(
        "content_verdicts",
        sa.Column("trace_id", _token(64), primary_key=True),
        sa.Column("suggest", _token(16), nullable=False),
        sa.Column("reason", _token(32), nullable=False),
        sa.Column("label", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        **TABLE,
    )
    op.create_index("ix_content_verdicts_at", "content_verdicts", ["at"])


def _token(length: int) -> sa.types.TypeEngine[str]:
    """Letters and digits that are compared byte by byte."""
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(ascii_text, "mysql", "mariadb")


def downgrade() -> None:
    op.drop_table("content_verdicts")
    op.drop_table("content_checks")
