"""The calling escort's documents: uploaded, and read by the escort alone."""

from __future__ import annotations

from typing import Any

from clock import shanghai_date
from handlers.errors import by_status
from handlers.escort.base import EscortHandler
from handlers.escort.picture_upload import EscortPictureUpload
from handlers.operation import operation
from handlers.sealed_downloads import send_sealed
from orders.escorts import qualifications
from schemas.qualifications import QualificationQuery, QualificationsReply, qualification_rows
from storage.models import QualificationKind


class QualificationsHandler(EscortHandler):
    @operation(reply=QualificationsReply, auth="escort")
    async def get(self) -> dict[str, Any]:
        """The caller's documents, a row for each kind: what the office approved, and what was uploaded after that."""
        return await answer(self)


async def answer(handler: EscortHandler) -> dict[str, Any]:
    async with handler.services.storage.reading() as reader:
        documents = await reader.qualifications.of_escort(handler.escort.id)
    return {"data": qualification_rows(documents, handler.now())}


class UploadQualificationHandler(EscortPictureUpload):
    @operation(
        query=QualificationQuery,
        reply=QualificationsReply,
        auth="escort",
        upload="file",
        errors=(413, 429, 503),
    )
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Hand a document in: JPEG, PNG or WebP, told by its content. It waits until the office has looked at it; one
        of the same kind that still waits is replaced."""
        kind, at = QualificationKind(given["kind"]), self.now()
        content = self.uploaded()
        qualifications.check_expiry(kind, given["expires_date"], shanghai_date(at))
        picture = await self.decoded(content)

        async def record(file: str) -> list[str]:
            document = qualifications.Document(kind, given["expires_date"], file, len(picture))
            return await self.services.storage.run(
                lambda tx: qualifications.upload(tx, self.escort.id, document, at)
            )

        unused = await self.keep(self.services.documents, picture, record)
        await self.services.remove_documents(unused)
        return await answer(self)


class OwnDocumentHandler(EscortHandler):
    async def get(self, file: str) -> None:
        """The picture of a document of the caller's (JPEG); 404 for those of others."""
        self.require("escort")
        async with self.services.storage.reading() as reader:
            documents = await reader.qualifications.of_escort(self.escort.id)
        if file not in {each.file for each in documents}:
            raise by_status(404)
        await send_sealed(self, self.services.documents, file)


routes = [
    (r"/escort/qualifications/", QualificationsHandler),
    (r"/escort/qualification/", UploadQualificationHandler),
    (r"/escort/qualifications/([0-9a-f]{32}\.jpg)", OwnDocumentHandler),
]
