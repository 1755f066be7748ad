"""Do the configured keys open what is stored? And the rotation that seals it again with the newest key."""

from __future__ import annotations

import asyncio
from pathlib import Path

from accounts.personal_numbers import HASHES
from frozen_dataclasses import frozen
from orders.visits.photo_files import PhotoFiles
from privacy import (
    ADMINISTRATOR_TOTP,
    COMPLAINT,
    COMPLAINT_ENTRY,
    CONTENT_TEXT,
    CUSTOMER_PHONE,
    ESCORT_PHONE,
    INVOICE_EMAIL,
    ORDER_CONTACT_PHONE,
    PATIENT_ID_NUMBER,
    PATIENT_PHONE,
    REPORT_ENTRY,
    TRANSFER_PACKAGE,
    VISIT_NOTE,
    VISIT_PLACE,
    VISIT_REPORT,
    VISIT_TROUBLE,
    PrivacyError,
    Vault,
)
from sealed_files import DocumentFiles, SealedFiles
from storage import Storage, StorageUnavailable

CONTEXTS = {
    ("administrators", "totp_sealed"): ADMINISTRATOR_TOTP,
    ("escort_applications", "phone_sealed"): ESCORT_PHONE,
    ("escorts", "phone_sealed"): ESCORT_PHONE,
    ("patients", "phone_sealed"): PATIENT_PHONE,
    ("patients", "id_number_sealed"): PATIENT_ID_NUMBER,
    ("orders", "contact_phone_sealed"): ORDER_CONTACT_PHONE,
    ("visit_steps", "note_sealed"): VISIT_NOTE,
    ("visit_steps", "place_sealed"): VISIT_PLACE,
    ("visit_reports", "body_sealed"): VISIT_REPORT,
    ("report_entries", "text_sealed"): REPORT_ENTRY,
    ("visit_troubles", "note_sealed"): VISIT_TROUBLE,
    ("office_customers", "phone_sealed"): CUSTOMER_PHONE,
    ("invoices", "email_sealed"): INVOICE_EMAIL,
    ("pay_transfers", "package_sealed"): TRANSFER_PACKAGE,
    ("complaints", "text_sealed"): COMPLAINT,
    ("complaint_entries", "text_sealed"): COMPLAINT_ENTRY,
    ("content_checks", "text_sealed"): CONTENT_TEXT,
    ("complaint_acts", "text_sealed"): COMPLAINT_ENTRY,
}
"""Every sealed column (see ``storage.repositories.sealed``) with the context that its values are bound to."""
PAGE = 200
PHOTOS, DOCUMENTS = "visit_photos", "documents"


@frozen()
class StoredFiles:
    """The sealed files of an installation."""

    photos: SealedFiles
    documents: SealedFiles

    @classmethod
    def below(cls, data: Path, vault: Vault) -> StoredFiles:
        """Those in the data folder."""
        return cls(PhotoFiles(data / "visits", vault), DocumentFiles(data, vault))


async def why_not_opened(storage: Storage, vault: Vault, files: StoredFiles) -> str:
    """Why the stored values and files do not open, in one sentence; empty when they do. Raises StorageError."""
    for (table, column), context in CONTEXTS.items():
        async with storage.reading() as reader:
            found = await reader.sealed.samples(table, column)
            try:  # an interrupted rotation, or a forgotten older key, may show only in the middle
                found += await reader.sealed.one_per_key(table, column)
            except StorageUnavailable:
                pass  # more rows than can be read in time: the oldest and the newest must do
        if problem := _problem(vault, found, f"{table}.{column}", context):
            return problem
    async with storage.reading() as reader:
        photos = await reader.visits.photo_samples()
        documents = await reader.sealed_documents.samples()
    for folder, sealed, samples in (
        ("visits", files.photos, photos),
        ("documents", files.documents, documents),
    ):
        for file in samples:
            try:
                await asyncio.to_thread(sealed.read, file)
            except PrivacyError as error:
                return f"{folder}/{file}: {error}: put the key that sealed it into privacy.key or privacy.previous_keys"
    return ""


def _problem(vault: Vault, found: list[str], column: str, context: str) -> str:
    """Each key must be configured, and open one of its values at least: a single one may be damaged."""
    of_key: dict[str, list[str]] = {}
    for sealed in found:
        of_key.setdefault(sealed.partition(".")[0], []).append(sealed)
    for key_id, values in of_key.items():
        if key_id not in vault.key_ids:
            return (
                f"expected the key {key_id}, which sealed values of {column}, found only {', '.join(vault.key_ids)}: "
                "put the right key into privacy.key, or the older one into privacy.previous_keys"
            )
        if not any(_opens(vault, sealed, context) for sealed in values):
            return f"values of {column} that the key {key_id} sealed do not open with it: they were changed or damaged"
    return ""


def _opens(vault: Vault, sealed: str, context: str) -> bool:
    try:
        vault.open(sealed, context)
    except PrivacyError:
        return False
    return True


class Rotation:
    """Seals every value that an older key sealed with the newest; may be interrupted and run again."""

    def __init__(self, storage: Storage, vault: Vault, files: StoredFiles) -> None:
        self._storage = storage
        self._vault = vault
        self._stored = files
        self.resealed: dict[str, int] = {}
        """Per table, how many values; of ``visit_photos`` and ``documents``, how many files."""
        self.damaged: list[str] = []
        """Values that do not open with their key; they are left as they are."""

    async def run(self) -> None:
        """Raises StorageError."""
        for (table, column), context in CONTEXTS.items():
            last: int | None = 0
            while last is not None:
                last = await self._page(table, column, context, last)
        await self._photos()
        async with self._storage.reading() as reader:
            documents = await reader.sealed_documents.names()
        for file in sorted(documents):
            await self._reseal(DOCUMENTS, "documents", self._stored.documents, file)

    async def _photos(self) -> None:
        """The files of photos. One that is uploaded meanwhile is sealed by a server that may still have the older key:
        a second run finds it."""
        after = 0
        while True:
            async with self._storage.reading() as reader:
                found = await reader.visits.photo_files(after, PAGE)
            for _, file in found:
                await self._reseal(PHOTOS, "visits", self._stored.photos, file)
            if len(found) < PAGE:
                return
            after = found[-1][0]

    async def _reseal(self, kind: str, folder: str, files: SealedFiles, file: str) -> None:
        try:
            changed = await asyncio.to_thread(files.reseal, file)
        except PrivacyError:
            self.damaged.append(f"{folder}/{file}")
            return
        self.resealed[kind] = self.resealed.get(kind, 0) + changed

    async def _page(self, table: str, column: str, context: str, last: int) -> int | None:
        async with self._storage.transaction() as tx:
            rows = await tx.sealed.after(table, column, last, PAGE)
            for row_id, sealed in rows:
                if self._vault.current(sealed):
                    continue
                try:
                    value = self._vault.open(sealed, context)
                except PrivacyError:
                    self.damaged.append(f"{table}.{column} {row_id}")
                    continue
                resealed = self._vault.seal(value, context)
                changed = await tx.sealed.replace(table, column, row_id, sealed, resealed)
                if changed and (table, column) in HASHES:
                    hash_column, form = HASHES[table, column]
                    hashed = self._vault.hash(form(value), context)
                    await tx.sealed.replace_hash(table, hash_column, row_id, hashed)
                self.resealed[table] = self.resealed.get(table, 0) + changed
            await tx.commit()
        return rows[-1][0] if len(rows) == PAGE else None
