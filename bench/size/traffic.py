"""A mixture of requests that can go on for ever: reads, writes that leave the database as large as it is, refusals."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.api.load import Client, Load, raw
from bench.processes import HOST
from bench.rolling import id_number

READS = (
    "/user/getFriends/",
    "/user/getOrderStatus/",
    "/user/me/",
    "/user/getFriends/",
    "/user/getOrderStatus/",
    "/catalog/",
)
PAGE = "/admin/login/"
FIRST_NUMBER = 700_000
"""Of the ID numbers of the patients that are added: none that the database was filled with."""


class Mixture:
    """``requests``: for ever, each with its expected status as the first of the pair."""

    def __init__(self, tokens: Path, port: int) -> None:
        self._tokens = tokens.read_text().split()
        self._port = port
        self._patients: list[dict[str, str]] = []

    async def prepare(self) -> None:
        """Each user adds a patient, whom later requests change, and try to add again."""
        self._patients = []
        async with httpx.AsyncClient(base_url=f"http://{HOST}:{self._port}", trust_env=False) as client:
            for number, token in enumerate(self._tokens):
                patient = {"name": "王小明", "if18": "y", "sex": "m", "relation": "父母"}
                patient |= {"phone": f"139{number:08d}", "idcard": id_number(FIRST_NUMBER + number)}
                reply = await client.post(
                    "/user/add1friend/", json=patient, headers={"Authorization": f"Bearer {token}"}
                )
                reply.raise_for_status()
                self._patients.append({**patient, "id": str(reply.json()["id"])})

    def requests(self) -> Iterator[tuple[bytes, bytes]]:
        """Ten of each user in turn: six reads, two writes, a page of the administration, a path that nobody has."""
        chance = random.Random(5)  # a choice for a measurement, not a secret
        for number in itertools.count():
            at = number % len(self._tokens)
            token, patient = self._tokens[at], self._patients[at]
            edited = {**patient, "relation": chance.choice(("父母", "子女", "夫妻"))}
            one = [(b"200", raw("GET", path, token)) for path in READS]
            one.append((b"200", raw("POST", "/user/edit1friend/", token, json.dumps(edited).encode())))
            one.append((b"200", raw("POST", "/user/add1friend/", token, json.dumps(patient).encode())))
            one.append((b"200", raw("GET", PAGE, token)))
            one.append((b"404", raw("GET", f"/nobody/has/{number}/", token)))
            chance.shuffle(one)
            yield from one


class _Caller(Client):
    """Sends until there is nothing left, and compares each status with the one that is expected."""

    def __init__(self, load: Load, mixture: Iterator[tuple[bytes, bytes]]) -> None:
        super().__init__(load)
        self._mixture, self._expected = mixture, b"200"

    def _send(self) -> None:
        following = next(self._mixture, None)
        if following is None:
            self.transport.close()
            return
        self._expected, request = following
        self.transport.write(request)

    def _is_failure(self, status: bytes) -> bool:
        return status != self._expected

    def connection_lost(self, error: Exception | None) -> None:
        """Lost before its time: the answer is missing, which ``send`` counts."""
        self._load.open -= 1
        if not self._load.open:
            self._load.over.set()


async def send(mixture: Iterator[tuple[bytes, bytes]], port: int, count: int, connections: int) -> int:
    """The next ``count`` requests; how many were not answered as they should be."""
    load, part = Load(iter(()), float("inf")), itertools.islice(mixture, count)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: _Caller(load, part), HOST, port)
    await load.over.wait()
    return load.failed + count - len(load.times)
