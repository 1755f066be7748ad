"""orders by the day on which they were made"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LISTS = (
    ("state",),
    ("hospital_id",),
    ("hospital_id", "service_id"),
    ("service_id",),
    ("escort_id",),
    (),
)
"""What the lists of orders are filtered by; each index ends with the moment of the order and its id."""


def upgrade() -> None:
    for columns in LISTS:
        parts = [*columns, "created_at", "id"]
        op.create_index(f"ix_orders_{'_'.join(parts)}", "orders", parts)
    op.drop_index("ix_orders_created_at", table_name="orders")


def downgrade() -> None:
    op.create_index("ix_orders_created_at", "orders", ["created_at"])
    for columns in LISTS:
        op.drop_index(f"ix_orders_{'_'.join([*columns, 'created_at', 'id'])}", table_name="orders")
