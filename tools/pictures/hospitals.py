"""One wide scene (1000 x 500) for every hospital, with its name on a plate.

The scenes are invented: the kind of hospital and its part of the city choose the motif (willows for Baqiao,
mountains for Chang'an, a tiled hall for Chinese medicine), never a photograph.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.pictures import hospitals_inner as inner
from tools.pictures import hospitals_outer as outer
from tools.pictures.canvas import HEIGHT, WIDTH
from tools.pictures.svg import DEEP, SKY, WHITE, document, rect, text


def _plate(name: str) -> list[str]:
    size = 46 if len(name) <= 11 else 40
    width = sum(size if ord(c) > 255 else size * 0.6 for c in name) + 56
    return [
        rect(28, 418, width, 68, DEEP, 34, 'opacity=".16"'),
        rect(28, 413, width, 68, WHITE, 34),
        text(56, 413 + 34 + size * 0.36, name, size, DEEP),
        rect(836, 448, 140, 36, WHITE, 18, 'opacity=".75"'),
        text(906, 474, "手绘示意图", 22, "#51707B", bold=False, anchor="middle"),
    ]


SCENES: dict[int, tuple[str, Callable[[], list[str]], str]] = {
    1: ("西京医院", inner.xijing, SKY),
    2: ("唐都医院", outer.tangdu, "#D9EEF0"),
    3: ("西安交通大学第一附属医院", outer.first_affiliated, "#DCEDF5"),
    4: ("西安交通大学第二附属医院", inner.second_affiliated, "#E6F1F4"),
    5: ("陕西省人民医院", inner.provincial, "#CFE6F2"),
    6: ("陕西省肿瘤医院", outer.tumour, "#FFF0DC"),
    7: ("西安国际医学中心医院", outer.international, "#D8ECF3"),
    8: ("西安市人民医院（西安市第四医院）", inner.peoples, "#DDEFF2"),
    9: ("陕西省中医医院", inner.chinese_medicine, "#EAF3E8"),
    10: ("西安市儿童医院", inner.children, "#D6EEF8"),
    11: ("西北妇女儿童医院", outer.women_children, "#FDF0EC"),
    12: ("西安市中心医院", inner.central, "#DAEDF0"),
    13: ("西安高新医院", outer.gaoxin, "#D3E9F3"),
    14: ("西安市红会医院", inner.honghui, "#E2F0F1"),
}


def picture(number: int) -> str:
    """The SVG of hospital ``number`` (its id in the catalog)."""
    name, scene, sky = SCENES[number]
    return document(WIDTH, HEIGHT, f"{name}（手绘示意图）", [*scene(), *_plate(name)], sky)
