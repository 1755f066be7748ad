"""The files of photos: sealed, each bound to its own name, in a folder that no route serves as it is."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from privacy import VISIT_PHOTO, Vault

NAME = re.compile(r"[0-9a-f]{32}\.jpg")


def new_name() -> str:
    return f"{secrets.token_hex(16)}.jpg"


def context_of(file: str) -> str:
    """What the content is sealed for: a file under another's name does not open."""
    return f"{VISIT_PHOTO}:{file}"


class PhotoFiles:
    """``folder``: ``visits`` in the data folder. Blocking."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def write(self, file: str, picture: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / file).write_bytes(self._vault.seal_file(picture, context_of(file)))

    def read(self, file: str) -> bytes | None:
        """The picture; None when there is no such file. Raises PrivacyError."""
        if not NAME.fullmatch(file):
            return None
        try:
            sealed = (self._folder / file).read_bytes()
        except FileNotFoundError:
            return None
        return self._vault.open_file(sealed, context_of(file))

    def reseal(self, file: str) -> bool:
        """Seal a file that an older key sealed with the newest, whole or not at all; False when there is nothing to do.
        Raises PrivacyError."""
        path, new = self._folder / file, self._folder / f".{file}.new"
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return False
        if self._vault.current_file(sealed):
            return False
        context = context_of(file)
        new.write_bytes(self._vault.seal_file(self._vault.open_file(sealed, context), context))
        os.replace(new, path)
        return True

    def remove(self, files: Iterable[str]) -> None:
        """After what has erased their rows was committed. What is left behind, if this process dies before, is found
        by the removal of unused files."""
        for file in files:
            if NAME.fullmatch(file):
                (self._folder / file).unlink(missing_ok=True)
