"""Has uploaded pictures decoded, one at a time, each in a process that can be killed.

Decoding a file takes ``SECONDS`` at most, and nobody waits in the queue longer than ``WAIT_SECONDS``: then they are
told so, and when to try again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path

from catalog.picture_refusals import AVATAR_SIDE, PORTRAIT_SIDE, NotAPicture, TooCostly, TooManyPixels
from config import ROOT
from refusals import Busy

SECONDS = 8.0
"""Of a clock; the process's own limit of CPU time (``picture_process.py``) is lower."""
WAIT_SECONDS = 5.0
MAX_WAITING = 16
"""Each that waits holds its file in memory."""
MAX_COPIES = 64
"""JPEGs of avatars that are kept in memory, of some ten kilobytes each."""
_REFUSALS = {kind.__name__: kind for kind in (NotAPicture, TooManyPixels, TooCostly)}
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
"""No setting and no secret reaches the process."""


class DecoderBusy(Busy):
    """Too many pictures wait for their turn."""

    message = "现在上传图片的人比较多，请过几秒再试"


class PictureDecoder:
    """One queue. Avatars, photos of visits and pictures of the catalog have one each: none holds up another."""

    def __init__(self) -> None:
        self._slot = asyncio.Lock()
        self._waiting = 0

    async def avatar(self, content: bytes) -> bytes:
        """A square WebP of a user. Raises NotAPicture and its kinds, DecoderBusy when too many are waiting."""
        return (await self._decode(content, "square", AVATAR_SIDE))[0]

    async def portrait(self, content: bytes) -> bytes:
        """The same of an escort, larger. Raises as ``avatar`` does."""
        return (await self._decode(content, "square", PORTRAIT_SIDE))[0]

    async def photo(self, content: bytes) -> bytes:
        """A JPEG without metadata. Raises as ``avatar`` does."""
        return (await self._decode(content, "photo", 0))[0]

    async def for_catalog(self, content: bytes, side: int) -> tuple[bytes, str]:
        """At most ``side`` px long, and the ending of its format. Raises as ``avatar`` does."""
        return await self._decode(content, "catalog", side)

    async def _decode(self, content: bytes, task: str, side: int) -> tuple[bytes, str]:
        await self._take_slot()
        try:
            answer = await _answer(content, task, side)
        finally:
            self._slot.release()
        head, _, encoded = answer.partition(b"\n")
        word, _, ending = head.decode("ascii", "replace").partition(" ")
        if word == "ok" and encoded:
            return encoded, ending
        raise _REFUSALS.get(word, TooCostly)  # killed at a limit, or by what the file did to the decoder

    async def _take_slot(self) -> None:
        if self._waiting >= MAX_WAITING:
            raise DecoderBusy
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._slot.acquire()
        except TimeoutError:
            raise DecoderBusy from None
        finally:
            self._waiting -= 1


class JpegCopies:
    """JPEGs of small pictures that are kept as WebP, each made once however often it is asked for. Its queue is its
    own: whoever reads holds up nobody who uploads."""

    def __init__(self) -> None:
        self._decoder = PictureDecoder()
        self._made: dict[str, asyncio.Task[bytes]] = {}
        """By the file's name, which is never used twice; the newest at the end."""

    async def of(self, file: Path) -> bytes:
        """Raises as ``PictureDecoder.photo`` does, and FileNotFoundError."""
        made = self._made.get(file.name)
        if made is None or (made.done() and (made.cancelled() or made.exception())):
            made = self._made[file.name] = asyncio.create_task(self._make(file))
            while len(self._made) > MAX_COPIES:
                del self._made[next(iter(self._made))]
        return await asyncio.shield(made)

    async def _make(self, file: Path) -> bytes:
        return await self._decoder.photo(await asyncio.to_thread(file.read_bytes))


async def _answer(content: bytes, task: str, side: int) -> bytes:
    """What the process writes; empty when it ends otherwise. It never outlives this call."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-s",
        "-m",
        "catalog.picture_process",
        task,
        str(side),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=ROOT,
        env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        start_new_session=True,  # Ctrl-C in the terminal stops the server, which lets it finish
    )
    try:
        async with asyncio.timeout(SECONDS):
            answer, _ = await process.communicate(content)
        return answer if process.returncode == 0 else b""
    except TimeoutError:
        return b""
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await asyncio.shield(process.wait())
