"""Serves pictures: those of the catalog and uploaded avatars."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from accounts.content import pictures as unchecked
from catalog.picture_files import FOLDER, TYPES, file_below
from handlers.base import BaseHandler, FolderHandler
from handlers.errors import by_status
from handlers.sealed_downloads import JPEG

_YEAR = 365 * 24 * 3600
_DAY = 24 * 3600


class PictureHandler(FolderHandler):
    """Serves ``static/pic/…``: with ``?v=<hash>`` for a year, without for a day; ETag and ranges by Tornado."""

    produces = "image/*"

    def initialize(self) -> None:
        super().initialize(FOLDER)

    def parse_url_path(self, url_path: str) -> str:
        return unquote(url_path)

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        return path  # a name; validate_absolute_path looks it up

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        file = self.services.pictures.find(absolute_path)
        if file is None:
            raise by_status(404)
        return str(file)

    def get_content_type(self) -> str:
        suffix = Path(self.absolute_path or "").suffix
        return TYPES.get(suffix, "application/octet-stream")

    def get_cache_time(self, path: str, modified: object, mime_type: str) -> int:
        return _YEAR if self.get_query_argument("v", "") else _DAY

    def set_extra_headers(self, path: str) -> None:
        if self.get_query_argument("v", ""):
            self.set_header("Cache-Control", f"public, max-age={_YEAR}, immutable")


class AvatarHandler(PictureHandler):
    """Serves uploaded avatars; their names are random and never used twice."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        file = file_below(self.services.avatars, absolute_path)
        if file is None:
            raise by_status(404)
        return str(file)

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", f"public, max-age={_YEAR}, immutable")


class UncheckedAvatarHandler(BaseHandler):
    """An avatar that nobody else sees yet, as a JPEG: to WeChat, which checks it, and to its user. The signed address
    is the only way to it, and holds for two hours."""

    produces = JPEG
    answers = (200,)

    async def get(self, name: str) -> None:
        services, file = self.services, f"{name}.webp"
        until, sign = self.get_query_argument("until", ""), self.get_query_argument("sign", "")
        secret = services.settings.server.cookie_secret
        if not unchecked.may_read(secret, file, until, sign, self.now()):
            raise by_status(404)
        found = file_below(services.folders.unchecked, file)
        if found is None:
            found = file_below(services.avatars, file)  # approved meanwhile: its user's page is still open
        if found is None:
            raise by_status(404)
        try:
            picture = await services.unchecked_copies.of(found)
        except FileNotFoundError:  # decided about just now
            raise by_status(404) from None
        self.set_header("Content-Type", JPEG)
        self.set_header("Cache-Control", "private, max-age=600")
        self.finish(picture)

    head = get


routes = [
    (r"/static/pic/(.+)", PictureHandler),
    (r"/avatars/([0-9a-z]{32}\.webp)", AvatarHandler),
    (r"/content/avatars/([0-9a-z]{32})\.jpg", UncheckedAvatarHandler),
]
