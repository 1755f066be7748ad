"""Pictures that approved escorts upload: of visits, receipts, their documents."""

from __future__ import annotations

from tornado.httputil import HTTPServerRequest

from handlers.escort.base import EscortHandler
from handlers.picture_uploads import PictureUpload, sender
from handlers.services import Services
from storage.models import EscortState


class EscortPictureUpload(EscortHandler, PictureUpload):
    """A picture from an approved escort."""

    @classmethod
    async def is_known(cls, services: Services, request: HTTPServerRequest) -> bool:
        user = await sender(services, request)
        if user is None:
            return False
        async with services.storage.reading() as reader:
            escort = await reader.escorts.of_user(user.id)
        return escort is not None and escort.state == EscortState.APPROVED
