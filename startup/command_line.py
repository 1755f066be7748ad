"""The command line of ``main.py``: arguments in, exit code out.

A new command is a line in ``parser`` (``startup/arguments.py``) and in ``_COMMANDS`` (``startup/command_table.py``).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import config
from config import ConfigError, Settings
from startup import output
from startup.arguments import parser
from startup.backup import BackupFailed
from startup.given_settings import given_settings
from startup.problems import CommandFailed
from startup.processes import serve_with_processes
from startup.running import serving_from


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code."""
    with output.kept_alive():
        return _main(arguments)


def _main(arguments: list[str] | None) -> int:
    given = parser().parse_args(arguments)
    if given.command in _PRINTED:
        output.print_utf8(_PRINTED[given.command]())
        return 0
    try:
        if given.command in ("serve", "demo") and hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the server listens to it: it never kills
        settings = given_settings(given)
        output.log_to_stderr(settings.server.log_level)
        os.umask(0o077)  # what the server writes is for its own eyes
        return _run(_work(settings, given))
    except (ConfigError, CommandFailed, BackupFailed) as error:
        problem = str(error)
    except OSError as error:  # a folder that cannot be written, a full disk: the operator's to mend
        problem = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except KeyboardInterrupt:
        return 130
    print(f"错误 / error: {problem}", file=sys.stderr)
    return 1


def _run(work: Coroutine[Any, Any, int]) -> int:
    factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if importlib.util.find_spec("uvloop"):  # not on every platform
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work)


async def _work(settings: Settings, given: argparse.Namespace) -> int:
    if given.command == "serve" and given.processes > 1 and not given.worker:
        with serving_from(settings.data):
            return await serve_with_processes(settings, given.processes, _worker_arguments(given))
    gc.disable()  # what is imported stays: to look through it again and again would take a fifth of a start
    from startup import command_table  # 40 MB, of which the parent above needs nothing

    gc.collect()  # what is frozen is never collected: of each class with slots there were two
    gc.freeze()
    gc.enable()
    return await command_table.run(settings, given)


def _worker_arguments(given: argparse.Namespace) -> list[str]:
    """The command line of a worker: as this one's, with the configuration as it will be in the file then."""
    chosen = ["--config", given.config] if given.config else []
    return ["--data", given.data, *chosen, "serve"]


def _new_secrets() -> str:
    from startup.new_secrets import new_secrets

    return new_secrets()


_PRINTED: dict[str, Callable[[], str]] = {
    "config-example": config.example,
    "secrets": _new_secrets,
}
"""Commands that need no configuration."""
