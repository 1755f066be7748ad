"""A complaint with what was said about it and its photos."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage import Reader
from storage.models import Complaint, ComplaintEntry, ComplaintPhoto


@frozen()
class WholeComplaint:
    complaint: Complaint
    entries: list[ComplaintEntry]
    photos: list[ComplaintPhoto]


async def read(reader: Reader, complaints: list[Complaint]) -> list[WholeComplaint]:
    """Everything that belongs to them, in their order."""
    ids = [complaint.id for complaint in complaints]
    entries, photos = await reader.complaints.entries(ids), await reader.complaints.photos(ids)
    return [
        WholeComplaint(
            complaint,
            [entry for entry in entries if entry.complaint_id == complaint.id],
            [photo for photo in photos if photo.complaint_id == complaint.id],
        )
        for complaint in complaints
    ]
