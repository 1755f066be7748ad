"""a number is that of one invoice; why a supplement's amount was changed, and when it was opened again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None
INDEX = "ix_invoices_taken_number"


def upgrade() -> None:
    op.add_column("invoices", sa.Column("taken_number", sa.String(64), nullable=True))
    # Of older rows with one number the first has it.
    op.execute(
        "UPDATE invoices SET taken_number = number WHERE number <> '' AND id IN "
        "(SELECT first_id FROM (SELECT MIN(id) AS first_id FROM invoices WHERE number <> '' GROUP BY number) AS firsts)"
    )
    op.create_index(INDEX, "invoices", ["taken_number"], unique=True)
    op.add_column(
        "supplements", sa.Column("amount_reason", sa.String(255), nullable=False, server_default="")
    )
    op.add_column("supplements", sa.Column("reopened_at", sa.BigInteger, nullable=True))


def downgrade() -> None:
    op.drop_column("supplements", "reopened_at")
    op.drop_column("supplements", "amount_reason")
    op.drop_index(INDEX, "invoices")
    op.drop_column("invoices", "taken_number")
