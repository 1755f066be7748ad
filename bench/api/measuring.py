"""One measurement after the other: who is asked what, for how long, and what it took."""

from __future__ import annotations

import asyncio
import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.api.prepared import Prepared
from bench.api.subjects import BARE, Subject
from config import ROOT


@dataclass(frozen=True)
class Kind:
    """A request. ``adds``: with a body of its own each time."""

    name: str
    path: str
    adds: bool = False


KINDS = (
    Kind("patients list", "/user/getFriends/"),
    Kind("order list", "/user/getOrderStatus/"),
    Kind("add patient", "/user/add1friend/", adds=True),
)


@dataclass(frozen=True)
class Sample:
    """What a few seconds of one request at one server showed."""

    subject: str
    kind: str
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Processor time of the server, a request."""
    database_us: float
    """That of MariaDB's process, a request."""
    failed: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def percentile(ordered: list[float], percent: float) -> float:
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


class Measuring:
    """``database_us``: processor time of the database's process so far."""

    def __init__(
        self, prepared: Prepared, connections: int, seconds: float, database_us: Callable[[], float]
    ) -> None:
        self._prepared, self._connections, self._seconds = prepared, connections, seconds
        self._database_us = database_us
        self._bodies_used = 0
        self._bytes: dict[str, int] = {}

    async def look_at_sizes(self, subject: Subject) -> None:
        """How many bytes each answer has: the bare handler sends as many."""
        token = self._prepared.tokens.read_text().split()[0]
        for kind in KINDS:
            if not kind.adds:
                self._bytes[kind.name] = await _answer_bytes(subject.port, kind.path, token)

    async def sample(self, subject: Subject, kind: Kind) -> list[Sample]:
        """None where the subject has nothing like it (a bare handler adds nobody), else one."""
        if subject.name == BARE and kind.adds:
            return []
        await self._load(subject, kind, min(0.7, self._seconds))
        cpu, database = subject.spent_us(), self._database_us()
        found = await self._load(subject, kind, self._seconds)
        cpu, database = subject.spent_us() - cpu, self._database_us() - database
        if found["failed"]:
            print(
                f"{subject.name}, {kind.name}: {found['failed']} of {len(found['times'])} failed", flush=True
            )
        times = sorted(found["times"])
        count = max(len(times), 1)
        sample = Sample(
            subject.name,
            kind.name,
            len(times) / found["seconds"],
            percentile(times, 50) * 1000,
            percentile(times, 99) * 1000,
            cpu / count,
            database / count,
            found["failed"],
        )
        return [sample]

    async def _load(self, subject: Subject, kind: Kind, seconds: float) -> dict[str, Any]:
        path = kind.path if subject.name != BARE else f"/{self._bytes[kind.name]}"
        order: dict[str, Any] = {
            "method": "POST" if kind.adds else "GET",
            "path": path,
            "tokens": str(self._prepared.tokens),
            "port": subject.port,
            "connections": self._connections,
            "seconds": seconds,
        }
        if kind.adds:
            order |= {"bodies": str(self._prepared.bodies), "skip": self._bodies_used}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.api.load"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        answered, _ = await process.communicate(json.dumps(order).encode())
        if process.returncode:
            raise RuntimeError(f"the load generator ended with {process.returncode}")
        found: dict[str, Any] = json.loads(answered)
        if kind.adds:
            self._bodies_used += len(found["times"]) + found["failed"] + self._connections
        return found


async def _answer_bytes(port: int, path: str, token: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    return len(answer.partition(b"\r\n\r\n")[2])


def save(path: Path, about: dict[str, Any], samples: list[Sample]) -> None:
    """Add a run to a file of runs, one JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**about, "samples": [each.as_json() for each in samples]}) + "\n")
