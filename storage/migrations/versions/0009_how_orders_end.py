"""a request says whether it cancels the order; an order keeps how it ended

Requests that wait for a decision were made before the visit: they are cancellations, but for those of orders that were
finished already, where only money can come back. Refunds that were decided by the rules of before stay what they were:
a partial one returned its order to where it was.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _token(name: str, length: int, default: str) -> sa.Column[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    kind = sa.String(length).with_variant(ascii_text, "mysql", "mariadb")
    return sa.Column(name, kind, nullable=False, server_default=default)


def upgrade() -> None:
    op.add_column("refunds", _token("kind", 16, "money_back"))
    op.add_column("orders", _token("ending", 24, ""))
    op.execute(
        "UPDATE refunds SET kind = 'cancel' WHERE source = 'user' AND state = 'requested' "
        "AND order_id NOT IN (SELECT id FROM orders WHERE state_before_refund = 'finished')"
    )
    op.execute(
        "UPDATE orders SET ending = 'served' WHERE state = 'finished' "
        "OR (state = 'refunding' AND state_before_refund = 'finished')"
    )


def downgrade() -> None:
    op.drop_column("orders", "ending")
    op.drop_column("refunds", "kind")
