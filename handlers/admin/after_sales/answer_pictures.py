"""Pictures that the office sends with an answer to WeChat: decoded, encoded again, sealed until they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from catalog.picture_refusals import TOO_COSTLY, NotAPicture, TooCostly, TooManyPixels, is_heic
from handlers.errors import ApiError
from handlers.picture_uploads import HEIC, TOO_MANY_PIXELS, UNUSABLE
from handlers.services import Services
from payment.wechatpay.complaints import MAX_PICTURE_BYTES, MAX_PICTURES
from sealed_files import new_name

MAX_UPLOAD_BYTES = MAX_PICTURES * 6 * 1024 * 1024 + 64 * 1024
"""Of a form: as large as phones make pictures. What is sent is smaller."""


async def keep_pictures(services: Services, files: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Names and sizes of the sealed files of a form's ``pictures``. Raises ApiError 400, Busy."""
    uploads = [bytes(each.body) for each in files.get("pictures", []) if each.body]
    if len(uploads) > MAX_PICTURES:
        raise _refused(f"最多 {MAX_PICTURES} 张图片")
    decoded = [await _decoded(services, content) for content in uploads]
    kept = []
    for picture in decoded:
        name = new_name()
        await asyncio.to_thread(services.documents.write, name, picture)
        kept.append((name, len(picture)))
    return tuple(kept)


async def _decoded(services: Services, content: bytes) -> bytes:
    try:
        picture = await services.photo_decoder.photo(content)
    except TooCostly:
        raise _refused(TOO_COSTLY) from None
    except TooManyPixels:
        raise _refused(TOO_MANY_PIXELS) from None
    except NotAPicture:
        raise _refused(HEIC if is_heic(content) else UNUSABLE) from None
    if len(picture) > MAX_PICTURE_BYTES:
        raise _refused("有一张图片压缩后还是超过 2 MB，微信不收，请换一张小些的或者截图")
    return picture


def _refused(sentence: str) -> ApiError:
    return ApiError(400, "not_a_picture", sentence, fields={"pictures": [sentence]})
