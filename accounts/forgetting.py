"""What is kept for a time only, deleted once an hour: ID numbers that no order needs any more, administrators' sessions
that ended, notifications of WeChat Pay, events that WeChat pushed, messages that were sent, reminders, old cards of
family, counts of alarms, what was recorded of visits, what was said in complaints, photos of complaints that were never
sent.

Each kind is done in small transactions, and a row or a kind that fails holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from accounts.patients import FORGET_AFTER
from clock import DAY, HOUR, MINUTE, Clock, shanghai_date
from config import PrivacySettings
from failures import place
from orders.complaints import erasing
from orders.visits import records
from orders.visits.photo_files import PhotoFiles
from sealed_files import DocumentFiles, SealedFiles
from storage import Storage, StorageUnavailable, Transaction
from storage.job_run import JobRun, run_job
from storage.models import ORDERS_UNDER_WAY

logger = logging.getLogger("hospital.forgetting")

JOB = "forget"
CLAIM = 10 * MINUTE
"""Renewed before each kind."""
AT_ONCE = 200
MAX_STEPS = 500
"""So many transactions of a kind in a round; the rest comes in the next ones, and no round lasts for ever."""
UNSENT_FOR = DAY
"""A photo of a complaint that was not sent by then is removed."""
RECHECK_AFTER = 12 * HOUR
"""Until it is asked again whether an order that needs the ID number is still under way."""

Delete = Callable[[Transaction, int, int, int], Awaitable[int]]
"""Deletes the rows of a table behind one id, up to another, that are older than a moment (ms)."""


def _delete_admin_sessions(tx: Transaction, after: int, last: int, before: int) -> Awaitable[int]:
    return tx.retention.delete_admin_sessions(after, last, before)


def _delete_payment_events(tx: Transaction, after: int, last: int, before: int) -> Awaitable[int]:
    return tx.retention.delete_payment_events(after, last, before)


def _delete_messages(tx: Transaction, after: int, last: int, before: int) -> Awaitable[int]:
    return tx.retention.delete_messages(after, last, before)


def _delete_member_links(tx: Transaction, after: int, last: int, before: int) -> Awaitable[int]:
    return tx.retention.delete_member_links(after, last, before)


def _delete_reminders(tx: Transaction, after: int, last: int, before: int) -> Awaitable[int]:
    return tx.retention.delete_reminders(after, last, before)


def _delete_message_answers(tx: Transaction, after: int, last: int, before: int) -> Awaitable[int]:
    return tx.retention.delete_message_answers(after, last, before)


def _delete_pushed_events(tx: Transaction, after: int, last: int, before: int) -> Awaitable[int]:
    return tx.retention.delete_pushed_events(after, last, before)


def _delete_content_checks(tx: Transaction, after: int, last: int, before: int) -> Awaitable[int]:
    return tx.retention.delete_content_checks(after, last, before)


async def forget_due(
    storage: Storage,
    clock: Clock,
    keep: PrivacySettings,
    photos: PhotoFiles,
    documents: DocumentFiles,
    owner: str,
) -> int:
    """Forget what is due; one process at a time (the job row). How many patients were forgotten. Raises StorageError
    when the database is unavailable."""
    at = clock()

    def rows(table: str, days: int, delete: Delete) -> Callable[[], Awaitable[tuple[int, int]]]:
        return partial(_rows, storage, table, at - days * DAY, delete)

    kinds: list[tuple[str, Callable[[], Awaitable[tuple[int, int]]]]] = [
        ("patients", partial(_patients, storage, at)),
        ("admin_sessions", rows("admin_sessions", keep.admin_sessions_days, _delete_admin_sessions)),
        ("payment_events", rows("payment_events", keep.payment_events_days, _delete_payment_events)),
        ("pushed_events", rows("pushed_events", keep.pushed_events_days, _delete_pushed_events)),
        ("answers", rows("message_answers", 1, _delete_message_answers)),
        ("messages", rows("outbox", keep.messages_days, _delete_messages)),
        ("cards", rows("member_links", keep.messages_days, _delete_member_links)),
        ("reminders", rows("reminders", keep.messages_days, _delete_reminders)),
        ("content", rows("content_checks", keep.messages_days, _delete_content_checks)),
        ("visits", partial(_visits, storage, at - keep.visit_days * DAY, photos)),
        ("complaints", partial(_complaints, storage, at - keep.visit_days * DAY, documents)),
        ("unsent_photos", partial(_unsent_photos, storage, at - UNSENT_FOR, documents)),
        ("alarms", partial(_alarms, storage, at - keep.admin_sessions_days * DAY)),
    ]
    problems: list[str] = []

    async def work(run: JobRun) -> None:
        for name, kind in kinds:
            if not await run.keep_claim():
                return
            try:
                done, failed = await kind()
            except StorageUnavailable:
                raise  # no other kind would fare better
            except Exception as error:
                done, failed = 0, 1
                logger.warning("%s could not be forgotten: %s", name, place(error))
            run.result[_NAMES.get(name, name)] = done
            if failed:
                problems.append(f"{name}: {failed} failed")
        run.problem = "; ".join(problems)

    run = await run_job(storage, clock, JOB, owner, CLAIM, work)
    return int(run.result.get("forgotten", 0)) if run else 0


_NAMES = {"patients": "forgotten"}
"""The name in the job's row, where it is not that of the kind."""


async def _patients(storage: Storage, at: int) -> tuple[int, int]:
    """Forget the ID numbers of deleted patients, once it is a day since no order needs them; name and phone too, if
    there never was an order. How many were forgotten, and how many could not be."""
    forgotten = failed = last = 0
    for _ in range(MAX_STEPS):
        async with storage.reading() as reader:
            due = await reader.patients.to_forget(at, AT_ONCE, last)
        for patient_id in due:
            last = patient_id
            try:
                forgotten += await storage.run(partial(forget_patient, patient_id=patient_id, at=at))
            except StorageUnavailable:
                raise
            except Exception as error:
                failed += 1
                logger.warning("patient %d could not be forgotten: %s", patient_id, place(error))
        if len(due) < AT_ONCE:
            break
    return forgotten, failed


async def forget_patient(tx: Transaction, patient_id: int, at: int) -> bool:
    """Forget the patient, or say when to look again."""
    orders = await tx.patients.orders_of(patient_id)
    if any(state in ORDERS_UNDER_WAY for state, _ in orders):
        await tx.patients.look_again(patient_id, at + RECHECK_AFTER)
        return False
    not_before = max((changed_at for _, changed_at in orders), default=0) + FORGET_AFTER
    if not_before > at:  # finished by a slip, it may still be reopened
        await tx.patients.look_again(patient_id, not_before)
        return False
    await tx.patients.forget(patient_id, wholly=not orders)
    return True


async def _rows(storage: Storage, table: str, before: int, delete: Delete) -> tuple[int, int]:
    """Delete the rows of a table that are older than a moment and not needed any more, step by step."""
    deleted = last = 0
    for _ in range(MAX_STEPS):
        async with storage.reading() as reader:
            end = await reader.retention.step(table, last, before, AT_ONCE)
        if not end:
            break
        deleted += await storage.run(partial(_step, delete=delete, after=last, last=end, before=before))
        last = end
    return deleted, 0


async def _step(tx: Transaction, delete: Delete, after: int, last: int, before: int) -> int:
    return await delete(tx, after, last, before)


async def _alarms(storage: Storage, before: int) -> tuple[int, int]:
    day = shanghai_date(before)
    return await storage.run(lambda tx: tx.alarms.forget(day)), 0


async def _visits(storage: Storage, before: int, photos: PhotoFiles) -> tuple[int, int]:
    """Forget what was recorded of visits that took place before the day of a moment."""

    async def due(last: int) -> list[int]:
        async with storage.reading() as reader:
            return await reader.visits.recorded_orders(shanghai_date(before), last, AT_ONCE)

    async def forget(tx: Transaction, order_id: int) -> list[str]:
        return await records.erase(tx, order_id)

    return await _with_files(storage, "the visit of order", due, forget, photos)


async def _complaints(storage: Storage, before: int, documents: DocumentFiles) -> tuple[int, int]:
    """Forget what was said in complaints that were closed before a moment."""

    async def due(last: int) -> list[int]:
        async with storage.reading() as reader:
            return await reader.complaints.to_forget(before, last, AT_ONCE)

    async def forget(tx: Transaction, complaint_id: int) -> list[str]:
        return await erasing.forget(tx, complaint_id, before)

    return await _with_files(storage, "complaint", due, forget, documents)


async def _unsent_photos(storage: Storage, before: int, documents: DocumentFiles) -> tuple[int, int]:
    """Remove photos of complaints that were uploaded before a moment and never sent."""
    files: dict[int, str] = {}

    async def due(last: int) -> list[int]:
        async with storage.reading() as reader:
            found = await reader.complaints.unsent_photos(before, last, AT_ONCE)
        files.update({photo.id: photo.file for photo in found})
        return [photo.id for photo in found]

    async def forget(tx: Transaction, photo_id: int) -> list[str]:
        return [files[photo_id]] if await tx.complaints.delete_unsent_photo(photo_id) else []

    return await _with_files(storage, "photo of a complaint", due, forget, documents)


async def _with_files(
    storage: Storage,
    what: str,
    due: Callable[[int], Awaitable[list[int]]],
    forget: Callable[[Transaction, int], Awaitable[list[str]]],
    sealed: SealedFiles,
) -> tuple[int, int]:
    """Forget rows one by one, each with its files. ``due``: the next ids behind one; ``forget``: the files of a row."""
    forgotten = failed = last = 0
    for _ in range(MAX_STEPS):
        ids = await due(last)
        for row_id in ids:
            last = row_id
            try:
                files = await storage.run(partial(_forget_one, forget=forget, row_id=row_id))
                await asyncio.to_thread(sealed.remove, files)
                forgotten += 1
            except StorageUnavailable:
                raise
            except Exception as error:
                failed += 1
                logger.warning("%s %d could not be forgotten: %s", what, row_id, place(error))
        if len(ids) < AT_ONCE:
            break
    return forgotten, failed


async def _forget_one(
    tx: Transaction, forget: Callable[[Transaction, int], Awaitable[list[str]]], row_id: int
) -> list[str]:
    return await forget(tx, row_id)
