"""The commands of ``main.py``: arguments in, exit code out. A new one is a line in ``parser`` and in ``_COMMANDS``."""

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
from config import ConfigError, Settings, load_settings
from startup import commands, development, output
from startup.backup import BackupFailed
from startup.backup.command import restore_settings, run_backup, run_restore
from startup.new_secrets import new_secrets
from startup.running import FolderInUse, locked_folder
from startup.server import data_folder, serve, serve_as_worker, serve_with_processes
from storage import StorageError

MAX_PROCESSES = 64


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="main.py", description="陪诊预约服务 / hospital escort booking")
    root.add_argument("--data", default="data", help="folder for everything that is written (default: data)")
    root.add_argument(
        "--config", help="configuration file (default: config.toml beside main.py, if there is one)"
    )
    root.add_argument("--version", action="version", version=f"HospitalAppointment {config.VERSION}")
    sub = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serving = sub.add_parser("serve", help="run the server")
    serving.add_argument("--port", type=int, help="instead of server.port")
    serving.add_argument(
        "--processes", type=_count, default=1, metavar="N", help="so many server processes behind the address"
    )
    serving.add_argument("--worker", help=argparse.SUPPRESS)  # what a parent gives to each of them
    sub.add_parser("migrate", help="bring the database to the newest schema")
    sub.add_parser("check", help="run every start-up check and list the results")
    sub.add_parser("config-example", help="print config.example.toml")
    sub.add_parser("secrets", help="print new secrets as an environment file; nothing is written")
    admin = sub.add_parser("admin", help="administrators").add_subparsers(dest="act", required=True)
    create = admin.add_parser("create", help="make an account; asks for the password")
    create.add_argument("name")
    create.add_argument("--role", choices=["owner", "clerk"], default="owner")
    create.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    unlock = admin.add_parser("unlock", help="let an account log in again after too many wrong passwords")
    unlock.add_argument("name")
    stand_in = sub.add_parser("sandbox", help="run WeChat's stand-in alone (development)")
    stand_in.add_argument("--port", type=int, default=8001)
    reconcile = sub.add_parser("reconcile", help="compare a day's bill of WeChat with the ledger")
    reconcile.add_argument(
        "day", nargs="?", metavar="YYYY-MM-DD", help="default: every day that is still missing"
    )
    sub.add_parser("ledger", help="print the balance per day, and check the ledger against itself")
    sub.add_parser("rotate-privacy-key", help="seal all personal numbers with the newest key")
    backup = sub.add_parser(
        "backup", help="write database, pictures, avatars and bills to a file; while serving"
    )
    restore = sub.add_parser(
        "restore", help="put a backup back, whole or not at all; the server must be stopped"
    )
    for copying in (backup, restore):
        copying.add_argument("file", type=Path)
        copying.add_argument("--overwrite", action="store_true", help="replace what is there")
    backup.add_argument(
        "--keys", action="store_true", help="config.toml and key files, too: keep the file safe"
    )
    restore.add_argument("--keys", action="store_true", help="put config.toml and key files back, too")
    legacy = sub.add_parser("import-legacy", help="take over the older system's MySQL database")
    legacy.add_argument("--host", required=True)
    legacy.add_argument("--port", type=int, default=3306)
    legacy.add_argument("--name", required=True, help="name of the older database")
    legacy.add_argument("--user", required=True)
    legacy.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    legacy.add_argument(
        "--dry-run", action="store_true", help="do all the work, write nothing, print the report"
    )
    return root


def _count(text: str) -> int:
    """Raises ArgumentTypeError, which argparse prints."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PROCESSES:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_PROCESSES}")
    return int(text)


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
        if given.command == "serve" and hasattr(signal, "SIGHUP"):
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
        return restore_settings(data, given.file, file)
    settings = load_settings(data, file)
    if given.command == "serve" and given.port is not None:
        settings = settings.replace("server", port=given.port)
    return settings


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

    sandbox = Sandbox(settings.data / "sandbox", notify_speed=settings.sandbox.notify_speed)
    client = ClientBuild(config.ROOT / "Front", settings.data / "client")
    client.start()  # in the background: the page shows the progress until it is ready
    prefix = settings.server.base_path.rstrip("/")
    try:
        extra = routes(f"{prefix}/sandbox/client", client)
        return await serve(settings, sandbox, extra, reread=lambda: _settings(given))
    except FolderInUse as error:
        raise commands.CommandFailed(f"{error}: another server is using this data folder") from None
    finally:
        await client.stop()


def _worker_arguments(given: argparse.Namespace) -> list[str]:
    """The command line of a worker: as this one's, with the configuration as it will be in the file then."""
    chosen = ["--config", given.config] if given.config else []
    return ["--data", given.data, *chosen, "serve"]


async def _sandbox(settings: Settings, given: argparse.Namespace) -> int:
    if not settings.development:
        raise commands.CommandFailed("the sandbox never runs in production")
    from sandbox import Sandbox
    from sandbox.app import make_app

    sandbox = Sandbox(settings.data / "sandbox", notify_speed=settings.sandbox.notify_speed)
    return await commands.serve_sandbox(sandbox, make_app(sandbox), given.port)


async def _check(settings: Settings, given: argparse.Namespace) -> int:
    """In development without the identity of a stand-in yet: with one for this once. Nothing is written."""
    if not settings.development:
        return await commands.check(settings)
    settings = development.with_secrets(settings, keep=False)
    if not settings.sandbox.enabled:
        return await commands.check(settings)
    from sandbox import load_identity

    with tempfile.TemporaryDirectory() as passing:
        kept = settings.data / "sandbox"
        identity = load_identity(kept if (kept / "identity.json").exists() else Path(passing))
        address = development.running_address(settings)
        return await commands.check(development.with_sandbox(settings, identity, address))


async def _migrate(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.migrate_database(settings)


async def _admin(settings: Settings, given: argparse.Namespace) -> int:
    if given.act == "unlock":
        return await commands.unlock_admin(settings, given.name)
    password = _read_password() if given.password_stdin else _ask_password()
    return await commands.create_admin(settings, given.name, password, given.role)


def _read_password() -> str:
    """One line of standard input, in UTF-8 whatever the terminal's encoding: that is what a browser will send."""
    stream = getattr(sys.stdin, "buffer", None)
    try:
        line = stream.readline().decode("utf-8-sig") if stream else sys.stdin.readline()
    except UnicodeDecodeError:
        raise commands.CommandFailed("the password on standard input is not UTF-8") from None
    return line.rstrip("\r\n")


def _ask_password() -> str:
    password = getpass.getpass("密码 / password: ")
    if getpass.getpass("再输入一次 / again: ") != password:
        raise commands.CommandFailed("the two passwords differ")
    return password


async def _reconcile(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.reconcile(_for_command(settings), given.day)


async def _ledger(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.ledger(settings)


async def _rotate(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.rotate_privacy_key(_for_command(settings))


async def _backup(settings: Settings, given: argparse.Namespace) -> int:
    return await run_backup(settings, given.file, with_keys=given.keys, overwrite=given.overwrite)


async def _restore(settings: Settings, given: argparse.Namespace) -> int:
    return await run_restore(settings, given.file, with_keys=given.keys, overwrite=given.overwrite)


async def _import_legacy(settings: Settings, given: argparse.Namespace) -> int:
    from startup.legacy.command import import_legacy
    from startup.legacy.source import LegacyAddress, LegacyDatabaseError

    password = _read_password() if given.password_stdin else getpass.getpass("旧数据库的密码 / password: ")
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
    "migrate": _migrate,
    "check": _check,
    "admin": _admin,
    "sandbox": _sandbox,
    "reconcile": _reconcile,
    "ledger": _ledger,
    "rotate-privacy-key": _rotate,
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
