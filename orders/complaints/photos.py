"""Photos of complaints: uploaded before the complaint is sent, seen by who sent them and, in an audited act, by the
office."""

from __future__ import annotations

from frozen_dataclasses import frozen
from refusals import AccountClosed, Refused
from storage import Reader, Transaction
from storage.writes import NewComplaintPhoto

MAX_UNSENT = 24
"""Of one user: those that are not sent within a day are removed."""


class TooManyUnsentPhotos(Refused):
    slug = "too_many_photos"
    message = "上传的照片太多了，请先提交，或者明天再试"


@frozen()
class UploadedPhoto:
    file: str
    repeated: bool


async def uploaded(reader: Reader, user_id: int, action_id: str) -> UploadedPhoto | None:
    """The photo, if it has arrived before."""
    known = await reader.complaints.photo_of_action(user_id, action_id)
    return None if known is None else UploadedPhoto(known.file, repeated=True)


async def check(reader: Reader, user_id: int) -> None:
    """What ``add`` will refuse, before a picture is decoded for nothing. Raises TooManyUnsentPhotos."""
    if await reader.complaints.count_unsent_photos(user_id) >= MAX_UNSENT:
        raise TooManyUnsentPhotos


async def add(tx: Transaction, user_id: int, action_id: str, new: tuple[str, int], at: int) -> UploadedPhoto:
    """Record a photo. ``new``: the name and size of its sealed file, which is there already.

    Raises AccountClosed, TooManyUnsentPhotos; Duplicate when the same action is recorded at this moment.
    """
    if not await tx.users.lock_living(user_id):
        raise AccountClosed
    if (known := await uploaded(tx, user_id, action_id)) is not None:
        return known
    await check(tx, user_id)
    file, size = new
    await tx.complaints.add_photo(NewComplaintPhoto(user_id, action_id, file, size, at))
    return UploadedPhoto(file, repeated=False)
