"""The people in the pictures: one build, dressed differently, with feet at (0, 0) and 400 units tall."""

from __future__ import annotations

from dataclasses import dataclass

from tools.pictures.svg import (
    AQUA,
    BLUE,
    CORAL,
    CREAM,
    DEEP,
    MINT,
    NAVY,
    ROSE,
    SAND,
    SLATE,
    SUN,
    TEAL,
    WHITE,
    circle,
    ellipse,
    group,
    line,
    num,
    path,
    rect,
    shade,
)

SKIN = "#F7D3B5"
SKIN_SHADE = "#EDBE9B"
DARK_HAIR = "#3E3B44"
BROWN_HAIR = "#6B4B3E"
GREY_HAIR = "#B4BCC2"
WHITE_HAIR = "#E4E8EA"

Point = tuple[float, float]


@dataclass(frozen=True)
class Look:
    """How a person looks. ``hair``: short, side, bob, pony, buns, bun, curls, bald, child;
    ``outfit``: plain, vest, coat, skirt.
    """

    hair: str
    hair_colour: str = DARK_HAIR
    top: str = AQUA
    bottom: str = NAVY
    outfit: str = "plain"
    glasses: bool = False
    face: bool = True
    child: bool = False


ESCORT_WOMAN = Look("pony", DARK_HAIR, CREAM, NAVY, "vest")
ESCORT_MAN = Look("short", DARK_HAIR, CREAM, NAVY, "vest")
GRANNY = Look("bun", GREY_HAIR, CORAL, SLATE, "plain", glasses=True)
GRANDPA = Look("bald", WHITE_HAIR, SUN, SLATE, "plain")
DOCTOR_WOMAN = Look("bob", BROWN_HAIR, BLUE, NAVY, "coat")
DOCTOR_MAN = Look("short", DARK_HAIR, BLUE, NAVY, "coat", glasses=True)
DAUGHTER = Look("bob", BROWN_HAIR, ROSE, NAVY, "plain")
SON = Look("short", DARK_HAIR, BLUE, NAVY, "plain")
GIRL = Look("buns", DARK_HAIR, SUN, CORAL, "skirt", child=True)
BOY = Look("child", DARK_HAIR, AQUA, NAVY, "plain", child=True)


def _hair_behind(style: str, colour: str) -> str:
    if style == "bob":
        return path("M-54,-8 C-60,-70 60,-70 54,-8 L56,34 Q54,48 38,46 L-38,46 Q-54,48 -56,34 Z", colour)
    if style == "pony":
        return path("M26,-40 C84,-44 86,30 62,64 C56,40 52,10 24,-4 Z", colour)
    if style == "bun":
        return circle(0, -58, 23, colour)
    if style == "buns":
        return circle(-44, -40, 20, colour) + circle(44, -40, 20, colour)
    if style == "bald":
        return ellipse(-45, 2, 12, 22, colour) + ellipse(45, 2, 12, 22, colour)
    if style == "curls":
        spots = [
            (-44, -10),
            (-42, -34),
            (-24, -52),
            (0, -58),
            (24, -52),
            (42, -34),
            (44, -10),
            (-46, 12),
            (46, 12),
        ]
        return "".join(circle(x, y, 17, colour) for x, y in spots)
    return ""


def _hair_front(style: str, colour: str) -> str:
    cap = "M-48,2 C-56,-66 56,-66 48,2"
    if style == "short":
        return path(f"{cap} C46,-16 40,-26 30,-30 C10,-18 -22,-20 -36,-30 C-42,-22 -46,-12 -48,2 Z", colour)
    if style == "side":
        return path(f"{cap} C46,-14 40,-24 34,-28 C6,-26 -14,-34 -22,-42 C-26,-26 -42,-20 -48,2 Z", colour)
    if style == "bob":
        return path(f"{cap} C48,-12 44,-20 36,-26 C8,-14 -20,-22 -28,-34 C-34,-18 -46,-12 -48,2 Z", colour)
    if style in {"pony", "buns"}:
        return path(f"{cap} C46,-20 28,-34 8,-36 C-18,-34 -42,-22 -48,2 Z", colour)
    if style == "bun":
        return path(f"{cap} C44,-22 24,-30 0,-34 C-24,-30 -44,-22 -48,2 Z", colour)
    if style == "curls":
        return "".join(circle(x, y, 14, colour) for x, y in [(-30, -34), (-12, -42), (10, -42), (30, -34)])
    if style == "bald":
        return ""
    return path(
        f"{cap} C44,-14 34,-26 22,-28 L12,-18 L2,-30 L-10,-18 L-20,-28 C-34,-24 -44,-14 -48,2 Z", colour
    )


def head(look: Look, turn: float = 0) -> str:
    """A head around (0, 0), 96 units high; ``turn`` moves the face sideways (-8…8)."""
    parts = [_hair_behind(look.hair, look.hair_colour)]
    parts += [ellipse(-46, 4, 8, 11, SKIN_SHADE), ellipse(46, 4, 8, 11, SKIN_SHADE)]
    parts.append(path("M-46,-6 C-46,-62 46,-62 46,-6 C46,30 26,49 0,49 C-26,49 -46,30 -46,-6 Z", SKIN))
    if look.face:
        parts.append(_face(look, turn))
    if look.glasses:
        parts.append(_glasses(turn))
    parts.append(_hair_front(look.hair, look.hair_colour))
    return "".join(parts)


def _face(look: Look, turn: float) -> str:
    ink = "#4A3A3A"
    parts = [
        ellipse(-28 + turn, 16, 8, 5.5, ROSE, 'opacity=".55"'),
        ellipse(28 + turn, 16, 8, 5.5, ROSE, 'opacity=".55"'),
        circle(-17 + turn, 2, 4.2, ink),
        circle(17 + turn, 2, 4.2, ink),
        line(f"M{num(-11 + turn)},20 Q{num(turn)},31 {num(11 + turn)},20", ink, 3.4),
    ]
    if look.hair in {"bald", "curls", "bun"}:
        brow = GREY_HAIR if look.hair != "bald" else "#CFD6DA"
        parts.append(line(f"M{num(-24 + turn)},-11 q7,-5 14,-1 M{num(24 + turn)},-11 q-7,-5 -14,-1", brow, 4))
    return "".join(parts)


def _glasses(turn: float) -> str:
    rim = f'stroke="{NAVY}" stroke-width="3"'
    bridge = line(f"M{num(-4.5 + turn)},1 L{num(4.5 + turn)},1", NAVY, 3)
    return circle(-17 + turn, 2, 12.5, "none", rim) + circle(17 + turn, 2, 12.5, "none", rim) + bridge


def arm(colour: str, shoulder: Point, elbow: Point, hand: Point, width: float = 27) -> str:
    """A bent arm in a sleeve, ending in a hand."""
    bend = (
        f"M{num(shoulder[0])},{num(shoulder[1])} "
        f"Q{num(elbow[0])},{num(elbow[1])} {num(hand[0])},{num(hand[1])}"
    )
    return circle(
        hand[0] + (hand[0] - elbow[0]) * 0.12, hand[1] + (hand[1] - elbow[1]) * 0.12, 13, SKIN
    ) + line(bend, colour, width)


def _torso(look: Look) -> str:
    body = "M-48,-266 Q-48,-297 -20,-300 L20,-300 Q48,-297 48,-266 L50,-146 L-50,-146 Z"
    neck = rect(-15, -322, 30, 34, SKIN_SHADE, 10)
    collar = path("M-22,-301 L22,-301 L0,-272 Z", SKIN_SHADE)
    parts = [neck, path(body, look.top), collar]
    if look.outfit == "vest":
        side = "M-46,-284 Q-38,-298 -20,-300 L-2,-262 L-2,-144 L-51,-144 L-48,-262 Z"
        parts.append(path(side, TEAL) + group(path(side, TEAL), flip=True))
        parts.append(line("M-20,-298 L0,-238 L20,-298", CORAL, 5))
        parts.append(
            rect(-16, -240, 32, 40, WHITE, 5)
            + rect(-9, -233, 18, 14, MINT, 3)
            + rect(-9, -213, 18, 5, CORAL, 2)
        )
    elif look.outfit == "coat":
        side = "M-49,-262 Q-48,-298 -20,-301 L-5,-252 L-5,-92 L-57,-92 Z"
        parts.append(path(side, WHITE) + group(path(side, WHITE), flip=True))
        parts.append(rect(-5, -256, 10, 164, "#DDE9EB"))
        parts.append(
            line("M-21,-297 Q-24,-250 -30,-236 M21,-297 Q27,-262 25,-244", NAVY, 5)
            + circle(25, -238, 8, SLATE)
        )
        parts.append(rect(14, -192, 24, 8, MINT, 3) + rect(20, -204, 6, 14, CORAL, 2))
    elif look.outfit == "skirt":
        parts.append(path("M-50,-160 L50,-160 L72,-82 Q0,-70 -72,-82 Z", look.bottom))
    return "".join(parts)


def _legs(look: Look, stride: float) -> str:
    colour = SKIN_SHADE if look.outfit == "skirt" else look.bottom
    hips = 24
    shoe = CORAL if look.outfit == "skirt" else DEEP
    parts = []
    for foot, hip in ((-hips - stride, -hips), (hips + stride, hips)):
        parts.append(
            path(f"M{hip - 25},-160 L{hip + 25},-160 L{num(foot + 19)},-12 L{num(foot - 19)},-12 Z", colour)
        )
        parts.append(path(f"M{num(foot - 22)},0 q0,-18 18,-18 h8 q20,2 22,18 Z", shoe))
    return "".join(parts)


def _sleeve(look: Look) -> str:
    """Sleeves are a little darker than the body, so that an arm in front of it is seen."""
    return "#EAF2F3" if look.outfit == "coat" else shade(look.top, 0.07)


def person(
    x: float,
    y: float,
    scale: float,
    look: Look,
    *,
    left: tuple[Point, Point] = ((-66, -220), (-58, -162)),
    right: tuple[Point, Point] = ((66, -220), (58, -162)),
    turn: float = 0,
    stride: float = 0,
    flip: bool = False,
    tilt: float = 0,
    held: str = "",
    behind: str = "",
) -> str:
    """A person standing at (x, y).

    ``left`` and ``right`` are elbow and hand of the two arms, ``held`` is drawn between body and arms,
    ``behind`` behind everything; ``tilt`` leans the head in degrees.
    """
    size = 1.28 if look.child else 1
    parts = [
        behind,
        _legs(look, stride),
        _torso(look),
        group(head(look, turn), 0, -352 * (1.04 if look.child else 1), size, rotate=tilt),
        held,
        arm(_sleeve(look), (-38, -272), *left),
        arm(_sleeve(look), (38, -272), *right),
    ]
    return group("".join(parts), x, y, scale, flip)


def seated(
    x: float, y: float, scale: float, look: Look, *, turn: float = 0, flip: bool = False, chair: str = ""
) -> str:
    """A person sitting, seen from the front, on a chair of the colour ``chair``.

    (x, y) is between the feet, the seat is 110 units above; without a colour no chair is drawn.
    """
    seat = ""
    if chair:
        legs = "".join(rect(side * 64 - 6, -112, 12, 112, shade(chair, 0.3), 5) for side in (-1, 1))
        seat = legs + rect(-74, -262, 148, 150, chair, 26) + rect(-80, -126, 160, 24, shade(chair, 0.12), 12)
    thighs = "".join(
        rect(side * 28 - 26, -150, 52, 64, look.bottom, 24)
        + rect(side * 28 - 18, -110, 36, 100, look.bottom, 8)
        + path(f"M{side * 28 - 22},0 q0,-18 18,-18 h8 q20,2 22,18 Z", DEEP)
        for side in (-1, 1)
    )
    upper = group(_torso(look) + group(head(look, turn), 0, -352), 0, 30)
    arms = arm(_sleeve(look), (-40, -240), (-76, -180), (-30, -146)) + arm(
        _sleeve(look), (40, -240), (76, -180), (30, -146)
    )
    return group(seat + upper + thighs + arms, x, y, scale, flip)


def bust(look: Look) -> str:
    """Head and shoulders for a portrait, the chin near (0, 0), the shoulders reaching down to 200."""
    shoulders = "M-150,210 L-150,120 Q-146,62 -74,48 L-30,36 L30,36 L74,48 Q146,62 150,120 L150,210 Z"
    parts = [rect(-30, -10, 60, 80, SKIN_SHADE, 22), path(shoulders, look.top)]
    if look.outfit == "coat":
        side = "M-152,212 L-152,120 Q-148,62 -74,48 L-34,36 L-8,120 L-8,212 Z"
        parts.append(path("M-34,36 L34,36 L0,104 Z", SKIN_SHADE))
        parts.append(path(side, WHITE) + group(path(side, WHITE), flip=True))
        parts.append(
            line("M-58,46 Q-66,110 -40,150 M58,46 Q68,96 56,132", NAVY, 9) + circle(56, 142, 15, SLATE)
        )
        parts.append(circle(56, 142, 8, SAND))
    return "".join(parts) + group(head(look), 0, -62, 1.75)


def cane(x: float, y: float, height: float = 170) -> str:
    """A walking stick whose handle is at (x, y)."""
    return line(
        f"M{num(x - 22)},{num(y + 12)} q0,-24 20,-22 q10,2 10,18 L{num(x + 8)},{num(y + height)}",
        "#9A6B4A",
        9,
    )
