"""An installation without a server, to be backed up and restored, and backups that were tampered with."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config import DatabaseSettings, load_settings
from payment.books.ledger import self_check
from startup.backup import swapping
from startup.backup.contents import FOLDERS
from startup.backup.restoring import restore
from startup.backup.taking import back_up
from storage import open_storage, revision
from storage.inspection import missing_triggers


class Installation:
    """A data folder and a database with orders, pictures, avatars, bills and photos of visits, and no server."""

    def __init__(self, folder: Path, database: DatabaseSettings, io_loop: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = dataclasses.replace(load_settings(folder, None, {}), database=database)
        self.folder = folder
        self._loop = io_loop

    def fill(self, mark: str) -> None:
        """Change everything, so that ``mark`` can be seen in each place."""
        self._loop.run_sync(lambda: self._add_user(mark))
        for place in FOLDERS:
            (self.folder / place).mkdir(exist_ok=True)
            (self.folder / place / f"{mark}.bin").write_bytes(mark.encode() * 100)
            (self.folder / place / "same-name").write_text(mark)

    async def _add_user(self, mark: str) -> None:
        storage = open_storage(self.settings.database, self.folder)
        await storage.open()
        async with storage.transaction() as tx:
            await tx.users.find_or_add(f"openid-{mark}", 1_700_000_000_000)
            await tx.commit()
        await storage.close()

    def state(self) -> dict[str, Any]:
        """All users, all files, and whether the database is whole and protected."""
        return dict(self._loop.run_sync(self._state))

    async def _state(self) -> dict[str, Any]:
        storage = open_storage(self.settings.database, self.folder)
        await storage.open()
        async with storage.reading() as reader:
            users = await reader.connection.fetch_all("SELECT openid FROM users ORDER BY id")
        found: dict[str, Any] = {
            "users": [row[0] for row in users],
            "schema": await revision.current(storage),
            "triggers missing": await missing_triggers(storage, self.settings.database.engine),
            "ledger": await self_check(storage),
        }
        await storage.close()
        for place in FOLDERS:
            folder = self.folder / place
            found[place] = {
                file.name: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
            }
        return found

    def back_up(self, file: Path, **options: bool) -> None:
        given = {"with_keys": False, "overwrite": False, **options}
        back_up(self.settings, file, revision.newest(), **given)

    def restore(self, file: Path, **options: bool) -> None:
        restore(self.settings, file, **{"with_keys": False, "overwrite": True, **options})

    def nothing_is_left_behind(self) -> None:
        hidden = [
            file.name
            for file in self.folder.iterdir()
            if file.name.startswith(".") or file.suffix == ".draft"
        ]
        assert hidden == []
        assert not (self.folder / swapping.JOURNAL).exists()


@pytest.fixture
def installation(
    database_settings: DatabaseSettings, tmp_path: Path, io_loop: Any, request: pytest.FixtureRequest
) -> Iterator[Installation]:
    found = Installation(tmp_path / "data", database_settings, io_loop)
    found.fill("before")
    yield found
    if (
        database_settings.engine == "mysql"
    ):  # the database is the next test's, too: with its tables as they were
        _drop_beside(request, database_settings)


def _drop_beside(request: pytest.FixtureRequest, settings: DatabaseSettings) -> None:
    with request.getfixturevalue("mariadb").connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{settings.name}_restore`")


def rewritten(file: Path, change: Callable[[dict[str, bytes]], object], *, hashes: bool = True) -> Path:
    """A copy of a backup whose members were changed; with ``hashes`` the manifest is made to agree."""
    with tarfile.open(file) as reading:
        members = {member.name: reading.extractfile(member).read() for member in reading}  # type: ignore[union-attr]
    change(members)
    if hashes and "manifest.json" in members:
        manifest = json.loads(members["manifest.json"])
        others = {name: content for name, content in members.items() if name != "manifest.json"}
        manifest["members"] = {name: hashlib.sha256(content).hexdigest() for name, content in others.items()}
        members["manifest.json"] = json.dumps(manifest).encode()
    target = file.with_name("changed.tgz")
    with tarfile.open(target, "w:gz") as writing:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            writing.addfile(info, io.BytesIO(content))
    return target


def database_of(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("database."))


def spoil_database(members: dict[str, bytes]) -> None:
    """Damage that the hashes do not show: a file that was bad when it was put in."""
    name = database_of(members)
    content = bytearray(members[name])
    if name.endswith("sqlite3"):
        for page in range(3, 20):
            content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    else:
        content[len(content) // 2 : len(content) // 2] = b"\nTHIS IS NO SQL;\n"
    members[name] = bytes(content)


def variables(database: DatabaseSettings) -> dict[str, str]:
    names = ("path",) if database.engine == "sqlite" else ("host", "port", "name", "user", "password")
    given = {f"HA_DATABASE_{name.upper()}": str(getattr(database, name)) for name in names}
    return {"HA_DATABASE_ENGINE": database.engine, **given}
