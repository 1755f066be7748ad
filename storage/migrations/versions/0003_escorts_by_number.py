"""escorts by number, not by name, in histories and messages; the half-day of a finished visit"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
HALF = sa.String(3).with_variant(mysql.VARCHAR(3, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("orders", sa.Column("half", HALF, nullable=False, server_default=""))
    op.add_column("order_history", sa.Column("escort_id", BIG, nullable=True))
    # A name that is not the present escort's goes: whose it is cannot be told. The audit log has the number.
    op.execute(
        "UPDATE order_history SET escort_id = ("
        "SELECT orders.escort_id FROM orders JOIN escorts ON escorts.id = orders.escort_id "
        "WHERE orders.id = order_history.order_id AND escorts.name = order_history.reason), reason = '' "
        "WHERE from_state = 'paid' AND to_state = 'serving' AND reason <> ''"
    )
    op.execute("UPDATE outbox SET payload = '{}' WHERE kind = 'escort' AND state <> 'pending'")


def downgrade() -> None:
    op.drop_column("order_history", "escort_id")
    op.drop_column("orders", "half")
