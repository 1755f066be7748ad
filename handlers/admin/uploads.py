"""Pictures that administrators upload: told by their bytes, made small, encoded anew, under a random name."""

from __future__ import annotations

import asyncio
import io
import secrets
from pathlib import Path

from PIL import Image

from handlers.avatars import NotAPicture, open_picture
from handlers.errors import ApiError
from handlers.picture_files import PREFIX, UPLOADS

LARGEST = 1024 * 1024


def encode(content: bytes, side: int) -> tuple[bytes, str]:
    """The picture at most ``side`` px long, as PNG where it is transparent, else JPEG; its ending.

    Raises NotAPicture.
    """
    picture = open_picture(content)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture.convert("RGBA").save(buffer, "PNG", optimize=True)
        return buffer.getvalue(), "png"
    picture.convert("RGB").save(buffer, "JPEG", quality=84, optimize=True, progressive=True)
    return buffer.getvalue(), "jpg"


async def keep(folder: Path, content: bytes, side: int, label: str) -> str:
    """Store an upload; its address in the catalog. Raises ApiError 400 for what is no picture."""
    if len(content) > LARGEST:
        raise _refused(label, "图片不能超过 1 MB")
    try:
        encoded, ending = await asyncio.to_thread(encode, content, side)
    except NotAPicture:
        raise _refused(label, "不是可用的图片，请换一张（JPG、PNG 或 WebP）") from None
    name = f"{secrets.token_hex(12)}.{ending}"
    await asyncio.to_thread(_write, folder / name, encoded)
    return f"{PREFIX}{UPLOADS}{name}"


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _refused(label: str, sentence: str) -> ApiError:
    return ApiError(400, "not_a_picture", f"{label}：{sentence}", fields={label: [sentence]})
