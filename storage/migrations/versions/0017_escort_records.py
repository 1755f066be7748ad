"""how escorts were rated, and sealed contact phones, are read from an index

The index on the last digits finds the rows whose contact phone is not the patient's own: most orders have none.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_escort_id_state_stars", "orders", ["escort_id", "state", "stars"])
    op.create_index("ix_orders_contact_phone_tail_id", "orders", ["contact_phone_tail", "id"])


def downgrade() -> None:
    op.drop_index("ix_orders_contact_phone_tail_id", "orders")
    op.drop_index("ix_orders_escort_id_state_stars", "orders")
