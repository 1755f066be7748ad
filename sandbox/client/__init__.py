"""The mini-program in an ordinary browser: built with Node, served by Tornado. A development tool.

    build = ClientBuild(Path("Front"), Path("data/client"))
    application.add_handlers(".*", routes("/sandbox/client", build))
    build.start()               # in the background; the page shows the progress until it is ready

``docs/client.md`` says how it works and what is only approximate.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.client.builder import BuildError, ClientBuild
from sandbox.client.serving import routes

__all__ = ["BuildError", "ClientBuild", "build", "routes"]


async def build(front: Path, out: Path, force: bool = False) -> None:
    """Build ``front`` into ``out`` unless nothing changed; prints what it does. Raises BuildError (one line)."""
    await ClientBuild(front, out).run(force=force)
