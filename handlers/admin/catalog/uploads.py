"""Pictures that administrators upload: told by their bytes, made small, encoded again, under a random name."""

from __future__ import annotations

import asyncio
import secrets

from catalog.picture_files import PREFIX, UPLOADS, write_file
from catalog.picture_refusals import MAX_PIXELS, TOO_COSTLY, NotAPicture, TooCostly, TooManyPixels
from handlers.errors import ApiError
from handlers.services import Services

MAX_UPLOAD_MB = 10
MAX_UPLOAD_BYTES = MAX_UPLOAD_MB * 1024 * 1024
"""Of one picture, as it comes from a phone; what is kept of it is far smaller."""


async def keep(services: Services, content: bytes, side: int, label: str) -> str:
    """Store an upload; its address in the catalog. Raises ApiError: 400 for what is no picture, 503 when too many
    are waiting."""
    if len(content) > MAX_UPLOAD_BYTES:
        raise _refusal(label, f"图片不能超过 {MAX_UPLOAD_MB} MB，请换小一些的")
    try:
        encoded, ending = await services.catalog_decoder.for_catalog(content, side)
    except TooManyPixels:
        raise _refusal(label, f"图片太大（超过 {MAX_PIXELS // 10_000} 万像素），请先缩小") from None
    except TooCostly:
        raise _refusal(label, TOO_COSTLY) from None
    except NotAPicture:
        raise _refusal(label, "不是可用的图片，请换一张（JPG、PNG 或 WebP）") from None
    name = f"{secrets.token_hex(12)}.{ending}"
    await asyncio.to_thread(write_file, services.settings.data / "uploads" / name, encoded)
    return f"{PREFIX}{UPLOADS}{name}"


def keep_for_now(services: Services, picture: str) -> None:
    """A form names an upload that may not be saved yet: the job that removes unused files leaves it for another day."""
    if picture.startswith(PREFIX + UPLOADS) and (
        file := services.pictures.find(picture.removeprefix(PREFIX))
    ):
        file.touch()


def _refusal(label: str, sentence: str) -> ApiError:
    return ApiError(400, "not_a_picture", f"{label}：{sentence}", fields={label: [sentence]})
