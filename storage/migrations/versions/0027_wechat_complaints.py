"""complaints that payers make at WeChat: what was read there, and what the office does about them there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _token(name: str, length: int) -> sa.Column[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    kind = sa.String(length).with_variant(ascii_text, "mysql", "mariadb")
    return sa.Column(name, kind, nullable=False)


def _integer(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _ref(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null)


def _id() -> sa.Column[int]:
    return sa.Column("id", BIG, primary_key=True, autoincrement=True)


def upgrade() -> None:
    op.create_table(
        "wechat_complaints",
        _id(),
        _token("external_id", 64),
        _ref("complaint_id", null=True),
        _integer("heard_at"),
        _integer("news_at"),
        _integer("read_at", null=True),
        _integer("read_due_at", null=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("problem", sa.String(255), nullable=False),
        _token("state", 32),
        _token("problem_type", 32),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("user_waits", sa.SmallInteger, nullable=False),
        sa.Column("full_refunded", sa.SmallInteger, nullable=False),
        sa.Column("platform", sa.SmallInteger, nullable=False),
        _integer("refund_wanted_fen", null=True),
        _token("transaction_id", 64),
        _token("out_trade_no", 64),
        _token("mark", 32),
        _token("list_mark", 32),
        _token("settled_mark", 32),
        **TABLE,
    )
    _index("wechat_complaints", "external_id", unique=True)
    _index("wechat_complaints", "complaint_id", unique=True)
    _index("wechat_complaints", "read_due_at")
    op.create_table(
        "complaint_acts",
        _id(),
        _ref("complaint_id"),
        _ref("open_complaint_id", null=True),
        _token("kind", 16),
        _token("state", 16),
        sa.Column("text_sealed", sa.Text, nullable=False),
        _ref("refund_id", null=True),
        _ref("admin_id"),
        _token("action_id", 40),
        _integer("created_at"),
        _integer("due_at"),
        _integer("claimed_until"),
        _integer("sent_at", null=True),
        _integer("ended_at", null=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("problem", sa.String(255), nullable=False),
        **TABLE,
    )
    _index("complaint_acts", "open_complaint_id", unique=True)
    _index("complaint_acts", "admin_id", "action_id", unique=True)
    _index("complaint_acts", "complaint_id", "id")
    _index("complaint_acts", "state", "due_at")
    op.create_table(
        "complaint_act_pictures",
        _id(),
        _ref("act_id"),
        _token("file", 40),
        sa.Column("size", sa.Integer, nullable=False),
        _token("media_id", 512),
        **TABLE,
    )
    _index("complaint_act_pictures", "act_id")
    _index("complaint_act_pictures", "file")


def _index(table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=unique)


def downgrade() -> None:
    for table in ("complaint_act_pictures", "complaint_acts", "wechat_complaints"):
        op.drop_table(table)
