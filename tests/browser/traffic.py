"""What a page transfers, in bytes on the wire, as Chromium counts them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUIET_SECONDS = 10.0
IN_SIGHT = """() => [...document.images].every((image) => {
  const { top, bottom, height } = image.getBoundingClientRect()
  return image.complete || !height || bottom < 0 || top > innerHeight
})"""


class Traffic:
    """Counts from now on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._urls: dict[str, str] = {}
        self._under_way: set[str] = set()
        self._bytes: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.loadingFailed", self._failed)

    def _sent(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["request"]["url"]
        self._under_way.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        self._under_way.discard(event["requestId"])
        url = self._urls.get(event["requestId"], "")
        size = int(event["encodedDataLength"])
        if url.startswith("http") and size:
            self._bytes[url] = self._bytes.get(url, 0) + size

    def _failed(self, event: dict[str, Any]) -> None:
        self._under_way.discard(event["requestId"])

    def until_quiet(self) -> None:
        """Wait until the pictures in sight are there and nothing is under way."""
        self._page.wait_for_function(IN_SIGHT)
        deadline = time.monotonic() + QUIET_SECONDS
        while self._under_way:
            assert time.monotonic() < deadline, [self._urls[one] for one in self._under_way]
            self._page.wait_for_timeout(20)  # events come in meanwhile

    def take(self) -> dict[str, int]:
        """Bytes by address since the last time, head and body. What came from the cache weighs nothing."""
        taken, self._bytes = self._bytes, {}
        return taken
