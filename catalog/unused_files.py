"""The job that removes files which nothing in the database refers to: avatars, portraits, pictures of the catalog,
photos of visits, sealed documents.

They are left behind by a process that died between writing a file and saving its name, by a form that was never
saved, and by a picture that was replaced. A young file is left alone: its form may still be open.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from catalog.picture_files import PREFIX, UPLOADS
from clock import MINUTE, Clock
from frozen_dataclasses import frozen
from storage import Reader, Storage
from storage.job_run import JobRun, run_job

JOB = "unused_files"
CLAIM = 10 * MINUTE
GRACE_SECONDS = 24 * 3600.0
AT_ONCE = 5_000
AVATAR = re.compile(r"[0-9a-z]{32}\.webp")
"""Portraits of escorts have names of the same form."""
CATALOG_PICTURE = re.compile(r"[0-9a-f]{24}\.(?:png|jpg)")
VISIT_PHOTO = re.compile(r"[0-9a-f]{32}\.jpg")
SEALED_DOCUMENT = re.compile(r"[0-9a-f]{32}\.(?:jpg|pdf)")
RESEALED = re.compile(r"\.[0-9a-f]{32}\.(?:jpg|pdf)\.new")
PARTIAL_BILL = re.compile(r".+\.part")
"""Only files that this server has named are ever removed; an operator's own stay."""


@frozen()
class Folders:
    """Where this server writes files that rows of the database refer to."""

    avatars: Path
    uploads: Path
    bills: Path
    visits: Path
    portraits: Path
    documents: Path
    unchecked: Path
    """Avatars that nobody but their user sees."""


async def remove_unused(storage: Storage, clock: Clock, folders: Folders, owner: str) -> int:
    """One process at a time (the job row). How many files were removed. Raises StorageError, OSError: the row has it,
    too."""
    removed = 0

    async def work(run: JobRun) -> None:
        nonlocal removed
        for folder, names in await _unused(storage, folders):
            removed += await asyncio.to_thread(_remove, folder, names)
            run.result["removed"] = removed

    await run_job(storage, clock, JOB, owner, CLAIM, work)
    return removed


async def _unused(storage: Storage, folders: Folders) -> list[tuple[Path, set[str]]]:
    """Folders and the names in them that nothing refers to. The folders are read first: a file whose name is saved
    meanwhile was young then, or is found among the names."""
    avatars_found = await asyncio.to_thread(_old_files, folders.avatars, AVATAR)
    pictures_found = await asyncio.to_thread(_old_files, folders.uploads, CATALOG_PICTURE)
    portraits_found = await asyncio.to_thread(_old_files, folders.portraits, AVATAR)
    unchecked_found = await asyncio.to_thread(_old_files, folders.unchecked, AVATAR)
    photos_found = await asyncio.to_thread(_old_files, folders.visits, VISIT_PHOTO)
    await _leave_out(storage, avatars_found, lambda reader, after: reader.users.avatar_files(after, AT_ONCE))
    await _leave_out(storage, photos_found, lambda reader, after: reader.visits.photo_files(after, AT_ONCE))
    documents_found = await asyncio.to_thread(_old_files, folders.documents, SEALED_DOCUMENT)
    if documents_found:
        async with storage.reading() as reader:
            documents_found -= await reader.sealed_documents.names()
    if portraits_found:
        async with storage.reading() as reader:
            portraits_found -= await reader.escort_profiles.portrait_files()
    if unchecked_found:
        async with storage.reading() as reader:
            unchecked_found -= await reader.content.files()
    if pictures_found:
        async with storage.reading() as reader:
            named = await reader.catalog.picture_names()
        pictures_found.difference_update(name.removeprefix(PREFIX + UPLOADS) for name in named)
    return [
        (folders.avatars, avatars_found),
        (folders.uploads, pictures_found),
        (folders.portraits, portraits_found),
        (folders.unchecked, unchecked_found),
        (folders.visits, photos_found),
        (folders.documents, documents_found),
        (folders.visits, await asyncio.to_thread(_old_files, folders.visits, RESEALED)),
        (folders.documents, await asyncio.to_thread(_old_files, folders.documents, RESEALED)),
        (folders.bills, await asyncio.to_thread(_old_files, folders.bills, PARTIAL_BILL)),
    ]


async def _leave_out(
    storage: Storage, found: set[str], page: Callable[[Reader, int], Awaitable[list[tuple[int, str]]]]
) -> None:
    """Take the names that rows refer to out of ``found``; ``page``: ids and names beyond an id."""
    after = 0
    while found:
        async with storage.reading() as reader:
            named = await page(reader, after)
        found.difference_update(name for _, name in named)
        if len(named) < AT_ONCE:
            return
        after = named[-1][0]


def _old_files(folder: Path, pattern: re.Pattern[str]) -> set[str]:
    if not folder.is_dir():
        return set()
    return {file.name for file in folder.iterdir() if pattern.fullmatch(file.name) and _is_old(file)}


def _is_old(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime > GRACE_SECONDS
    except FileNotFoundError:
        return False


def _remove(folder: Path, names: Iterable[str]) -> int:
    removed = 0
    for name in names:
        file = folder / name
        if _is_old(file):  # a form may have named it again since it was listed
            file.unlink(missing_ok=True)
            removed += 1
    return removed
