"""one unpaid order per user and patient; orders taken off their user's list; mismatches are asked about again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("hidden_at", sa.BigInteger, nullable=True))
    op.create_index(
        "ix_orders_unpaid_user_id_patient_id", "orders", ["unpaid_user_id", "patient_id"], unique=True
    )
    op.drop_index("ix_orders_unpaid_user_id", "orders")
    # What its user deleted stays off the list; what expired was only left out of it, and is told from now on.
    op.execute(
        "UPDATE orders SET hidden_at = updated_at WHERE state = 'cancelled' AND id IN "
        "(SELECT order_id FROM order_history WHERE to_state = 'cancelled' AND actor_kind = 'user')"
    )
    op.execute(
        "UPDATE payment_attempts SET next_query_at = updated_at "
        "WHERE state = 'mismatch' AND open_order_id IS NOT NULL AND next_query_at IS NULL"
    )


def downgrade() -> None:
    # Before, a user had one unpaid order: the newest keeps the place.
    op.execute(
        "UPDATE orders SET unpaid_user_id = NULL WHERE unpaid_user_id IS NOT NULL AND id NOT IN "
        "(SELECT newest FROM (SELECT MAX(id) AS newest FROM orders WHERE unpaid_user_id IS NOT NULL "
        "GROUP BY unpaid_user_id) AS kept)"
    )
    op.create_index("ix_orders_unpaid_user_id", "orders", ["unpaid_user_id"], unique=True)
    op.drop_index("ix_orders_unpaid_user_id_patient_id", "orders")
    op.drop_column("orders", "hidden_at")
