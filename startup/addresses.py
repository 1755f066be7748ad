"""Where a server listens, and where that is for a browser on this machine."""

from __future__ import annotations

from typing import Any

from tornado.netutil import bind_sockets

from config import ConfigError, Settings

LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def bound(settings: Settings) -> list[Any]:
    """The sockets to listen on. Raises ConfigError when the port is another program's."""
    address = settings.server.listening_address
    try:
        return bind_sockets(settings.server.port, address or None)
    except OSError as error:
        where = f"{address or '*'}:{settings.server.port}"
        raise ConfigError(
            f"{settings.source}: server.port: cannot listen on {where}: {error.strerror}"
        ) from None


def root_address(settings: Settings, sockets: list[Any]) -> str:
    """The server's address as a browser on this machine opens it."""
    scheme = "https" if settings.server.tls_certificate else "http"
    host, port = sockets[0].getsockname()[:2]
    host = "localhost" if host in (LOOPBACK, "::1", *EVERY_ADDRESS) else host
    return f"{scheme}://{host}:{port}{settings.server.base_path.rstrip('/')}/"


def print_addresses(settings: Settings, sockets: list[Any], sandbox: bool) -> None:
    root = root_address(settings, sockets)
    lines = [f"HospitalAppointment ({settings.server.mode}) is ready. 服务已就绪："]
    if sandbox:
        lines += [
            f"  小程序（浏览器里运行）  {root}sandbox/client/",
            f"  微信沙箱（收银台）      {root}sandbox/",
        ]
    lines += [f"  管理后台                {root}admin/", f"  接口文档                {root}docs/"]
    print("\n".join(lines), flush=True)
