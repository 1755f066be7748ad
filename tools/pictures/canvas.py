"""The size of a hospital's scene and what several of them share."""

from __future__ import annotations

from tools.pictures.people import (
    ESCORT_MAN,
    ESCORT_WOMAN,
    GRANDPA,
    GRANNY,
    cane,
    person,
)

# Pixels of the drawing, the height of the ground line, and the colour of what is far away.
WIDTH, HEIGHT, BASE = 1000, 500, 392
FAR = "#C3DDE4"


def pair(x: float, escort_first: bool = True) -> str:
    """An escort walking beside an old person."""
    if escort_first:
        return person(x, 432, 0.24, ESCORT_WOMAN, right=((66, -240), (88, -190))) + person(
            x + 34, 432, 0.23, GRANNY
        )
    old = person(x + 36, 432, 0.235, GRANDPA, right=((76, -216), (84, -172)), held=cane(84, -172))
    return person(x, 432, 0.24, ESCORT_MAN) + old
