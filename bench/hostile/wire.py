"""HTTP by hand: any bytes go out as they are, whether they are HTTP or not, and an answer comes back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

HOST = "127.0.0.1"
ANSWER_SECONDS = 30.0
HUGE = 64 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """``status`` is 0 where the connection was closed without one."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "")


NO_ANSWER = Answer(0)


class Connection:
    """One connection, opened again whenever the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes, *, no_body: bool = False, whole: bool = True) -> Answer:
        """``no_body``: the answer to a HEAD. ``whole``: the request is HTTP; otherwise the other side may wait for
        more, and our half of the connection is closed. Raises TimeoutError."""
        fresh = self._streams is None
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await self._exchange(request, no_body, whole)
            if (
                answer is NO_ANSWER and not fresh and whole
            ):  # closed while it was idle: no word about this one
                answer = await self._exchange(request, no_body, whole)
        return answer

    async def _exchange(self, request: bytes, no_body: bool, whole: bool) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(HOST, self._port, limit=1024 * 1024)
        reader, writer = self._streams
        try:
            writer.write(request)
            if not whole:
                writer.write_eof()
            answer = await self._read(reader, no_body)
        except (asyncio.IncompleteReadError, OSError, asyncio.LimitOverrunError):
            answer = NO_ANSWER
        if answer is NO_ANSWER or not whole or answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    async def _read(self, reader: asyncio.StreamReader, no_body: bool) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        status = int(first.split(" ", 2)[1])
        if status == 100:
            return await self._read(reader, no_body)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if no_body or status in (204, 304):
            return Answer(status, headers)
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, await _chunks(reader))
        length = headers.get("content-length")
        body = await (reader.read(HUGE) if length is None else reader.readexactly(int(length)))
        return Answer(status, headers, body)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    pieces = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(pieces)


def request(method: str, target: bytes, headers: list[tuple[str, str]], body: bytes = b"") -> bytes:
    """The bytes of a request. Headers are sent as they are, line breaks in them too."""
    lines = [method.encode("latin-1", "replace") + b" " + target + b" HTTP/1.1"]
    lines += [f"{name}: {value}".encode("utf-8", "surrogatepass") for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
