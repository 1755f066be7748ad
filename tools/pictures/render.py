"""Renders the SVG sources to the committed pictures: ``python -m tools.pictures.render [name …]``.

Needs a Chromium (on PATH or named with ``--chromium``), Playwright, Pillow and the font Noto Sans CJK SC.
The server needs none of them. Each file is encoded as well as its budget in ``sources.KINDS`` allows.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tools.pictures.draw import SOURCE_FOLDER
from tools.pictures.names import masters
from tools.pictures.sources import Kind, kind_of

PICTURE_FOLDER = SOURCE_FOLDER.parent
FONT_FAMILY = "Noto Sans CJK SC"


def require_font() -> None:
    """Stops when the font of the titles is missing, because a browser falls back to another in silence."""
    found = subprocess.run(["fc-list", FONT_FAMILY], capture_output=True, text=True, check=True)
    if not found.stdout.strip():
        raise SystemExit(f"the font {FONT_FAMILY} is not installed (Debian: fonts-noto-cjk)")


def rasterise(browser: Browser, svg: str, kind: Kind) -> Image.Image:
    """One SVG drawn at the pixels of its kind."""
    page = browser.new_page(viewport={"width": kind.width, "height": kind.height})
    try:
        style = f"html,body{{margin:0}}svg{{display:block;width:{kind.width}px;height:{kind.height}px}}"
        page.set_content(f"<!doctype html><meta charset=utf-8><style>{style}</style>{svg}")
        return Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    finally:
        page.close()


def attempts(image: Image.Image, ending: str) -> Iterator[bytes]:
    """The same picture encoded smaller and smaller; PNG suits these drawings, the rest is for old clients."""
    if ending == "png":
        for colours in (256, 192, 128, 96, 64, 48, 32):
            palette = image.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            yield _bytes(palette, "PNG", optimize=True)
    elif ending in {"jpg", "webp"}:
        # Strong compression spoils flat drawings more than fewer pixels do: quality has a floor.
        for size in (1, 0.9, 0.8, 0.7, 0.6):
            scaled = image.resize(
                (round(image.width * size), round(image.height * size)), Image.Resampling.LANCZOS
            )
            for quality in (92, 88, 84, 80):
                if ending == "jpg":
                    yield _bytes(
                        scaled, "JPEG", quality=quality, subsampling=0, progressive=True, optimize=True
                    )
                else:
                    yield _bytes(scaled, "WEBP", quality=quality, method=6)
    else:
        raise ValueError(f"no encoder for .{ending}")


def _bytes(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def encode(image: Image.Image, ending: str, budget: int) -> bytes:
    """The best encoding that fits ``budget`` bytes."""
    for data in attempts(image, ending):
        if len(data) <= budget:
            return data
    raise ValueError(f"does not fit {budget} bytes as .{ending}")


def main() -> int:
    """Renders all files, or those whose name begins with an argument."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only files that begin so, for example hospital/3")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser"))
    options = parser.parse_args()
    wanted = [n for n in masters() if not options.names or n.startswith(tuple(options.names))]
    require_font()
    images: dict[str, Image.Image] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for file in wanted:
            name, _, ending = file.rpartition(".")
            if name not in images:
                svg = (SOURCE_FOLDER / f"{name}.svg").read_text(encoding="utf-8")
                images[name] = rasterise(browser, svg, kind_of(name))
            try:
                data = encode(images[name], ending, kind_of(name).budget)
            except ValueError as problem:
                raise SystemExit(f"{file}: {problem}") from problem
            target = PICTURE_FOLDER / file
            target.parent.mkdir(parents=True, exist_ok=True)
            Path(target).write_bytes(data)
            print(f"{file:28} {len(data):6} bytes")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
