"""A square mark (240 x 240) for every hospital: a motif over a short name, unlike any real trademark."""

from __future__ import annotations

from tools.pictures import scenery as s
from tools.pictures import symbols as m
from tools.pictures.svg import (
    AQUA,
    BLUE,
    CORAL,
    CREAM,
    DEEP,
    NAVY,
    PEACH,
    SUN,
    TEAL,
    WHITE,
    circle,
    cross,
    document,
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

SIZE = 240


def _book() -> str:
    page = path("M0,-30 C-24,-50 -56,-50 -72,-42 V44 C-54,36 -24,38 0,54 Z", WHITE)
    return page + group(page, flip=True) + line("M0,-28 V50", BLUE, 5) + cross(0, -58, 34, SUN)


def _willow_leaf() -> str:
    leaves = "".join(
        (
            f'<g transform="translate({x} {y}) '
            f'rotate({a})">{path("M0,0 C14,-16 14,-42 0,-56 C-14,-42 -14,-16 0,0 Z", WHITE)}</g>'
        )
        for x, y, a in ((-26, -24, -62), (-12, 2, -50), (-26, -24, 26), (-12, 2, 40), (-34, -48, -18))
    )
    return group(line("M-34,-50 Q-26,-10 18,34", WHITE, 6) + leaves, 16, 10, 0.8) + line(
        "M-66,56 q16,-14 32,0 t32,0 t32,0 t32,0", SUN, 8
    )


def _family() -> str:
    return "".join(
        (
            circle(-28, -44, 23, WHITE),
            path("M-68,56 V26 Q-68,-12 -28,-12 Q12,-12 12,26 V56 Z", WHITE),
            circle(34, -24, 18, SUN),
            path("M4,56 V34 Q4,2 34,2 Q64,2 64,34 V56 Z", SUN),
            heart(-28, 24, 36, CORAL),
        )
    )


def _mother() -> str:
    return "".join(
        (
            circle(-8, -52, 23, WHITE),
            path("M-62,58 C-66,-2 -40,-24 -8,-24 C34,-24 44,10 42,58 Z", WHITE),
            circle(18, 10, 17, PEACH),
            path("M-24,58 C-20,32 0,28 18,30 C38,32 42,44 42,58 Z", CORAL),
            heart(54, -52, 30, WHITE),
        )
    )


def _sunrise() -> str:
    rays = "".join(
        f'<g transform="rotate({a} 0 34)">{rect(-5, -66, 10, 26, WHITE, 5)}</g>'
        for a in (-72, -36, 0, 36, 72)
    )
    return (
        rays
        + path("M-52,34 A52,52 0 0 1 52,34 Z", WHITE)
        + heart(0, 14, 36, CORAL)
        + line("M-78,54 q20,-16 39,0 t39,0 t39,0", CREAM, 9)
    )


def _globe() -> str:
    rings = line("M-52,-10 H52 M0,-62 V42 M0,-62 Q-44,-10 0,42 M0,-62 Q44,-10 0,42", WHITE, 6)
    return (
        circle(0, -10, 52, "none", f'stroke="{WHITE}" stroke-width="7"')
        + rings
        + path("M-78,60 L-34,8 L-6,36 L22,2 L78,60 Z", WHITE)
        + poly([(-34, 8), (-22, 22), (-46, 22)], SUN)
        + poly([(22, 2), (36, 17), (10, 17)], SUN)
    )


def _hands() -> str:
    palm = path(
        "M-72,-6 C-78,-14 -62,-20 -56,-8 L-40,20 C-30,8 -12,24 -10,58 L-38,58 C-62,50 -70,20 -72,-6 Z", WHITE
    )
    return palm + group(palm, flip=True) + heart(0, -26, 76, SUN)


def _orbit() -> str:
    hexagon = poly([(0, -58), (50, -29), (50, 29), (0, 58), (-50, 29), (-50, -29)], WHITE)
    ring = ellipse(0, 0, 84, 26, "none", f'stroke="{SUN}" stroke-width="7" transform="rotate(-24)"')
    return hexagon + cross(0, 0, 50, BLUE) + ring + circle(74, -40, 11, SUN)


def _target() -> str:
    return circle(0, 0, 62, WHITE) + circle(0, 0, 49, SUN) + circle(0, 0, 36, WHITE) + cross(0, 0, 44, TEAL)


def _buildings() -> str:
    windows = "".join(rect(x, y, 12, 12, AQUA, 2) for y in (-34, -10, 14) for x in (-62, -42, 30, 50))
    return (
        rect(-72, -44, 58, 102, WHITE, 5)
        + rect(14, -44, 58, 102, WHITE, 5)
        + windows
        + rect(-24, -66, 48, 124, CREAM, 5)
        + cross(0, -38, 34, TEAL)
        + rect(-10, 22, 20, 36, NAVY, 4)
    )


MARKS: dict[int, tuple[str, str, str]] = {
    1: ("西京", "#147C86", s.bell_tower(0, 60, 0.58, CREAM, SUN)),
    2: ("唐都", "#3F7F66", _willow_leaf()),
    3: ("交大一附", "#2F6F9F", _book()),
    4: ("交大二附", "#B9605F", m.ribbon_flower(CREAM, SUN)),
    5: ("省人民", "#2B5F8C", _buildings()),
    6: ("省肿瘤", "#B76A1E", _sunrise()),
    7: ("国际医学", "#1F5D78", _globe()),
    8: ("市人民", "#128078", _family()),
    9: ("省中医", "#3C7A55", m.gourd(CREAM)),
    10: ("儿童", "#2C82B0", m.balloons(0, 40, 0.84)),
    11: ("妇儿", "#BC5F74", _mother()),
    12: ("市中心", DEEP, _target()),
    13: ("高新", NAVY, _orbit()),
    14: ("红会", "#A2543F", _hands()),
}


def logo(number: int) -> str:
    """The SVG of the mark of hospital ``number``."""
    short, colour, motif = MARKS[number]
    scale = {4: 1.3, 9: 1.25}.get(number, 1)
    size = {2: 64, 3: 58, 4: 50}[len(short)]
    halo = circle(120, 92, 82, shade(colour, -0.14))
    return document(
        SIZE,
        SIZE,
        f"{short}（示意标志）",
        [
            halo,
            group(motif, 120, 92, scale * 0.92),
            text(120, 218, short, size, WHITE, anchor="middle"),
        ],
        colour,
    )
