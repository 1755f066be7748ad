"""Invented buildings in a few styles. None is the real building of a hospital: each scene says so."""

from __future__ import annotations

from tools.pictures.scenery import eaves
from tools.pictures.svg import (
    BRICK,
    CREAM,
    DEEP,
    NAVY,
    SKY,
    SLATE,
    SUN,
    TEAL,
    WHITE,
    circle,
    cross,
    num,
    path,
    rect,
    shade,
)


def panes(
    x: float, y: float, w: float, h: float, cols: int, rows: int, fill: str, r: float = 3, lit: int = 0
) -> str:
    """A grid of windows inside a rectangle; every ``lit``-th is warm, as if the light were on."""
    gap_x, gap_y = w / (cols * 1.7 + 0.7), h / (rows * 1.9 + 0.9)
    out = []
    for row in range(rows):
        for col in range(cols):
            warm = lit and (row * 5 + col * 3) % lit == 0
            out.append(
                rect(
                    x + gap_x * 0.7 + col * gap_x * 1.7,
                    y + gap_y * 0.9 + row * gap_y * 1.9,
                    gap_x,
                    gap_y,
                    SUN if warm else fill,
                    r,
                )
            )
    return "".join(out)


def bands(x: float, y: float, w: float, h: float, rows: int, fill: str) -> str:
    """Long horizontal windows."""
    step = h / (rows * 2 + 1)
    return "".join(rect(x + 10, y + step * (2 * k + 1), w - 20, step, fill, step / 3) for k in range(rows))


def fins(x: float, y: float, w: float, h: float, cols: int, fill: str) -> str:
    """Tall vertical windows."""
    step = w / (cols * 2 + 1)
    return "".join(rect(x + step * (2 * k + 1), y + 14, step, h - 28, fill, step / 2.4) for k in range(cols))


def block(x: float, base: float, w: float, h: float, wall: str, windows: str = "", r: float = 6) -> str:
    """A plain body with a shaded right edge and a parapet; ``windows`` are drawn on it."""
    top = base - h
    side = rect(x + w * 0.9, top, w * 0.1, h, shade(wall, 0.07), 0)
    return (
        rect(x, top, w, h, wall, r) + side + windows + rect(x - 5, top - 6, w + 10, 11, shade(wall, 0.14), 4)
    )


def tower(
    x: float,
    base: float,
    w: float,
    h: float,
    wall: str,
    glass: str = SKY,
    style: str = "panes",
    cols: int = 5,
    rows: int = 8,
    lit: int = 7,
) -> str:
    """A body with windows in one of three styles: panes, bands, fins."""
    top = base - h
    if style == "bands":
        windows = bands(x, top, w, h - 40, rows, glass)
    elif style == "fins":
        windows = fins(x, top, w, h - 34, cols, glass)
    else:
        windows = panes(x, top, w * 0.96, h - 40, cols, rows, glass, lit=lit)
    return block(x, base, w, h, wall, windows)


def entrance(x: float, base: float, w: float, colour: str = TEAL, words: str = "") -> str:
    """A glass door under a canopy; (x, base) is the middle of the threshold."""
    door = rect(x - w * 0.36, base - 52, w * 0.72, 52, NAVY, 4)
    leaves = "".join(rect(x - w * 0.32 + k * w * 0.165, base - 46, w * 0.14, 46, SKY, 2) for k in range(4))
    canopy = (
        rect(x - w / 2, base - 68, w, 16, colour, 6)
        + rect(x - w / 2 + 6, base - 52, 6, 52, shade(colour, 0.2))
        + rect(x + w / 2 - 12, base - 52, 6, 52, shade(colour, 0.2))
    )
    return door + leaves + canopy + rect(x - w * 0.6, base - 5, w * 1.2, 5, SLATE, 2) + words


def badge(x: float, y: float, r: float, colour: str = TEAL) -> str:
    """A round medical sign."""
    return circle(x, y, r, WHITE) + circle(x, y, r * 0.84, colour) + cross(x, y, r, WHITE)


def rooftop_sign(x: float, y: float, r: float, colour: str = TEAL) -> str:
    """A round sign on two posts; (x, y) is on the roof."""
    posts = rect(x - r * 0.5, y - r * 0.8, 5, r * 0.8, SLATE) + rect(
        x + r * 0.5 - 5, y - r * 0.8, 5, r * 0.8, SLATE
    )
    return posts + badge(x, y - r * 1.5, r, colour)


def dome(x: float, base: float, r: float, colour: str) -> str:
    """Half a ball on a drum, with a small point."""
    return (
        rect(x - r, base - r * 0.3, r * 2, r * 0.3, shade(colour, 0.1))
        + path(
            (
                f"M{num(x - r)},{num(base - r * 0.3)} A{num(r)},{num(r)} "
                f"0 0 1 {num(x + r)},{num(base - r * 0.3)} Z"
            ),
            colour,
        )
        + rect(x - 3, base - r * 1.6, 6, r * 0.4, SUN, 3)
    )


def arcade(x: float, base: float, w: float, h: float, count: int, wall: str, opening: str) -> str:
    """A wall with a row of arches."""
    step = w / count
    arches = []
    for k in range(count):
        left, r = x + step * (k + 0.18), step * 0.32
        arches.append(
            path(
                (
                    f"M{num(left)},{num(base)} V{num(base - h * 0.5)} A{num(r)},{num(r)} "
                    f"0 0 1 {num(left + 2 * r)},{num(base - h * 0.5)} V{num(base)} Z"
                ),
                opening,
            )
        )
    return (
        rect(x, base - h, w, h, wall, 3)
        + "".join(arches)
        + rect(x - 6, base - h - 4, w + 12, 10, shade(wall, 0.14), 3)
    )


def hall(x: float, base: float, w: float, h: float, roof: str, wall: str = CREAM, bays: int = 5) -> str:
    """A hall in the Chinese manner: columns between lattice windows, a curved roof, a stone step."""
    left, step = x - w / 2, w / bays
    parts = [rect(left, base - h, w, h, wall)]
    for k in range(bays):
        parts.append(
            rect(left + step * (k + 0.22), base - h * 0.66, step * 0.56, h * 0.46, shade(SKY, 0.05), 3)
        )
        middle = left + step * (k + 0.5)
        parts.append(
            rect(middle - 1.5, base - h * 0.66, 3, h * 0.46, BRICK)
            + rect(middle - step * 0.28, base - h * 0.45, step * 0.56, 3, BRICK)
        )
    parts += [rect(left + step * k - 4, base - h, 8, h, BRICK, 2) for k in range(bays + 1)]
    parts.append(rect(left - 16, base - 10, w + 32, 10, "#CBD3D3", 2))
    parts.append(eaves(x, base - h + 8, w * 1.22, h * 0.62, roof))
    return "".join(parts)


def gable(x: float, base: float, w: float, h: float, rise: float, wall: str, roof: str) -> str:
    """A house with a pitched roof; (x, base) is the middle of its foot."""
    top = base - h
    roof_d = (
        f"M{num(x - w / 2 - 14)},{num(top)} L{num(x)},{num(top - rise)} L{num(x + w / 2 + 14)},{num(top)} Z"
    )
    return rect(x - w / 2, top, w, h, wall) + path(roof_d, roof)


def clock(x: float, y: float, r: float) -> str:
    """A wall clock at ten past ten."""
    hands = (
        f'<path d="M{num(x)},{num(y)} L{num(x - r * 0.42)},{num(y - r * 0.34)} '
        f'M{num(x)},{num(y)} L{num(x + r * 0.5)},{num(y - r * 0.42)}"'
    )
    return (
        circle(x, y, r, WHITE)
        + circle(x, y, r * 0.82, CREAM)
        + (f'{hands} stroke="{DEEP}" stroke-width="{num(r * 0.14)}" stroke-linecap="round"/>')
    )
