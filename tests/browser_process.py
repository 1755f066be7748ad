"""The browser of the tests: the system's Chromium under Playwright. No browser is ever downloaded."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest
    from playwright.sync_api import Browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


class ChromiumMissing(RuntimeError):
    """No Chromium is installed."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running headless Chromium, for Playwright's synchronous API."""
    from playwright.sync_api import sync_playwright

    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise ChromiumMissing("Chromium is not installed (Debian: chromium)")
    arguments = ["--disable-dev-shm-usage", "--font-render-hinting=none", "--lang=zh-CN"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's own sandbox does not work for root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        own_loop = asyncio._get_running_loop()
        try:
            yield browser
        finally:
            asyncio._set_running_loop(own_loop)  # Playwright may be set aside when the end comes
            browser.close()


def uses_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())


@contextmanager
def playwright_set_aside() -> Iterator[None]:
    """While this lasts, another event loop may run in this thread although Playwright has been started.

    Playwright's synchronous API keeps a loop of its own "running" from its start to its end, suspended in a
    greenlet, and asyncio allows one per thread. Nothing of the browser may be used meanwhile.
    """
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        ended = running is None or running.is_closed()
        asyncio._set_running_loop(None if ended else running)
