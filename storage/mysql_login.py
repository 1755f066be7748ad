"""To whom our password for MySQL is told, and how. Both drivers, aiomysql and PyMySQL, would tell it to anybody.

MySQL 8 logs in with ``caching_sha2_password``: while the server remembers us it is sent a hash, else the password
itself, by TLS, or else encrypted with an RSA key that the server sends when it is asked. Whoever stands between server
and database sends a key of their own, and reads the password. So on a plain line to another machine the key comes from
a file, or there is no such login. Source: dev.mysql.com, "Caching SHA-2 Pluggable Authentication".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pymysql.constants import CR
from pymysql.err import OperationalError

from storage.address import is_this_machine

CLEAR = "mysql_clear_password"


def read_server_key(file: str) -> bytes | None:
    """The server's RSA key (PEM); None without a file. Raises OSError."""
    return Path(file).read_bytes() if file else None


class CarefulLogin:
    """Comes before a driver's connection: the drivers read ``server_public_key`` where they are about to encrypt the
    password with it, ask the server while it is empty, and set it to what came."""

    _known_key: bytes | None
    _sent_key: bytes | None = None
    _line_is_safe: bool

    def __init__(self, **address: Any) -> None:
        self._known_key = address.get("server_public_key") or None
        self._line_is_safe = is_this_machine(str(address.get("host", "")))
        super().__init__(**address)

    @property
    def server_public_key(self) -> bytes | None:
        """Raises OperationalError where whoever answered could be anybody."""
        if self._known_key is None and not self._line_is_safe:
            raise OperationalError(
                CR.CR_AUTH_PLUGIN_ERR,
                "the server wants the password, on a line without TLS: set database.tls_ca or server_key_file",
            )
        return self._known_key or self._sent_key

    @server_public_key.setter
    def server_public_key(self, key: bytes | None) -> None:
        self._sent_key = key

    def refuse_clear_password(self, plugin: str, *, encrypted: bool) -> None:
        """Nobody is told the password itself on a plain line, whatever login they ask for. Raises OperationalError."""
        if plugin == CLEAR and not encrypted:
            raise OperationalError(
                CR.CR_AUTH_PLUGIN_ERR, "the server wants the password in clear, without TLS"
            )
