"""How soon the home page shows something on a phone's network: python -m bench.front [--visits 5]

The whole product runs on this machine; Chromium's network is held back to 4G (Lighthouse's "slow 4G": 1.6 Mbit/s down,
750 kbit/s up, 150 ms there and back) and, for comparison, to an ordinary 4G (9 Mbit/s, 85 ms). "First content" is the
browser's own first contentful paint; "hospitals" is when the list of hospitals is on the screen. In a browser the
program itself has to be transferred first; in WeChat it lies on the phone already, which "second visit" comes near to.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.phone import Phone, new_page
from tests.browser.server import serving_with_client
from tests.browser_process import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@dataclass(frozen=True)
class Network:
    """``down`` and ``up`` in kbit/s, ``latency`` in ms there and back."""

    name: str
    down: float
    up: float
    latency: float

    def slow_down(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": self.latency,
                "downloadThroughput": self.down * 1000 / 8,
                "uploadThroughput": self.up * 1000 / 8,
            },
        )


NETWORKS = (Network("4G", 9_000, 4_000, 85), Network("slow 4G", 1_600, 750, 150))
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
SEEN = """() => document.body.innerText.includes('可陪诊的医院') && performance.now()"""


def visit(phone: Phone) -> tuple[float, float]:
    """ms from the navigation to the first content, and to the list of hospitals."""
    phone.page.goto("about:blank")
    phone.page.goto(phone.address(), wait_until="commit")
    seen = phone.page.wait_for_function(SEEN, polling="raf").json_value()
    painted = phone.page.wait_for_function(FIRST_PAINT).json_value()
    return float(painted), float(seen)


def measure(browser: Browser, root: str, network: Network, visits: int) -> None:
    first, second = [], []
    for number in range(visits):
        phone = Phone(new_page(browser), root, f"visitor{number}")
        network.slow_down(phone.page)
        first.append(visit(phone))
        phone.page.wait_for_load_state("networkidle")
        second.append(visit(phone))
        phone.check()
        phone.page.context.close()
    for name, times in (("first visit", first), ("second visit", second)):
        paint, seen = (statistics.median(part) for part in zip(*times, strict=True))
        print(
            f"{network.name:8}  {name:12}  first content {paint:5.0f} ms   hospitals {seen:5.0f} ms",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.front", description=__doc__)
    parser.add_argument(
        "--visits", type=int, default=5, help="visits per line; the median is shown (default: 5)"
    )
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_with_client(Path(folder) / "data") as served,
        chromium() as browser,
    ):
        for network in NETWORKS:
            measure(browser, served.root, network, given.visits)


if __name__ == "__main__":
    main()
