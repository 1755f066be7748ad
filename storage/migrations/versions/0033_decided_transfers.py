"""what the office has found out about a transfer of which WeChat says nothing any more"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("pay_transfers", sa.Column("decided_by", BIG, nullable=True))
    op.add_column(
        "pay_transfers", sa.Column("decided_note", sa.String(255), nullable=False, server_default="")
    )


def downgrade() -> None:
    for name in ("decided_note", "decided_by"):
        op.drop_column("pay_transfers", name)
