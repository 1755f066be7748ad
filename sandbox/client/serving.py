"""Serves the built client, and while there is none a page that shows how the build gets on."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import Any

import tornado.web

from sandbox.client.builder import ClientBuild

Rule = tuple[str, type[tornado.web.RequestHandler], dict[str, Any]]

PROGRESS_PAGE = Path(__file__).with_name("progress.html")
# "runtime.1a2b3c4d5e.js": the name changes with the content, so a copy never goes stale.
HASHED = re.compile(r"\.[0-9a-f]{10}\.\w+$")
FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
TEXTUAL = re.compile(r"^(text/|application/json|image/svg)")


REHEARSAL = (
    '<div role="note" style="position:fixed;z-index:99999;top:52px;right:6px;padding:1px 8px;border-radius:9px;'
    'font:600 12px/1.5 sans-serif;color:#fff;background:#b3261e;opacity:.9;pointer-events:none">演练，付款是假的</div>'
)
"""Laid over every page of the mini-program that a rehearsal shows."""


def routes(prefix: str, client: ClientBuild | Path, *, rehearsal: bool = False) -> list[Rule]:
    """Tornado rules that serve the client under ``prefix``, e.g. "/sandbox/client". ``rehearsal``: it says so.

    With a ClientBuild, opening the page after a change in the mini-program builds it again. With a folder, its files
    are served as they are. All addresses inside are relative, so any prefix in front of the server works.
    """
    base = prefix.rstrip("/")
    return [
        (base, SlashHandler, {}),
        (f"{base}/status.json", StatusHandler, {"client": client}),
        (f"{base}/(.*)", FileHandler, {"client": client, "rehearsal": rehearsal}),
    ]


class SlashHandler(tornado.web.RequestHandler):
    """``…/client`` → ``…/client/``, by a relative address: nobody here knows what lies in front of the path."""

    def get(self) -> None:
        query = f"?{self.request.query}" if self.request.query else ""
        self.set_status(301)
        self.set_header("Location", f"{self.request.path.rsplit('/', 1)[-1]}/{query}")


class _ClientHandler(tornado.web.RequestHandler):
    def initialize(self, client: ClientBuild | Path) -> None:
        self.client = client

    def set_default_headers(self) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-cache")


class StatusHandler(_ClientHandler):
    """GET status.json → {state: missing | building | ready | failed, lines: [text]}."""

    def get(self) -> None:
        if isinstance(self.client, Path):
            self.write(
                {"state": "ready" if (self.client / "index.html").is_file() else "missing", "lines": []}
            )
        else:
            self.write({"state": self.client.progress.state, "lines": self.client.progress.lines[-40:]})


class FileHandler(_ClientHandler):
    """GET <path>: a file of the client. The page itself waits for the build, everything else is there or 404."""

    def initialize(self, client: ClientBuild | Path, rehearsal: bool = False) -> None:
        super().initialize(client)
        self._rehearsal = rehearsal

    async def get(self, path: str) -> None:
        if path in ("", "index.html"):
            if not await self._page_is_ready():
                self._write_progress()
                return
            path = "index.html"
        self._write_file(path)

    async def head(self, path: str) -> None:
        await self.get(path)

    async def _page_is_ready(self) -> bool:
        if isinstance(self.client, Path):
            return (self.client / "index.html").is_file()
        if self.client.progress.state != "building" and not await self.client.is_current():
            # After a failure too: the reason (no Node, a mistake in a page) may be gone.
            self.client.start()
        return self.client.progress.state == "ready"

    def _write_progress(self) -> None:
        self.set_status(503)
        self.set_header("Retry-After", "1")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write(PROGRESS_PAGE.read_bytes())

    def _write_file(self, path: str) -> None:
        folder = self.client if isinstance(self.client, Path) else self.client.out
        file = (folder / path).resolve()
        if not file.is_relative_to(folder.resolve()) or not file.is_file() or file.name.startswith("."):
            raise tornado.web.HTTPError(404)
        kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self.set_header("Content-Type", f"{kind}; charset=utf-8" if TEXTUAL.match(kind) else kind)
        if HASHED.search(file.name):
            self.set_header("Cache-Control", FOR_EVER)
        if self._rehearsal and file.name == "index.html":
            self.finish(_marked(file.read_text("utf-8")))
            return
        packed = file.with_name(f"{file.name}.gz")
        if packed.is_file():
            if not self.settings.get("compress_response"):  # Tornado says it otherwise
                self.set_header("Vary", "Accept-Encoding")
            if "gzip" in self.request.headers.get("Accept-Encoding", ""):
                self.set_header("Content-Encoding", "gzip")
                file = packed
        # Tornado adds the ETag and answers 304 by itself.
        self.finish(file.read_bytes())


def _marked(page: str) -> str:
    """The page with the mark of a rehearsal right behind its ``<body>``."""
    return re.sub(r"(<body[^>]*>)", rf"\1{REHEARSAL}", page, count=1)
