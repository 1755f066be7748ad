"""low ratings wait for somebody who follows them up; those of the last 30 days begin to"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEX = "ix_orders_low_rating_open_visit_date_id"


def upgrade() -> None:
    op.add_column("orders", sa.Column("low_rating_open", sa.SmallInteger, nullable=False, server_default="0"))
    month_ago = (datetime.now(UTC) + timedelta(hours=8) - timedelta(days=30)).date().isoformat()
    recent = "UPDATE orders SET low_rating_open = 1 WHERE stars BETWEEN 1 AND 3 AND visit_date >= :day"
    op.execute(sa.text(recent).bindparams(day=month_ago))
    op.create_index(INDEX, "orders", ["low_rating_open", "visit_date", "id"])


def downgrade() -> None:
    op.drop_index(INDEX, table_name="orders")
    op.drop_column("orders", "low_rating_open")
