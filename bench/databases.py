"""The database under test: SQLite in the data folder, or a private MariaDB with full durability."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.processes import free_port
from tests.mariadb import MariaDB

ENGINES = ("sqlite", "mysql")


@dataclass(frozen=True)
class Database:
    """``environment``: the ``HA_DATABASE_…`` variables; ``process``: the server process, None with SQLite."""

    engine: str
    environment: dict[str, str]
    process: MariaDB | None = None


@contextmanager
def database(engine: str, options: tuple[str, ...] = ()) -> Iterator[Database]:
    """An empty database; its process, if it has one, ends with the block. ``options``: more of them for MariaDB.

    MariaDB flushes its log at each commit, as production must: without that a killed machine loses payments, and
    these programs would measure and prove something that nobody should run.
    """
    if engine == "sqlite":
        yield Database(engine, {"HA_DATABASE_ENGINE": "sqlite"})
        return
    process = MariaDB(durable=True, options=options)
    process.port = free_port()  # stays the same when it is killed and started again
    process.start()
    try:
        process.fresh_database("hospital")
        yield Database(
            engine,
            {
                "HA_DATABASE_ENGINE": "mysql",
                "HA_DATABASE_HOST": process.host,
                "HA_DATABASE_PORT": str(process.port),
                "HA_DATABASE_NAME": "hospital",
                "HA_DATABASE_USER": process.user,
                "HA_DATABASE_PASSWORD": process.password,
            },
            process,
        )
    finally:
        process.stop()
