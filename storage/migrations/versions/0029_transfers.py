"""transfers through WeChat Pay that pay escorts' statements"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
INDEXES = (
    (["live_statement_id"], True),
    (["out_bill_no"], True),
    (["statement_id"], False),
    (["escort_id", "created_at"], False),
    (["created_at"], False),
    (["next_query_at"], False),
)


def _token(name: str, length: int) -> sa.Column[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    kind = sa.String(length).with_variant(ascii_text, "mysql", "mariadb")
    return sa.Column(name, kind, nullable=False)


def _at(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _ref(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null)


def upgrade() -> None:
    op.create_table(
        "pay_transfers",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        _ref("statement_id"),
        _ref("live_statement_id", null=True),
        _ref("escort_id"),
        _token("out_bill_no", 32),
        _token("state", 16),
        sa.Column("amount_fen", sa.BigInteger, nullable=False),
        _token("appid", 32),
        _token("mchid", 32),
        _token("openid", 128),
        sa.Column("request", sa.Text, nullable=False),
        _token("key_serial", 64),
        _token("wechat_bill_no", 64),
        sa.Column("package_sealed", sa.Text, nullable=False),
        sa.Column("fail_reason", sa.String(64), nullable=False),
        _ref("started_by"),
        _ref("cancel_by", null=True),
        _at("cancel_at", null=True),
        _at("sent_at", null=True),
        _at("unanswered_at", null=True),
        _at("accepted_at", null=True),
        _at("expires_at", null=True),
        _at("finished_at", null=True),
        sa.Column("query_count", sa.Integer, nullable=False),
        _at("next_query_at", null=True),
        _at("claimed_until"),
        sa.Column("last_error", sa.String(127), nullable=False),
        _at("created_at"),
        _at("updated_at"),
        **TABLE,
    )
    for names, unique in INDEXES:
        op.create_index(f"ix_pay_transfers_{'_'.join(names)}", "pay_transfers", names, unique=unique)


def downgrade() -> None:
    op.drop_table("pay_transfers")
