"""A migration that was cut short by a kill or a power cut can simply be run again.

SQLite takes DDL back with the rest of a transaction, once the driver is told to begin one. MySQL commits at each DDL
statement: there a small table says for the time of a migration that one is under way, and when it is found at the
next run, statements that turn out to be done already are passed over. Each single DDL statement is atomic (MySQL 8,
MariaDB 10.6), so what exists is whole. Tables that another program has put into the database stop a migration before
it begins, so that they are never taken for ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.ddl.impl import DefaultImpl
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from storage.errors import StorageUnavailable
from storage.schema import metadata

logger = logging.getLogger("hospital.migrations")

UNDER_WAY = "migration_under_way"
LOCK_SECONDS = 60
_DONE_BEFORE = {1050, 1060, 1061, 1091, 1051, 1359, 1360}
"""MySQL's codes: table, column, index exists; column or index to drop is gone, table too; trigger exists, is gone."""


def begin_at_once(engine: Engine) -> None:
    """SQLite: a migration is one transaction, DDL included, and two processes take turns."""

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection: Any, record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def is_at(connection: Connection, revision: str) -> bool:
    """Is the database at this revision, with no migration cut short? Then nothing needs to be done, nor allowed."""
    current = MigrationContext.configure(connection).get_current_revision()
    return current == revision and not inspect(connection).has_table(UNDER_WAY)


@contextmanager
def under_way(connection: Connection) -> Iterator[bool]:
    """MySQL: around a migration; True when an earlier one was cut short. Raises StorageUnavailable when another
    process is migrating the same database for too long."""
    name = f"migration of {connection.engine.url.database}"[:64]
    if (
        connection.scalar(text("SELECT GET_LOCK(:name, :seconds)"), {"name": name, "seconds": LOCK_SECONDS})
        != 1
    ):
        raise StorageUnavailable("another process is migrating this database")
    tables = set(inspect(connection).get_table_names())
    resumed = UNDER_WAY in tables
    foreign = tables & metadata.tables.keys()
    if foreign and not resumed and "alembic_version" not in tables:
        raise StorageUnavailable(f"the database has tables that are not ours: {', '.join(sorted(foreign))}")
    connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {UNDER_WAY} (since TIMESTAMP NOT NULL)")
    yield resumed  # after a failure the table stays, and the lock ends with the connection
    connection.commit()  # the new version, before the table that would let a half-made one go on
    connection.exec_driver_sql(f"DROP TABLE {UNDER_WAY}")
    connection.execute(text("DO RELEASE_LOCK(:name)"), {"name": name})


def pass_over_what_is_done(impl: DefaultImpl) -> None:
    """Let the migrations go over statements that an earlier run got to."""
    execute = impl._exec

    def go_on(*arguments: Any, **options: Any) -> Any:
        try:
            return execute(*arguments, **options)
        except DBAPIError as error:
            code = error.orig.args[0] if error.orig and error.orig.args else None
            if code not in _DONE_BEFORE:
                raise
            logger.info("done by the migration that was cut short: %s", code)
            return None

    impl._exec = go_on  # type: ignore[method-assign]
