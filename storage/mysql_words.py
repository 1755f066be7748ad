"""MariaDB and MySQL in words: why there is no connection, for the operator and without secrets; a password in bytes."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Address(Protocol):
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def user(self) -> str: ...


class Where(NamedTuple):
    """Of a connection, as far as a log may tell."""

    host: str
    port: int
    name: str
    user: str


_UNREACHABLE = "nobody answers at {where}: check that the server runs, database.host and database.port"
_FULL_UP = "{where} has no connection left: raise its max_connections, or lower database.pool_size"
_PLUGIN = "{where} wants another kind of login for {user} than a password (its authentication plugin)"
_WORDS = {
    1040: _FULL_UP,
    1203: _FULL_UP,
    1226: "the user {user} has used up what {where} lets it (max_user_connections or the like)",
    1044: "the user {user} may not use the database {name}: check database.name and the user's GRANT",
    1045: "{where} refuses the user {user}: check database.user and database.password, and from where it may connect",
    1049: "{where} has no database {name}: check database.name, or create it",
    1129: "{where} has blocked this machine after many failed connections (FLUSH HOSTS)",
    1130: "{where} lets nobody connect from this machine: check the user's host in its GRANT",
    1251: _PLUGIN,
    1524: _PLUGIN,
    1698: _PLUGIN,
    1820: "the password of {user} has expired at {where}",
    1862: "the password of {user} has expired at {where}",
    2002: _UNREACHABLE,
    2003: _UNREACHABLE,
    2005: _UNREACHABLE,
    2026: "TLS with {where} failed: check database.tls_ca",
    2059: _PLUGIN,
    2061: _PLUGIN,
    3159: "{where} takes TLS connections alone: set database.tls_ca",
}


def why_no_connection(code: object, address: Address) -> str:
    """``code``: MySQL's number, or the name of another error."""
    words = _WORDS.get(code if isinstance(code, int) else 0, "no connection to {where}")
    where = f"{address.host}:{address.port}"
    return f"MySQL {code}: " + words.format(where=where, user=address.user, name=address.name)


def driver_password(password: str) -> str:
    """PyMySQL and aiomysql encode a password as Latin-1; this makes the same bytes of it as MariaDB's own programs."""
    return password.encode().decode("latin-1")
