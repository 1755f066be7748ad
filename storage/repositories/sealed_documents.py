"""The names of sealed documents, whatever refers to them."""

from __future__ import annotations

from storage.repositories.base import Repository

_REFERENCES = (
    ("supplements", "receipt_file"),
    ("invoices", "file"),
    ("complaint_photos", "file"),
    ("complaint_act_pictures", "file"),
    ("escort_qualifications", "file"),
)
"""Every column that names a file of ``DATA/documents``."""


class SealedDocuments(Repository):
    async def samples(self) -> list[str]:
        """Of each kind the oldest and the newest."""
        found: list[str] = []
        for table, column in _REFERENCES:
            for order in ("ASC", "DESC"):
                row = await self.connection.fetch_one(
                    f"SELECT {column} FROM {table} WHERE {column} <> '' ORDER BY id {order} LIMIT 1"
                )
                found += [str(row[0])] if row else []
        return found

    async def names(self) -> set[str]:
        """All that rows refer to."""
        found: set[str] = set()
        for table, column in _REFERENCES:
            rows = await self.connection.fetch_all(f"SELECT {column} FROM {table} WHERE {column} <> ''")
            found |= {str(row[0]) for row in rows}
        return found
