"""Things people hold or stand beside; each is drawn around (0, 0) and then moved and scaled."""

from __future__ import annotations

from tools.pictures.people import Look, head
from tools.pictures.svg import (
    AQUA,
    CORAL,
    CREAM,
    DEEP,
    HAZE,
    LEAF,
    MINT,
    MIST,
    NAVY,
    PEACH,
    SAND,
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
    path,
    rect,
    shade,
    text,
)
from tools.pictures.symbols import tick


def phone(x: float, y: float, scale: float, screen: str, rotate: float = 0) -> str:
    """A telephone, 200 x 360, with ``screen`` drawn in a 168 x 300 space from (-84, -150)."""
    return group(
        rect(-100, -180, 200, 360, NAVY, 30)
        + rect(-86, -156, 172, 312, WHITE, 12)
        + screen
        + rect(-26, -171, 52, 7, SLATE, 4),
        x,
        y,
        scale,
        rotate=rotate,
    )


def caller(look: Look, clothes: str) -> str:
    """What a ``phone`` shows during a video call."""
    shoulders = path("M-86,156 V110 Q-70,56 0,52 Q70,56 86,110 V156 Z", clothes)
    return (
        rect(-86, -156, 172, 312, SKY, 12)
        + group(head(look), 0, -10, 1.15)
        + shoulders
        + circle(0, 124, 20, WHITE)
        + circle(0, 124, 15, LEAF)
    )


def calendar(x: float, y: float, scale: float) -> str:
    """A month sheet with one day chosen."""
    days = []
    for k in range(20):
        cx, cy = -100 + k % 5 * 50, -18 + k // 5 * 40
        days.append(
            circle(cx, cy, 19, CORAL) + tick(cx, cy, 26)
            if k == 12
            else rect(cx - 13, cy - 11, 26, 22, MINT if k % 4 else SKY, 6)
        )
    rings = "".join(rect(cx - 6, -138, 12, 38, SLATE, 6) for cx in (-90, 0, 90))
    return group(
        rect(-144, -116, 288, 260, shade(SKY, 0.06), 22)
        + rect(-144, -120, 288, 256, WHITE, 22)
        + path("M-144,-62 V-98 Q-144,-120 -122,-120 H122 Q144,-120 144,-98 V-62 Z", TEAL)
        + rings
        + "".join(days),
        x,
        y,
        scale,
    )


def sheet(x: float, y: float, scale: float, kind: str = "report", rotate: float = 0) -> str:
    """A sheet of paper: a laboratory report, a list, or a medical record."""
    rows = "".join(
        rect(-62, -16 + k * 26, (96, 124, 80, 112)[k % 4], 10, MINT if k % 2 else SKY, 5) for k in range(4)
    )
    top = (
        line("M-62,-46 h24 l12,-30 l18,52 l16,-38 l10,16 h40", CORAL, 7)
        if kind == "report"
        else cross(-42, -60, 34, TEAL) + rect(-12, -72, 74, 12, TEAL, 6) + rect(-12, -52, 50, 9, MINT, 4)
    )
    return group(
        rect(-84, -106, 168, 216, shade(HAZE, 0.1), 12) + rect(-84, -110, 168, 214, WHITE, 12) + top + rows,
        x,
        y,
        scale,
        rotate=rotate,
    )


def clipboard(x: float, y: float, scale: float, rotate: float = 0) -> str:
    """A clipboard with a list that is ticked off."""
    rows = "".join(
        circle(-46, -50 + k * 48, 13, TEAL if k < 2 else STONE)
        + tick(-46, -50 + k * 48, 18)
        + rect(-22, -57 + k * 48, (84, 66, 76)[k], 12, MINT, 6)
        for k in range(3)
    )
    return group(
        rect(-92, -122, 184, 236, "#C48A5A", 16)
        + rect(-78, -104, 156, 206, WHITE, 8)
        + rect(-40, -136, 80, 34, SLATE, 10)
        + rows,
        x,
        y,
        scale,
        rotate=rotate,
    )


def film(x: float, y: float, scale: float, rotate: float = 0) -> str:
    """An X-ray film of a rib cage."""
    ribs = "".join(
        line(f"M-4,{y0} q-44,-10 -48,24 M4,{y0} q44,-10 48,24", "#BFE3EA", 7) for y0 in (-52, -26, 0, 26)
    )
    return group(
        rect(-84, -106, 168, 212, NAVY, 10)
        + rect(-74, -96, 148, 192, "#2C6180", 6)
        + rect(-6, -74, 12, 140, "#D8EEF2", 6)
        + ribs,
        x,
        y,
        scale,
        rotate=rotate,
    )


def printer(x: float, y: float, scale: float) -> str:
    """A printer that is letting out a sheet."""
    paper = (
        rect(-80, -150, 160, 90, MIST, 6) + rect(-60, -134, 90, 9, MINT, 4) + rect(-60, -114, 120, 9, MINT, 4)
    )
    out = (
        rect(-86, 34, 172, 130, WHITE, 6)
        + cross(-54, 70, 30, TEAL)
        + rect(-28, 58, 84, 11, TEAL, 5)
        + rect(-28, 76, 60, 9, MINT, 4)
        + rect(-66, 104, 132, 9, SKY, 4)
        + rect(-66, 126, 104, 9, SKY, 4)
    )
    body = (
        rect(-150, -74, 300, 138, "#EEF3F5", 22)
        + rect(-150, -6, 300, 70, shade(STONE, -0.45), 18)
        + circle(110, -40, 11, LEAF)
        + circle(78, -40, 11, SUN)
        + rect(-104, 22, 208, 18, NAVY, 9)
    )
    return group(ellipse(0, 168, 160, 12, DEEP, 'opacity=".14"') + paper + body + out, x, y, scale)


def pill_bottle(x: float, y: float, scale: float, colour: str = "#F3B36B") -> str:
    """A medicine bottle with a label."""
    return group(
        rect(-48, -60, 96, 124, colour, 16)
        + rect(-54, -92, 108, 36, WHITE, 10)
        + rect(-54, -68, 108, 9, HAZE)
        + rect(-48, -32, 96, 66, WHITE)
        + cross(0, 1, 40, TEAL),
        x,
        y,
        scale,
    )


def capsule(x: float, y: float, scale: float, rotate: float, colour: str = CORAL) -> str:
    """A two-coloured capsule."""
    return group(
        rect(-44, -20, 88, 40, WHITE, 20)
        + path("M0,-20 H24 A20,20 0 0 1 24,20 H0 Z", colour)
        + rect(-30, -12, 40, 6, HAZE, 3),
        x,
        y,
        scale,
        rotate=rotate,
    )


def blister(x: float, y: float, scale: float, rotate: float = 0) -> str:
    """A blister pack of ten tablets."""
    pills = "".join(
        circle(-56 + k % 5 * 28, -16 + k // 5 * 32, 10.5, WHITE if k % 3 else SUN) for k in range(10)
    )
    return group(rect(-76, -40, 152, 80, AQUA, 12) + pills, x, y, scale, rotate=rotate)


def paper_bag(x: float, y: float, scale: float) -> str:
    """A paper bag of a pharmacy."""
    return group(
        line("M-34,-90 C-34,-138 34,-138 34,-90", "#B98555", 9)
        + rect(-72, -92, 144, 160, SAND, 8)
        + path("M44,-92 H64 Q72,-92 72,-84 V60 Q72,68 64,68 H52 Z", shade(SAND, 0.08))
        + circle(-8, -12, 36, WHITE)
        + cross(-8, -12, 42, LEAF),
        x,
        y,
        scale,
    )


def ticket(x: float, y: float, scale: float, words: str, rotate: float = 0) -> str:
    """A numbered slip with a notch on either side."""
    d = (
        "M-130,-62 Q-130,-74 -118,-74 H118 Q130,-74 130,-62 V-16 A16,16 0 0 0 130,16 "
        "V62 Q130,74 118,74 H-118 Q-130,74 -130,62 V16 A16,16 0 0 0 -130,-16 Z"
    )
    return group(
        group(path(d, shade(PEACH, 0.1)), 0, 7)
        + path(d, CREAM)
        + rect(-100, -50, 74, 12, CORAL, 6)
        + text(-104, 30, words, 52, DEEP)
        + line("M62,-54 V54", STONE, 4, 'stroke-dasharray="2 12"')
        + cross(96, 0, 36, TEAL),
        x,
        y,
        scale,
        rotate=rotate,
    )


def wall_clock(x: float, y: float, r: float) -> str:
    """A round clock."""
    return (
        circle(x, y, r, TEAL)
        + circle(x, y, r * 0.84, WHITE)
        + group(line("M0,0 V-30 M0,0 L22,12", NAVY, 7), x, y, r / 56)
        + circle(x, y, r * 0.1, CORAL)
    )


def plant(x: float, y: float, scale: float) -> str:
    """A potted plant; (x, y) is its foot."""
    leaves = "".join(
        (
            f'<g transform="rotate({a} 0 '
            f'-56)">{path("M0,-56 C-26,-96 -16,-134 0,-150 C16,-134 26,-96 0,-56 Z", c)}</g>'
        )
        for a, c in ((-46, LEAF), (46, LEAF), (-20, shade(LEAF, 0.1)), (22, shade(LEAF, 0.1)), (0, LEAF))
    )
    return group(
        leaves + path("M-36,-62 H36 L28,0 H-28 Z", CORAL) + rect(-42, -70, 84, 16, shade(CORAL), 6),
        x,
        y,
        scale,
    )


def wheelchair(rider: str) -> str:
    """A wheelchair from the front around ``rider``, who sits with the feet at (0, 0)."""
    back = rect(-62, -300, 124, 190, NAVY, 20) + rect(-92, -178, 184, 16, SLATE, 8)
    wheels = "".join(
        ellipse(side * 88, -84, 17, 88, NAVY) + ellipse(side * 88, -84, 9, 74, STONE) for side in (-1, 1)
    )
    rest = rect(-48, -6, 96, 12, SLATE, 6) + circle(-54, -2, 12, NAVY) + circle(54, -2, 12, NAVY)
    return back + wheels + rider + rest + line("M-88,-186 h30 M88,-186 h-30", SLATE, 14)
