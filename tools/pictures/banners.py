"""The wide pictures (750 x 320) atop the first page and the booking page: slogan left, scene right."""

from __future__ import annotations

from collections.abc import Callable

from tools.pictures import plants as n
from tools.pictures import props as p
from tools.pictures import scenery as s
from tools.pictures import symbols as m
from tools.pictures.people import (
    DOCTOR_WOMAN,
    ESCORT_MAN,
    ESCORT_WOMAN,
    GRANDPA,
    GRANNY,
    SON,
    cane,
    person,
    seated,
)
from tools.pictures.svg import (
    BLUE,
    CORAL,
    DEEP,
    SUN,
    WHITE,
    circle,
    document,
    group,
    heart,
    line,
    rect,
    text,
)

WIDTH, HEIGHT = 750, 320


def _words(first: str, second: str, small: str, dark: str = DEEP, accent: str = CORAL) -> list[str]:
    width = len(small) * 22 + 36
    return [
        text(40, 104, first, 52, dark),
        text(40, 172, second, 52, dark),
        rect(40, 190, 76, 8, accent, 4),
        rect(40, 222, width, 48, dark, 24),
        text(58, 254, small, 22, WHITE),
    ]


def _accompany() -> list[str]:
    return [
        circle(600, 190, 210, "#FFE7C4"),
        s.sun(694, 62, 24),
        s.cloud(470, 62, 0.5),
        rect(0, 290, WIDTH, 30, "#F3D9AE"),
        m.small_hospital(660, 292, 1.0),
        n.tree(740, 294, 0.9),
        n.tree(440, 292, 0.7),
        person(506, 300, 0.56, ESCORT_WOMAN, right=((84, -250), (104, -200)), turn=6, stride=5),
        person(568, 300, 0.53, GRANNY, right=((82, -220), (86, -176)), turn=-3, held=cane(86, -176)),
        heart(540, 48, 30, CORAL),
        *_words("一个人看病，", "也有人陪", "专人陪您挂号、候诊、取药"),
    ]


def _far_away() -> list[str]:
    return [
        circle(590, 180, 200, "#BFE3E6"),
        rect(0, 290, WIDTH, 30, "#A9D6D6"),
        p.phone(650, 150, 0.62, p.caller(SON, BLUE), 6),
        heart(580, 60, 30, CORAL),
        person(534, 304, 0.56, ESCORT_MAN, turn=3),
        seated(440, 304, 0.54, GRANNY, chair="#2F8F96"),
        p.plant(735, 296, 0.5),
        *_words("儿女不在身边，", "也能安心就医", "陪诊员在旁照应，有事及时联系"),
    ]


def _errands() -> list[str]:
    return [
        circle(590, 180, 200, "#FBD9C6"),
        rect(0, 290, WIDTH, 30, "#F4C6AD"),
        p.film(636, 108, 0.56, 10),
        p.sheet(690, 150, 0.6, "report", 8),
        p.paper_bag(676, 262, 0.62),
        p.pill_bottle(610, 264, 0.5),
        person(
            546,
            300,
            0.6,
            ESCORT_WOMAN,
            turn=6,
            stride=12,
            left=((-84, -240), (-92, -300)),
            right=((92, -250), (118, -236)),
            held=p.sheet(116, -262, 0.5, "record", 8),
        ),
        line("M420,150 h40 M404,180 h50 M420,210 h36", WHITE, 6),
        *_words("取结果、打病历，", "替您跑一趟", "代取结果　病案打印　代开药品"),
    ]


def _join() -> list[str]:
    wave = ((88, -300), (92, -356))
    return [
        circle(600, 190, 200, "#2B7F88"),
        *[circle(x, y, r, "#3C929A") for x, y, r in ((430, 60, 14), (728, 70, 20), (470, 250, 10))],
        rect(0, 290, WIDTH, 30, "#0B4A53"),
        person(510, 304, 0.58, ESCORT_MAN, turn=3),
        person(694, 304, 0.56, DOCTOR_WOMAN, turn=-3),
        person(602, 308, 0.64, ESCORT_WOMAN, right=wave),
        heart(600, 30, 34, CORAL),
        text(40, 104, "陪诊路上，", 52, WHITE),
        text(40, 172, "期待您的加入", 52, WHITE),
        rect(40, 190, 76, 8, SUN, 4),
        rect(40, 222, 230, 48, SUN, 24),
        text(155, 254, "申请成为陪诊员", 24, DEEP, anchor="middle"),
    ]


def _booking() -> list[str]:
    return [
        circle(600, 180, 205, WHITE, 'opacity=".7"'),
        s.cloud(452, 70, 0.5),
        rect(0, 290, WIDTH, 30, "#B7DCC9"),
        m.small_hospital(646, 292, 1.3),
        n.tree(742, 294, 0.9),
        n.bush(440, 294, 0.7),
        person(552, 290, 0.58, ESCORT_WOMAN, left=((-84, -226), (-74, -168)), right=((84, -226), (74, -168))),
        group(p.wheelchair(seated(0, 0, 1, GRANDPA)), 552, 304, 0.47),
        m.tick_badge(706, 70, 24),
        *_words("选好服务，", "专人陪您看病", "明码标价　微信支付", accent=SUN),
    ]


SCENES: dict[str, tuple[str, Callable[[], list[str]], str]] = {
    "1": ("一个人看病，也有人陪", _accompany, "#FFF3DF"),
    "2": ("儿女不在身边，也能安心就医", _far_away, "#DDF1F1"),
    "3": ("取结果、打病历，替您跑一趟", _errands, "#FDEBE1"),
    "4": ("陪诊路上，期待您的加入", _join, "#14626C"),
    "PeiZhen": ("选好服务，专人陪您看病", _booking, "#D5ECE9"),
}


def banner(name: str) -> str:
    """The SVG of the banner ``name``: "1" to "4", or "PeiZhen" for the booking page."""
    slogan, scene, background = SCENES[name]
    return document(WIDTH, HEIGHT, slogan, scene(), background)
