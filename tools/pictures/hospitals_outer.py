"""The scenes of the six hospitals farther out: willows, mountains, glass towers."""

from __future__ import annotations

from tools.pictures import buildings as b
from tools.pictures import plants as n
from tools.pictures import scenery as s
from tools.pictures.canvas import BASE, FAR, WIDTH, pair
from tools.pictures.people import DAUGHTER, GIRL, GRANDPA, person
from tools.pictures.svg import (
    AQUA,
    BLUE,
    CORAL,
    CREAM,
    HAZE,
    LEAF,
    MINT,
    NAVY,
    PINE,
    ROSE,
    SAND,
    SKY,
    SLATE,
    SUN,
    TEAL,
    WHITE,
    circle,
    heart,
    line,
    path,
    rect,
    shade,
)


def tangdu() -> list[str]:
    wall = "#F4E7D3"
    return [
        s.cloud(240, 90, 0.9),
        s.cloud(780, 120, 1.1),
        s.sun(520, 92, 30),
        s.hills(BASE, "#CFE5DC", ((200, 130), (520, 180), (860, 120))),
        b.tower(250, BASE, 300, 150, wall, AQUA, cols=9, rows=3),
        b.tower(500, BASE, 150, 250, wall, AQUA, "fins", cols=5),
        b.tower(640, BASE, 150, 180, shade(wall, 0.05), AQUA, "bands", rows=5),
        b.rooftop_sign(575, BASE - 254, 22, CORAL),
        b.entrance(400, BASE, 150, CORAL),
        s.ground(BASE, WIDTH, 110),
        s.water(0, BASE + 26, WIDTH, 84),
        line("M560,424 Q660,352 760,424", SAND, 16),
        line("M560,408 Q660,336 760,408", shade(SAND, 0.12), 6),
        *[
            line(f"M{x},{y} v18", shade(SAND, 0.12), 4)
            for x, y in ((590, 390), (625, 376), (660, 371), (695, 376), (730, 390))
        ],
        n.willow(110, BASE + 26, 1.35),
        n.willow(880, BASE + 28, 1.5),
        n.willow(215, BASE + 20, 0.9),
        n.bush(820, BASE + 28, 0.8),
        n.flowers(300, BASE + 26, 9),
        person(650, 372, 0.17, DAUGHTER),
        person(674, 372, 0.17, GRANDPA),
    ]


def first_affiliated() -> list[str]:
    brick = "#CF8B70"
    return [
        s.sun(170, 92, 34),
        s.cloud(360, 100, 0.8),
        s.cloud(830, 96),
        s.pagoda(110, BASE, 0.72),
        s.skyline(BASE, FAR, ((0, 60, 90), (870, 130, 120))),
        b.tower(230, BASE, 180, 170, brick, CREAM, cols=6, rows=4, lit=0),
        b.tower(590, BASE, 180, 170, brick, CREAM, cols=6, rows=4, lit=0),
        b.tower(400, BASE, 200, 215, shade(brick, -0.12), CREAM, cols=5, rows=4, lit=0),
        b.gable(500, BASE - 215, 120, 50, 56, shade(brick, 0.04), PINE),
        b.clock(500, BASE - 240, 22),
        b.arcade(410, BASE, 180, 64, 5, CREAM, NAVY),
        b.badge(500, BASE - 92, 18),
        b.tower(770, BASE, 100, 240, HAZE, AQUA, "fins", cols=4),
        s.ground(BASE, WIDTH, 110),
        *[
            n.tree(x, BASE + 10, 1.0 + (x % 3) * 0.12, c)
            for x, c in ((190, LEAF), (300, "#E9B66B"), (690, "#E9B66B"), (755, LEAF), (900, LEAF))
        ],
        s.lamp(640, BASE + 26, 0.7),
        s.bench(860, 430, 0.6),
        pair(720, False),
    ]


def tumour() -> list[str]:
    glow = "#FFE3BE"
    curve = f"M210,{BASE} V260 Q210,170 330,170 H640 Q800,170 800,300 V{BASE} Z"
    floors = "".join(
        b.panes(226, y, 550, 40, 13, 1, SKY if y != 262 else MINT, 6, lit=8) for y in (220, 262, 304)
    )
    return [
        circle(500, 240, 300, glow),
        circle(500, 240, 220, "#FFD9A3"),
        circle(500, 210, 140, SUN),
        s.cloud(120, 120, 0.9),
        s.cloud(880, 140),
        s.hills(BASE, "#CBE3DB", ((240, 120), (560, 90), (900, 150))),
        path(curve, WHITE),
        floors,
        line("M210,290 V260 Q210,170 330,170 H640 Q800,170 800,300", TEAL, 16),
        b.entrance(505, BASE, 170, CORAL),
        heart(505, 202, 40, CORAL),
        s.ground(BASE, WIDTH, 110),
        *[
            n.tree(x, BASE + 10, k, c)
            for x, k, c in ((150, 1.2, LEAF), (240, 0.9, PINE), (770, 1.0, PINE), (850, 1.3, LEAF))
        ],
        n.flowers(300, BASE + 24, 6),
        n.flowers(620, BASE + 24, 6),
        s.bench(910, 432, 0.7),
        pair(650),
    ]


def international() -> list[str]:
    left = f"M180,{BASE} V210 Q180,130 300,118 L470,104 V{BASE} Z"
    right = f"M820,{BASE} V240 Q820,170 720,158 L530,140 V{BASE} Z"
    stripes = "".join(line(f"M200,{y} L470,{y - 22}", AQUA, 13) for y in range(200, 350, 34))
    stripes += "".join(line(f"M530,{y - 12} L802,{y + 8}", AQUA, 13) for y in range(210, 350, 34))
    return [
        s.sun(140, 92, 34),
        s.cloud(640, 82, 0.9),
        s.mountains(BASE, "#B9D3DC", ((140, 190), (860, 230), (700, 170))),
        s.mountains(BASE, "#CFE3E6", ((330, 150), (960, 170))),
        path(left, WHITE),
        path(right, HAZE),
        stripes,
        rect(470, 96, 60, BASE - 96, BLUE, 8),
        b.panes(472, 104, 56, 210, 3, 9, SKY, lit=4),
        b.badge(500, 80, 24, CORAL),
        path(f"M400,{BASE} Q500,300 600,{BASE} Z", NAVY),
        path(f"M424,{BASE} Q500,322 576,{BASE} Z", SKY),
        s.ground(BASE, WIDTH, 110),
        *[n.cypress(x, BASE + 8, 0.72) for x in (150, 220, 260, 740, 780, 850)],
        s.ambulance(800, 436, 0.62),
        pair(650),
    ]


def women_children() -> list[str]:
    wall = "#F6CCC2"
    return [
        s.sun(170, 96, 34),
        s.cloud(350, 84, 0.7),
        s.cloud(820, 96),
        s.hills(BASE, "#D3E8DE", ((220, 120), (520, 80), (880, 140))),
        path(f"M200,{BASE} V300 Q200,230 290,230 H710 Q800,230 800,300 V{BASE} Z", wall),
        *[
            circle(236 + k * 58, 296, 19, WHITE) + circle(236 + k * 58, 296, 15, SKY if k % 3 else SUN)
            for k in range(10)
            if k not in (3, 4, 5)
        ],
        *[rect(220 + k * 58, 334, 32, 40, SKY, 14) for k in range(10) if k not in (3, 4, 5)],
        path(f"M400,{BASE} V226 A100,100 0 0 1 600,226 V{BASE} Z", WHITE),
        path(f"M430,{BASE} V240 A70,70 0 0 1 570,240 V{BASE} Z", HAZE),
        heart(500, 238, 84, CORAL),
        heart(500, 240, 40, CREAM),
        b.entrance(500, BASE, 140, ROSE),
        s.ground(BASE, WIDTH, 110),
        n.blossom(140, BASE + 12, 1.15),
        n.blossom(860, BASE + 12, 1.2),
        n.tree(925, BASE + 8, 0.8),
        n.tree(80, BASE + 8, 0.8),
        n.flowers(250, BASE + 24, 7),
        n.flowers(620, BASE + 24, 7),
        person(690, 436, 0.25, DAUGHTER, right=((60, -230), (86, -184))),
        person(734, 436, 0.17, GIRL),
    ]


def gaoxin() -> list[str]:
    glass = f"M430,{BASE} V150 L570,96 V{BASE} Z"
    grid = "".join(line(f"M436,{y} L564,{y - 20}", "#8FC7DA", 4) for y in range(190, 380, 30)) + line(
        f"M476,136 V{BASE} M522,118 V{BASE}", "#8FC7DA", 4
    )
    return [
        s.sun(130, 92, 32),
        s.cloud(300, 90, 0.7),
        s.cloud(850, 84, 0.9),
        s.skyline(
            BASE,
            FAR,
            ((20, 60, 210), (90, 50, 150), (150, 70, 260), (770, 60, 250), (840, 80, 180), (930, 50, 230)),
        ),
        s.skyline(BASE, "#D5E8EC", ((230, 60, 190), (720, 50, 200))),
        b.tower(270, BASE, 170, 180, WHITE, BLUE, "fins", cols=7),
        path(glass, "#BFE0EA"),
        grid,
        b.tower(560, BASE, 180, 140, NAVY, AQUA, cols=7, rows=3, lit=4),
        rect(556, BASE - 158, 188, 18, LEAF, 8),
        n.bush(600, BASE - 152, 0.5),
        n.bush(670, BASE - 152, 0.6),
        b.badge(355, BASE - 204, 22, CORAL),
        rect(352, BASE - 190, 6, 12, SLATE),
        b.entrance(500, BASE, 150, BLUE),
        s.ground(BASE, WIDTH, 110),
        *[n.tree(x, BASE + 8, 0.85, "#8CC49A") for x in (210, 250, 760, 820)],
        s.ambulance(850, 436, 0.6, flip=True),
        s.lamp(160, BASE + 28, 0.8),
        pair(600, False),
    ]
