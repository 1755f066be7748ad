"""Where pictures lie: the drawn ones of the catalog under the names that released clients ask for, and uploads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from urllib.parse import quote

from config import ROOT

FOLDER = ROOT / "static" / "pic"
PREFIX = "static/pic/"
UPLOADS = "uploads/"
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


class Pictures:
    """Finds a picture's file by the name a client asks for, and its address with a content hash.

    ``uploads``: folder of the pictures that administrators upload, addressed ``static/pic/uploads/…``.
    """

    def __init__(self, uploads: Path) -> None:
        self._folder = FOLDER
        self._uploads = uploads
        self._kept: dict[str, str] = json.loads((self._folder / "names.json").read_text("utf-8"))
        self._hashes: dict[Path, tuple[int, str]] = {}

    def find(self, name: str) -> Path | None:
        """The file behind a name below ``static/pic/``; None when there is none."""
        if name.startswith(UPLOADS):
            return file_below(self._uploads, name.removeprefix(UPLOADS))
        found = file_below(self._folder, self._kept.get(name, name))
        return found if found and found.suffix in TYPES else None

    def url(self, picture: str) -> str:
        """The address of a picture of the catalog with its content hash; empty stays empty."""
        file = self.find(picture.removeprefix(PREFIX)) if picture else None
        if file is None:
            return ""
        return f"{quote(picture)}?v={self._hash(file)}"

    def _hash(self, file: Path) -> str:
        changed = file.stat().st_mtime_ns
        known = self._hashes.get(file)
        if known is None or known[0] != changed:
            known = (changed, hashlib.sha256(file.read_bytes()).hexdigest()[:12])
            self._hashes[file] = known
        return known[1]


def write_file(file: Path, content: bytes) -> None:
    """Write a file, in a folder that may not be there yet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def file_below(folder: Path, name: str) -> Path | None:
    """The file ``name`` below ``folder``; None when there is none, or when the name leads out of it."""
    try:
        file = (folder / name).resolve()
        return file if file.is_relative_to(folder.resolve()) and file.is_file() else None
    except (OSError, ValueError):  # longer than any name may be, or with a NUL in it
        return None
