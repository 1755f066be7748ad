"""failures of an account are counted per network, in a table of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("administrators", "failed_logins")
    op.drop_column("administrators", "locked_until")


def downgrade() -> None:
    for name, kind in (("failed_logins", sa.Integer), ("locked_until", sa.BigInteger)):
        op.add_column("administrators", sa.Column(name, kind, nullable=False, server_default="0"))
