"""JavaScript errors of a browser's pages, noticed when they happen: a page that is reopened forgets its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, WebError


class PageErrors:
    """Errors in all pages of a context, whatever they show, until ``end``: what nobody caught, and what the client
    caught in a page's function and wrote to the console. ``texts``: in order; a test that provokes one empties it.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.texts: list[str] = []
        self._context = context
        context.on("weberror", self._uncaught)
        context.on("console", self._written)

    def _uncaught(self, event: WebError) -> None:
        self.texts.append(f"uncaught: {event.error}")

    def _written(self, message: ConsoleMessage) -> None:
        # The browser writes refused requests there as well; whether those are wanted, tests judge by the requests.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.texts.append(f"caught: {message.text}")

    def end(self) -> None:
        self._context.remove_listener("weberror", self._uncaught)
        self._context.remove_listener("console", self._written)
