"""Photos of a visit: decoded, encoded again without where and when they were taken, and sealed."""

from __future__ import annotations

from typing import Any

from handlers.escort.picture_upload import EscortPictureUpload
from handlers.operation import operation
from orders.visits import photos
from orders.visits.jobs import run_once
from orders.visits.photos import RecordedPhoto, TakenPhoto
from schemas.escort_visits import PhotoQuery, PhotoReply
from schemas.visits import photo_url


class UploadPhotoHandler(EscortPictureUpload):
    @operation(
        query=PhotoQuery, reply=PhotoReply, auth="escort", upload="file", errors=(404, 409, 413, 429, 503)
    )
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Add a photo to a step, at most nine, or (without ``stepActionId``) to the report. JPEG, PNG or WebP, told by
        its content; what is kept has no metadata. The same ``actionId`` again is the same photo. Needs the user's
        consent."""
        taken = TakenPhoto(given["id"], given["step_action_id"], given["action_id"])
        content = self.uploaded()
        known = await self._before_decoding(taken)
        recorded = known or await self._keep(taken, await self.decoded(content))
        return {"photo": photo_url(recorded.file), "repeated": recorded.repeated}

    async def _before_decoding(self, taken: TakenPhoto) -> RecordedPhoto | None:
        """The photo when it has arrived before. What cannot be kept is refused before the work of decoding it."""
        at, escort_id, most = self.now(), self.escort.id, self.services.settings.visits.photos_per_order
        async with self.services.storage.transaction() as tx:
            known = await photos.recorded(tx, taken, escort_id)
            if known is None:
                await photos.check(tx, taken, escort_id, at, most)
        return known

    async def _keep(self, taken: TakenPhoto, picture: bytes) -> RecordedPhoto:
        at, escort_id, most = self.now(), self.escort.id, self.services.settings.visits.photos_per_order

        async def record(file: str) -> RecordedPhoto:
            return await run_once(
                self.services.storage,
                lambda tx: photos.add(tx, taken, (file, len(picture)), escort_id, at, most),
            )

        return await self.keep_once(self.services.visit_photos, picture, record)


routes = [(r"/escort/photo/", UploadPhotoHandler)]
