"""Uploaded pictures: what a file is, is told by its bytes; what is kept, is encoded anew."""

from __future__ import annotations

import io
import struct
import warnings

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

AVATAR_SIDE = 256
FORMATS = ("JPEG", "PNG", "WEBP")
AVATAR_FORMATS = (*FORMATS, "GIF")
"""An avatar may be a GIF: its first picture is taken. In the catalog nobody would see why it stopped moving."""
MOST_PIXELS = 25_000_000
"""What phones take today; it takes some 150 MB while it is being unpacked."""
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of EXIF."""


class NotAPicture(Exception):
    """The bytes are not a picture of a known kind, are damaged, or would unpack to an absurd size."""


class TooManyPixels(NotAPicture):
    """A picture, but one that would take too much memory."""


def open_picture(content: bytes, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """The picture, upright, without metadata, RGBA where it is transparent, else RGB. Raises NotAPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=formats)
            if picture.width * picture.height > MOST_PIXELS:
                raise TooManyPixels
            picture.load()
            mode = "RGBA" if picture.has_transparency_data else "RGB"
            upright = _upright(picture)
            return upright if upright.mode == mode else upright.convert(mode)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, struct.error):
        raise NotAPicture from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None


def _upright(picture: Image.Image) -> Image.Image:
    """Pillow's own exif_transpose writes the EXIF anew, and fails where a camera has written it oddly."""
    turn = _UPRIGHT.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


def on_white(picture: Image.Image) -> Image.Image:
    """Without transparency: what was left out of the picture is white, not the black that lies under it."""
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def encode_avatar(content: bytes) -> bytes:
    """A square WebP of 256 px from any picture. Raises NotAPicture."""
    picture = on_white(open_picture(content, AVATAR_FORMATS))
    return encode_webp(ImageOps.fit(picture, (AVATAR_SIDE, AVATAR_SIDE)))


def encode_webp(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=82, method=4)
    return buffer.getvalue()
