"""The stand-in as one object, with its addresses: what a server carries."""

from __future__ import annotations

from typing import Any

from .core import SandboxCore
from .routes import routes


class Sandbox(SandboxCore):
    """WeChat's side over HTTP. Handlers know ``SandboxCore`` only, so that imports go one way."""

    def routes(self, prefix: str = r"/sandbox") -> list[Any]:
        """Tornado rules for everything below ``prefix`` (a regular expression), except ``prefix``/client/."""
        return routes(self, prefix)
