"""Placeholders (400 x 400): people without a face, so that nobody takes them for a real doctor or user."""

from __future__ import annotations

from tools.pictures.people import (
    BROWN_HAIR,
    DARK_HAIR,
    GREY_HAIR,
    WHITE_HAIR,
    Look,
    bust,
)
from tools.pictures.svg import (
    AQUA,
    BLUE,
    CORAL,
    DEEP,
    MINT,
    PINE,
    ROSE,
    SLATE,
    TEAL,
    WHITE,
    circle,
    document,
    group,
    rect,
    text,
)

SIZE = 400


def _doctor(hair: str, colour: str, shirt: str, glasses: bool = False) -> Look:
    return Look(hair, colour, shirt, outfit="coat", glasses=glasses, face=False)


# What distinguishes the variants is hair and colour; the names say which age and sex they hint at.
VARIANTS: dict[str, tuple[str, Look]] = {
    "woman-young": ("#D3ECEA", _doctor("pony", DARK_HAIR, AQUA)),
    "man-young": ("#D5E7F3", _doctor("side", DARK_HAIR, BLUE)),
    "woman-middle": ("#FBE2D3", _doctor("bob", BROWN_HAIR, CORAL, glasses=True)),
    "man-middle": ("#DDEBDD", _doctor("short", DARK_HAIR, PINE, glasses=True)),
    "woman-old": ("#F8E3E2", _doctor("curls", GREY_HAIR, ROSE)),
    "man-old": ("#FDEBCB", _doctor("bald", WHITE_HAIR, SLATE, glasses=True)),
}


def portrait(variant: str) -> str:
    """The SVG of one placeholder for an expert's photograph."""
    background, look = VARIANTS[variant]
    return document(
        SIZE,
        SIZE,
        "示例头像，不是真实人物",
        [
            circle(200, 190, 168, WHITE, 'opacity=".55"'),
            group(bust(look), 200, 228, 0.94),
            rect(0, 334, SIZE, 66, DEEP),
            text(200, 380, "示例头像", 40, WHITE, anchor="middle"),
        ],
        background,
    )


def avatar() -> str:
    """The SVG of the picture of a user who has chosen none."""
    look = Look("short", "#3F8E92", TEAL, face=False)
    return document(
        SIZE,
        SIZE,
        "默认头像",
        [
            circle(200, 200, 178, WHITE, 'opacity=".4"'),
            group(bust(look), 200, 240, 0.98),
        ],
        MINT,
    )
