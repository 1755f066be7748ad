"""The commands of ``main.py``: arguments in, exit code out.

A new one is a line in ``parser`` (``startup/arguments.py``) and in ``_COMMANDS``.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import importlib.util
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import config
from clock import now_ms
from config import ConfigError, Settings, load_settings
from startup import commands, complaint_notifications, development, output, staging
from startup.arguments import parser
from startup.backup import BackupFailed
from startup.new_secrets import new_secrets
from startup.passwords import ask_password, read_password
from startup.running import FolderInUse, locked_folder
from startup.server import data_folder, serve, serve_as_worker, serve_with_processes
from startup.wechat_paths import set_paths
from storage import StorageError


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
        settings = _settings(given)
        output.log_to_stderr(settings.server.log_level)
        os.umask(0o077)  # what the server writes is for its own eyes
        return _run(_COMMANDS[given.command](settings, given))
    except (ConfigError, StorageError, commands.CommandFailed, BackupFailed) as error:
        problem = str(error)
    except OSError as error:  # a folder that cannot be written, a full disk: the operator's to mend
        problem = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except KeyboardInterrupt:
        return 130
    print(f"错误 / error: {problem}", file=sys.stderr)
    return 1


def _settings(given: argparse.Namespace) -> Settings:
    """Raises ConfigError."""
    data = data_folder(given.data, make=given.command not in _READ_ONLY_COMMANDS)
    file = Path(given.config) if given.config else None
    if given.command == "restore" and given.keys:
        from startup.backup.command import restore_settings

        return restore_settings(data, given.file, file)
    settings = load_settings(data, file)
    if given.command in ("serve", "demo") and given.port is not None:
        settings = settings.replace("server", port=given.port)
    if settings.staging and given.command != "sandbox":
        settings = _rehearsing(settings)
    return settings


def _rehearsing(settings: Settings) -> Settings:
    """With the stand-in that runs beside this server, in the same data folder. Raises ConfigError."""
    folder = settings.data / "sandbox"
    staging.refuse_merchant_data(settings)
    if not (folder / "identity.json").exists():
        raise ConfigError(
            f"{settings.source}: server.mode: staging needs WeChat's stand-in, which has not run in {settings.data} "
            "yet: start `main.py sandbox` with the same --data and --config"
        )
    from sandbox import load_identity

    return staging.with_stand_in(settings, load_identity(folder))


def _run(work: Coroutine[Any, Any, int]) -> int:
    factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if importlib.util.find_spec("uvloop"):  # not on every platform
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work)


async def _serve(settings: Settings, given: argparse.Namespace) -> int:
    try:
        with locked_folder(settings.data):
            return await _serve_alone_or_with_sandbox(settings, given)
    except FolderInUse:
        raise commands.CommandFailed(
            f"{settings.data}: a backup is being restored; wait for its end"
        ) from None


async def _serve_alone_or_with_sandbox(settings: Settings, given: argparse.Namespace) -> int:
    if given.worker:
        return await serve_as_worker(settings, given.worker)
    if given.processes > 1:
        return await serve_with_processes(settings, given.processes, _worker_arguments(given))
    if not settings.development or not settings.sandbox.enabled:
        return await serve(settings, None, reread=lambda: _settings(given))
    from sandbox import FolderInUse, Sandbox
    from sandbox.client import ClientBuild, routes

    story = None
    if given.command == "demo":
        from startup.demo import command as demo

        if demo.is_told(settings):
            output.print_utf8((settings.data / demo.MARK).read_text("utf-8"))
        else:
            settings = demo.without_limits(settings)
            story = demo.Story.of_days(settings, given.days)
    sandbox = Sandbox(
        settings.data / "sandbox",
        clock=story.clock if story else now_ms,
        notify_speed=settings.sandbox.notify_speed,
    )
    client = ClientBuild(config.ROOT / "Front", settings.data / "client")
    client.start()  # in the background: the page shows the progress until it is ready
    prefix = settings.server.base_path.rstrip("/")
    try:
        extra = routes(f"{prefix}/sandbox/client", client)
        return await serve(settings, sandbox, extra, reread=lambda: _settings(given), story=story)
    except FolderInUse as error:
        raise commands.CommandFailed(f"{error}: another server is using this data folder") from None
    finally:
        await client.stop()


def _worker_arguments(given: argparse.Namespace) -> list[str]:
    """The command line of a worker: as this one's, with the configuration as it will be in the file then."""
    chosen = ["--config", given.config] if given.config else []
    return ["--data", given.data, *chosen, "serve"]


async def _demo(settings: Settings, given: argparse.Namespace) -> int:
    if not settings.development or not settings.sandbox.enabled:
        raise commands.CommandFailed("a demonstration runs in development, with WeChat's stand-in")
    return await _serve(settings, given)


async def _sandbox(settings: Settings, given: argparse.Namespace) -> int:
    if not settings.development and not settings.staging:
        raise commands.CommandFailed("the sandbox never runs in production")
    from sandbox import FolderInUse, Sandbox
    from sandbox.app import make_app
    from sandbox.client import ClientBuild, routes

    sandbox = Sandbox(settings.data / "sandbox", notify_speed=settings.sandbox.notify_speed)
    if not settings.staging:
        return await commands.serve_sandbox(sandbox, make_app(sandbox), given.port)
    # A rehearsal is done on a phone, too: a proxy puts this beside the server, under sandbox/.
    client = ClientBuild(config.ROOT / "Front", settings.data / "client")
    client.start()
    try:
        application = make_app(sandbox, extra=routes("/sandbox/client", client, rehearsal=True))
        return await commands.serve_sandbox(sandbox, application, given.port)
    except FolderInUse as error:
        raise commands.CommandFailed(f"{error}: another stand-in is using this data folder") from None
    finally:
        await client.stop()


async def _check(settings: Settings, given: argparse.Namespace) -> int:
    """In development without the identity of a stand-in yet: with one for this once. Nothing is written."""
    if not settings.development:
        return await commands.check(settings, live=given.live)
    settings = development.with_secrets(settings, keep=False)
    if not settings.sandbox.enabled:
        return await commands.check(settings, live=given.live)
    from sandbox import load_identity

    with tempfile.TemporaryDirectory() as passing:
        kept = settings.data / "sandbox"
        identity = load_identity(kept if (kept / "identity.json").exists() else Path(passing))
        address = development.running_address(settings)
        return await commands.check(development.with_sandbox(settings, identity, address), live=given.live)


async def _migrate(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.migrate_database(settings)


async def _admin(settings: Settings, given: argparse.Namespace) -> int:
    if given.act == "unlock":
        return await commands.unlock_admin(settings, given.name)
    password = read_password() if given.password_stdin else ask_password()
    return await commands.create_admin(settings, given.name, password, given.role)


async def _reconcile(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.reconcile(_for_command(settings), given.day)


async def _complaint_notifications(settings: Settings, given: argparse.Namespace) -> int:
    return await complaint_notifications.run(_for_command(settings), given.act)


async def _wechat_paths(settings: Settings, given: argparse.Namespace) -> int:
    return await set_paths(_for_command(settings))


async def _ledger(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.ledger(settings)


async def _rotate_privacy_key(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.rotate_privacy_key(_for_command(settings))


async def _backup(settings: Settings, given: argparse.Namespace) -> int:
    from startup.backup.command import run_backup  # SQLAlchemy with it, which a server does not need

    return await run_backup(settings, given.file, with_keys=given.keys, overwrite=given.overwrite)


async def _restore(settings: Settings, given: argparse.Namespace) -> int:
    from startup.backup.command import run_restore

    return await run_restore(settings, given.file, with_keys=given.keys, overwrite=given.overwrite)


async def _import_legacy(settings: Settings, given: argparse.Namespace) -> int:
    from startup.legacy.command import import_legacy
    from startup.legacy.source import LegacyAddress, LegacyDatabaseError

    password = read_password() if given.password_stdin else getpass.getpass("旧数据库的密码 / password: ")
    address = LegacyAddress(given.host, given.port, given.name, given.user, password)
    try:
        return await import_legacy(_for_command(settings), address, dry_run=given.dry_run)
    except LegacyDatabaseError as error:
        raise commands.CommandFailed(str(error)) from None


def _for_command(settings: Settings) -> Settings:
    """In development, commands share secrets and sandbox with the running server of the same data folder."""
    if not settings.development:
        return settings
    settings = development.with_secrets(settings)
    if not settings.sandbox.enabled:
        return settings
    from sandbox import load_identity

    identity = load_identity(settings.data / "sandbox")
    return development.with_sandbox(settings, identity, development.running_address(settings))


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]] = {
    "serve": _serve,
    "demo": _demo,
    "migrate": _migrate,
    "check": _check,
    "admin": _admin,
    "sandbox": _sandbox,
    "reconcile": _reconcile,
    "wechat-paths": _wechat_paths,
    "complaint-notifications": _complaint_notifications,
    "ledger": _ledger,
    "rotate-privacy-key": _rotate_privacy_key,
    "backup": _backup,
    "restore": _restore,
    "import-legacy": _import_legacy,
}
_PRINTED: dict[str, Callable[[], str]] = {
    "config-example": config.example,
    "secrets": new_secrets,
}
"""Commands that need no configuration."""
_READ_ONLY_COMMANDS = ("check", "backup")
"""Commands that make not even the data folder."""
