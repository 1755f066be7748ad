"""What belongs to an installation beside its database, its name in a backup, and the place that it goes back to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from config import ROOT, Settings

FOLDERS = ("avatars", "unchecked", "portraits", "uploads", "bills", "visits", "documents")
"""Below the data folder."""
DATABASES = {"sqlite": "database.sqlite3", "mysql": "database.sql"}
MANIFEST = "manifest.json"
CONFIG = "keys/config.toml"
_KEY_FILES = (
    ("pay", "key_file"),
    ("pay", "public_key_file"),
    ("server", "tls_certificate"),
    ("server", "tls_key"),
    ("database", "tls_ca"),
    ("database", "server_key_file"),
)
_DEVELOPMENT = ("development-secrets.json", "sandbox")
"""Of a development server: its generated secrets, and who it is at WeChat's stand-in."""
_PASSING = (".lock", "-wal", "-shm", "-journal")
"""Files that mean nothing without the process that has them open."""


def files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Names in the backup and paths of all pictures, avatars, portraits, bills, photos and documents there are now."""
    for folder in FOLDERS:
        yield from _below(settings.data / folder, f"files/{folder}")


def keys(settings: Settings) -> Iterator[tuple[str, Path]]:
    """The configuration and the files of keys that it names; in development what stands for them."""
    if settings.file is not None:
        yield CONFIG, settings.file.resolve()
    for name, path in _key_files(settings):
        if path.is_file():
            yield name, path
    if settings.development:
        for name in _DEVELOPMENT:
            yield from _below(settings.data / name, f"keys/data/{name}")


def _key_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Those that the configuration names. A rehearsal's merchant keys are its stand-in's, which takes WeChat's place
    and is no more in a backup than WeChat is."""
    for section, key in _KEY_FILES:
        named = getattr(getattr(settings, section), key)
        if named and not (settings.staging and section == "pay"):
            yield f"keys/{section}.{key}", ROOT / named


def _below(path: Path, name: str) -> Iterator[tuple[str, Path]]:
    """The regular files there; links are not followed out of the folder."""
    if path.is_file() and not path.is_symlink():
        yield name, path
    elif path.is_dir() and not path.is_symlink():
        for entry in sorted(path.iterdir()):
            if not entry.name.startswith(".") and not entry.name.endswith(_PASSING):
                yield from _below(entry, f"{name}/{entry.name}")


def targets(settings: Settings, staging: Path, *, with_keys: bool) -> Iterator[tuple[Path | None, Path]]:
    """Where what was unpacked in ``staging`` belongs: new (None: there is nothing in the backup) and place.

    A folder is replaced as a whole, so that the installation is what it was, and not a mixture.
    """
    for folder in FOLDERS:
        new = staging / "files" / folder
        yield (new if new.exists() else None), settings.data / folder
    if not with_keys:
        return
    if settings.file is not None and (staging / CONFIG).exists():
        yield staging / CONFIG, settings.file.resolve()
    for member, place in _key_files(settings):
        if (new := staging / member).exists():
            yield new, place
    if settings.development:
        for name in _DEVELOPMENT:
            if (new := staging / "keys" / "data" / name).exists():
                yield new, settings.data / name
