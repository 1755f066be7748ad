"""What was uploaded looks as it did, whatever the file counts its colours in."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from PIL import Image

from catalog import uploaded_pictures
from tests.core.pictures import chunk, grey_profile, icc_profile, png

GREYS = (0, 64, 128, 200, 255)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def colour(content: bytes, at: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    """The colour of one pixel as it will be kept."""
    found = uploaded_pictures.open_picture(content, uploaded_pictures.AVATAR_FORMATS).getpixel(at)
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("grey", GREYS)
def test_grey_of_sixteen_bits_is_as_grey_as_it_was(grey: int):
    content = png((4, 4), 16, 0, struct.pack(">4H", *[grey * 257] * 4))
    assert colour(content) == (grey,) * 3
    avatar = Image.open(io.BytesIO(uploaded_pictures.encode_square(content, 256))).convert("RGB")
    assert avatar.getpixel((128, 128)) == pytest.approx((grey,) * 3, abs=3)
    encoded, ending = uploaded_pictures.encode_for_catalog(content, 100)
    assert ending == "jpg"
    assert Image.open(io.BytesIO(encoded)).convert("L").getpixel((2, 2)) == pytest.approx(grey, abs=3)


def test_levels_between_the_steps_of_eight_bits_are_rounded():
    content = png((4, 1), 16, 0, struct.pack(">4H", 128, 129, 32_896, 65_406))
    assert [colour(content, (x, 0))[0] for x in range(4)] == [0, 1, 128, 254]


@pytest.mark.parametrize(
    ("depth", "colour_type", "line", "expected"),
    [
        (1, 0, b"\xf0", [(255,) * 3, (0,) * 3]),
        (2, 0, b"\xff\x55", [(255,) * 3, (85,) * 3]),
        (4, 0, b"\xff\xff\x44\x44", [(255,) * 3, (68,) * 3]),
        (8, 0, bytes([200] * 4 + [10] * 4), [(200,) * 3, (10,) * 3]),
        (8, 4, bytes([200, 255] * 4 + [10, 128] * 4), [(200, 200, 200, 255), (10, 10, 10, 128)]),
        (
            16,
            4,
            struct.pack(">16H", *[51_400, 65_535] * 4, *[2_570, 32_896] * 4),
            [(200, 200, 200, 255), (10, 10, 10, 128)],
        ),
        (
            16,
            2,
            struct.pack(">24H", *[51_400, 2_570, 0] * 4, *[0, 0, 65_535] * 4),
            [(200, 10, 0), (0, 0, 255)],
        ),
        (
            16,
            6,
            struct.pack(">32H", *[51_400, 2_570, 0, 65_535] * 4, *[0, 0, 65_535, 0] * 4),
            [(200, 10, 0, 255), (0, 0, 255, 0)],
        ),
    ],
)
def test_every_depth_of_a_png_keeps_its_colours(
    depth: int, colour_type: int, line: bytes, expected: list[tuple[int, ...]]
):
    content = png((8, 2), depth, colour_type, line)
    assert [colour(content, (0, 0)), colour(content, (7, 1))] == expected


@pytest.mark.parametrize(
    ("depth", "colour_type", "line", "hidden"),
    [
        (1, 0, b"\xf0", 1),
        (2, 0, b"\xaa\x00", 2),
        (4, 0, b"\x99\x99\x00\x00", 9),
        (8, 0, bytes([200] * 4 + [10] * 4), 200),
        (16, 0, struct.pack(">8H", *[51_401] * 4, *[51_400] * 4), 51_401),
        (8, 2, bytes([200, 10, 5] * 4 + [0, 0, 0] * 4), (200, 10, 5)),
        (16, 2, struct.pack(">24H", *[51_401, 2_571, 9] * 4, *[0, 0, 65_535] * 4), (51_401, 2_571, 9)),
    ],
)
def test_the_colour_that_a_png_calls_transparent_is(
    depth: int, colour_type: int, line: bytes, hidden: int | tuple[int, ...]
):
    levels = hidden if isinstance(hidden, tuple) else (hidden,)
    extra = chunk(b"tRNS", struct.pack(f">{len(levels)}H", *levels))
    content = png((8, 2), depth, colour_type, line, extra=extra)
    assert (colour(content, (0, 0))[3], colour(content, (7, 1))[3]) == (0, 255)


def test_a_palette_keeps_its_colours_and_its_transparency():
    palette = chunk(b"PLTE", bytes([200, 10, 5, 0, 0, 255, 1, 2, 3]))
    line = b"\x00" * 4 + b"\x01" * 4
    assert colour(png((8, 2), 8, 3, line, extra=palette)) == (200, 10, 5)
    half = palette + chunk(b"tRNS", bytes([128, 0]))
    content = png((8, 2), 8, 3, line, extra=half)
    assert (colour(content), colour(content, (7, 1))) == ((200, 10, 5, 128), (0, 0, 255, 0))


def test_a_palette_is_made_smaller_by_its_colours_not_by_its_numbers():
    palette = chunk(b"PLTE", bytes([200, 0, 0, 0, 200, 0]))
    content = png((512, 512), 8, 3, b"\0\1" * 256, extra=palette)
    avatar = Image.open(io.BytesIO(uploaded_pictures.encode_square(content, 256))).convert("RGB")
    assert avatar.getpixel((128, 128)) == pytest.approx((100, 100, 0), abs=20)


def test_what_was_printed_is_shown_in_the_colours_of_a_screen():
    for inks, expected in (
        ((0, 0, 0, 0), (255,) * 3),
        ((0, 0, 0, 255), (0,) * 3),
        ((0, 255, 255, 0), (255, 0, 0)),
    ):
        found = colour(saved(Image.new("CMYK", (16, 16), inks), "JPEG", quality=95))
        assert found == pytest.approx(expected, abs=6)


@pytest.mark.parametrize(
    ("kind", "alpha"), [("JPEG", ()), ("PNG", ()), ("PNG", (254,)), ("WEBP", ()), ("WEBP", (254,))]
)
def test_display_p3_becomes_srgb(kind: str, alpha: tuple[int, ...]):
    """Red of sRGB is (234, 51, 35) in the wide colours of a newer phone."""
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    red = Image.new("RGBA" if alpha else "RGB", (16, 16), (234, 51, 35, *alpha))
    content = saved(red, kind, icc_profile=icc_profile(), **options)
    found = colour(content)
    assert found[:3] == pytest.approx((255, 0, 0), abs=12)
    assert found[3:] == alpha
    white = saved(Image.new("RGB", (16, 16), "white"), kind, icc_profile=icc_profile(), **options)
    assert colour(white)[:3] == pytest.approx((255,) * 3, abs=1)


def test_half_transparent_pixels_keep_their_transparency_in_another_profile():
    content = saved(Image.new("RGBA", (8, 8), (234, 51, 35, 77)), "PNG", icc_profile=icc_profile())
    assert colour(content)[3] == 77


def test_grey_with_a_profile_of_its_own_becomes_that_grey_of_srgb():
    content = saved(Image.new("L", (16, 16), 128), "PNG", icc_profile=grey_profile(1.0))
    assert colour(content) == pytest.approx((188,) * 3, abs=2), "half of the light, not half of the number"


@pytest.mark.parametrize("profile", [b"junk", icc_profile()[:200], b"\0" * 500, grey_profile(1.0)])
def test_a_profile_that_is_damaged_or_of_another_kind_changes_nothing(profile: bytes):
    content = saved(Image.new("RGB", (16, 16), (10, 200, 30)), "PNG", icc_profile=profile)
    assert colour(content) == (10, 200, 30)


def test_a_png_that_counts_light_is_shown_as_bright_as_it_is():
    """gAMA 1.0: the levels are amounts of light. 0.45455 is what screens show anyway, and sRGB overrules it."""
    line = bytes([128] * 24)
    gamma, usual = (chunk(b"gAMA", struct.pack(">I", value)) for value in (100_000, 45_455))
    srgb = chunk(b"sRGB", b"\0")
    assert colour(png((8, 2), 8, 2, line, extra=gamma)) == pytest.approx((186,) * 3, abs=1)
    for extra in (usual, srgb + gamma, gamma + srgb):
        assert colour(png((8, 2), 8, 2, line, extra=extra)) == (128,) * 3


def test_no_metadata_is_kept():
    exif = Image.Exif()
    exif[0x10F] = "A phone, and where it was"
    photo = saved(
        Image.new("RGB", (64, 64), "teal"), "JPEG", exif=exif, icc_profile=icc_profile(), comment=b"secret"
    )
    for kept in (
        uploaded_pictures.encode_square(photo, 256),
        uploaded_pictures.encode_for_catalog(photo, 50)[0],
    ):
        opened = Image.open(io.BytesIO(kept))
        assert not opened.getexif()
        assert {"icc_profile", "comment"}.isdisjoint(opened.info)
        assert b"A phone" not in kept
