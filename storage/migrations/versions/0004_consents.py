"""when a patient's data was consented to (unknown for those that are there); when a deleted one is to be forgotten"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patients", sa.Column("consented_at", sa.BigInteger, nullable=True))
    op.add_column("patients", sa.Column("guardian_consented_at", sa.BigInteger, nullable=True))
    op.add_column("patients", sa.Column("forget_at", sa.BigInteger, nullable=True))
    op.create_index("ix_patients_forget_at", "patients", ["forget_at"])
    op.execute(
        "UPDATE patients SET forget_at = deleted_at + 86400000 WHERE deleted_at IS NOT NULL AND phone_sealed <> ''"
    )


def downgrade() -> None:
    op.drop_index("ix_patients_forget_at", "patients")
    op.drop_column("patients", "forget_at")
    op.drop_column("patients", "guardian_consented_at")
    op.drop_column("patients", "consented_at")
