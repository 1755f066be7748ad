"""The colours of a picture as a person sees them: eight bits a channel, in sRGB, whatever the file counts in.

A plain conversion clips 16-bit grey to white, takes the numbers of a Display P3 or printing profile for sRGB's, and
misses the transparent grey of a PNG with few bits.
"""

from __future__ import annotations

import io

from PIL import Image, ImageCms, ImageMath

SRGB = ImageCms.createProfile("sRGB")
DISPLAY_GAMMA = 2.2
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
"""What an ICC profile calls the colour space of each mode."""


def eight_bits(picture: Image.Image, bit_depth: int) -> Image.Image:
    """The picture in mode L, LA, RGB, RGBA or CMYK. ``bit_depth``: bits of a sample in the file."""
    transparent = picture.has_transparency_data
    if picture.mode.startswith("I"):
        return _sixteen_bit_grey(picture)
    if picture.mode in ("1", "L"):
        _scale_transparent_grey(picture, bit_depth)
        return picture.convert("LA" if transparent else "L")
    if picture.mode == "RGB" and transparent:
        if bit_depth == 16:  # the pixels have lost their lower byte, the transparent colour has not
            picture.info["transparency"] = tuple(level >> 8 for level in picture.info["transparency"])
        return picture.convert("RGBA")
    if picture.mode in ("LA", "RGB", "RGBA", "CMYK"):
        return picture
    return picture.convert("RGBA" if transparent else "RGB")


def _sixteen_bit_grey(picture: Image.Image) -> Image.Image:
    levels = picture.convert("I")
    grey = levels.point(lambda level: level * (1 / 257) + 0.5).convert("L")
    hidden = picture.info.get("transparency")
    if isinstance(hidden, int):
        shown = ImageMath.lambda_eval(lambda given: (given["levels"] != hidden) * 255, levels=levels)
        grey.putalpha(shown.convert("L"))
    return grey


def _scale_transparent_grey(picture: Image.Image, bit_depth: int) -> None:
    """Pillow spreads levels of 2 and 4 bits over 0–255, but not the level that means transparent."""
    hidden = picture.info.get("transparency")
    if picture.mode == "L" and isinstance(hidden, int) and bit_depth in (2, 4):
        picture.info["transparency"] = hidden * 255 // (2**bit_depth - 1)


def in_srgb(picture: Image.Image, profile: bytes | None, gamma: float | None) -> Image.Image:
    """RGBA where the picture has transparency, else RGB. ``profile``: the file's ICC profile; ``gamma``: what a PNG
    without profile says about its levels."""
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    colours = picture.convert(picture.mode.removesuffix("A")) if alpha else picture
    if profile:
        colours = _by_profile(colours, profile)
    elif gamma and 0.1 < gamma < 10 and colours.mode in ("L", "RGB"):
        colours = _by_gamma(colours, gamma)
    result = colours if colours.mode == "RGB" else colours.convert("RGB")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def _by_profile(colours: Image.Image, profile: bytes) -> Image.Image:
    """Unchanged when the profile is damaged or belongs to another kind of picture, as browsers do."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACES.get(colours.mode):
            return colours
        converted = ImageCms.profileToProfile(colours, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return colours
    return converted or colours


def _by_gamma(colours: Image.Image, gamma: float) -> Image.Image:
    power = 1 / (gamma * DISPLAY_GAMMA)
    if abs(power - 1) < 0.05:
        return colours
    table = [round(255 * (level / 255) ** power) for level in range(256)]
    return colours.point(table * len(colours.getbands()))
