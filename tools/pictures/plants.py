"""Trees and flowers; each stands with its foot at (x, y)."""

from __future__ import annotations

from tools.pictures.svg import (
    CORAL,
    LEAF,
    PINE,
    ROSE,
    SUN,
    circle,
    group,
    line,
    num,
    path,
    rect,
    shade,
)

BARK = "#A67B5B"


def tree(x: float, y: float, scale: float = 1, colour: str = LEAF) -> str:
    """A round tree, 110 units high."""
    crown = circle(0, -74, 36, colour) + circle(-20, -52, 24, colour) + circle(22, -52, 24, colour)
    light = circle(-10, -84, 14, shade(colour, -0.22))
    return group(rect(-5, -48, 10, 48, BARK, 3) + crown + light, x, y, scale)


def cypress(x: float, y: float, scale: float = 1, colour: str = PINE) -> str:
    """A slim evergreen, 120 units high."""
    return group(
        rect(-4, -20, 8, 20, BARK)
        + path("M0,-122 C26,-80 28,-26 14,-12 L-14,-12 C-28,-26 -26,-80 0,-122 Z", colour),
        x,
        y,
        scale,
    )


def willow(x: float, y: float, scale: float = 1, colour: str = "#93C48B") -> str:
    """A weeping willow, 170 units high."""
    trunk = line("M0,0 C-4,-50 6,-80 0,-120", BARK, 12)
    crown = circle(0, -130, 38, colour) + circle(-34, -118, 28, colour) + circle(34, -118, 28, colour)
    strands = "".join(
        line(
            f"M{k},-118 q{k * 0.16:.1f},{40 + (k * k) % 23} {k * 0.1:.1f},{70 + (k * 7) % 26}",
            shade(colour, 0.04 if k % 3 else -0.12),
            7,
        )
        for k in range(-58, 60, 11)
    )
    return group(trunk + crown + strands, x, y, scale)


def blossom(x: float, y: float, scale: float = 1, colour: str = ROSE) -> str:
    """A flowering tree with loose petals."""
    trunk = line("M0,0 C2,-30 -4,-44 0,-60 M0,-40 L24,-70 M0,-48 L-24,-72", BARK, 8)
    spots = [(-34, -80, 24), (0, -98, 32), (34, -80, 24), (-12, -70, 24), (16, -68, 22)]
    crown = "".join(circle(a, b, r, colour) for a, b, r in spots)
    petals = "".join(
        circle(a, b, 4, shade(colour, -0.35))
        for a, b in [(-30, -86), (-6, -104), (14, -82), (34, -76), (-14, -70), (6, -66)]
    )
    return group(trunk + crown + petals, x, y, scale)


def bamboo(x: float, y: float, scale: float = 1, colour: str = LEAF) -> str:
    """Three stalks of bamboo, 170 units high."""
    parts = []
    for k, height in ((-18, 150), (0, 176), (20, 138)):
        parts.append(line(f"M{k},0 L{k + 3},{-height}", colour, 7))
        parts += [line(f"M{k - 3},{-j} h8", shade(colour, 0.2), 3) for j in range(34, height, 38)]
        for j in range(60, height + 1, 30):
            side = 1 if j % 60 else -1
            parts.append(
                path(
                    f"M{k},{-j} q{side * 18},-16 {side * 38},-2 q{-side * 18},12 {-side * 38},2 Z",
                    shade(colour, 0.08),
                )
            )
    return group("".join(parts), x, y, scale)


def bush(x: float, y: float, scale: float = 1, colour: str = LEAF) -> str:
    """A low hedge of three bumps."""
    return group(
        path("M-52,0 C-56,-30 -26,-34 -20,-26 C-14,-48 20,-48 24,-26 C36,-36 58,-24 52,0 Z", colour),
        x,
        y,
        scale,
    )


def flowers(x: float, y: float, count: int, step: float = 26) -> str:
    """A row of small flowers on stems."""
    colours = (CORAL, SUN, ROSE)
    return "".join(
        line(f"M{num(x + i * step)},{num(y)} v-12", PINE, 3) + circle(x + i * step, y - 16, 6, colours[i % 3])
        for i in range(count)
    )
