"""The palette and the few SVG primitives that every drawing of this project is made of."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

# One palette for all pictures: teal and blue are calm, coral and sun are the only warm tones.
DEEP = "#0E5C66"
TEAL = "#1A8A90"
AQUA = "#5DB8B6"
MINT = "#A9DAD3"
MIST = "#E2F3F0"
NAVY = "#1D4A63"
BLUE = "#3B80AD"
SKY = "#CDE8F1"
HAZE = "#E8F4F7"
CORAL = "#F0875A"
SUN = "#FFC772"
PEACH = "#FFDDB8"
CREAM = "#FFF6E9"
ROSE = "#EFA7A1"
BRICK = "#C9745A"
SAND = "#EAD9BE"
LEAF = "#7DB88A"
PINE = "#4C8F75"
GRASS = "#B5D9A6"
STONE = "#B9C7CC"
SLATE = "#7C929C"
WHITE = "#FFFFFF"
INK = "#17444F"

FONT = "'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"


def num(value: float) -> str:
    """A coordinate with at most one decimal and no trailing zero."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def shade(colour: str, amount: float = 0.08) -> str:
    """``colour`` made darker by ``amount`` (0…1), or lighter when it is negative."""
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    target = 0 if amount > 0 else 255
    return "#" + "".join(f"{round(c + (target - c) * abs(amount)):02X}" for c in channels)


def rect(x: float, y: float, w: float, h: float, fill: str, r: float = 0, extra: str = "") -> str:
    """A rectangle with corners rounded by ``r``."""
    corner = f' rx="{num(r)}"' if r else ""
    tail = f" {extra}" if extra else ""
    return f'<rect x="{num(x)}" y="{num(y)}" width="{num(w)}" height="{num(h)}"{corner} fill="{fill}"{tail}/>'


def circle(x: float, y: float, r: float, fill: str, extra: str = "") -> str:
    """A filled circle."""
    tail = f" {extra}" if extra else ""
    return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" fill="{fill}"{tail}/>'


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, extra: str = "") -> str:
    """A filled ellipse."""
    tail = f" {extra}" if extra else ""
    return f'<ellipse cx="{num(x)}" cy="{num(y)}" rx="{num(rx)}" ry="{num(ry)}" fill="{fill}"{tail}/>'


def path(d: str, fill: str, extra: str = "") -> str:
    """A filled path."""
    tail = f" {extra}" if extra else ""
    return f'<path d="{d}" fill="{fill}"{tail}/>'


def line(d: str, colour: str, width: float, extra: str = "") -> str:
    """A path that is only stroked, with round ends and corners."""
    tail = f" {extra}" if extra else ""
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{num(width)}"'
        f' stroke-linecap="round" stroke-linejoin="round"{tail}/>'
    )


def poly(points: Iterable[tuple[float, float]], fill: str) -> str:
    """A filled polygon."""
    joined = " ".join(f"{num(x)},{num(y)}" for x, y in points)
    return f'<polygon points="{joined}" fill="{fill}"/>'


def text(
    x: float, y: float, words: str, size: float, fill: str = INK, bold: bool = True, anchor: str = "start"
) -> str:
    """One line of text; ``y`` is the baseline."""
    weight = 700 if bold else 400
    return (
        f'<text x="{num(x)}" y="{num(y)}" font-family="{FONT}" font-size="{num(size)}" font-weight="{weight}"'
        f' fill="{fill}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def group(
    content: str, x: float = 0, y: float = 0, scale: float = 1, flip: bool = False, rotate: float = 0
) -> str:
    """``content`` moved, turned, scaled and, with ``flip``, mirrored left to right."""
    steps = [f"translate({num(x)} {num(y)})"]
    if rotate:
        steps.append(f"rotate({num(rotate)})")
    if scale != 1 or flip:
        steps.append(f"scale({-scale:.4g} {scale:.4g})" if flip else f"scale({scale:.4g})")
    return f'<g transform="{" ".join(steps)}">{content}</g>'


def cross(x: float, y: float, size: float, fill: str) -> str:
    """A plus sign for "medical". Never red on white: that emblem is protected by the Geneva Conventions."""
    arm = size / 3
    return rect(x - arm / 2, y - size / 2, arm, size, fill, arm / 4) + rect(
        x - size / 2, y - arm / 2, size, arm, fill, arm / 4
    )


def heart(x: float, y: float, size: float, fill: str) -> str:
    """A heart whose middle is (x, y)."""
    s = size / 100
    d = "M0,42 C-70,-4 -48,-50 -20,-46 C-8,-44 0,-34 0,-28 C0,-34 8,-44 20,-46 C48,-50 70,-4 0,42 Z"
    return group(path(d, fill), x, y, s)


def document(width: int, height: int, title: str, content: Iterable[str], background: str) -> str:
    """A whole SVG file; ``title`` is what a screen reader says."""
    body = "\n".join(content)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n<title>{escape(title)}</title>\n'
        f"{rect(0, 0, width, height, background)}\n{body}\n</svg>\n"
    )
