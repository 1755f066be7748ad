"""The measure for old eyes and hands, old_eyes.js, for a page as it stands on a phone."""

from __future__ import annotations

from pathlib import Path

from tests.browser.phone import HEIGHT, WIDTH, Phone

WIDTHS = (320, 375, 430)
LEAST_PX = 17
LARGER = 1.2
MEASURE = Path(__file__).with_suffix(".js").read_text("utf-8")
AT_ONCE = "*, *::before, *::after { transition: none !important }"


def set_large(phone: Phone, large: bool) -> None:
    """The page on top as it is with the large text switched on or off, its own switch included."""
    phone.page.evaluate(
        "on => new Promise((done) => __mp.page.setData({ large: on ? 'large' : '', largeText: on }, done))",
        large,
    )


def complaints(phone: Phone, width: int, large: bool) -> list[str]:
    """What is wrong at this width and in this text size, a sentence each."""
    set_large(phone, large)
    phone.page.set_viewport_size({"width": width, "height": HEIGHT})
    given = {"least": LEAST_PX * (LARGER if large else 1)}
    where = f"{width} px{', large text' if large else ''}: "
    return [where + text for text in phone.page.evaluate(MEASURE, given)]


def complaints_at_worst(phone: Phone) -> list[str]:
    """The large text on the narrowest screen, where most goes wrong; afterwards all is as before."""
    phone.page.add_style_tag(content=AT_ONCE)
    found = complaints(phone, min(WIDTHS), True)
    complaints(phone, WIDTH, False)
    return found
