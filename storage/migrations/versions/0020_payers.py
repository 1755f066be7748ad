"""what a user has paid, for their export, is found by an index"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_payment_attempts_payer_user_id", "payment_attempts", ["payer_user_id"])


def downgrade() -> None:
    op.drop_index("ix_payment_attempts_payer_user_id", "payment_attempts")
