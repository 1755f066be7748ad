"""The file of a backup: written beside its place and put there whole, read back with every hash compared."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from startup.backup.contents import DATABASES, MANIFEST
from startup.backup.problems import BackupFailed

FORMAT = 1
_CHUNK = 1 << 20
_TOP = {*DATABASES.values(), MANIFEST, "files", "keys"}


@dataclass
class Manifest:
    """What a backup says of itself. ``members``: name and SHA-256 of every other file in it."""

    engine: str
    schema: str
    version: str
    made_at: str
    keys: bool
    format: int = FORMAT
    members: dict[str, str] = field(default_factory=dict)


class Writer:
    """Adds files; names that are there already are left as they were."""

    def __init__(self, archive: tarfile.TarFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def add(self, name: str, path: Path) -> None:
        """A file that has gone meanwhile is left out. Raises OSError."""
        if name in self.manifest.members:
            return
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            return
        with stream:
            info = tarfile.TarInfo(name)
            status = os.fstat(stream.fileno())
            info.size, info.mtime, info.mode = status.st_size, int(status.st_mtime), 0o600
            hashed = _Hashing(stream)
            self._archive.addfile(info, hashed)
        self.manifest.members[name] = hashed.hexdigest()

    def finish(self, folder: Path) -> None:
        """The manifest comes last, when every hash is known."""
        text = folder / MANIFEST
        text.write_text(json.dumps(asdict(self.manifest), ensure_ascii=False, indent=1), "utf-8")
        self._archive.add(text, MANIFEST)


class _Hashing:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        return data

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def writing(file: Path, manifest: Manifest) -> Iterator[Writer]:
    """Leaves ``file`` only when everything was written and is on the disk. Raises BackupFailed, OSError."""
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # for our eyes only
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with tarfile.open(
                fileobj=raw, mode="w:gz", compresslevel=6, format=tarfile.PAX_FORMAT
            ) as archive:
                yield Writer(archive, manifest)
            raw.flush()
            os.fsync(raw.fileno())
        verify(Path(draft))
        os.replace(draft, file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def verify(file: Path) -> Manifest:
    """Read all of a backup and compare every hash. Raises BackupFailed."""
    return _read(file, None)


def unpack(file: Path, folder: Path) -> Manifest:
    """Verify a backup and unpack it into an empty folder. Raises BackupFailed, OSError."""
    return _read(file, folder)


def peek(file: Path, name: str) -> bytes | None:
    """One member's content; None when it is not there. Raises BackupFailed."""
    with _open(file) as archive:
        for member in archive:
            if member.name == name and member.isreg() and (stream := archive.extractfile(member)):
                return stream.read()
    return None


@contextmanager
def _open(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except FileNotFoundError:
        raise BackupFailed(f"{file}: there is no such file") from None
    except (tarfile.TarError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise BackupFailed(f"{file}: not a backup, or a damaged one: {error}") from None
    except OSError as error:  # gzip's own kind for a file that is none
        if error.errno is None:
            raise BackupFailed(f"{file}: not a backup, or a damaged one: {error}") from None
        raise


def _read(file: Path, folder: Path | None) -> Manifest:
    found: dict[str, str] = {}
    manifest: Manifest | None = None
    with _open(file) as archive:
        for member in archive:
            _refuse_strange(file, member)
            stream = archive.extractfile(member)
            assert stream is not None, "a regular file has content"
            if member.name == MANIFEST:
                manifest = _manifest(file, stream.read())
                continue
            found[member.name] = _hash(stream, folder / member.name if folder else None)
    if manifest is None:
        raise BackupFailed(f"{file}: not a backup, or one that was cut off: it has no {MANIFEST}")
    if found != manifest.members:
        wrong = sorted(
            name for name in found.keys() | manifest.members if found.get(name) != manifest.members.get(name)
        )
        raise BackupFailed(f"{file}: a damaged backup: {wrong[0]} is not what was put into it")
    if DATABASES.get(manifest.engine) not in found:
        raise BackupFailed(f"{file}: a backup without a database")
    return manifest


def _refuse_strange(file: Path, member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name)
    if not member.isreg() or path.is_absolute() or ".." in path.parts or path.parts[0] not in _TOP:
        raise BackupFailed(f"{file}: not a backup of this program: it holds {member.name!r}")


def _manifest(file: Path, text: bytes) -> Manifest:
    values = json.loads(text)
    if values.get("format") != FORMAT:
        raise BackupFailed(
            f"{file}: made by another version of the program, in a form that this one does not read"
        )
    return Manifest(**values)


def _hash(stream: IO[bytes], target: Path | None) -> str:
    hashed = hashlib.sha256()
    if target is None:
        while chunk := stream.read(_CHUNK):
            hashed.update(chunk)
        return hashed.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as writing_to:
        os.fchmod(writing_to.fileno(), 0o600)
        while chunk := stream.read(_CHUNK):
            hashed.update(chunk)
            writing_to.write(chunk)
    return hashed.hexdigest()
