"""Several server processes behind one address: a parent that holds the sockets, starts the workers, and replaces them.

The parent serves nobody, and imports nothing that only serving needs. It listens, so that connections wait in the
kernel's queue while workers change, and starts each worker as a program of its own (``main.py … serve --worker FD …``)
with the sockets inherited. Between parent and worker lies a pair of sockets: the worker writes one byte when it is
ready, and reads the end when its parent is gone.

SIGTERM and SIGINT end the workers, who answer what is in flight. SIGHUP replaces them one by one: a new one is ready
before an old one stops. A worker that ends by itself is started again, each time a little later.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from config import ROOT, ConfigError, Settings
from startup.addresses import bound, print_addresses

logger = logging.getLogger("hospital.processes")

COUNTS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's (``measures.FOLDER_VARIABLE``)."""
READY = b"r"
READY_SECONDS = 60.0
"""So long a worker may take to start."""
EXIT_SECONDS = 5.0
"""So long one that cannot start may take to say why."""
END_SECONDS = 25.0
"""So long a worker may take to answer what is in flight and to close what it has open, without
``server.stop_delay_seconds``. Longer than it can when all is well, shorter than the patience of systemd."""
FIRST_PAUSE, MAX_PAUSE = 1.0, 30.0
"""Seconds before a worker that ended is started again; doubled each time."""
SETTLED_SECONDS = 60.0
"""A worker that lived so long begins with the first pause again."""


@dataclass
class _Worker:
    """A running worker. ``line``: our end of the pair of sockets."""

    process: Process
    line: socket.socket
    started: float
    leaving: bool = False
    """It was told to end."""


class Processes:
    """``command``: the arguments of a worker, to which the file descriptors are added. ``announce`` is called once,
    when the first worker is ready. ``end_seconds``: after which a worker that was told to end is killed."""

    def __init__(
        self,
        count: int,
        command: Sequence[str],
        sockets: Sequence[socket.socket],
        announce: Callable[[], None],
        end_seconds: float = END_SECONDS,
    ) -> None:
        self._count = count
        self._command = list(command)
        self._sockets = sockets
        self._announce = announce
        self._end_seconds = end_seconds
        self._workers: list[_Worker] = []
        self._keepers: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._replacing = asyncio.Lock()
        self._counts = tempfile.TemporaryDirectory(prefix="hospital-metrics-")
        """Where the workers count for ``metrics/``: what one has counted stays when it has ended."""
        self._last_code = 1
        """Of the last worker that could not start."""

    async def run(self) -> int:
        """Until SIGTERM or SIGINT; the exit code. That of the first worker when it cannot start."""
        with self._counts:
            return await self._run()

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        async with self._replacing:  # a SIGHUP that comes meanwhile must not end what is not ready yet
            first = await self._start()
            if first is None:
                return self._last_code
            self._announce()
            others = await asyncio.gather(*(self._start() for _ in range(self._count - 1)))
        if missing := others.count(None):
            logger.error("%d of %d workers could not start; they are tried again", missing, self._count)
            for _ in range(missing):
                self._keep(self._start_again(FIRST_PAUSE))
        print(f"{len(self._workers)} 个进程 / processes are ready", flush=True)
        await self._stopping.wait()
        print("正在停止 / stopping…", flush=True)
        for task in list(self._keepers):
            task.cancel()
        await asyncio.gather(*(self._end(worker) for worker in list(self._workers)))
        return 0

    async def _start(self) -> _Worker | None:
        """A worker that is ready; None when it ended before, or took too long."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        numbers = [*(each.fileno() for each in self._sockets), theirs.fileno()]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "main.py",
            *self._command,
            "--worker",
            ",".join(map(str, numbers)),
            cwd=ROOT,
            pass_fds=numbers,
            env={**os.environ, COUNTS_VARIABLE: self._counts.name},
        )
        theirs.close()
        worker = _Worker(process, ours, time.monotonic())
        self._workers.append(worker)
        if not await self._is_ready(worker):
            with contextlib.suppress(TimeoutError):  # it is about to end by itself, with its own exit code
                await asyncio.wait_for(process.wait(), EXIT_SECONDS)
            await self._end(worker)
            self._last_code = process.returncode or 1
            return None
        self._keep(self._watch(worker))
        return worker

    @staticmethod
    async def _is_ready(worker: _Worker) -> bool:
        try:
            async with asyncio.timeout(READY_SECONDS):
                return await asyncio.get_running_loop().sock_recv(worker.line, 1) == READY
        except (TimeoutError, OSError):
            return False

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._keepers.add(task)
        task.add_done_callback(self._keepers.discard)

    async def _watch(self, worker: _Worker) -> None:
        """Start another one when this one ends without having been told to."""
        code = await worker.process.wait()
        self._forget(worker)
        if worker.leaving or self._stopping.is_set():
            return
        logger.error("worker %d ended with %s; another one is started", worker.process.pid, code)
        lived = time.monotonic() - worker.started
        await self._start_again(FIRST_PAUSE if lived > SETTLED_SECONDS else FIRST_PAUSE * 2)

    async def _start_again(self, pause: float) -> None:
        """Start a worker until one is there, in place of one that has ended. Not while all are being replaced: how many
        are missing is known only afterwards."""
        while not self._stopping.is_set():
            await asyncio.sleep(pause)
            async with self._replacing:
                if len(self._workers) >= self._count or await self._start() is not None:
                    return
            pause = min(pause * 2, MAX_PAUSE)

    def _forget(self, worker: _Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
            worker.line.close()
            from prometheus_client.multiprocess import mark_process_dead

            mark_process_dead(worker.process.pid, self._counts.name)  # type: ignore[no-untyped-call]

    async def _end(self, worker: _Worker) -> None:
        """Tell a worker to end, and wait until it has answered what is in flight. One that does not listen any more is
        killed: the replacement of the others would wait for it without end."""
        worker.leaving = True
        if worker.process.returncode is None:
            try:
                worker.process.terminate()
            except ProcessLookupError:
                """It has just ended by itself."""
        try:
            async with asyncio.timeout(self._end_seconds):
                await worker.process.wait()
        except TimeoutError:
            logger.error("worker %d does not end; it is killed", worker.process.pid)
            with contextlib.suppress(ProcessLookupError):
                worker.process.kill()
            await worker.process.wait()
        self._forget(worker)

    def _hang_up(self) -> None:
        self._keep(self._roll())

    async def _roll(self) -> None:
        """Replace every worker of now, one by one. When a new one cannot start, the old ones stay."""
        async with self._replacing:
            for old in list(self._workers):
                if old not in self._workers:
                    continue  # it has ended by itself: another one is started afterwards
                if await self._start() is None:
                    logger.error("SIGHUP: a new worker could not start; the others stay as they are")
                    return
                await self._end(old)
            logger.warning("SIGHUP: %d workers were replaced", self._count)


async def serve_with_processes(settings: Settings, count: int, arguments: list[str]) -> int:
    """Run ``count`` workers until SIGINT or SIGTERM; the exit code. ``arguments``: a worker's command line.

    Raises ConfigError: WeChat's stand-in lives in one process.
    """
    if settings.development and settings.sandbox.enabled:
        raise ConfigError(
            f"{settings.source}: --processes: several of them need sandbox.enabled = false, or production"
        )
    sockets = bound(settings)
    return await Processes(
        count,
        arguments,
        sockets,
        lambda: print_addresses(settings, sockets, False),
        settings.server.stop_delay_seconds + END_SECONDS,
    ).run()


def inherited(descriptors: str) -> tuple[list[socket.socket], socket.socket]:
    """In a worker: the sockets to listen on, and the line to the parent. ``descriptors``: as in ``--worker``."""
    *listening, line = (socket.socket(fileno=int(number)) for number in descriptors.split(","))
    for each in (*listening, line):
        each.setblocking(False)
        each.set_inheritable(False)
    return listening, line


async def parent_is_gone(line: socket.socket) -> None:
    """Returns when the parent has ended, however it did."""
    try:
        while await asyncio.get_running_loop().sock_recv(line, 1):
            """The parent says nothing."""
    except OSError:
        """Gone as well."""
