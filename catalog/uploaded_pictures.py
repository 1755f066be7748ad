"""Uploaded pictures: the bytes decide what a file is, and what is kept is encoded again.

Runs in a process of its own (``picture_process.py``): nothing here may need a setting, a secret or the network.
"""

from __future__ import annotations

import io
import struct
import warnings

# Named one by one: Pillow would otherwise load its forty formats to look for WebP.
from PIL import (
    ExifTags,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from catalog.picture_colours import eight_bits, in_srgb
from catalog.picture_refusals import MAX_PIXELS, NotAPicture, TooCostly, TooManyPixels
from catalog.picture_structure import is_scanned_too_often, is_too_costly, png_bit_depth

PLUGINS = (GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
"""Named so that they are imported here, which is what makes Pillow know these formats."""
PHOTO_SIDE = 2048
FORMATS = ("JPEG", "PNG", "WEBP")
AVATAR_FORMATS = (*FORMATS, "GIF")
"""An avatar may be a GIF: its first picture is taken. In the catalog nobody would see why it stopped moving."""
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


def open_picture(
    content: bytes, formats: tuple[str, ...] = FORMATS, side: int = 0, square: bool = False
) -> Image.Image:
    """The picture, upright, in sRGB, without metadata, RGBA where it is transparent, else RGB. Raises NotAPicture.

    ``side``: made so small that its longer side is at most that; with ``square``, cut to a square of that side.
    """
    if is_too_costly(content):
        raise TooCostly
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file = Image.open(io.BytesIO(content), formats=formats)
            if file.width * file.height > MAX_PIXELS:
                raise TooManyPixels
            if is_scanned_too_often(content, file.width * file.height):
                raise TooCostly
            if side:
                file.draft("", (2 * side, 2 * side))  # a JPEG is unpacked no larger than is needed
            file.load()
            facts, orientation = file.info, _orientation(file)
            picture = _upright(eight_bits(file, png_bit_depth(content)), orientation)
            if side:
                picture = _shrunk(picture, side, square)
            gamma = facts.get("gamma") if "srgb" not in facts else None
            return in_srgb(picture, facts.get("icc_profile"), gamma)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, struct.error):
        raise NotAPicture from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise TooManyPixels from None


def _orientation(picture: Image.Image) -> int:
    found = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return found if isinstance(found, int) else 1


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    """Pillow's own exif_transpose rewrites the EXIF data, and fails where a camera wrote it incorrectly."""
    turn = _UPRIGHT.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _shrunk(picture: Image.Image, side: int, square: bool) -> Image.Image:
    if square:
        return ImageOps.fit(picture, (side, side))
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def on_white(picture: Image.Image) -> Image.Image:
    """Without transparency: what was left out of the picture is white, not the black that lies under it."""
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def encode_square(content: bytes, side: int) -> bytes:
    """A square WebP of ``side`` px from any picture. Raises NotAPicture."""
    return encode_webp(on_white(open_picture(content, AVATAR_FORMATS, side, square=True)))


def encode_webp(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=82, method=4)
    return buffer.getvalue()


def encode_photo(content: bytes) -> bytes:
    """A JPEG of at most ``PHOTO_SIDE`` px, in which a prescription can still be read. Raises NotAPicture."""
    buffer = io.BytesIO()
    on_white(open_picture(content, FORMATS, PHOTO_SIDE)).save(buffer, "JPEG", quality=84, optimize=True)
    return buffer.getvalue()


def encode_for_catalog(content: bytes, side: int) -> tuple[bytes, str]:
    """The picture at most ``side`` px long, as PNG where it is transparent, else JPEG; its ending.

    Raises NotAPicture.
    """
    picture = open_picture(content, FORMATS, side)
    buffer = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(buffer, "PNG", optimize=True)
        return buffer.getvalue(), "png"
    picture.save(buffer, "JPEG", quality=84, optimize=True, progressive=True)
    return buffer.getvalue(), "jpg"
