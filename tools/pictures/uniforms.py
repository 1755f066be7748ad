"""Plain uniforms without the insignia of any service."""

from __future__ import annotations

from tools.pictures.people import Look, person
from tools.pictures.svg import CORAL, SUN, circle, group, path, rect, shade


def cap(colour: str, band: str) -> str:
    """A peaked cap without any badge."""
    return (
        path("M-50,-30 C-62,-62 62,-62 50,-30 Z", colour)
        + rect(-49, -36, 98, 13, band, 4)
        + path("M-46,-24 Q0,-8 46,-24 Q30,-34 0,-34 Q-30,-34 -46,-24 Z", shade(colour, 0.3))
    )


def helmet() -> str:
    """A helmet of a firefighter."""
    return (
        path("M-52,-18 C-56,-76 56,-76 52,-18 Z", CORAL)
        + rect(-62, -24, 124, 12, shade(CORAL, 0.14), 6)
        + circle(0, -42, 11, SUN)
    )


def guard(x: float, y: float, look: Look, hat: str, scale: float = 0.84) -> str:
    """A person standing at (x, y) with ``hat`` on the head."""
    return person(x, y, scale, look) + group(hat, x, y - 352 * scale, scale)
