"""One scene (800 x 600) for every service, whose title fits the middle 600 units: a square crop keeps it."""

from __future__ import annotations

from collections.abc import Callable

from tools.pictures import service_errands as errands
from tools.pictures import service_visits as visits
from tools.pictures.service_stage import HEIGHT, WIDTH
from tools.pictures.svg import DEEP, WHITE, document, rect, text

SCENES: dict[int, tuple[str, Callable[[], list[str]], str]] = {
    1: ("特需门诊VIP陪诊服务", visits.vip, "#DDF0EE"),
    2: ("军警消及家属陪诊服务", visits.forces, "#DDECE2"),
    3: ("全心全程VIP陪诊服务", visits.wheel_scene, "#FFF0D9"),
    4: ("全心全程陪诊服务", visits.walk_scene, "#DCEFF3"),
    5: ("全心服务专家约诊", visits.expert, "#DCEAF5"),
    6: ("全心服务其他服务", errands.other, "#FBF0DF"),
    7: ("全心服务门诊约号", errands.registration, "#D9EFEF"),
    8: ("全心服务代办问诊", errands.consult, "#E0ECF5"),
    9: ("全心服务代取结果", errands.results, "#FDEADF"),
    10: ("全心服务病案打印", errands.records, "#E6ECF3"),
    11: ("全心服务代开药品", errands.medicine, "#E6F2E1"),
}


def picture(number: int) -> str:
    """The SVG of service ``number``; services 102-104 share the pictures of 2-4."""
    title, scene, background = SCENES[number]
    band = [rect(0, 490, WIDTH, 110, DEEP), text(WIDTH / 2, 564, title, 54, WHITE, anchor="middle")]
    return document(WIDTH, HEIGHT, title, [*scene(), *band], background)
