"""The product as its own process, with the browser client built."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.browser.clients import wait_for
from tests.served import Served, serving

BUILD_SECONDS = 90.0
SETTINGS = {"HA_LIMITS_LOGIN_PER_MINUTE": "0"}
"""All persons of the tests come from one address, which the shipped limit takes for one person in a hurry."""


@contextmanager
def serving_with_client(folder: Path, port: int = 0, client: Path | None = None) -> Iterator[Served]:
    """The product, once the browser client is built. ``client``: one that is built already."""
    if client is not None:
        shutil.copytree(client, folder / "client")  # keeps the dates: the server finds it current
    with serving(folder, settings=SETTINGS, port=port) as served:
        wait_for(lambda: _start_page(served), BUILD_SECONDS)
        yield served


def _start_page(served: Served) -> str:
    """The client's page; while it is being built, another one that tells how far it is."""
    answer = httpx.get(f"{served.root}sandbox/client/?bare=1", trust_env=False, timeout=10)
    return answer.text if "runtime." in answer.text else ""
