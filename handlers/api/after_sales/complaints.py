"""What users complain about or suggest, and what the office answers."""

from __future__ import annotations

from typing import Any

from handlers.api_handler import ApiHandler
from handlers.errors import not_found
from handlers.operation import operation
from handlers.picture_uploads import PictureUpload
from handlers.sealed_downloads import JPEG, send_sealed
from orders.complaints import photos, reading, sending
from orders.complaints.photos import UploadedPhoto
from orders.complaints.sending import Sent
from orders.sharing import access
from orders.sharing.access import Act
from orders.visits.jobs import run_once
from schemas.complaints import (
    Addition,
    ComplaintPhotoReply,
    ComplaintSent,
    ComplaintsQuery,
    ComplaintsReply,
    NewComplaint,
    PhotoAction,
    complaint_photo_url,
    complaint_row,
)
from schemas.user import Done
from storage.models import ComplaintKind

PAGE = 20


class UploadPhotoHandler(PictureUpload):
    limited_as = "complaint_photo"

    @operation(
        query=PhotoAction,
        reply=ComplaintPhotoReply,
        auth="user",
        upload="file",
        errors=(409, 413, 429, 503),
    )
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Upload a photo before the complaint that it belongs to, which names it by its ``actionId``. JPEG, PNG or
        WebP, told by its content; what is kept has no metadata. The same ``actionId`` again is the same photo. What is
        not sent within a day is removed."""
        action_id, content = given["action_id"], self.uploaded()
        async with self.services.storage.reading() as reader:
            known = await photos.uploaded(reader, self.caller.id, action_id)
            if known is None:
                await photos.check(reader, self.caller.id)
        kept = known or await self._keep(action_id, await self.decoded(content))
        return {"photo": complaint_photo_url(kept.file), "repeated": kept.repeated}

    async def _keep(self, action_id: str, picture: bytes) -> UploadedPhoto:
        at, user_id = self.now(), self.caller.id

        async def record(file: str) -> UploadedPhoto:
            return await run_once(
                self.services.storage,
                lambda tx: photos.add(tx, user_id, action_id, (file, len(picture)), at),
            )

        return await self.keep_once(self.services.documents, picture, record)


class ComplainHandler(ApiHandler):
    limited_as = "complaint"

    @operation(body=NewComplaint, reply=ComplaintSent, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Complain about an order (its owner, or who pays for it), or make a suggestion without one. At most three of
        an order are unsettled at once. The same ``actionId`` again is the same complaint."""
        at, services = self.now(), self.services
        sent = Sent(
            given["id"] or None,
            ComplaintKind(given["kind"]),
            given["action_id"],
            given["text"],
            given["photos"],
        )
        complaint_id = await run_once(
            services.storage,
            lambda tx: sending.complain(
                tx, services.vault, sent, self.caller.id, services.settings.office, at
            ),
        )
        return {"id": complaint_id}


class ComplaintsHandler(ApiHandler):
    @operation(query=ComplaintsQuery, reply=ComplaintsReply, auth="user", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the caller has sent, newest first, with the office's answers; of one order, or all. ``next`` is the
        ``before`` of the next page, 0 on the last one."""
        order_id = given["id"] or None
        async with self.services.storage.reading() as reader:
            if order_id is not None:
                await access.find(reader, order_id, self.caller.id, Act.COMPLAIN)
            found = await reader.complaints.page_of_user(self.caller.id, order_id, given["before"], PAGE + 1)
            whole = await reading.read(reader, found[:PAGE])
        return {
            "data": [complaint_row(each, self.services.vault) for each in whole],
            "next": found[PAGE - 1].id if len(found) > PAGE else 0,
        }


class AddHandler(ApiHandler):
    limited_as = "complaint"

    @operation(body=Addition, reply=Done, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Say more below one's own complaint: it waits for an answer again, and one that was settled is opened again.
        The same ``actionId`` again is the same addition."""
        at, services = self.now(), self.services
        entry = (given["id"], given["action_id"], given["text"])
        await services.storage.run(
            lambda tx: sending.add_to(tx, services.vault, entry, self.caller.id, services.settings.office, at)
        )
        return {}


class PhotoHandler(ApiHandler):
    produces = JPEG

    @operation(auth="user", errors=(404,))
    async def get(self, file: str) -> None:
        """A photo of a complaint, to who sent it."""
        async with self.services.storage.reading() as reader:
            photo = await reader.complaints.photo(file)
        if photo is None or photo.user_id != self.caller.id:
            raise not_found()
        await send_sealed(self, self.services.documents, file)


routes = [
    (r"/user/complaintPhoto/", UploadPhotoHandler),
    (r"/user/complain/", ComplainHandler),
    (r"/user/getComplaints/", ComplaintsHandler),
    (r"/user/addToComplaint/", AddHandler),
    (r"/complaints/photos/([0-9a-f]{32}\.jpg)", PhotoHandler),
]
