"""Scenes of what is done for the patient: errands and everything else."""

from __future__ import annotations

from tools.pictures import plants as n
from tools.pictures import props as p
from tools.pictures import symbols as m
from tools.pictures.people import (
    DOCTOR_WOMAN,
    ESCORT_MAN,
    ESCORT_WOMAN,
    GRANNY,
    person,
)
from tools.pictures.service_stage import FLOOR, HALO, floor
from tools.pictures.svg import (
    AQUA,
    BLUE,
    CORAL,
    CREAM,
    LEAF,
    MINT,
    MIST,
    PEACH,
    SLATE,
    STONE,
    SUN,
    TEAL,
    WHITE,
    circle,
    cross,
    group,
    heart,
    line,
    rect,
    shade,
    text,
)


def _handset() -> str:
    ends = rect(-30, 0, 17, 18, WHITE, 6) + rect(13, 0, 17, 18, WHITE, 6)
    return line("M-22,4 Q0,-26 22,4", WHITE, 10) + ends


def other() -> list[str]:
    icons = []
    for x, y, colour, sign in (
        (
            562,
            150,
            CORAL,
            group(_handset(), rotate=45),
        ),
        (650, 246, BLUE, m.pin(0, 32, 0.58, WHITE) + circle(0, -12, 10, BLUE)),
        (562, 340, LEAF, cross(0, 0, 46, WHITE)),
        (214, 150, SUN, heart(0, 4, 50, WHITE)),
        (150, 250, AQUA, m.tick(0, 0, 48)),
        (226, 344, "#8A9CC9", line("M-18,0 h.1 M0,0 h.1 M18,0 h.1", WHITE, 11)),
    ):
        icons.append(circle(x, y, 48, WHITE) + circle(x, y, 42, colour) + group(sign, x, y))
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#E6DCC9"),
        *icons,
        person(
            394, FLOOR, 1.0, ESCORT_WOMAN, left=((-84, -270), (-104, -232)), right=((84, -270), (104, -232))
        ),
    ]


def registration() -> list[str]:
    screen = "".join(
        (
            rect(-86, -156, 172, 56, TEAL, 12),
            text(0, -117, "门诊约号", 32, WHITE, anchor="middle"),
            *[
                rect(-70, -86 + k * 58, 140, 48, MIST if k != 1 else PEACH, 10)
                + circle(-46, -62 + k * 58, 14, TEAL if k != 1 else CORAL)
                + rect(-22, -68 + k * 58, 72, 12, MINT if k != 1 else SUN, 6)
                for k in range(3)
            ],
            rect(-70, 96, 140, 44, CORAL, 22),
            text(0, 128, "约号", 28, WHITE, anchor="middle"),
        )
    )
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#CFE6E8"),
        p.wall_clock(164, 150, 58),
        n.bush(170, FLOOR, 0.9),
        p.phone(352, 262, 1.06, screen),
        p.ticket(580, 340, 0.9, "018号", -8),
        p.plant(728, FLOOR, 0.7),
        m.tick_badge(590, 176, 44),
    ]


def consult() -> list[str]:
    left = m.bubble(316, 92, 150, 76, WHITE, "left") + "".join(
        circle(x, 92, 9, TEAL) for x in (286, 316, 346)
    )
    right = m.bubble(490, 110, 150, 76, TEAL, "right") + line(
        "M434,110 h26 l12,-24 l18,46 l14,-32 l8,10 h22", WHITE, 7
    )
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#CFE2EC"),
        person(
            244,
            FLOOR,
            0.78,
            ESCORT_MAN,
            turn=6,
            right=((86, -240), (96, -200)),
            held=p.clipboard(92, -206, 0.5, 8),
        ),
        person(566, FLOOR, 0.78, DOCTOR_WOMAN, turn=-6, left=((-92, -240), (-104, -262))),
        left,
        right,
        p.plant(700, FLOOR, 0.8),
        p.phone(406, 330, 0.56, p.caller(GRANNY, CORAL), -4),
    ]


def results() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#CFE6E8"),
        p.film(556, 206, 1.06, 8),
        p.sheet(604, 320, 1.06, "report", -6),
        m.tick_badge(676, 400, 42),
        person(
            300,
            FLOOR,
            1.0,
            ESCORT_WOMAN,
            turn=5,
            right=((96, -250), (124, -236)),
            left=((-80, -226), (-40, -200)),
            held=p.sheet(118, -262, 0.62, "report", 6),
        ),
        n.bush(150, FLOOR, 1.0),
    ]


def records() -> list[str]:
    drawers = "".join(
        rect(152, 186 + k * 90, 156, 78, shade(STONE, -0.25), 8)
        + rect(204, 214 + k * 90, 52, 14, SLATE, 7)
        + rect(176, 196 + k * 90, 108, 10, CREAM, 4)
        for k in range(3)
    )
    folders = "".join(
        rect(160 + k * 30, 138, 24, 36, c, 4) for k, c in enumerate((CORAL, SUN, AQUA, LEAF, BLUE))
    )
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#D9DEE6"),
        folders,
        rect(140, 170, 180, 292, STONE, 12),
        drawers,
        p.printer(510, 282, 1.08),
        m.tick_badge(656, 170, 42),
    ]


def medicine() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#DCE8D6"),
        p.pill_bottle(556, 356, 1.14),
        p.pill_bottle(650, 396, 0.72, AQUA),
        p.blister(600, 196, 0.95, -14),
        p.capsule(486, 140, 0.95, 28),
        p.capsule(682, 290, 0.8, -32, BLUE),
        person(
            280,
            FLOOR,
            1.0,
            ESCORT_MAN,
            turn=5,
            right=((92, -240), (112, -208)),
            held=p.paper_bag(124, -96, 0.86),
        ),
        p.plant(140, FLOOR, 0.75),
        circle(486, 446, 16, WHITE) + circle(450, 452, 13, SUN),
    ]
