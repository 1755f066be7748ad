"""a subscribe message knows its order, so that the office can look up which went out

The orders of messages that are there are read from what they tell.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STEP = 1000


def upgrade() -> None:
    op.add_column("outbox", sa.Column("order_id", BIG, nullable=True))
    _fill()
    op.create_index("ix_outbox_order_id", "outbox", ["order_id"])


def _fill() -> None:
    connection, last = op.get_bind(), 0
    page = sa.text("SELECT id, payload FROM outbox WHERE id > :last ORDER BY id LIMIT :step")
    change = sa.text("UPDATE outbox SET order_id = :order_id WHERE id = :id")
    while rows := connection.execute(page, {"last": last, "step": STEP}).all():
        last = rows[-1][0]
        found = [{"id": row[0], "order_id": order_id} for row in rows if (order_id := _order_of(row[1]))]
        if found:
            connection.execute(change, found)


def _order_of(payload: str) -> int | None:
    """None for what cannot be read; such a message is not sent either."""
    try:
        facts = json.loads(payload)
    except ValueError:
        return None
    order_id = facts.get("order_id") if isinstance(facts, dict) else None
    return order_id if type(order_id) is int else None


def downgrade() -> None:
    op.drop_index("ix_outbox_order_id", "outbox")
    op.drop_column("outbox", "order_id")
