"""The photos of visits: sealed files in ``visits`` of the data folder."""

from __future__ import annotations

from pathlib import Path

from privacy import VISIT_PHOTO, Vault
from sealed_files import SealedFiles


class PhotoFiles(SealedFiles):
    """``folder``: ``visits`` in the data folder. Blocking."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        super().__init__(folder, vault, VISIT_PHOTO)
