"""Sky, hills, vehicles and the silhouettes of Xi'an; each stands with its foot at (x, y)."""

from __future__ import annotations

from tools.pictures.plants import BARK
from tools.pictures.svg import (
    AQUA,
    BRICK,
    CORAL,
    CREAM,
    DEEP,
    GRASS,
    MINT,
    NAVY,
    PINE,
    SKY,
    SLATE,
    STONE,
    SUN,
    TEAL,
    WHITE,
    circle,
    cross,
    ellipse,
    group,
    line,
    num,
    path,
    poly,
    rect,
    shade,
)


def sun(x: float, y: float, r: float, colour: str = SUN) -> str:
    """A pale halo around a warm disc."""
    return circle(x, y, r * 1.5, colour, 'opacity=".28"') + circle(x, y, r, colour)


def cloud(x: float, y: float, scale: float = 1, colour: str = WHITE) -> str:
    """A flat-bottomed cloud, 150 units wide."""
    puffs = rect(-75, -28, 150, 28, colour, 14) + circle(-28, -30, 26, colour) + circle(18, -38, 34, colour)
    return group(puffs, x, y, scale)


def hills(y: float, colour: str, peaks: tuple[tuple[float, float], ...], width: float = 1000) -> str:
    """Rounded hills up to ``peaks`` (x, height above y), from the left edge to the right."""
    d = f"M0,{num(y)} L0,{num(y - peaks[0][1] * 0.6)}"
    previous = 0.0
    for x, height in peaks:
        middle = (previous + x) / 2
        d += f" Q{num(middle)},{num(y - height)} {num(x)},{num(y - height * 0.82)}"
        previous = x
    return path(
        (
            f"{d} Q{num((previous + width) / 2)},{num(y - peaks[-1][1] * 0.3)} "
            f"{num(width)},{num(y - 40)} L{num(width)},{num(y)} Z"
        ),
        colour,
    )


def mountains(y: float, colour: str, peaks: tuple[tuple[float, float], ...], snow: str = WHITE) -> str:
    """Pointed mountains with pale tops; ``peaks`` are (x, height)."""
    parts = []
    for x, height in peaks:
        parts.append(poly([(x - height * 1.15, y), (x, y - height), (x + height * 1.15, y)], colour))
        cap = height * 0.28
        parts.append(
            poly(
                [
                    (x, y - height),
                    (x + cap * 1.15, y - height + cap),
                    (x + cap * 0.5, y - height + cap * 0.8),
                    (x, y - height + cap * 1.2),
                    (x - cap * 0.5, y - height + cap * 0.8),
                    (x - cap * 1.15, y - height + cap),
                ],
                snow,
            )
        )
    return "".join(parts)


def skyline(y: float, colour: str, blocks: tuple[tuple[float, float, float], ...]) -> str:
    """Far buildings as one flat shape each: (x, width, height)."""
    return "".join(rect(x, y - h, w, h, colour, 4) for x, w, h in blocks)


def city_wall(x: float, y: float, width: float, colour: str = STONE, height: float = 70) -> str:
    """The old city wall with its battlements."""
    teeth = "".join(rect(x + i * 30, y - height - 14, 18, 16, colour, 2) for i in range(int(width // 30) + 1))
    courses = "".join(
        line(f"M{num(x)},{num(y - height + k)} h{num(width)}", shade(colour, 0.07), 2) for k in (16, 40)
    )
    return teeth + rect(x, y - height, width, height, colour) + courses


def eaves(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A curved Chinese roof; (x, y) is the middle of its lower edge."""
    w = width / 2
    lower, upper = y - height * 0.32, y - height
    d = (
        f"M{num(x - w)},{num(y)} Q{num(x - w * 0.62)},{num(lower)} {num(x - w * 0.5)},{num(upper)}"
        f" L{num(x + w * 0.5)},{num(upper)} Q{num(x + w * 0.62)},{num(lower)} {num(x + w)},{num(y)}"
        f" Q{num(x)},{num(y - height * 0.22)} {num(x - w)},{num(y)} Z"
    )
    ridge = rect(x - w * 0.54, y - height - 7, w * 1.08, 9, shade(colour, 0.16), 4)
    return path(d, colour) + ridge


def bell_tower(x: float, y: float, scale: float, wall: str = STONE, roof: str = PINE) -> str:
    """A gate tower: a stone base with an arch under two curved roofs."""
    parts = [
        path("M-100,0 L-92,-70 L92,-70 L100,0 Z", wall),
        path("M-20,0 L-20,-30 A20,20 0 0 1 20,-30 L20,0 Z", shade(wall, 0.2)),
        rect(-66, -112, 132, 44, shade(BRICK, -0.2)),
        "".join(rect(k, -112, 8, 44, BRICK) for k in range(-64, 60, 30)),
        eaves(0, -104, 190, 34, roof),
        rect(-44, -168, 88, 34, shade(BRICK, -0.2)),
        eaves(0, -162, 140, 44, roof),
        poly([(-8, -210), (0, -232), (8, -210)], SUN),
    ]
    return group("".join(parts), x, y, scale)


def pagoda(x: float, y: float, scale: float, colour: str = "#D9B995") -> str:
    """A square pagoda of seven storeys."""
    parts = []
    for i in range(7):
        w = 100 - i * 10
        top = -(i + 1) * 34
        parts.append(
            rect(-w / 2, top, w, 34, colour) + rect(-w / 2 - 6, top, w + 12, 8, shade(colour, 0.14), 2)
        )
        parts.append(path(f"M-7,{top + 34} v-12 a7,7 0 0 1 14,0 v12 Z", shade(colour, 0.3)))
    parts.append(poly([(-20, -238), (0, -276), (20, -238)], shade(colour, 0.14)))
    return group("".join(parts), x, y, scale)


def lamp(x: float, y: float, scale: float = 1) -> str:
    """A street lamp."""
    return group(
        rect(-3, -104, 6, 104, SLATE, 3)
        + rect(-3, -108, 34, 6, SLATE, 3)
        + path("M20,-103 h22 l-5,14 h-12 Z", SUN),
        x,
        y,
        scale,
    )


def bench(x: float, y: float, scale: float = 1) -> str:
    """A park bench."""
    wood = "#C99A6B"
    return group(
        rect(-50, -30, 100, 9, wood, 3)
        + rect(-50, -54, 100, 8, wood, 3)
        + rect(-50, -42, 100, 8, wood, 3)
        + rect(-40, -54, 6, 54, SLATE)
        + rect(34, -54, 6, 54, SLATE),
        x,
        y,
        scale,
    )


def ambulance(x: float, y: float, scale: float = 1, flip: bool = False) -> str:
    """A small ambulance facing right."""
    parts = [
        path(
            "M-80,-14 L-80,-74 Q-80,-82 -72,-82 L30,-82 Q40,-82 46,-74 L66,-44 Q80,-42 80,-32 L80,-14 Z",
            WHITE,
        ),
        path("M32,-74 L42,-70 L58,-46 L32,-46 Z", SKY),
        rect(-80, -42, 160, 9, TEAL),
        rect(-10, -92, 22, 10, CORAL, 4),
        circle(-36, -60, 14, TEAL),
        cross(-36, -60, 17, WHITE),
        rect(72, -32, 8, 10, SUN, 2),
        circle(-44, -12, 15, NAVY),
        circle(-44, -12, 6, STONE),
        circle(46, -12, 15, NAVY),
        circle(46, -12, 6, STONE),
    ]
    return group(ellipse(0, 2, 84, 5, DEEP, 'opacity=".18"') + "".join(parts), x, y, scale, flip)


def balloon(x: float, y: float, scale: float, colour: str) -> str:
    """A hot-air balloon."""
    parts = [
        path("M-36,-50 C-36,-98 36,-98 36,-50 C36,-24 12,-8 8,4 L-8,4 C-12,-8 -36,-24 -36,-50 Z", colour),
        path(
            "M-13,-50 C-13,-100 13,-100 13,-50 C13,-24 5,-8 3,4 L-3,4 C-5,-8 -13,-24 -13,-50 Z",
            shade(colour, -0.35),
        ),
        rect(-9, 12, 18, 14, BARK, 3),
        line("M-7,4 L-7,12 M7,4 L7,12", BARK, 2),
    ]
    return group("".join(parts), x, y, scale)


def kite(x: float, y: float, scale: float, colour: str) -> str:
    """A kite with a tail."""
    return group(
        poly([(0, -34), (24, 0), (0, 40), (-24, 0)], colour)
        + poly([(0, -34), (24, 0), (0, 0)], shade(colour, -0.3))
        + line("M0,40 q16,20 0,36 q-16,18 0,34", SLATE, 3),
        x,
        y,
        scale,
    )


def birds(x: float, y: float, scale: float = 1) -> str:
    """Three birds far away."""
    return group(
        line(
            "M0,0 q10,-12 18,0 q8,-12 18,0 M52,-22 q8,-10 15,0 q7,-10 15,0 M62,14 q7,-9 13,0 q6,-9 13,0",
            SLATE,
            3.5,
        ),
        x,
        y,
        scale,
    )


def ground(y: float, width: float, height: float, lawn: str = GRASS, road: str = CREAM) -> str:
    """A strip of lawn over a pale square."""
    return (
        rect(0, y, width, height, lawn)
        + rect(0, y + 34, width, height - 34, road)
        + rect(0, y + 34, width, 5, shade(road, 0.08))
    )


def water(x: float, y: float, width: float, height: float, colour: str = AQUA) -> str:
    """A strip of water with ripples."""
    ripples = "".join(
        line(
            (
                f"M{num(x + 30 + k * 97 % max(width - 90, 1))},{num(y + 10 + k * 9 % max(height - 12, 1))} "
                f"h{34 + k % 3 * 14}"
            ),
            MINT,
            4,
        )
        for k in range(int(width // 90))
    )
    return rect(x, y, width, height, colour) + ripples
