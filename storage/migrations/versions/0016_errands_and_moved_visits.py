"""errands share a half-day of their escort; what a visit that its user moved gives back at the most"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _rebuild_bookings(with_slot=True)
    op.add_column(
        "orders", sa.Column("max_refund_percent", sa.SmallInteger, nullable=False, server_default="100")
    )
    op.add_column(
        "order_changes",
        sa.Column("max_refund_percent", sa.SmallInteger, nullable=False, server_default="100"),
    )


def downgrade() -> None:
    op.drop_column("order_changes", "max_refund_percent")
    op.drop_column("orders", "max_refund_percent")
    # Before, one order had a half-day: of several errands the first one keeps it.
    op.execute("DELETE FROM escort_bookings WHERE slot > 1")
    _rebuild_bookings(with_slot=False)


def _rebuild_bookings(*, with_slot: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _copy_bookings(with_slot=with_slot)
        return
    key = "escort_id, visit_date, half"
    if with_slot:
        op.add_column(
            "escort_bookings", sa.Column("slot", sa.SmallInteger, nullable=False, server_default="0")
        )
        op.execute(f"ALTER TABLE escort_bookings DROP PRIMARY KEY, ADD PRIMARY KEY ({key}, slot)")
        return
    op.execute(f"ALTER TABLE escort_bookings DROP PRIMARY KEY, ADD PRIMARY KEY ({key})")
    op.drop_column("escort_bookings", "slot")


def _copy_bookings(*, with_slot: bool) -> None:
    """SQLite cannot change a key: a new table takes the place of the old one."""
    columns = [
        sa.Column("escort_id", BIG, autoincrement=False, nullable=False),
        sa.Column("visit_date", sa.String(length=10), nullable=False),
        sa.Column("half", sa.String(length=2), nullable=False),
        sa.Column("order_id", BIG, nullable=False),
    ]
    key = ["escort_id", "visit_date", "half"]
    if with_slot:
        columns.append(sa.Column("slot", sa.SmallInteger, nullable=False, server_default="0"))
        key.append("slot")
    op.create_table("escort_bookings_new", *columns, sa.PrimaryKeyConstraint(*key))
    op.execute(
        "INSERT INTO escort_bookings_new (escort_id, visit_date, half, order_id) "
        "SELECT escort_id, visit_date, half, order_id FROM escort_bookings"
    )
    op.drop_table("escort_bookings")
    op.rename_table("escort_bookings_new", "escort_bookings")
    for column in ("order_id", "visit_date"):
        op.create_index(f"ix_escort_bookings_{column}", "escort_bookings", [column])
