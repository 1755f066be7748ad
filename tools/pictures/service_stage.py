"""What the scenes of all services stand on."""

from __future__ import annotations

from tools.pictures.svg import ellipse

WIDTH, HEIGHT, FLOOR = 800, 600, 462
HALO = 'opacity=".6"'


def floor(colour: str) -> str:
    return ellipse(400, FLOOR, 330, 26, colour)
