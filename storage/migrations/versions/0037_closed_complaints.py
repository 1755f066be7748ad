"""when a complaint was closed first and last, also of one that was opened again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("first_closed_at", "last_closed_at"):
        op.add_column("complaints", sa.Column(name, sa.BigInteger, nullable=True))
    op.execute("UPDATE complaints SET first_closed_at = closed_at, last_closed_at = closed_at")


def downgrade() -> None:
    for name in ("last_closed_at", "first_closed_at"):
        op.drop_column("complaints", name)
