"""Where a database is, and how it is connected to."""

from __future__ import annotations

import ipaddress
from typing import Protocol


class DatabaseAddress(Protocol):
    """What must be known of a database (see ``config.DatabaseSettings``)."""

    @property
    def engine(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def other_hosts(self) -> list[str]: ...
    @property
    def cluster(self) -> bool: ...
    @property
    def name(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def tls_ca(self) -> str: ...
    @property
    def server_key_file(self) -> str: ...
    @property
    def pool_size(self) -> int: ...
    @property
    def timeout_seconds(self) -> float: ...


def is_this_machine(host: str) -> bool:
    """Is the host the machine that this runs on? Nobody can stand on a line that does not leave it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "localhost.localdomain")
