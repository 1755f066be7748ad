"""Puts new files in the places of old ones so that a restore that fails, or is killed, leaves what was.

Each new file lies beside its place already, so that nothing but renaming is left; a journal in the data folder says
what is being renamed. Until it says ``done``, ``recover`` puts everything back; afterwards it clears away.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

JOURNAL = "restore.json"


@dataclass
class Item:
    """One place. ``had``: there was something; ``gets``: there will be something."""

    place: str
    had: bool
    gets: bool

    @property
    def path(self) -> Path:
        return Path(self.place)

    @property
    def old(self) -> Path:
        return self.path.with_name(f".{self.path.name}.before-restore")

    @property
    def new(self) -> Path:
        return self.path.with_name(f".{self.path.name}.restoring")


@dataclass
class Journal:
    """``database``: what the restore does to a MariaDB, "" for nothing: see ``mysql_swap``."""

    data: str
    phase: str = "swapping"
    database: str = ""
    items: list[Item] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return Path(self.data) / JOURNAL

    @property
    def draft(self) -> Path:
        return self.file.with_suffix(".draft")

    def remove(self) -> None:
        self.draft.unlink(missing_ok=True)
        self.file.unlink(missing_ok=True)

    def write(self, phase: str | None = None) -> None:
        self.phase = phase or self.phase
        with self.draft.open("w", encoding="utf-8") as stream:
            json.dump(asdict(self), stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(self.draft, self.file)
        _sync_folder(self.file.parent)


def read_journal(data: Path) -> Journal | None:
    """Of a restore that did not come to its end, if there is one."""
    try:
        values = json.loads((data / JOURNAL).read_text("utf-8"))
    except FileNotFoundError:
        return None
    values["items"] = [Item(**item) for item in values["items"]]
    return Journal(**values)


def prepare(changes: Iterable[tuple[Path | None, Path]]) -> list[Item]:
    """Put each new file or folder beside its place; the journal's items. Raises OSError."""
    items = []
    for new, place in changes:
        item = Item(str(place), os.path.lexists(place), new is not None)
        _remove(item.new)
        if new is not None:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.move(new, item.new)  # a copy, where the place is on another disk
            _give_to_owner(item.new, place if item.had else place.parent)
        if item.had or item.gets:
            items.append(item)
    os.sync()
    return items


def swap(journal: Journal, database: Callable[[], None]) -> None:
    """Rename, then let ``database`` do its part. Raises what they raise, after everything was put back."""
    journal.write("swapping")
    try:
        for item in journal.items:
            if item.had:
                os.rename(item.path, item.old)
            if item.gets:
                os.rename(item.new, item.path)
        os.sync()
        database()
    except BaseException:
        roll_back(journal)
        raise
    finish(journal)


def roll_back(journal: Journal) -> None:
    """What was is in its place again."""
    for item in reversed(journal.items):
        if item.had:
            if os.path.lexists(item.old):
                _remove(item.path)
                os.rename(item.old, item.path)
        elif item.gets and not os.path.lexists(item.new):
            _remove(item.path)
        _remove(item.new)
    os.sync()
    journal.remove()


def finish(journal: Journal) -> None:
    """The new is in its place: nothing of the old is needed any more."""
    journal.write("done")
    for item in journal.items:
        _remove(item.old)
        _remove(item.new)
    journal.remove()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _give_to_owner(path: Path, like: Path) -> None:
    """Restored by root, files still belong to the user who runs the server."""
    if os.geteuid() != 0:
        return
    owner = like.stat()
    for file in [path, *(path.rglob("*") if path.is_dir() else ())]:
        os.chown(file, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
