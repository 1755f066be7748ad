"""an invitation says for which half of the day it is: orders whose hour is not settled have none of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
HALF = sa.String(3).with_variant(mysql.VARCHAR(3, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("invitations", sa.Column("half", HALF, nullable=False, server_default="day"))


def downgrade() -> None:
    op.drop_column("invitations", "half")
