"""Alembic migrations for both engines, driven from code: there is no ini file to keep in step."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from pymysql.connections import Connection as PyMySQLConnection
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.address import DatabaseAddress
from storage.errors import StorageUnavailable
from storage.migrations.resuming import begin_at_once, is_at, under_way
from storage.mysql_login import CarefulLogin, read_server_key
from storage.mysql_nodes import MAX_CONNECT_SECONDS, Node, read_nodes
from storage.mysql_words import driver_password, why_no_connection
from storage.revision import newest, why_too_new

FOLDER = Path(__file__).parent


def connect(settings: DatabaseAddress, path: Path) -> Any:
    """A plain SQLAlchemy engine for the database."""
    if settings.engine == "sqlite":
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(URL.create("sqlite", database=str(path)))
        begin_at_once(engine)
        return engine
    password = driver_password(settings.password) or None
    node = _node_of_migrations(settings)
    address = URL.create("mysql+pymysql", settings.user, password, node.host, node.port, settings.name)
    arguments: dict[str, Any] = {"charset": "utf8mb4", "connect_timeout": int(settings.timeout_seconds) or 1}
    if settings.tls_ca:
        arguments["ssl"] = {"ca": settings.tls_ca, "check_hostname": True}
    if settings.server_key_file:
        arguments["server_public_key"] = read_server_key(settings.server_key_file)
    engine = create_engine(address, connect_args=arguments)
    event.listen(engine, "do_connect", lambda dialect, record, given, named: _Connection(*given, **named))
    return engine


class _Connection(CarefulLogin, PyMySQLConnection):
    """As careful as those of the server."""

    def _process_auth(self, plugin_name: bytes, *rest: Any) -> Any:
        self.refuse_clear_password(plugin_name.decode("ascii", "replace"), encrypted=bool(self.ssl))
        return super()._process_auth(plugin_name, *rest)  # type: ignore[misc]


def _node_of_migrations(settings: DatabaseAddress) -> Node:
    """On a cluster the same node for everybody, whichever is their first: what keeps two migrations apart holds on one
    node alone (``resuming.under_way``)."""
    nodes = read_nodes(settings.host, settings.port, settings.other_hosts)
    for node in sorted(nodes) if settings.cluster else ():
        try:
            socket.create_connection(node, MAX_CONNECT_SECONDS).close()
        except OSError:
            continue
        return node
    return nodes[0]


def alembic_config(connection: Connection | None = None, *, resumed: bool = False) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    config.attributes["resumed"] = resumed
    return config


def upgrade(settings: DatabaseAddress, path: Path, revision: str = "head") -> None:
    """Apply the migrations up to ``revision``. One that is cut short is simply run again. Raises StorageUnavailable,
    also for a database of a newer version."""
    engine = connect(settings, path)
    try:
        if settings.engine == "sqlite":
            with engine.begin() as connection:
                _refuse_newer(connection)
                command.upgrade(alembic_config(connection), revision)
            return
        with engine.connect() as connection:
            _refuse_newer(connection)
            if is_at(connection, newest() if revision == "head" else revision):
                return
            with under_way(connection) as resumed:
                command.upgrade(alembic_config(connection, resumed=resumed), revision)
    except DBAPIError as error:
        raise StorageUnavailable(f"migration failed: {reason(error, settings)}") from error
    finally:
        engine.dispose()


def _refuse_newer(connection: Connection) -> None:
    """Nothing is done to a database that a newer version has migrated. Raises StorageUnavailable."""
    found = MigrationContext.configure(connection).get_current_revision()
    if problem := why_too_new(found or ""):
        raise StorageUnavailable(f"migration refused: {problem}")


def reason(error: DBAPIError, settings: DatabaseAddress) -> str:
    """In one line, without the statement and its values."""
    code = error.orig.args[0] if error.orig and error.orig.args else type(error).__name__
    if settings.engine == "mysql" and error.statement is None:
        return why_no_connection(code, settings)
    return f"{'SQLite' if settings.engine == 'sqlite' else 'MySQL'} {code}"
