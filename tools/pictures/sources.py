"""Every SVG by its name under ``static/pic/src/``, and the size and weight it is rendered to."""

from __future__ import annotations

from dataclasses import dataclass

from tools.pictures import banners, hospitals, logos, portraits, services


@dataclass(frozen=True)
class Kind:
    """What the pictures of one kind are rendered to: pixels, and the most bytes a file may have."""

    width: int
    height: int
    budget: int


KINDS = {
    "banner": Kind(1500, 640, 60_000),
    "hospital": Kind(1000, 500, 40_000),
    "logo": Kind(240, 240, 15_000),
    "service": Kind(800, 600, 40_000),
    "expert": Kind(400, 400, 15_000),
    "avatar": Kind(240, 240, 15_000),
}


def kind_of(name: str) -> Kind:
    """The kind of the picture ``name``, such as ``hospital/1`` or ``hospital/1-logo``."""
    return KINDS["logo" if name.endswith("-logo") else name.split("/")[0]]


def sources() -> dict[str, str]:
    """All drawings: name without ending -> SVG text."""
    drawn = {f"banner/{name}": banners.banner(name) for name in banners.SCENES}
    drawn |= {f"hospital/{number}": hospitals.picture(number) for number in hospitals.SCENES}
    drawn |= {f"hospital/{number}-logo": logos.logo(number) for number in logos.MARKS}
    drawn |= {f"service/{number}": services.picture(number) for number in services.SCENES}
    drawn |= {f"expert/{variant}": portraits.portrait(variant) for variant in portraits.VARIANTS}
    drawn["avatar/default"] = portraits.avatar()
    return drawn
