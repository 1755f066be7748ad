"""What a check finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from config import Settings
from frozen_dataclasses import frozen


@frozen()
class Result:
    """``level``: ``ok``, ``warning`` (the server starts) or ``failed`` (it does not)."""

    name: str
    level: str
    detail: str

    def line(self) -> str:
        return f"[{self.level:^7}] {self.name}: {self.detail}"


Check = Callable[[Settings], Awaitable[Result]]


def ok(name: str, detail: str) -> Result:
    return Result(name, "ok", detail)


def warning(name: str, detail: str) -> Result:
    return Result(name, "warning", detail)


def failed(name: str, detail: str) -> Result:
    return Result(name, "failed", detail)


def failed_in_production(settings: Settings, name: str, detail: str) -> Result:
    """What stops a production server, and is only worth a warning in development."""
    return warning(name, detail) if settings.development else failed(name, detail)
