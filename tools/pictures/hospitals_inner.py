"""The scenes of the eight hospitals in and beside the old town: city wall, bell tower, tiled roofs."""

from __future__ import annotations

from tools.pictures import buildings as b
from tools.pictures import plants as n
from tools.pictures import scenery as s
from tools.pictures.canvas import BASE, FAR, WIDTH, pair
from tools.pictures.people import BOY, DAUGHTER, GIRL, person
from tools.pictures.svg import (
    AQUA,
    BLUE,
    BRICK,
    CORAL,
    CREAM,
    DEEP,
    HAZE,
    LEAF,
    MINT,
    NAVY,
    PINE,
    ROSE,
    SKY,
    STONE,
    SUN,
    TEAL,
    WHITE,
    ellipse,
    group,
    line,
    path,
    rect,
    shade,
)
from tools.pictures.symbols import gourd


def xijing() -> list[str]:
    body = [
        s.sun(840, 96, 38),
        s.cloud(160, 110),
        s.cloud(640, 82, 0.7),
        s.birds(700, 120, 0.8),
        s.skyline(BASE, FAR, ((0, 90, 150), (96, 60, 200), (820, 70, 190), (900, 100, 140))),
        b.tower(280, BASE, 120, 190, "#DCEBEE", AQUA, "bands", rows=6),
        b.tower(600, BASE, 120, 190, "#DCEBEE", AQUA, "bands", rows=6),
        b.tower(390, BASE, 220, 280, WHITE, SKY, cols=7, rows=8),
        b.rooftop_sign(500, BASE - 284, 24),
        b.tower(160, BASE, 130, 110, CREAM, MINT, cols=5, rows=2),
        b.tower(710, BASE, 130, 110, CREAM, MINT, cols=5, rows=2),
        b.entrance(500, BASE, 170),
    ]
    return (
        body
        + [s.ground(BASE, WIDTH, 110)]
        + [n.cypress(x, BASE + 6, 0.8) for x in (120, 180, 250, 340, 660, 750, 820, 880)]
        + [
            s.ambulance(820, 438, 0.62, flip=True),
            pair(430),
        ]
    )


def second_affiliated() -> list[str]:
    stone = "#E9E1D2"
    return [
        s.sun(860, 90, 36),
        s.cloud(140, 90, 0.8),
        s.cloud(560, 70, 0.7),
        s.bell_tower(160, BASE, 0.78, STONE, PINE),
        s.city_wall(0, BASE, 90),
        s.city_wall(235, BASE, 110),
        b.tower(340, BASE, 380, 120, stone, AQUA, cols=12, rows=2),
        b.tower(400, BASE - 110, 260, 90, shade(stone, -0.3), AQUA, cols=8, rows=2, lit=5),
        b.dome(530, BASE - 200, 56, TEAL),
        b.badge(530, BASE - 160, 17, CORAL),
        b.arcade(360, BASE, 340, 56, 9, CREAM, DEEP),
        b.tower(720, BASE, 140, 230, WHITE, SKY, cols=5, rows=7),
        s.ground(BASE, WIDTH, 110),
        *[
            n.blossom(x, BASE + 14, k)
            for x, k in ((320, 0.95), (440, 0.8), (640, 0.8), (760, 1.0), (900, 1.2))
        ],
        n.bush(830, BASE + 16, 0.7),
        n.flowers(600, BASE + 26, 3),
        pair(690),
    ]


def provincial() -> list[str]:
    return [
        s.cloud(130, 100),
        s.cloud(880, 92, 0.8),
        s.sun(700, 92, 32),
        s.skyline(BASE, FAR, ((0, 120, 130), (860, 140, 160), (130, 50, 190))),
        b.tower(180, BASE, 640, 130, WHITE, BLUE, "bands", rows=3),
        b.tower(250, BASE - 124, 210, 120, HAZE, BLUE, "bands", rows=3),
        b.tower(540, BASE - 124, 210, 120, HAZE, BLUE, "bands", rows=3),
        b.block(455, BASE, 90, 290, NAVY, b.panes(460, BASE - 285, 78, 190, 2, 8, AQUA, lit=5)),
        b.badge(500, BASE - 98, 26, CORAL),
        b.entrance(500, BASE, 200, BLUE),
        s.ground(BASE, WIDTH, 110),
        *[n.tree(x, BASE + 8, 0.9) for x in (130, 180, 820, 880)],
        ellipse(780, 424, 84, 15, AQUA),
        ellipse(780, 422, 72, 11, MINT),
        line("M780,418 q-4,-42 -32,-34 M780,418 q4,-42 32,-34 M780,420 v-52", WHITE, 5),
        pair(600, False),
    ]


def peoples() -> list[str]:
    wall, trim = "#F3E2C7", "#D9BD93"
    columns = "".join(
        rect(408 + k * 38, BASE - 124, 14, 124, CREAM) + rect(404 + k * 38, BASE - 130, 22, 8, trim)
        for k in range(5)
    )
    return [
        s.sun(150, 100, 34),
        s.cloud(330, 90, 0.8),
        s.cloud(850, 90),
        s.skyline(BASE, FAR, ((0, 110, 170), (120, 70, 120), (830, 80, 200), (915, 85, 140))),
        b.tower(190, BASE, 200, 160, wall, AQUA, cols=6, rows=3),
        b.tower(610, BASE, 200, 160, wall, AQUA, cols=6, rows=3),
        b.block(380, BASE, 240, 190, shade(wall, -0.25)),
        b.panes(390, BASE - 186, 220, 56, 6, 1, AQUA),
        rect(396, BASE - 124, 208, 124, NAVY),
        columns,
        b.gable(500, BASE - 130, 226, 0, 44, wall, trim),
        b.badge(500, BASE - 146, 14, CORAL),
        b.block(458, BASE - 186, 84, 84, wall),
        b.clock(500, BASE - 236, 22),
        b.gable(500, BASE - 268, 84, 0, 46, wall, TEAL),
        rect(372, BASE - 8, 256, 8, STONE),
        s.ground(BASE, WIDTH, 110),
        *[n.tree(x, BASE + 12, 1.05, LEAF) for x in (150, 260, 740, 850)],
        *[s.lamp(x, BASE + 30, 0.75) for x in (330, 680)],
        n.bush(200, BASE + 18, 0.8),
        n.bush(820, BASE + 18, 0.8),
        pair(756, False),
    ]


def chinese_medicine() -> list[str]:
    return [
        s.sun(810, 96, 36),
        s.cloud(200, 96, 0.9),
        s.cloud(600, 70, 0.6),
        s.hills(BASE, "#CFE5DC", ((160, 150), (480, 110), (840, 170))),
        b.tower(690, BASE, 150, 200, HAZE, MINT, cols=5, rows=6),
        b.hall(270, BASE, 230, 96, shade(PINE, 0.1), bays=5),
        b.hall(735, BASE, 210, 84, shade(PINE, 0.1), bays=5),
        b.hall(500, BASE - 92, 220, 80, PINE, bays=5),
        b.hall(500, BASE, 300, 104, PINE, bays=7),
        b.badge(500, BASE - 212, 19, CORAL),
        rect(462, BASE - 70, 76, 70, NAVY, 4),
        rect(468, BASE - 64, 30, 64, "#E9C58F"),
        rect(502, BASE - 64, 30, 64, "#E9C58F"),
        s.ground(BASE, WIDTH, 110, road="#F1EBDD"),
        n.bamboo(90, BASE + 20, 1.15),
        n.bamboo(150, BASE + 26, 0.9),
        n.bamboo(900, BASE + 22, 1.25),
        n.tree(840, BASE + 14, 0.9, LEAF),
        group(gourd("#D98E4F"), 790, 404, 0.62),
        n.flowers(600, BASE + 26, 7),
        pair(560),
    ]


def children() -> list[str]:
    colours = (
        ("#FFD98F", 250, 150, 160),
        (AQUA, 390, 150, 230),
        ("#F4B5A6", 530, 130, 190),
        ("#9CCBE6", 650, 130, 140),
    )
    bodies = [b.tower(x, BASE, w, h, c, WHITE, cols=4, rows=max(3, h // 45), lit=5) for c, x, w, h in colours]
    return [
        s.sun(120, 96, 36),
        s.cloud(330, 92, 0.9),
        s.cloud(760, 110, 0.8),
        s.balloon(860, 200, 1.1, CORAL),
        s.balloon(220, 176, 0.8, BLUE),
        s.kite(640, 110, 0.8, SUN),
        path("M60,392 A150,150 0 0 1 360,392", "none", f'stroke="{SUN}" stroke-width="16" opacity=".7"'),
        path("M80,392 A130,130 0 0 1 340,392", "none", f'stroke="{ROSE}" stroke-width="16" opacity=".7"'),
        path("M100,392 A110,110 0 0 1 320,392", "none", f'stroke="{AQUA}" stroke-width="16" opacity=".7"'),
        *bodies,
        b.gable(595, BASE - 190, 130, 0, 56, ROSE, CORAL),
        b.dome(325, BASE - 160, 46, BLUE),
        b.rooftop_sign(465, BASE - 234, 24, CORAL),
        b.entrance(465, BASE, 130, SUN),
        s.ground(BASE, WIDTH, 110),
        n.tree(850, BASE + 12, 1.2),
        n.tree(170, BASE + 10, 0.9, "#9CCB7B"),
        n.bush(720, BASE + 18, 0.8),
        n.flowers(60, BASE + 26, 7),
        person(600, 434, 0.17, GIRL, right=((70, -300), (60, -360))),
        person(650, 434, 0.24, DAUGHTER, left=((-60, -230), (-84, -180))),
        person(700, 434, 0.17, BOY),
    ]


def central() -> list[str]:
    wall = "#E8EEF0"
    return [
        s.sun(850, 100, 36),
        s.cloud(140, 84, 0.8),
        s.cloud(690, 80, 0.8),
        s.city_wall(0, BASE, 1000, "#CBD3D2", 84),
        s.bell_tower(880, BASE - 60, 0.6, "#CBD3D2"),
        b.tower(200, BASE, 130, 130, wall, AQUA, cols=4, rows=3),
        b.tower(310, BASE, 130, 200, shade(wall, -0.4), AQUA, cols=4, rows=5),
        b.tower(560, BASE, 130, 200, shade(wall, -0.4), AQUA, cols=4, rows=5),
        b.tower(670, BASE, 130, 130, wall, AQUA, cols=4, rows=3),
        b.tower(420, BASE, 160, 272, WHITE, AQUA, cols=5, rows=7),
        rect(416, BASE - 286, 168, 26, TEAL, 6),
        b.rooftop_sign(500, BASE - 284, 21, CORAL),
        b.entrance(500, BASE, 170, TEAL),
        s.ground(BASE, WIDTH, 110),
        *[
            n.tree(x, BASE + 10, 0.95, c)
            for x, c in ((90, PINE), (150, LEAF), (280, LEAF), (720, LEAF), (850, PINE))
        ],
        s.lamp(360, BASE + 28, 0.7),
        s.ambulance(800, 438, 0.6, flip=True),
        pair(610),
    ]


def honghui() -> list[str]:
    brick = BRICK
    return [
        s.sun(830, 96, 36),
        s.cloud(150, 100, 0.9),
        s.cloud(650, 76, 0.7),
        s.pagoda(905, BASE, 0.5, "#DCC8AE"),
        s.skyline(BASE, FAR, ((0, 70, 140), (80, 50, 100))),
        b.tower(170, BASE, 180, 220, WHITE, AQUA, "bands", rows=6),
        b.tower(650, BASE, 180, 180, CREAM, AQUA, cols=6, rows=4),
        b.tower(340, BASE, 320, 140, shade(brick, -0.3), CREAM, cols=10, rows=2, lit=0),
        b.gable(500, BASE - 140, 130, 40, 50, brick, NAVY),
        b.badge(500, BASE - 168, 20, TEAL),
        *[b.gable(x, BASE - 140, 54, 0, 34, brick, NAVY) for x in (385, 615)],
        b.arcade(380, BASE, 240, 60, 6, CREAM, NAVY),
        b.rooftop_sign(260, BASE - 224, 20, CORAL),
        s.ground(BASE, WIDTH, 110),
        path("M620,392 L760,392 L800,428 L560,428 Z", CREAM),
        *[n.tree(x, BASE + 10, 1.0, c) for x, c in ((120, LEAF), (850, LEAF), (360, PINE))],
        n.bush(420, BASE + 16, 0.6),
        n.flowers(180, BASE + 26, 7),
        s.bench(860, 432, 0.6),
        pair(660, False),
    ]
