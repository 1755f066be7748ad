"""What the mini-program may weigh, and how that is weighed: for the tests and for the bench."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from config import ROOT
from sandbox.client.node import find_node
from tests.browser.traffic import Traffic

if TYPE_CHECKING:
    from tests.browser.phone import Phone

FIRST_VISIT = 300 * 1024
SECOND_VISIT = 10 * 1024
PACKAGE_KIB = 1024


def weigh_visits(phone: Phone) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes by address of a first visit to the home page, with all pictures down to its end, and of a second one.

    The phone must be new. In a browser the program itself is transferred too, which on a phone comes as a package
    from WeChat: it is counted all the same.
    """
    traffic = Traffic(phone.page)
    phone.open().see("可陪诊的医院")
    phone.until_loaded()
    phone.screen.locator(".mp-scroll").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    traffic.until_quiet()
    first = traffic.take()
    phone.open().see("可陪诊的医院")
    phone.until_loaded()
    traffic.until_quiet()
    return first, traffic.take()


def package_kib() -> int:
    """KiB of the folder as WeChat packs it, with the components that it uses."""
    node = find_node()
    assert node is not None
    command = [*node.node, str(ROOT / "Front" / "tools" / "package-size.mjs")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    together = re.search(r"together (\d+) KiB", done.stdout)
    assert together, done.stdout + done.stderr
    return int(together[1])
