"""Style sheet, script and vendored libraries of the administrators' pages: content hash, long cache time."""

from __future__ import annotations

import hashlib
from functools import cache

from config import ROOT
from handlers.base import FolderHandler
from handlers.errors import by_status

FOLDER = ROOT / "static" / "admin"
_YEAR = 365 * 24 * 3600
_HOUR = 3600


@cache
def _hash(name: str, changed: int) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


def address(name: str) -> str:
    """The address of a file, relative to the server's root, with its content hash."""
    return f"static/admin/{name}?v={_hash(name, (FOLDER / name).stat().st_mtime_ns)}"


class AssetHandler(FolderHandler):
    """Style sheet, script and libraries of the administrators' pages."""

    produces = "*/*"

    def initialize(self) -> None:
        super().initialize(FOLDER)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        found = super().validate_absolute_path(root, absolute_path)
        if found is None:
            raise by_status(404)
        return found

    def get_cache_time(self, path: str, modified: object, mime_type: str) -> int:
        return _YEAR if self.get_query_argument("v", "") else _HOUR


routes = [(r"/static/admin/([a-z][0-9A-Za-z_./-]*)", AssetHandler)]
