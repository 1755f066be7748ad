"""What is compared: this server, perhaps an older checkout of it, FastAPI, and a bare Tornado handler."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.processes import HOST, Program, Site, free_port, launch
from config import ROOT, Settings
from storage import sqlite_path

PACKAGES = ROOT / "build" / "bench-packages"
OURS, BEFORE, FASTAPI, BARE = "this server", "before", "FastAPI", "bare handler"


class Subject:
    """A server process that is measured."""

    def __init__(self, name: str, port: int, pid: int) -> None:
        self.name, self.port, self.pid = name, port, pid

    def spent_us(self) -> float:
        """Processor time of all its threads so far."""
        return spent_us(self.pid)

    def memory_mb(self) -> float:
        """What it holds in memory (VmRSS)."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


def spent_us(pid: int) -> float:
    """Processor time of all threads of a process so far, in microseconds (Linux)."""
    files = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[0]) for file in files) / 1e3


async def _answers(port: int) -> None:
    """Wait until something listens. Raises TimeoutError."""
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return


def _address(settings: Settings) -> dict[str, Any]:
    database = settings.database
    names = ("engine", "host", "port", "name", "user", "password", "pool_size")
    path = str(sqlite_path(database, settings.data))
    return {**{name: getattr(database, name) for name in names}, "path": path}


def older(site: Site, folder: Path) -> Program:
    """An older checkout, on the same data."""
    port = free_port()
    program = Program(BEFORE, site.data, port, ["serve"], "healthz/")
    program.environment, program.folder = site.server.environment, folder
    return program


@asynccontextmanager
async def served(site: Site, before: Path | None) -> AsyncIterator[list[Subject]]:
    """All that is compared, running; idle ones cost nothing."""
    settings = site.settings()
    site.server.environment["HA_SERVER_LOG_LEVEL"] = "info"  # as it is installed, with its access log
    programs = [(OURS, site.server)] + ([(BEFORE, older(site, before))] if before else [])
    others: list[subprocess.Popen[bytes]] = []
    try:
        subjects = []
        for name, program in programs:
            began = time.monotonic()
            program.start()
            await _answers(program.port)
            print(f"{name}: listens after {time.monotonic() - began:.2f} s", flush=True)
            await program.ready()
            subjects.append(Subject(name, program.port, program.pid))
        given = json.dumps({"privacy_key": settings.privacy.key, "database": _address(settings)})
        for name, module in ((FASTAPI, "bench.api.fastapi_app"), (BARE, "bench.api.bare_app")):
            port = free_port()
            with (site.data / f"{module}.log").open("wb") as log:
                process = launch(
                    [sys.executable, "-m", module, str(port)],
                    log,
                    {"PYTHONPATH": os.pathsep.join([str(PACKAGES), str(ROOT)])},
                    stdin=subprocess.PIPE,
                )
            others.append(process)
            assert process.stdin is not None
            process.stdin.write(given.encode())
            process.stdin.close()
            await _answers(port)
            subjects.append(Subject(name, port, process.pid))
        yield subjects
    finally:
        for process in others:
            process.kill()
            process.wait()
        for _, program in programs:
            program.kill()
