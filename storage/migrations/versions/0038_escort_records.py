"""how many visits an escort has finished, and how they were rated, is kept beside the escort"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTED = (
    "INSERT INTO escort_records (escort_id, finished, ratings, stars) "
    "SELECT e.id, COUNT(*), SUM(CASE WHEN o.stars > 0 THEN 1 ELSE 0 END), SUM(o.stars) "
    "FROM escorts e CROSS JOIN orders o ON o.escort_id = e.id WHERE o.state = 'finished' GROUP BY e.id"
)
"""Escort by escort along the index of escort, state and stars; the orders themselves are not read."""


def upgrade() -> None:
    op.create_table(
        "escort_records",
        sa.Column("escort_id", BIG, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("finished", "ratings", "stars")),
        **TABLE,
    )
    op.execute("DELETE FROM escort_records")  # of a run that was cut short
    op.execute(COUNTED)


def downgrade() -> None:
    op.drop_table("escort_records")
