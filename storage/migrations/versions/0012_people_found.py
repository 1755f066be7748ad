"""people are found in one normal form: names as they are compared, keyed hashes of numbers, kinds of papers

The hashes of patients that are there are filled in by the server when it starts: a migration has no key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from personal.names import search_form

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _token(length: int) -> sa.types.TypeEngine[str]:
    ascii_text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(ascii_text, "mysql", "mariadb")


NAMES = (("orders", "patient_name"), ("users", "nickname"))


def upgrade() -> None:
    for column, length in (("id_kind", 24), ("phone_hash", 32), ("id_number_hash", 32)):
        op.add_column("patients", sa.Column(column, _token(length), nullable=False, server_default=""))
    op.create_index("ix_patients_phone_hash", "patients", ["phone_hash"])
    for table, name in NAMES:
        key = f"{name}_key"
        op.add_column(table, sa.Column(key, sa.String(64), nullable=False, server_default=""))
        _fill(table, name, key)
        op.create_index(f"ix_{table}_{key}_id", table, [key, "id"])
        op.drop_index(f"ix_{table}_{name}_id", table_name=table)


def _fill(table: str, name: str, key: str) -> None:
    """Most names are what they are compared by; of the others each is worked out once."""
    op.execute(f"UPDATE {table} SET {key} = {name}")
    connection = op.get_bind()
    change = sa.text(f"UPDATE {table} SET {key} = :key WHERE {name} = :name")
    for (written,) in connection.execute(sa.text(f"SELECT DISTINCT {name} FROM {table}")).all():
        if (form := search_form(written)) != written:
            connection.execute(change, {"key": form, "name": written})


def downgrade() -> None:
    for table, name in NAMES:
        op.create_index(f"ix_{table}_{name}_id", table, [name, "id"])
        op.drop_index(f"ix_{table}_{name}_key_id", table_name=table)
        op.drop_column(table, f"{name}_key")
    op.drop_index("ix_patients_phone_hash", "patients")
    for column in ("id_number_hash", "phone_hash", "id_kind"):
        op.drop_column("patients", column)
