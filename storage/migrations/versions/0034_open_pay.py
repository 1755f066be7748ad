"""what is on no statement yet, and finished orders without pay, are found without reading all that was ever paid"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = (
    "INSERT INTO open_earnings (earning_id, escort_id, earned_date) "
    "SELECT e.id, e.escort_id, e.earned_date FROM earnings e "
    "LEFT JOIN pay_statement_lines l ON l.live_earning_id = e.id WHERE l.earning_id IS NULL"
)
WITHOUT_PAY = (
    "INSERT INTO orders_without_pay (order_id, visit_date) SELECT o.id, o.visit_date FROM orders o "
    "WHERE o.state = 'finished' AND o.escort_id IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM earnings e WHERE e.order_id = o.id AND e.kind <> 'reversal' AND NOT EXISTS "
    "(SELECT 1 FROM earnings t WHERE t.order_id = o.id AND t.kind = 'reversal' AND t.id > e.id))"
)


def upgrade() -> None:
    op.create_table(
        "open_earnings",
        sa.Column("earning_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("escort_id", BIG, nullable=False),
        sa.Column("earned_date", sa.String(10), nullable=False),
        **TABLE,
    )
    op.create_index("ix_open_earnings_escort_id_earned_date", "open_earnings", ["escort_id", "earned_date"])
    op.create_table(
        "orders_without_pay",
        sa.Column("order_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("visit_date", sa.String(10), nullable=False),
        **TABLE,
    )
    op.create_index(
        "ix_orders_without_pay_visit_date_order_id", "orders_without_pay", ["visit_date", "order_id"]
    )
    for table, fill in (("open_earnings", OPEN), ("orders_without_pay", WITHOUT_PAY)):
        op.execute(f"DELETE FROM {table}")  # of a run that was cut short
        op.execute(fill)


def downgrade() -> None:
    op.drop_table("orders_without_pay")
    op.drop_table("open_earnings")
