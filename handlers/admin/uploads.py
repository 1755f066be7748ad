"""Pictures that administrators upload: told by their bytes, made small, encoded anew, under a random name."""

from __future__ import annotations

import asyncio
import io
import secrets
from pathlib import Path

from PIL import Image

from handlers.avatars import MOST_PIXELS, NotAPicture, TooManyPixels, open_picture
from handlers.errors import ApiError
from handlers.picture_files import PREFIX, UPLOADS
from handlers.services import Services

LARGEST_MB = 10
LARGEST = LARGEST_MB * 1024 * 1024
"""Of one picture, as it comes from a phone; what is kept of it is far smaller."""


def encode(content: bytes, side: int) -> tuple[bytes, str]:
    """The picture at most ``side`` px long, as PNG where it is transparent, else JPEG; its ending.

    Raises NotAPicture.
    """
    picture = open_picture(content)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(buffer, "PNG", optimize=True)
        return buffer.getvalue(), "png"
    picture.save(buffer, "JPEG", quality=84, optimize=True, progressive=True)
    return buffer.getvalue(), "jpg"


async def keep(services: Services, content: bytes, side: int, label: str) -> str:
    """Store an upload; its address in the catalog. Raises ApiError 400 for what is no picture."""
    if len(content) > LARGEST:
        raise _refused(label, f"图片不能超过 {LARGEST_MB} MB，请换小一些的")
    try:
        async with services.unpacking:
            encoded, ending = await asyncio.to_thread(encode, content, side)
    except TooManyPixels:
        raise _refused(label, f"图片太大（超过 {MOST_PIXELS // 10_000} 万像素），请先缩小") from None
    except NotAPicture:
        raise _refused(label, "不是可用的图片，请换一张（JPG、PNG 或 WebP）") from None
    name = f"{secrets.token_hex(12)}.{ending}"
    await asyncio.to_thread(_write, services.settings.data / "uploads" / name, encoded)
    return f"{PREFIX}{UPLOADS}{name}"


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _refused(label: str, sentence: str) -> ApiError:
    return ApiError(400, "not_a_picture", f"{label}：{sentence}", fields={label: [sentence]})
