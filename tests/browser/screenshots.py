"""Pictures of every page, to leaf through: python -m tests.browser.screenshots [--out build/screenshots] [--only NAME]

Every page is taken at 375 px, in normal and in large text; ``index.html`` in the same folder shows them all.
``--sheets FOLDER`` joins them into the few small pictures that the README shows.
"""

from __future__ import annotations

import argparse
import html
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.clients import Administrator
from tests.browser.contact_sheets import write_sheets
from tests.browser.old_eyes import set_large
from tests.browser.page_case import PageCase
from tests.browser.page_cases import PAGE_CASES
from tests.browser.phone import HEIGHT, WIDTH, Phone, new_page
from tests.browser.scenario import Scenario, prepare
from tests.browser.server import serving_with_client
from tests.browser_process import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

OUT = Path("build/screenshots")
TALLEST = 3000
"""px: longer pages are cut here; nobody looks at the twentieth hospital."""
SIZES = {"": "标准字号", "large": "大字模式"}


def take_all(out: Path, page_cases: Sequence[PageCase]) -> None:
    """Start a product of its own, open every page, and write ``NAME.png`` and ``NAME-large.png``."""
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_with_client(Path(folder) / "data") as served,
        chromium() as browser,
    ):
        scenario = prepare(served.root, Administrator(served))
        page = new_page(browser)
        for number, page_case in enumerate(page_cases, 1):
            take(page_case, scenario, page, served.root, out)
            print(f"{number}/{len(page_cases)} {page_case.name}", flush=True)
        scenario.close()


def take(page_case: PageCase, scenario: Scenario, page: Page, root: str, out: Path) -> None:
    phone = Phone(page, root, getattr(scenario, page_case.who).name)
    with page_case.shown(phone, scenario):
        for size in SIZES:
            set_large(phone, size == "large")
            _stretch(phone)
            phone.until_still()
            phone.page.screenshot(path=out / f"{page_case.name}{'-large' if size else ''}.png")
            phone.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    phone.check()
    phone.put_away()


def _stretch(phone: Phone) -> None:
    """Make the window as tall as the page, unless a sheet or a dialog lies above it."""
    if phone.page.locator(".mp-layer, .t-popup, .t-dialog").locator("visible=true").count():
        return
    high = phone.page.evaluate(
        "(() => { const one = document.querySelector('main:not([hidden]) .mp-scroll');"
        " return innerHeight - one.clientHeight + one.scrollHeight })()"
    )
    phone.page.set_viewport_size({"width": WIDTH, "height": min(max(high, HEIGHT), TALLEST)})
    phone.page.wait_for_function(
        "() => [...document.images].every((image) => image.complete || image.loading === 'lazy')"
    )


PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>小程序的每一页</title>
<style>
body {{ margin: 0; padding: 24px; background: #e9efee; font: 16px/1.5 sans-serif; color: #1b2b29 }}
main {{ display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-start }}
figure {{ margin: 0; width: 375px }}
figcaption {{ padding: 6px 0; font-weight: 600 }}
img {{ display: block; width: 375px; border-radius: 12px; box-shadow: 0 2px 12px #0002 }}
label {{ margin-right: 16px }}
.normal .large-text, .large .normal-text {{ display: none }}
</style>
<h1>小程序的每一页</h1>
<p>
<label><input type="radio" name="size" value="both" checked> 两种字号</label>
<label><input type="radio" name="size" value="normal"> 标准字号</label>
<label><input type="radio" name="size" value="large"> 大字模式</label>
</p>
<main>
{figures}
</main>
<script>
for (const one of document.querySelectorAll('input')) one.onchange = () => {{ document.body.className = one.value }}
</script>
</html>
"""


def write_index(out: Path, page_cases: Sequence[PageCase]) -> None:
    figures = []
    for page_case in page_cases:
        for size, words in SIZES.items():
            kind, ending = ("large-text", "-large") if size else ("normal-text", "")
            title = html.escape(f"{page_case.title} · {words}")
            picture = f'<img src="{page_case.name}{ending}.png" alt="{title}" loading="lazy">'
            figures.append(f'<figure class="{kind}"><figcaption>{title}</figcaption>{picture}</figure>')
    (out / "index.html").write_text(PAGE.format(figures="\n".join(figures)), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help=f"where to put them (default: {OUT})")
    parser.add_argument("--only", nargs="*", help="names of pages")
    parser.add_argument(
        "--sheets", type=Path, help="also join them into the README's pictures, in this folder"
    )
    given = parser.parse_args()
    page_cases = [page_case for page_case in PAGE_CASES if not given.only or page_case.name in given.only]
    take_all(given.out, page_cases)
    write_index(given.out, page_cases)
    print(f"{given.out / 'index.html'}")
    if given.sheets:
        write_sheets(given.out, given.sheets)


if __name__ == "__main__":
    main()
