"""The escorts whom everybody may see: who agreed to it, with what the office has approved of them."""

from __future__ import annotations

from typing import Any

from catalog.picture_files import file_below
from handlers.api.account.pictures import PictureHandler
from handlers.api_handler import ApiHandler
from handlers.errors import by_status
from handlers.operation import operation
from orders.escorts import profiles as escort_profiles
from schemas.escort_profile import ShownEscortReply, ShownEscortsReply, shown_escort_row

MAX_AGE = 3600
"""Seconds that a portrait may be kept by who has seen it: an escort may take it away."""


class ShownEscortsHandler(ApiHandler):
    @operation(reply=ShownEscortsReply)
    async def get(self) -> dict[str, Any]:
        """陪诊员介绍: the approved escorts who agreed to be shown."""
        async with self.services.storage.reading() as reader:
            found = await escort_profiles.public(reader)
        return {"data": [shown_escort_row(each) for each in found]}


class ShownEscortHandler(ApiHandler):
    @operation(reply=ShownEscortReply, errors=(404,))
    async def get(self, escort_id: str) -> dict[str, Any]:
        """One of them; everybody else is a 404."""
        async with self.services.storage.reading() as reader:
            found = await escort_profiles.public_one(reader, int(escort_id))
        return {"escort": shown_escort_row(found)}


class PortraitHandler(PictureHandler):
    """Serves portraits of escorts that the office has approved, and no others."""

    async def prepare(self) -> None:
        async with self.services.storage.reading() as reader:
            if not await reader.escort_profiles.is_approved_portrait(self.path_args[0]):
                raise by_status(404)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        file = file_below(self.services.folders.portraits, absolute_path)
        if file is None:
            raise by_status(404)
        return str(file)

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", f"public, max-age={MAX_AGE}")


routes = [
    (r"/escorts/", ShownEscortsHandler),
    (r"/escorts/([0-9]{1,18})/", ShownEscortHandler),
    (r"/escorts/portraits/([0-9a-z]{32}\.webp)", PortraitHandler),
]
