"""the cases about a number are found without looking through all evidence, and an escort's newest earning and
statements without looking through all of theirs

Filled in small steps, each of them committed where the engine ends transactions at changes of tables anyway; what a run
that was cut short has written is written again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from storage.filters import case_numbers

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
STEP = 2_000
NEWEST = ("earnings", "pay_statements")
"""What an escort has more and more of, read from the newest on."""
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER = sa.String(80).with_variant(
    mysql.VARCHAR(80, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)


def upgrade() -> None:
    op.create_table(
        "case_numbers",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("case_id", BIG, primary_key=True, autoincrement=False),
        **TABLE,
    )
    op.create_index("ix_case_numbers_case_id", "case_numbers", ["case_id"])
    op.execute("DELETE FROM case_numbers")
    connection, last = op.get_bind(), 0
    page = sa.text("SELECT id, reference, detail FROM finance_cases WHERE id > :last ORDER BY id LIMIT :step")
    insert = sa.text("INSERT INTO case_numbers (number, case_id) VALUES (:number, :case)")
    while cases := connection.execute(page, {"last": last, "step": STEP}).all():
        last = cases[-1][0]
        connection.execute(
            insert,
            [
                {"number": number, "case": case_id}
                for case_id, reference, detail in cases
                for number in sorted(case_numbers(reference, detail))
            ],
        )
        if connection.dialect.name != "sqlite":
            connection.commit()
    for table in NEWEST:
        op.create_index(f"ix_{table}_escort_id_id", table, ["escort_id", "id"])


def downgrade() -> None:
    for table in NEWEST:
        op.drop_index(f"ix_{table}_escort_id_id", table)
    op.drop_table("case_numbers")
