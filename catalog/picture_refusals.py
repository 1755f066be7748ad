"""Why an uploaded picture is refused, and its sizes: what both the server and the process that decodes need to know.

The server has no decoder in its memory (``picture_process.py`` has): nothing here imports Pillow.
"""

from __future__ import annotations

AVATAR_SIDE, PORTRAIT_SIDE = 256, 480
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
MAX_PIXELS = 25_000_000
"""What phones take today; it takes some 150 MB while it is being unpacked."""
TOO_COSTLY = "这张图片的格式太特殊，处理不了；用手机截图或另存为 JPG 后再上传就可以"


class NotAPicture(Exception):
    """The bytes are not a picture of a known kind, are damaged, or would unpack to an absurd size."""


class TooManyPixels(NotAPicture):
    """A picture, but one that would take too much memory."""


class TooCostly(NotAPicture):
    """A picture, but one that would take too much work: thousands of passes, or of pieces."""


def is_heic(content: bytes) -> bool:
    """Is it what phones call HEIC (or AVIF): a file of ISO/IEC 23008-12, told by its brand?"""
    return content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS
