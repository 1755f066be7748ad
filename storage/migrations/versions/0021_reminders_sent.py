"""a row of reminders is one that was sent: what is due is looked up, not planned"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_reminders_next_at", "reminders")
    op.drop_column("reminders", "next_at")


def downgrade() -> None:
    op.add_column("reminders", sa.Column("next_at", sa.BigInteger, nullable=True))
    op.create_index("ix_reminders_next_at", "reminders", ["next_at"])
