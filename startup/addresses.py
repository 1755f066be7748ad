"""Where a server is, as a browser on this machine opens it."""

from __future__ import annotations

from typing import Any

from config import Settings

LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


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
