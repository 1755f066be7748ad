"""What a page transfers, in bytes on the wire, as Chromium counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Traffic:
    """Counts from now on."""

    def __init__(self, page: Page) -> None:
        self._urls: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["request"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        url = self._urls.get(event["requestId"], "")
        size = int(event["encodedDataLength"])
        if url.startswith("http") and size:
            self._bytes[url] = self._bytes.get(url, 0) + size

    def take(self) -> dict[str, int]:
        """Bytes by address since the last time, head and body. What came from the cache weighs nothing."""
        taken, self._bytes = self._bytes, {}
        return taken
