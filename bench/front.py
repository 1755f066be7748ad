"""``make bench-front``: how soon the home page shows something on a phone's network, and how much it weighs.

    python -m bench.front [--visits 5]

The whole product runs on this machine; Chromium's network is held back to an ordinary 4G (9 Mbit/s down, 4 up, 85 ms
there and back) and, for comparison, to Lighthouse's "slow 4G" (1.6 Mbit/s, 750 kbit/s, 150 ms). "First content" is the
browser's own first contentful paint, "hospitals" is when their list is on the screen; medians of some visits. In a
browser the program itself has to be transferred first; in WeChat it is on the phone already, which "second visit"
comes near to: a first visit on slow 4G is therefore shown and not judged. Exit code 1 when anything is too slow or too
heavy.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.phone import Phone, new_page
from tests.browser.server import serving_with_client
from tests.browser.weight import FIRST_VISIT, PACKAGE_KIB, SECOND_VISIT, package_kib, weigh_visits
from tests.browser_process import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LIMIT_MS = 1000


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


ORDINARY = Network("4G", 9_000, 4_000, 85)
SLOW = Network("slow 4G", 1_600, 750, 150)
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
SEEN = """() => document.body.innerText.includes('可陪诊的医院') && performance.now()"""


def visit(phone: Phone) -> tuple[float, float]:
    """ms from the navigation to the first content, and to the list of hospitals."""
    phone.page.goto("about:blank")
    phone.page.goto(phone.address(), wait_until="commit")
    seen = phone.page.wait_for_function(SEEN, polling="raf").json_value()
    painted = phone.page.wait_for_function(FIRST_PAINT).json_value()
    return float(painted), float(seen)


def measure(browser: Browser, root: str, network: Network, visits: int) -> bool:
    """Print a line for first and one for second visits; is there content in time?"""
    first, second = [], []
    for number in range(visits):
        phone = Phone(new_page(browser), root, f"visitor{number}")
        network.slow_down(phone.page)
        first.append(visit(phone))
        phone.page.wait_for_load_state("networkidle")
        second.append(visit(phone))
        phone.check()
        phone.page.context.close()
    good = True
    for name, times in (("first visit", first), ("second visit", second)):
        paint, seen = (statistics.median(part) for part in zip(*times, strict=True))
        judged = not (network is SLOW and times is first)
        late = judged and paint > LIMIT_MS
        words = f"above {LIMIT_MS} ms" if late else "" if judged else "not judged"
        print(
            f"{network.name:8}  {name:12}  first content {paint:5.0f} ms   hospitals {seen:5.0f} ms  {words}",
            flush=True,
        )
        good &= not late
    return good


def weigh(browser: Browser, root: str) -> bool:
    """Print what visits transfer and what the package weighs; is it light enough?"""
    phone = Phone(new_page(browser), root, "weighed")
    first, second = (sum(visit.values()) / 1024 for visit in weigh_visits(phone))
    phone.page.context.close()
    good = True
    for name, kib, limit in (
        ("first visit", first, FIRST_VISIT / 1024),
        ("second visit", second, SECOND_VISIT / 1024),
        ("package", package_kib(), PACKAGE_KIB),
    ):
        heavy = kib > limit
        print(f"{name:12}  {kib:6.1f} of {limit:.0f} KiB  {'too heavy' if heavy else ''}", flush=True)
        good &= not heavy
    return good


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.front", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--visits", type=int, default=5, help="visits per line (default: 5)")
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="bench-front-") as folder,
        serving_with_client(Path(folder) / "data") as served,
        chromium() as browser,
    ):
        good = all(
            [
                *(measure(browser, served.root, network, given.visits) for network in (ORDINARY, SLOW)),
                weigh(browser, served.root),
            ]
        )
    print(f"verdict: {'good' if good else 'too slow or too heavy'}; first content up to {LIMIT_MS} ms")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
