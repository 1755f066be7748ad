"""names are found by any part of them: names of patients and users are listed by their parts, and patients and escorts
have the form in which names are compared

Filled in small steps, each of them committed where the engine ends transactions at changes of tables anyway; one that
is cut short is done again, and finds what is there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from personal.names import name_parts, search_form

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STEP = 2_000
KEYED = ("patients", "escorts")
"""Tables whose names get their form for comparing."""
LISTED = (
    ("patient", "orders", "patient_name_key"),
    ("patient", "patients", "name_key"),
    ("user", "users", "nickname_key"),
    ("user", "office_customers", "name_key"),
)
"""Kind of name, and where it is held; each of these columns begins an index."""
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    kind = sa.String(8).with_variant(
        mysql.VARCHAR(8, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    op.create_table(
        "name_parts",
        sa.Column("kind", kind, primary_key=True),
        sa.Column("part", sa.String(12), primary_key=True),
        sa.Column("name_key", sa.String(64), primary_key=True),
        **TABLE,
    )
    for table in KEYED:
        op.add_column(table, sa.Column("name_key", sa.String(64), nullable=False, server_default=""))
        _key(table)
    op.create_index("ix_patients_name_key_id", "patients", ["name_key", "id"])
    for kind_of_name, table, column in LISTED:
        _list(kind_of_name, table, column)


def _key(table: str) -> None:
    """Most names are what they are compared by; the others are worked out."""
    connection, last = op.get_bind(), 0
    page = sa.text(f"SELECT id, name FROM {table} WHERE id > :last ORDER BY id LIMIT :step")
    copy = sa.text(f"UPDATE {table} SET name_key = name WHERE id > :first AND id <= :last")
    change = sa.text(f"UPDATE {table} SET name_key = :key WHERE id = :id")
    while rows := connection.execute(page, {"last": last, "step": STEP}).all():
        connection.execute(copy, {"first": last, "last": rows[-1][0]})
        last = rows[-1][0]
        others = [{"id": row[0], "key": form} for row in rows if (form := search_form(row[1])) != row[1]]
        if others:
            connection.execute(change, others)
        _keep(connection)


def _list(kind: str, table: str, column: str) -> None:
    """Along the names' index, each name once."""
    connection, last = op.get_bind(), ""
    page = sa.text(
        f"SELECT DISTINCT {column} FROM {table} WHERE {column} > :last ORDER BY {column} LIMIT :step"
    )
    insert = sa.text(
        f"INSERT {'OR IGNORE' if connection.dialect.name == 'sqlite' else 'IGNORE'} "
        "INTO name_parts (kind, part, name_key) VALUES (:kind, :part, :name)"
    )
    while names := [row[0] for row in connection.execute(page, {"last": last, "step": STEP}).all()]:
        last = names[-1]
        rows = [{"kind": kind, "part": part, "name": name} for name in names for part in name_parts(name)]
        if rows:
            connection.execute(insert, rows)
        _keep(connection)


def _keep(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite":
        connection.commit()


def downgrade() -> None:
    op.drop_index("ix_patients_name_key_id", "patients")
    for table in KEYED:
        op.drop_column(table, "name_key")
    op.drop_table("name_parts")
