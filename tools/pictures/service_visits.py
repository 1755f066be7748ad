"""Scenes of the services with an escort at the patient's side."""

from __future__ import annotations

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
from tools.pictures.service_stage import FLOOR, HALO, floor
from tools.pictures.svg import (
    BLUE,
    CORAL,
    NAVY,
    SAND,
    SKY,
    SLATE,
    SUN,
    WHITE,
    circle,
    group,
    heart,
    line,
    rect,
    shade,
)
from tools.pictures.uniforms import cap, guard, helmet


def vip() -> list[str]:
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
        floor("#CDE6E6"),
        person(562, 455, 0.82, DOCTOR_MAN, left=((-80, -210), (-70, -150)), turn=-5),
        desk,
        person(170, 462, 0.86, ESCORT_WOMAN, turn=5, right=((72, -232), (86, -190))),
        seated(322, 462, 0.86, GRANNY, turn=6, chair=BLUE),
        p.plant(720, FLOOR, 0.8),
        m.rosette(436, 110, 0.9, "VIP"),
    ]


def forces() -> list[str]:
    army = Look("short", DARK_HAIR, "#6E8F5E", "#5C7A4E")
    police = Look("short", DARK_HAIR, "#3F6C99", NAVY)
    fire = Look("short", DARK_HAIR, "#D9713F", "#7A4A38")
    stripes = "".join(rect(574, y, 76, 12, "#FBE08A", 2) for y in (292, 322))
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#CFE3DB"),
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


def wheel_scene() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#D5E7E0"),
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


def walk_scene() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        s.cloud(590, 120, 0.8),
        floor("#D5E7E0"),
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


def expert() -> list[str]:
    return [
        circle(400, 250, 206, WHITE, HALO),
        floor("#CFE2EC"),
        p.calendar(500, 262, 1.15),
        p.plant(690, FLOOR, 0.9),
        person(258, FLOOR, 0.98, DOCTOR_WOMAN, right=((96, -262), (110, -330)), turn=6),
        m.rosette(640, 150, 0.62),
    ]
