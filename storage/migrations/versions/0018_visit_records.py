"""of which orders something is stored that is forgotten some day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("visit_record", sa.SmallInteger, nullable=False, server_default="0"))
    op.create_index("ix_orders_visit_record_visit_date_id", "orders", ["visit_record", "visit_date", "id"])


def downgrade() -> None:
    op.drop_index("ix_orders_visit_record_visit_date_id", "orders")
    op.drop_column("orders", "visit_record")
