"""Signs that say something at a glance: a tick, a medal, a pin, a small house."""

from __future__ import annotations

from math import cos, pi, sin

from tools.pictures.svg import (
    AQUA,
    BLUE,
    CORAL,
    CREAM,
    NAVY,
    ROSE,
    SKY,
    SLATE,
    SUN,
    TEAL,
    WHITE,
    circle,
    cross,
    ellipse,
    group,
    heart,
    line,
    path,
    poly,
    rect,
    shade,
    text,
)


def tick(x: float, y: float, size: float, colour: str = WHITE) -> str:
    """A check mark."""
    return group(line("M-30,2 L-8,24 L32,-22", colour, 16), x, y, size / 80)


def tick_badge(x: float, y: float, r: float, colour: str = CORAL) -> str:
    """A check mark on a disc."""
    return circle(x, y, r + 5, WHITE) + circle(x, y, r, colour) + tick(x, y, r * 1.3)


def star(x: float, y: float, r: float, colour: str = SUN) -> str:
    """A five-pointed star."""
    points = []
    for k in range(10):
        length = r if k % 2 == 0 else r * 0.46
        angle = -pi / 2 + k * pi / 5
        points.append((x + cos(angle) * length, y + sin(angle) * length))
    return poly(points, colour)


def rosette(x: float, y: float, scale: float, words: str = "") -> str:
    """A medal with two ribbons, a star or a word on it."""
    ribbons = poly([(-26, 20), (-44, 92), (-20, 78), (-4, 96), (2, 30)], CORAL) + poly(
        [(26, 20), (44, 92), (20, 78), (4, 96), (-2, 30)], shade(CORAL)
    )
    inner = text(0, 14, words, 38, WHITE, anchor="middle") if words else star(0, 2, 34, WHITE)
    return group(
        ribbons
        + circle(0, 0, 58, "#F4B04A")
        + circle(0, 0, 47, SUN)
        + (circle(0, 0, 47, "#E89A2E") if words else "")
        + inner,
        x,
        y,
        scale,
    )


def bubble(x: float, y: float, w: float, h: float, fill: str = WHITE, tail: str = "left") -> str:
    """A speech bubble centred on (x, y) with its tail at the lower left or right."""
    side = -1 if tail == "left" else 1
    tip = poly(
        [
            (x + side * w * 0.16, y + h / 2 - 6),
            (x + side * w * 0.36, y + h / 2 - 6),
            (x + side * w * 0.36, y + h / 2 + h * 0.26),
        ],
        fill,
    )
    return tip + rect(x - w / 2, y - h / 2, w, h, fill, min(h / 2.4, 34))


def shield(x: float, y: float, scale: float) -> str:
    """A shield with a heart."""
    d = "M0,-110 C34,-90 66,-82 94,-82 C98,0 70,72 0,112 C-70,72 -98,0 -94,-82 C-66,-82 -34,-90 0,-110 Z"
    return group(path(d, WHITE) + group(path(d, TEAL), 0, 0, 0.9) + heart(0, 4, 96, CREAM), x, y, scale)


def pin(x: float, y: float, scale: float, colour: str = CORAL) -> str:
    """A map pin; (x, y) is its point."""
    return group(
        path("M0,0 C-14,-30 -40,-46 -40,-76 A40,40 0 0 1 40,-76 C40,-46 14,-30 0,0 Z", colour)
        + circle(0, -76, 17, WHITE),
        x,
        y,
        scale,
    )


def house(x: float, y: float, scale: float) -> str:
    """A small home; (x, y) is the middle of its foot."""
    return group(
        rect(-60, -80, 120, 80, CREAM, 4)
        + path("M-80,-74 L0,-140 L80,-74 Z", CORAL)
        + rect(-18, -50, 36, 50, "#B98555", 4)
        + rect(26, -58, 24, 24, SKY, 3)
        + rect(-50, -58, 24, 24, SKY, 3),
        x,
        y,
        scale,
    )


def small_hospital(x: float, y: float, scale: float) -> str:
    """A small hospital; (x, y) is the middle of its foot."""
    windows = "".join(rect(cx, cy, 20, 20, "#A9D4E4", 3) for cy in (-96, -62) for cx in (-66, -38, 18, 46))
    return group(
        rect(-80, -114, 160, 114, "#F1F6F8", 6)
        + rect(56, -114, 24, 114, "#E1EBEF")
        + rect(-86, -120, 172, 12, BLUE, 5)
        + windows
        + rect(-18, -36, 36, 36, NAVY, 4)
        + circle(0, -138, 25, TEAL)
        + cross(0, -138, 28, WHITE),
        x,
        y,
        scale,
    )


def gourd(colour: str) -> str:
    """A gourd, the old sign of Chinese medicine, around (0, 0)."""
    d = (
        "M0,-52 c12,0 18,10 18,20 c0,10 -6,12 -6,18 c16,6 24,20 24,34 c0,22 -16,34 -36,34 "
        "c-20,0 -36,-12 -36,-34 c0,-14 8,-28 24,-34 c0,-6 -6,-8 -6,-18 c0,-10 6,-20 18,-20 Z"
    )
    return path(d, colour) + line("M0,-50 q2,-14 14,-16", colour, 6)


def balloons(x: float, y: float, scale: float) -> str:
    """Three party balloons."""
    strings = line("M-34,-60 Q-20,-10 0,40 M0,-90 V40 M34,-60 Q20,-10 0,40", SLATE, 3)
    return group(
        strings
        + ellipse(-36, -84, 26, 32, CORAL)
        + ellipse(36, -84, 26, 32, AQUA)
        + ellipse(0, -112, 28, 34, SUN),
        x,
        y,
        scale,
    )


def ribbon_flower(colour: str, middle: str = ROSE) -> str:
    """A five-petalled flower around (0, 0), 100 units across."""
    petals = "".join(
        group(path("M0,0 C-34,-18 -26,-56 0,-50 C26,-56 34,-18 0,0 Z", colour), rotate=k * 72)
        for k in range(5)
    )
    return petals + circle(0, 0, 12, middle)
