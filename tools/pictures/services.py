"""One scene (800 x 600) for every service, whose title fits the middle 600 units: a square crop keeps it."""

from __future__ import annotations

from collections.abc import Callable

from tools.pictures import plants as n
from tools.pictures import props as p
from tools.pictures import scenery as s
from tools.pictures import symbols as m
from tools.pictures.people import (
    DARK_HAIR,
    DOCTOR_MAN,
    DOCTOR_WOMAN,
    ESCORT_MAN,
    ESCORT_WOMAN,
    GRANDPA,
    GRANNY,
    Look,
    cane,
    person,
    seated,
)
from tools.pictures.svg import (
    AQUA,
    BLUE,
    CORAL,
    CREAM,
    DEEP,
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
    document,
    ellipse,
    group,
    heart,
    line,
    rect,
    shade,
    text,
)
from tools.pictures.uniforms import cap, guard, helmet

WIDTH, HEIGHT, FLOOR = 800, 600, 462
HALO = 'opacity=".6"'


def _floor(colour: str) -> str:
    return ellipse(400, FLOOR, 330, 26, colour)


def _vip() -> list[str]:
    desk = (
        rect(448, 350, 230, 20, "#C48A5A", 8)
        + rect(464, 368, 198, 94, shade(SAND, 0.02), 6)
        + p.sheet(520, 338, 0.16, "record")
        + rect(600, 322, 10, 28, SLATE)
    )
    return [
        circle(400, 250, 206, WHITE, HALO),
        rect(560, 110, 110, 84, SKY, 10),
        line("M615,110 V194 M560,152 H670", WHITE, 7),
        _floor("#CDE6E6"),
        person(562, 455, 0.82, DOCTOR_MAN, left=((-80, -210), (-70, -150)), turn=-5),
        desk,
        person(170, 462, 0.86, ESCORT_WOMAN, turn=5, right=((72, -232), (86, -190))),
        seated(322, 462, 0.86, GRANNY, turn=6, chair=BLUE),
        p.plant(720, FLOOR, 0.8),
        m.rosette(436, 110, 0.9, "VIP"),
    ]


def _forces() -> list[str]:
    army = Look("short", DARK_HAIR, "#6E8F5E", "#5C7A4E")
    police = Look("short", DARK_HAIR, "#3F6C99", NAVY)
    fire = Look("short", DARK_HAIR, "#D9713F", "#7A4A38")
    stripes = "".join(rect(574, y, 76, 12, "#FBE08A", 2) for y in (292, 322))
    return [
        circle(400, 250, 206, WHITE, HALO),
        _floor("#CFE3DB"),
        n.bush(110, FLOOR, 1.0),
        n.bush(690, FLOOR, 1.0),
        m.shield(478, 168, 0.86),
        guard(196, FLOOR, army, cap("#6E8F5E", "#55734A")),
        guard(612, FLOOR, fire, helmet()),
        stripes,
        guard(330, FLOOR, police, cap("#3F6C99", "#2A4E75"), 0.88),
        person(442, FLOOR + 6, 0.64, Look("bob", "#6B4B3E", "#EFA7A1", NAVY)),
        person(524, FLOOR + 6, 0.42, Look("child", DARK_HAIR, SUN, BLUE, child=True)),
    ]


def _wheel_scene() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        _floor("#D5E7E0"),
        m.small_hospital(600, FLOOR - 4, 1.25),
        n.tree(700, FLOOR, 1.1),
        n.tree(140, FLOOR, 1.3),
        s.cloud(200, 140, 0.8),
        person(
            350, FLOOR - 10, 0.92, ESCORT_MAN, left=((-84, -226), (-74, -168)), right=((84, -226), (74, -168))
        ),
        group(p.wheelchair(seated(0, 0, 1, GRANDPA)), 350, FLOOR, 0.74),
        m.rosette(560, 120, 0.85, "VIP"),
    ]


def _walk_scene() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        s.cloud(590, 120, 0.8),
        _floor("#D5E7E0"),
        m.house(150, FLOOR - 4, 1.05),
        m.small_hospital(650, FLOOR - 4, 1.1),
        line(
            "M220,440 C260,400 300,480 340,452 M500,452 C540,420 560,470 590,446",
            CORAL,
            7,
            'stroke-dasharray="2 18"',
        ),
        m.pin(650, 250, 0.6),
        person(350, FLOOR, 0.92, ESCORT_WOMAN, right=((84, -250), (104, -200)), turn=6, stride=6),
        person(452, FLOOR, 0.86, GRANNY, right=((82, -220), (86, -176)), turn=-3, held=cane(86, -176)),
        heart(404, 92, 54, CORAL),
    ]


def _expert() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        _floor("#CFE2EC"),
        p.calendar(500, 262, 1.15),
        p.plant(690, FLOOR, 0.9),
        person(258, FLOOR, 0.98, DOCTOR_WOMAN, right=((96, -262), (110, -330)), turn=6),
        m.rosette(640, 150, 0.62),
    ]


def _handset() -> str:
    ends = rect(-30, 0, 17, 18, WHITE, 6) + rect(13, 0, 17, 18, WHITE, 6)
    return line("M-22,4 Q0,-26 22,4", WHITE, 10) + ends


def _other() -> list[str]:
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
        _floor("#E6DCC9"),
        *icons,
        person(
            394, FLOOR, 1.0, ESCORT_WOMAN, left=((-84, -270), (-104, -232)), right=((84, -270), (104, -232))
        ),
    ]


def _registration() -> list[str]:
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
        _floor("#CFE6E8"),
        p.wall_clock(164, 150, 58),
        n.bush(170, FLOOR, 0.9),
        p.phone(352, 262, 1.06, screen),
        p.ticket(580, 340, 0.9, "018号", -8),
        p.plant(728, FLOOR, 0.7),
        m.tick_badge(590, 176, 44),
    ]


def _consult() -> list[str]:
    left = m.bubble(316, 92, 150, 76, WHITE, "left") + "".join(
        circle(x, 92, 9, TEAL) for x in (286, 316, 346)
    )
    right = m.bubble(490, 110, 150, 76, TEAL, "right") + line(
        "M434,110 h26 l12,-24 l18,46 l14,-32 l8,10 h22", WHITE, 7
    )
    return [
        circle(400, 250, 206, WHITE, HALO),
        _floor("#CFE2EC"),
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


def _results() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        _floor("#CFE6E8"),
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


def _records() -> list[str]:
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
        _floor("#D9DEE6"),
        folders,
        rect(140, 170, 180, 292, STONE, 12),
        drawers,
        p.printer(510, 282, 1.08),
        m.tick_badge(656, 170, 42),
    ]


def _medicine() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        _floor("#DCE8D6"),
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


SCENES: dict[int, tuple[str, Callable[[], list[str]], str]] = {
    1: ("特需门诊VIP陪诊服务", _vip, "#DDF0EE"),
    2: ("军警消及家属陪诊服务", _forces, "#DDECE2"),
    3: ("全心全程VIP陪诊服务", _wheel_scene, "#FFF0D9"),
    4: ("全心全程陪诊服务", _walk_scene, "#DCEFF3"),
    5: ("全心服务专家约诊", _expert, "#DCEAF5"),
    6: ("全心服务其他服务", _other, "#FBF0DF"),
    7: ("全心服务门诊约号", _registration, "#D9EFEF"),
    8: ("全心服务代办问诊", _consult, "#E0ECF5"),
    9: ("全心服务代取结果", _results, "#FDEADF"),
    10: ("全心服务病案打印", _records, "#E6ECF3"),
    11: ("全心服务代开药品", _medicine, "#E6F2E1"),
}


def picture(number: int) -> str:
    """The SVG of service ``number``; services 102-104 share the pictures of 2-4."""
    title, scene, background = SCENES[number]
    band = [rect(0, 490, WIDTH, 110, DEEP), text(WIDTH / 2, 564, title, 54, WHITE, anchor="middle")]
    return document(WIDTH, HEIGHT, title, [*scene(), *band], background)
