"""The calling escort's documents: uploaded, and read by the escort alone."""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.httputil import HTTPServerRequest

from clock import shanghai_date
from handlers.errors import by_status
from handlers.escort.base import EscortHandler
from handlers.escort.photos import is_approved_escort
from handlers.operation import operation
from handlers.picture_uploads import PictureUpload
from handlers.services import Services
from orders.escorts import qualifications
from refusals import Refused
from schemas.qualifications import QualificationQuery, QualificationsReply, qualification_rows
from sealed_files import new_name
from storage.models import QualificationKind


class QualificationsHandler(EscortHandler):
    @operation(reply=QualificationsReply(), auth="escort")
    async def get(self) -> dict[str, Any]:
        """The caller's documents, a row for each kind: what the office approved, and what was uploaded after that."""
        return await answer(self)


async def answer(handler: EscortHandler) -> dict[str, Any]:
    async with handler.services.storage.reading() as reader:
        documents = await reader.qualifications.of_escort(handler.escort.id)
    return {"data": qualification_rows(documents, handler.now())}


class UploadQualificationHandler(EscortHandler, PictureUpload):
    @classmethod
    async def is_known(cls, services: Services, request: HTTPServerRequest) -> bool:
        return await is_approved_escort(services, request)

    @operation(
        query=QualificationQuery(),
        reply=QualificationsReply(),
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
        picture, file = await self.decoded(content), new_name()
        await asyncio.to_thread(self.services.documents.write, file, picture)
        document = qualifications.Document(kind, given["expires_date"], file, len(picture))
        try:
            unused = await self.services.storage.run(
                lambda tx: qualifications.upload(tx, self.escort.id, document, at)
            )
        except Refused:  # after any other failure it may be recorded; if it is not, the file is found unused
            await self.services.remove_documents([file])
            raise
        await self.services.remove_documents(unused)
        return await answer(self)


class OwnDocumentHandler(EscortHandler):
    async def get(self, file: str) -> None:
        """The picture of a document of the caller's (JPEG); 404 for anybody else's."""
        self.require("escort")
        async with self.services.storage.reading() as reader:
            documents = await reader.qualifications.of_escort(self.escort.id)
        if file not in {each.file for each in documents}:
            raise by_status(404)
        picture = await asyncio.to_thread(self.services.documents.read, file)
        if picture is None:
            raise by_status(404)
        self.set_header("Content-Type", "image/jpeg")
        self.set_header("Cache-Control", "no-store")
        self.finish(picture)


routes = [
    (r"/escort/qualifications/", QualificationsHandler),
    (r"/escort/qualification/", UploadQualificationHandler),
    (r"/escort/qualifications/([0-9a-f]{32}\.jpg)", OwnDocumentHandler),
]
