"""when a refund was last sent without an answer is a column of its own, no longer read from two other times"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refunds", sa.Column("unanswered_at", sa.BigInteger, nullable=True))
    op.execute(
        "UPDATE refunds SET unanswered_at = updated_at "
        "WHERE state = 'approved' AND updated_at > COALESCE(decided_at, 0)"
    )


def downgrade() -> None:
    op.drop_column("refunds", "unanswered_at")
