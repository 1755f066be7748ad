"""The photos of a visit: at most nine of a step, so many of an order, with the user's consent."""

from __future__ import annotations

from frozen_dataclasses import frozen
from orders.visits.jobs import ActionReused, Job, lock_job
from refusals import Refused
from storage import Reader, Transaction
from storage.models import VisitPhoto, VisitStep
from storage.writes import NewVisitPhoto

MAX_PER_STEP = 9


class TooManyPhotos(Refused):
    """The step, or the order, has as many as it may have."""

    slug = "too_many_photos"
    message = f"一个步骤最多 {MAX_PER_STEP} 张照片"


class StepMissing(Refused):
    """The step that the photo belongs to has not arrived: the phone sends that first."""

    slug = "step_missing"
    message = "这张照片的步骤还没有上传，请先上传步骤"


@frozen()
class TakenPhoto:
    """What the phone says of a photo. ``step_action_id`` is that of its step; empty: of the report."""

    order_id: int
    step_action_id: str
    action_id: str


@frozen()
class RecordedPhoto:
    file: str
    repeated: bool


async def recorded(reader: Reader, taken: TakenPhoto, escort_id: int) -> RecordedPhoto | None:
    """The photo, if it has arrived before. Raises ActionReused."""
    known = await reader.visits.photo_of_action(escort_id, taken.action_id)
    return None if known is None else _again(known, taken)


async def check(tx: Transaction, taken: TakenPhoto, escort_id: int, at: int, max_of_order: int) -> None:
    """What ``add`` will refuse, before a picture is decoded for nothing."""
    await _lock(tx, taken, escort_id, at, max_of_order)


async def add(
    tx: Transaction, taken: TakenPhoto, new: tuple[str, int], escort_id: int, at: int, max_of_order: int
) -> RecordedPhoto:
    """Record a photo. ``new``: the name and size of its sealed file, which is there already.

    Raises OrderNotFound, TakenOff, VisitOver, EscortSuspended, ConsentMissing, StepMissing, TooManyPhotos,
    ActionReused; Duplicate when the same action is recorded of another order at this moment.
    """
    job, step = await _lock(tx, taken, escort_id, at, max_of_order)
    if (known := await recorded(tx, taken, escort_id)) is not None:
        return known
    file, size = new
    await tx.visits.add_photo(
        NewVisitPhoto(
            job.order.id, escort_id, None if step is None else step.id, taken.action_id, file, size, at
        )
    )
    await tx.visits.note_record(job.order.id)
    return RecordedPhoto(file, repeated=False)


async def _lock(
    tx: Transaction, taken: TakenPhoto, escort_id: int, at: int, max_of_order: int
) -> tuple[Job, VisitStep | None]:
    step = None
    if taken.step_action_id:
        step = await tx.visits.step_of_action(escort_id, taken.step_action_id)
    of_order = step is not None and step.order_id == taken.order_id
    # a photo belongs to its step: who was allowed that may send this a little later
    phone_at = (step.phone_at or step.at) if step is not None and of_order else None
    job = await lock_job(tx, taken.order_id, escort_id, phone_at, at)
    job.check_consent()
    if taken.step_action_id and not of_order:
        raise StepMissing
    if await recorded(tx, taken, escort_id) is None:
        _check_number(await tx.visits.photos(taken.order_id), step, max_of_order)
    return job, step


def _check_number(photos: list[VisitPhoto], step: VisitStep | None, max_of_order: int) -> None:
    of_step = [photo for photo in photos if photo.step_id == (None if step is None else step.id)]
    if len(of_step) >= MAX_PER_STEP:
        raise TooManyPhotos
    if len(photos) >= max_of_order:
        raise TooManyPhotos(f"一个订单最多 {max_of_order} 张照片")


def _again(known: VisitPhoto, taken: TakenPhoto) -> RecordedPhoto:
    if known.order_id != taken.order_id:
        raise ActionReused
    return RecordedPhoto(known.file, repeated=True)
