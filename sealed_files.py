"""Files that are sealed, each bound to its own name, in a folder that no route serves as it is."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from privacy import DOCUMENT, Vault

PICTURE, PDF = "jpg", "pdf"


class SealedFiles:
    """``purpose`` is what the files are sealed for: a file of another purpose, or under another name, does not open.
    ``endings`` are those that its names may have. Blocking."""

    def __init__(
        self, folder: Path, vault: Vault, purpose: str, endings: tuple[str, ...] = (PICTURE,)
    ) -> None:
        self._folder = folder
        self._vault = vault
        self._purpose = purpose
        self._name = re.compile(rf"[0-9a-f]{{32}}\.(?:{'|'.join(endings)})")

    def _context(self, file: str) -> str:
        return f"{self._purpose}:{file}"

    def write(self, file: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / file).write_bytes(self._vault.seal_file(content, self._context(file)))

    def read(self, file: str) -> bytes | None:
        """The content; None when there is no such file. Raises PrivacyError."""
        if not self._name.fullmatch(file):
            return None
        try:
            sealed = (self._folder / file).read_bytes()
        except FileNotFoundError:
            return None
        return self._vault.open_file(sealed, self._context(file))

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
        context = self._context(file)
        new.write_bytes(self._vault.seal_file(self._vault.open_file(sealed, context), context))
        os.replace(new, path)
        return True

    def remove(self, files: Iterable[str]) -> None:
        """After what has erased their rows was committed. What is left behind, if this process dies before, is found
        by the removal of unused files."""
        for file in files:
            if self._name.fullmatch(file):
                (self._folder / file).unlink(missing_ok=True)


class DocumentFiles(SealedFiles):
    """Receipts, invoices, photos of complaints, qualifications of escorts: ``documents`` in the data folder."""

    def __init__(self, data: Path, vault: Vault) -> None:
        super().__init__(data / "documents", vault, DOCUMENT, (PICTURE, PDF))


def new_name(ending: str = PICTURE) -> str:
    return f"{secrets.token_hex(16)}.{ending}"
