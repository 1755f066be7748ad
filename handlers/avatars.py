"""Uploaded pictures: what a file is, is told by its bytes; what is kept, is encoded anew."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

AVATAR_SIDE = 256
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 24_000_000
"""A picture of this size takes some 150 MB while it is being unpacked."""


class NotAPicture(Exception):
    """The bytes are not a picture of a known kind, are damaged, or would unpack to an absurd size."""


def open_picture(content: bytes) -> Image.Image:
    """The picture, upright, without metadata. Raises NotAPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAPicture
            picture.load()
            return ImageOps.exif_transpose(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        raise NotAPicture from None
    except Image.DecompressionBombWarning:
        raise NotAPicture from None


def encode_avatar(content: bytes) -> bytes:
    """A square WebP of 256 px from any picture. Raises NotAPicture."""
    square = ImageOps.fit(open_picture(content).convert("RGB"), (AVATAR_SIDE, AVATAR_SIDE))
    return encode_webp(square)


def encode_webp(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=82, method=4)
    return buffer.getvalue()
