"""Writes the SVG sources: ``python -m tools.pictures.draw`` (``--check`` only compares). Plain Python."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.pictures.sources import sources

SOURCE_FOLDER = Path(__file__).resolve().parents[2] / "static" / "pic" / "src"


def differing() -> list[str]:
    """Names whose committed SVG is missing, outdated, or no longer drawn by anything."""
    drawn = sources()
    wrong = []
    for name, svg in drawn.items():
        file = SOURCE_FOLDER / f"{name}.svg"
        if not file.is_file() or file.read_text(encoding="utf-8") != svg:
            wrong.append(name)
    committed = {str(f.relative_to(SOURCE_FOLDER).with_suffix("")) for f in SOURCE_FOLDER.rglob("*.svg")}
    return wrong + sorted(committed - set(drawn))


def main() -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when a committed SVG is not what is drawn"
    )
    if parser.parse_args().check:
        wrong = differing()
        print(
            "\n".join(f"static/pic/src/{name}.svg is not what tools/pictures draws" for name in wrong)
            or "all SVG files are up to date"
        )
        return 1 if wrong else 0
    drawn = sources()
    for name, svg in drawn.items():
        file = SOURCE_FOLDER / f"{name}.svg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(svg, encoding="utf-8")
    print(f"{len(drawn)} SVG files written to static/pic/src/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
