"""nginx with an upstream as its manual begins: no ``max_fails=0``, nothing about what is tried again.

Requests come a connection each, reads and writes, while every server behind it is replaced.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bench.databases import Database, database
from bench.processes import Program, Site, free_port
from bench.rolling import Report, client, workers_of
from tests.deploy.test_behind_nginx import HOST, NGINX, main_file

CLIENTS, REQUESTS = 8, 300
UNITS = 3
FORGETS_AFTER = 10.5
"""So long nginx asks nothing of a server that has failed once (``fail_timeout``): the next one ends after that."""
WRITE_EVERY = 100
"""So that there are writes until the end, though a user has 50 patients at the most."""


def default_site(http: int, servers: list[int]) -> str:
    upstream = "\n".join(f"    server {HOST}:{port};" for port in servers)
    return (
        f"access_log off;\nupstream hospital {{\n{upstream}\n}}\n"
        f"server {{\n    listen {HOST}:{http};\n    location / {{ proxy_pass http://hospital; }}\n}}\n"
    )


@asynccontextmanager
async def nginx(folder: Path, servers: list[int]) -> AsyncIterator[str]:
    """An nginx in front of these ports; its address."""
    assert NGINX
    folder.chmod(0o755)
    http = free_port()
    file = main_file(folder, default_site(http, servers))
    process = subprocess.Popen([NGINX, "-c", str(file), "-p", str(folder)])
    root = f"http://{HOST}:{http}/"
    try:
        async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as visitor:
            while True:
                try:
                    if (await visitor.get(f"{root}readyz/")).status_code == 200:
                        break
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)
        yield root
    finally:
        process.terminate()
        process.wait(20)


async def load(root: str, replace: Callable[[], Awaitable[None]]) -> Report:
    """Requests until all are answered and everything was replaced at least once."""
    report, ended = Report(), asyncio.Event()

    def left() -> Iterator[int]:
        number = 0
        while number < REQUESTS or not ended.is_set():
            yield number
            number += 1

    async def keep_replacing() -> None:
        await replace()
        report.rolls += 1
        ended.set()

    numbers = left()
    await asyncio.gather(
        keep_replacing(),
        *(client(root, f"person{number}", numbers, report, WRITE_EVERY) for number in range(CLIENTS)),
    )
    return report


@pytest.fixture
def base() -> Iterator[Database]:
    if NGINX is None:
        pytest.skip("nginx is not installed: make deploy-test installs it")
    with database("mysql") as under_test:
        yield under_test


@pytest.mark.promise(44)
def test_nothing_fails_while_the_processes_of_a_server_are_replaced(base: Database, tmp_path: Path) -> None:
    async def run() -> Report:
        site = Site(tmp_path / "data", base.environment, processes=2)
        try:
            await site.start()

            async def replace() -> None:
                before = workers_of(site.server.pid)
                os.kill(site.server.pid, signal.SIGHUP)
                while len(now := workers_of(site.server.pid)) != 2 or now & before:
                    await asyncio.sleep(0.05)

            async with nginx(tmp_path, [site.server.port]) as root:
                return await load(root, replace)
        finally:
            site.kill()

    report = asyncio.run(run())
    assert (report.failed, report.rolls) == (0, 1), report.text()


@pytest.mark.promise(44)
def test_nothing_fails_while_three_servers_are_ended_and_started_again_one_by_one(
    base: Database, tmp_path: Path
) -> None:
    async def run() -> Report:
        site = Site(tmp_path / "data", base.environment)
        others = [
            Program(f"server{number}", site.data, free_port(), ["serve"], "healthz/")
            for number in range(1, UNITS)
        ]
        servers = [site.server, *others]
        for other in others:
            other.environment = site.server.environment
        try:
            await site.start()
            for other in others:
                other.start()
                await other.ready()

            async def replace() -> None:
                for server in servers:
                    if server is not servers[0]:
                        await asyncio.sleep(FORGETS_AFTER)
                    assert await server.stop() == 0
                    server.start()
                    await server.ready()

            async with nginx(tmp_path, [server.port for server in servers]) as root:
                return await load(root, replace)
        finally:
            for other in others:
                other.kill()
            site.kill()

    report = asyncio.run(run())
    assert (report.failed, report.rolls) == (0, 1), report.text()
